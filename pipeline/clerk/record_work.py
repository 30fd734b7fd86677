"""A record being completed: every value put in is told in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from jishi.record_types import header_fields
from jishi.records import R
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_values import canonical


@dataclass(slots=True)
class RecordWork:
    """A record being completed."""

    root: etree._Element
    people: KnownPeople
    told: list[str] = field(default_factory=list)

    def put(self, label: str, old: str, value: str) -> str:
        """Return a value, telling where it is another than what was sent."""
        if value != old:
            self.told.append(f"{label}：{f'“{old}”作' if old.strip() else '补'}“{value}”")
        return value

    def read(self, label: str, old: str, reader: Callable[[str], str]) -> str:
        """Return a value as read, or as it was where it cannot be; blanks around it alone are not told."""
        try:
            value = reader(old)
        except Unclear:
            return old
        return old if value == old.strip() else self.put(label, old.strip(), value)

    def read_attribute(self, node: etree._Element, key: str, kind: str, label: str) -> None:
        """Read an attribute that is there as a value of a kind."""
        if old := node.get(key, ""):
            node.set(key, self.read(label, old, lambda text: canonical(kind, text)))

    def fill(self, node: etree._Element, key: str, value: str, label: str) -> None:
        """Put an attribute that was left out."""
        if value and not node.get(key, "").strip():
            node.set(key, self.put(label, "", value))

    def header(self, key: str) -> etree._Element:
        """Return a header element, put where the schema wants it if it is not there."""
        if (found := self.root.find(f"{R}{key}")) is not None:
            return found
        order = [f"{R}{one.key}" for one in header_fields()]
        later = {*order[order.index(f"{R}{key}") + 1 :], f"{R}content"}
        node = etree.Element(f"{R}{key}")
        place = next((at for at, one in enumerate(self.root) if one.tag in later), len(self.root))
        self.root.insert(place, node)
        return node
