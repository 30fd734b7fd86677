"""A filled workbook, read back: people, what holds for the whole batch, who signs, and every record with its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jishi.case.ids import BatchId
from jishi.findings import Finding
from jishi.record_types import Field, attribute_labels, type_ids
from jishi.records import Person
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.spreadsheets import Sheet, read_workbook, refusal
from pipeline.clerk.workbook_columns import (
    FIRST_ROW,
    KEY_ROW,
    is_parted,
    person_fields,
    sheet_fields,
)
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_record import Entry, Written, WrittenRecord, WrittenValue
from pipeline.clerk.written_values import ROLE, canonical, checked

OWN = "本人"
"""Written for the person a record is about."""
PEOPLE_BETWEEN = re.compile(r"\s*[、，,；;\n]\s*")
"""What stands between several names; blanks may stand inside one."""
_BLANK = "请用 jishi blank --xlsx 重新取得工作簿，把内容粘贴过去"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What is said once of those who sign in a role."""

    names: tuple[Written, ...]
    entry: Entry
    """How they sign, and on which paper."""


@dataclass(frozen=True, slots=True)
class FilledWorkbook:
    """A batch as a workbook tells it."""

    batch: str
    people: KnownPeople
    listed: tuple[Person, ...]
    common: Mapping[str, Entry]
    """Step, or nothing for all of them → header fields that hold wherever a record leaves them out."""
    signers: Mapping[tuple[str, str], RoleRow]
    """(step, or nothing for all of them; role, or nothing for all of them) → who signs, and how."""
    records: tuple[WrittenRecord, ...]
    findings: tuple[Finding, ...]


def read_filled(path: Path) -> FilledWorkbook:
    """Return what a workbook says.

    Raises:
        RecordRejected: it is none of ours or cannot be read (X-TABLE).
    """
    sheets = {prefix: sheet for sheet in read_workbook(path) if (prefix := _prefix(sheet))}
    if missing := [
        name for key, name in (("person", "人员"), ("batch", "批次"), ("signer", "责任人")) if key not in sheets
    ]:
        raise refusal(path, f"不是本系统的工作簿：没有工作表{'、'.join(missing)}，或它们的第1行（隐藏）被改动", _BLANK)
    findings: list[Finding] = []
    rows = list(_entries(sheets["batch"], _fields_of(sheets["batch"])))
    batch = _batch(rows[0] if rows else Entry({}), findings, sheets["batch"])
    common = {one.text("step").upper(): one for one in rows}
    listed = tuple(_people(sheets["person"], batch, findings))
    signers = _signers(sheets["signer"], findings)
    records = [one for type_id in type_ids() if type_id in sheets for one in _records(sheets[type_id], type_id)]
    return FilledWorkbook(batch, KnownPeople(listed), listed, common, signers, tuple(records), tuple(findings))


def cell_finding(written: Written, label: str, error: Unclear) -> Finding:
    """Return the finding for a cell that cannot be read."""
    return Finding("X-CELL", f"{label}：{error.message}", place=written.place, remedy=error.remedy)


def _prefix(sheet: Sheet) -> str:
    """Return what a sheet holds by the hidden keys of its columns; nothing for a sheet of somebody's own."""
    keys = {text.partition("/")[0] for text in (sheet.rows[KEY_ROW] if sheet.rows else ()) if "/" in text}
    return keys.pop() if len(keys) == 1 else ""


def _fields_of(sheet: Sheet) -> tuple[Field, ...]:
    """Return the columns of a sheet as plain fields."""
    keys = [text.partition("/")[2] for text in sheet.rows[KEY_ROW] if "/" in text]
    return tuple(Field(key, key, "Line", False, False) for key in keys)


def _records(sheet: Sheet, type_id: str) -> Iterator[WrittenRecord]:
    yield from (WrittenRecord(type_id, one) for one in _entries(sheet, sheet_fields(type_id)))


# Rows to entries


@dataclass(frozen=True, slots=True)
class _Grid:
    """A sheet with its columns by path."""

    sheet: Sheet
    columns: Mapping[tuple[str, ...], int]

    def cell(self, path: tuple[str, ...], row: int) -> str:
        column = self.columns.get(path)
        return "" if column is None else self.sheet.cell(row, column).strip()

    def place(self, path: tuple[str, ...], row: int) -> str:
        column = self.columns.get(path)
        return f"工作表“{self.sheet.name}”第{row + 1}行" if column is None else self.sheet.place(row, column)


def _entries(sheet: Sheet, fields: Sequence[Field]) -> Iterator[Entry]:
    """Yield what a sheet says: a row that fills a field of its own begins an entry, rows below go on with its lists."""
    keys = sheet.rows[KEY_ROW]
    columns = {tuple(text.split("/")[1:]): place for place, text in enumerate(keys) if "/" in text}
    rows = [row for row in range(FIRST_ROW, len(sheet.rows)) if any(map(str.strip, sheet.rows[row]))]
    yield from _read_entries(_Grid(sheet, columns), fields, (), rows)


