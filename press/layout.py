"""How a form's tables are laid out on paper: widths, alignment, and when a table is better printed as cards.

The archive templates draw; what must be reckoned about text (how wide a value runs, which column may wrap)
is reckoned here, once, and handed to them beside the values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from press.columns import INSET, PROSE, Need, fitting, room_of, widths_of
from press.forms import TOGETHER
from press.paper import LYING, UPRIGHT
from press.text_width import (
    ANY,
    Letters,
    balanced,
    kept_parts,
    kept_text,
    most_width,
    sure_lines,
    title_lines,
    width_of,
)

_SIZES = (10.5, 9.0)
"""Type sizes a table is tried in, in points."""
_DENSE_SIZES = (9.0, 8.0)
_PAPER = int(UPRIGHT.room * 10) / 10
"""Width of the text area in points, never more than it is."""
_LYING_PAPER = int(LYING.room * 10) / 10
_LYING_FORMS = {"check", "notebook", "process", "roster"}
"""Forms whose every page lies: registers of many columns."""
_CAPTION_SIZE, _HEAD_SIZE = 12.0, 10.0
"""Type sizes of a table's caption, and of its column heads at most."""
_LEADING = 0.45
"""White space between the lines of a cell, in ems."""
_INSET_ABOVE = 5.0
_LOW_INSETS = {"report": 3.2, "check": 2.8}
"""White space above and below a cell's text, in points: of most forms, and of those that must show much."""
_PROSE_INSET, _PROSE_LEADING, _PROSE_INDENT = 6.0, 0.62, 2.0
"""Of prose in a cell: white space around it in points, between its lines and before its first in ems."""
_HALF_CELL = ((12.0, 12.4), (10.5, 14.2))
"""Type sizes a value is tried in, and how many ems of it fit one line of half a row; a longer one takes it all."""
_DENSE_HALF_CELL = ((10.5, 14.2), (9.0, 16.5))
_DENSE_FORMS = {"check", "report"}
"""Forms that must show much on few pages."""
_TALL = 12
"""A row of more lines than this may break over pages."""
_ROWS_AS_CARDS = 12
"""A table of more rows stays a table, however narrow."""
_PAIR_LABELS = 130.4
"""Width of both label columns of a pair table (23 mm each) in points."""
_LABEL = (10.5, 5)
"""The type size of a pair's label, and how many characters fit one line of it."""
VALUES, LABELS = "仿", "黑"
"""The roles whose faces values and labels are set in."""
_CITED = re.compile(r"@\d+")
_PAGE_NUMBERS = ("1", "10000")
"""What a citation will be at least and at most."""
_Kept = str | list[str]
"""What kept_parts makes of a cell."""
_SIGNATURE_HEADS = ("角色", "姓名", "签名日期", "签名方式", "签名凭证")


@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """What the paper of a form allows."""

    paper: float
    sizes: tuple[float, ...]
    half_cell: tuple[tuple[float, float], ...]
    inset: float
    """White space above and below a cell's text, in points."""
    values: Letters
    labels: Letters

    @classmethod
    @cache
    def of(cls, template: str, values: Letters, labels: Letters) -> _Sheet:
        dense = template in _DENSE_FORMS
        return cls(
            _LYING_PAPER if template in _LYING_FORMS else _PAPER,
            _DENSE_SIZES if dense else _SIZES,
            _DENSE_HALF_CELL if dense else _HALF_CELL,
            _LOW_INSETS.get(template, _INSET_ABOVE),
            values,
            labels,
        )

    def row(self, size: float, lines: int = 1) -> float:
        """Return the height of a row of so many lines set in this size, in points."""
        return _stacked(lines, size, _LEADING, self.inset)

    def breadth(self, half: bool) -> float:
        """Return the width of a pair's value with its white space, in half a row or in a row of its own, in points."""
        return (self.paper - _PAIR_LABELS) / 2 if half else self.paper - _PAIR_LABELS / 2

    def caption(self, label: str) -> float:
        """Return the height of a row over the whole width that says this, or 0 where it may take several lines."""
        fits = most_width(label, self.labels) * _CAPTION_SIZE <= self.paper - INSET
        return self.row(_CAPTION_SIZE) if fits else 0.0


def _stacked(lines: int, size: float, leading: float, inset: float) -> float:
    """Return the height in points of lines under each other, leading in ems, with white space above and below."""
    return lines * size + (lines - 1) * leading * size + 2 * inset


