"""Every page that is to be signed can be signed: hands stand under content, rows and seals have room.

Looked at on the finished prints of a batch of twenty people: what is said above the first place for a hand must be
values of the record's own content, not captions, not column heads. `python -m proofs.signing_pages [people]` prints the
counts and `n of n`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

import pypdfium2 as pdfium

from jishi.records import record_of
from jishi.safe_xml import parse
from press.coded_sheet import coded_sheet
from press.draft import Draft
from press.fonts import font_set
from press.forms import Grid
from press.paper import MM
from press.signing_form import SigningForm, signing_form
from press.typeset import Typesetter
from rehearsal.batch import build

PEOPLE, SEED = 20, 1
_LEAST_ROW, _LEAST_SEAL = 12.0, 45.0
_ROW_APART, _LINE_APART = 6.0, 3.0
_SHORT = 2
"""A value of fewer characters is found by chance."""


def main() -> int:
    """Print the batch and count."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    typesetter = Typesetter(font_set(system=False), "中共岚江市委", "岚江市委组织部")
    counts: Counter[str] = Counter()
    for sample in build(people, SEED, scans=False):
        record = record_of(parse(sample.xml), sample.xml)
        faults = faults_of(coded_sheet(record, typesetter), signing_form(record), counts)
        for words in faults:
            print(f"{record.id}: {words}")
        counts["sound"] += not faults
        counts["prints"] += 1
    print(f"signature pages without content {counts['bare']} of {counts['pages']}, rows below 12 mm {counts['low']} of "
          f"{counts['rows']}, seals without room {counts['tight']} of {counts['seals']}, prints of one page "
          f"{counts['single']} of {counts['prints']}")  # fmt: skip
    print(f"{counts['sound']} of {counts['prints']}")
    return int(counts["sound"] != counts["prints"] or not counts["seals"])


def faults_of(draft: Draft, sheet: SigningForm, counts: Counter[str]) -> list[str]:
    """Return what keeps a print from being signed well; what was looked at is counted."""
    faults = []
    counts["single"] += len(draft.sizes) == 1
    for cell in draft.cells:
        what, fault, high, wide = ("seals", "tight", _LEAST_SEAL, _LEAST_SEAL)
        if not cell.signatory.seals:
            what, fault, high, wide = ("rows", "low", _LEAST_ROW, 0.0)
        counts[what] += 1
        if cell.box.height < high or cell.box.width < wide:
            counts[fault] += 1
            faults.append(f"{cell} {cell.box.width:.1f} × {cell.box.height:.1f}")
    for page in sorted({cell.page for cell in draft.cells}):
        counts["pages"] += 1
        top = min(cell.box.y for cell in draft.cells if cell.page == page)
        if not has_content_above(draft.pdf, page, top, values_of(sheet)):
            counts["bare"] += 1
            faults.append(f"page {page} has no content above its signatures")
    return faults


def values_of(sheet: SigningForm) -> str:
    """Return all values of a record's content, labels and captions left out."""
    said = []
    for part in sheet.form.body:
        rows = part.rows if isinstance(part, Grid) else [part.lines]
        said += [cell for row in rows for cell in row]
    return _plain("\n".join(said))


def has_content_above(pdf: bytes, page: int, top: float, values: str) -> bool:
    """Tell whether two rows or three lines that say values of the content stand above a place, in millimetres."""
    document = pdfium.PdfDocument(pdf)
    shown = document[page - 1]
    text, height = shown.get_textpage(), shown.get_height()
    depths = []
    for place in range(text.count_rects()):
        box = text.get_rect(place)
        words = _plain(text.get_text_bounded(*box))
        depth = (height - box[1]) / MM
        if depth < top and len(words) >= _SHORT and words in values:
            depths.append(depth)
    document.close()
    return len(_apart(depths, _ROW_APART)) >= 2 or len(_apart(depths, _LINE_APART)) >= 3


def _plain(text: str) -> str:
    return re.sub(r"[ \u3000\u200b\r]", "", text)


def _apart(depths: list[float], distance: float) -> list[float]:
    found: list[float] = []
    for depth in sorted(depths):
        if not found or depth - found[-1] >= distance:
            found.append(depth)
    return found


if __name__ == "__main__":
    sys.exit(main())
