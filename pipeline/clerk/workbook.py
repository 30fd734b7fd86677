"""The workbook of a batch: 人员, 批次 and 责任人 written once, then one sheet per record type, in Excel."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from jishi.procedure import procedure
from jishi.record_types import Field, record_type, role_labels, shared_choices, type_attributes
from jishi.records import Person
from jishi.steps import Deed, Step
from pipeline.clerk.workbook_columns import (
    BATCH_SHEET,
    BOOK,
    FIRST_ROW,
    GROUP_ROW,
    KEY_ROW,
    LABEL_ROW,
    NOTE_ROW,
    PEOPLE,
    PEOPLE_SHEET,
    SIGNERS_SHEET,
    SheetColumn,
    columns_of,
    common_fields,
    person_fields,
)
from pipeline.clerk.written_values import note_of

_CHOICES_SHEET = "可选值"
_LAST_ROW = 500
"""So far down cells offer their lists."""
_MADE = dt.datetime(2026, 1, 1)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
"""Where a workbook says when it was saved, which its writer always fills with the present."""
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)
_HEAD = PatternFill("solid", fgColor="DDE5EE")
_MUST = PatternFill("solid", fgColor="F6E3C5")
_LINE = Border(*(Side("thin", "AAAAAA"),) * 4)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_ONE_PERSON, _SEVERAL = ("PersonRef", "PersonKey"), ("SomePeople", "PersonList")
_PAPER = "写是哪一种附件，与“凭证附件”的种类相同"
_ALSO = {
    "PersonList": "姓名，几个人用“、”分开", "SomePeople": "姓名，几个人用“、”分开", "PersonRef": "姓名，从列表选",
    "PersonKey": "姓名，从列表选", "LineList": "一条一行（Alt+Enter换行）", "AnyLines": "一条一行（Alt+Enter换行）",
    "FileRef": _PAPER, "FileList": f"{_PAPER}，几种用“、”分开", "AttachmentKey": _PAPER,
    "Line": "", "Text": "可以分段", "Title": "12至60字", "Count": "只写数字", "PositiveCount": "只写数字",
    "FormKinds": "几项用“、”分开",
    "Knowers": "角色或姓名，用“、”分开；不写的照“批次”表", "enums": "几项用“、”分开",
    "StepList": "步骤代码，几个用“、”分开",
}  # fmt: skip
"""Kind → what is written in a cell of it, where that is not what the record holds."""
_BY_ITSELF = {
    "occurrence": "不写则依次编号", "title": "不写则为“某某同志＋表名”", "recordedOn": "不写则为生成记录的时间",
    "formKind": "不写则照“批次”表、操作流程表", BOOK: "不写则照“批次”表", "original": "不写为“是”",
    "file": "不写则为“记录编号_序号种类.pdf”", "kind": "都不写的，照操作流程表应附的凭证",
    PEOPLE: "只写别处没有写到的人，如参考人选", "role": "不写则照操作流程表应签的人",
    "signedOn": "签名以后填；角色空着的，对所有签名人",
    "signKind": "不写则照“责任人”表", "signRef": "不写则照“责任人”表", "ref": "不写则照“责任人”表",
}  # fmt: skip
"""Key of a header field, signature or paper → what stands in for it when it is left out."""


def blank_workbook(type_ids: Sequence[str], people: Iterable[Person] = (), batch: str = "") -> bytes:
    """Return a workbook to fill in; the same arguments give the same bytes.

    Args:
        type_ids: the record types wanted, each once.
        people: whom 人员 lists already.
        batch: 批次编号, where it is known.

    Raises:
        NotFound: there is no such record type.
    """
    kinds = [record_type(type_id) for type_id in type_ids]
    book = Workbook()
    book.remove(book.active)
    choices = _Choices(book)
    _people_sheet(book, people)
    _batch_sheet(book, batch, choices)
    _signers_sheet(book, [procedure().all_types[kind.id] for kind in kinds], choices)
    for kind in kinds:
        _record_sheet(book, kind.id, choices)
    choices.hide()
    return _bytes(book)


class _Choices:
    """The hidden sheet in which the lists of allowed values stand, each once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._places: dict[tuple[str, ...], str] = {}

    def of(self, values: Sequence[str]) -> str:
        """Return the formula of a list."""
        key = tuple(values)
        if key not in self._places:
            if _CHOICES_SHEET not in self._book.sheetnames:
                self._book.create_sheet(_CHOICES_SHEET)
            sheet, column = self._book[_CHOICES_SHEET], len(self._places) + 1
            for row, value in enumerate(values, start=1):
                sheet.cell(row, column, value)
            letter = get_column_letter(column)
            self._places[key] = f"'{_CHOICES_SHEET}'!${letter}$1:${letter}${len(values)}"
        return self._places[key]

    def hide(self) -> None:
        """Put the sheet last, unseen."""
        if _CHOICES_SHEET in self._book.sheetnames:
            sheet = self._book[_CHOICES_SHEET]
            self._book.move_sheet(sheet, len(self._book.sheetnames))
            sheet.sheet_state = "hidden"


