"""The procedure (操作流程目录): stages, items, steps, requirements, as read from schemas/appointment/procedure.xml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from lxml import etree

from jishi.record_types import procedure_folder

NAMESPACE = "urn:jishi:procedure:1"
_NS = {"c": NAMESPACE}
RETENTIONS = {"Y": "永久", "D30": "30年", "D10": "10年"}
"""保管期限: code, as in archive numbers, → how it is printed."""


class Deed(StrEnum):
    """What a step does to the dossier and to other steps."""

    OPENS = "opens"
    """It begins the dossier; nothing of it is admitted before."""
    ENROLS = "enrols"
    """It enters a person on the roster, with the post planned and the kind of change."""
    KEEPS_MINUTES = "keepsMinutes"
    """Its content claims pages of a book of minutes."""
    VOTES = "votes"
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
    """both | last | none, see catalogue.xsd."""
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
    """One of the 44 操作步骤, or a supplement (NA, EX, NB) that stands beside them."""

    id: str
    name: str
    stage: str
    item: str
    scope: str
    """batch | person | both | either."""
    archive: str
    """individual | batch | both | own."""
    retention: str
    ballots: str
    """Retention of the raw ballots where the step has any, else empty."""
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
    necessity: str
    evidence: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    order: int
    """Place in the procedure, from 1."""
    deeds: frozenset[Deed]

    @property
    def roles(self) -> frozenset[str]:
        """The role codes that must sign."""
        return frozenset(signer.role for signer in self.signers)


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


@dataclass(frozen=True)
class Procedure:
    """The whole process as data."""

    version: str
    changes: dict[str, str]
    """Change code → its Chinese name, P 提拔 …"""
    stages: tuple[Stage, ...]
    supplements: tuple[Step, ...]

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The 44 steps by id, in the order of the procedure."""
        return {step.id: step for stage in self.stages for item in stage.items for step in item.steps}

    @cached_property
    def all_types(self) -> dict[str, Step]:
        """The 44 steps and the supplements by id."""
        return self.steps | {step.id: step for step in self.supplements}

    def that(self, deed: Deed) -> str:
        """Return the id of the step that does something, the first where there are several, or ""."""
        return next(iter(self.steps_that(deed)), "")

    def steps_that(self, *deeds: Deed) -> tuple[str, ...]:
        """Return the ids of the steps and supplements that do one of some things, in the order of the procedure."""
        return tuple(step.id for step in self.all_types.values() if not step.deeds.isdisjoint(deeds))

    @cached_property
    def requirements(self) -> dict[str, Requirement]:
        """The 61 requirements by id."""
        return {need.id: need for step in self.steps.values() for need in step.requirements}

    @cached_property
    def change_codes(self) -> dict[str, str]:
        """Chinese name of a kind of change → its code."""
        return {name: code for code, name in self.changes.items()}

    def items(self) -> Iterator[Item]:
        """Yield the 36 items in order."""
        for stage in self.stages:
            yield from stage.items


def does(step: str, deed: Deed) -> bool:
    """Tell whether a step, by its id, does something."""
    found = procedure().all_types.get(step)
    return found is not None and deed in found.deeds


@cache
def procedure() -> Procedure:
    """Return the procedure, read once."""
    root = etree.fromstring((procedure_folder() / "procedure.xml").read_bytes())
    orders = {node.get("id"): place for place, node in enumerate(root.iterfind(".//c:step", _NS), start=1)}
    return Procedure(
        version=root.get("version", ""),
        changes={node.get("code", ""): node.get("name", "") for node in root.iterfind("c:change", _NS)},
        stages=tuple(_stage(node, orders) for node in root.iterfind("c:stage", _NS)),
        supplements=tuple(
            _step(node, "", "", 100 + place) for place, node in enumerate(root.iterfind("c:supplement", _NS))
        ),
    )


def _stage(node: etree._Element, orders: dict[str | None, int]) -> Stage:
    stage = node.get("id", "")
    items = []
    for part in node.iterfind("c:item", _NS):
        item = part.get("id", "")
        steps = tuple(_step(step, stage, item, orders[step.get("id")]) for step in part.iterfind("c:step", _NS))
        items.append(Item(item, part.get("name", ""), stage, steps))
    return Stage(stage, node.get("name", ""), tuple(items))


def _step(node: etree._Element, stage: str, item: str, order: int) -> Step:
    form = node.find("c:form", _NS)
    assert form is not None
    step_id = node.get("id", "")
    return Step(
        id=step_id,
        name=node.get("name", ""),
        stage=stage,
        item=item,
        scope=node.get("scope", ""),
        archive=node.get("archive", ""),
        retention=node.get("retention", ""),
        ballots=node.get("ballots", ""),
        ballot_kind=node.get("ballotKind", ""),
        repeats=node.get("repeats", "recurs"),
        repetition=_text(node, "repetition"),
        notebook=node.get("notebook") == "true",
        form_title=form.get("title", ""),
        single_title=form.get("single", ""),
        documents=tuple(form.get("documents", "").split()),
        outgoing=form.get("outgoing") == "true",
        manner=form.get("manner", ""),
        signers=tuple(_signer(part) for part in node.iterfind("c:signer", _NS)),
        signers_text=_text(node, "signers"),
        after=tuple(
            Predecessor(a.get("step", ""), a.get("check", "both"), a.get("sameDay") == "true")
            for a in node.iterfind("c:after", _NS)
        ),
        applies={a.get("change", ""): a.get("need", "") for a in node.iterfind("c:applies", _NS)},
        necessity=_text(node, "necessity"),
        evidence=tuple(e.text or "" for e in node.iterfind("c:evidence", _NS)),
        requirements=tuple(
            Requirement(r.get("id", ""), r.text or "", r.get("severity", ""), r.get("machine", "yes"), step_id)
            for r in node.iterfind("c:requirement", _NS)
        ),
        order=order,
        deeds=frozenset(map(Deed, node.get("deeds", "").split())),
    )


def _signer(node: etree._Element) -> Signer:
    summary = node.get("on") == "summary"
    seals = node.get("mark") == "seal"
    return Signer(node.get("role", ""), node.get("count", "1"), summary, node.get("when", ""), seals)


def _text(node: etree._Element, name: str) -> str:
    return node.findtext(f"c:{name}", "", _NS)
