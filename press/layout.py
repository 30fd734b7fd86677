"""How a form's tables are laid out on paper: widths, alignment, and when a table is better printed as cards.

The archive templates draw; what must be reckoned about text (how wide a value runs, which column may wrap)
is reckoned here, once, and handed to them beside the values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from press.columns import PROSE, Need, fitting, room_of, widths_of
from press.forms import SIGNATURE_HEADS, TOGETHER
from press.looks import TABLES, FormLook, TableLook, drawn_by, form_look, look_of
from press.paper import LYING, MM, UPRIGHT
from press.row_heights import Kept, RowHeights
from press.text_width import ANY, Letters, balanced, kept_parts, title_lines, width_of

_PAPER = int(UPRIGHT.room * 10) / 10
"""Width of the text area in points, never more than it is."""
_LYING_PAPER = int(LYING.room * 10) / 10
_SIZES, _DENSE_SIZES = (10.5, 9.0), (9.0, 8.0)
"""Type sizes a table is tried in, in points: of most forms, and of those that must show much on few pages."""
_HALF_CELL, _DENSE_HALF_CELL = ((12.0, 12.4), (10.5, 14.2)), ((10.5, 14.2), (9.0, 16.5))
"""Type sizes a value is tried in, and how many ems of it fit one line of half a row; a longer one takes it all."""
_TALL = 12
"""A row of more lines than this may break over pages."""
_ROWS_AS_CARDS = 12
"""A table of more rows stays a table, however narrow."""
VALUES, LABELS = "仿", "黑"
"""The roles whose faces values and labels are set in."""


@dataclass(frozen=True, slots=True, eq=False)
class FormPaper:
    """What the paper of a form allows."""

    width: float
    """Of the text area, in points."""
    sizes: tuple[float, ...]
    half_cell: tuple[tuple[float, float], ...]
    look: TableLook
    heights: RowHeights

    @classmethod
    @cache
    def of(cls, template: str, values: Letters, labels: Letters, tighter: FormLook | None = None) -> FormPaper:
        """Return the paper of a form's template, with how wide the faces of values and labels draw.

        Args:
            template: folder of templates/.
            values: how wide the face of values draws.
            labels: the same of labels.
            tighter: what the form looks like instead, where it must take less room.
        """
        form, tables = tighter or form_look(template), look_of(TableLook, TABLES)
        width = _LYING_PAPER if form.lying else _PAPER
        sizes, half_cell = (_DENSE_SIZES, _DENSE_HALF_CELL) if form.dense else (_SIZES, _HALF_CELL)
        return cls(width, sizes, half_cell, tables, RowHeights(width, form.inset, tables, values, labels))

    @property
    def usual(self) -> float:
        """The type size of a value, in points."""
        return self.half_cell[0][0]

    def half_size(self, lines: Sequence[str], long: bool) -> float:
        """Return the type size in which a value fits one line of half a row, or 0."""
        if long or len(lines) > 1:
            return 0.0
        width = width_of(lines[0]) if lines else 0.0
        return next((size for size, room in self.half_cell if width <= room), 0.0)

    def value_width(self, half: bool, long: bool) -> float:
        """Return the width left for a pair's value in half a row or in a row of its own, in points."""
        label = self.look.label_column * MM
        cell = self.width / 2 - label if half else self.width - label
        return cell - 2 * (self.look.prose_inset if long else self.look.beside)


def laid_out(
    form: Mapping[str, Any],
    letters: Mapping[str, Letters] = MappingProxyType({}),
    tighter: FormLook | None = None,
) -> dict[str, Any]:
    """Return a form's values with what its tables need to be drawn.

    Args:
        form: Form.as_values().
        letters: role → how wide its face draws letters and digits, as far as that is known. The paper is the same
            without; more rows must then be measured.
        tighter: what the form looks like instead of as its template says, where it must take less room.

    The form gets `drawn_by` (the folder of its form.typ), `lying` (all its pages do), `size` (of its type in points)
    and `inset` (white space above and below a cell's text). Every pair gets `head` (its label in balanced lines),
    `parts` (a single plain line as itself), `wide` (it takes the whole width) and `smaller` (its type size where that
    is not the form's own, else 0); every grid gets `size` (points), `widths` (shares), `heads` (column heads in
    balanced lines), `centred` (per column), `long` (rows may break over pages), `lying` (it goes onto lying pages of
    its own) and `cards` (the rows as blocks of pairs, where columns would be too thin; else none). Of rows that need
    not be measured `height` or `heights` are told in points, else 0; what is `bare` (a pair's value, a grid's column)
    surely takes one line in each of them. The signatures become a grid like any other; empty tables become pairs that
    say so.
    """
    paper = FormPaper.of(form["template"], letters.get(VALUES, ANY), letters.get(LABELS, ANY), tighter)
    return {
        **form,
        "drawn_by": drawn_by(form["template"]),
        "lying": paper.width == _LYING_PAPER,
        "inset": paper.heights.inset,
        "size": paper.usual,
        "title_lines": title_lines(form["title"]),
        "subtitle_lines": title_lines(form["subtitle"]),
        "head": [_pair(block, paper) for block in form["head"]],
        "body": [_block(block, paper) for block in form["body"]],
        "foot": [_pair(block, paper) for block in form["foot"]],
        "attachments": _grid(form["attachments"], paper),
        "signatures": _signatures(form["signatures"], paper),
    }


def _block(block: Mapping[str, Any], paper: FormPaper) -> dict[str, Any]:
    if block["kind"] != "grid":
        return _pair(block, paper)
    if block["rows"]:
        return _grid(block, paper)
    return _pair({"kind": "pair", "key": block["key"], "label": block["label"], "lines": ("无",), "long": False}, paper)


