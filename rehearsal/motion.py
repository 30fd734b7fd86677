"""动议, its grounds: S1-01 to S1-05, the notebooks registered in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from rehearsal import minutes as text
from rehearsal import schedule as at
from rehearsal.actors import Actor
from rehearsal.drafts import Draft, Paper, papers, signs
from rehearsal.phrases import JI, NENG
from rehearsal.places import ORG_DEPARTMENT, Unit
from rehearsal.plan import BOOK_PAGES, StoryPlan
from rehearsal.posts import Post

OFFICE = "市委组织部小会议室"
_WORKPLACE = "市委组织部干部一科"


def motion(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S1-01, the notebooks of the batch, S1-02 to S1-05."""
    yield _opened(plan)
    yield from _notebooks(plan)
    yield from (_analysis(plan, place, unit) for place, unit in enumerate(plan.units))
    yield _posts_checked(plan)
    yield from (_hearing(plan, place, unit) for place, unit in enumerate(plan.units))
    yield from (_leader(plan, place, leader) for place, leader in enumerate(plan.leaders))


def label(plan: StoryPlan) -> str:
    """Return how titles name the batch."""
    return f"岚江市{plan.year}年第{plan.serial}批干部调整"


def _opened(plan: StoryPlan) -> Draft:
    staff = plan.staff
    content = {
        "initiator": "组织部门",
        "initiatedOn": plan.schedule.day(at.START),
        "reasonKind": "职位空缺",
        "selectionMode": "委任",
        "adHoc": False,
        "approvedBy": staff.secretary,
        "approvedOn": plan.schedule.day(at.START),
        "opinion": "根据领导班子职位空缺和日常分析研判情况，建议启动本批次干部选拔任用动议工作，严格按规定程序进行。",
        "vacancies": [_vacancy(plan, post) for post in plan.posts],
    }
    return Draft(
        "S1-01",
        1,
        f"关于启动{label(plan)}动议工作的呈批意见",
        plan.schedule.day(at.START),
        OFFICE,
        staff.of("handler"),
        content,
        signs(("org_head", staff.org_head), ("initiator", staff.of("deputy"))),
        (Paper("启动呈批件", look="colour", seal=ORG_DEPARTMENT), Paper("空缺职位情况表", look="form")),
    )


def _vacancy(plan: StoryPlan, post: Post) -> dict[str, Any]:
    months = 1 + post.index % 5
    since = plan.schedule.start.replace(day=1) - dt.timedelta(days=30 * months)
    reasons = ("原任职同志已交流任职，职位空缺", "原任职同志已到龄免职，职位空缺", "机构职能调整后新核定职数尚未配备")
    return {
        "org": post.unit.name,
        "post": post.title,
        "level": post.level,
        "postKind": post.kind,
        "headcount": post.seats,
        "vacantSince": since,
        "reason": reasons[post.index % len(reasons)],
        "leadersInCharge": plan.staff.leaders_of(post.unit),
        "keyPost": post.head,
    }


def _notebooks(plan: StoryPlan) -> Iterator[Draft]:
    day = plan.schedule.day(at.NOTEBOOKS)
    handler = plan.staff.of("handler")
    for occurrence, (book, holder) in enumerate(plan.books(), start=1):
        content = {
            "bookNo": book,
            "issuingOrg": ORG_DEPARTMENT,
            "printedPages": BOOK_PAGES,
            "issuedTo": holder,
            "issuedOn": day,
            "keeper": plan.staff.of("auditor"),
            "openedOn": day,
            "state": "在用",
        }
        title = f"{label(plan)}专用笔记本登记（{book}）"
        yield Draft(
            "NB",
            occurrence,
            title,
            day,
            _WORKPLACE,
            handler,
            content,
            signs(("handler", handler)),
            papers("笔记本登记表"),
        )


def _analysis(plan: StoryPlan, place: int, unit: Unit) -> Draft:
    prose, staff = plan.prose("analysis", unit.index), plan.staff
    day = _spread(plan, place, at.ANALYSIS, 3)
    lengthy = place % 8 == 0
    post_count = 1 + sum(post.seats for post in plan.posts if post.unit.index == unit.index)
    entry = {
        "org": unit.name,
        "approved": 6 + post_count,
        "inPost": 6,
        "ageStructure": prose.pick(text.AGES),
        "expertise": prose.pick(text.EXPERTISE),
        "strengths": prose.long(text.STRENGTHS + JI + NENG) if lengthy else prose.some(text.STRENGTHS, 3),
        "problems": prose.some(text.PROBLEMS, 6 if lengthy else 2),
    }
    content = {
        "analysedOn": day,
        "sources": ("日常了解", "年度考核", "巡视巡察", "监督信息档案")[: 2 + place % 3],
        "units": [entry],
        "conclusion": prose.pick(text.CONCLUSIONS),
        "direction": prose.pick(text.DIRECTIONS),
    }
    return Draft(
        "S1-02",
        place + 1,
        f"{unit.name}领导班子分析研判报告",
        day,
        _WORKPLACE,
        staff.of("handler"),
        content,
        signs(("cadre_section", staff.of("cadre")), ("org_deputy", staff.of("deputy"))),
        (
            Paper("班子分析报告", pages=3 if lengthy else 1),
            Paper("近三年考核结果表", look="form"),
            Paper("名册", look="form"),
        ),
    )


