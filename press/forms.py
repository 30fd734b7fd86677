"""The form of a record: what its paper shows, as labels and values, before any typography.

Both the Word form and the archive form are printed from this one value, so they cannot tell different things.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

STANDARD = "standard"
PAGES = "pages"
"""Key of the column that tells where in the volume a row's records stand."""
_TOKEN = re.compile(r"@([0-9A-Z/-]+)")
"""A place for the page of a record, resolved where the volume is known."""
MADE_TITLES = {
    "report": "领导干部选拔任用工作全程纪实报告表",
    "roster": "干部调整人员名册",
    "check": "验收报告",
    "notebook": "专用笔记本登记与摘录",
}
"""Documents made at filing, as kinds of volume name them → their titles."""
SIGNATURE_HEADS = ("角色", "姓名", "签名日期", "签名方式", "签名凭证")
TOGETHER = 18
"""Signatures of so many lines at most stay together on one page, in Word and PDF alike."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value; a value of several paragraphs has several lines."""

    key: str
    label: str
    lines: tuple[str, ...]
    long: bool
    """True for prose, which wants the whole width."""
    kind: str = "pair"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: one labelled column per field, one row per entry."""

    key: str
    label: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "grid"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """Who signed, as what, when and how."""

    role: str
    name: str
    signed_on: str
    how: str
    paper: str
    """Name of the attachment the signature stands on."""


@dataclass(frozen=True, slots=True)
class Form:
    """Everything one paper shows."""

    template: str
    """Folder of templates/ it is printed with."""
    title: str
    subtitle: str
    """The record's own 题名."""
    record_id: str
    secrecy: str
    extract: str
    """Empty for an original; else the note that this is an extract or a copy, and of what."""
    head: tuple[Pair, ...]
    body: tuple[Pair | Grid, ...]
    foot: tuple[Pair, ...]
    signatures: tuple[SignatureLine, ...]
    attachments: Grid

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield every label with every value line it shows, table cells with their column's label."""
        for block in (*self.head, *self.body, *self.foot, self.attachments):
            if isinstance(block, Pair):
                yield from ((block.label, line) for line in block.lines)
            else:
                yield from ((label, cell) for row in block.rows for label, cell in zip(block.columns, row, strict=True))
        for line in self.signatures:
            yield from (("角色", line.role), ("姓名", line.name), ("签名日期", line.signed_on), ("签名方式", line.how))

    def with_pages(self, pages: Mapping[str, str], elsewhere: str) -> Form:
        """Return the form with every "@记录编号" of its page columns replaced by the page it stands on.

        Args:
            pages: 记录编号 → 卷页号.
            elsewhere: the words for a record that stands in another volume.
        """
        return replace(self, body=tuple(_paged(part, pages, elsewhere) for part in self.body))

    def as_values(self) -> dict[str, Any]:
        """Return the form as plain values for a template."""
        return {
            **_fields(self),
            "head": list(map(_fields, self.head)),
            "body": list(map(_fields, self.body)),
            "foot": list(map(_fields, self.foot)),
            "signatures": list(map(_fields, self.signatures)),
            "attachments": _fields(self.attachments),
        }


def _fields(part: Form | Pair | Grid | SignatureLine) -> dict[str, Any]:
    """Return a value's fields by name; unlike asdict it copies nothing that cannot change."""
    return {name: getattr(part, name) for name in part.__slots__}


def _paged(part: Pair | Grid, pages: Mapping[str, str], elsewhere: str) -> Pair | Grid:
    if isinstance(part, Pair) or PAGES not in part.keys:
        return part
    at = part.keys.index(PAGES)
    return replace(part, rows=tuple((*row[:at], cited(row[at], pages, elsewhere), *row[at + 1 :]) for row in part.rows))


def cited(cell: str, pages: Mapping[str, str], elsewhere: str) -> str:
    """Return a cell of a page column with every "@记录编号" replaced by its page; nothing is said twice.

    Args:
        cell: one or more citations with 、 between them, perhaps with 等 behind them; else it stays as it is.
        pages: 记录编号 → what to write.
        elsewhere: the words for a record that is not among them.
    """
    if not cell.startswith("@"):
        return cell
    listed, more, rest = cell.partition("等")
    found = dict.fromkeys(_TOKEN.sub(lambda m: pages.get(m[1], elsewhere), part) for part in listed.split("、"))
    return elsewhere if list(found) == [elsewhere] else "、".join(found) + more + rest


def chinese_date(text: str) -> str:
    """Return 2026-03-18 as 2026年3月18日; anything else as it is."""
    year, _, rest = text.strip()[:10].partition("-")
    month, _, day = rest.partition("-")
    if not (year.isdigit() and month.isdigit() and day.isdigit()):
        return text
    return f"{int(year)}年{int(month)}月{int(day)}日"
