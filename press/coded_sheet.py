"""A record set to be signed: hands under content, on one page where tightening reaches it, each page coded."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from jishi.records import Record
from press.codes import code_operators
from press.content_above import heads_of, stands_under_content
from press.draft import Draft, SheetCell
from press.layout import laid_out
from press.looks import FormLook, signing_look
from press.paper import MM, Box
from press.signing_form import SigningForm, signing_form
from press.typeset import Typesetter, form_date

_DOCUMENT = "shared/signing.typ"
_CELL = "cell:"
"""How the address of a link begins that marks a place for a hand; see signing.typ."""
_TOGETHER = 170.0
"""Places for hands and seals up to this height stay together on one page, in millimetres."""
_TIGHTER = (FormLook(inset=3.2), FormLook(inset=2.4, dense=True))
"""What a form may look like so that it takes one page, one after the other."""
_PAGES_TO_TIGHTEN = 2
"""A sheet of more pages does not come down to one."""
_ROWS_KEPT = 2
"""So many rows that end a form never part from the signatures."""
_HIGHER, _MOST = 5, 100
"""By how much pages may end higher, in millimetres, so that content comes along to the signatures."""


@dataclass(frozen=True, slots=True)
class _Try:
    """A sheet as it was set, its places still marked by links."""

    pdf: bytes = field(repr=False)
    values: dict[str, Any] = field(repr=False)
    pages: int
    cells: tuple[SheetCell, ...]

    @property
    def is_signable(self) -> bool:
        """Whether on every page the first place for a hand stands under content."""
        heads = heads_of(self.values)
        first = {cell.page: cell.box.y for cell in reversed(self.cells)}
        return all(stands_under_content(self.pdf, page, top, heads) for page, top in first.items())


def coded_sheet(record: Record, typesetter: Typesetter) -> Draft:
    """Return a record's print to be signed; the same content and faces give the same bytes.

    Raises:
        TypesettingFailed: a template is wrong, or the record shows no date.
        PartMissing: no face draws a character; the message names it.
    """
    sheet = signing_form(record)
    best = _best(sheet, typesetter)
    return _coded(record.id, sheet.digest, best)


def _best(sheet: SigningForm, typesetter: Typesetter) -> _Try:
    """Return the first of: as usual on one page, tighter on one page, as usual with content above the signatures."""
    usual = _set(sheet, typesetter)
    if usual.pages == 1:
        return usual
    if usual.pages <= _PAGES_TO_TIGHTEN:
        for look in _TIGHTER:
            if (tight := _set(sheet, typesetter, look)).pages == 1:
                return tight
    less = _HIGHER
    best = usual
    while not best.is_signable and less <= _MOST:
        best = _set(sheet, typesetter, less=less)
        less += _HIGHER
    return best


def _set(sheet: SigningForm, typesetter: Typesetter, look: FormLook | None = None, less: int = 0) -> _Try:
    values = laid_out(sheet.form.as_values(), typesetter.fonts.letters, look)
    body = _lying_first(values["body"])
    kept = _last_rows(body)
    values["body"] = body[: len(body) - len(kept)]
    values["signing"] = {**_places(sheet, less), "kept": kept}
    pdf = typesetter.compile(_DOCUMENT, values, document_date=form_date(sheet.form))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        cells = tuple(_cells(document, sheet))
        return _Try(pdf, values, len(document.pages), cells)


def _lying_first(body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the blocks of a form so that none that lies on pages of its own is the last: no hand stands below it."""
    lying = [block for block in body if block.get("lying")]
    return [*lying, *(block for block in body if not block.get("lying"))] if lying and lying[-1] is body[-1] else body


def _last_rows(body: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the short pairs that end a form, at most two rows of them: they stay with the signatures."""
    kept: list[dict[str, Any]] = []
    rows = 0.0
    for block in reversed(body):
        if block["kind"] != "pair" or block["tall"] or rows >= _ROWS_KEPT:
            break
        kept.insert(0, block)
        rows += 1 if block["wide"] else 0.5
    return kept


def _places(sheet: SigningForm, less: int) -> dict[str, Any]:
    """Return what signing.typ draws below a form."""
    hands = [mark for mark in sheet.signatories if not mark.seals]
    seals = [mark for mark in sheet.signatories if mark.seals]
    measures = signing_look()
    rows = len(hands) if len(hands) < measures.pairs_from else -(-len(hands) // 2)
    height = rows * measures.row + -(-len(seals) // 2) * measures.seal
    return {
        "hands": [_told(mark) for mark in hands],
        "seals": [_told(mark) for mark in seals],
        "papers": sheet.papers,
        "code": f"记录编号 {sheet.form.record_id}　内容摘要 {sheet.digest[:16].upper()}",
        "together": height <= _TOGETHER,
        "less": less,
    }


def _told(mark: Any) -> dict[str, str]:
    return {"id": mark.id, "role": mark.label, "name": mark.name}


def _cells(document: pikepdf.Pdf, sheet: SigningForm) -> Iterator[SheetCell]:
    """Yield the places for hands, in the order they stand on paper."""
    for number, page in enumerate(document.pages, 1):
        height = float(page.mediabox[3])
        for note in page.obj.get("/Annots", ()):
            address = str(note.get("/A", pikepdf.Dictionary()).get("/URI", ""))
            if address.startswith(_CELL):
                left, bottom, right, top = _sorted(note.Rect)
                box = Box(left / MM, (height - top) / MM, (right - left) / MM, (top - bottom) / MM)
                yield SheetCell(number, box, sheet.signatories[int(address.removeprefix(_CELL))])


def _sorted(rect: Any) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a rectangle of a PDF."""
    one, two, three, four = (float(edge) for edge in rect)
    return min(one, three), min(two, four), max(one, three), max(two, four)


def _coded(record_id: str, digest: str, best: _Try) -> Draft:
    """Return the print with its codes drawn and the links that marked its places taken away."""
    with pikepdf.open(io.BytesIO(best.pdf)) as document:
        sizes = tuple((float(page.mediabox[2]) / MM, float(page.mediabox[3]) / MM) for page in document.pages)
        draft = Draft(record_id, digest, b"", sizes, best.cells)
        for number, page in enumerate(document.pages, 1):
            if "/Annots" in page.obj:
                del page.obj.Annots
            drawn = b"\n".join(code_operators(code, box, sizes[number - 1][1]) for code, box in draft.codes(number))
            page.contents_add(document.make_stream(drawn))
        made = io.BytesIO()
        document.save(made, deterministic_id=True)
    return Draft(record_id, digest, made.getvalue(), sizes, best.cells)
