"""Moments as people read them; data keeps ISO 8601 with its offset."""

from __future__ import annotations

import datetime as dt


def moment_told(text: str) -> str:
    """Return a moment in this machine's local time, to the minute: 2026-11-22 10:51; what is no moment, as it is."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if "T" in text else text


def pages_told(first: int | str, last: int | str) -> str:
    """Return a stretch of pages: 12—14, or 22 where it is a single page."""
    return str(first) if str(first) == str(last) else f"{first}—{last}"
