"""Signed sheets come back: a whole batch printed, signed, harmed in every way a copier knows, and recognised.

`python -m proofs.sheets [people]` prints a batch of twenty people, leaves some cells empty, shuffles the scans into ten
mixed stacks, has two of them signed and scanned a second time, and wants every page joined, every hand seen, every
empty cell named, nothing else; prints `n of n`, pages a second and core, and what is missed at 150 and 100 dpi.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from jishi.records import record_of
from jishi.safe_xml import parse
from pipeline.sheets.recognise import recognise
from pipeline.sheets.seen import CellSeen, InkMark, RecognisedSheet
from press.coded_sheet import coded_sheet
from press.draft import Draft
from press.fonts import font_set
from press.typeset import Typesetter
from proofs.scanner import Harm, as_pdf, as_tiff, back, press_seal, printed, scanned, some_harm, strike_out, write_name
from rehearsal.batch import build

PEOPLE, STACKS, AGAIN, SEED = 20, 10, 2, 7

EMPTY, STRUCK, LEAVING, SEALED, BACKED = 0.15, 0.2, 0.25, 0.15, 0.3
_CellKey = tuple[str, int]
"""记录编号 and place among its draft's cells."""


@dataclass
class Outcome:
    """What came of some stacks."""

    pages: int = 0
    joined: int = 0
    cells: int = 0
    right: int = 0
    blank_backs: int = 0
    dropped_backs: int = 0
    cpu: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count another's with these."""
        for name in ("pages", "joined", "cells", "right", "blank_backs", "dropped_backs", "cpu"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong

    @property
    def is_sound(self) -> bool:
        """Whether nothing was missed or invented."""
        return not self.wrong and (self.joined, self.right) == (self.pages, self.cells) and self.pages > 0


def drafts_of(people: int) -> dict[str, Draft]:
    """Return the prints of a made-up batch."""
    typesetter = Typesetter(font_set(system=False), "中共岚江市委", "岚江市委组织部")
    samples = build(people, SEED, scans=False)
    records = (record_of(parse(sample.xml), sample.xml) for sample in samples)
    return {record.id: coded_sheet(record, typesetter) for record in records}


def run_stack(drafts: dict[str, Draft], faces: Sequence[tuple[str, int]], seed: int, dpi: int) -> Outcome:
    """Make one stack of scans, recognise it, and compare.

    Args:
        drafts: all prints.
        faces: 记录编号 and page of what is in the stack, in its order.
        seed: of chance.
        dpi: scanned with.
    """
    source = random.Random(seed)
    empty: set[_CellKey] = set()
    scans: list[Image.Image] = []
    harms: list[Harm] = []
    outcome = Outcome(pages=len(faces))
    tiff = seed % 3 == 2
    for record_id, page in faces:
        harm = some_harm(source, dpi)
        scans.append(signed_scan(drafts[record_id], page, harm, source, empty))
        harms.append(harm)
        if source.random() < BACKED:
            blank = Harm(dpi=dpi, noise=harm.noise, quality=harm.quality, mode=harm.mode)
            scans.append(back(blank, source))
            harms.append(blank)
            outcome.blank_backs += 1
    with tempfile.TemporaryDirectory(prefix="jishi-stack-") as folder:
        stack = Path(folder) / ("stack.tif" if tiff else "stack.pdf")
        stack.write_bytes((as_tiff if tiff else as_pdf)(scans, harms))
        scans.clear()
        start = _children_cpu()
        found = recognise(stack, drafts.get, seconds=60)
        outcome.cpu = _children_cpu() - start
    _compare(found, drafts, faces, empty, outcome)
    return outcome


def _children_cpu() -> float:
    """Return the processor time of the children that have ended: of the one that looked at a stack, start and all."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def signed_scan(
    draft: Draft,
    page: int,
    harm: Harm,
    source: random.Random,
    empty: set[_CellKey],
    leaving_empty: float = EMPTY,
) -> Image.Image:
    """Return a page signed, sealed and scanned; a share of its cells is left empty, and added to `empty`."""
    document = pdfium.PdfDocument(draft.pdf)
    paper = printed(document, page - 1, harm.dpi)
    document.close()
    for place, cell in enumerate(draft.cells):
        if cell.page != page:
            continue
        box = cell.box
        if source.random() < leaving_empty:
            empty.add((draft.record_id, place))
            if not cell.signatory.seals and source.random() < STRUCK:
                strike_out(paper, box, harm.dpi, source)
        elif cell.signatory.seals:
            middle = box.x + box.width / 2 + source.uniform(-14, 14), box.y + box.height / 2 + source.uniform(-5, 4)
            press_seal(paper, middle, harm.dpi, source)
        else:
            write_name(paper, box, harm.dpi, source, leaving=source.random() < LEAVING)
    hands = [cell.box for cell in draft.cells if cell.page == page and not cell.signatory.seals]
    if hands and source.random() < SEALED:
        # Over the day, as seals are put: its edge reaches into the cells beside it.
        last = hands[-1]
        press_seal(paper, (last.x + last.width + 13, last.y + source.uniform(0, 10)), harm.dpi, source)
    upper_left = next(box for _, box in draft.codes(page))
    return scanned(paper, harm, source, upper_left)


def _compare(
    found: Sequence[object],
    drafts: dict[str, Draft],
    faces: Sequence[tuple[str, int]],
    empty: set[_CellKey],
    outcome: Outcome,
) -> None:
    joined: dict[tuple[str, int], object] = {}
    for sheet in found:
        if not isinstance(sheet, RecognisedSheet):
            outcome.wrong.append(f"stray: {sheet}")
            continue
        outcome.dropped_backs += sum(len(page.backs) for page in sheet.pages)
        joined |= {(sheet.record_id, page.page): page for page in sheet.pages}
        named = {finding.message for finding in sheet.findings if finding.code == "S-EMPTY"}
        for seen in _looked_into(drafts[sheet.record_id], faces, sheet):
            outcome.cells += 1
            place = drafts[sheet.record_id].cells.index(seen.cell)
            is_empty = (sheet.record_id, place) in empty
            told = any(str(seen.cell) in words for words in named)
            if seen.mark == (InkMark.NONE if is_empty else InkMark.SEEN) and told == is_empty:
                outcome.right += 1
            else:
                outcome.wrong.append(f"{sheet.record_id} {seen.cell} {seen.mark} {seen.ink}, empty: {is_empty}")
    outcome.joined = sum(face in joined for face in faces)
    outcome.wrong += [f"not joined: {face}" for face in faces if face not in joined]


def _looked_into(draft: Draft, faces: Sequence[tuple[str, int]], sheet: RecognisedSheet) -> Iterator[CellSeen]:
    """Yield what was said of every cell of the pages in a stack; one of which nothing was said counts as unclear."""
    seen = {drafted.cell: drafted for drafted in sheet.cells}
    pages = {page for record_id, page in faces if record_id == draft.record_id}
    for cell in draft.cells:
        if cell.page in pages:
            yield seen.get(cell, CellSeen(cell, InkMark.UNCLEAR, 0.0))


def shuffled(drafts: dict[str, Draft], stacks: int, seed: int) -> list[list[tuple[str, int]]]:
    """Return all pages of all prints, mixed into stacks."""
    faces = [(draft.record_id, page) for draft in drafts.values() for page in range(1, len(draft.sizes) + 1)]
    random.Random(seed).shuffle(faces)
    return [faces[start::stacks] for start in range(stacks)]


def _all(drafts: dict[str, Draft], stacks: Sequence[Sequence[tuple[str, int]]], dpi: int) -> Outcome:
    total = Outcome()
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        for outcome in pool.map(run_stack, [drafts] * len(stacks), stacks, range(len(stacks)), [dpi] * len(stacks)):
            total.add(outcome)
            print(".", end="", file=sys.stderr, flush=True)
    return total


def _told(outcome: Outcome) -> str:
    return f"pages joined {outcome.joined} of {outcome.pages}, cells right {outcome.right} of {outcome.cells}"


def main() -> int:
    """Run all, and tell what came of it."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    drafts = drafts_of(people)
    stacks = shuffled(drafts, STACKS, SEED)
    outcome = _all(drafts, [*stacks, *stacks[:AGAIN]], 200)
    backs = f"blank backs dropped {outcome.dropped_backs} of {outcome.blank_backs}"
    print(f"\n200 dpi: {_told(outcome)}, {backs}, {outcome.pages / outcome.cpu:.1f} pages a second and core")
    for words in outcome.wrong[:40]:
        print(words)
    for dpi in (150, 100):
        few = _all(drafts, [stack[:12] for stack in stacks], dpi)
        print(f"\n{dpi} dpi: {_told(few)}", *few.wrong[:5], sep="\n  ")
    print(f"{outcome.right} of {outcome.cells}")
    return int(not outcome.is_sound)


if __name__ == "__main__":
    sys.exit(main())
