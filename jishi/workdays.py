"""Working days: Monday to Friday less statutory holidays, plus 调休 make-up days; a year unknown is an error."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jishi.errors import CalendarUnknown, SettingsInvalid

FIRST_YEAR = 2004
"""The national table begins with this year; no later edition will know an earlier one."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked; local exceptions go before the national table."""

    local: Mapping[dt.date, bool]
    """Date → worked or not, as the locality's override file says."""

    def is_workday(self, day: dt.date) -> bool:
        """Tell whether a day is worked.

        Raises:
            CalendarUnknown: the calendar does not know that year; the message names it.
        """
        if day in self.local:
            return self.local[day]
        import chinese_calendar

        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            raise CalendarUnknown(
                f"工作日历没有{day.year}年的节假日安排；请升级chinese-calendar，或在本地日历文件中补上{day.year}年",
                day.year,
            ) from None

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


def calendar_from(path: Path | None) -> WorkCalendar:
    """Read a local override file: TOML with two lists of dates, workdays and holidays.

    Raises:
        SettingsInvalid: the file is not TOML, or a date stands in both lists.
    """
    if path is None or not path.exists():
        return WorkCalendar({})
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"本地日历文件 {path} 不是正确的TOML：{error}") from error
    worked, free = (set(table.get(name, [])) for name in ("workdays", "holidays"))
    if doubled := worked & free:
        raise SettingsInvalid(f"本地日历文件 {path} 中 {min(doubled)} 既是工作日又是休息日")
    return WorkCalendar({**dict.fromkeys(worked, True), **dict.fromkeys(free, False)})
