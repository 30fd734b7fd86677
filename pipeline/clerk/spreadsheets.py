"""Excel workbooks that people send, opened within limits; every way they can be wrong is one message in Chinese."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from jishi.errors import RecordRejected, reason_of
from jishi.findings import Finding
from jishi.plain_files import open_plain
from pipeline.clerk.written_values import NOT_XML

MAX_ROWS, MAX_COLUMNS = 20_000, 1_000
_MAX_BYTES = 32 << 20
_MAX_PARTS = 2_000
_MAX_UNPACKED = 64 << 20
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How .xls and .et begin, and .xlsx with a password."""
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HEAD = 64 << 10
_SAVE_AS = "请用Excel或WPS打开，另存为.xlsx后再用"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: its rows as text, from row 1."""

    name: str
    rows: tuple[tuple[str, ...], ...]

    def cell(self, row: int, column: int) -> str:
        """Return the text of a cell, both counted from 0; empty where there is none."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    def place(self, row: int, column: int) -> str:
        """Return what people call a cell, both counted from 0."""
        return f"工作表“{self.name}”{get_column_letter(column + 1)}{row + 1}"


def read_workbook(path: Path) -> tuple[Sheet, ...]:
    """Return every sheet of an Excel workbook.

    Raises:
        RecordRejected: it cannot be read, is of an old format, damaged, or unreasonably large (X-TABLE).
    """
    data = _bytes(path)
    if data.startswith(_OLD):
        words = "是旧格式（.xls、WPS的.et）或加了密码的工作簿，不能直接读"
        raise _rejected(path, words, f"{_SAVE_AS}；有密码的先去掉密码")
    _refuse_bombs(path, data)
    try:
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            return tuple(Sheet(sheet.title, tuple(_rows(path, sheet))) for sheet in book.worksheets)
    except RecordRejected:
        raise
    except Exception as error:
        # Its reader raises whatever a stranger's file makes it stumble over.
        raise _rejected(path, "不是完好的.xlsx工作簿，打不开", _SAVE_AS) from error


def refusal(path: Path, words: str, remedy: str, place: str = "") -> RecordRejected:
    """Return the refusal of a workbook for one reason."""
    return RecordRejected([Finding("X-TABLE", words, file=path.name, place=place, remedy=remedy)])


def _rejected(path: Path, words: str, remedy: str) -> RecordRejected:
    return refusal(path, words, remedy)


def _bytes(path: Path) -> bytes:
    try:
        with open_plain(path) as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _rejected(path, f"读不出：{reason_of(error)}", "请核对文件名和权限") from error
    if len(data) > _MAX_BYTES:
        raise _rejected(path, f"超过上限{_MAX_BYTES >> 20} MiB", "请删去图片和不用的工作表")
    return data


def _refuse_bombs(path: Path, data: bytes) -> None:
    """Refuse what would unpack to too much, or brings entities; no more is ever unpacked than a zip claims."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MAX_PARTS or sum(one.file_size for one in parts) > _MAX_UNPACKED:
                raise _rejected(
                    path, f"展开后超过{_MAX_UNPACKED >> 20} MiB或{_MAX_PARTS}个部件，不是正常的工作簿", _SAVE_AS
                )
            for one in parts:
                with archive.open(one) as stream:
                    if _DOCTYPE.search(stream.read(_HEAD)):
                        raise _rejected(path, "含有DOCTYPE或实体声明，一律不收", _SAVE_AS)
    except RecordRejected:
        raise
    except Exception as error:
        raise _rejected(path, "不是.xlsx工作簿，或已损坏", _SAVE_AS) from error


def _rows(path: Path, sheet: Any) -> Iterator[tuple[str, ...]]:
    # What a file claims of its own extent is not believed: a million empty columns cost nothing to claim.
    sheet.reset_dimensions()
    for count, row in enumerate(sheet.iter_rows()):
        cells = tuple(map(_text, row[: MAX_COLUMNS + 1]))
        if count >= MAX_ROWS or len(row) > MAX_COLUMNS:
            words = f"工作表“{sheet.title}”超过{MAX_ROWS}行或{MAX_COLUMNS}列"
            raise _rejected(path, words, "请只留要用的行和列；空行空列里有格式的，删去后另存")
        yield cells


def _text(cell: Any) -> str:
    """Return what a cell says as a person would write it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float) and "%" in cell.number_format:
        return f"{round(value * 100, 6):g}%"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return NOT_XML.sub("", str(value)).strip()
