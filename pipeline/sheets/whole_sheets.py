"""The faces of one print put together: what came, what is missing, which cells are empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jishi.findings import Finding
from pipeline.sheets.seen import CellSeen, InkMark, RecognisedSheet, SheetPage
from pipeline.sheets.stack_words import cell_words, missing_pages, unlike_print
from press.draft import Draft


@dataclass(frozen=True, slots=True)
class Face:
    """A page of a print as the child told it."""

    place: int
    page: int
    turn: float
    fit: float
    cells: tuple[Mapping[str, Any], ...]
    backs: list[int]
    pdf: bytes = field(default=b"", repr=False)


def recognised(stack: str, name: str, draft: Draft, faces: Mapping[int, Face]) -> RecognisedSheet:
    """Return a print as it came back.

    Args:
        stack: digest of the stack.
        name: of its file, for findings; may be empty.
        draft: the print.
        faces: its pages that came, by number.
    """
    pages = tuple(_page(draft, faces[number]) for number in sorted(faces))
    missing = tuple(number for number in range(1, len(draft.sizes) + 1) if number not in faces)
    findings = tuple(_findings(name, draft, pages, missing))
    return RecognisedSheet(stack, draft.record_id, draft.digest, pages, missing, findings)


def _page(draft: Draft, face: Face) -> SheetPage:
    cells = tuple(
        CellSeen(draft.cells[said["place"]], InkMark(said["mark"]), float(said["ink"])) for said in face.cells
    )
    turn = round(-face.turn / 90) * 90 % 360
    return SheetPage(face.page, face.place, turn, face.fit, cells, tuple(face.backs), face.pdf)


def _findings(name: str, draft: Draft, pages: tuple[SheetPage, ...], missing: tuple[int, ...]) -> Iterator[Finding]:
    if missing:
        yield missing_pages(name, draft, missing)
    for page in pages:
        if not page.cells and any(cell.page == page.page for cell in draft.cells):
            yield unlike_print(name, draft, page)
        for seen in page.cells:
            if words := cell_words(name, draft, page, seen):
                yield words
