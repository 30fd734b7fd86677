"""A year later: S6-06, S6-07 and the supplementary S6-08 of those who were on probation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from rehearsal import minutes as text
from rehearsal import schedule as at
from rehearsal.appointing import report_form
from rehearsal.composer import rate
from rehearsal.drafts import Draft, Paper, papers, signs
from rehearsal.places import ORG_DEPARTMENT
from rehearsal.plan import StoryPlan
from rehearsal.posts import Post
from rehearsal.roster import Nominee

_MONTHS = (3, 7, 11)


def supplement(plan: StoryPlan) -> Iterator[Draft]:
    """Yield what comes after the year of probation, in the order of the procedure."""
    people = [person for person in plan.people if person.probation]
    yield from (_check(plan, person, number) for person in people for number in range(len(_MONTHS)))
    yield from (_assessment(plan, person) for person in people)
    yield from (report_form(plan, person, 2) for person in people)
    yield report_form(plan, None, 2)


def _post(person: Nominee) -> Post:
    assert person.post is not None
    return person.post


def _check(plan: StoryPlan, person: Nominee, number: int) -> Draft:
    staff, start = plan.staff, plan.schedule.decided
    day = at.workday(start + dt.timedelta(days=30 * _MONTHS[number]), 0)
    finding = plan.prose("probation", person.index, number).some(text.FINDINGS, 2)
    watcher = staff.of("cadre")
    content = {
        "startOn": start,
        "dueOn": at.same_day_next_year(start),
        "checks": [{"on": day, "by": watcher, "finding": finding, "level": "正常"}],
    }
    return Draft(
        "S6-06",
        number + 1,
        f"{person.name}同志试用期跟踪了解记录（第{number + 1}次）",
        day,
        f"{_post(person).unit.name}会议室",
        staff.of("handler"),
        content,
        signs(
            ("unit_secretary", staff.unit(_post(person).unit, 2 if _post(person).head else 0)),
            ("handler", staff.of("handler")),
        ),
        papers("跟踪了解记录"),
        subject=person.actor,
    )


def _assessment(plan: StoryPlan, person: Nominee) -> Draft:
    staff = plan.staff
    due = at.same_day_next_year(plan.schedule.decided)
    day = at.workday(due, 2)
    vote = plan.chance("assessment", person.index).randint(46, 49)
    team = (staff.of("second"), staff.of("handler_b"))
    content = {
        "assessedOn": day,
        "team": team,
        "evalRate": rate(vote, 50),
        "result": "胜任",
        "decidedOn": day,
        "docNo": f"岚委任〔{day.year}〕{900 + person.index}号",
    }
    return Draft(
        "S6-07",
        1,
        f"{person.name}同志试用期满考核及正式任职情况",
        day,
        f"{_post(person).unit.name}会议室",
        staff.of("handler"),
        content,
        signs(*(("inspect_member", member) for member in team), ("org_head", staff.org_head)),
        (
            Paper("考核材料", pages=2),
            Paper("测评汇总", look="form"),
            Paper("正式任职或免职文件", seal=ORG_DEPARTMENT),
        ),
        subject=person.actor,
    )
