"""The people of a batch as dossier facts: who they are, how they stand to every step, in which order steps ran."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from lxml import etree

from jishi.case.standing import Standing, State
from jishi.case.step_record import StepRecord, change_of, step_record_of
from jishi.procedure import does, procedure
from jishi.record_types import NAMESPACE
from jishi.steps import Deed, Predecessor, Step
from pipeline.acceptance.told_fields import tell
from pipeline.rules.rule import DOSSIER

_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"


def add_roster(
    dossier: etree._Element,
    current: Sequence[etree._Element],
    supplementary: Collection[str] = (),
    held: Iterable[StepRecord] = (),
) -> None:
    """Lay down every person with what they need, have and in which order, and the order of the batch's own steps.

    Args:
        dossier: what to add to.
        current: the current records of the batch, in the order of their numbers.
        supplementary: 纪实编号 of those whose supplement after probation is being filed now.
        held: what has come and waits.
    """
    standing = Standing(map(step_record_of, current), held=held, supplementary=supplementary)
    enrolled = (root for root in current if does(root.get("stepId", ""), Deed.ENROLS))
    entries = {root.findtext(f"{_R}personId", ""): root for root in enrolled}
    roster = etree.SubElement(dossier, f"{_D}roster")
    for no in standing.people:
        _add_person(roster, no, entries.get(no), standing)
    whole = etree.SubElement(dossier, f"{_D}whole")
    for step in procedure().steps.values():
        if step.scope == "batch":
            _add_order(whole, step, "", standing)


# People


def _add_person(roster: etree._Element, no: str, entry: etree._Element | None, standing: Standing) -> None:
    node = etree.SubElement(roster, f"{_D}person", no=no)
    if entry is not None:
        _tell_of(node, no, entry)
    for step in procedure().steps.values():
        _add_need(node, step, no, standing)
        if step.scope != "batch":
            _add_order(node, step, no, standing)


def _tell_of(node: etree._Element, no: str, entry: etree._Element) -> None:
    own = next((n for n in entry.iterfind(f"{_R}people/{_R}person") if n.get("no") == no), None)
    node.set("record", entry.get("recordId", ""))
    node.set("id", "" if own is None else own.get("id", ""))
    node.set("name", "" if own is None else own.get("name", ""))
    node.set("change", change_of(entry))
    tell(node, entry)


# Completeness


def _add_need(person: etree._Element, step: Step, no: str, standing: Standing) -> None:
    """Lay down how a person stands to a step; to the rules what waits is not there yet, and is told beside it."""
    cell = standing.of(no, step.id)
    waits = State.LATER if standing.is_later(no, step.id) else State.MISSING
    state = waits if cell.state is State.WAITING else cell.state
    node = etree.SubElement(person, f"{_D}need", step=step.id, need=standing.need(no, step), state=state.value)
    node.set("records", "" if state is State.NOT_APPLICABLE else " ".join(cell.records))
    for name, told in (("na", cell.waived_by), ("lacks", cell.lacks), ("held", " ".join(cell.held))):
        if told:
            node.set(name, told)


# Order


def _add_order(parent: etree._Element, step: Step, no: str, standing: Standing) -> None:
    mine = standing.naming(no, step.id)
    for before in step.after if mine else ():
        if before.check != "none":
            _add_pair(parent, before, mine, no, standing)


def _add_pair(parent: etree._Element, before: Predecessor, mine: list[StepRecord], no: str, standing: Standing) -> None:
    named = standing.naming(no, before.step) if no else standing.every(before.step)
    general = procedure().steps[before.step].scope == "batch"
    if theirs := named or (standing.about(no, before.step) if general else []):
        # Where the earlier step names nobody, its last record may concern other posts.
        check = before.check if named else "first"
        etree.SubElement(parent, f"{_D}order", _compared(before, mine, theirs, check))


def _compared(before: Predecessor, mine: list[StepRecord], theirs: list[StepRecord], check: str) -> dict[str, str]:
    first, last = min(mine, key=lambda paper: paper.day), max(mine, key=lambda paper: paper.day)
    days = {paper.day for paper in theirs}
    shared = {paper.day for paper in mine} <= days
    return {
        "step": first.step,
        "after": before.step,
        "record": first.id,
        "first": str(first.day),
        "last": str(last.day),
        "afterFirst": str(min(days)),
        "afterLast": str(max(days)),
        "check": check,
        "sameDay": str(shared).lower() if before.same_day else "",
    }
