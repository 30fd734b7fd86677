"""A record as somebody wrote it, before it is one: texts by field, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it was written, and where."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What was written of some fields together: a record, a group, or one entry of a list."""

    values: Mapping[str, WrittenValue]
    cells: Mapping[str, str] = field(default_factory=dict)
    """Field → the place where it is written, or would be."""
    place: str = ""
    """Where the entry begins."""

    def text(self, key: str) -> str:
        """Return what was written in a field; empty where nothing was."""
        found = self.values.get(key)
        return found.text if isinstance(found, Written) else ""

    def written(self, key: str) -> Written:
        """Return what was written in a field, or nothing, in its place."""
        found = self.values.get(key)
        return found if isinstance(found, Written) else Written("", self.cells.get(key, self.place))

    def part(self, key: str) -> Entry:
        """Return what was written of a group."""
        found = self.values.get(key)
        return found if isinstance(found, Entry) else Entry({}, self.cells, self.place)

    def entries(self, key: str) -> tuple[Entry, ...]:
        """Return what was written in a list."""
        found = self.values.get(key)
        return found if isinstance(found, tuple) else ()

    def texts(self) -> Iterator[Written]:
        """Yield everything that was written, from all depths."""
        for value in self.values.values():
            if isinstance(value, Written):
                yield value
            else:
                for one in value if isinstance(value, tuple) else (value,):
                    yield from one.texts()


WrittenValue: TypeAlias = Written | Entry | tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """One record of a batch as somebody wrote it."""

    type_id: str
    entry: Entry
