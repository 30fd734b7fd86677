"""The XPaths of facts.xml, and what they may call beyond XPath 1.0, as f:<name>(…); texts are those on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from press.forms import chinese_date

_F = "urn:jishi:functions"


class CasePath:
    """An XPath over the case as a tree; `$it` is the node it is asked of."""

    def __init__(self, path: str) -> None:
        """Compile a path.

        Raises:
            lxml.etree.XPathSyntaxError: it is none.
        """
        self._nodes, self._text, self._holds = (
            etree.XPath(asked, namespaces={"f": _F}, extensions=FUNCTIONS)
            for asked in (path, f"string({path})", f"boolean({path})")
        )

    def nodes(self, node: etree._Element, variables: Mapping[str, Any]) -> list[etree._Element]:
        """Return the elements it leads to."""
        found = self._nodes(node, it=[node], **variables)
        return [one for one in found if isinstance(one, etree._Element)] if isinstance(found, list) else []

    def text(self, node: etree._Element, variables: Mapping[str, Any]) -> str:
        """Return what it says."""
        return str(self._text(node, it=[node], **variables))

    def holds(self, node: etree._Element, variables: Mapping[str, Any]) -> bool:
        """Tell whether it holds."""
        return bool(self._holds(node, it=[node], **variables))


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
        text = "".join(map(str, one.itertext())) if isinstance(one, etree._Element) else str(one)
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


CALLS = {"said": _said, "join": _join, "span": _span, "days": _days}
FUNCTIONS = {(_F, name): call for name, call in CALLS.items()}
