"""S1-08: each person's entry on the roster, with the facts the qualification rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal import schedule as at
from rehearsal.drafts import Draft, Paper, signs
from rehearsal.places import ORG_DEPARTMENT
from rehearsal.plan import StoryPlan
from rehearsal.roster import CHANGES, Nominee

PLACE = "市委组织部干部监督科"


def qualifications(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S1-08 of every person."""
    yield from (_qualification(plan, person) for person in plan.people)


def _qualification(plan: StoryPlan, person: Nominee) -> Draft:
    staff = plan.staff
    day = plan.schedule.day(at.QUALIFIED + (1 if person.kin else 0))
    content = _identity(person) | _career(person) | _history(plan, person) | _report(plan, person)
    papers = [Paper("任免审批表草稿", pages=2, look="form"), Paper("照片", look="photo")]
    if person.kin:
        papers += [Paper("报告文件", seal=ORG_DEPARTMENT), Paper("上级批复", seal="中共云岭省委组织部")]
    return Draft(
        "S1-08",
        1,
        f"{person.name}同志动议人选资格初核与须报告事项判定表",
        day,
        PLACE,
        staff.of("handler"),
        content,
        signs(("reviewer", staff.of("reviewer")), ("supervision_head", staff.of("supervision"))),
        tuple(papers),
        subject=person.actor,
    )


def _identity(person: Nominee) -> dict[str, Any]:
    return {
        "changeKind": CHANGES[person.change],
        "sex": person.sex,
        "nation": person.nation,
        "nativePlace": person.home,
        "birthPlace": person.home,
        "photo": "照片",
        "birth": person.birth,
        "workStart": person.work_start,
        "partyJoin": person.party_join,
        "education": person.education,
        "degree": person.education.partition("，")[2],
        "identity": "事业单位人员" if person.unit.kind == "institute" else "公务员",
    }


def _career(person: Nominee) -> dict[str, Any]:
    post = person.post
    return {
        "curOrg": person.unit.name,
        "curPost": person.title,
        "curLevel": person.level,
        "curPostSince": person.since,
        "sameLevelSince": person.level_since,
        "targetOrg": post.unit.name if post else person.unit.name,
        "targetPost": person.target,
        "targetLevel": post.level if post else person.level,
        "targetHead": bool(post and post.head),
        "keyPost": bool(post and post.head),
        "electedPost": False,
        "lowerLevelPosts": 2 + person.index % 3,
        "grassrootsYears": 4 + person.index % 9,
        "lastPromotionOn": person.level_since,
        "inProbation": False,
        "previousException": False,
        "levelJump": 0,
        "trainingMet": True,
        "reserve": True,
    }


def _history(plan: StoryPlan, person: Nominee) -> dict[str, Any]:
    unit = person.post.unit if person.post else person.unit
    results = ("称职", "优秀", "称职") if person.index % 3 else ("优秀", "优秀", "称职")
    kin = [{"person": plan.staff.relative, "relation": "表亲"}] if person.kin else []
    return {
        "leadersInCharge": plan.staff.leaders_of(unit),
        "resume": [{"from": stay.start, "to": stay.end, "content": stay.text} for stay in person.career],
        "family": [
            {"relation": one.relation, "name": one.name, "birth": one.birth, "party": one.party, "work": one.work}
            for one in person.family
        ],
        "kin": kin,
        "lastReviews": [{"year": plan.year - back, "result": result} for back, result in enumerate(results, start=1)],
        "disciplines": [],
        "restrictions": [],
        "qualify": "符合",
    }


def _report(plan: StoryPlan, person: Nominee) -> dict[str, Any]:
    if not person.kin:
        return {"reportKinds": [], "reply": "不需报告"}
    return {
        "reportKinds": ["近亲属"],
        "reportNo": f"岚组报〔{plan.year}〕{plan.serial + 4}号",
        "reportedOn": plan.schedule.day(at.QUALIFIED - 1),
        "reply": "同意",
        "repliedOn": plan.schedule.day(at.QUALIFIED + 1),
    }
