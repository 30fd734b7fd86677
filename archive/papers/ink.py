"""Whether a drawn page lost what its source says: letters without an embedded face, pictures, looked for one by one.

Comparing a page with itself is blind: a letter for which no face was found is missing in both. So the places where ink
must be are taken from the source, and the drawing is looked at there.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from archive.papers.drawing import proofs
from archive.papers.faults import PaperFault
from archive.papers.pdf import PdfPaper

_UNSEEN = {"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Mc", "Me"}
"""Categories that need no ink of their own: blanks, controls, marks on other letters."""
_INVISIBLE = {3, 7}
"""Text rendering modes: for searching only, for clipping only."""
_CONTRAST = 6
"""The least difference of grey that is ink."""
_WHITE = 250
_FEW_PIXELS = 2
_WORTH_LOOKING = 0.005
"""A picture covering a smaller share of its page is not looked for."""

_Spot = tuple[int, int, int, int]


def check_ink(paper: PdfPaper) -> None:
    """Refuse a PDF that, drawn, loses letters or pictures.

    Raises:
        PaperFault: with the page and what is lost; or a page cannot be drawn.
    """
    for number, (page, drawing, _) in enumerate(proofs(paper), 1):
        pictures = list(_pictures(page, drawing))
        if any(_flat(drawing, spot) and _shows_something(picture) for picture, spot in pictures):
            raise PaperFault("lost", f"第{number}页的图像")
        if any(_flat(drawing, spot) for spot in _letters(page, drawing, [spot for _, spot in pictures])):
            raise PaperFault("lost", f"第{number}页有字没有嵌入字体，本系统的字体里也没有")


def _letters(page: pdfium.PdfPage, drawing: Image.Image, pictures: list[_Spot]) -> Iterator[_Spot]:
    """Yield where letters without an embedded face must be seen; a scan with text behind it shows its own ink."""
    embedded: dict[int, bool] = {}
    text = page.get_textpage()
    try:
        for index in range(text.count_chars()):
            if not _must_be_seen(text, index, embedded):
                continue
            spot = _spot(page, drawing, text.get_charbox(index, loose=True))
            if spot and not any(_inside(spot, picture) for picture in pictures):
                yield spot
    finally:
        text.close()


def _must_be_seen(text: pdfium.PdfTextPage, index: int, embedded: dict[int, bool]) -> bool:
    code = raw.FPDFText_GetUnicode(text, index)
    if code and unicodedata.category(chr(code)) in _UNSEEN:
        return False
    letter = raw.FPDFText_GetTextObject(text, index)
    if not letter or raw.FPDFTextObj_GetTextRenderMode(letter) in _INVISIBLE:
        return False
    font = raw.FPDFTextObj_GetFont(letter)
    key = ctypes.addressof(font.contents) if font else 0
    if key not in embedded:
        embedded[key] = not font or raw.FPDFFont_GetIsEmbedded(font) != 0
    return not embedded[key] and _inked(letter)


def _inked(letter: object) -> bool:
    """Tell whether a letter is filled with a colour that shows on white."""
    parts = [ctypes.c_uint(0) for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(letter, *(ctypes.byref(part) for part in parts)):
        return True
    *colour, opacity = (part.value for part in parts)
    return min(colour) < _WHITE and opacity > 255 - _WHITE


def _pictures(page: pdfium.PdfPage, drawing: Image.Image) -> Iterator[tuple[pdfium.PdfImage, _Spot]]:
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=1):
        spot = _spot(page, drawing, picture.get_bounds())
        if spot and (spot[2] - spot[0]) * (spot[3] - spot[1]) > _WORTH_LOOKING * drawing.width * drawing.height:
            yield picture, spot


def _shows_something(picture: pdfium.PdfImage) -> bool:
    bitmap = picture.get_bitmap(render=True)
    try:
        image = bitmap.to_pil()
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
        return not _flat(ground.convert("L"), (0, 0, *image.size))
    finally:
        bitmap.close()


def _spot(page: pdfium.PdfPage, drawing: Image.Image, bounds: tuple[float, float, float, float]) -> _Spot | None:
    """Return where a rectangle of the page is in its drawing, in pixels, or None where it is not or too small."""
    left, bottom, right, top = bounds
    corners = [_pixel(page, drawing, left, bottom), _pixel(page, drawing, right, top)]
    (one, two), (three, four) = corners
    spot = (
        max(0, min(one, three)), max(0, min(two, four)),
        min(drawing.width, max(one, three) + 1), min(drawing.height, max(two, four) + 1),
    )  # fmt: skip
    return spot if spot[2] - spot[0] >= _FEW_PIXELS and spot[3] - spot[1] >= _FEW_PIXELS else None


def _pixel(page: pdfium.PdfPage, drawing: Image.Image, across: float, up: float) -> tuple[int, int]:
    x, y = ctypes.c_int(0), ctypes.c_int(0)
    raw.FPDF_PageToDevice(page, 0, 0, drawing.width, drawing.height, 0, across, up, ctypes.byref(x), ctypes.byref(y))
    return x.value, y.value


def _inside(spot: _Spot, other: _Spot) -> bool:
    return other[0] <= spot[0] and other[1] <= spot[1] and spot[2] <= other[2] and spot[3] <= other[3]


def _flat(drawing: Image.Image, spot: _Spot) -> bool:
    lowest, highest = drawing.crop(spot).getextrema()
    assert isinstance(lowest, int) and isinstance(highest, int)
    return highest - lowest <= _CONTRAST
