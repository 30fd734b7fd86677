"""批次编号, 纪实编号 and 记录编号 as values, taken apart in one place; their patterns stand in schemas/types.xsd."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Self

from jishi.record_types import type_patterns


@cache
def _shape(type_name: str) -> re.Pattern[str]:
    return re.compile(type_patterns()[type_name], re.ASCII)


def _checked(type_name: str, text: str) -> str:
    if not _shape(type_name).fullmatch(text):
        raise ValueError(f"“{text}” is no {type_name}")
    return text


@dataclass(frozen=True, slots=True)
class BatchId:
    """批次编号 such as 511000-2026-P003."""

    region: str
    year: int
    serial: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the number a text is.

        Raises:
            ValueError: it is none.
        """
        region, year, serial = _checked("BatchId", text).split("-")
        return cls(region, int(year), int(serial[1:]))

    def __str__(self) -> str:
        return f"{self.region}-{self.year}-P{self.serial:03d}"


@dataclass(frozen=True, slots=True)
class PersonNo:
    """纪实编号 such as 511000-2026-P003-007."""

    batch: str
    serial: str
    """Its last part, as written: three or four digits."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the number a text is.

        Raises:
            ValueError: it is none.
        """
        return cls(*_checked("PersonNo", text).rsplit("-", 1))

    def __str__(self) -> str:
        return f"{self.batch}-{self.serial}"


@dataclass(frozen=True, slots=True)
class RecordId:
    """记录编号 such as 511000-2026-P003-007/S3-05/012; every part is empty where a text is no such number."""

    batch: str = ""
    person_no: str = ""
    """纪实编号; empty for a record of the batch."""
    step: str = ""
    place: str = ""
    """次序号 as written."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the number a text is.

        Raises:
            ValueError: it is none.
        """
        return cls.of(_checked("RecordId", text))

    @staticmethod
    def is_one(text: str) -> bool:
        """Tell whether a text is a record's number and nothing else."""
        return _shape("RecordId").fullmatch(text) is not None

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what a text says as far as it can be taken for a record's number; it may have come from anybody."""
        batch = _shape("BatchId").match(text)
        owner, _, rest = text.partition("/")
        if batch is None or owner[batch.end() : batch.end() + 1] not in ("", "-"):
            return cls()
        step, _, place = rest.partition("/")
        return cls(batch[0], owner if _shape("PersonNo").fullmatch(owner) else "", step, place)

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
