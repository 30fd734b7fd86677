"""The prints a stack may hold, each asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jishi.content_digest import content_digest
from jishi.records import Record
from jishi.settings import Settings
from press.draft import Draft

if TYPE_CHECKING:
    from press.typeset import Typesetter

_KEPT = 200
"""So many prints are kept in memory."""
DraftOf = Callable[[str], Draft | None]
"""记录编号 → its print as it is today, or None where there is no such record."""


class Reprints:
    """Prints records again as they were printed to be signed; its typesetter is made with the first."""

    def __init__(self, settings: Settings) -> None:
        """Take note of the home whose fonts and names they are printed with."""
        self._settings = settings
        self._typesetter: Typesetter | None = None
        self._made: dict[tuple[str, str], Draft] = {}

    def of(self, record: Record) -> Draft:
        """Return the print of a record.

        Raises:
            TypesettingFailed: it cannot be printed.
        """
        key = (record.id, content_digest(record.root))
        if key not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[key] = self._printed(record)
        return self._made[key]

    def _printed(self, record: Record) -> Draft:
        # Typst is loaded by whoever prints, not by every intake.
        from press.coded_sheet import coded_sheet
        from press.typeset import typesetter_of

        self._typesetter = self._typesetter or typesetter_of(self._settings)
        return coded_sheet(record, self._typesetter)


class Drafts:
    """Remembers the prints of one stack."""

    def __init__(self, draft_of: DraftOf) -> None:
        """Take what makes or finds prints."""
        self._draft_of = draft_of
        self._known: dict[str, Draft | None] = {}

    def of(self, record_id: str) -> Draft | None:
        """Return the print of a record, or None where there is no such record."""
        if record_id not in self._known:
            self._known[record_id] = self._draft_of(record_id)
        return self._known[record_id]
