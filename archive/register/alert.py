"""预警 as values: causes found, lines kept, and what must happen to the lines now that these causes stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jishi.record_types import role_labels


class Level(StrEnum):
    """How pressing an alert is."""

    RED = "红"
    ORANGE = "橙"
    YELLOW = "黄"
    BLUE = "蓝"

    @property
    def weight(self) -> int:
        """3 for red down to 0 for blue."""
        return 3 - list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that calls for an alert as long as it stands."""

    key: str
    """What makes it the same cause another day: rule, first record of a chain of corrections, person, place."""
    level: Level
    rule: str
    message: str
    """What is the matter, with its figures; the same from day to day, so that a change of words is news."""
    record: str = ""
    person: str = ""
    owner: str = ""
    """Code of the role that must act."""
    due: str = ""
    """ISO date; empty where nothing is due."""
    source: str = ""
    verified: bool = True
    settled_by: tuple[str, ...] = ()
    """Steps whose record is looked for first as the evidence that the cause has gone."""
    binding: bool = True
    """True where it stands in the case file: red, it cannot be closed by hand."""
    mark: int = 0
    """Rises where the same thing happened anew, such as a second refusal."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the alert book."""

    id: str
    """YJ-2026-0001; empty where the line was only foreseen, not written."""
    batch: str
    cause: str
    level: Level
    rule: str
    record: str
    person: str
    owner: str
    message: str
    source: str
    verified: bool
    settled_by: str
    binding: bool
    mark: int
    raised_on: str
    due_on: str
    closed_on: str = ""
    evidence: str = ""
    """The record that took the cause away, or words."""
    closed_by: str = ""
    stands: bool = True
    """False once the cause has been seen gone; a line closed by hand may still have its cause."""

    @property
    def open(self) -> bool:
        """Tell whether it still calls for action."""
        return not self.closed_on

    @property
    def owner_label(self) -> str:
        """The role that must act, in Chinese."""
        return role_labels().get(self.owner, self.owner)

    def as_json(self) -> dict[str, Any]:
        """Return the line as plain JSON values, empty parts left out."""
        values = {
            "id": self.id, "level": self.level.value, "rule": self.rule, "batch": self.batch, "record": self.record,
            "person": self.person, "owner": self.owner, "owner_label": self.owner_label, "message": self.message,
            "source": self.source, "verified": self.verified, "raised_on": self.raised_on, "due_on": self.due_on,
            "closed_on": self.closed_on, "evidence": self.evidence, "closed_by": self.closed_by,
        }  # fmt: skip
        return {key: value for key, value in values.items() if value != ""}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one line: raised, changed or closed."""

    event: str
    alert: Alert

    def as_json(self) -> dict[str, Any]:
        """Return the change as one line of the stream that also carries verdicts."""
        return {"alert": {"event": self.event, **self.alert.as_json()}}


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """What must happen to the lines of a batch."""

    fresh: tuple[Cause, ...]
    changed: tuple[tuple[Alert, Cause], ...]
    gone: tuple[Alert, ...]
    """Open lines whose cause has gone."""
    released: tuple[Alert, ...]
    """Lines closed by hand whose cause has gone since, or has grown worse: the next one is a new line."""


def plan_of(lines: Iterable[Alert], causes: Iterable[Cause]) -> AlertPlan:
    """Compare the lines of a batch, open or with their cause still standing, with the causes that stand now.

    A cause closed by hand is not raised again while it stands, unless it has grown worse or happened anew.
    """
    wanted = {cause.key: cause for cause in causes}
    held = list(lines)
    open_ones = {line.cause: line for line in held if line.open}
    closed = {line.cause: line for line in held if not line.open}
    fresh, changed, released = [], [], [line for key, line in closed.items() if key not in wanted]
    for key, cause in wanted.items():
        if (line := open_ones.get(key)) is not None:
            changed += [(line, cause)] if _differs(line, cause) else []
        elif (old := closed.get(key)) is None:
            fresh.append(cause)
        elif cause.level.weight > old.level.weight or cause.mark > old.mark:
            fresh.append(cause)
            released.append(old)
    gone = tuple(line for key, line in open_ones.items() if key not in wanted)
    return AlertPlan(tuple(fresh), tuple(changed), gone, tuple(released))


def _differs(line: Alert, cause: Cause) -> bool:
    told = (line.level, line.message, line.due_on, line.record, line.source, line.mark)
    return told != (cause.level, cause.message, cause.due, cause.record, cause.source, cause.mark)


def line_of(cause: Cause, batch: str, number: str, today: str) -> Alert:
    """Return the line a fresh cause is written down as."""
    return Alert(
        id=number, batch=batch, cause=cause.key, level=cause.level, rule=cause.rule, record=cause.record,
        person=cause.person, owner=cause.owner, message=cause.message, source=cause.source, verified=cause.verified,
        settled_by=" ".join(cause.settled_by), binding=cause.binding, mark=cause.mark, raised_on=today,
        due_on=cause.due,
    )  # fmt: skip