def _people_sheet(book: Workbook, people: Iterable[Person]) -> None:
    notes = {"name": "各表只写姓名；有同名的，写成姓名（单位）", "id": "本单位长期不变的干部编号",
             "no": "本批人选才有；只写末三位也可"}  # fmt: skip
    columns = [(f"person/{one.key}", "每人一行，写一次", one.label, notes.get(one.key, "")) for one in person_fields()]
    sheet = _sheet(book, PEOPLE_SHEET, columns, {"person/name", "person/id"})
    for row, person in enumerate(people, start=FIRST_ROW + 1):
        for column, one in enumerate(person_fields(), start=1):
            _cell(sheet, row, column, getattr(person, one.key))


def _batch_sheet(book: Workbook, batch: str, choices: _Choices) -> None:
    example = procedure().that(Deed.DECIDES)
    columns = [("batch/batch", "整批一次", "批次编号", "如511000-2026-P003；只写在第一行"),
               ("batch/step", "各表不写的照此", "步骤", f"空着的，对所有步骤；写{example}之类的，只对它")]  # fmt: skip
    columns += [(f"batch/{one.key}", "各表不写的照此", one.label, _note(one)) for one in common_fields()]
    sheet = _sheet(book, BATCH_SHEET, columns, {"batch/batch"})
    _cell(sheet, FIRST_ROW + 1, 1, batch)
    for place, one in enumerate(common_fields(), start=3):
        _offer(sheet, place, one, choices)


def _signers_sheet(book: Workbook, steps: Sequence[Step], choices: _Choices) -> None:
    """List every role that must sign, so that its people are named once."""
    note = "姓名，几个人用“、”分开；写“本人”的，是记录所记的那个人"
    fields = {one.key: one for one in type_attributes("Responsible")}
    rows = (
        ("step", "步骤", "空着的，对所有步骤"),
        ("role", "责任角色", "从列表选；空着的，对所有角色"), ("people", "姓名", note),
        ("signKind", fields["signKind"].label, "记录里写了签名日期、没写方式的照此"),
        ("signRef", fields["signRef"].label, "签名在哪种附件上；记录里没写的照此"),
    )  # fmt: skip
    columns = [(f"signer/{key}", "必须签名的人", label, said) for key, label, said in rows]
    sheet = _sheet(book, SIGNERS_SHEET, columns, {"signer/role", "signer/people"})
    roles = dict.fromkeys(signer.role for step in steps for signer in step.signers)
    for row, role in enumerate(roles, start=FIRST_ROW + 1):
        _cell(sheet, row, 2, role_labels()[role])
    _validate(sheet, 2, choices.of(tuple(role_labels().values())), strict=True)
    _offer(sheet, 4, fields["signKind"], choices)


def _record_sheet(book: Workbook, type_id: str, choices: _Choices) -> None:
    columns = columns_of(type_id)
    step = procedure().all_types[type_id]
    rows = [
        (f"{type_id}/{'/'.join(one.path)}", _group(one, step), one.field.label, _column_note(one)) for one in columns
    ]
    must = {row[0] for row, one in zip(rows, columns, strict=True) if one.needed}
    sheet = _sheet(book, sheet_name(step), rows, must)
    for place, one in enumerate(columns, start=1):
        _offer(sheet, place, one.field, choices)


