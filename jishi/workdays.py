"""Working days: Monday to Friday less statutory holidays, plus 调休 make-up days; a year unknown is an error."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jishi.errors import CalendarUnknown, SettingsInvalid
from jishi.toml_files import read_toml

FIRST_YEAR = 2004
"""The national table begins with this year; no later edition will know an earlier one."""
_DAY = dt.timedelta(days=1)
_LISTS = ("workdays", "holidays")
_SATURDAY = 5


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked; what the locality says goes before the national table."""

    local: Mapping[dt.date, bool]
    """Date → worked or not, as the local calendar file says.

    A year with a day off in it is known to the file: what it does not name there follows the national table, or the
    week where that table does not know the year.
    """

    def holidays_of(self, year: int) -> int:
        """Return how many days off the local calendar names in a year."""
        return self._named[year]

    def knows(self, year: int) -> bool:
        """Tell whether every day of a year can be answered for."""
        return bool(self.holidays_of(year)) or self.is_national(year)

    def is_national(self, year: int) -> bool:
        """Tell whether the national table has a year."""
        return _national(dt.date(year, 1, 1)) is not None

    @cached_property
    def _named(self) -> Counter[int]:
        return Counter(day.year for day, worked in self.local.items() if not worked)

    def is_workday(self, day: dt.date) -> bool:
        """Tell whether a day is worked.

        Raises:
            CalendarUnknown: the calendar does not know that year; the message names it.
        """
        if day in self.local:
            return self.local[day]
        worked = _national(day)
        if worked is None:
            if not self.holidays_of(day.year):
                raise CalendarUnknown(
                    f"工作日历没有{day.year}年的节假日安排；请升级chinese-calendar，"
                    f"或在本地日历文件中列出{day.year}年全年的放假日和调休上班日",
                    day.year,
                )
            worked = day.weekday() < _SATURDAY
        return worked

    def between(self, start: dt.date, end: dt.date) -> int:
        """Count working days after start up to and including end; negative when end lies before start."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_workday(start + _DAY * offset) for offset in range(1, (end - start).days + 1))

    def inclusive(self, start: dt.date, end: dt.date) -> int:
        """Count working days from start to end, both included; 0 when end lies before start."""
        return sum(self.is_workday(start + _DAY * offset) for offset in range((end - start).days + 1))

    def after(self, start: dt.date, count: int) -> dt.date:
        """Return the count-th working day after start; count 0 gives start or the next working day."""
        day = start
        while not self.is_workday(day):
            day += _DAY
        for _ in range(count):
            day += _DAY
            while not self.is_workday(day):
                day += _DAY
        return day


def _national(day: dt.date) -> bool | None:
    """Return what the national table says of a day, or None where it does not know the year."""
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def calendar_from(path: Path | None) -> WorkCalendar:
    """Read a local calendar file: TOML with two lists of dates, workdays and holidays.

    Raises:
        SettingsInvalid: there is no such file, it is not TOML, says something else, or has a date in both lists.
    """
    if path is None:
        return WorkCalendar({})
    table = read_toml(path)
    if strange := sorted(table.keys() - _LISTS):
        raise SettingsInvalid(f"本地日历文件 {path} 有未知的项 {'、'.join(strange)}；只认workdays和holidays")
    worked, free = (_days(table.get(name, []), name, path) for name in _LISTS)
    if doubled := worked & free:
        raise SettingsInvalid(f"本地日历文件 {path} 中 {min(doubled)} 既是工作日又是休息日")
    return WorkCalendar({**dict.fromkeys(worked, True), **dict.fromkeys(free, False)})


def _days(value: Any, name: str, path: Path) -> set[dt.date]:
    if not isinstance(value, list) or not all(type(day) is dt.date for day in value):
        raise SettingsInvalid(
            f"本地日历文件 {path} 的 {name} 应为日期的列表，写作 {name} = [2027-01-01, 2027-02-08]，日期不加引号"
        )
    return set(value)