def _read_entries(grid: _Grid, fields: Sequence[Field], path: tuple[str, ...], rows: Sequence[int]) -> Iterator[Entry]:
    direct = list(_direct(fields, path))
    everything = [*direct, *_nested(fields, path)]
    starts = [at for at, row in enumerate(rows) if any(grid.cell(one, row) for one in direct)]
    first = next((at for at, row in enumerate(rows) if any(grid.cell(one, row) for one in everything)), None)
    if first is not None and (not starts or starts[0] > first):
        starts.insert(0, first)
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=False):
        yield _entry(grid, fields, path, rows[start:end])


def _entry(grid: _Grid, fields: Sequence[Field], path: tuple[str, ...], rows: Sequence[int]) -> Entry:
    values: dict[str, WrittenValue] = {}
    cells = {field.key: grid.place((*path, field.key), rows[0]) for field in fields}
    for field in fields:
        here = (*path, field.key)
        if field.kind == "list":
            if found := tuple(_read_entries(grid, field.children, here, rows)):
                values[field.key] = found
        elif is_parted(field):
            part = _entry(grid, field.children, here, rows)
            if part.values:
                values[field.key] = part
        elif text := grid.cell(here, rows[0]):
            values[field.key] = Written(text, cells[field.key])
    return Entry(values, cells, grid.place((), rows[0]))


def _direct(fields: Sequence[Field], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the columns that hold one value for each entry."""
    for field in fields:
        if field.kind != "list":
            here = (*path, field.key)
            yield from _direct(field.children, here) if is_parted(field) else [here]


def _nested(fields: Sequence[Field], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the columns of the lists among some fields."""
    for field in fields:
        here = (*path, field.key)
        if field.kind == "list":
            yield from _direct(field.children, here)
        if is_parted(field):
            yield from _nested(field.children, here)


# What is written once


def _batch(common: Entry, findings: list[Finding], sheet: Sheet) -> str:
    written = common.written("batch")
    try:
        return str(BatchId.parse(checked("BatchId", written.text)))
    except (Unclear, ValueError):
        place = written.place or sheet.place(FIRST_ROW, 0)
        words = f"批次编号：“{written.text}”不是批次编号" if written.text else "批次编号没有填"
        remedy = "如511000-2026-P003：六位区划-年-P三位序号"
        findings.append(Finding("X-CELL", words, place=place, remedy=remedy))
        return ""


def _people(sheet: Sheet, batch: str, findings: list[Finding]) -> Iterator[Person]:
    seen: dict[str, str] = {}
    for entry in _entries(sheet, person_fields()):
        values = {field.key: _value(entry, field, batch, findings) for field in person_fields()}
        for key in ("name", "id"):
            if not values[key] and not entry.text(key):
                label = attribute_labels()["person", key]
                findings.append(
                    Finding("X-CELL", f"{label}没有填", place=entry.cells[key], remedy="每人都要有姓名和编号")
                )
        if (number := values["id"]) in seen and number:
            words = f"人员编号：{number}已是{seen[number]}的编号"
            findings.append(Finding("X-CELL", words, place=entry.cells["id"], remedy="一人一个编号，一个编号只给一人"))
        seen.setdefault(number, values["name"])
        yield Person(**values)


def _value(entry: Entry, field: Field, batch: str, findings: list[Finding]) -> str:
    written = entry.written(field.key)
    text = written.text
    if field.kind == "PersonNo" and text.isdecimal():
        text = f"{batch}-{int(text):03d}"
    try:
        return checked(field.kind, text) if text else ""
    except Unclear as error:
        findings.append(cell_finding(written, field.label, error))
        return ""


def _signers(sheet: Sheet, findings: list[Finding]) -> dict[tuple[str, str], RoleRow]:
    rows: dict[tuple[str, str], RoleRow] = {}
    for entry in _entries(sheet, _fields_of(sheet)):
        names = entry.written("people")
        try:
            role = canonical(ROLE, entry.text("role"))
        except Unclear as error:
            findings.append(cell_finding(entry.written("role"), "责任角色", error))
            continue
        if names.text and not role:
            findings.append(
                Finding("X-CELL", "责任角色没有填", place=entry.cells["role"], remedy="写明他们以什么角色签名")
            )
        key = entry.text("step").upper(), role
        said = tuple(Written(name, names.place) for name in PEOPLE_BETWEEN.split(names.text) if name)
        before = rows.get(key, RoleRow((), Entry({})))
        rows[key] = RoleRow((*before.names, *said), Entry({**before.entry.values, **entry.values}, entry.cells))
    return rows
