"""The sheet of a volume: everything its paper shows, and the same as values for the template that prints it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from archive.volume.parts import Values
from archive.volume.scans import Scan
from jishi.procedure import procedure
from jishi.volume_kinds import retention_periods
from press.forms import PAGES, cited
from press.text_width import title_lines

_PRINTED = (
    "number", "title", "fonds", "fonds_name", "year", "class_name", "class_code", "sequence", "secrecy", "from_date",
    "to_date", "filer", "acceptor", "rules", "label",
)  # fmt: skip
_LISTED = ("number", "doc_no", "responsible", "title", "date", "remarks")
"""What 卷内文件目录 says of an item."""


@dataclass(frozen=True, slots=True)
class BoundItem:
    """One item (件) of a volume."""

    number: int
    """件号."""
    code: str
    """档号 of the item, as printed on its pages."""
    form: Mapping[str, Any]
    """Form.as_values() of its record."""
    title: str
    responsible: str
    doc_no: str
    date: str
    """Eight digits."""
    secrecy: str
    remarks: str = ""
    scans: tuple[Scan, ...] = ()
    xml: tuple[tuple[str, bytes], ...] = ()
    """Name and bytes of the records to embed."""


@dataclass(frozen=True, slots=True)
class VolumeSheet:
    """Everything a volume's paper shows."""

    number: str
    """档号 of the volume, as printed."""
    title: str
    """案卷题名."""
    fonds: str
    fonds_name: str
    year: str
    retention: str
    """Code of the 保管期限."""
    class_name: str
    """类目名称, printed on the cover."""
    class_code: str
    """类别号, as printed."""
    sequence: str
    """案卷号."""
    secrecy: str
    from_date: str
    """Eight digits, like to_date."""
    to_date: str
    filer: str
    acceptor: str
    filed_on: dt.date
    remarks: tuple[str, ...] = ()
    """Paragraphs for the 备考表; what the binder has to add follows them."""
    rules: str = ""
    """The line that names profile and rule versions."""
    matter: str = ""
    """机构或问题, in the stamp."""
    stamp: str = "归档章"
    label: str = ""
    """A line for the cover, such as the names of all people in the volume."""
    elsewhere: str = ""
    """Where a cited record is that is not in the volume."""
    items: tuple[BoundItem, ...] = ()
    metadata: bytes = b""
    """The volume's metadata XML."""


def printed_values(sheet: VolumeSheet, warnings: Iterable[str], alphabet: Values) -> dict[str, Any]:
    """Return what the template prints of a volume; under `told` what it must say of the whole.

    Args:
        sheet: the volume.
        warnings: what the binder has to add to the 备考表.
        alphabet: what the specimen of letters is set from.
    """
    return {
        **{key: getattr(sheet, key) for key in _PRINTED},
        "title_lines": title_lines(sheet.title),
        "filed_on": f"{sheet.filed_on.year}年{sheet.filed_on.month}月{sheet.filed_on.day}日",
        "retention_name": retention_periods()[sheet.retention].full,
        "remarks": [_remark(line) for line in (*sheet.remarks, *warnings)],
        "count": len(sheet.items),
        "items": [{"form": _with_citations(item.form, sheet)} for item in sheet.items],
        "told": {
            "entries": [{key: getattr(item, key) for key in _LISTED} for item in sheet.items],
            "alphabet": alphabet,
        },
    }


def _remark(line: str) -> str:
    """Return a line of 备考表 as a sentence, every step with its name behind its code."""
    sentence = _steps().sub(_code_and_name, line.strip())
    return sentence if sentence.endswith(("。", "！", "？")) else f"{sentence}。"


@cache
def _steps() -> re.Pattern[str]:
    """Return what a step's code looks like where it stands by itself."""
    codes = "|".join(map(re.escape, procedure().steps))
    return re.compile(rf"(?<![\w/-])(?:{codes})(?![\w/-])", re.ASCII)


def _code_and_name(code: re.Match[str]) -> str:
    step = procedure().steps.get(code[0])
    if step is None or code.string[code.end() :].lstrip().startswith(step.name):
        return code[0]
    return f"{code[0]} {step.name}"


def _with_citations(form: Mapping[str, Any], sheet: VolumeSheet) -> dict[str, Any]:
    """Return a form whose citations name items by index, for the template to print their pages."""
    places = {item.form["record_id"]: f"@{index}" for index, item in enumerate(sheet.items)}
    body = [_cited(block, places, sheet.elsewhere) if _cites(block) else block for block in form["body"]]
    return {**form, "body": body}


def _cites(block: Mapping[str, Any]) -> bool:
    """Tell whether a block is a table with a page column that names records; a list may have pages of its own."""
    if PAGES not in block.get("keys", ()):
        return False
    column = block["keys"].index(PAGES)
    return any(row[column].startswith("@") for row in block["rows"])


def _cited(grid: Mapping[str, Any], places: Mapping[str, str], elsewhere: str) -> dict[str, Any]:
    column = grid["keys"].index(PAGES)
    rows = [(*row[:column], cited(row[column], places, elsewhere), *row[column + 1 :]) for row in grid["rows"]]
    return {**grid, "rows": rows, "cited": column}
