"""档号: parse, print, order. Pure; the counter stands in the register.

Structure by DA/T 13-2022: 全宗号-类别号-案卷号-件号, with
类别号 = WS·XR·<卷种>·<年度>·<期限>. Punctuation is a setting; what a reader types is normalised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from jishi.errors import NotFound
from jishi.setting_rules import FONDS, typed
from jishi.setting_rules import NUMBER_GAP as _GAP
from jishi.settings import NumberSettings

KINDS = {"GR": "个人卷", "ZH": "综合卷", "PJ": "票据附卷", "ZJ": "政绩档案", "JD": "监督信息档案"}
_TO = r"\s*[-‐‑–—―~至到]\s*"
_SHAPE = re.compile(
    rf"(?P<fonds>{FONDS}){_GAP}*WS{_GAP}*XR{_GAP}*(?P<kind>GR|ZH|PJ|ZJ|JD){_GAP}*(?P<year>20\d{{2}})"
    rf"{_GAP}*(?P<retention>Y|D30|D10){_GAP}+(?P<ordinal>\d{{1,4}})(?:{_GAP}+(?P<item>\d{{1,4}}))?"
    rf"(?:{_GAP}*#\s*(?P<first>\d+)(?:{_TO}(?P<last>\d+))?)?{_GAP}*$"
)


@dataclass(frozen=True, slots=True, order=True)
class ArchiveNumber:
    """The number of a volume, or of one item in it."""

    fonds: str
    kind: str
    year: int
    retention: str
    ordinal: int
    """案卷号."""
    item: int = 0
    """件号; 0 for the volume itself."""

    def printed(self, marks: NumberSettings | None = None) -> str:
        """Return the number as printed, e.g. J012-WS·XR·GR·2026·Y-0007-003."""
        marks = marks or NumberSettings()
        inner = marks.part_separator.join(("WS", "XR", self.kind, str(self.year), self.retention))
        parts = [self.fonds, inner, f"{self.ordinal:04d}"]
        if self.item:
            parts.append(f"{self.item:03d}")
        return marks.rank_separator.join(parts)

    def __str__(self) -> str:
        return self.printed()

    @property
    def file_name(self) -> str:
        """Return the number as a name every file system takes."""
        return str(self).replace("·", ".")

    @property
    def volume(self) -> ArchiveNumber:
        """Return the number of the volume this item stands in."""
        return replace(self, item=0)

    def with_item(self, item: int) -> ArchiveNumber:
        """Return the number of an item of this volume."""
        return replace(self, item=item)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reader asked for: a volume, an item, or pages."""

    number: ArchiveNumber
    first_page: int = 0
    last_page: int = 0


def parse(text: str) -> Reference:
    """Read a number as a person types it: any punctuation, full or half width, upper or lower case.

    Args:
        text: e.g. "j012-ws.xr.gr.2026.y-7-3", "Ｊ０１２－ＷＳ・ＸＲ…-0007", or with pages "…-0007#12-14".

    Raises:
        NotFound: the text is no archive number; the message shows the right shape.
    """
    plain = typed(text).strip()
    found = _SHAPE.match(plain)
    if not found:
        raise NotFound(f"“{text}”不是档号；正确的样子如 J012-WS·XR·GR·2026·Y-0007-003，页码写作 …-0007#12-14")
    part = found.groupdict()
    number = ArchiveNumber(
        part["fonds"], part["kind"], int(part["year"]), part["retention"], int(part["ordinal"]), int(part["item"] or 0)
    )
    if part["first"] is None:
        return Reference(number)
    first = int(part["first"])
    last = int(part["last"] or first)
    if not 1 <= first <= last:
        raise NotFound(f"没有第{first}—{last}页；卷页号从1起，起页不大于止页，如 #12-14")
    return Reference(number, first, last)


def looks_like_number(text: str) -> bool:
    """Tell whether a search word is an archive number."""
    return bool(_SHAPE.match(typed(text).strip()))
