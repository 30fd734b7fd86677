"""档号: parse, print, order. Pure; the counter stands in the register.

Structure by DA/T 13-2022: 全宗号-类别号·年度·保管期限-案卷号-件号. Which 类别号 and periods there are say the kinds of
volume. Punctuation is a setting; what a reader types is normalised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from jishi.errors import NotFound
from jishi.setting_rules import FONDS, typed
from jishi.setting_rules import NUMBER_GAP as _GAP
from jishi.settings import NumberSettings
from jishi.volume_kinds import CLASS_MARK, retention_periods, volume_kinds

_TO = r"\s*[-‐‑–—―~至到]\s*"


@dataclass(frozen=True, slots=True, order=True)
class ArchiveNumber:
    """The number of a volume, or of one item in it."""

    fonds: str
    class_code: str
    """类别号, whose last part is the kind of volume."""
    year: int
    retention: str
    ordinal: int
    """案卷号."""
    item: int = 0
    """件号; 0 for the volume itself."""

    def printed(self, marks: NumberSettings | None = None) -> str:
        """Return the number as printed, e.g. J012-WS·XR·GR·2026·Y-0007-003."""
        marks = marks or NumberSettings()
        inner = marks.part_separator.join((self.printed_class(marks), str(self.year), self.retention))
        ranks = [self.fonds, inner, f"{self.ordinal:04d}"]
        if self.item:
            ranks.append(f"{self.item:03d}")
        return marks.rank_separator.join(ranks)

    def printed_class(self, marks: NumberSettings) -> str:
        """Return the 类别号 as printed."""
        return self.class_code.replace(CLASS_MARK, marks.part_separator)

    def __str__(self) -> str:
        return self.printed()

    @property
    def kind(self) -> str:
        """Code of the kind of volume."""
        return self.class_code.rpartition(CLASS_MARK)[2]

    @property
    def file_name(self) -> str:
        """Return the number as a name every file system takes."""
        return str(self).replace(CLASS_MARK, ".")

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
    found = _match(text)
    if not found:
        raise NotFound(f"“{text}”不是档号；正确的样子如 {_example()}，页码写作 …-0007#12-14")
    part = found.groupdict()
    class_code = _classes(_class_codes())[re.sub(_GAP, "", part["class"])]
    number = ArchiveNumber(
        part["fonds"], class_code, int(part["year"]), part["retention"], int(part["ordinal"]), int(part["item"] or 0)
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
    return _match(text) is not None


def _match(text: str) -> re.Match[str] | None:
    return _shape(_class_codes(), tuple(retention_periods())).match(typed(text).strip())


def _class_codes() -> tuple[str, ...]:
    """Return every 类别号 there is, asked anew each time: kinds may come with a locality's own."""
    return tuple(kind.class_code for kind in volume_kinds().values())


@cache
def _classes(codes: tuple[str, ...]) -> dict[str, str]:
    return {code.replace(CLASS_MARK, ""): code for code in codes}


@cache
def _shape(codes: tuple[str, ...], periods: tuple[str, ...]) -> re.Pattern[str]:
    """Return how a number is typed whose 类别号 is one of some; anything may stand between its parts."""
    classes = "|".join(f"{_GAP}*".join(code.split(CLASS_MARK)) for code in codes)
    return re.compile(
        rf"(?P<fonds>{FONDS}){_GAP}*(?P<class>{classes}){_GAP}*(?P<year>20\d{{2}})"
        rf"{_GAP}*(?P<retention>{'|'.join(periods)}){_GAP}+(?P<ordinal>\d{{1,4}})(?:{_GAP}+(?P<item>\d{{1,4}}))?"
        rf"(?:{_GAP}*#\s*(?P<first>\d+)(?:{_TO}(?P<last>\d+))?)?{_GAP}*$"
    )


def _example() -> str:
    kind = next(iter(volume_kinds().values()))
    return str(ArchiveNumber("J012", kind.class_code, 2026, kind.retention, 7, 3))
