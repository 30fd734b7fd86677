"""How each person of a batch stands: on the roster, to every step, and in which order steps ran, as dossier facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from jishi.process import Predecessor, Step, catalogue
from jishi.record_types import NAMESPACE
from jishi.records import is_true
from pipeline.rules import DOSSIER

_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"
LATER_STEPS = ("S6-06", "S6-07")
"""Steps of the year of probation, due with the supplementary filing."""
_TAKEN = (
    "targetOrg", "targetPost", "targetLevel", "targetHead", "curOrg", "curPost", "curLevel", "curPostSince",
    "qualify", "keyPost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Paper:
    """A current record, as far as order and completeness ask."""

    id: str
    step: str
    person: str
    people: frozenset[str]
    """纪实编号 of the candidates it names."""
    day: int
    """yyyymmdd."""
    summary: bool
    """False for the record of a single talk."""


@dataclass
class _Papers:
    """The current records by step, and by step and person."""

    all: list[_Paper] = field(default_factory=list)
    by_step: dict[str, list[_Paper]] = field(default_factory=lambda: defaultdict(list))
    by_person: dict[tuple[str, str], list[_Paper]] = field(default_factory=lambda: defaultdict(list))
    waived: dict[tuple[str, str], str] = field(default_factory=dict)
    """(纪实编号 or "" for the batch, step) → the NA record that covers it."""

    def add(self, root: etree._Element) -> None:
        """Take one record in."""
        paper = _paper(root)
        if paper.step == "NA":
            for node in root.iterfind(f"{_R}content/{_R}steps/{_R}value"):
                self.waived[paper.person, node.text or ""] = paper.id
        self.all.append(paper)
        self.by_step[paper.step].append(paper)
        for person in {paper.person} if paper.person else paper.people:
            self.by_person[paper.step, person].append(paper)


def _paper(root: etree._Element) -> _Paper:
    step = root.get("stepId", "")
    summary = step not in ("S2-02", "S3-05") or "表" in root.findtext(f"{_R}formKind", "").split()
    people = frozenset(node.get("no", "") for node in root.iterfind(f"{_R}people/{_R}person[@no]"))
    own = root.findtext(f"{_R}personId", "")
    return _Paper(root.get("recordId", ""), step, own, people, day_of(root), summary)


def day_of(root: etree._Element) -> int:
    """Return the day of a record's event as yyyymmdd."""
    return int(root.findtext(f"{_R}occurredOn", "")[:10].replace("-", ""))


def add_roster(dossier: etree._Element, current: list[etree._Element], supplementary: Collection[str]) -> None:
    """Lay down every person with what they need, have and in which order, and the order of the batch's own steps."""
    papers = _Papers()
    for root in current:
        papers.add(root)
    admitted = {root.findtext(f"{_R}personId", ""): root for root in current if root.get("stepId") == "S1-08"}
    numbers = {no for paper in papers.all for no in (paper.person, *paper.people) if no}
    kinds = dict.fromkeys(numbers, "") | {no: _change_of(root) for no, root in admitted.items()}
    later = probation_ahead(current, kinds) - frozenset(supplementary)
    roster = etree.SubElement(dossier, f"{_D}roster")
    for no in sorted(numbers | set(admitted)):
        _add_person(roster, no, admitted.get(no), papers, LATER_STEPS if no in later else ())
    whole = etree.SubElement(dossier, f"{_D}whole")
    for step in catalogue().steps.values():
        if step.scope == "batch":
            _add_order(whole, step, "", papers)


def probation_ahead(papers: Iterable[etree._Element], kinds: Mapping[str, str]) -> frozenset[str]:
    """Return whose probation runs or is to come, so that its steps are not missing yet.

    The appointment (S6-04) says so; while there is none the decision (S5-04), and before that the kind of change.

    Args:
        papers: current records, of which only those two steps are looked at.
        kinds: 纪实编号 of the people asked about → code of the kind of change.
    """
    said: dict[str, bool] = {}
    for root in sorted(papers, key=lambda paper: paper.get("stepId", "")):
        if root.get("stepId") == "S5-04":
            said |= _decided_on_probation(root)
        elif root.get("stepId") == "S6-04":
            own = root.findtext(f"{_R}personId", "")
            probation = is_true(root.findtext(f"{_R}content/{_R}probation", ""))
            said |= dict.fromkeys({own} if own else _paper(root).people, probation)
    applies = catalogue().steps[LATER_STEPS[0]].applies
    return frozenset(no for no, change in kinds.items() if said.get(no, applies.get(change, "none") != "none"))


