"""The code of a printed sheet: of which record, of which content, which page of how many, in which corner."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from jishi.case.ids import RecordId

SHORT = 16
"""So many hex digits of the content digest stand in a code."""
_CODE = re.compile(rf"JS1/(.{{1,60}})/([0-9A-F]{{{SHORT}}})/([1-9][0-9]{{0,3}})-([1-9][0-9]{{0,3}})/([AB])", re.ASCII)


class Corner(StrEnum):
    """Where a code stands on its page."""

    UPPER_LEFT = "A"
    LOWER_RIGHT = "B"


def short_digest(digest: str) -> str:
    """Return a content digest as codes and sheets print it: its first digits, in capitals."""
    return digest[:SHORT].upper()


@dataclass(frozen=True, slots=True)
class SheetCode:
    """What one code says. Capitals, digits and / - only, so that it stays small."""

    record_id: str
    digest: str
    """See short_digest."""
    page: int
    """From 1."""
    pages: int
    corner: Corner

    @classmethod
    def read(cls, text: str) -> SheetCode | None:
        """Return what a code read from a scan says, or None where it is none of ours."""
        found = _CODE.fullmatch(text)
        if found is None or not RecordId.is_one(found[1]) or int(found[3]) > int(found[4]):
            return None
        return cls(found[1], found[2], int(found[3]), int(found[4]), Corner(found[5]))

    def __str__(self) -> str:
        return f"JS1/{self.record_id}/{self.digest}/{self.page}-{self.pages}/{self.corner}"
