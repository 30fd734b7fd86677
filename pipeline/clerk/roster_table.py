"""A 干部名册 in Excel, its columns known by what units call them, and compared with the 任免表 of the same people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jishi.names import folded_name, joined
from pipeline.clerk.forms_folder import FoundForm, FoundForms
from pipeline.clerk.lrmx_elements import LrmxElement, lrmx_elements, only_element
from pipeline.clerk.spreadsheets import Sheet, read_workbook, refusal
from pipeline.clerk.written_days import Unclear, written_day

_LOOKED = 20
"""So many rows are looked through for the one with the names of the columns."""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person of a 名册."""

    name: str
    values: dict[str, str]
    """Element of a 任免表 → what the 名册 says."""
    places: dict[str, str]
    """Element → the cell."""


@dataclass(frozen=True, slots=True)
class RosterTable:
    """A 名册 as it was read."""

    path: Path
    rows: tuple[RosterRow, ...]
    ignored: tuple[str, ...]
    """Columns that correspond to nothing of a 任免表."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that 名册 and 任免表 say differently of one person."""

    name: str
    label: str
    in_roster: str
    in_form: str
    place: str
    """The cell of the 名册."""
    file: str
    """The 任免表."""


def read_roster(path: Path) -> RosterTable:
    """Return the people of a 名册: the first sheet with a row that names a column 姓名 and another one.

    Raises:
        RecordRejected: no sheet has such a row (X-TABLE), or the file cannot be read.
    """
    for sheet in read_workbook(path):
        for at in range(min(_LOOKED, len(sheet.rows))):
            columns = {place: found for place, text in enumerate(sheet.rows[at]) if (found := _column(text))}
            names = {one.name for one in columns.values()}
            if len(names) > 1 and only_element("name").name in names:
                ignored = (text for place, text in enumerate(sheet.rows[at]) if text and place not in columns)
                return RosterTable(path, tuple(_rows(sheet, at + 1, columns)), tuple(ignored))
    known = "、".join(one.columns[0] for one in lrmx_elements() if one.columns)
    words = f"前{_LOOKED}行里没有写着“姓名”和另一栏目的表头"
    raise refusal(path, words, f"表头请用：{known}")


def differences(table: RosterTable, forms: FoundForms) -> Iterator[Difference]:
    """Yield everything that 名册 and 任免表 say differently, person by person; what one of them leaves out, too."""
    for row in table.rows:
        for found in forms.of(row.name):
            yield from _differences(row, found)


def without_form(table: RosterTable, forms: FoundForms) -> list[str]:
    """Return the people of a 名册 who have no 任免表."""
    return [row.name for row in table.rows if not forms.of(row.name)]


def not_listed(table: RosterTable, forms: FoundForms) -> list[str]:
    """Return the people of whom there is a 任免表 but no row in the 名册."""
    listed = {folded_name(row.name) for row in table.rows}
    return [one.form.name for one in forms.forms if folded_name(one.form.name) not in listed]


def _differences(row: RosterRow, found: FoundForm) -> Iterator[Difference]:
    for element in lrmx_elements():
        said = row.values.get(element.name)
        if said is None:
            continue
        form = found.form.value(element.name)
        if not _same(element.kind, said, form):
            yield Difference(row.name, element.label, said, form, row.places[element.name], found.path.name)


def _same(kind: str, one: str, other: str) -> bool:
    if kind == "name":
        return folded_name(one) == folded_name(other)
    return _plain(kind, one) == _plain(kind, other)


def _plain(kind: str, text: str) -> str:
    """Return a text so that blanks, width and the way a day is written make no difference; days count by the month."""
    parts = re.split(r"[；;]", text) if kind == "date" else [text]
    return "；".join(_month(part) if kind == "date" else _folded(part) for part in parts)


def _month(text: str) -> str:
    try:
        return written_day(text).month_figures
    except Unclear:
        return _folded(text)


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", joined(unicodedata.normalize("NFKC", text)))


def _rows(sheet: Sheet, first: int, columns: dict[int, LrmxElement]) -> Iterator[RosterRow]:
    for at in range(first, len(sheet.rows)):
        values = {one.name: sheet.cell(at, place) for place, one in reversed(columns.items())}
        name = values[only_element("name").name]
        if name:
            places = {one.name: sheet.place(at, place) for place, one in reversed(columns.items())}
            yield RosterRow(name, values, places)


def _column(heading: str) -> LrmxElement | None:
    return _by_heading().get(_heading(heading))


@cache
def _by_heading() -> dict[str, LrmxElement]:
    return {_heading(text): one for one in lrmx_elements() for text in one.columns}


def _heading(text: str) -> str:
    """Return a heading without blanks, line ends and what stands in brackets: “出生年月（岁）” is 出生年月."""
    plain = re.sub(r"[（(].*?[）)]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", "", plain)
