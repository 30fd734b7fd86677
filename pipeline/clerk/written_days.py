"""Days and times as people write them, read in one place: 2026年3月5日, 2026.3.5, 20260305, 202603, 二〇二六年三月."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

_FIGURES = {figure: str(value % 10) for value, figure in enumerate("〇一二三四五六七八九")} | {"○": "0", "零": "0"}
_CHINESE_YEAR = re.compile(r"[〇○零一二三四五六七八九]{4}年")
_TENS = re.compile(r"([一二三])?十([一二三四五六七八九])?")
_BETWEEN = r"\s*[年.,/\-、\\]\s*"
_DAY = re.compile(rf"(\d{{4}}){_BETWEEN}(\d{{1,2}})(?:\s*[月.,/\-、\\]\s*(\d{{1,2}})?)?\s*[日号]?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_SHORT_YEAR = re.compile(r"\d{2}[年./\-].*|\d{1,2}/\d{1,2}/\d{4}")
_TIME = re.compile(
    r"\s*T?\s*(上午|下午|中午|晚上|晚)?\s*(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*(?::\s*(\d{1,2})(?:\.\d+)?)?\s*[分]?)?"
)
_ZONE = re.compile(r"(?<=\d)\s*(?:Z|[+\-]\d{2}:\d{2})$")
_HOW = "写成2026年3月5日、2026.3.5、2026-03-05或20260305"
_HOW_TIME = "写成2026年3月5日 17:20"
_FIRST, _LAST = 1900, 2999


class Unclear(ValueError):
    """What somebody wrote can be read in no way, or in more than one; the message is Chinese."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day, or a month where no day was written."""

    year: int
    month: int
    day: int = 0
    """0 where only the month is known."""

    @property
    def iso(self) -> str:
        """The day as records have it; of a month its first."""
        return f"{self.year:04d}-{self.month:02d}-{self.day or 1:02d}"

    @property
    def month_figures(self) -> str:
        """The month as the 任免表 has it: yyyyMM."""
        return f"{self.year:04d}{self.month:02d}"


def written_day(text: str) -> WrittenDay:
    """Return the day or month a text names.

    Args:
        text: as written; width, blanks and a midnight that a program added make no difference.

    Raises:
        Unclear: it names none, or none there is.
    """
    plain = re.sub(r"[T\s]+0{1,2}:00(:00(\.0+)?)?$", "", _plain(text))
    found = _DAY.fullmatch(plain) or _SOLID.fullmatch(plain)
    if not found:
        raise Unclear(f"“{text.strip()}”不是日期" + ("，年份要写四位" if _SHORT_YEAR.fullmatch(plain) else ""), _HOW)
    year, month, day = (int(part or 0) for part in found.groups())
    if not _FIRST <= year <= _LAST:
        raise Unclear(f"“{text.strip()}”的年份不在{_FIRST}至{_LAST}年之间", _HOW)
    try:
        dt.date(year, month, day if found[3] else 1)
    except ValueError:
        raise Unclear(f"“{text.strip()}”是日历上没有的日子", "请核对年、月、日") from None
    return WrittenDay(year, month, day)


def written_moment(text: str) -> str:
    """Return a day with its time as records have it, in the time of Beijing where none is named.

    Raises:
        Unclear: day or time cannot be read.
    """
    plain = _plain(text)
    zone = _ZONE.search(plain)
    said = plain[: zone.start()] if zone else plain
    found = next((one for one in _TIME.finditer(said) if one.end() == len(said) and one[2]), None)
    if found is None:
        raise Unclear(f"“{text.strip()}”没有写明时刻", _HOW_TIME)
    hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    if found[1] in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59 or second > 59:
        raise Unclear(f"“{text.strip()}”的时刻不对", _HOW_TIME)
    day = written_day(said[: found.start()])
    if not day.day:
        raise Unclear(f"“{text.strip()}”没有写明是哪一日", _HOW_TIME)
    return f"{day.iso}T{hour:02d}:{minute:02d}:{second:02d}{zone[0].strip() if zone else '+08:00'}"


def _plain(text: str) -> str:
    """Return a text in half width, years, months and days in Arabic figures."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _CHINESE_YEAR.match(plain):
        plain = _TENS.sub(_tens, plain)
        plain = "".join(_FIGURES.get(letter, letter) for letter in plain)
    return plain


def _tens(found: re.Match[str]) -> str:
    return (found[1] or "一") + (found[2] or "〇")
