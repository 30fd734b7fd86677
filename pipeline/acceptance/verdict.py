"""What the judging of a batch says: people, steps, findings, the 61 requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from archive.register.case_queries import Refusal
from archive.register.later_records import LaterRecords
from jishi.case.standing import Cell, State
from jishi.findings import Finding, Severity
from jishi.steps import Requirement
from pipeline.rules.rule import Rule


class Answer(StrEnum):
    """What the records say to a requirement."""

    PASSED = "通过"
    FAILED = "不通过"
    NOT_APPLICABLE = "不适用"
    UNDETERMINED = "未定"


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
    """记录编号 of the 例外说明 that covers it, else empty."""
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
    tried: int = 0
    """How often a rule that answers it was tried."""
    figures: tuple[str, ...] = ()
    """What the rules that passed had before them, worded; what failed tells its figures in its message."""
    source: str = ""
    """What the rules that answer it rest on."""
    verified: bool = False
    """False where one of their clauses was not checked against the official wording."""
    reasons: tuple[str, ...] = ()
    """Why nothing final can be said yet, beside missing steps and findings."""

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
        """The steps without a record and without a note that they do not apply; of what waits nothing is missing."""
        return tuple(step for step, cell in self.steps.items() if cell.state is State.MISSING)

    @property
    def acceptable(self) -> bool:
        """Tell whether nothing of this person's own blocks."""
        return not any(judged.blocks for judged in self.findings)


@dataclass(frozen=True, slots=True)
class ExceptionNote:
    """An exception note (例外说明) of the batch."""

    record: str
    person: str
    """纪实编号; empty where it is given for the whole batch."""
    named: tuple[str, ...]
    """The rules and requirements it names."""
    excuses: frozenset[str]
    """Those of them it may excuse; none where it is not properly signed."""
    faults: tuple[Judged, ...]

    def covers(self, rule: Rule, person: str) -> bool:
        """Tell whether it excuses a rule's failure for a person or, as a note of the batch, for anybody."""
        return bool(self.excuses & rule.answers) and self.person in ("", person)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule in force was tried, and how often it failed."""

    rule: Rule
    tried: int
    """0 where nothing in the batch was there to try it on: it did not pass, it did not fire."""
    failed: int


@dataclass(frozen=True, slots=True)
class BatchVerdict:
    """How a batch stands."""

    batch: str
    profile: str
    version: str
    """The profile's digest."""
    profile_name: str
    line: tuple[str, ...]
    """The profile and those it inherits from."""
    judged_on: str
    secrecy: str
    """The highest 密级 among the records judged."""
    started: str
    """The day whose rules hold: the day the batch was opened; empty without its opening record."""
    people: tuple[PersonVerdict, ...]
    findings: tuple[Judged, ...]
    """Everything, worst first."""
    requirements: tuple[Answered, ...]
    """The 61, in order."""
    rules: tuple[RuleCount, ...]
    """Every rule in force on the day whose rules hold."""
    notes: tuple[ExceptionNote, ...]
    filed: tuple[str, ...] = ()
    """档号 of its volumes in order; empty while it is not filed."""
    since_filing: LaterRecords = field(default_factory=LaterRecords)
    """What came after it was filed."""
    refused: tuple[Refusal, ...] = ()
    """What was refused and has not come again."""

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
