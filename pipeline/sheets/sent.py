"""Records sent to be signed: what was printed, the papers that belong to it, and the pages that came back so far.

drafts/<记录编号>/ holds record.xml as it was printed, attachments/ (papers that lay beside it), pages/ (each page that
came back as a PDF, and what was seen on it), lacks.json and, once the pages stand in a submission, seen.json. The print
itself is made again when it is needed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jishi.durable import write_all_durably, write_durably
from jishi.errors import RecordRejected
from jishi.plain_files import open_plain
from jishi.records import RECORD_FILE, Record, record_of
from jishi.safe_xml import MAX_BYTES, parse
from jishi.settings import Settings
from pipeline.sheets.seen import CellSeen, InkMark, SheetPage
from press.draft import Draft

PAPERS = "attachments"
_PAGES, _LACKS, _SEEN = "pages", "lacks.json", "seen.json"


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
            files += [(folder / f"{name}.pdf", page.pdf), (folder / f"{name}.json", _written(_told(draft, page)))]
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
        write_durably(self.folder(record_id) / _LACKS, json.dumps(list(lacks), ensure_ascii=False).encode())

    def let_go_of_pages(self, draft: Draft) -> None:
        """Forget the pages that came back, which stand in the record's own submission now, but not what was seen."""
        folder = self.folder(draft.record_id)
        seen = {hashlib.sha256(page.pdf).hexdigest(): _told(draft, page) for page in self.pages(draft).values()}
        write_durably(folder / _SEEN, _written(seen))
        shutil.rmtree(folder / _PAGES, ignore_errors=True)
        (folder / _LACKS).unlink(missing_ok=True)

    def seen(self, draft: Draft, sha256: str) -> SheetPage | None:
        """Return what was seen on the page of a print that a paper is, byte for byte; None where it is another."""
        note = self.folder(draft.record_id) / _SEEN
        told = json.loads(note.read_text("utf-8")).get(sha256) if note.exists() else None
        return _seen(draft, told) if told and told["digest"] == draft.digest else None

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


def _told(draft: Draft, page: KeptPage) -> dict[str, Any]:
    seen = page.seen
    cells = [[draft.cells.index(one.cell), one.mark, one.ink] for one in seen.cells]
    return {
        "digest": draft.digest, "stack": page.stack, "name": page.name, "page": seen.page, "place": seen.place,
        "turn": seen.turn, "fit": seen.fit, "cells": cells,
    }  # fmt: skip


def _written(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def _seen(draft: Draft, told: dict[str, Any]) -> SheetPage:
    cells = tuple(CellSeen(draft.cells[place], InkMark(mark), float(ink)) for place, mark, ink in told["cells"])
    return SheetPage(told["page"], told["place"], told["turn"], told["fit"], cells)


def _read(draft: Draft, note: Path) -> KeptPage | None:
    told = json.loads(note.read_text("utf-8"))
    if told["digest"] != draft.digest:
        return None
    return KeptPage(told["stack"], told["name"], _seen(draft, told), note.with_suffix(".pdf").read_bytes())
