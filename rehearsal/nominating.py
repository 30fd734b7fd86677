"""民主推荐: S2-01 to S2-07, post by post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from rehearsal import minutes as text
from rehearsal import schedule as at
from rehearsal import sounding
from rehearsal.composer import part_mark, rate
from rehearsal.drafts import Draft, Paper, ballots, papers, sign_in, signs
from rehearsal.motion import label
from rehearsal.places import COMMITTEE, ORG_DEPARTMENT
from rehearsal.plan import StoryPlan
from rehearsal.posts import Post
from rehearsal.roster import Nominee
from rehearsal.votes import CATEGORIES, Ballot, Nomination


def nominating(plan: StoryPlan) -> Iterator[Draft]:
    """Yield the records of the nomination in the order of the procedure."""
    posts = plan.nominated_posts
    yield from (_arranged(plan, place, post) for place, post in enumerate(posts))
    yield from sounding.talks(plan)
    referred = [post for post in posts if post.change != "C"]
    yield from (_referred(plan, place, post) for place, post in enumerate(referred))
    yield from (_meeting(plan, place, post) for place, post in enumerate(posts))
    yield from (_tally(plan, place, post) for place, post in enumerate(posts))
    yield from (_signed(plan, person) for person in plan.people if signed_for(person))
    yield from _reports(plan)


def signed_for(person: Nominee) -> bool:
    """Tell whether somebody recommends the person under their own name."""
    return person.change in "PF" and person.index % 3 == 0


def meeting_day(plan: StoryPlan, post: Post) -> dt.date:
    """Return the day of a post's recommendation meeting."""
    return plan.schedule.day(at.MEETING + post.index % 2)


def _arranged(plan: StoryPlan, place: int, post: Post) -> Draft:
    staff, result = plan.staff, plan.nominations[post.index]
    content = {
        "plannedOn": plan.schedule.day(at.NOMINATION_PLAN),
        "post": post.title,
        "org": post.unit.name,
        "seats": post.seats,
        "mode": "谈话调研＋会议",
        "order": "先谈话",
        "noticeOn": plan.schedule.day(at.NOMINATION_PLAN),
        "participants": [
            {"category": name, "expected": number} for name, number in zip(CATEGORIES, result.invited, strict=True)
        ],
        "rosterMaterials": ["职位说明和任职条件", "符合条件的干部名册", "民主推荐纪律要求"],
    }
    return Draft(
        "S2-01",
        place + 1,
        f"{post.title}职位民主推荐工作方案和通知",
        plan.schedule.day(at.NOMINATION_PLAN),
        "市委组织部干部一科",
        staff.of("handler"),
        content,
        signs(("cadre_section", staff.of("cadre")), ("org_deputy", staff.of("deputy"))),
        (
            Paper("推荐工作方案", pages=2),
            Paper("通知或公告", seal=ORG_DEPARTMENT),
            Paper("参加人员名单", look="form"),
        ),
    )


def _referred(plan: StoryPlan, place: int, post: Post) -> Draft:
    day, staff, result = plan.schedule.day(at.PROPOSED), plan.staff, plan.nominations[post.index]
    content = {
        "post": post.title,
        "proposedOn": day,
        "seats": post.seats,
        "candidates": [ballot.actor for ballot in result.ballots],
        "consultedWith": COMMITTEE,
        "consultedOn": day,
        "basis": "根据谈话调研推荐情况，结合班子结构需要，经与市委主要领导沟通，差额提出会议推荐参考人选。",
    }
    return Draft(
        "S2-03",
        place + 1,
        f"{post.title}职位会议推荐参考人选名单",
        day,
        "市委组织部小会议室",
        staff.of("handler"),
        content,
        signs(("org_head", staff.org_head)),
        (Paper("参考人选名单", look="form"), Paper("与本级党委沟通记录")),
    )


def _meeting(plan: StoryPlan, place: int, post: Post) -> Draft:
    day, staff, result = meeting_day(plan, post), plan.staff, plan.nominations[post.index]
    names = "、".join(ballot.actor.name for ballot in result.ballots)
    content = {
        "post": post.title,
        "heldOn": day,
        "chair": staff.of("second"),
        "expected": result.expected,
        "actual": result.actual,
        "issued": result.actual,
        "ballotForm": "空白推荐票样张",
        "agenda": f"说明职位条件和推荐纪律，介绍推荐范围（参考人选：{names}），填写推荐票，当场收回密封。",
        "validMeeting": True,
    }
    return Draft(
        "S2-04",
        place + 1,
        f"{post.title}职位会议推荐记录",
        day,
        f"{post.unit.name}大会议室",
        staff.of("handler"),
        content,
        signs(("chair", staff.of("second")), ("recorder", staff.of("handler_b"))),
        (
            Paper("会议记录", pages=2),
            sign_in("会议签到册", result.actual),
            Paper("空白推荐票样张", look="ballot"),
        ),
        also=tuple(ballot.actor for ballot in result.ballots),
    )