def _posts_checked(plan: StoryPlan) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.POSTS_CHECKED)
    lines: dict[tuple[int, str], dict[str, Any]] = {}
    for post in plan.posts:
        line = lines.setdefault((post.unit.index, post.level), _line_of(post))
        line["appointing"] += post.seats
        line["approvedLead"] += post.seats
    content = {
        "checkedBy": staff.of("reviewer"),
        "checkedOn": day,
        "lines": list(lines.values()),
        "superiorNo": f"云组干函〔{plan.year}〕{plan.serial + 10}号",
        "result": "通过",
        "opinion": "经逐单位核对机构编制文件和现配情况，拟配人数均在核定职数之内，同意按空缺职数提出建议方案。",
    }
    return Draft(
        "S1-03",
        1,
        f"{label(plan)}领导职数预审表",
        day,
        "市委编办会议室",
        staff.of("handler"),
        content,
        signs(("reviewer", staff.of("reviewer")), ("handler", staff.of("handler"))),
        (
            Paper("三定或职数核定文件", pages=2, seal="中共岚江市委机构编制委员会办公室"),
            Paper("上级预审批复", seal="中共云岭省委组织部"),
        ),
    )


def _line_of(post: Post) -> dict[str, Any]:
    current = 1 if post.head else 4
    numbers = {"approvedLead": current, "approvedNonLead": 3, "currentLead": current, "currentNonLead": 2}
    return {"org": post.unit.name, "level": post.level, **numbers, "removing": 0, "appointing": 0, "over": False}


def _hearing(plan: StoryPlan, place: int, unit: Unit) -> Draft:
    prose, staff = plan.prose("hearing", unit.index), plan.staff
    day = _spread(plan, place, at.HEARING, 3)
    people = [staff.unit(unit, slot) for slot in (0, 2, 3)]
    post = next(post for post in plan.posts if post.unit.index == unit.index)
    raised = [person.actor for person in plan.by_post[post.index][:1]]
    late = place == 1
    content = {
        "unit": unit.name,
        "heardOn": day,
        "hearers": [staff.of("second"), staff.of("cadre")],
        "speakers": [{"person": person, "view": prose.pick(text.VIEWS)} for person in people],
        "opinionOnPost": f"对{post.title}职位，" + prose.some(text.VIEWS, 2),
        "namesRaised": [{"person": actor, "reason": "工作经历与职位要求相符，群众反映较好"} for actor in raised],
    }
    return Draft(
        "S1-04",
        place + 1,
        f"听取{unit.party_body}对空缺职位选配意见的记录",
        day,
        f"{unit.name}会议室",
        staff.of("handler"),
        content,
        signs(("hearer", staff.of("second")), ("hearer", staff.of("cadre")), ("unit_secretary", staff.unit(unit, 0))),
        (Paper("笔记本页影像", pages=2, look="notebook"), Paper("书面意见", seal=unit.name)),
        notebook=plan.pages("L", place),
        lag=5 if late else 0,
        late_reason="听取意见后即转赴外县调研，记录人返回单位后据笔记本补记。" if late else "",
    )


def _leader(plan: StoryPlan, place: int, leader: Actor) -> Draft:
    prose, staff = plan.prose("leader", leader.key), plan.staff
    day = _spread(plan, place, at.LEADERS, 2, len(plan.leaders))
    about = [post.title for post in plan.posts if leader in staff.leaders_of(post.unit)]
    content = {
        "leader": leader,
        "leaderRole": "党委分管" if leader in staff.leaders[:2] else "政府分管",
        "heardOn": day,
        "hearer": staff.of("deputy"),
        "aboutPosts": list(dict.fromkeys(about)),
        "stance": "另提建议" if place % 4 == 3 else "同意",
        "opinion": prose.some(text.LEADER_VIEWS, 2),
    }
    return Draft(
        "S1-05",
        place + 1,
        f"听取{leader.post}{leader.name}对职位选配意见的记录",
        day,
        "市委办公区分管领导办公室",
        staff.of("handler"),
        content,
        signs(("hearer", staff.of("deputy")), ("leader_in_charge", leader)),
        (Paper("笔记本页影像", pages=2, look="notebook"),),
        notebook=plan.pages("L", len(plan.units) + place),
    )


def _spread(plan: StoryPlan, place: int, first: int, days: int, total: int = 0) -> dt.date:
    """Return the day of the place-th of many like events, spread in order over some days."""
    return plan.schedule.day(first + place * days // (total or len(plan.units)))
