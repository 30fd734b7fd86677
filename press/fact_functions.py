"""What the XPaths of facts.xml may call beyond XPath 1.0, as f:<name>(…); texts go in and come out as on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from press.forms import chinese_date

NAMESPACES = {"f": "urn:jishi:functions"}


def days_told(days: Iterable[dt.date], ends: Iterable[dt.date]) -> str:
    """Return the day of some events, or their first and last, the year once; "" for none."""
    first, last = min(days, default=None), max(ends, default=None)
    if first is None or last is None:
        return ""
    begun, ended = chinese_date(first.isoformat()), chinese_date(last.isoformat())
    rest = ended.partition("年")[2] if first.year == last.year else ended
    return begun if begun == ended else f"{begun}至{rest}"


def _texts(value: Any) -> Iterator[str]:
    """Yield what an argument says: each of its nodes, or the one text."""
    for one in value if isinstance(value, list) else [value]:
        text = "".join(one.itertext()) if isinstance(one, etree._Element) else str(one)
        if text:
            yield text


def _said(_: Any, *values: Any) -> str:
    """Return the first of several that says something."""
    return next((text for value in values for text in _texts(value)), "")


def _join(_: Any, values: Any) -> str:
    return "、".join(_texts(values))


def _span(_: Any, begun: Any, ended: Any) -> str:
    """Return from when till when; one day where both are the same."""
    return "至".join(dict.fromkeys((*_texts(begun), *_texts(ended))))


def _days(_: Any, records: list[etree._Element]) -> str:
    """Return the days of some records."""
    return days_told(*([dt.date.fromisoformat(one.get(name, "")) for one in records] for name in ("from", "to")))


FUNCTIONS = {
    (NAMESPACES["f"], name): call for name, call in {"said": _said, "join": _join, "span": _span, "days": _days}.items()
}
