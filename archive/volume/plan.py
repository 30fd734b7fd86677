"""What goes into each volume and in which order, by the procedure. Pure: records in, plans out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.register.case_record import CaseRecord
from jishi.procedure import procedure
from jishi.records import Attachment, Record
from jishi.steps import Step

_DOC_NO = ("docNo", "decisionNo", "replyNo", "planNo", "meetingNo", "minutesNo", "auditReportNo")


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One 件 of a volume before it has a number."""

    manner: str
    """original | extract | copy | made | ballots."""
    record: str
    """记录编号, or for a made document its template's name."""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """One volume of a batch before it has a number."""

    kind: str
    """GR | ZH | PJ."""
    person_no: str
    items: tuple[PlannedItem, ...]


def plan_volumes(records: Sequence[CaseRecord], roster: Iterable[str], report: bool = False) -> list[VolumePlan]:
    """Return the volumes a batch makes: one 个人卷 per person, the 综合卷, a 票据附卷 where there are raw ballots.

    Args:
        records: every admitted record of the batch, superseded ones included.
        roster: the 纪实编号 of every person of the batch, in order.
        report: whether there is a 验收报告 to file.

    Source: GB/T 9705, the order inside the volume.
    """
    ordered = sorted(records, key=lambda one: one.order)
    plans = [VolumePlan("GR", no, individual_items(ordered, no)) for no in roster]
    plans.append(VolumePlan("ZH", "", batch_items(ordered, report)))
    if ballots := ballot_items(ordered):
        plans.append(VolumePlan("PJ", "", ballots))
    return plans


def individual_items(ordered: Sequence[CaseRecord], person_no: str) -> tuple[PlannedItem, ...]:
    """Return the items of one person's volume: the report first, then originals and extracts by procedure."""
    items = [PlannedItem("made", "report")]
    for one in ordered:
        if one.person_no == person_no:
            items.append(PlannedItem("original", one.id, one.folder))
        elif not one.person_no and person_no in one.mentions and _step(one).archive in ("both", "individual"):
            items.append(PlannedItem("extract", one.id, one.folder))
    return tuple(items)


def batch_items(ordered: Sequence[CaseRecord], report: bool = False) -> tuple[PlannedItem, ...]:
    """Return the items of the batch volume: roster, 验收报告, originals and copies by procedure, the notebook last."""
    items = [PlannedItem("made", "roster"), *([PlannedItem("made", "check")] if report else [])]
    for one in ordered:
        if not one.person_no:
            items.append(PlannedItem("original", one.id, one.folder))
        elif _step(one).archive == "both" and _step(one).scope == "person":
            items.append(PlannedItem("copy", one.id, one.folder))
    if any(_step(one).notebook for one in ordered):
        items.append(PlannedItem("made", "notebook"))
    return tuple(items)


def ballot_items(ordered: Sequence[CaseRecord]) -> tuple[PlannedItem, ...]:
    """Return the sealed ballots of a batch, one item per record that has any."""
    return tuple(
        PlannedItem("ballots", one.id, one.folder) for one in ordered if _step(one).ballot_kind in one.attachment_kinds
    )


def is_ballots(record: Record, paper: Attachment) -> bool:
    """Tell whether an attachment is sealed raw ballots, kept apart in the 票据附卷."""
    return bool(record.step.ballot_kind) and paper.kind == record.step.ballot_kind


def document_number(record: Record) -> str:
    """Return the 文号 a record's paper carries, or ""."""
    return next((text for key in _DOC_NO if (text := record.value(key))), "")


def responsible_body(record: Record) -> str:
    """Return the 责任者: the unit that issued a paper with a 文号, else the first signer of the role that leads.

    Source: DA/T 22, 责任者 is the 机关 or person that made the paper.
    """
    lead = record.step.signers[0].role
    for mark in sorted(record.signatures, key=lambda mark: mark.role != lead):
        if (person := record.people.get(mark.person)) is not None:
            return person.org if document_number(record) else person.name
    return ""


def _step(one: CaseRecord) -> Step:
    return procedure().all_types[one.step]
