"""What is told of one submission, to people and to programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from archive.register.admission import Outcome
from jishi.findings import Finding


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What the caller is told of one submission."""

    at: str
    submission: str
    outcome: Outcome
    record: str
    message: str
    place: str = ""
    """Where it stands now, relative to the home."""
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the line as plain JSON values, empty parts left out."""
        values = asdict(self) | {"outcome": self.outcome.value, "findings": [one.as_json() for one in self.findings]}
        return {key: value for key, value in values.items() if value not in ("", [])}
