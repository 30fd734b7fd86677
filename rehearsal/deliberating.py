"""酝酿: S4-01 to S4-05."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jishi.record_types import record_type
from rehearsal import schedule as at
from rehearsal.actors import Actor
from rehearsal.composer import part_mark
from rehearsal.drafts import Draft, Paper, papers, signs
from rehearsal.motion import OFFICE, label
from rehearsal.places import ORG_DEPARTMENT, PROVINCE
from rehearsal.plan import StoryPlan
from rehearsal.roster import Nominee


def meetings(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S4-01: the department's second and third meeting of the batch, the first being S1-09."""
    number = 0
    for version, day in ((1, at.FIRST_MEETING), (2, at.SECOND_MEETING)):
        for people in plan.chunks():
            number += 1
            yield _meeting(plan, number, version, day, people)


def _meeting(plan: StoryPlan, number: int, version: int, offset: int, people: list[Nominee]) -> Draft:
    staff, day = plan.staff, plan.schedule.day(offset)
    content = {
        "seqNo": number,
        "meetingNo": f"岚组部务会〔{plan.year}〕{3 * plan.serial - 2 + number}号",
        "heldOn": day,
        "chair": staff.org_head,
        "expected": len(staff.council),
        "present": staff.council,
        "absent": [],
        "items": [
            {
                "person": person.actor,
                "targetPost": person.target,
                "view": "同意",
                "note": None if version == 2 else "听取考察情况汇报",
            }
            for person in people
        ],
        "planVersion": version,
    }
    kinds = ("部务会记录", "任用建议方案", "考察汇报") if version == 1 else ("部务会记录", "任用建议方案")
    return Draft(
        "S4-01",
        number,
        f"市委组织部部务会研究{label(plan)}任用建议方案的记录（第{number}次）",
        day,
        OFFICE,
        staff.of("handler"),
        content,
        signs(("chair", staff.org_head), ("recorder", staff.of("office"))),
        papers(*kinds, pages=2),
        notebook=plan.pages("L", len(plan.units) + len(plan.leaders) + 1 + number),
    )


def consultations(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S4-02 of every leader in charge."""
    first = len(plan.units) + len(plan.leaders) + 2 + 2 * len(plan.chunks())
    for place, leader in enumerate(plan.leaders):
        yield _consultation(plan, place, leader, first + place)


def _consultation(plan: StoryPlan, place: int, leader: Actor, ordinal: int) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.CONSULTED)
    people = [person for person in plan.people if person.post and leader in staff.leaders_of(person.post.unit)]
    content = {
        "leader": leader,
        "askedOn": day,
        "perPerson": [{"person": one.actor, "targetPost": one.target, "view": "同意"} for one in people],
    }
    return Draft(
        "S4-02",
        place + 1,
        f"就任用建议方案征求{leader.post}{leader.name}意见的记录",
        day,
        "市委办公区分管领导办公室",
        staff.of("handler"),
        content,
        signs(("leader_in_charge", leader), ("handler", staff.of("handler"))),
        (Paper("征求意见表", look="form"), Paper("笔记本页", pages=2, look="notebook")),
        notebook=plan.pages("L", ordinal),
    )


def asked_elsewhere(person: Nominee) -> str:
    """Return which other party must be asked about a person, or nothing."""
    if person.post is None:
        return ""
    if person.party_join is None:
        return "统战部"
    return "协管方" if person.post.unit.dual else ""


def counterparts(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S4-03: one letter per party and unit asked."""
    letters: dict[tuple[str, str], list[Nominee]] = {}
    for person in plan.people:
        if party := asked_elsewhere(person):
            letters.setdefault((party, _asked_org(party, person)), []).append(person)
    for place, ((party, org), people) in enumerate(letters.items()):
        yield _letter(plan, place, party, org, people)


def _asked_org(party: str, person: Nominee) -> str:
    assert person.post is not None
    if party == "统战部":
        return "中共岚江市委统一战线工作部"
    return person.post.unit.name.replace("岚江市", PROVINCE).removesuffix("局") + "厅"


def _letter(plan: StoryPlan, place: int, party: str, org: str, people: list[Nominee]) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.COUNTERPARTS)
    answerer = staff.united_front if party == "统战部" else staff.actor(f"K-09{place:02d}", org, "人事处处长")
    content = {
        "party": party,
        "org": org,
        "persons": [person.actor for person in people],
        "sentOn": plan.schedule.day(at.CONSULTED),
        "repliedOn": day,
        "opinion": "同意",
        "docNo": f"岚组函〔{plan.year}〕{plan.serial * 10 + place}号",
    }
    return Draft(
        "S4-03",
        place + 1,
        f"就拟任人选征求{org}意见的函及复函",
        day,
        "市委组织部干部一科",
        staff.of("handler"),
        content,
        signs(("counterpart", answerer, 1)),
        (Paper("征求意见函", seal=ORG_DEPARTMENT), Paper("复函", seal=org), Paper("单位党组研究记录")),
    )


