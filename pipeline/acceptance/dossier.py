"""The dossier of a batch: one document of all its records and of the facts the cross-record rules rest on.

What rules can say in XPath stays in the records; what would make them slow or clumsy is laid down here once as facts:
who is on the roster, which step each person needs and has, in which order steps ran, which pages of which notebook
each event claims, and what the stored files really are.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from jishi.case.ids import RecordId
from jishi.case.step_record import StepRecord, text_at
from jishi.procedure import does
from jishi.record_types import NAMESPACE
from jishi.records import attachment_of
from jishi.steps import Deed, Says
from pipeline.acceptance.notebook_facts import add_books
from pipeline.acceptance.roster_facts import add_roster
from pipeline.rules.profiles import Profile
from pipeline.rules.rule import DOSSIER

_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a stored attachment really is."""

    att: str
    """Its id in the record."""
    sha256: str
    """Digest of the file on disk; empty when the file is not there."""
    bytes: int
    media_type: str
    """As seen in the content, not as declared."""


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """A printed paper of a record: its digest as registered and as the file has it now."""

    name: str
    registered: str
    actual: str


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """One admitted record with the facts of its files."""

    root: etree._Element
    record_id: str
    superseded: bool = False
    files: tuple[FileFact, ...] | None = None
    """None where the files were not looked at; then nothing is said of them."""
    documents: tuple[DocumentFact, ...] = ()


def assemble(
    records: Iterable[DossierEntry],
    *,
    batch: str,
    profile: Profile,
    today: dt.date,
    supplementary: Collection[str] = (),
    held: Iterable[StepRecord] = (),
) -> etree._Element:
    """Return the dossier of a batch; the given records are copied, not changed.

    Args:
        records: all admitted records of the batch, superseded ones too, in any order.
        batch: the 批次编号.
        profile: what the batch is judged by.
        today: the day of judging.
        supplementary: 纪实编号 of those whose supplement after probation is being filed now.
        held: what has come for the batch and waits, in the drop folder or for another record.
    """
    entries = sorted(records, key=lambda entry: RecordId.of(entry.record_id).order)
    corrected = {entry.root.findtext(f"{_R}correctionOf") for entry in entries}
    current = [entry for entry in entries if not entry.superseded and entry.record_id not in corrected]
    root = etree.Element(f"{_D}dossier", nsmap={"d": DOSSIER}, batch=batch, today=today.isoformat())
    root.set("profile", profile.id)
    root.set("version", profile.version)
    root.set("started", _started(current))
    _add_lists(root, profile)
    add_roster(root, [entry.root for entry in current], supplementary, held)
    add_books(root, [entry.root for entry in current])
    _add_records(root, entries, {id(entry) for entry in current})
    return root


def entries_of(dossier: etree._Element) -> Iterator[etree._Element]:
    """Yield the current records of a dossier."""
    return dossier.iterfind(f"{_D}records/{_D}entry/{_R}record")


def _started(current: Iterable[DossierEntry]) -> str:
    """Return the day the batch was opened; empty when its first record is not there."""
    opening = [entry.root for entry in current if does(entry.root.get("stepId", ""), Deed.OPENS)]
    return min((text_at(root, Says.START)[:10] for root in opening), default="")


def _add_lists(root: etree._Element, profile: Profile) -> None:
    part = etree.SubElement(root, f"{_D}profile")
    for name, values in profile.lists().items():
        node = etree.SubElement(part, f"{_D}list", name=name)
        for value in values:
            etree.SubElement(node, f"{_D}value").text = value


def _add_records(root: etree._Element, entries: Iterable[DossierEntry], current: Collection[int]) -> None:
    part = etree.SubElement(root, f"{_D}records")
    for entry in entries:
        name = "entry" if id(entry) in current else "superseded"
        node = etree.SubElement(part, f"{_D}{name}", recordId=entry.record_id)
        if entry.files is not None:
            node.set("filesSeen", "true")
        for seen in entry.files or ():
            facts = {"att": seen.att, "sha256": seen.sha256, "bytes": str(seen.bytes), "mediaType": seen.media_type}
            etree.SubElement(node, f"{_D}file", facts)
        for paper in entry.documents:
            facts = {"record": entry.record_id, "name": paper.name}
            facts |= {"registered": paper.registered, "actual": paper.actual}
            etree.SubElement(node, f"{_D}document", facts)
        node.append(_by_value(copy.deepcopy(entry.root)))


def _by_value(root: etree._Element) -> etree._Element:
    """Write the figures of a record's attachments as they are registered, so that rules compare values, not texts."""
    for node in root.iterfind(f"{_R}attachment"):
        paper = attachment_of(node)
        for name, value in (("bytes", str(paper.bytes)), ("pages", str(paper.pages)), ("sha256", paper.sha256)):
            node.set(name, value)
    return root
