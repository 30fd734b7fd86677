"""One 件 of a volume: its form and papers, and what contents and register say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.papers.kinds import OFD
from archive.volume.plan import OF_PERSON, PlannedItem, document_number, responsible_body
from archive.volume.scans import Scan
from archive.volume.volume_values import BoundItem
from jishi.records import RECORD_FILE, Attachment, Record
from press.forms import Form
from press.record_form import form_of

_BALLOT_FACTS = ("issued", "returned", "valid", "invalid", "tellers", "scrutineers", "sealNo")
"""What the 封存单 says of the ballots behind it."""


@dataclass(frozen=True, slots=True)
class BuiltItem:
    """One item ready to be bound: its form, its papers, and what register and shelf say of it."""

    planned: PlannedItem
    form: Form
    record: Record | None
    papers: tuple[Attachment, ...]
    retention: str
    date: str
    """YYYYMMDD."""
    remarks: str = ""
    xml: bytes = b""
    """The record's own file, where it is embedded and shelved."""
    papers_at: str = ""
    """What the paths of its papers begin with; their file names follow."""

    def path_of(self, paper: Attachment) -> Path:
        """Return where a paper is read from."""
        return Path(self.papers_at + paper.file)


def signers(made: Sequence[BuiltItem], role: str) -> list[str]:
    """Return who signed in a role in records that tell of both filing and accepting, each once."""
    marks = [
        (one.record, mark)
        for one in made
        if one.record and {"filer", "acceptor"} <= {mark.role for mark in one.record.signatures}
        for mark in one.record.signatures
        if mark.role == role
    ]
    return list(dict.fromkeys(record.people[mark.person].name for record, mark in marks))


def _item_title(one: BuiltItem) -> str:
    """Return an item's 题名; one of ours stands in brackets, ballots say that they are ballots."""
    if one.record is None:
        return f"[{one.form.title}{f'：{one.form.subtitle}' if OF_PERSON in one.planned.record else ''}]"
    if one.planned.ballots:
        return f"{one.record.title}所附{one.record.step.ballot_kind}"
    return one.record.title


def bound_item(code: str, number: int, one: BuiltItem, unit: str, superseded: bool = False) -> BoundItem:
    """Return an item as it is bound.

    Args:
        code: its 档号 as printed.
        number: its 件号.
        one: the item.
        unit: the 立档单位, 责任者 of what is made at filing.
        superseded: whether another record has taken its record's place.
    """
    record = one.record
    return BoundItem(
        number=number,
        code=code,
        form=one.form.as_values(),
        title=_item_title(one),
        responsible=responsible_body(record) if record else unit,
        doc_no=document_number(record) if record else "",
        date=one.date,
        secrecy=(record.secrecy if record else one.form.secrecy) or "内部",
        remarks=one.remarks,
        scans=tuple(_scan(one, paper, superseded) for paper in one.papers if paper.media_type != OFD),
        xml=((RECORD_FILE, one.xml),) if one.xml else (),
    )


def _scan(one: BuiltItem, paper: Attachment, superseded: bool) -> Scan:
    return Scan(
        one.path_of(paper), paper.media_type, paper.pages, paper.name, paper.sha256,
        one.record.id if one.record else "", superseded,
    )  # fmt: skip


def ballot_form(record: Record, papers: Sequence[Attachment]) -> Form:
    """Return the 封存单 of a record's sealed ballots: how many there are, who counted, under which seal."""
    whole = form_of(record)
    kept = tuple(pair for pair in whole.head if pair.key in ("batch", "personId", "recordId", "stepId", "occurredOn"))
    counts = tuple(pair for pair in whole.body if pair.key in _BALLOT_FACTS)
    names = {paper.name for paper in papers}
    rows = tuple(row for row in whole.attachments.rows if row[0] in names)
    return replace(
        whole,
        template="standard",
        title=f"{record.step.ballot_kind}封存单",
        head=kept,
        body=counts,
        foot=(),
        attachments=replace(whole.attachments, rows=rows),
    )
