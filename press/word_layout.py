"""A form laid out for Word: tables of sixty equal columns, so that every row may divide the width as it needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from press.forms import Grid, Pair
from press.text_width import HALF_WIDTH, balanced, width_of

UNITS = 60
_PADDING_MM = 2.2
_TOKEN = re.compile(
    r"\d+年\d+月\d+日(?:至(?:\d+年)?\d+月\d+日)?"
    r"|(?<![\w/-])(?:(?:\d{3}/)?[A-Z][A-Z0-9-]+/\d{3}|[A-Z]\d-\d\d)|[!-,.0-9:-~]+"
)
"""Text a line should not break in: dates, a record's number without its batch, a step, a Latin word, a number."""
_NAME = 5
"""Cells up to this many characters (names, 是, 县处级副职) are never broken."""
_LONGEST = 120
"""Cells longer than this many characters claim no more width than one of this length."""
_ROWS_AS_CARDS, _MANY_COLUMNS = 12, 7
"""A table of so many rows at most and of so many columns at least is told row by row where its columns are thin."""
_MOST_LINES = 2.5
"""Cells of more lines than this, nearly, make a column thin."""
_NUMBERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
KEPT = {name: f"{name}Kept" for kind in ("Label", "Mid", "Value") for name in (kind, f"{kind}Small", f"{kind}Tiny")}
"""Style → the same that keeps its row on the page of the row below."""


class WordCell(NamedTuple):
    """One cell: paragraphs, each with the name of its style; a tuple, which templates unpack fastest."""

    span: int
    lines: tuple[tuple[str, str], ...]


class WordRow(NamedTuple):
    """One row; keep is true when it must not be divided between pages."""

    cells: tuple[WordCell, ...]
    keep: bool

    def kept(self) -> WordRow:
        """Return the row in the styles that hold it on the page of the row below."""
        return WordRow(tuple([WordCell(span, tuple([(KEPT.get(name, name), line) for name, line in lines]))
                          for span, lines in self.cells]), self.keep)  # fmt: skip


class WordTable(NamedTuple):
    """One table: a caption and column heads, repeated on every page, and rows."""

    caption: str
    heads: tuple[WordCell, ...]
    rows: tuple[WordRow, ...]

    def kept(self, held: slice) -> WordTable:
        """Return the block with some of its rows held on the page of the row below."""
        places = range(len(self.rows))[held]
        rows = [row.kept() if place in places else row for place, row in enumerate(self.rows)]
        return WordTable(self.caption, self.heads, tuple(rows))


class WordSection(NamedTuple):
    """One part of a form under its heading: rows that stand beside it in one table."""

    label: str
    rows: tuple[WordRow, ...]


@dataclass(frozen=True, slots=True)
class _TypeSize:
    """The size of a table's text, and how the names of its styles end."""

    suffix: str
    mm: float


_PAIR_SIZE = _TypeSize("", 12 * 25.4 / 72)
_GRID_SIZES = (_TypeSize("Small", 10.5 * 25.4 / 72), _TypeSize("Tiny", 9 * 25.4 / 72))


def ems(text: str) -> float:
    """Return about how many ems a text runs in the faces Word sets forms in."""
    return width_of(text, HALF_WIDTH)


