"""The archive's marks on the pages of a volume: 卷页号 and 档号, stamp, own page number, name of a scanned paper.

They are drawn when every page has its place, so that nothing has to be set twice to learn it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pikepdf

from archive.lettering import Pen
from archive.parts import Place
from archive.sheet import BoundItem, VolumeSheet
from jishi.process import RETENTIONS
from press.paper import ABOVE, FOOT, FOOT_BELOW, FOOT_SIZE, LYING, MM, UPRIGHT, Paper

_ON_SCAN = "附件：{title}　第{leaf}页/共{leaves}页"
"""What a scanned page says."""
_FIXED = f"0123456789{FOOT}{_ON_SCAN}"
"""Letters of what is not said by the volume itself."""
_STRIP = 24
"""A scanned page keeps so many millimetres below its upper edge for the marks."""
_NUMBER, _CODE, _SAID, _STAMPED = 14.0, 8.5, 9.0, 9.0
"""Type sizes of 卷页号, of 档号, of the line on a scanned page and of what fills the stamp in."""
_PLACARD, _PLACARD_LETTERS = 12.0, 34
"""Type size of what stands for a paper that cannot be shown, and letters of its lines."""
_TOP, _GAP, _SAID_TOP = 11 * MM, 3.0, 16 * MM
_SCAN_SIDE, _SCAN_RULE = 15 * MM, (_STRIP - 1.5) * MM
_STAMP_TOP, _CELL_WIDTH, _CELL_HEIGHT, _FRAME = 8 * MM, 15 * MM, 8 * MM, 0.35 * MM
_CELL_ROOM = 13 * MM
_RED = "0.784 0.063 0.180"
"""#c8102e: the frame is red, as stamped; what is filled in is black, as by hand."""


class Marker:
    """Marks the pages of a volume.

    Args:
        sheet: the volume.
        pen: draws on its pages the letters of words_of(sheet).
    """

    def __init__(self, sheet: VolumeSheet, pen: Pen) -> None:
        self.sheet = sheet
        self._pen = pen

    def mark_form(self, page: pikepdf.Page, item: BoundItem, place: Place, own: int) -> None:
        """Mark a printed page of an item.

        Args:
            page: where.
            item: whose page it is.
            place: where the item stands.
            own: the page's number within the document it is of, from 1.
        """
        paper = _paper_of(page)
        marks = _numbered(self._pen, paper, place[0] + own - 1, item.code) + _footed(self._pen, paper, own)
        if own == 1:
            marks += _stamped(self._pen, paper, _cells(self.sheet, item, *place))
        self._pen.draw(page, marks)

    def mark_scan(self, pages: Sequence[pikepdf.Page], item: BoundItem, first: int, title: str) -> None:
        """Mark the pages of a scan.

        Args:
            pages: where.
            item: whose paper it is.
            first: 卷页号 of the first.
            title: of the paper.
        """
        for leaf, page in enumerate(pages, 1):
            line = _ON_SCAN.format(title=_shortened(title), leaf=leaf, leaves=len(pages))
            paper, number = _paper_of(page), first + leaf - 1
            marks = _numbered(self._pen, paper, number, item.code) + _named(self._pen, paper, number, line)
            self._pen.draw(page, marks)

    def mark_placard(self, pages: Sequence[pikepdf.Page], lines: Sequence[str]) -> None:
        """Write on a page that stands for a paper what it says, in the middle.

        Args:
            pages: where, on the first.
            lines: what; none for a paper that is shown.
        """
        rows = [line[at : at + _PLACARD_LETTERS] for line in lines for at in range(0, len(line), _PLACARD_LETTERS)]
        if rows:
            paper = _paper_of(pages[0])
            left, middle = paper.left * MM, paper.height * MM / 2
            drawn = (
                self._pen.line(row, _PLACARD, left, middle - 2 * place * _PLACARD) for place, row in enumerate(rows)
            )
            self._pen.draw(pages[0], "".join(drawn))


def _paper_of(page: pikepdf.Page) -> Paper:
    _, _, width, height = page.obj.MediaBox
    return LYING if width > height else UPRIGHT


def words_of(sheet: VolumeSheet) -> Iterator[str]:
    """Yield all words that marks of a volume are made of."""
    yield _FIXED
    for item in sheet.items:
        yield item.code
        yield from _cells(sheet, item, 0, 0)
        yield from (_shortened(scan.title) for scan in item.scans)


