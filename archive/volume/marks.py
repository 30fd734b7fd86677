"""The archive's marks on the pages of a volume: 卷页号 and 档号, stamp, own page number, name of a scanned paper.

They are drawn when every page has its place, so that nothing has to be set twice to learn it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import pikepdf
from pikepdf.canvas import ContentStreamBuilder

from archive.volume.glyphs import Pen
from archive.volume.parts import Place
from archive.volume.volume_values import BoundItem, VolumeSheet
from jishi.errors import SettingsInvalid
from jishi.volume_kinds import retention_periods
from press.looks import MARKS, MarksLook, Stamp, colour, look_of, stamp_file, template_file
from press.paper import ABOVE, FOOT, FOOT_BELOW, FOOT_SIZE, LYING, MM, UPRIGHT, PaperSize

_ON_SCAN = "附件：{title}　第{leaf}页/共{leaves}页"
"""What a scanned page says."""
_FIXED = f"0123456789{FOOT}{_ON_SCAN}"
"""Letters of what is not said by the volume itself."""
_PLACARD, _PLACARD_LETTERS = 12.0, 34
"""Type size of what stands for a paper that cannot be shown, and letters of its lines."""
_drawing: Callable[[], Any] = ContentStreamBuilder
"""The operators of PDF by name; pikepdf says nothing of their types."""


class Marker:
    """Marks the pages of a volume.

    Args:
        sheet: the volume.
        pen: draws on its pages the letters of words_of(sheet).

    Raises:
        SettingsInvalid: the file of its stamp, or of the marks, is wrong.
    """

    def __init__(self, sheet: VolumeSheet, pen: Pen) -> None:
        self.sheet = sheet
        self._pen = pen
        self._stamp = look_of(Stamp, stamp_file(sheet.stamp))
        self._look = look_of(MarksLook, MARKS)

    def mark_form(self, page: pikepdf.Page, item: BoundItem, place: Place, own: int) -> None:
        """Mark a printed page of an item.

        Args:
            page: where.
            item: whose page it is.
            place: where the item stands.
            own: the page's number within the document it is of, from 1.
        """
        paper = _paper_of(page)
        marks = self._numbers(paper, place[0] + own - 1, item.code) + self._foot(paper, own)
        if own == 1:
            marks += self._stamped(paper, stamp_words(self.sheet, item, place))
        self._pen.draw(page, marks)

    def mark_scan(self, pages: Sequence[pikepdf.Page], item: BoundItem, first: int, title: str) -> None:
        """Mark the pages of a scan.

        Args:
            pages: where.
            item: whose paper it is.
            first: 卷页号 of the first.
            title: of the paper.
        """
        look = self._look
        for leaf, page in enumerate(pages, 1):
            paper, number = _paper_of(page), first + leaf - 1
            words = _ON_SCAN.format(title=_shortened(title), leaf=leaf, leaves=len(pages))
            marks = _scan_rule(paper, look) + self._at_side(paper, words, look.scan_size, look.scan_top, number + 1)
            self._pen.draw(page, self._numbers(paper, number, item.code) + marks)

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

    def _numbers(self, paper: PaperSize, number: int, code: str) -> str:
        """Draw 卷页号 and 档号 in the top outer corner: odd pages right."""
        look = self._look
        marks = self._at_side(paper, str(number), look.number_size, look.number_top, number)
        return marks + self._at_side(paper, code, look.code_size, look.code_top, number)

    def _foot(self, paper: PaperSize, own: int) -> str:
        """Draw the document's own page number below its text, one character in from the edge: odd pages right."""
        edges = paper.left * MM + FOOT_SIZE, (paper.width - paper.right) * MM - FOOT_SIZE
        return self._between(edges, FOOT.format(own), FOOT_SIZE, (paper.bottom - FOOT_BELOW) * MM, own)

    def _at_side(self, paper: PaperSize, words: str, size: float, top: float, number: int) -> str:
        """Draw a line in line with the text area of upright pages, also on pages that lie."""
        edges = UPRIGHT.left * MM, (paper.width - UPRIGHT.right) * MM
        return self._between(edges, words, size, (paper.height - top) * MM, number)

    def _between(self, edges: tuple[float, float], words: str, size: float, top: float, number: int) -> str:
        """Draw a line below a height, ending at the right edge for odd numbers, beginning at the left for even ones."""
        left = edges[1] - self._pen.width(words) * size if number % 2 else edges[0]
        return self._pen.line(words, size, left, top - ABOVE * size)

    def _stamped(self, paper: PaperSize, words: Sequence[str]) -> str:
        """Draw the stamp and what fills it in."""
        across, down = _grid(self._stamp, paper)
        cells = ((left, right, above, below) for above, below in pairwise(down) for left, right in pairwise(across))
        filled = (self._centred(text, *cell) for text, cell in zip(words, cells, strict=True))
        return _frame(self._stamp, paper) + "".join(filled)

    def _centred(self, words: str, left: float, right: float, above: float, below: float) -> str:
        """Draw the words of a cell, smaller where they would not fit."""
        width = self._pen.width(words)
        room = right - left - 2 * self._stamp.inset * MM
        size = min(self._stamp.size, room / width) if width else self._stamp.size
        start, base = (left + right - width * size) / 2, (above + below) / 2 - (ABOVE - 0.5) * size
        return self._pen.line(words, size, start, base)


