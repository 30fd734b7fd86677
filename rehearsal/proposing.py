"""动议, its outcome: the proposal (S1-06), the report on it (S1-07), the plan of work (S1-09)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal import minutes as text
from rehearsal import schedule as at
from rehearsal.drafts import WRITTEN_ORDER, Draft, Paper, Sign, signs
from rehearsal.motion import OFFICE, label
from rehearsal.places import ORG_DEPARTMENT
from rehearsal.plan import StoryPlan
from rehearsal.posts import Post

_MODES = {"C": "竞争上岗"}


def proposals(plan: StoryPlan) -> Iterator[Draft]:
    """Yield both drafts of S1-06, then S1-07."""
    yield from (_proposal(plan, version) for version in (1, 2))
    yield _report(plan)


def plans(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S1-09."""
    yield _planned(plan)


def _proposal(plan: StoryPlan, version: int) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.DRAFT + 2 * (version - 1))
    content = {
        "version": version,
        "draftedOn": day,
        "positions": [_position(plan, post, version) for post in plan.posts],
        "responses": list(_responses(plan)),
    }
    signers = (("cadre_section", "cadre"), ("org_deputy", "deputy"))
    return Draft(
        "S1-06",
        version,
        f"{label(plan)}建议方案（第{version}稿）",
        day,
        OFFICE,
        staff.of("handler"),
        content,
        signs(*((role, staff.of(who)) for role, who in signers), ("org_head", staff.org_head)),
        (Paper("建议方案各稿", pages=2), Paper("意见采纳情况表", look="form")),
    )


def _position(plan: StoryPlan, post: Post, version: int) -> dict[str, Any]:
    undecided = version == 1 and post.index % 6 == 1
    steps = "动议、民主推荐、考察、讨论决定、任前公示、任职" if post.nominated else "动议、考察、讨论决定、任职"
    mode = _MODES.get(post.change, "委任")
    return {
        "org": post.unit.name,
        "post": post.title,
        "conditions": plan.prose("position", post.index).pick(text.CONDITIONS, level=post.level),
        "candidateRange": "全市符合资格条件的干部，重点考虑长期在基层和项目一线工作的同志。",
        "mode": mode,
        "procedure": f"按{steps}的程序进行。"
        + ("因专业性强、人选意见不集中，确有必要竞争上岗。" if mode != "委任" else ""),
        "intended": [] if undecided else [person.actor for person in plan.by_post[post.index]],
        "noIntention": undecided,
    }


def _responses(plan: StoryPlan) -> Iterator[dict[str, Any]]:
    steps = [("S1-04", n) for n in range(len(plan.units))] + [("S1-05", n) for n in range(len(plan.leaders))]
    for place, (step, number) in enumerate(steps):
        answer: dict[str, Any] = {"opinionRef": f"{plan.batch}/{step}/{number + 1:03d}", "adopt": "采纳"}
        if place % 7 == 3:
            answer |= {"adopt": "部分采纳", "reason": "年龄要求予以采纳，专业要求按职位职责作了适当放宽"}
        elif place % 7 == 5:
            answer |= {"adopt": "未采纳", "reason": "所提人选任现职未满规定年限，不具备资格条件"}
        yield answer


def _report(plan: StoryPlan) -> Draft:
    staff, day = plan.staff, plan.schedule.day(at.REPORTED)
    content = {
        "reportedOn": day,
        "reporter": staff.org_head,
        "leader": staff.secretary,
        "attitude": "同意",
        "instruction": "同意按方案开展工作。要坚持事业为上、人岗相适，严把政治关、廉洁关，按程序提交集体研究。",
    }
    return Draft(
        "S1-07",
        1,
        f"向市委主要领导报告{label(plan)}建议方案情况",
        day,
        "市委书记办公室",
        staff.of("handler"),
        content,
        (Sign("org_head", staff.org_head), Sign("party_secretary", staff.secretary, 1, WRITTEN_ORDER)),
        (Paper("报告稿", pages=2, seal=ORG_DEPARTMENT), Paper("批示件", look="colour")),
        notebook=plan.pages("L", len(plan.units) + len(plan.leaders)),
    )


def _planned(plan: StoryPlan) -> Draft:
    """Return S1-09, the meeting that settles the plan of work; everybody of the batch stands in it."""
    staff, day = plan.staff, plan.schedule.day(at.PLAN)
    steps = (("S2-01", at.NOMINATION_PLAN, at.NOMINATION_REPORT), ("S3-01", at.OBJECTS, at.MATERIAL))
    later = (
        ("S4-01", at.FIRST_MEETING, at.REVIEW),
        ("S5-01", at.COMMITTEE, at.PLENARY),
        ("S6-01", at.PUBLICITY, at.ISSUED),
    )
    content = {
        "meetingNo": f"岚组部务会〔{plan.year}〕{3 * plan.serial - 2}号",
        "heldOn": day,
        "chair": staff.org_head,
        "expected": len(staff.council),
        "present": staff.council[:-1],
        "absent": [{"person": staff.council[-1], "reason": "参加省委组织部业务培训"}],
        "supervisor": staff.of("supervision") if any(post.head for post in plan.posts) else None,
        "planned": [person.actor for person in plan.people],
        "planNo": f"岚组干案〔{plan.year}〕{plan.serial}号",
        "schedule": [
            {"step": step, "planFrom": plan.schedule.day(start), "planTo": plan.schedule.day(end)}
            for step, start, end in (*steps, *later)
        ],
        "resolution": "会议原则同意建议方案和工作方案，要求严格资格条件，按程序组织推荐和考察，做好全程纪实。",
    }
    return Draft(
        "S1-09",
        1,
        f"市委组织部部务会研究确定{label(plan)}动议工作方案的记录",
        day,
        OFFICE,
        staff.of("handler"),
        content,
        signs(("chair", staff.org_head), ("recorder", staff.of("office"))),
        (Paper("部务会记录", pages=2), Paper("工作方案正本", pages=2, seal=ORG_DEPARTMENT)),
        notebook=plan.pages("L", len(plan.units) + len(plan.leaders) + 1),
    )