def clean_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Return lines without carriage returns, and at least one."""
    if len(lines) == 1 and "\n" not in lines[0] and "\r" not in lines[0]:
        return (lines[0],)
    return tuple("\n".join(lines).replace("\r\n", "\n").replace("\r", "\n").split("\n"))


class _Column(NamedTuple):
    """What one column of a table asks for, in characters."""

    least: float
    """Half its head, or the widest cell that must not be broken."""
    content: float
    """Its widest cell."""
    whole: float
    """The same with its head."""

    @classmethod
    def of(cls, head: str, cells: Sequence[str]) -> _Column:
        widths = [*map(ems, cells), 0.0]
        content = max(widths)
        name = content if content <= _NAME else 0.0
        least = max(-(-len(head) // 2), 2, name, *map(_widest_token, cells))
        return cls(least, content, max(content, ems(head)))


@lru_cache(1 << 13)
def _cell(text: str, span: int, suffix: str, room: float) -> WordCell:
    """Return a cell of a table: in the middle when it fits one line of so many characters."""
    lines = clean_lines((text,))
    style = "Mid" if len(lines) == 1 and ems(text) <= room else "Value"
    return WordCell(span, tuple([(f"{style}{suffix}", line) for line in lines]))


@lru_cache(4096)
def _label_cell(label: str, span: int, suffix: str, room: float) -> WordCell:
    return WordCell(span, tuple([(f"Label{suffix}", line) for line in balanced(label, room)]))


def _as_pair(part: Pair | Grid) -> Pair:
    """Return a pair as it is, and a table without rows as 无."""
    return part if isinstance(part, Pair) else Pair(part.key, part.label, ("无",), False)


@dataclass(frozen=True, slots=True)
class WordPage:
    """The paper a table is laid out for."""

    units: int = UNITS
    """Columns a row must fill."""
    unit_mm: float = 147 * 25.4 / 1440
    """Width of one column."""
    label: int = 13
    """Columns of a label cell: seven characters of 小四."""
    detail: float = 24
    """A cell longer than this many characters gets a row of its own where its table has many columns."""
    sizes: tuple[_TypeSize, ...] = _GRID_SIZES
    """Sizes a table is set in, the first that fits."""

    def blocks(self, parts: Iterable[Pair | Grid]) -> Iterator[WordTable]:
        """Yield the tables of some parts of a form, neighbouring pairs together in one table."""
        for tabular, group in groupby(parts, lambda part: isinstance(part, Grid) and bool(part.rows)):
            if tabular:
                yield from (self.grid(part) for part in group if isinstance(part, Grid))
            else:
                yield WordTable("", (), tuple(self._pair_rows([_as_pair(part) for part in group])))

    def sections(self, parts: Iterable[Pair | Grid]) -> Iterator[WordSection]:
        """Yield what stands under each heading, its tables among its rows."""
        label = ""
        inside: list[Pair | Grid] = []
        for part in (*parts, Pair("", "", (), False, "section")):
            if part.kind == "section":
                if inside:
                    yield WordSection(label, tuple(row for block in self.blocks(inside) for row in self._flat(block)))
                label, inside = part.label, []
            else:
                inside.append(part)

    def grid(self, grid: Grid) -> WordTable:
        """Lay a table out: long texts below their row, column widths by content, narrow tables folded."""
        detailed = [place for place, _ in enumerate(grid.columns) if self._is_detail(grid, place)]
        plain = [place for place, _ in enumerate(grid.columns) if place not in detailed]
        columns = [_Column.of(grid.columns[place], [row[place] for row in grid.rows]) for place in plain]
        size, least = self._fitting(columns)
        wanted = [self._columns(size, column.whole) for column in columns]
        folds = 1 if detailed else self._folds(sum(wanted), len(grid.rows))
        spans = self._spans(columns, size, least, wanted, self.units // folds)
        if not detailed and folds == 1 and self._squeezed(columns, size, spans, len(grid.rows)):
            return WordTable("", (), tuple(self._cards(grid)))
        places = [(place, span, self._room(size, span)) for place, span in zip(plain, spans, strict=True)]
        heads = [_label_cell(grid.columns[place], span, size.suffix, room) for place, span, room in places]
        rows: list[WordRow] = []
        for first in range(0, len(grid.rows), folds):
            beside = [*grid.rows[first : first + folds], *[("",) * len(grid.columns)] * folds][:folds]
            cells = [
                _cell(row[place], span, size.suffix, max(room, 8)) for row in beside for place, span, room in places
            ]
            rows.append(WordRow(self._filled(cells), True))
            rows += [self._detail(grid.columns[place], grid.rows[first][place], size) for place in detailed]
        return WordTable(grid.label, self._filled(heads * folds), tuple(rows))

    def _squeezed(self, columns: Sequence[_Column], size: _TypeSize, spans: Sequence[int], entries: int) -> bool:
        """Tell whether a short table has a column whose cells would take three lines or more."""
        lines = (column.content / self._room(size, span) for column, span in zip(columns, spans, strict=True))
        return (
            entries <= _ROWS_AS_CARDS and len(columns) >= _MANY_COLUMNS and any(count > _MOST_LINES for count in lines)
        )

    def _cards(self, grid: Grid) -> Iterator[WordRow]:
        """Yield the rows of a table too wide for the page as labels and values, each row under its number."""
        yield WordRow((WordCell(self.units, (("Caption", grid.label),)),), True)
        for number, row in enumerate(grid.rows):
            if len(grid.rows) > 1:
                yield WordRow((WordCell(self.units, ((KEPT["Value"], f"（{_NUMBERS[number]}）"),)),), True)
            cells = zip(grid.keys, grid.columns, row, strict=True)
            yield from self._pair_rows([Pair(key, label, (cell,), False) for key, label, cell in cells])

    def _filled(self, cells: Sequence[WordCell]) -> tuple[WordCell, ...]:
        """Widen the last cell by what folding left over."""
        rest = self.units - sum([cell.span for cell in cells])
        return (*cells[:-1], WordCell(cells[-1].span + rest, cells[-1].lines)) if rest else tuple(cells)

    def _flat(self, block: WordTable) -> Iterator[WordRow]:
        """Yield a block's caption and heads as rows like the others."""
        if block.heads:
            yield WordRow((WordCell(self.units, (("Caption", block.caption),)),), True)
            yield WordRow(block.heads, True)
        yield from block.rows

    def _pair_rows(self, pairs: Sequence[Pair]) -> Iterator[WordRow]:
        """Yield rows: two short pairs to a row, wider ones alone, prose over the whole width.

        A wide row goes before a short pair when that pair then finds its fellow, so that no row is left half empty.
        """
        widths = [*map(self._width_of, pairs), 0, 0]
        waiting: Pair | None = None
        half = self.units // 2
        for place, pair in enumerate(pairs):
            width = widths[place]
            if width == 1 and waiting is not None:
                yield WordRow((*self._couple(waiting, half), *self._couple(pair, self.units - half)), True)
                waiting = None
            elif width == 1:
                waiting = pair
                if widths[place + 1] != 1 and widths[place + 1 : place + 3] != [2, 1]:
                    yield WordRow(self._couple(pair, self.units), True)
                    waiting = None
            else:
                yield self._wide_row(pair, width)

    def _width_of(self, pair: Pair) -> int:
        """Return 1 for half a row, 2 for a row, 3 for prose, 0 for a heading."""
        if pair.kind == "section":
            return 0
        half = self.units // 2 - self.label
        if len(pair.lines) == 1 and not pair.long and self._columns(_PAIR_SIZE, ems(pair.lines[0])) <= half:
            return 1
        room = self._room(_PAIR_SIZE, self.units - self.label)
        return 2 if sum(-(-ems(line) // room) for line in pair.lines) <= 4 and len(pair.label) <= 14 else 3

    def _wide_row(self, pair: Pair, width: int) -> WordRow:
        if width == 0:
            return WordRow((WordCell(self.units, (("Section", pair.label),)),), True)
        if width == 2:
            return WordRow(self._couple(pair, self.units), True)
        prose = tuple(("Prose", line) for line in clean_lines(pair.lines))
        return WordRow((WordCell(self.units, (("Lead", pair.label), *prose)),), False)

    def _couple(self, pair: Pair, width: int) -> tuple[WordCell, WordCell]:
        style = "Mid" if width < self.units else "Value"
        return (
            _label_cell(pair.label, self.label, _PAIR_SIZE.suffix, self._room(_PAIR_SIZE, self.label)),
            WordCell(width - self.label, tuple([(style, line) for line in clean_lines(pair.lines)])),
        )

    def _is_detail(self, grid: Grid, place: int) -> bool:
        return len(grid.columns) > 4 and place > 0 and any(ems(row[place]) > self.detail for row in grid.rows)

    def _detail(self, label: str, text: str, size: _TypeSize) -> WordRow:
        heading = tuple((f"Label{size.suffix}", line) for line in balanced(label, 6))
        lines = tuple((f"Value{size.suffix}", line) for line in clean_lines((text,)))
        return WordRow((WordCell(10, heading), WordCell(self.units - 10, lines)), ems(text) < 200)

    def _columns(self, size: _TypeSize, width: float) -> int:
        """Return the columns that so many characters need."""
        columns = -int(-(width * size.mm + _PADDING_MM) // self.unit_mm)
        return columns if columns > 3 else 3

    def _room(self, size: _TypeSize, span: int) -> float:
        """Return how many characters stand on a line of so many columns."""
        return (span * self.unit_mm - _PADDING_MM + 0.5) / size.mm

    def _folds(self, wanted: int, entries: int) -> int:
        """Return how many rows of a narrow, longish table stand side by side."""
        return next((folds for folds in (3, 2) if wanted * folds <= self.units and entries >= max(3, folds)), 1)

    def _fitting(self, columns: Sequence[_Column]) -> tuple[_TypeSize, list[int]]:
        """Return the largest size in which the columns fit, and their narrowest widths in it.

        These leave the head on two lines and no date, number, Latin word or short cell broken.
        """
        for size in self.sizes:
            least = [self._columns(size, column.least) for column in columns]
            if sum(least) <= self.units:
                break
        return size, least

    def _spans(
        self, columns: Sequence[_Column], size: _TypeSize, least: list[int], wanted: list[int], total: int
    ) -> list[int]:
        """Divide the width: what the columns want where it fits, else unit by unit to whichever has most lines."""
        if sum(wanted) <= total or sum(least) >= total:
            return _shares(wanted if sum(wanted) <= total else least, total)
        spans = [*least]
        contents = [min(column.content, _LONGEST) for column in columns]
        for _ in range(total - sum(spans)):
            lines = [width / self._room(size, span) for width, span in zip(contents, spans, strict=True)]
            spans[lines.index(max(lines))] += 1
        return spans


@lru_cache(1 << 13)
def _widest_token(cell: str) -> float:
    """Return the width of the widest date, number or Latin word of a cell."""
    return max((ems(token) + ("年" in token) + 0.5 * ("%" in token) for token in _TOKEN.findall(cell)), default=0)


def _shares(weights: Sequence[int], total: int) -> list[int]:
    """Divide a total in proportion to weights, in whole columns, by largest remainder."""
    scale = total / sum(weights)
    shares = [max(1, int(weight * scale)) for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: shares[place] - weights[place] * scale)
    for place in order[: total - sum(shares)]:
        shares[place] += 1
    return shares


PORTRAIT = WordPage()
BESIDE = WordPage(units=56)
"""Rows that stand beside the heading of their section, which takes four columns."""
LANDSCAPE = WordPage(unit_mm=212 * 25.4 / 1440, label=9, detail=10_000, sizes=_GRID_SIZES[1:])
"""A4 across: wide enough for every table to keep its long columns."""
