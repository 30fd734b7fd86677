"""Records sent to be signed: what was printed, the papers that belong to it, and the pages that came back so far.

drafts/<记录编号>/ holds record.xml as it was printed, attachments/ (papers that lay beside it), pages/ (each page that
came back as a PDF, and what was seen on it) and lacks.json. The print itself is made again when it is needed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jishi.durable import write_all_durably, write_durably
from jishi.errors import RecordRejected
from jishi.plain_files import open_plain
from jishi.records import RECORD_FILE, Record, record_of
from jishi.safe_xml import MAX_BYTES, parse
from jishi.settings import Settings
from pipeline.sheets.seen import CellSeen, InkMark, SheetPage
from press.draft import Draft

PAPERS = "attachments"
_PAGES, _LACKS = "pages", "lacks.json"


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page of a print that came back and is kept."""

    stack: str
    """SHA-256 of the stack it came in."""
    name: str
    """What that stack was dropped as."""
    seen: SheetPage
    pdf: bytes

    @property
    def signed(self) -> frozenset[str]:
        """Ids of the signatories whose hand or seal is on it."""
        return frozenset(one.cell.signatory.id for one in self.seen.cells if one.mark is InkMark.SEEN)


@dataclass(frozen=True, slots=True)
class Sent:
    """A record sent to be signed, as status tells of it."""

    record: str
    pages: int
    """So many came back."""
    lacks: tuple[str, ...]
    """What keeps it from being taken in, as it was told last."""


class SentSheets:
    """The folder of records sent to be signed."""

    def __init__(self, settings: Settings) -> None:
        """Take note of where they are kept."""
        self._settings = settings
        self._root = settings.drafts

    def folder(self, record_id: str) -> Path:
        """Return where a record sent to be signed is kept."""
        return self._root / record_id.replace("/", "_")

    def send(self, record_id: str, path: Path, papers: Iterable[str]) -> None:
        """Keep a record as it was printed, with those of its papers that lie beside it.

        Args:
            record_id: its 记录编号.
            path: its XML.
            papers: names of its attachments.

        Raises:
            TryLater: it cannot be kept now.
            OSError: one of the files cannot be read.
        """
        beside = [path.parent / name for name in papers if (path.parent / name).is_file()]
        kept = self.folder(record_id)
        files = [(kept / PAPERS / paper.name, _bytes_of(paper)) for paper in beside]
        write_all_durably([*files, (kept / RECORD_FILE, _bytes_of(path))])
        (kept / _LACKS).unlink(missing_ok=True)
        for made in (kept, *kept.rglob("*")):
            self._settings.modes.give(made)

    def was_sent(self, record_id: str) -> bool:
        """Tell whether a record was printed here to be signed."""
        return (self.folder(record_id) / RECORD_FILE).exists()

    def record(self, record_id: str) -> Record | None:
        """Return a record as it was printed, or None where it was not."""
        try:
            data = _bytes_of(self.folder(record_id) / RECORD_FILE)
            found = record_of(parse(data), data)
        except (FileNotFoundError, RecordRejected):
            return None
        return found if found.id == record_id else None

    def keep(self, draft: Draft, pages: Iterable[KeptPage]) -> None:
        """Keep pages of a print that came back, each in the place of the one that was kept before.

        Raises:
            TryLater: they cannot be kept now; none is half there.
        """
        folder = self.folder(draft.record_id) / _PAGES
        files = []
        for page in pages:
            name = f"{page.seen.page:04d}"
            files += [(folder / f"{name}.pdf", page.pdf), (folder / f"{name}.json", _written(draft, page))]
        write_all_durably(files)

    def pages(self, draft: Draft) -> dict[int, KeptPage]:
        """Return the pages of a print that came back, by number; those of an older print are none of it."""
        folder = self.folder(draft.record_id) / _PAGES
        notes = sorted(folder.glob("*.json")) if folder.is_dir() else []
        found = (_read(draft, note) for note in notes)
        return {page.seen.page: page for page in found if page is not None}

    def has_pages(self, record_id: str) -> bool:
        """Tell whether any page came back."""
        return (self.folder(record_id) / _PAGES).is_dir()

    def paper(self, record_id: str, name: str) -> bytes:
        """Return a paper that lay beside a record when it was printed."""
        return _bytes_of(self.folder(record_id) / PAPERS / name)

    def note_lacks(self, record_id: str, lacks: Iterable[str]) -> None:
        """Keep in words what a record sent to be signed still lacks."""
        words = json.dumps(list(lacks), ensure_ascii=False).encode()
        write_durably(self.folder(record_id) / _LACKS, words)

    def let_go_of_pages(self, record_id: str) -> None:
        """Forget the pages that came back: they stand in the record's own submission now."""
        shutil.rmtree(self.folder(record_id) / _PAGES, ignore_errors=True)
        (self.folder(record_id) / _LACKS).unlink(missing_ok=True)

    def forget(self, record_id: str) -> None:
        """Forget a record sent to be signed: it was admitted."""
        shutil.rmtree(self.folder(record_id), ignore_errors=True)

    def looks(self) -> dict[str, tuple[int, int]]:
        """Return what was sent, each by the name of its folder, with when it was printed and when a page last came."""
        found = {}
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            times = [part.stat().st_mtime_ns for part in (folder / RECORD_FILE, folder / _PAGES) if part.exists()]
            if (folder / RECORD_FILE).exists():
                found[folder.name.replace("_", "/")] = (times[0], times[-1])
        return found

    def all(self) -> Iterator[Sent]:
        """Yield what was sent to be signed."""
        for record_id in sorted(self.looks()):
            folder = self.folder(record_id)
            lacks = folder / _LACKS
            told = tuple(map(str, json.loads(lacks.read_text("utf-8")))) if lacks.exists() else ()
            yield Sent(record_id, len(list((folder / _PAGES).glob("*.json"))), told)


def _bytes_of(path: Path) -> bytes:
    with open_plain(path) as stream:
        return stream.read(MAX_BYTES + 1 if path.name == RECORD_FILE else -1)


def _written(draft: Draft, page: KeptPage) -> bytes:
    seen = page.seen
    cells = [[draft.cells.index(one.cell), one.mark, one.ink] for one in seen.cells]
    values = {
        "digest": draft.digest, "stack": page.stack, "name": page.name, "page": seen.page, "place": seen.place,
        "turn": seen.turn, "fit": seen.fit, "cells": cells,
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False).encode()


def _read(draft: Draft, note: Path) -> KeptPage | None:
    raw = json.loads(note.read_text("utf-8"))
    if raw["digest"] != draft.digest:
        return None
    cells = tuple(CellSeen(draft.cells[place], InkMark(mark), float(ink)) for place, mark, ink in raw["cells"])
    seen = SheetPage(raw["page"], raw["place"], raw["turn"], raw["fit"], cells)
    return KeptPage(raw["stack"], raw["name"], seen, note.with_suffix(".pdf").read_bytes())
