"""谈话调研推荐: S2-02, one record per talk and one summary per post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from rehearsal import schedule as at
from rehearsal.drafts import Draft, Paper, Sign, signs
from rehearsal.plan import StoryPlan
from rehearsal.posts import Post
from rehearsal.votes import CATEGORIES


def talks(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S2-02 of every nominated post."""
    number = 0
    for place, post in enumerate(plan.nominated_posts):
        for talk in range(plan.talks):
            number += 1
            yield _talk(plan, number, place, post, talk)
        number += 1
        yield _talk_summary(plan, number, place, post)


def _talk_day(plan: StoryPlan, place: int) -> dt.date:
    return plan.schedule.day(at.TALKS + place % 3)


def _talk_entry(plan: StoryPlan, place: int, talk: int) -> dict[str, Any]:
    return {
        "code": f"T{talk + 1:02d}",
        "category": CATEGORIES[min(talk * 4 // plan.talks, 3)],
        "on": _talk_day(plan, place),
        "notebook": plan.nomination_pages(place, talk),
    }


def _talk_common(plan: StoryPlan, place: int, post: Post) -> dict[str, Any]:
    day, staff = _talk_day(plan, place), plan.staff
    return {
        "post": post.title,
        "seats": post.seats,
        "talkFrom": day,
        "talkTo": day,
        "interviewers": [staff.of("third"), staff.of("handler_b")],
    }


def _talk(plan: StoryPlan, number: int, place: int, post: Post, talk: int) -> Draft:
    staff = plan.staff
    entry = _talk_entry(plan, place, talk)
    content = _talk_common(plan, place, post) | {"expected": 1, "actual": 1, "talks": [entry], "votes": []}
    return Draft(
        "S2-02",
        number,
        f"{post.title}职位谈话调研推荐谈话记录（{entry['code']}）",
        _talk_day(plan, place),
        f"{post.unit.name}谈话室",
        staff.of("handler_b"),
        content,
        _talkers(plan),
        (Paper("谈话记录页", pages=2, look="notebook"),),
        forms="记录 笔记本",
        notebook=entry["notebook"],
    )


def _talkers(plan: StoryPlan) -> tuple[Sign, ...]:
    staff = plan.staff
    pair = (("talker", staff.of("third")), ("talker", staff.of("handler_b")))
    return signs(*pair, ("tallier", staff.of("tallier")))


def _talk_summary(plan: StoryPlan, number: int, place: int, post: Post) -> Draft:
    staff, result = plan.staff, plan.nominations[post.index]
    content = _talk_common(plan, place, post) | {
        "expected": result.talks,
        "actual": result.talks,
        "talks": [_talk_entry(plan, place, talk) for talk in range(result.talks)],
        "votes": [{"candidate": ballot.actor, "count": ballot.talks} for ballot in result.ballots],
        "summaryBy": staff.of("tallier"),
    }
    return Draft(
        "S2-02",
        number,
        f"{post.title}职位谈话调研推荐情况汇总表",
        _talk_day(plan, place),
        "市委组织部干部二科",
        staff.of("handler_b"),
        content,
        _talkers(plan),
        (Paper("汇总表", look="form"), Paper("谈话提纲")),
        forms="表",
    )
