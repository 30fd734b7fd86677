"""How wide the columns of a table become, and in which type size no column of it is squeezed.

By the characters alone: no face is asked, so that a table has the same columns in all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from press.looks import TABLES, TableLook, look_of
from press.text_width import width_of

PROSE = 60.0
"""From this many ems on a cell is prose, and its column must give it room."""
_PROSE_COLUMN = 13.0
"""The narrowest column prose can be read in, in ems."""
_SHORT_LINES = 4
"""A value that is no prose takes at most so many lines of its column."""
_SHORT = 6.0
"""A value of up to so many ems, a name above all, stays on one line."""
_WHOLE = re.compile(r"\d+年\d+月\d+日|\d+(?:\.\d+)?%?")
"""Values that never wrap: dates and numbers."""
_DATE = re.compile(r"(?:\d+年)?\d+月\d+日")
_PIECES = re.compile(r"(?:[!-,.0-~·]|[-/](?=\d))+[-/]?|[-/]")
"""Runs of Latin text that can only break behind a hyphen or slash, and there not before a digit."""


class Need:
    """What one column needs, in ems."""

    def __init__(self, label: str, cells: Sequence[str]) -> None:
        totals = sorted(map(width_of, cells)) or [0.0]
        lines = "\n".join(cells).split("\n")
        self.total = totals[-1]
        widest = self.total if len(lines) == len(cells) else max(map(width_of, lines))
        self.least = max(_least_label(label), *map(_least, lines))
        self.wish = max(width_of(label), min(widest, PROSE / 2), self.least)
        self._usual = totals[len(totals) * 4 // 5] if cells else 0.0

    def at(self, lines: float) -> float:
        """Return the width at which its usual cell takes so many lines."""
        return max(self.least, self._usual / lines)


def _least_label(label: str) -> float:
    """Column heads of four characters or more may wrap to two or three lines."""
    width = width_of(label)
    return width if width <= 3 else max(2.0, math.ceil(width / (2 if width <= 6 else 3)))


@lru_cache(1 << 13)
def _least(line: str) -> float:
    if _WHOLE.fullmatch(line):
        return width_of(line)
    latin = max((width_of(piece) for piece in (*_PIECES.findall(line), *_DATE.findall(line))), default=0.0)
    whole = width_of(line)
    return min(max(latin, whole if whole <= _SHORT else _SHORT / 2), 12.0)


def room_of(size: float, columns: int, paper: float) -> float:
    """Return the ems all columns share.

    Args:
        size: the type size in points.
        columns: how many there are.
        paper: the width of the table in points.
    """
    tables: TableLook = look_of(TableLook, TABLES)
    return (paper - columns * 2 * tables.beside) / size


def widths_of(needs: Sequence[Need], room: float) -> list[float]:
    """Return what each column gets of a room, in ems: its wish where there is enough, else so that rows stay low."""
    least = [need.least for need in needs]
    spare, wanted = room - sum(least), sum(need.wish - need.least for need in needs)
    if spare <= 0:
        return [width * room / sum(least) for width in least]
    if spare < wanted:
        return _even(needs, room)
    wishes = sum(need.wish for need in needs)
    return [need.wish + (spare - wanted) * need.wish / wishes for need in needs]


def _even(needs: Sequence[Need], room: float) -> list[float]:
    """Find the widths at which the usual cell of every column takes the same number of lines."""
    fewest, most = 1.0, 100.0
    for _ in range(16):
        lines = (fewest + most) / 2
        if sum([need.at(lines) for need in needs]) > room:
            fewest = lines
        else:
            most = lines
    widths = [need.at(most) for need in needs]
    return [width * room / sum(widths) for width in widths]


def fitting(needs: Sequence[Need], sizes: Sequence[float], paper: float) -> float | None:
    """Return the largest of some type sizes in which no column of a table is squeezed, all in points, or None."""
    return next((size for size in sizes if not _cramped(needs, room_of(size, len(needs), paper))), None)


def _cramped(needs: Sequence[Need], room: float) -> bool:
    """Tell whether columns would be squeezed: text torn apart, prose in a thin strip, short values over many lines."""
    if sum(need.least for need in needs) > room:
        return True
    return any(
        width < _PROSE_COLUMN if need.total >= PROSE else need.total > _SHORT_LINES * width
        for need, width in zip(needs, widths_of(needs, room), strict=True)
    )