def laid_out(form: Mapping[str, Any], letters: Mapping[str, Letters] = MappingProxyType({})) -> dict[str, Any]:
    """Return a form's values with what its tables need to be drawn.

    Args:
        form: Form.as_values().
        letters: role → how wide its face draws letters and digits, as far as that is known. The paper is the same
            without; more rows must then be measured.

    Every pair gets `head` (its label in balanced lines), `parts` (a single plain line as itself), `wide` (it takes
    the whole width) and `smaller` (its type size where that is not the form's own, else 0); every grid gets `size`
    (points), `widths` (shares), `heads` (column heads in balanced lines), `centred` (per column), `long` (rows may
    break over pages), `lying` (it goes onto lying pages of its own) and `cards` (the rows as blocks of pairs, where
    columns would be too thin; else none). Of rows that need not be measured `height` or `heights` are told in points,
    else 0; what is `bare` (a pair's value, a grid's column) surely takes one line in each of them. The signatures
    become a grid like any other; empty tables become pairs that say so.
    """
    sheet = _Sheet.of(form["template"], letters.get(VALUES, ANY), letters.get(LABELS, ANY))
    return {
        **form,
        "lying": sheet.paper == _LYING_PAPER,
        "inset": sheet.inset,
        "title_lines": title_lines(form["title"]),
        "subtitle_lines": title_lines(form["subtitle"]),
        "head": [_pair(block, sheet) for block in form["head"]],
        "body": [_block(block, sheet) for block in form["body"]],
        "foot": [_pair(block, sheet) for block in form["foot"]],
        "attachments": _grid(form["attachments"], sheet),
        "signatures": _signatures(form["signatures"], sheet),
    }


def _block(block: Mapping[str, Any], sheet: _Sheet) -> dict[str, Any]:
    if block["kind"] != "grid":
        return _pair(block, sheet)
    if block["rows"]:
        return _grid(block, sheet)
    return _pair({"kind": "pair", "key": block["key"], "label": block["label"], "lines": ("无",), "long": False}, sheet)


def _signatures(signatures: Sequence[Mapping[str, Any]], sheet: _Sheet) -> dict[str, Any]:
    """Return the table of signatures, `together` where it surely fits a page with a row above it, and its `height`."""
    grid = _grid(_signature_grid(signatures), sheet)
    lines = sum(_most_lines(row, grid["widths"]) for row in grid["rows"])
    heights = (grid["caption_height"], grid["head_height"], *grid["heights"])
    return {
        **grid,
        "together": 0 < lines <= TOGETHER and not grid["lying"] and not grid["cards"],
        "height": sum(heights) if all(heights) else 0.0,
    }


def _most_lines(row: Sequence[str], widths: Sequence[float]) -> int:
    """Return how many lines the cells of a row take at most, nearly."""
    return max(math.ceil(1.3 * width_of(cell) / width) for cell, width in zip(row, widths, strict=True))


