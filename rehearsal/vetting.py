"""考察 from the desks: S3-06 archive, S3-07 declared matters, S3-08 discipline, S3-09 departments and audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from rehearsal import schedule as at
from rehearsal.drafts import HAND, Draft, Paper, Sign, signs
from rehearsal.places import DISCIPLINE, ORG_DEPARTMENT
from rehearsal.plan import StoryPlan
from rehearsal.roster import CORRECTED, Nominee
from rehearsal.staff import DEPARTMENTS

_EXPERIENCE = "任职经历与档案记载相符"


def archives(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-06 of everybody but those who only leave."""
    yield from (_archive(plan, person) for person in plan.people if person.post)


def _archive(plan: StoryPlan, person: Nominee) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.TEAMS + 1 + person.index % 5)
    auditors = [staff.of("auditor"), staff.of("auditor_b")]
    settled = "已认定" if person.index % 6 == 5 else "一致"
    joined = f"{person.party_join.year}年{person.party_join.month}月" if person.party_join else "非中共党员"
    identity = "事业单位人员" if person.unit.kind == "institute" else "公务员"
    content = {
        "fileNo": f"岚干档{plan.year}{plan.serial:02d}{person.index + 1:04d}",
        "birth": {"value": person.birth, "state": settled},
        "workStart": {"value": person.work_start, "state": "一致"},
        "partyJoin": {"value": joined, "state": "一致"},
        "education": {"value": person.education, "state": "一致"},
        "experience": {"value": _EXPERIENCE, "state": "一致"},
        "identity": {"value": identity, "state": "一致"},
        "experienceCount": len(person.career),
        "auditedOn": day,
        "auditors": auditors,
        "confirmedBy": person.actor,
    }
    return Draft(
        "S3-06",
        1,
        f"{person.name}同志干部人事档案任前审核表",
        day,
        "市委组织部干部档案室",
        staff.of("auditor_b"),
        content,
        signs(*(("reviewer", auditor) for auditor in auditors), ("candidate", person.actor)),
        (Paper("档案专项审核表", pages=2, look="form"), Paper("认定材料")),
        subject=person.actor,
    )


def declarations(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-07 of everybody inspected."""
    yield from (_declaration(plan, person) for person in plan.inspected)


def _declaration(plan: StoryPlan, person: Nominee) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.VETTING - person.index % 3)
    light = person.index % 9 == 6
    content: dict[str, Any] = {
        "requestedOn": plan.schedule.day(at.TEAMS),
        "comparedOn": plan.schedule.day(at.VETTING - 3),
        "kind": "重点查核",
        "result": "漏报情节较轻" if light else "一致",
        "explanation": "本人说明系对一份已到期的小额理财产品理解有误而漏填，已补充填报并作出说明。" if light else None,
        "handling": "批评教育" if light else "无",
        "concludedOn": day,
    }
    papers = [Paper("比对结果", look="form"), Paper("查询委托函", seal=ORG_DEPARTMENT)]
    if light:
        papers += [Paper("说明材料"), Paper("处理意见")]
    return Draft(
        "S3-07",
        1,
        f"{person.name}同志个人有关事项报告查核结果表",
        day,
        "市委组织部干部监督科",
        staff.of("reviewer"),
        content,
        signs(("reviewer", staff.of("reviewer")), ("supervision_head", staff.of("supervision"))),
        tuple(papers),
        subject=person.actor,
    )


def discipline(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-08 of everybody but those who only leave; one of them was corrected."""
    for person in plan.people:
        if person.post and person.index == CORRECTED:
            yield _discipline(plan, person, 1, wrong=True)
            yield _discipline(plan, person, 2)
        elif person.post:
            yield _discipline(plan, person, 1)


def _discipline(plan: StoryPlan, person: Nominee, occurrence: int, wrong: bool = False) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.VETTING)
    number = person.index + 20 + (1000 if wrong else 0)
    content = {
        "sentOn": plan.schedule.day(at.TEAMS),
        "repliedOn": day,
        "replyNo": f"岚纪干函〔{plan.year}〕{number}号",
        "opinion": "无异议",
        "unitConclusion": f"{person.name}同志遵守廉洁从政各项规定，未发现违纪问题，{person.unit.party_group}对其"
        "廉洁自律情况作出肯定性结论。",
        "complaints": [_complaint(plan, person, day)] if person.accused else [],
        "personStatus": "继续任用程序",
    }
    papers = [
        Paper("征求意见函及复函", pages=2, seal=DISCIPLINE),
        Paper("廉洁自律结论性意见", seal=person.unit.name),
    ]
    if person.accused:
        papers.append(Paper("举报核查报告", pages=2))
    unit_signs = (("unit_secretary", staff.unit(person.unit, 0), 1), ("unit_discipline", staff.unit(person.unit, 1), 1))
    correcting = occurrence > 1
    return Draft(
        "S3-08",
        occurrence,
        f"听取纪检监察机关对{person.name}同志的意见及信访举报核查情况",
        day,
        "市纪委监委办公区",
        staff.of("reviewer"),
        content,
        (
            Sign("discipline_head", staff.discipline_head, 0, HAND),
            *signs(*unit_signs),
            Sign("reviewer", staff.of("reviewer"), 2 if person.accused else 0),
        ),
        tuple(papers),
        subject=person.actor,
        lag=2 if correcting else 0,
        correction_of=f"{person.actor.no}/S3-08/001" if correcting else "",
        correction_reason="原记录复函文号抄录有误，以复函原件为准更正。" if correcting else "",
    )


def _complaint(plan: StoryPlan, person: Nominee, day: dt.date) -> dict[str, Any]:
    return {
        "regNo": f"岚信举〔{plan.year}〕{person.index + 3}号",
        "receivedOn": plan.schedule.day(at.TEAMS),
        "verifiable": True,
        "result": "不属实",
        "impact": "不影响任职",
        "closedOn": day,
    }


def departments(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-09 of everybody inspected, and of leaving heads."""
    yield from (_departments(plan, person) for person in plan.people if person.asked_departments)


def _departments(plan: StoryPlan, person: Nominee) -> Draft:
    staff, sent, day = plan.staff, plan.schedule.day(at.TEAMS), plan.schedule.day(at.VETTING)
    content: dict[str, Any] = {
        "inquiries": [{"dept": dept, "sentOn": sent, "repliedOn": day, "result": "无"} for dept in DEPARTMENTS],
        "auditNeeded": person.leads,
        "auditIssues": [],
    }
    papers = [Paper("各部门复函", pages=len(DEPARTMENTS))]
    if person.leads:
        content |= _audit(plan, person)
        papers += [Paper("审计报告", pages=3, seal="岚江市审计局"), Paper("整改材料")]
    return Draft(
        "S3-09",
        1,
        f"征求有关部门对{person.name}同志意见及经济责任审计情况",
        day,
        "市委组织部干部监督科",
        staff.of("handler"),
        content,
        signs(*(("dept_head", head) for head in staff.department_heads.values())),
        tuple(papers),
        subject=person.actor,
    )


def _audit(plan: StoryPlan, person: Nominee) -> dict[str, Any]:
    return {
        "auditReportNo": f"岚审经责〔{plan.year}〕{person.index + 1}号",
        "auditFrom": max(person.since, dt.date(plan.year - 3, 1, 1)),
        "auditTo": dt.date(plan.year - 1, 12, 31),
        "auditIssues": [{"desc": "个别固定资产台账登记不及时。", "major": False, "rectified": True}],
    }