def _signatures(signatures: Sequence[Mapping[str, Any]], paper: FormPaper) -> dict[str, Any]:
    """Return the table of signatures, `together` where it surely fits a page with a row above it, and its `height`."""
    grid = _grid(_signature_grid(signatures), paper)
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
    columns = len(SIGNATURE_HEADS) if any(row[-1] for row in rows) else len(SIGNATURE_HEADS) - 1
    return {
        "kind": "grid",
        "key": "signatures",
        "label": "责任人签名",
        "columns": SIGNATURE_HEADS[:columns],
        "rows": [row[:columns] for row in rows],
    }


def _pair(pair: Mapping[str, Any], paper: FormPaper) -> dict[str, Any]:
    known = {name: value for name, value in pair.items() if name != "lines"}
    if pair["kind"] == "section":
        height = paper.heights.caption(pair["label"])
        return {**known, **_drawn_pair(pair["label"], (), False, paper), "height": height, "bare": False}
    return {**known, **_drawn_pair(pair["label"], pair["lines"], pair["long"], paper)}


@lru_cache(1 << 12)
def _drawn_pair(label: str, lines: tuple[str, ...], long: bool, paper: FormPaper) -> dict[str, Any]:
    """Return what a pair is drawn with; much is said on paper after paper."""
    half = paper.half_size(lines, long)
    size = half or paper.usual
    room = paper.value_width(bool(half), long) / size
    heads = balanced(label, paper.look.label_room)
    first_line = room - (paper.look.prose_indent if long else 0.0)
    parts = [kept_parts(line, first_line, paper.heights.values) for line in lines]
    tall = len(lines) > _TALL or width_of("".join(lines)) > _TALL * _HALF_CELL[0][1]
    count, height = (0, 0.0) if tall else paper.heights.pair(heads, parts, size, room, long)
    return {
        "head": "\n".join(heads),
        "parts": parts[0] if len(parts) == 1 and isinstance(parts[0], str) else parts,
        "wide": not half,
        "tall": tall,
        "smaller": 0.0 if half == paper.usual else half,
        "height": height,
        "bare": bool(half) and count == 1,
    }


def _grid(grid: Mapping[str, Any], paper: FormPaper) -> dict[str, Any]:
    rows, columns = grid["rows"], grid["columns"]
    needs = [Need(label, [row[place] for row in rows]) for place, label in enumerate(columns)]
    size, lying, as_cards = _fitted(needs, len(rows), paper)
    widths = widths_of(needs, room_of(size, len(needs), _LYING_PAPER if lying else paper.width))
    long = any(need.total > _TALL * width for need, width in zip(needs, widths, strict=True))
    # In quarter ems, so that what was worked out for one table serves the next.
    rooms = [math.floor(4 * (width + 0.2)) / 4 for width in widths]
    heads = [balanced(label, room) for label, room in zip(columns, rooms, strict=True)]
    letters = paper.heights.values
    kept = [[kept_parts(cell, width, letters) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [paper.heights.lines(row, widths, grid.get("cited")) for row in kept]
    above = paper.heights.caption(grid["label"]), paper.heights.heads(heads, widths, size)
    heights = [0.0 if long or not all(row) else paper.heights.row(size, max(row)) for row in lines]
    given = all(above) and all(heights)
    return {
        **grid,
        "inset": paper.heights.inset,
        "rows": [[cell if isinstance(cell, str) else "".join(cell) for cell in row] for row in kept],
        "parts": _grid_parts(kept),
        "heads": ["\n".join(head) for head in heads],
        "size": size,
        "widths": [width + 2 * paper.look.beside / size for width in widths],
        "centred": [need.total <= 2 * width for need, width in zip(needs, widths, strict=True)],
        "long": long,
        "lying": lying,
        "cards": [_card(columns, row, paper) for row in rows] if as_cards else [],
        "caption_height": above[0],
        "head_height": above[1],
        "heights": heights,
        "bare": [given and all(row[place] == 1 for row in lines) for place in range(len(columns))],
    }


def _fitted(needs: Sequence[Need], rows: int, paper: FormPaper) -> tuple[float, bool, bool]:
    """Return a table's type size in points, whether it goes onto lying pages, and whether its rows become cards."""
    upright = paper.width == _PAPER
    alone = upright and rows == 1 and any(need.total >= PROSE for need in needs)
    size = fitting(needs, paper.sizes, paper.width)
    as_cards = alone or (size is None and rows <= _ROWS_AS_CARDS and upright)
    lying = size is None and not as_cards and upright
    return (
        size or fitting(needs, paper.sizes, _LYING_PAPER if lying else paper.width) or paper.sizes[-1],
        lying,
        as_cards,
    )


def _grid_parts(rows: Sequence[Sequence[Kept]]) -> dict[str, dict[str, Kept]]:
    """Return the cells whose dates and codes must be kept whole, in parts: by row, then by column."""
    parts: dict[str, dict[str, Kept]] = {}
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, list):
                parts.setdefault(str(place), {})[str(column)] = cell
    return parts


def _card(columns: Sequence[str], row: Sequence[str], paper: FormPaper) -> list[dict[str, Any]]:
    cells = ((label, tuple(cell.split("\n"))) for label, cell in zip(columns, row, strict=True))
    return [
        _pair({"kind": "pair", "label": label, "lines": lines, "long": width_of("".join(lines)) >= PROSE}, paper)
        for label, lines in cells
    ]
