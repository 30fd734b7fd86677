"""How high the rows of a form's tables surely become.

A row whose height is given need not be measured, which is half of what it costs to set; but it does not break over
pages. Where a height cannot be foretold it is 0 and the row is measured, so that the paper is the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from press.looks import TableLook
from press.text_width import Letters, kept_text, most_width, sure_lines

_CITED = re.compile(r"@\d+")
_PAGE_NUMBERS = ("1", "10000")
"""What a citation will be at least and at most."""

Kept = str | list[str]
"""What kept_parts makes of a text."""


@dataclass(frozen=True, slots=True, eq=False)
class RowHeights:
    """Foretells the rows of a form's tables."""

    width: float
    """Of the text area, in points."""
    inset: float
    """White space above and below a cell's text, in points."""
    look: TableLook
    values: Letters
    labels: Letters

    def row(self, size: float, lines: int = 1) -> float:
        """Return the height of a row of so many lines set in this size, in points."""
        return _stacked(lines, size, self.look.leading, self.inset)

    def caption(self, label: str) -> float:
        """Return the height of a row over the whole width that says this, or 0 where it may take several lines."""
        fits = most_width(label, self.labels) * self.look.caption <= self.width - 2 * self.look.beside
        return self.row(self.look.caption) if fits else 0.0

    def pair(
        self, heads: Sequence[str], parts: Sequence[Kept], size: float, room: float, prose: bool
    ) -> tuple[int, float]:
        """Return how many lines the value of a pair surely takes, and how high its row is; or 0 and 0.

        Args:
            heads: the lines of its label.
            parts: those of its value.
            size: the type size of the value in points.
            room: the ems of a line of it.
            prose: whether it is set as prose.
        """
        if most_width(max(heads, key=len), self.labels) > self.look.label_room:
            return 0, 0.0
        lines = sure_lines(
            "\n".join(map(kept_text, parts)), room, self.look.prose_indent if prose else 0.0, self.values
        )
        if not lines:
            return 0, 0.0
        look = self.look
        own = _stacked(lines, size, look.prose_leading, look.prose_inset) if prose else self.row(size, lines)
        return lines, max(own, self.row(look.label, len(heads)))

    def heads(self, heads: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> float:
        """Return the height of the row of column heads where each of their lines surely is one, else 0.

        Args:
            heads: of every column the lines of its head.
            widths: of the columns, in ems of this size.
            size: the type size of the table in points.
        """
        set_in = min(size, self.look.head)
        room = [width * size / set_in for width in widths]
        if any(most_width(line, self.labels) > most for lines, most in zip(heads, room, strict=True) for line in lines):
            return 0.0
        return self.row(set_in, max(map(len, heads), default=1))

    def lines(self, row: Sequence[Kept], widths: Sequence[float], cited: int | None) -> list[int]:
        """Return how many lines each cell of a row surely takes, or 0.

        Args:
            row: its cells.
            widths: of their columns, in ems.
            cited: the column of page numbers, if there is one.
        """
        lines = [sure_lines(kept_text(cell), width, 0.0, self.values) for cell, width in zip(row, widths, strict=True)]
        if cited is not None:
            lines[cited] = self._cited_lines(kept_text(row[cited]), widths[cited])
        return lines

    def _cited_lines(self, cell: str, width: float) -> int:
        """Return how many lines a cell of page numbers takes where it is the same for small and large ones, else 0."""
        few, many = (sure_lines(_CITED.sub(page, cell), width, 0.0, self.values) for page in _PAGE_NUMBERS)
        return few if few == many else 0


def _stacked(lines: int, size: float, leading: float, inset: float) -> float:
    """Return the height in points of lines under each other, leading in ems, with white space above and below."""
    return lines * size + (lines - 1) * leading * size + 2 * inset
