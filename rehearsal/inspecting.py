"""考察: whom (S3-01), by whom (S3-02), announced (S3-03), and the vote of confidence (S3-04)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from jishi.record_types import record_type
from rehearsal import schedule as at
from rehearsal.composer import part_mark, rate
from rehearsal.drafts import Draft, Paper, Sign, ballots, sign_in, signs
from rehearsal.motion import OFFICE, label
from rehearsal.places import ORG_DEPARTMENT
from rehearsal.plan import CHUNK, StoryPlan, Team
from rehearsal.roster import Nominee

SCOPE = ("班子成员", "内设机构和下属单位负责人", "干部职工代表", "服务对象代表", "考察对象本人")
_OBJECTS = CHUNK // 2


def objects(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-01: one meeting, or several where a batch is very large."""
    chosen = [person for person in plan.people if person.nominated]
    for start in range(0, len(chosen), _OBJECTS):
        yield _objects(plan, start // _OBJECTS + 1, chosen[start : start + _OBJECTS])


def _objects(plan: StoryPlan, occurrence: int, chosen: list[Nominee]) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.OBJECTS)
    content = {
        "meetingNo": f"岚组考定〔{plan.year}〕{plan.serial * 10 + occurrence}号",
        "heldOn": day,
        "seats": len(chosen),
        "objects": [_object(plan, person) for person in chosen],
        "equalReason": "各职位推荐结果集中，得票领先者与一贯表现一致，其他人选条件差距较大，故按职位等额确定。",
    }
    return Draft(
        "S3-01",
        occurrence,
        f"研究确定{label(plan)}考察对象的会议记录{part_mark(occurrence)}",
        day,
        OFFICE,
        staff.of("handler"),
        content,
        signs(("chair", staff.org_head), ("recorder", staff.of("office"))),
        (
            Paper("会议记录", pages=2),
            Paper("考察对象名单", look="form"),
            Paper("负面情形核对表", look="form"),
        ),
    )


def _competition(plan: StoryPlan) -> dict[str, Any]:
    """Return how a post was competed for: between the plan of work and the report on the nomination."""
    day = plan.schedule.day
    return {
        "announcedOn": day(at.NOMINATION_PLAN),
        "appliedUntil": day(at.TALKS),
        "applicants": 9,
        "qualified": 7,
        "examinedOn": day(at.PROPOSED),
        "interviewedOn": day(at.MEETING),
    }


def _object(plan: StoryPlan, person: Nominee) -> dict[str, Any]:
    assert person.post is not None
    kinds = (
        next(part for part in record_type("S3-01").field("objects").children if part.key == "exclusion")
        .children[0]
        .choices
    )
    return {
        "person": person.actor,
        "targetPost": person.post.title,
        "basis": "谈话调研推荐和会议推荐得票均居首位，符合任职条件，年度考核和日常了解情况良好。",
        "competition": _competition(plan) if person.change == "C" else None,
        "exclusion": [{"kind": kind, "hit": False, "evidence": "经与有关部门核对，未发现该情形"} for kind in kinds],
    }