def words_of(sheet: VolumeSheet) -> Iterator[str]:
    """Yield all words that marks of a volume are made of."""
    yield _FIXED
    for item in sheet.items:
        yield item.code
        yield from stamp_words(sheet, item, (0, 0))
        yield from (_shortened(scan.title) for scan in item.scans)


def stamp_words(sheet: VolumeSheet, item: BoundItem, place: Place) -> list[str]:
    """Return what fills the stamp of an item in, cell by cell.

    Raises:
        SettingsInvalid: the stamp has a cell for something else.
    """
    known = {
        "全宗号": sheet.fonds,
        "类别号": sheet.class_code,
        "案卷号": sheet.sequence,
        "年度": sheet.year,
        "件号": f"{item.number:03d}",
        "机构或问题": sheet.matter,
        "保管期限": retention_periods()[sheet.retention].name,
        "首页号": str(place[0]),
        "页数": str(place[1]),
    }
    file = stamp_file(sheet.stamp)
    names = [name for row in look_of(Stamp, file).cells for name in row]
    if wrong := [name for name in names if name not in known]:
        raise SettingsInvalid(
            f"{template_file(file)} cells 中的{'、'.join(wrong)}没有可填的内容；可用的有：{'、'.join(known)}"
        )
    return [known[name] for name in names]


def _paper_of(page: pikepdf.Page) -> PaperSize:
    _, _, width, height = page.obj.MediaBox
    return LYING if width > height else UPRIGHT


def _shortened(title: str) -> str:
    return title if len(title) <= 18 else title[:17] + "…"


def _grid(look: Stamp, paper: PaperSize) -> tuple[list[float], list[float]]:
    """Return where the lines of a stamp stand, from left to right and from above, in points."""
    left, top = (paper.width - sum(look.columns)) / 2, paper.height - look.top
    across = [at * MM for at in accumulate(look.columns, initial=left)]
    return across, [at * MM for at in accumulate((-row for row in look.rows), initial=top)]


@cache
def _frame(look: Stamp, paper: PaperSize) -> str:
    """Draw the frame of a stamp with the lines between its cells."""
    across, down = _grid(look, paper)
    frame = _drawing().push().set_stroke_color(*colour(look.colour)).set_line_width(look.rule * MM)
    frame.append_rectangle(across[0], down[-1], across[-1] - across[0], down[0] - down[-1])
    for at in across[1:-1]:
        frame.line(at, down[0], at, down[-1])
    for at in down[1:-1]:
        frame.line(across[0], at, across[-1], at)
    return str(frame.stroke_and_close().pop().build(), "ascii")


@cache
def _scan_rule(paper: PaperSize, look: MarksLook) -> str:
    """Draw the line between the marks of a scanned page and the paper it shows."""
    height, left, right = (paper.height - look.rule_top) * MM, look.rule_side * MM, (paper.width - look.rule_side) * MM
    rule = _drawing().set_line_width(look.rule_width * MM).line(left, height, right, height)
    return str(rule.stroke_and_close().build(), "ascii")
