"""The days of a batch: every step on a real working day, in the order the register asks for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from jishi.workdays import calendar_from

_CALENDAR = calendar_from(None)
_SESSIONS_A_DAY = 4

START = 0
NOTEBOOKS = 1
ANALYSIS = 2
HEARING = 2
LEADERS = 4
POSTS_CHECKED = 5
DRAFT = 7
REPORTED = 10
QUALIFIED = 11
PLAN = 13
NOMINATION_PLAN = 14
TALKS = 15
"""Talks of the nomination fill three days."""
PROPOSED = 18
MEETING = 19
SIGNED_NOMINATION = 16
NOMINATION_REPORT = 22
OBJECTS = 23
TEAMS = 24
NOTICE = 25
INSPECTION = 26
"""Votes of confidence and talks fill six days."""
VETTING = 30
MATERIAL = 33
FIRST_MEETING = 36
SECOND_MEETING = 38
CONSULTED = 39
COUNTERPARTS = 40
SECRETARIES = 41
REVIEW = 42
COMMITTEE = 44
PLENARY = 46
FILED = 47
PUBLICITY = 47
PUBLICITY_END = 52
PUBLICITY_RESULT = 53
TALK = 54
ISSUED = 55
HANDOVER = 56
HANDED_OVER = 58
ABSENCES = 60
REPORT_FORM = 61


@dataclass(frozen=True, slots=True)
class Schedule:
    """Working days of one batch, counted from its first."""

    start: dt.date
    sessions: int = 1
    """How many sessions the committee needs; four fit in a day."""
    plenary: bool = False
    """Whether some post is put to the vote of the full committee."""

    @property
    def extra(self) -> int:
        """Working days by which everything after the committee's first day moves back."""
        return (self.sessions - 1) // _SESSIONS_A_DAY

    def day(self, offset: int) -> dt.date:
        """Return the working day with this place in the schedule."""
        return workday(self.start, offset + (self.extra if offset > COMMITTEE else 0))

    def session(self, number: int) -> dt.date:
        """Return the day of the committee's session with this number, from 0."""
        return workday(self.start, COMMITTEE + number // _SESSIONS_A_DAY)

    @property
    def decided(self) -> dt.date:
        """The day of the last vote, from which the decision stands."""
        return self.day(PLENARY) if self.plenary else self.session(self.sessions - 1)


def schedule_of(year: int, sessions: int = 1, plenary: bool = False) -> Schedule:
    """Return the schedule of a batch that opens in early January of a year.

    Raises:
        SettingsInvalid: the working calendar does not know that year.
    """
    return Schedule(workday(dt.date(year, 1, 5), 0), sessions, plenary)


@cache
def workday(start: dt.date, count: int) -> dt.date:
    """Return the count-th working day after start (0: start itself or the next working day)."""
    return _CALENDAR.after(start, count)


def workdays_inclusive(start: dt.date, end: dt.date) -> int:
    """Count the working days from start to end, both included."""
    return _CALENDAR.inclusive(start, end)


def knows(year: int) -> bool:
    """Tell whether the working calendar has a year."""
    return _CALENDAR.knows(year)


def same_day_next_year(day: dt.date) -> dt.date:
    """Return the same day a year later; 29 February becomes 28 February."""
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year + 1, day=last)


def supplement_day(decided: dt.date) -> dt.date:
    """Return the day on which the papers of the probation are complete, eight working days after it ends."""
    return workday(same_day_next_year(decided), 8)