def teams(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-02 of every inspection team."""
    yield from (_team(plan, team) for team in plan.teams)


def team_signs(team: Team, paper: int = 0) -> list[Sign]:
    """Return the signatures of a whole team on one paper."""
    leader, *members = team.members
    return [Sign("inspect_leader", leader, paper), *(Sign("inspect_member", member, paper) for member in members)]


def _team(plan: StoryPlan, team: Team) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.TEAMS)
    shares = _shares(plan.talks)
    content = {
        "teamNo": f"第{team.index + 1}考察组",
        "plannedOn": day,
        "members": [
            {"person": member, "role": "成员" if place else "组长", "fullTime": place == 1, "kinDeclared": True}
            for place, member in enumerate(team.members)
        ],
        "objects": [person.actor for person in team.people],
        "methods": ["个别谈话", "民主测评", "征求意见表", "查档", "民意调查", "面谈"],
        "talkScope": [{"category": name, "planned": share} for name, share in zip(SCOPE, shares, strict=True)],
        "consultedOn": day,
    }
    return Draft(
        "S3-02",
        team.index + 1,
        f"{label(plan)}第{team.index + 1}考察组考察工作方案",
        day,
        "市委组织部干部一科",
        staff.of("handler"),
        content,
        (*team_signs(team, 1), Sign("org_deputy", staff.of("deputy"))),
        (
            Paper("考察工作方案", pages=2, seal=ORG_DEPARTMENT),
            Paper("考察责任书"),
            Paper("与单位沟通记录"),
        ),
    )


def _shares(talks: int) -> tuple[int, ...]:
    """Return how many talks each category gets, the last one with the person; they add up to talks."""
    return (talks - 4, 1, 1, 1, 1)


def notices(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-03 of everybody inspected."""
    yield from (_notice(plan, person) for person in plan.inspected)


def _notice(plan: StoryPlan, person: Nominee) -> Draft:
    day, staff = plan.schedule.day(at.NOTICE), plan.staff
    team, _ = plan.team_of[person.index]
    content = {
        "object": person.actor,
        "targetPost": person.target,
        "noticeOn": day,
        "untilOn": plan.schedule.day(at.INSPECTION + 5),
        "channels": ["单位公告栏", "内网"],
        "purpose": f"根据干部选拔任用工作需要，对{person.name}同志进行考察，欢迎如实反映其德、能、勤、绩、廉情况。",
        "phone": "0000-12380（考察期间工作日受理）",
        "address": f"岚江市行政中心二号楼第{team.index + 1}考察组",
        "evidence": ["张贴或网页截图"],
    }
    return Draft(
        "S3-03",
        1,
        f"关于对{person.name}同志进行考察的预告",
        day,
        f"{person.unit.name}公告栏",
        staff.of("handler"),
        content,
        signs(("inspect_leader", team.members[0]), ("handler", staff.of("handler"))),
        (Paper("预告文本", seal=ORG_DEPARTMENT), Paper("张贴或网页截图", look="screen")),
        subject=person.actor,
    )


def inspection_day(plan: StoryPlan, person: Nominee) -> dt.date:
    """Return the day a team spends on a person; a large team sees two people a day."""
    team, place = plan.team_of[person.index]
    return plan.schedule.day(at.INSPECTION + place * 5 // max(5, len(team.people)))


def confidences(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-04 of everybody inspected."""
    yield from (_confidence(plan, person) for person in plan.inspected)


def _confidence(plan: StoryPlan, person: Nominee) -> Draft:
    day, staff, vote = inspection_day(plan, person), plan.staff, plan.confidence(person)
    team, _ = plan.team_of[person.index]
    content = {
        "heldOn": day,
        "expected": vote.expected,
        "actual": vote.actual,
        "issued": vote.actual,
        "returned": vote.returned,
        "valid": vote.valid,
        "grade": dict(zip(("excellent", "competent", "basic", "incompetent"), vote.grades, strict=True)),
        "moral": dict(zip(("good", "fairly", "average", "poor"), vote.morals, strict=True)),
        "moralNegative": vote.morals[3],
        "reverse": [
            {"item": "工作方法简单", "count": person.index % 3},
            {"item": "联系群众不够", "count": person.index % 2},
        ],
        "excellentCompetentRate": rate(vote.favourable, vote.valid),
        "moralNegativeRate": rate(vote.morals[3], vote.valid),
        "inquiry": "无须核查",
        "tellers": [staff.of("teller")],
        "scrutineers": [staff.of("scrutineer")],
        "sealNo": f"岚组测封〔{plan.year}〕{plan.serial:02d}-{person.index + 1:03d}号",
    }
    roles = (("teller", staff.of("teller")), ("scrutineer", staff.of("scrutineer")))
    return Draft(
        "S3-04",
        1,
        f"{person.name}同志民主测评汇总表（含德的测评、反向测评）",
        day,
        f"{person.unit.name}会议室",
        staff.of("handler"),
        content,
        signs(*roles, ("inspect_leader", team.members[0])),
        (
            Paper("汇总表", look="form"),
            Paper("测评票样", look="ballot"),
            sign_in("签到册", vote.actual),
            ballots("测评票（密封）", vote.returned),
        ),
        subject=person.actor,
    )
