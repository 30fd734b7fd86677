"""What the judging of a batch says: people, steps, findings, the 61 requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from jishi.findings import Finding, Severity
from jishi.process import Requirement


class State(StrEnum):
    """How a person stands to a step."""

    DONE = "done"
    NOT_APPLICABLE = "na"
    MISSING = "missing"
    LATER = "later"

    @property
    def label(self) -> str:
        """The Chinese word printed for it."""
        return {"done": "已记", "na": "不适用", "missing": "缺", "later": "待补充归档"}[self.value]


class Answer(StrEnum):
    """What the records say to a requirement."""

    PASSED = "通过"
    FAILED = "不通过"
    NOT_APPLICABLE = "不适用"
    UNDETERMINED = "未定"


@dataclass(frozen=True, slots=True)
class Cell:
    """One person, one step."""

    state: State
    records: tuple[str, ...]
    """The records that make it done, or the “不适用” record that covers it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with whom it concerns and whether a signed exception note covers it."""

    finding: Finding
    rule: str
    """Id of the rule; Finding.code is its short form."""
    person: str
    """纪实编号; empty where it concerns the whole batch."""
    undetermined: bool
    exception: str
    """记录编号 of the EX record that covers it, else empty."""
    evasion: str

    @property
    def blocks(self) -> bool:
        """Tell whether it stands against acceptance: an error without an exception note."""
        return self.finding.severity is Severity.ERROR and not self.exception


@dataclass(frozen=True, slots=True)
class Answered:
    """One of the 61 requirements, answered."""

    requirement: Requirement
    answer: Answer
    records: tuple[str, ...]
    """The records the answer rests on."""
    findings: tuple[Judged, ...]
    """What speaks against it, covered by exceptions or not."""
    later: bool
    """True where its step is due with the supplementary filing."""

    @property
    def needs_a_person(self) -> bool:
        """Tell whether the substance is left to a person's judgement."""
        return self.requirement.machine == "partly"


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    """How one person of the batch stands."""

    no: str
    name: str
    change: str
    """Code of the kind of change; empty where the roster does not know the person."""
    steps: Mapping[str, Cell]
    """The 44 steps in order."""
    findings: tuple[Judged, ...]
    """What concerns this person alone."""
    requirements: tuple[Answered, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The steps without a record and without a note that they do not apply."""
        return tuple(step for step, cell in self.steps.items() if cell.state is State.MISSING)

    @property
    def acceptable(self) -> bool:
        """Tell whether nothing of this person's own blocks."""
        return not any(judged.blocks for judged in self.findings)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a batch stands."""

    batch: str
    profile: str
    version: str
    """The profile's digest."""
    started: str
    """The day whose rules hold: the day the batch was opened; empty without S1-01."""
    people: tuple[PersonVerdict, ...]
    findings: tuple[Judged, ...]
    """Everything, worst first."""
    requirements: tuple[Answered, ...]
    """The 61, in order."""

    @property
    def blocking(self) -> tuple[Judged, ...]:
        """What stands against acceptance."""
        return tuple(judged for judged in self.findings if judged.blocks)

    @property
    def to_explain(self) -> tuple[Judged, ...]:
        """The warnings: each needs the reviewer's explanation, kept in the 备考表."""
        return tuple(judged for judged in self.findings if judged.finding.severity is Severity.WARNING)

    @property
    def overridden(self) -> tuple[Judged, ...]:
        """The errors that signed exception notes cover; listed on the inspector's page."""
        return tuple(j for j in self.findings if j.exception and j.finding.severity is Severity.ERROR)

    @property
    def acceptable(self) -> bool:
        """Tell whether the batch may be accepted, once the warnings are explained."""
        return bool(self.people) and not self.blocking