def sheet_name(step: Step) -> str:
    """Return what the sheet of a step is called."""
    plain = "".join("－" if letter in "[]:*?/\\" else letter for letter in step.name)
    return f"{step.id} {plain}"[:31]


def _group(column: SheetColumn, step: Step) -> str:
    if column.group:
        return column.group
    return f"{step.id} {step.name}" if len(column.path) == 1 else "本步骤的内容"


def _column_note(column: SheetColumn) -> str:
    by_itself = _BY_ITSELF.get(column.path[-1], "") if column.path[0] != "content" and not column.needed else ""
    return "；".join(filter(None, [_note(column.field), by_itself]))


def _note(field: Field) -> str:
    return _ALSO[field.kind] if field.kind in _ALSO else note_of(field)


def _sheet(book: Workbook, title: str, columns: Sequence[tuple[str, str, str, str]], must: set[str]) -> Any:
    """Make a sheet with its headings: the key of each column hidden, its group, label and note."""
    sheet = book.create_sheet(title)
    for place, (key, group, label, note) in enumerate(columns, start=1):
        sheet.cell(KEY_ROW + 1, place, key)
        before = columns[place - 2][1] if place > 1 else ""
        for row, text in ((GROUP_ROW, group if group != before else ""), (LABEL_ROW, label), (NOTE_ROW, note)):
            cell = sheet.cell(row + 1, place, text)
            cell.alignment, cell.border, cell.fill = (
                _WRAPPED,
                _LINE,
                _MUST if key in must and row == LABEL_ROW else _HEAD,
            )
            cell.font = Font(bold=row != NOTE_ROW, size=9 if row == NOTE_ROW else 11)
        sheet.column_dimensions[get_column_letter(place)].width = 26 if len(note) > 24 else 15
    sheet.row_dimensions[KEY_ROW + 1].hidden = True
    sheet.row_dimensions[NOTE_ROW + 1].height = 62
    sheet.freeze_panes = sheet.cell(FIRST_ROW + 1, 2)
    return sheet


def _offer(sheet: Any, place: int, field: Field, choices: _Choices) -> None:
    """Let the cells of a column offer what may stand in them."""
    if field.kind in ("boolean", "Absence"):
        _validate(sheet, place, choices.of(("是", "否") if field.kind == "boolean" else ("无", "有")), strict=True)
    elif field.kind in _ONE_PERSON or field.kind in _SEVERAL:
        people = f"'{PEOPLE_SHEET}'!$A${FIRST_ROW + 1}:$A${_LAST_ROW}"
        _validate(sheet, place, people, strict=False)
    elif field.kind == "Role":
        _validate(sheet, place, choices.of(tuple(role_labels().values())), strict=True)
    elif values := field.choices or shared_choices(field.kind):
        _validate(sheet, place, choices.of(values), strict=field.kind != "enums")
    else:
        _keep_text(sheet, place)


def _validate(sheet: Any, place: int, formula: str, *, strict: bool) -> None:
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=strict)
    rule.error, rule.errorTitle = "请从列表中选", "不是可用的值"
    letter = get_column_letter(place)
    rule.add(f"{letter}{FIRST_ROW + 1}:{letter}{_LAST_ROW}")
    sheet.add_data_validation(rule)


def _keep_text(sheet: Any, place: int) -> None:
    """Let a column keep what is typed, so that 001 stays 001 and no date is turned round."""
    sheet.column_dimensions[get_column_letter(place)].number_format = "@"


def _cell(sheet: Any, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column, text or None)
    cell.number_format = "@"
    # A text that begins with = is a text here, never a formula.
    cell.data_type = "s" if text else "n"


def _bytes(book: Workbook) -> bytes:
    """Return a workbook as a file without the time it was made."""
    book.properties.created = _MADE
    raw, still = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(still, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.infolist():
            data = _MODIFIED.sub(rb"\g<1>2026-01-01T00:00:00Z", source.read(one))
            target.writestr(zipfile.ZipInfo(one.filename, _ZIP_TIME), data, zipfile.ZIP_DEFLATED)
    return still.getvalue()
