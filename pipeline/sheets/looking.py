"""One scanned page looked at: its codes, how it lies on its print, what is in its cells. Runs in the child only."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image

from jishi.sheet_code import SheetCode
from pipeline.sheets.code_reading import FoundCode, read_codes
from pipeline.sheets.ink import hand_in, page_ink, seal_in
from pipeline.sheets.registration import SCALE, Grey, Laid, by_codes, lay, onto_print, turn_of
from press.paper import MM, Box

_LONGEST = 2600
"""More pixels than this on the longer side tell nothing more: an A4 page at 200 dpi has 2339."""
_BLANK_INK = 160
_EDGE = 0.04
"""Of a page's sides, where scanners leave shadows."""
_FITS = 0.6
"""A scan on which less of its print shows is not looked into."""


@dataclass(frozen=True, slots=True)
class AskedCell:
    """A cell to be looked into."""

    place: int
    """Among all cells of the print."""
    seals: bool
    box: Box


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A page of a print, as a scan is laid onto it."""

    image: Grey
    """In SCALE."""
    code_boxes: dict[str, Box]
    """Corner of a code → where it stands."""
    cells: tuple[AskedCell, ...]


class Sight:
    """A scanned page as it is looked at."""

    def __init__(self, image: Image.Image) -> None:
        """Look at a page.

        Args:
            image: in any mode.
        """
        longest = max(image.size)
        if longest > _LONGEST:
            factor = _LONGEST / longest
            image = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BOX)
        self._colours = np.asarray(image.convert("RGB")) if image.mode not in ("1", "L") else None
        self.raw: Grey = np.asarray(image.convert("L"), np.uint8)

    @cached_property
    def even(self) -> Grey:
        """The page in grey, evenly lit, paper white."""
        small = cv2.resize(self.raw, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
        ground = cv2.medianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), 21)
        ground = cv2.resize(ground, self.raw.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.divide(self.raw, np.maximum(ground, 60), scale=255), np.uint8)

    @cached_property
    def red(self) -> Grey:
        """How much redder than green and blue every pixel is."""
        if self._colours is None:
            return np.zeros_like(self.raw)
        red, green, blue = cv2.split(self._colours)
        return np.asarray(cv2.subtract(red, cv2.max(green, blue)), np.uint8)

    @cached_property
    def codes(self) -> list[FoundCode]:
        """The codes of ours on it."""
        found = read_codes(self.raw)
        return found if found else read_codes(self.even)

    @cached_property
    def ink(self) -> float:
        """Share of the page that is ink, its edges apart."""
        height, width = self.even.shape
        top, left = round(height * _EDGE), round(width * _EDGE)
        inner = cv2.medianBlur(self.even[top : height - top, left : width - left], 3)
        return float((inner < _BLANK_INK).mean())


def look(sight: Sight, code: SheetCode, printed: PrintedPage) -> dict[str, Any]:
    """Return what is to be said of a page on its print: fit, turn, and of each cell a mark and its ink."""
    found = [
        (_corners(printed.code_boxes[each.code.corner]) * SCALE, each.corners)
        for each in sight.codes
        if (each.code.record_id, each.code.page) == (code.record_id, code.page)
    ]
    if not printed.cells:
        return {"fit": 1.0, "turn": round(turn_of(by_codes(found)), 2), "cells": []}
    laid = lay(sight.even, printed.image, found)
    cells = _cells(sight, laid, printed) if laid.fit >= _FITS else []
    return {"fit": round(laid.fit, 3), "turn": round(turn_of(laid.matrix), 2), "cells": cells}


def printed_page(pdf: bytes, page: int, code_boxes: dict[str, Box], cells: tuple[AskedCell, ...]) -> PrintedPage:
    """Return a page of a print, drawn.

    Args:
        pdf: the print, made by us.
        page: from 1.
        code_boxes: of the page.
        cells: of the page.
    """
    document = pdfium.PdfDocument(io.BytesIO(pdf))
    try:
        image = document[page - 1].render(scale=SCALE / MM, grayscale=True).to_numpy()
    finally:
        document.close()
    return PrintedPage(np.ascontiguousarray(image.reshape(image.shape[:2]), np.uint8), code_boxes, cells)


def _cells(sight: Sight, laid: Laid, printed: PrintedPage) -> list[dict[str, Any]]:
    covering = onto_print(sight.even, laid, printed.image)
    red = onto_print(sight.red, laid, printed.image, fill=0)
    ink = page_ink(covering, red, printed.image, [cell.box for cell in printed.cells if not cell.seals])
    said = []
    for cell in printed.cells:
        mark, measure = (seal_in if cell.seals else hand_in)(ink, cell.box)
        said.append({"place": cell.place, "mark": mark, "ink": round(measure, 2)})
    return said


def _corners(box: Box) -> NDArray[np.float64]:
    right, lower = box.x + box.width, box.y + box.height
    return np.array([(box.x, box.y), (right, box.y), (right, lower), (box.x, lower)], np.float64)
