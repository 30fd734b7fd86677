"""People as records name them: the key that lasts, the name, the unit, the post."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Actor:
    """Anybody a record refers to."""

    key: str
    """Lasting cadre key, such as K-0011."""
    name: str
    org: str
    post: str
    no: str = ""
    """纪实编号, for candidates of the batch only."""

    def unnumbered(self) -> Actor:
        """Return the same person as known before the roster gave a 纪实编号."""
        return replace(self, no="")
