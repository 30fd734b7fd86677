"""密级: which of several is the highest."""

from __future__ import annotations

from collections.abc import Iterable

from jishi.record_types import shared_choices

UNMARKED = "内部"
"""What a paper without a mark counts as."""


def highest(marks: Iterable[str]) -> str:
    """Return the highest of several 密级; one left blank counts as 内部, and so does nothing at all.

    Args:
        marks: as records bear them; the order is that of the schema.
    """
    order = shared_choices("Secrecy")
    return max((mark if mark in order else UNMARKED for mark in marks), key=order.index, default=UNMARKED)
