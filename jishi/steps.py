"""What a procedure is made of: stages, items, steps, who signs them, what they do and where their records say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    """What a step does to the dossier and to other steps."""

    OPENS = "opens"
    """It begins the dossier; nothing of it is admitted before."""
    ENROLS = "enrols"
    """It enters a person on the roster, with the post planned and the kind of change."""
    KEEPS_MINUTES = "keepsMinutes"
    """Its content claims pages of a book of minutes."""
    DECIDES = "decides"
    """It says who is appointed and whether a probation follows; its year is that of the volumes."""
    APPOINTS = "appoints"
    """The letter that carries the decision out and says for each whether a probation follows."""
    FOLLOWS_PROBATION = "followsProbation"
    """It is due when the probation ends, with the supplementary filing."""
    FILES = "files"
    """Everybody has one of his own; the dossier's is another."""
    WAIVES = "waives"
    """It says that steps do not apply."""
    EXCUSES = "excuses"
    """It explains the breach of a rule."""
    REGISTERS_NOTEBOOKS = "registersNotebooks"
    """It tells of books, of nobody."""


class Says(StrEnum):
    """What a field of a step's records says, wherever it stands in them."""

    START = "start"
    """The day the dossier is opened."""
    POST = "post"
    """The post a record is about; on the roster the post planned."""
    CHANGE = "change"
    """The kind of change, by its name."""
    LEVEL_HELD = "level"
    """The level of the post held."""
    LEVEL_PLANNED = "planned"
    """The level of the post planned."""
    PROBATION = "probation"
    """Whether a probation follows, for the people named beside it, else for all the record is about."""
    WAIVED = "waived"
    """The steps that do not apply."""
    REASON = "reason"
    RULES = "rules"
    """The rules whose breach is excused."""
    BOOK = "book"
    FIRST_PAGE = "first"
    LAST_PAGE = "last"


@dataclass(frozen=True, slots=True)
class Tells:
    """Something the dossier repeats of a record, for the rules over a dossier."""

    fields: tuple[str, ...]
    """Fields of the content, each an attribute of its name."""
    people: str
    """Where people are named, as a path within the content; empty for none."""
    name: str
    """What the dossier calls them."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A role that must sign a step's papers."""

    role: str
    count: str
    """How many different people: a digit, "all" (every such person) or "each" (every unit asked)."""
    on_summary: bool = False
    """Signs the summary of single events, not their records."""
    when: str = ""
    """An XPath from the record; where it does not hold the role need not sign. Empty: it always signs."""
    among: str = ""
    """An XPath from the record: for "all" and "each", as many must sign as it finds."""
    seals: bool = False
    """Puts the round seal of a body on our sheet, not a hand."""

    @property
    def least(self) -> int:
        """The number of different people that must sign at least."""
        return int(self.count) if self.count.isdigit() else 1


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A step that comes before another."""

    step: str
    check: str
    """both | last | none, see procedure.xsd."""
    same_day: bool


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of the 61 纪实要求."""

    id: str
    text: str
    severity: str
    machine: str
    """yes, or partly where a person must judge the substance."""
    step: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the 44 操作步骤, or a supplement that stands beside them, such as the “不适用”说明."""

    id: str
    name: str
    stage: str
    item: str
    scope: str
    """batch | person | both | either."""
    archive: str
    """individual | batch | both | own."""
    retention: str
    ballot_kind: str
    """Attachment kind that holds the sealed raw ballots, else empty."""
    repeats: str
    repetition: str
    notebook: bool
    form_title: str
    single_title: str
    """Title of a single event's record where the step also has a summary, else empty."""
    documents: tuple[str, ...]
    outgoing: bool
    """Whether its paper goes out of the house, and so carries no code of ours."""
    manner: str
    signers: tuple[Signer, ...]
    signers_text: str
    after: tuple[Predecessor, ...]
    applies: dict[str, str]
    """Change code → mandatory | conditional | none."""
    need: str
    """The same where no kind of change says so."""
    levels: frozenset[str]
    """The levels of post, held or planned, whose people it is asked of; empty: everybody's."""
    necessity: str
    evidence: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    order: int
    """Place in the procedure, from 1."""
    deeds: frozenset[Deed]
    called: str
    """What a record of it is called in messages."""
    fields: Mapping[Says, str]
    """What its records say → where, as a path within the content such as steps/value."""
    tells: tuple[Tells, ...]

    @property
    def roles(self) -> frozenset[str]:
        """The role codes that must sign."""
        return frozenset(signer.role for signer in self.signers)

    def has_records(self, personal: bool) -> bool:
        """Tell whether there are records of it that are a person's, or the batch's."""
        return self.scope != ("batch" if personal else "person")


@dataclass(frozen=True, slots=True)
class Item:
    """One of the 36 纪实项目."""

    id: str
    name: str
    stage: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the six 环节."""

    id: str
    name: str
    items: tuple[Item, ...]