def _cells(sheet: VolumeSheet, item: BoundItem, first: int, count: int) -> tuple[str, ...]:
    """Return what fills a stamp in: 归档章 by DA/T 22-2015, 档号章 by GB/T 9705-2008."""
    label = f"{item.number:03d}"
    if sheet.stamp == "档号章":
        return sheet.fonds, sheet.class_code, sheet.sequence, sheet.year, label, str(first)
    return sheet.fonds, sheet.year, label, sheet.matter, RETENTIONS[sheet.retention], str(count)


def _shortened(title: str) -> str:
    return title if len(title) <= 18 else title[:17] + "…"


def _numbered(pen: Pen, paper: Paper, number: int, code: str) -> str:
    """Return the marks of every page: 卷页号 and below it 档号 in the top outer corner, odd pages right."""
    top = paper.height * MM - _TOP
    code_top = top - _NUMBER - _GAP
    return _above(pen, paper, str(number), _NUMBER, top, number) + _above(pen, paper, code, _CODE, code_top, number)


def _footed(pen: Pen, paper: Paper, own: int) -> str:
    """Return the document's own page number below its text, one character in from the edge: odd pages right."""
    edges = paper.left * MM + FOOT_SIZE, (paper.width - paper.right) * MM - FOOT_SIZE
    return _beside(pen, edges, FOOT.format(own), FOOT_SIZE, (paper.bottom - FOOT_BELOW) * MM, own)


def _named(pen: Pen, paper: Paper, number: int, line: str) -> str:
    """Return what a scanned page says in its inner corner, and the line below the strip of marks."""
    height, side = paper.height * MM - _SCAN_RULE, paper.width * MM - _SCAN_SIDE
    rule = f"0.4 w {_SCAN_SIDE:.3f} {height:.3f} m {side:.3f} {height:.3f} l S\n"
    return rule + _above(pen, paper, line, _SAID, paper.height * MM - _SAID_TOP, number + 1)


def _stamped(pen: Pen, paper: Paper, cells: Sequence[str]) -> str:
    """Return the stamp at the head of an item's first page: 45 mm × 16 mm, six cells, 8 mm below the edge, centred."""
    left, top = paper.width * MM / 2 - 1.5 * _CELL_WIDTH, paper.height * MM - _STAMP_TOP
    filled = (
        _centred(pen, cell, left + (place % 3 + 0.5) * _CELL_WIDTH, top - (place // 3 + 0.5) * _CELL_HEIGHT)
        for place, cell in enumerate(cells)
    )
    return _frame(left, top) + "".join(filled)


def _frame(left: float, top: float) -> str:
    right, bottom = left + 3 * _CELL_WIDTH, top - 2 * _CELL_HEIGHT
    upright = (
        f"{left + at * _CELL_WIDTH:.3f} {top:.3f} m {left + at * _CELL_WIDTH:.3f} {bottom:.3f} l" for at in (1, 2)
    )
    middle = f"{left:.3f} {top - _CELL_HEIGHT:.3f} m {right:.3f} {top - _CELL_HEIGHT:.3f} l"
    outline = f"{left:.3f} {bottom:.3f} {right - left:.3f} {top - bottom:.3f} re"
    return f"q {_RED} RG {_FRAME:.3f} w {outline} {' '.join(upright)} {middle} S Q\n"


def _centred(pen: Pen, cell: str, across: float, height: float) -> str:
    """Return a cell's text, smaller where it would not fit."""
    width = pen.width(cell)
    size = min(_STAMPED, _CELL_ROOM / width) if width else _STAMPED
    return pen.line(cell, size, across - width * size / 2, height - (ABOVE - 0.5) * size)


def _above(pen: Pen, paper: Paper, line: str, size: float, top: float, number: int) -> str:
    """Return a line in line with the text area of upright pages, also on pages that lie."""
    edges = UPRIGHT.left * MM, (paper.width - UPRIGHT.right) * MM
    return _beside(pen, edges, line, size, top, number)


def _beside(pen: Pen, edges: tuple[float, float], line: str, size: float, top: float, number: int) -> str:
    """Return a line below a height, ending at the right edge for odd numbers, beginning at the left for even ones."""
    left, right = edges
    return pen.line(line, size, right - pen.width(line) * size if number % 2 else left, top - ABOVE * size)
