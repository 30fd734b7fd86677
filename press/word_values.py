"""What a Word template may name of a form: fields and tables by key, and all the rest in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jishi.settings import UnitSettings
from press.forms import SIGNATURE_HEADS, TOGETHER, Form, Grid, Pair
from press.looks import form_look
from press.text_width import balanced, title_lines
from press.word_layout import BESIDE, LANDSCAPE, PORTRAIT, WordTable, clean_lines


@dataclass(frozen=True, slots=True)
class WordPair:
    """A pair as a template names it: field.post.label, field.post.text."""

    label: str
    lines: tuple[str, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """The label, broken into even lines where it is long."""
        return balanced(self.label, 7)

    @property
    def text(self) -> str:
        """The value on one line."""
        return "".join(self.lines)


def values_of(
    form: Form, placed: frozenset[str], unit: UnitSettings, named: frozenset[str] | None = None
) -> dict[str, Any]:
    """Return what a Word template may name.

    field and fact hold the pairs by key, grid and grids the tables laid out, entries their rows as key → text,
    label the heads of their columns. A key named through field, grid, grids or entries counts as printed; fact is
    for prose that tells a field once more. rest holds everything that is not printed so, in the form's order; tail
    its end (foot, papers, signatures), and sections its body under the headings.

    Args:
        form: what is printed.
        placed: keys of the fields and tables the template prints at a place of its own.
        unit: whose form it is.
        named: the values the template names; what it does not name is not laid out. None lays out everything.
    """
    makers = _makers(form, placed)
    laid_out = {name: make() for name, make in makers.items() if named is None or name in named}
    return {
        "title": form.title,
        "subtitle": form.subtitle,
        "record_id": form.record_id,
        "secrecy": form.secrecy,
        "extract": form.extract,
        "organ": unit.organ,
        "unit": unit.name,
        "day": _day(form),
        **laid_out,
    }


def _makers(form: Form, placed: frozenset[str]) -> dict[str, Callable[[], Any]]:
    """Return, for each value that has to be laid out, how it is made."""
    look = form_look(form.template)
    first, page = (LANDSCAPE if lies else PORTRAIT for lies in (look.lying, look.lying or look.across))
    grids = {key: same for key, same in _grids_by_key(form.body).items() if key in placed}
    rest = [part for part in form.body if part.key not in placed]
    papers = [form.attachments] if form.attachments.columns else []
    tail: list[Pair | Grid] = [*(pair for pair in form.foot if pair.key not in placed), *papers, *_signatures(form)]
    return {
        "title_lines": lambda: title_lines(form.title),
        "subtitle_lines": lambda: title_lines(form.subtitle),
        "head": lambda: list(first.blocks(form.head)),
        "rest": lambda: _kept_with_signatures(page.blocks((*rest, *tail)), form),
        "tail": lambda: _kept_with_signatures(page.blocks(tail), form),
        "sections": lambda: list(BESIDE.sections(rest)),
        "field": lambda: _pairs_by_key(form),
        "fact": lambda: _pairs_by_key(form),
        "grid": lambda: {key: page.grid(same[0]) for key, same in grids.items() if same[0].rows},
        "grids": lambda: {key: [page.grid(grid) for grid in same if grid.rows] for key, same in grids.items()},
        "entries": lambda: {key: [row for grid in same for row in _entries(grid)] for key, same in grids.items()},
        "label": lambda: {key: dict(zip(same[0].keys, same[0].columns, strict=True)) for key, same in grids.items()},
    }


def _pairs_by_key(form: Form) -> dict[str, WordPair]:
    pairs = (pair for pair in (*form.head, *form.foot, *form.body) if isinstance(pair, Pair))
    return {pair.key: WordPair(pair.label, clean_lines(pair.lines)) for pair in pairs}


def _signatures(form: Form) -> Iterator[Grid]:
    """Yield the table of a form's signatures, if it has any."""
    if form.signatures:
        rows = tuple((line.role, line.name, line.signed_on, line.how, line.paper) for line in form.signatures)
        yield Grid("responsible", "责任人签名", ("role", "name", "on", "how", "paper"), SIGNATURE_HEADS, rows)


def _kept_with_signatures(blocks: Iterable[WordTable], form: Form) -> list[WordTable]:
    """Return tables of which the last holds the signatures, if the form has any: kept together, and not alone."""
    tables = list(blocks)
    if 0 < len(form.signatures) <= TOGETHER:
        tables[-1] = tables[-1].kept(slice(0, -1))
        if len(tables) > 1:
            tables[-2] = tables[-2].kept(slice(-1, None))
    return tables


def _grids_by_key(parts: Iterable[Pair | Grid]) -> dict[str, list[Grid]]:
    found: dict[str, list[Grid]] = {}
    for part in parts:
        if isinstance(part, Grid):
            found.setdefault(part.key, []).append(part)
    return found


def _entries(grid: Grid) -> list[dict[str, str]]:
    return [dict(zip(grid.keys, row, strict=True)) for row in grid.rows]


def _day(form: Form) -> str:
    """Return the day of the event as 2026-03-18, or a fixed day where the form has none."""
    for pair in form.head:
        if pair.key == "occurredOn" and (found := re.match(r"(\d+)年(\d+)月(\d+)日", pair.lines[0])):
            year, month, day = map(int, found.groups())
            return f"{year:04}-{month:02}-{day:02}"
    return "2000-01-01"
