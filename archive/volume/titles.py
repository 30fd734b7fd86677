"""Titles and labels of volumes: the patterns of their kind, filled in with what the batch's records say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jishi.case.ids import BatchId
from jishi.procedure import procedure
from jishi.records import Record
from jishi.settings import UnitSettings

_MOST_NAMES = 60
"""So many stand on a cover; of more the first are named."""


@dataclass(frozen=True, slots=True)
class TitleWords:
    """What fills the patterns of one volume."""

    common: dict[str, str]
    """Words of every volume of the batch."""
    entry: Record | None
    """The person's roster entry, in a person's volume."""

    @property
    def change(self) -> str:
        """Code of the person's kind of change; empty for the batch."""
        return procedure().change_codes.get(self.entry.value("changeKind"), "") if self.entry else ""

    def filled(self, pattern: str) -> str:
        """Return a pattern with every {word} replaced."""
        return pattern.format_map(self)

    def __getitem__(self, word: str) -> str:
        if word in self.common:
            return self.common[word]
        return self.entry.value(word) if self.entry else ""


def words_for(unit: UnitSettings, batch: str, entries: Sequence[Record], person_no: str) -> TitleWords:
    """Return the words of a volume.

    Args:
        unit: whose archive it is.
        batch: the batch.
        entries: everybody's roster entries.
        person_no: whose volume it is; empty for the batch's.
    """
    number = BatchId.parse(batch)
    common = {"organ": unit.organ, "year": str(number.year), "serial": str(number.serial), "names": _names(entries)}
    if not person_no:
        return TitleWords(common, None)
    entry = next(one for one in entries if one.person_no == person_no)
    return TitleWords(common | {"name": _name(entry)}, entry)


def _name(entry: Record) -> str:
    return entry.subject.name if entry.subject else entry.person_no


def _names(entries: Sequence[Record]) -> str:
    names = list({one.person_no: _name(one) for one in sorted(entries, key=lambda one: one.person_no)}.values())
    return "、".join(names[:_MOST_NAMES]) + (f"等{len(names)}人" if len(names) > _MOST_NAMES else "")
