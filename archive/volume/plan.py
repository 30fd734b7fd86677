"""What goes into each volume and in which order, as its kind says. Pure: records in, plans out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archive.register.case_record import CaseRecord
from jishi.procedure import procedure
from jishi.records import Attachment, Record
from jishi.steps import Step
from jishi.volume_kinds import ItemRule, VolumeKind

_DOC_NO = ("docNo", "decisionNo", "replyNo", "planNo", "meetingNo", "minutesNo", "auditReportNo")
OF_PERSON = ":"
"""Stands in the key of a made document before the person it tells of, where its volume is not that person's."""


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One 件 of a volume before it has a number."""

    rule: ItemRule
    record: str
    """记录编号, or for a made document its template's name."""
    folder: str = ""
    person_no: str = ""
    """Whom a made document, or what is shown of a record, is about; empty for all."""

    @property
    def manner(self) -> str:
        """Original | extract | copy | made | ballots."""
        return self.rule.manner

    @property
    def ballots(self) -> bool:
        """Tell whether it is the sealed ballots of a record."""
        return self.manner == "ballots"


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """One volume of a batch before it has a number."""

    kind: VolumeKind
    person_no: str
    items: tuple[PlannedItem, ...]


def plan_volumes(
    records: Sequence[CaseRecord], roster: Sequence[str], kinds: Iterable[VolumeKind], report: bool = False
) -> list[VolumePlan]:
    """Return the volumes a batch makes, kind by kind; a volume that no record goes into is not made.

    Args:
        records: every admitted record of the batch, superseded ones included.
        roster: the 纪实编号 of every person of the batch, in order.
        kinds: the kinds of volume it is filed in.
        report: whether there is a 验收报告 to file.

    Source: GB/T 9705, the order inside the volume.
    """
    planner = _Planner(records, roster, report)
    plans = [
        VolumePlan(kind, no, tuple(planner.items(kind, no)))
        for kind in kinds
        for no in (roster if kind.personal else ("",))
    ]
    return [plan for plan in plans if any(item.folder for item in plan.items)]


class _Planner:
    """Follows what kinds of volume say of their items."""

    def __init__(self, records: Sequence[CaseRecord], roster: Sequence[str], report: bool) -> None:
        self._records = sorted(records, key=lambda one: one.order)
        self._roster = roster
        self._lacking = set() if report else {"check"}
        if not any(_step(one).notebook for one in records):
            self._lacking.add("notebook")

    def items(self, kind: VolumeKind, person_no: str) -> Iterator[PlannedItem]:
        """Yield the items of one volume: documents made and records taken, part by part."""
        concerned = [one for one in self._records if _concerns(one, person_no)]
        for part in kind.parts:
            if part[0].document:
                yield from self._made(part[0], person_no)
            else:
                yield from (taken for one in concerned if (taken := _taken(one, part, person_no)))

    def _made(self, rule: ItemRule, person_no: str) -> Iterator[PlannedItem]:
        if rule.document in self._lacking:
            return
        if person_no or not rule.of_one:
            yield PlannedItem(rule, rule.document, person_no=person_no)
        else:
            yield from (PlannedItem(rule, f"{rule.document}{OF_PERSON}{no}", person_no=no) for no in self._roster)


def _concerns(one: CaseRecord, person_no: str) -> bool:
    """Tell whether a volume may hold a record: a person's, what is that person's own or names the person."""
    return not person_no or (one.person_no == person_no if one.person_no else person_no in one.mentions)


def _taken(one: CaseRecord, rules: Iterable[ItemRule], person_no: str) -> PlannedItem | None:
    rule = next((rule for rule in rules if _applies(rule, one)), None)
    if rule is None:
        return None
    return PlannedItem(rule, one.id, one.folder, person_no if rule.manner == "extract" else "")


def _applies(rule: ItemRule, one: CaseRecord) -> bool:
    return rule.fits(_step(one), bool(one.person_no)) and (rule.manner != "ballots" or has_ballots(one))


def has_ballots(one: CaseRecord) -> bool:
    """Tell whether sealed raw ballots came with a record."""
    return _step(one).ballot_kind in one.attachment_kinds


def is_ballots(record: Record, paper: Attachment) -> bool:
    """Tell whether an attachment is sealed raw ballots, which are kept apart."""
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
