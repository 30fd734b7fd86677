"""Scans a record gives for its signatures, where it was printed here to be signed: looked at cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from jishi.findings import Finding
from jishi.records import Attachment, Record
from jishi.settings import Settings
from pipeline.sheets.drafts import Reprints
from pipeline.sheets.recognise import recognise
from pipeline.sheets.seen import CellSeen, InkMark, ProofGrade, RecognisedSheet, Stray
from pipeline.sheets.sent import SentSheets
from pipeline.sheets.stack_words import graded, not_on_sheet
from press.draft import Draft, SheetCell

_Found = list[RecognisedSheet | Stray]
_HARMLESS = {"S-BLANK", "S-CODELESS", "S-COARSE"}
"""What is no fault where a paper is one of several things: it has pages beside those of the print."""


class SignedSheets:
    """Looks at what records printed in this home give for their signatures."""

    def __init__(self, settings: Settings) -> None:
        """Take note of the home; nothing is looked at yet."""
        self._prints = Reprints(settings)
        self._sent = SentSheets(settings)

    def look(self, record: Record, folder: Path) -> list[Finding]:
        """Return what the scans say of a record's signatures; of a record that was not printed here nothing.

        Args:
            record: sound so far.
            folder: where its papers lie.

        Raises:
            PartMissing: the child that opens scans cannot be started.
            OSError: a paper cannot be read now.
        """
        if not self._sent.was_sent(record.id):
            return []
        draft = self._prints.of(record)
        cited = {mark.attachment for mark in record.signatures}
        papers = [paper for paper in record.attachments if paper.id in cited]
        found = {paper.id: (paper, self._found(draft, paper, folder)) for paper in papers}
        return list(_judged(record, draft, found))

    def _found(self, draft: Draft, paper: Attachment, folder: Path) -> _Found:
        """Return what a paper holds; pages that we put into the record ourselves were looked at before."""
        seen = self._sent.seen(draft, paper.sha256)
        if seen is None:
            return recognise(folder / paper.file, {draft.record_id: draft}.get)
        return [RecognisedSheet(paper.sha256, draft.record_id, draft.digest, (seen,), (), ())]


def _judged(record: Record, draft: Draft, papers: Mapping[str, tuple[Attachment, _Found]]) -> Iterator[Finding]:
    """Yield what is wrong with coded papers, which cells are empty, and how each signature was proved."""
    cells = {int(cell.signatory.id): cell for cell in draft.cells}
    grades: dict[ProofGrade, list[str]] = {}
    for _, found in papers.values():
        if _is_coded(found):
            yield from _faults(found)
    for place, mark in enumerate(record.signatures):
        paper, found = papers.get(mark.attachment, (None, []))
        cell = cells[place]
        if paper is None:
            continue
        if not _is_coded(found):
            grades.setdefault(ProofGrade.SCAN, []).append(_whose(cell))
            continue
        seen = _seen(cell, found)
        if seen is None:
            yield not_on_sheet(paper.file, record.id, cell)
        elif seen.mark is InkMark.SEEN:
            grades.setdefault(ProofGrade.LOOKED, []).append(_whose(cell))
    yield from (graded(record.id, grade, whose) for grade, whose in grades.items())


def _is_coded(found: _Found) -> bool:
    return any(isinstance(each, RecognisedSheet) or each.code is not None for each in found)


def _faults(found: _Found) -> Iterator[Finding]:
    for each in found:
        if isinstance(each, Stray):
            if each.finding.code not in _HARMLESS:
                yield each.finding
        else:
            # Which pages are missing is asked of each signature: a sheet may come as several papers.
            yield from (one for one in each.findings if one.code != "S-MISSING")


def _seen(cell: SheetCell, found: _Found) -> CellSeen | None:
    sheets = (each for each in found if isinstance(each, RecognisedSheet))
    return next((seen for sheet in sheets for seen in sheet.cells if seen.cell == cell), None)


def _whose(cell: SheetCell) -> str:
    return f"{cell.signatory.label}{cell.signatory.name}"
