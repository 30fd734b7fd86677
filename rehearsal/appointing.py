"""任用: S6-01 to S6-05 and the report form S6-08."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal import minutes as text
from rehearsal import schedule as at
from rehearsal.composer import part_mark
from rehearsal.deciding import appointed
from rehearsal.drafts import HAND, SEAL, Draft, Paper, Sign, papers, signs
from rehearsal.motion import label
from rehearsal.places import COMMITTEE, ORG_DEPARTMENT
from rehearsal.plan import StoryPlan
from rehearsal.roster import Nominee

_DISCIPLINE_OFFICE = "中共岚江市委组织部干部监督科"


def publicity(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S6-01, the notice to the public."""
    people = [person for person in plan.people if person.published]
    yield from (_notice(plan, place, part) for place, part in enumerate(plan.chunks(people)))


def _notice(plan: StoryPlan, place: int, people: list[Nominee]) -> Draft:
    staff, day, end = plan.staff, plan.schedule.day(at.PUBLICITY), plan.schedule.day(at.PUBLICITY_END)
    content = {
        "startOn": day,
        "endOn": end,
        "workdays": at.workdays_inclusive(day, end),
        "channels": ["门户网站", "单位公告栏"],
        "entries": [{"person": one.actor, "currentPost": one.title, "proposedPost": one.target} for one in people],
        "phone": "0000-12380（工作日受理，非工作时间可留言）",
        "address": "岚江市行政中心二号楼市委组织部干部监督科",
        "evidence": ["发布截图或照片"],
    }
    return Draft(
        "S6-01",
        place + 1,
        f"{label(plan)}拟任干部任前公示{part_mark(place + 1)}",
        day,
        "岚江市人民政府门户网站",
        staff.of("handler"),
        content,
        signs(("supervision_head", staff.of("supervision")), ("handler", staff.of("handler"))),
        (
            Paper("公示文本", pages=2, seal=ORG_DEPARTMENT),
            Paper("发布截图或照片", look="screen"),
            Paper("范围证明"),
        ),
    )


