"""The values that pass between planning, building, numbering and filing a volume."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from archive.numbering import ArchiveNumber
from archive.volume.plan import VolumePlan
from jishi.records import Record
from press.forms import Form


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The signed acceptance without which nothing is numbered (R61)."""

    filer: str
    acceptor: str
    accepted_at: str
    """ISO 8601 with offset."""
    profile: str
    rules: str
    """Digest of the rules and parameters judged by."""
    content_digest: str
    """Digest over the records that were judged; filing refuses when the case file has changed since."""
    blocking: int
    """How many findings block; must be 0."""
    explanations: tuple[str, ...] = ()
    """Warnings and exceptions, each one line for the 备考表."""
    report: str = "{}"
    """The acceptance report as JSON."""
    ledger: str = ""
    """Where the ledger ended when building began, as "<line> <digest>"; sealed with the volume."""
    report_form: Form | None = None
    """验收报告 for the batch volume, its records citing their pages; None leaves the item out."""


@dataclass(frozen=True, slots=True)
class VolumeOrder:
    """What to build: a plan under the number it will take if nobody takes it first."""

    plan: VolumePlan
    number: ArchiveNumber


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an item as it goes on the shelf."""

    path: str
    """Logical path in the object, e.g. items/003/record.xml."""
    source: Path | bytes = field(repr=False)
    """The bytes, or a file of ours that is moved onto the shelf."""
    media_type: str
    title: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One numbered 件."""

    number: int
    record: str
    """记录编号, or for a made document its template's name."""
    manner: str
    title: str
    responsible: str
    doc_no: str
    date: str
    """YYYYMMDD."""
    secrecy: str
    retention: str
    first_page: int
    pages: int

    @property
    def folder(self) -> str:
        """Logical folder of the item in its object."""
        return f"items/{self.number:03d}"


@dataclass(frozen=True, slots=True)
class VolumeFacts:
    """One built volume: what its rows in the register will say."""

    number: ArchiveNumber
    kind: str
    person_no: str
    batch: str
    title: str
    secrecy: str
    retention: str
    version: int
    pages: int
    bytes: int
    """Size of the volume PDF."""
    sha256: str
    """Digest of the volume PDF."""
    staged: str
    """Name of the finished object's folder under staging/."""
    items: tuple[ItemFacts, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemMatter:
    """What metadata and shelf need of one item before its pages are known."""

    record: Record | None
    files: tuple[StoredFile, ...]
