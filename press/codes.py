"""Codes drawn onto the pages of a print: square modules as rectangles, outside the text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import segno

from jishi.sheet_code import SheetCode
from press.paper import MM, Box


def code_operators(code: SheetCode, box: Box, page_height: float) -> bytes:
    """Return the drawing of a code as PDF operators.

    Args:
        code: what it says.
        box: where it stands, square.
        page_height: in millimetres.
    """
    matrix = segno.make(str(code), error="m", boost_error=False, micro=False).matrix
    module = box.width * MM / len(matrix)
    left, top = box.x * MM, (page_height - box.y) * MM
    drawn = [
        f"{left + start * module:.3f} {top - (row + 1) * module:.3f} {length * module:.3f} {module:.3f} re"
        for row, modules in enumerate(matrix)
        for start, length in _runs(modules)
    ]
    return "\n".join(("q 0 g", *drawn, "f Q")).encode()


def _runs(modules: bytearray) -> Iterator[tuple[int, int]]:
    """Yield where dark modules begin in a row and how many stand side by side."""
    place = 0
    for dark, run in groupby(modules):
        length = len(list(run))
        if dark:
            yield place, length
        place += length
