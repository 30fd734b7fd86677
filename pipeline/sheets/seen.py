"""What a recognised stack says: sheets with their pages and cells, and what belongs to none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from jishi.findings import Finding
from jishi.sheet_code import SheetCode
from press.draft import SheetCell


class InkMark(StrEnum):
    """What a look into a cell says."""

    SEEN = "有笔迹"
    NONE = "没有笔迹"
    UNCLEAR = "看不清"


class ProofGrade(StrEnum):
    """How a signature was proved."""

    ELECTRONIC = "电子签名已验证"
    LOOKED = "版面核对有笔迹"
    SCAN = "仅有扫描件"


@dataclass(frozen=True, slots=True)
class CellSeen:
    """A place for a hand or seal, looked into."""

    cell: SheetCell
    mark: InkMark
    ink: float
    """Of the hand or seal, in square millimetres."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A page of a print, come back."""

    page: int
    """Of the print, from 1."""
    place: int
    """In the stack, from 1."""
    turn: int
    """Degrees clockwise by which the scan must be turned to stand upright: 0, 90, 180 or 270."""
    fit: float
    """Share of the print's ink that shows on the scan, 0 to 1; of a page without cells 1."""
    cells: tuple[CellSeen, ...]
    backs: tuple[int, ...] = ()
    """Places in the stack of the blank pages behind it."""
    pdf: bytes = field(default=b"", repr=False)
    """The page alone, upright, where it was asked for."""


@dataclass(frozen=True, slots=True)
class RecognisedSheet:
    """A print come back, whole or not."""

    stack: str
    """SHA-256 of the stack it came in."""
    record_id: str
    digest: str
    """Content digest of its draft, 64 hex digits."""
    pages: tuple[SheetPage, ...]
    """Each page once, in order."""
    missing: tuple[int, ...]
    """Pages of the print that did not come."""
    findings: tuple[Finding, ...]
    """What is missing, doubled, empty or unclear, in Chinese."""

    @property
    def cells(self) -> tuple[CellSeen, ...]:
        """All its cells that were looked into."""
        return tuple(cell for page in self.pages for cell in page.cells)


@dataclass(frozen=True, slots=True)
class Stray:
    """A page, or a whole stack, that belongs to no sheet of the drafts."""

    stack: str
    place: int
    """In the stack, from 1; 0 for the stack itself."""
    code: SheetCode | None
    """What its code says, if it has one."""
    finding: Finding
