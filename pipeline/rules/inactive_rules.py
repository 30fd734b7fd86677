"""Rules of the tables that wait for a register: listed on reports as not in force, never counted as passed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from jishi.record_types import procedure_folder


@dataclass(frozen=True, slots=True)
class InactiveRule:
    """A rule no record of the 44 steps can answer."""

    id: str
    text: str
    needs: str
    """What it waits for."""


@cache
def inactive_rules() -> tuple[InactiveRule, ...]:
    """Return the rules not in force, in the order of their file."""
    table = tomllib.loads((procedure_folder() / "rules" / "inactive.toml").read_text("utf-8"))
    return tuple(InactiveRule(**entry) for entry in table["rule"])
