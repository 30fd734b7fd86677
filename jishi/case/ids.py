"""批次编号, 纪实编号 and 记录编号 as values, taken apart in one place; the procedure says how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from jishi.dossier_numbers import DossierNumbers
from jishi.procedure import procedures


def numbers() -> Iterator[DossierNumbers]:
    """Yield how each procedure writes its numbers."""
    return (one.numbers for one in procedures().values())


@dataclass(frozen=True, slots=True)
class BatchId:
    """批次编号 such as 511000-2026-P003, the number of a dossier."""

    text: str
    parts: Mapping[str, str] = field(compare=False)
    """Name of a part → what is written there."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the number a text is.

        Raises:
            ValueError: it is none.
        """
        found = next((match for one in numbers() if (match := one.dossier.fullmatch(text))), None)
        if found is None:
            raise ValueError(f"“{text}” is no number of a dossier")
        return cls(text, found.groupdict())

    @property
    def year(self) -> int:
        """Its year; 0 where it has none."""
        return int(self.parts.get("year", 0))

    @property
    def serial(self) -> int:
        """Its count; 0 where it has none."""
        return int(self.parts.get("serial", 0))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class PersonNo:
    """纪实编号 such as 511000-2026-P003-007."""

    batch: str
    serial: str
    """Its last part, as written."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the number a text is.

        Raises:
            ValueError: it is none.
        """
        if not any(one.person.fullmatch(text) for one in numbers()):
            raise ValueError(f"“{text}” is no number of a person")
        return cls(*text.rsplit("-", 1))

    def __str__(self) -> str:
        return f"{self.batch}-{self.serial}"


@dataclass(frozen=True, slots=True)
class RecordId:
    """记录编号: whose, which step, which count; every part is empty where a text is no such number."""

    batch: str = ""
    person_no: str = ""
    """纪实编号; empty for a record of the batch."""
    step: str = ""
    place: str = ""
    """次序号 as written."""

    @staticmethod
    def parse(text: str) -> RecordId:
        """Return the number a text is.

        Raises:
            ValueError: it is none.
        """
        if not RecordId.is_one(text):
            raise ValueError(f"“{text}” is no number of a record")
        return RecordId.of(text)

    @staticmethod
    def is_one(text: str) -> bool:
        """Tell whether a text is a record's number and nothing else."""
        return any(one.record.fullmatch(text) for one in numbers())

    @staticmethod
    def of(text: str) -> RecordId:
        """Return what a text says as far as it can be taken for a record's number; it may have come from anybody."""
        return _taken_apart(text)

    @property
    def owner(self) -> str:
        """Whose record it is: the person's number, or the batch's."""
        return self.person_no or self.batch

    @property
    def series(self) -> str:
        """Owner and step: what the 次序号 counts within, and a correction keeps to."""
        return f"{self.owner}/{self.step}"

    @property
    def order(self) -> tuple[str, int]:
        """Its place among the records of a batch: by owner and step, then by 次序号."""
        return self.series, int(self.place) if self.place.isdecimal() else 0

    def __str__(self) -> str:
        return f"{self.series}/{self.place}"


@lru_cache(maxsize=8192)
def _taken_apart(text: str) -> RecordId:
    owner, _, rest = text.partition("/")
    step, _, place = rest.partition("/")
    for one in numbers():
        batch = one.dossier.match(text)
        if batch is not None and owner[batch.end() : batch.end() + 1] in ("", "-"):
            return RecordId(batch[0], owner if one.person.fullmatch(owner) else "", step, place)
    return RecordId()