def _tally(plan: StoryPlan, place: int, post: Post) -> Draft:
    day, staff, result = meeting_day(plan, post), plan.staff, plan.nominations[post.index]
    tellers, watchers = [staff.of("teller"), staff.of("teller_b")], [staff.of("scrutineer"), staff.of("scrutineer_b")]
    content = {
        "post": post.title,
        "meetingRef": f"{plan.batch}/S2-04/{place + 1:03d}",
        "tallyOn": day,
        "issued": result.actual,
        "returned": result.returned,
        "valid": result.valid,
        "invalid": result.returned - result.valid,
        "results": [
            {
                "candidate": ballot.actor,
                "votes": ballot.meeting,
                "rate": rate(ballot.meeting, result.valid),
                "rank": ballot.rank,
            }
            for ballot in result.ballots
        ],
        "tellers": tellers,
        "scrutineers": watchers,
        "sealNo": f"岚组票封〔{plan.year}〕{plan.serial:02d}-{place + 1:03d}号",
    }
    roles = [("teller", teller) for teller in tellers] + [("scrutineer", watcher) for watcher in watchers]
    return Draft(
        "S2-05",
        place + 1,
        f"{post.title}职位推荐票计票汇总表",
        day,
        f"{post.unit.name}计票室",
        staff.of("handler_b"),
        content,
        signs(*roles),
        (Paper("计票统计表", look="form"), ballots("推荐票（密封）", result.returned)),
    )


def _signed(plan: StoryPlan, person: Nominee) -> Draft:
    staff, prose = plan.staff, plan.prose("signed", person.index)
    day = plan.schedule.day(at.SIGNED_NOMINATION)
    recommender = staff.unit(person.unit, 2)
    content = {
        "kind": "领导干部个人",
        "recommender": recommender,
        "relation": "同事，无亲属关系",
        "acquaintance": f"与{person.name}同志共事多年，对其思想品德、工作能力和廉洁情况比较了解。",
        "reason": prose.sentence(
            "该同志在{project}等工作中表现突出，{since}处置{problem}成效明显，符合职位要求，特署名推荐。"
        ),
        "receivedOn": day,
        "review": "合格纳入",
        "reviewer": staff.of("reviewer"),
    }
    return Draft(
        "S2-06",
        1,
        f"{recommender.name}署名推荐{person.name}同志的登记与审核",
        day,
        "市委组织部干部监督科",
        staff.of("handler"),
        content,
        signs(("recommender", recommender), ("reviewer", staff.of("reviewer"))),
        papers("署名推荐材料"),
        subject=person.actor,
    )


def _reports(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S2-07: one report, cut in parts where a batch is very large."""
    staff, day = plan.staff, plan.schedule.day(at.NOMINATION_REPORT)
    posts = plan.nominated_posts
    result_on = max(meeting_day(plan, post) for post in posts)
    parts = [posts[start : start + 100] for start in range(0, len(posts), 100)]
    for occurrence, part in enumerate(parts, start=1):
        content = {
            "reportedOn": day,
            "reportTo": COMMITTEE,
            "resultOn": result_on,
            "perCandidate": [
                _outcome(plan, post, ballot) for post in part for ballot in plan.nominations[post.index].ballots
            ],
            "validUntil": at.same_day_next_year(result_on),
        }
        yield Draft(
            "S2-07",
            occurrence,
            f"{label(plan)}民主推荐情况分析报告{part_mark(occurrence)}",
            day,
            "市委组织部干部一科",
            staff.of("handler"),
            content,
            signs(("cadre_section", staff.of("cadre")), ("org_deputy", staff.of("deputy"))),
            (Paper("推荐情况报告", pages=2, seal=ORG_DEPARTMENT), Paper("个人推荐结果摘要", look="form")),
        )


def _outcome(plan: StoryPlan, post: Post, ballot: Ballot) -> dict[str, Any]:
    result: Nomination = plan.nominations[post.index]
    pool = text.ANALYSES if ballot.chosen else text.LOSS_ANALYSES
    return {
        "person": ballot.actor,
        "post": post.title,
        "talkVotes": ballot.talks,
        "talkBase": result.talks,
        "talkRate": rate(ballot.talks, result.talks),
        "meetVotes": ballot.meeting,
        "meetBase": result.valid,
        "meetRate": rate(ballot.meeting, result.valid),
        "outcome": "建议列为考察对象" if ballot.chosen else "不列为考察对象",
        "analysis": plan.prose("outcome", ballot.actor.key).pick(pool),
    }
