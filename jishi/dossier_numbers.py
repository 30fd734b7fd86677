"""How the numbers of a procedure's dossiers, their people and their records are written, as procedure.xml says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter


@dataclass(frozen=True, slots=True)
class NumberPart:
    """One part of a dossier's number."""

    name: str
    label: str
    """What it is, in words: 六位区划."""
    pattern: str


@dataclass(frozen=True)
class DossierNumbers:
    """How numbers are written: 511000-2026-P003, 511000-2026-P003-007, 511000-2026-P003-007/step/012."""

    name: str
    """What a dossier is called: 批次."""
    layout: str
    """A dossier's number, each part's name in braces."""
    parts: tuple[NumberPart, ...]
    example: str
    people: str
    """Pattern of the last part of a person's number; empty where a dossier has no people."""
    places: str
    """Pattern of the last part of a record's number."""
    steps: tuple[str, ...]
    """Ids of the steps that records may be of."""

    @property
    def told(self) -> str:
        """How a dossier's number is written, in words."""
        return self.layout.format_map({part.name: part.label for part in self.parts})

    @cached_property
    def dossier(self) -> re.Pattern[str]:
        """A dossier's number, its parts as groups."""
        return _pattern(self._dossier({part.name: f"(?P<{part.name}>{part.pattern})" for part in self.parts}))

    @cached_property
    def person(self) -> re.Pattern[str]:
        """A person's number; matches nothing where a dossier has no people."""
        return _pattern(f"{self._plain}-({self.people})" if self.people else r"(?!)")

    @cached_property
    def record(self) -> re.Pattern[str]:
        """A record's number."""
        whose = f"(-({self.people}))?" if self.people else ""
        return _pattern(f"{self._plain}{whose}/({'|'.join(map(re.escape, self.steps))})/({self.places})")

    @property
    def _plain(self) -> str:
        return self._dossier({part.name: f"({part.pattern})" for part in self.parts})

    def _dossier(self, patterns: Mapping[str, str]) -> str:
        parsed = Formatter().parse(self.layout)
        return "".join(re.escape(words) + (patterns[name] if name else "") for words, name, _, _ in parsed)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)
