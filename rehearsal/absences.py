"""The NA records (“不适用”说明): which steps have no record, of whom, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from jishi.procedure import procedure
from jishi.steps import Step
from rehearsal import schedule as at
from rehearsal.deliberating import asked_elsewhere
from rehearsal.drafts import Draft, papers, signs
from rehearsal.motion import label
from rehearsal.nominating import signed_for
from rehearsal.plan import StoryPlan
from rehearsal.roster import CHANGES, Nominee

_AWAITED = {"S6-06", "S6-07"}
"""Steps of those on probation: they come a year later, so they are neither recorded nor explained away."""
_HAPPENED: dict[str, Callable[[Nominee], bool]] = {
    "S1-08": lambda person: True,
    "S2-02": lambda person: person.nominated,
    "S2-03": lambda person: person.change in "PF",
    "S2-04": lambda person: person.nominated,
    "S2-05": lambda person: person.nominated,
    "S2-06": signed_for,
    "S3-02": lambda person: person.inspected,
    "S3-03": lambda person: person.inspected,
    "S3-04": lambda person: person.inspected,
    "S3-05": lambda person: person.inspected,
    "S3-07": lambda person: person.inspected,
    "S3-09": lambda person: person.asked_departments,
    "S3-10": lambda person: person.inspected,
    "S4-03": lambda person: bool(asked_elsewhere(person)),
    "S5-03": lambda person: person.plenary,
    "S5-05": lambda person: True,
    "S6-05": lambda person: True,
    "S6-06": lambda person: person.probation,
    "S6-07": lambda person: person.probation,
}
"""Conditional step → whether its condition came about for a person."""


def happened(person: Nominee, step: Step) -> bool:
    """Tell whether a step is on record, or still awaited, for a person."""
    need = step.applies[person.change]
    return need == "mandatory" or (need == "conditional" and _HAPPENED[step.id](person))


def absences(plan: StoryPlan) -> Iterator[Draft]:
    """Yield the NA record of the batch where a batch step did not happen at all, then one per person.

    A step of the batch that is on record is on record for everybody, so no person's NA record lists one.
    """
    steps = procedure().steps.values()
    unheld = {
        step.id
        for step in steps
        if step.scope in ("batch", "both")
        and "conditional" in step.applies.values()
        and not any(happened(person, step) for person in plan.people)
    }
    if unheld:
        yield _batch_absence(plan, sorted(unheld))
    for person in plan.people:
        missing = [step.id for step in steps if step.scope != "batch" and _absent(person, step, unheld)]
        if missing:
            yield _absence(plan, person, missing)


def _absent(person: Nominee, step: Step, unheld: Collection[str]) -> bool:
    return step.id not in unheld and not happened(person, step)


def _batch_absence(plan: StoryPlan, missing: list[str]) -> Draft:
    content = {
        "steps": missing,
        "reasonKind": "条件未发生",
        "reason": "本批次没有须由全委会表决的职位，或者没有双重管理、非中共党员人选等情形，所列步骤未发生。",
        "basis": "操作流程目录中各该步骤的适用条件",
        "decidedOn": plan.schedule.day(at.ABSENCES),
    }
    return _draft(plan, None, f"{label(plan)}部分步骤不适用情况说明", content)


def _absence(plan: StoryPlan, person: Nominee, missing: list[str]) -> Draft:
    reason = f"{person.name}同志属{CHANGES[person.change]}。"
    if person.change in "TX":
        reason += "按规定不经民主推荐，不作任前公示。"
    if not person.inspected and person.post:
        reason += "其近一年内已经考察和年度考核，沿用近期结果，不再重复考察和查核。"
    reason += "所列步骤不属于其适用情形，或者所附条件没有发生。"
    content = {
        "steps": missing,
        "reasonKind": "不属于适用情形" if person.change in "TX" else "条件未发生",
        "reason": reason,
        "basis": "操作流程目录中各该步骤按变动类别的适用规定",
        "decidedOn": plan.schedule.day(at.ABSENCES),
    }
    return _draft(plan, person, f"{person.name}同志选拔任用部分步骤不适用情况说明", content)


def _draft(plan: StoryPlan, person: Nominee | None, title: str, content: Mapping[str, object]) -> Draft:
    staff = plan.staff
    return Draft(
        "NA",
        1,
        title,
        plan.schedule.day(at.ABSENCES),
        "市委组织部干部监督科",
        staff.of("handler"),
        content,
        signs(("reviewer", staff.of("reviewer"))),
        papers("不适用情况说明"),
        subject=person.actor if person else None,
    )