def _signature_grid(signatures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [[mark[key] for key in ("role", "name", "signed_on", "how", "paper")] for mark in signatures]
    columns = len(_SIGNATURE_HEADS) if any(row[-1] for row in rows) else len(_SIGNATURE_HEADS) - 1
    return {
        "kind": "grid",
        "key": "signatures",
        "label": "责任人签名",
        "columns": _SIGNATURE_HEADS[:columns],
        "rows": [row[:columns] for row in rows],
    }


def _pair(pair: Mapping[str, Any], sheet: _Sheet) -> dict[str, Any]:
    told = {name: value for name, value in pair.items() if name != "lines"}
    return {**told, **_reckoned(pair["kind"], pair["label"], pair["lines"], pair["long"], sheet)}


@lru_cache(1 << 12)
def _reckoned(kind: str, label: str, lines: tuple[str, ...], long: bool, sheet: _Sheet) -> dict[str, Any]:
    """Return what a pair is drawn with; much is said on paper after paper."""
    width = width_of("".join(lines))
    whole = long or len(lines) > 1
    usual = sheet.half_cell[0][0]
    size = next((size for size, room in sheet.half_cell if not whole and width <= room), 0.0)
    breadth = sheet.breadth(bool(size))
    room = (breadth - (2 * _PROSE_INSET if long else INSET)) / (size or usual)
    indent = _PROSE_INDENT if long else 0.0
    parts = [kept_parts(line, room - indent, sheet.values) for line in lines]
    heads = balanced(label, _LABEL[1])
    tall = len(lines) > _TALL or width > _TALL * _HALF_CELL[0][1]
    # A row whose height is given need not be measured, which is half of what it costs to set; but it does not break.
    known = not tall and most_width(max(heads, key=len), sheet.labels) <= _LABEL[1]
    text = "\n".join(map(kept_text, parts))
    count = sure_lines(text, room, indent, sheet.values) if known and kind == "pair" else 0
    own = _stacked(count, usual, _PROSE_LEADING, _PROSE_INSET) if long else sheet.row(size or usual, count)
    height = max(own, sheet.row(_LABEL[0], len(heads))) if count else 0.0
    return {
        "head": "\n".join(heads),
        "parts": parts[0] if len(parts) == 1 and isinstance(parts[0], str) else parts,
        "wide": not size,
        "tall": tall,
        "smaller": 0.0 if size == usual else size,
        "height": sheet.caption(label) if kind == "section" else height,
        "bare": bool(size) and count == 1,
    }


def _grid(grid: Mapping[str, Any], sheet: _Sheet) -> dict[str, Any]:
    rows = grid["rows"]
    needs = [Need(label, [row[place] for row in rows]) for place, label in enumerate(grid["columns"])]
    upright = sheet.paper == _PAPER
    alone = upright and len(rows) == 1 and any(need.total >= PROSE for need in needs)
    size = fitting(needs, sheet.sizes, sheet.paper)
    as_cards = alone or (size is None and len(rows) <= _ROWS_AS_CARDS and upright)
    lying = size is None and not as_cards and upright
    breadth = _LYING_PAPER if lying else sheet.paper
    size = size or fitting(needs, sheet.sizes, breadth) or sheet.sizes[-1]
    widths = widths_of(needs, room_of(size, len(needs), breadth))
    long = any(need.total > _TALL * width for need, width in zip(needs, widths, strict=True))
    # In quarter ems, so that what was worked out for one table serves the next.
    rooms = [math.floor(4 * (width + 0.2)) / 4 for width in widths]
    heads = [balanced(label, room) for label, room in zip(grid["columns"], rooms, strict=True)]
    kept = [[kept_parts(cell, width, sheet.values) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [_row_lines(row, widths, sheet.values, grid.get("cited")) for row in kept]
    above = sheet.caption(grid["label"]), _head_height(heads, widths, size, sheet)
    heights = [0.0 if long or not all(row) else sheet.row(size, max(row)) for row in lines]
    given = all(above) and all(heights)
    return {
        **grid,
        "inset": sheet.inset,
        "rows": [[cell if isinstance(cell, str) else "".join(cell) for cell in row] for row in kept],
        "heads": ["\n".join(lines) for lines in heads],
        "size": size,
        "caption_height": above[0],
        "head_height": above[1],
        "parts": _grid_parts(kept),
        "heights": heights,
        "bare": [given and all(row[place] == 1 for row in lines) for place in range(len(needs))],
        "widths": [width + INSET / size for width in widths],
        "centred": [need.total <= 2 * width for need, width in zip(needs, widths, strict=True)],
        "long": long,
        "lying": lying,
        "cards": [_card(grid["columns"], row, sheet) for row in rows] if as_cards else [],
    }


def _grid_parts(rows: Sequence[Sequence[_Kept]]) -> dict[str, dict[str, _Kept]]:
    """Return the cells whose dates and codes must be kept whole, in parts: by row, then by column."""
    told: dict[str, dict[str, _Kept]] = {}
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, list):
                told.setdefault(str(place), {})[str(column)] = cell
    return told


def _head_height(heads: Sequence[Sequence[str]], widths: Sequence[float], size: float, sheet: _Sheet) -> float:
    """Return the height of the row of column heads where each of their lines surely is one, else 0."""
    set_in = min(size, _HEAD_SIZE)
    room = [width * size / set_in for width in widths]
    if any(most_width(line, sheet.labels) > most for lines, most in zip(heads, room, strict=True) for line in lines):
        return 0.0
    return sheet.row(set_in, max(map(len, heads), default=1))


def _row_lines(row: Sequence[_Kept], widths: Sequence[float], letters: Letters, cited: int | None) -> list[int]:
    """Return how many lines each cell of a row surely takes, or 0."""
    lines = [sure_lines(kept_text(cell), width, 0.0, letters) for cell, width in zip(row, widths, strict=True)]
    if cited is not None:
        lines[cited] = _cited_lines(kept_text(row[cited]), widths[cited], letters)
    return lines


def _cited_lines(cell: str, width: float, letters: Letters) -> int:
    """Return how many lines a cell of page numbers takes where it is the same for small and large ones, else 0."""
    few, many = (sure_lines(_CITED.sub(page, cell), width, 0.0, letters) for page in _PAGE_NUMBERS)
    return few if few == many else 0


def _card(columns: Sequence[str], row: Sequence[str], sheet: _Sheet) -> list[dict[str, Any]]:
    cells = ((label, tuple(cell.split("\n"))) for label, cell in zip(columns, row, strict=True))
    return [
        _pair({"kind": "pair", "label": label, "lines": lines, "long": width_of("".join(lines)) >= PROSE}, sheet)
        for label, lines in cells
    ]
