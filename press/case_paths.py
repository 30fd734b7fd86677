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
        # What a path does not ask for costs time to lay ready, and most ask for neither.
        known: dict[str, Any] = {"namespaces": {"f": _F}, "extensions": FUNCTIONS} if "f:" in path else {}
        self._varies = "$" in path
        self._nodes, self._text, self._holds = (
            etree.XPath(asked, **known) for asked in (path, f"string({path})", f"boolean({path})")
        )

    def nodes(self, node: etree._Element, variables: Mapping[str, Any]) -> list[etree._Element]:
        """Return the elements it leads to."""
        found = self._asked(self._nodes, node, variables)
        return [one for one in found if isinstance(one, etree._Element)] if isinstance(found, list) else []

    def text(self, node: etree._Element, variables: Mapping[str, Any]) -> str:
        """Return what it says."""
        return str(self._asked(self._text, node, variables))

    def holds(self, node: etree._Element, variables: Mapping[str, Any]) -> bool:
        """Tell whether it holds."""
        return bool(self._asked(self._holds, node, variables))

    def _asked(self, path: etree.XPath, node: etree._Element, variables: Mapping[str, Any]) -> object:
        return path(node, it=[node], **variables) if self._varies else path(node)


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
