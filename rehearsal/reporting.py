"""考察, what it finds: the talks (S3-05) and the inspection report (S3-10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal import minutes as text
from rehearsal import phrases
from rehearsal import schedule as at
from rehearsal.actors import Actor
from rehearsal.composer import rate
from rehearsal.drafts import Draft, Pages, Paper, Sign, papers, signs
from rehearsal.inspecting import SCOPE, inspection_day, team_signs
from rehearsal.plan import StoryPlan, Team
from rehearsal.roster import Nominee


def talks(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-05 of everybody inspected: one record per talk, then the summary."""
    for person in plan.inspected:
        entries = [_talk_entry(plan, person, talk) for talk in range(plan.talks)]
        yield from (_talk(plan, person, number, entry) for number, entry in enumerate(entries, start=1))
        yield _talk_summary(plan, person, entries)


def _talk_entry(plan: StoryPlan, person: Nominee, talk: int) -> dict[str, Any]:
    team, place = plan.team_of[person.index]
    prose = plan.prose("talk", person.index, talk)
    own = talk == plan.talks - 1
    return {
        "code": f"K{talk + 1:02d}",
        "category": SCOPE[4] if own else SCOPE[max(0, talk - plan.talks + 5)],
        "on": inspection_day(plan, person),
        "notebook": plan.inspection_pages(team, place, talk),
        "gist": prose.pick(text.SELF_GISTS) if own else prose.some(text.GISTS, 2),
    }


def _talk(plan: StoryPlan, person: Nominee, number: int, entry: dict[str, Any]) -> Draft:
    team, _ = plan.team_of[person.index]
    pages: Pages = entry["notebook"]
    content = {"interviewers": team.members[:2], "talks": [entry]}
    return Draft(
        "S3-05",
        number,
        f"{person.name}同志考察谈话记录（{entry['code']}）",
        entry["on"],
        f"{person.unit.name}谈话室",
        team.members[2],
        content,
        _talkers(team),
        (Paper("谈话记录", pages=2, look="notebook"),),
        subject=person.actor,
        forms="笔记本 记录",
        notebook=pages,
    )


def _talkers(team: Team) -> tuple[Sign, ...]:
    leader, second, *_ = team.members
    return signs(("talker", leader), ("talker", second), ("inspect_leader", leader))


def _talk_summary(plan: StoryPlan, person: Nominee, entries: list[dict[str, Any]]) -> Draft:
    team, _ = plan.team_of[person.index]
    day = inspection_day(plan, person)
    sample = 20 + person.index % 11
    fairly, unknown = sample // 5, person.index % 3
    content = {
        "interviewers": team.members[:2],
        "talks": entries,
        "firstTalk": day,
        "lastTalk": day,
        "planned": plan.talks,
        "held": len(entries),
        "survey": {
            "n": sample,
            "satisfied": sample - fairly - unknown,
            "fairly": fairly,
            "dissatisfied": 0,
            "unknown": unknown,
        },
        "selfInterviewOn": day,
        "political": "合格",
        "politicalBasis": "综合谈话、测评、查档和走访情况，该同志政治忠诚、政治担当等方面未发现负面情形，"
        + plan.prose("political", person.index).some(phrases.DE, 2),
    }
    return Draft(
        "S3-05",
        len(entries) + 1,
        f"{person.name}同志个别谈话汇总与政治素质考察表",
        day,
        f"{person.unit.name}谈话室",
        team.members[2],
        content,
        _talkers(team),
        (Paper("政治素质考察表", look="form"), Paper("走访或民意调查表", look="form")),
        subject=person.actor,
        forms="表",
    )


def materials(plan: StoryPlan) -> Iterator[Draft]:
    """Yield S3-10 of everybody inspected."""
    yield from (_material(plan, person) for person in plan.inspected)


def _material(plan: StoryPlan, person: Nominee) -> Draft:
    day, staff, vote = plan.schedule.day(at.MATERIAL), plan.staff, plan.confidence(person)
    team, _ = plan.team_of[person.index]
    head: Actor = staff.unit(person.unit, 0)
    content = _portrait(plan, person) | {
        "writtenOn": day,
        "recRate": _nominated_rate(plan, person),
        "evalRate": rate(vote.favourable, vote.valid),
        "fourChecks": "干部人事档案已审核，三龄两历一身份认定清楚；个人有关事项报告已查核，结论不影响使用；"
        "纪检监察机关回复无异议；"
        "没有未查清的、具有可查性的信访举报。",
        "proposal": "建议任用",
        "feedbackOn": day,
        "feedbackBy": team.members[0],
        "feedbackTo": head,
        "response": f"{person.unit.party_group}主要负责人认为考察情况客观全面，同意考察组意见。",
    }
    return Draft(
        "S3-10",
        1,
        f"{person.name}同志考察材料及反馈情况",
        day,
        "市委组织部干部一科",
        team.members[2],
        content,
        tuple(team_signs(team)),
        (Paper("考察材料", pages=2), *papers("反馈记录")),
        subject=person.actor,
    )


def _portrait(plan: StoryPlan, person: Nominee) -> dict[str, str]:
    team, place = plan.team_of[person.index]
    pages = [plan.inspection_pages(team, place, talk) for talk in range(plan.talks)]
    evidence = [f"谈话笔记{part.book.rpartition('-')[2]}第{part.first}页" for part in pages]
    prose = plan.prose("portrait", person.index, evidence=evidence)
    if person.index % 4 == 0:
        return {
            "de": prose.long(phrases.DE),
            "neng": prose.long(phrases.NENG),
            "qin": prose.long(phrases.QIN),
            "ji": prose.long(phrases.JI),
            "lian": prose.long(phrases.LIAN),
            "shortcomings": prose.some(phrases.SHORTCOMINGS, 3),
        }
    pools = {"de": phrases.DE, "neng": phrases.NENG, "qin": phrases.QIN, "ji": phrases.JI, "lian": phrases.LIAN}
    return {key: prose.some(pool, 3) for key, pool in pools.items()} | {
        "shortcomings": prose.some(phrases.SHORTCOMINGS, 2)
    }


def _nominated_rate(plan: StoryPlan, person: Nominee) -> str | None:
    if not person.nominated or person.post is None:
        return None
    result = plan.nominations[person.post.index]
    own = next(ballot for ballot in result.ballots if ballot.actor.key == person.actor.key)
    return rate(own.meeting, result.valid)