def _decided_on_probation(decision: etree._Element) -> dict[str, bool]:
    numbers = {node.get("id"): node.get("no", "") for node in decision.iterfind(f"{_R}people/{_R}person[@no]")}
    return {
        numbers[ref]: is_true(entry.findtext(f"{_R}probation", ""))
        for entry in decision.iterfind(f"{_R}content/{_R}entries/{_R}entry")
        if (part := entry.find(f"{_R}person")) is not None and (ref := part.get("ref")) in numbers
    }


def _change_of(entry: etree._Element) -> str:
    """Return the code of the kind of change a qualification check (S1-08) is about."""
    return catalogue().change_codes.get(entry.findtext(f"{_R}content/{_R}changeKind", ""), "")


# People


def _add_person(
    roster: etree._Element, no: str, entry: etree._Element | None, papers: _Papers, later: Collection[str]
) -> None:
    node = etree.SubElement(roster, f"{_D}person", no=no)
    if entry is not None:
        _tell_of(node, no, entry)
    for step in catalogue().steps.values():
        _add_need(node, step, no, papers, later)
        if step.scope != "batch":
            _add_order(node, step, no, papers)


def _tell_of(node: etree._Element, no: str, entry: etree._Element) -> None:
    own = next((n for n in entry.iterfind(f"{_R}people/{_R}person") if n.get("no") == no), None)
    node.set("record", entry.get("recordId", ""))
    node.set("id", "" if own is None else own.get("id", ""))
    node.set("name", "" if own is None else own.get("name", ""))
    node.set("change", _change_of(entry))
    for name in _TAKEN:
        node.set(name, entry.findtext(f"{_R}content/{_R}{name}", ""))
    for kin in entry.iterfind(f"{_R}content/{_R}kin/{_R}entry/{_R}person"):
        etree.SubElement(node, f"{_D}kin", ref=kin.get("ref", ""))
    for leader in entry.iterfind(f"{_R}content/{_R}leadersInCharge/{_R}person"):
        etree.SubElement(node, f"{_D}leader", ref=leader.get("ref", ""))


# Completeness


def _add_need(person: etree._Element, step: Step, no: str, papers: _Papers, later: Collection[str]) -> None:
    need = step.applies.get(person.get("change", ""), "conditional")
    own = papers.waived.get((no, step.id), "")
    waived = own or papers.waived.get(("", step.id), "")
    having = _having(step, no, papers)
    if own and step.scope == "batch" and need != "mandatory":
        having = []  # the batch's record is about other people's posts
    state = "done" if having else "na" if waived else "later" if step.id in later else "missing"
    node = etree.SubElement(person, f"{_D}need", step=step.id, need=need, state=state)
    node.set("records", " ".join(paper.id for paper in having))
    if waived:
        node.set("na", waived)


def _having(step: Step, no: str, papers: _Papers) -> list[_Paper]:
    """Return the records that make a step done for a person; single talks alone do not."""
    found = papers.by_step.get(step.id, []) if step.scope == "batch" else papers.by_person.get((step.id, no), [])
    if step.scope == "person" or step.id == "S6-08":
        found = [paper for paper in found if paper.person == no]
    return found if any(paper.summary for paper in found) else []


# Order


def _add_order(parent: etree._Element, step: Step, no: str, papers: _Papers) -> None:
    mine = papers.by_person.get((step.id, no), []) if no else papers.by_step.get(step.id, [])
    for before in step.after if mine else ():
        if before.check != "none":
            _add_pair(parent, before, mine, no, papers)


def _add_pair(parent: etree._Element, before: Predecessor, mine: list[_Paper], no: str, papers: _Papers) -> None:
    named = papers.by_person.get((before.step, no), []) if no else []
    unnamed = bool(no) and not named
    if unnamed and catalogue().steps[before.step].scope != "batch":
        return
    theirs = named or papers.by_step.get(before.step, [])
    if theirs:
        # Where the earlier step names nobody, its last record may concern other posts.
        check = "first" if unnamed else before.check
        etree.SubElement(parent, f"{_D}order", _compared(before, mine, theirs, check))


def _compared(before: Predecessor, mine: list[_Paper], theirs: list[_Paper], check: str) -> dict[str, str]:
    first, last = min(mine, key=lambda paper: paper.day), max(mine, key=lambda paper: paper.day)
    days = {paper.day for paper in theirs}
    shared = {paper.day for paper in mine} <= days
    return {
        "step": first.step,
        "after": before.step,
        "record": first.id,
        "first": str(first.day),
        "last": str(last.day),
        "afterFirst": str(min(days)),
        "afterLast": str(max(days)),
        "check": check,
        "sameDay": str(shared).lower() if before.same_day else "",
    }
