"""讨论决定: S5-01 to S5-05."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal import minutes as text
from rehearsal import schedule as at
from rehearsal.actors import Actor
from rehearsal.composer import part_mark
from rehearsal.drafts import Draft, Paper, papers, sign_in, signs
from rehearsal.drafts import ballots as ballot_bundle
from rehearsal.motion import label
from rehearsal.places import COMMITTEE, ORG_DEPARTMENT, SUPERIOR
from rehearsal.plan import SESSION_PAGES, Session, StoryPlan
from rehearsal.roster import Nominee

_HALL = "市委常委会会议室"


def sessions(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S5-01 of every session of the committee."""
    yield from (_session(plan, session) for session in plan.sessions)


def ballots(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S5-02 of every session of the committee."""
    yield from (_ballot(plan, session) for session in plan.sessions)


def _absent(plan: StoryPlan) -> Actor:
    return plan.staff.committee[10]


def _present(plan: StoryPlan) -> list[Actor]:
    return [member for member in plan.staff.committee if member is not _absent(plan)]


def _hesitant(plan: StoryPlan, session: Session, person: Nominee) -> Actor | None:
    """Return the one member who would rather postpone a person, in a few cases."""
    voters = [member for member in _present(plan)[1:] if member is not session.withdrawn]
    return voters[person.index % len(voters)] if person.index % 8 == 6 else None


def _session(plan: StoryPlan, session: Session) -> Draft:
    staff, day = plan.staff, plan.schedule.session(session.index)
    pages = plan.pages("H", session.index, SESSION_PAGES)
    content = {
        "meetingNo": f"岚委常〔{plan.year}〕{plan.serial + session.index}号",
        "heldOn": day,
        "chair": staff.secretary,
        "introducer": staff.org_head,
        "expected": len(staff.committee),
        "present": [{"person": member, "avoided": member is session.withdrawn} for member in _present(plan)],
        "absent": [{"person": _absent(plan), "reason": "赴外地参加军地会议，已请假"}],
        "items": [_item(plan, session, person) for person in session.people],
        "chairSpokeLast": True,
        "observer": staff.observer,
        "bookNo": pages.book,
        "pageFrom": pages.first,
        "pageTo": pages.last,
        "audioNo": f"LY{plan.year}{plan.serial:02d}{session.index + 1:02d}",
    }
    return Draft(
        "S5-01",
        session.index + 1,
        f"市委常委会会议讨论{label(plan)}任免事项的记录{part_mark(session.index + 1)}",
        day,
        _HALL,
        staff.of("office"),
        content,
        signs(("chair", staff.secretary), ("recorder", staff.of("office"))),
        (
            Paper("会议记录页", pages=SESSION_PAGES, look="notebook"),
            sign_in("签到册", len(_present(plan))),
            Paper("汇报材料", pages=2),
        ),
    )


def _item(plan: StoryPlan, session: Session, person: Nominee) -> dict[str, Any]:
    prose = plan.prose("speech", person.index)
    chair, *others = (member for member in _present(plan) if member is not session.withdrawn)
    doubter = _hesitant(plan, session, person)
    return {
        "person": person.actor,
        "targetPost": person.target,
        "introduced": True,
        "addendum": False,
        "speeches": [
            {
                "speaker": speaker,
                "order": order,
                "view": "缓议" if speaker is doubter else "同意",
                "gist": "建议缓议，再听听服务对象意见。" if speaker is doubter else prose.pick(text.SPEECHES),
            }
            for order, speaker in enumerate((*others, chair), start=1)
        ],
    }


def _ballot(plan: StoryPlan, session: Session) -> Draft:
    staff, day = plan.staff, plan.schedule.session(session.index)
    tellers, watchers = [staff.of("teller"), staff.of("tallier")], [staff.of("scrutineer"), staff.of("scrutineer_b")]
    content = {
        "meetingRef": f"{plan.batch}/S5-01/{session.index + 1:03d}",
        "method": "无记名投票",
        "heldOn": day,
        "reconsider": False,
        "expected": len(staff.committee),
        "actual": len(_present(plan)),
        "results": [_result(plan, session, person) for person in session.people],
        "tellers": tellers,
        "scrutineers": watchers,
        "sealNo": f"岚委票封〔{plan.year}〕{plan.serial:02d}-{session.index + 1:03d}号",
    }
    roles = [("teller", one) for one in tellers] + [("scrutineer", one) for one in watchers]
    return Draft(
        "S5-02",
        session.index + 1,
        f"市委常委会会议{label(plan)}任免表决结果{part_mark(session.index + 1)}",
        day,
        _HALL,
        staff.of("office"),
        content,
        signs(*roles, ("chair", staff.secretary)),
        (Paper("表决结果报告单", look="form"), ballot_bundle("表决票（密封）", _cast(plan, session))),
    )


def _cast(plan: StoryPlan, session: Session) -> int:
    """Return how many ballots were cast: whoever withdrew casts none."""
    return len(_present(plan)) - int(session.withdrawn is not None)


def _result(plan: StoryPlan, session: Session, person: Nominee) -> dict[str, Any]:
    avoided = int(session.withdrawn is not None)
    defer = int(_hesitant(plan, session, person) is not None)
    agree = _cast(plan, session) - defer
    votes = {"agree": agree, "against": 0, "abstain": 0, "defer": defer, "avoided": avoided}
    expected = len(plan.staff.committee)
    return {"person": person.actor, "targetPost": person.target, **votes, "passed": 2 * agree > expected}


def plenary(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S5-03 where leading posts are put to the full committee."""
    people = [person for person in plan.people if person.plenary]
    if not people:
        return
    staff, day = plan.staff, plan.schedule.day(at.PLENARY)
    expected, actual = 45, 41
    content = {
        "kind": "全会表决",
        "method": "无记名投票",
        "heldOn": day,
        "expected": expected,
        "actual": actual,
        "issued": actual,
        "returned": actual,
        "results": [_plenary_result(person, expected, actual) for person in people],
        "writeIn": 0,
        "tellers": [staff.of("teller"), staff.of("tallier")],
        "scrutineers": [staff.of("scrutineer"), staff.of("scrutineer_b")],
        "sealNo": f"岚委全票封〔{plan.year}〕{plan.serial:02d}号",
    }
    yield Draft(
        "S5-03",
        1,
        f"市委全委会对{label(plan)}党政正职人选表决结果",
        day,
        "市会议中心大会议厅",
        staff.of("office"),
        content,
        signs(("scrutineer", staff.of("scrutineer")), ("teller", staff.of("teller")), ("chair", staff.secretary)),
        (
            Paper("结果报告单", look="form"),
            Paper("表决票样", look="ballot"),
            Paper("施政演说材料", pages=2),
            ballot_bundle("表决票（密封）", actual),
        ),
    )


def _plenary_result(person: Nominee, expected: int, actual: int) -> dict[str, Any]:
    against, abstain = person.index % 3, person.index % 2
    agree = actual - against - abstain
    votes = {"agree": agree, "against": against, "abstain": abstain}
    content = {"person": person.actor, "targetPost": person.target, **votes, "passed": 2 * agree > expected}
    return content | ({"jointWith": "岚江市人民代表大会常务委员会"} if _joint(person) else {}) | {"speech": True}


def _joint(person: Nominee) -> bool:
    """Tell whether another body votes together with the committee."""
    return person.post is not None and person.post.kind == "政府组成局正职"


def appointed(person: Nominee) -> dict[str, Any]:
    """Return what the decision says of a person: post taken up, post left, probation."""
    return {"appoint": person.post.title if person.post else None, "remove": person.title}


def decision(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S5-04, the one decision of the batch."""
    staff, day = plan.staff, plan.schedule.decided
    content = {
        "decisionNo": f"岚委干〔{plan.year}〕{plan.serial * 10}号",
        "decidedOn": day,
        "minutesNo": f"岚委常纪〔{plan.year}〕{plan.serial + 2}号",
        "entries": [{"person": one.actor, **appointed(one), "probation": one.probation} for one in plan.people],
        "issuer": staff.secretary,
    }
    yield Draft(
        "S5-04",
        1,
        f"中共岚江市委关于{label(plan)}的任免决定",
        day,
        _HALL,
        staff.of("office"),
        content,
        signs(("issuer", staff.secretary, 1)),
        (Paper("会议纪要", pages=2, seal=COMMITTEE), Paper("任免决定正本", pages=2, seal=COMMITTEE)),
    )


def filed(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S5-05, the filing with the superior body."""
    staff, day = plan.staff, plan.schedule.day(at.FILED)
    content = {
        "kind": "备案",
        "sentTo": SUPERIOR,
        "sentOn": day,
        "docNo": f"岚组备〔{plan.year}〕{plan.serial}号",
        "materials": ["备案报告", "任免决定", "干部任免审批表", "考察材料", "讨论决定会议记录摘录"],
        "repliedOn": day,
        "reply": "已备案",
    }
    yield Draft(
        "S5-05",
        1,
        f"{label(plan)}任免事项备案报告及回执",
        day,
        "市委组织部办公室",
        staff.of("handler"),
        content,
        signs(("handler", staff.of("handler")), ("counterpart", staff.superior_desk, 2)),
        (
            Paper("备案报告", seal=ORG_DEPARTMENT),
            *papers("任免材料清单", look="form"),
            Paper("批复或回执", seal=SUPERIOR),
        ),
        also=tuple(person.actor for person in plan.people),
    )
