"""The prints a stack may hold, each asked for once."""

from __future__ import annotations

from collections.abc import Callable

from press.draft import Draft

DraftOf = Callable[[str], Draft | None]
"""记录编号 → its print as it is today, or None where there is no such record."""


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
