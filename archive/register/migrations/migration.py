"""What one step from one version of the register to the next is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; the version before it is the one below its own."""

    version: int
    """It leads to."""
    does: tuple[str, ...]
    """What it changes, told to people."""
    apply: Callable[[Connection], None]
    """Changes tables and rows inside the write transaction it is given."""