def secretaries(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S4-04, the secretaries' meeting; those who only leave are not on its list."""
    first = len(plan.units) + 2 * len(plan.leaders) + 2 + 2 * len(plan.chunks())
    people = [person for person in plan.people if person.post]
    for place, part in enumerate(plan.chunks(people)):
        yield _secretaries(plan, place, part, first + place)


def _secretaries(plan: StoryPlan, place: int, people: list[Nominee], ordinal: int) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.SECRETARIES)
    content = {
        "meetingNo": f"岚委书记专题会〔{plan.year}〕{plan.serial + place}号",
        "heldOn": day,
        "chair": staff.secretary,
        "present": staff.committee[:5],
        "items": [{"person": one.actor, "targetPost": one.target, "outcome": "提交讨论"} for one in people],
        "minutes": "会议听取了任用建议方案和征求意见情况的汇报，逐人酝酿。与会同志认为程序规范、人选成熟，"
        "一致同意提交市委常委会会议讨论。"
        "本次会议只酝酿，不作任免决定。",
    }
    return Draft(
        "S4-04",
        place + 1,
        f"市委书记专题会酝酿{label(plan)}建议方案的记录{part_mark(place + 1)}",
        day,
        "市委常委会会议室",
        staff.of("office"),
        content,
        signs(("chair", staff.secretary), ("recorder", staff.of("office"))),
        papers("会议记录", "酝酿方案", pages=2),
        notebook=plan.pages("L", ordinal),
    )


def reviews(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S4-05 of everybody but those who only leave."""
    yield from (_review(plan, person) for person in plan.people if person.post)


def _review(plan: StoryPlan, person: Nominee) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.REVIEW)
    codes = record_type("S4-05").field("checklist").children[0].choices
    content = {
        "checklist": [{"code": code, "hit": False, "evidence": _evidence(code, person)} for code in codes],
        "disciplineReviewOn": day,
        "disciplineResult": "通过",
        "submittedOn": day,
        "materials": ["考察材料或近期考核材料", "四项核查结论", "征求意见情况", "任免审批表"],
    }
    kinds: list[Paper] = [
        Paper("审查清单", pages=2, look="form"),
        Paper("纪委审定意见", seal="中共岚江市纪律检查委员会"),
    ]
    if person.kin:
        kinds.append(Paper("上级批复", seal="中共云岭省委组织部"))
    return Draft(
        "S4-05",
        1,
        f"{person.name}同志提交讨论前审查清单",
        day,
        "市委组织部干部监督科",
        staff.of("handler"),
        content,
        signs(("cadre_section", staff.of("cadre")), ("supervision_head", staff.of("supervision"))),
        tuple(kinds),
        subject=person.actor,
    )


def _evidence(code: str, person: Nominee) -> str:
    found: dict[str, Any] = {
        "未按规定民主推荐考察": "推荐、考察记录齐全" if person.nominated else "属不需民主推荐的情形，见不适用说明",
        "廉洁自律无结论或有异议": f"见记录{person.actor.no}/S3-08",
        "个人有关事项未查清": f"见记录{person.actor.no}/S3-07" if person.inspected else "近期已查核，见不适用说明",
        "有可查性举报未查清": "受理的举报均已核结" if person.accused else "无未办结举报",
        "档案存疑未查清": f"见记录{person.actor.no}/S3-06",
        "应报告未报告或未获批复": "已报告并获批复同意" if person.kin else "无须报告情形",
    }
    return str(found.get(code, "经核对无此情形"))