def publicity_results(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S6-02 of everybody published."""
    yield from (_publicity_result(plan, person) for person in plan.people if person.published)


def _publicity_result(plan: StoryPlan, person: Nominee) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.PUBLICITY_RESULT)
    complaints = [_complaint(plan, person)] if person.accused else []
    content = {
        "complaintsCount": len(complaints),
        "complaints": complaints,
        "conclusion": "不影响任职",
        "concludedOn": day,
    }
    kinds = ("公示情况说明", "举报登记", "核查报告") if complaints else ("公示情况说明",)
    return Draft(
        "S6-02",
        1,
        f"{person.name}同志任前公示情况说明",
        day,
        "市委组织部干部监督科",
        staff.of("reviewer"),
        content,
        signs(("reviewer", staff.of("reviewer")), ("supervision_head", staff.of("supervision"))),
        papers(*kinds),
        subject=person.actor,
    )


def _complaint(plan: StoryPlan, person: Nominee) -> dict[str, Any]:
    return {
        "regNo": f"岚公举〔{plan.year}〕{person.index + 1}号",
        "channel": "电话12380",
        "receivedOn": plan.schedule.day(at.PUBLICITY + 1),
        "realName": True,
        "content": "来电反映该同志对群众诉求答复不及时。",
        "result": "不属实",
        "closedOn": plan.schedule.day(at.PUBLICITY_END),
        "fedBackOn": plan.schedule.day(at.PUBLICITY_RESULT),
    }


def talks(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S6-03 of everybody."""
    yield from (_talk(plan, person) for person in plan.people)


def _talk(plan: StoryPlan, person: Nominee) -> Draft:
    staff, day, prose = plan.staff, plan.schedule.day(at.TALK), plan.prose("appointing", person.index)
    talker = staff.of("deputy") if person.plenary or person.leads else staff.of("second")
    score = 86 + person.index % 13
    content = {
        "talkOn": day,
        "talker": talker,
        "talkerBasis": f"岚组部务会〔{plan.year}〕{3 * plan.serial}号会议指定",
        "points": prose.pick(text.TALK_POINTS),
        "requirements": prose.some(text.TALK_DEMANDS, 2),
        "commitment": True,
        "testScore": score,
        "testPassed": True,
    }
    kinds = (
        Paper("谈话记录页", pages=2, look="notebook"),
        Paper("廉政承诺书"),
        Paper("法规测试成绩", look="form"),
    )
    return Draft(
        "S6-03",
        1,
        f"{person.name}同志任前谈话与廉政教育记录",
        day,
        "市委组织部谈话室",
        staff.of("handler"),
        content,
        signs(("talker", talker), ("candidate", person.actor)),
        kinds,
        subject=person.actor,
        notebook=plan.pages("R", person.index),
    )


def orders(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S6-04 of everybody."""
    yield from (_order(plan, person) for person in plan.people)


def _order(plan: StoryPlan, person: Nominee) -> Draft:
    staff, day, posts = plan.staff, plan.schedule.day(at.ISSUED), appointed(person)
    content = {
        "docNo": f"岚委任〔{plan.year}〕{plan.serial * 100 + person.index + 1}号",
        "issuedOn": day,
        "issuer": staff.secretary,
        "appointPost": posts["appoint"],
        "removePost": posts["remove"],
        "effectiveOn": plan.schedule.decided,
        "legalProc": "党委决定",
        "probation": person.probation,
        "sealed": True,
    }
    return Draft(
        "S6-04",
        1,
        f"中共岚江市委关于{person.name}同志职务任免的通知",
        day,
        "市委办公室机要室",
        staff.of("handler"),
        content,
        signs(("issuer", staff.secretary), ("seal_keeper", staff.of("seal"))),
        (Paper("任免通知", seal=COMMITTEE), Paper("干部任免审批表", pages=2, look="form", seal=COMMITTEE)),
        subject=person.actor,
    )


def handovers(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S6-05 of everybody: each of them leaves a post."""
    yield from (_handover(plan, person) for person in plan.people)


def _handover(plan: StoryPlan, person: Nominee) -> Draft:
    staff, prose = plan.staff, plan.prose("handover", person.index)
    start, day = plan.schedule.day(at.HANDOVER), plan.schedule.day(at.HANDED_OVER)
    moves = dict.fromkeys(("adminMovedOn", "payMovedOn", "partyMovedOn", "filedOn"), day) if person.post else {}
    content = {
        "leavingPost": person.title,
        "handoverOn": start,
        "completedOn": day,
        "topics": {
            "keyWork": prose.sentence("{project}进度、资料和未完事项清单已逐项说明并移交。"),
            "economy": prose.sentence("分管资金{amount}元的台账、合同和未结款项已对账签字。"),
            "personnel": "分管股室人员名册、考核材料和在办人事事项已移交。",
            "stability": prose.sentence("涉及{problem}的信访台账和包案责任已移交，无遗漏。"),
            "other": "办公用房、公车、涉密载体和印章已清点交回。",
        },
        **moves,
    }
    papers_ = ("交接书", "关系转移回执", "报到单") if person.post else ("交接书",)
    return Draft(
        "S6-05",
        1,
        f"{person.name}同志离任交接与到任情况交接书",
        day,
        f"{person.unit.name}会议室",
        staff.of("handler"),
        content,
        signs(
            ("handover_from", person.actor),
            ("handover_to", staff.unit(person.unit, 4)),
            ("handover_witness", staff.unit(person.unit, 2)),
        ),
        papers(*papers_),
        subject=person.actor,
    )


def report_forms(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S6-08 of everybody, then of the batch."""
    yield from (report_form(plan, person, 1) for person in plan.people)
    yield report_form(plan, None, 1)


def report_form(plan: StoryPlan, person: Nominee | None, occurrence: int) -> Draft:
    """Return S6-08 of a person or the batch; the second one is the supplement after probation."""
    staff = plan.staff
    day = plan.schedule.day(at.REPORT_FORM) if occurrence == 1 else at.supplement_day(plan.schedule.decided)
    order = f"{person.index + 1:03d}" if person else "000"
    content = {
        "reportCode": f"{plan.batch.replace('-', '')}00{order}",
        "missing": [],
        "reviewedOn": day,
        "review": "合格",
        "reviewNote": "试用期满材料已补充，记录齐全、签名完备。"
        if occurrence > 1
        else "逐项核对，记录齐全、签名完备。",
        "electronicInSync": True,
    }
    form = "全程纪实报告表" if occurrence == 1 else "试用期满补充报告表"
    title = f"{person.name}同志选拔任用工作{form}" if person else f"{label(plan)}选拔任用工作{form}"
    return Draft(
        "S6-08",
        occurrence,
        title,
        day,
        "市委组织部干部档案室",
        staff.of("handler"),
        content,
        (
            Sign("handler", staff.of("handler"), 0, HAND),
            Sign("reviewer", staff.of("reviewer"), 0, HAND),
            Sign("reporting_unit_seal", staff.of("cadre"), 0, SEAL),
            Sign("supervisory_body_seal", staff.of("supervision"), 0, SEAL),
            Sign("filer", staff.of("filer"), 1, HAND),
            Sign("acceptor", staff.of("acceptor"), 3, HAND),
        ),
        (
            Paper("全程纪实报告表", pages=2, look="form", seal=_DISCIPLINE_OFFICE),
            *papers("卷内目录", look="form"),
            Paper("备考表", look="form"),
            Paper("验收单", look="form"),
        ),
        subject=person.actor if person else None,
    )
