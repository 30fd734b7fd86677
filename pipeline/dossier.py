"""The dossier of a batch: one document of all its records and of the facts the cross-record rules rest on.

What rules can say in XPath stays in the records; what would make them slow or clumsy is laid down here once as facts:
who is on the roster, which step each person needs and has, in which order steps ran, which pages of which notebook
each event claims, and what the stored files really are.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from jishi.process import Predecessor, Step, catalogue
from jishi.record_types import NAMESPACE
from pipeline.profiles import Profile
from pipeline.rules import DOSSIER

_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"
LATER_STEPS = ("S6-06", "S6-07")
"""Steps of the year of probation, due with the supplementary filing."""


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a stored attachment really is."""

    att: str
    """Its id in the record."""
    sha256: str
    """Digest of the file on disk; empty when the file is not there."""
    bytes: int
    media_type: str
    """As seen in the content, not as declared."""


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """A printed paper of a record: its digest as registered and as the file has it now."""

    name: str
    registered: str
    actual: str


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """One admitted record with the facts of its files."""

    root: etree._Element
    record_id: str
    superseded: bool = False
    files: tuple[FileFact, ...] | None = None
    """None where the files were not looked at; then nothing is said of them."""
    documents: tuple[DocumentFact, ...] = ()


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

    def add(self, paper: _Paper) -> None:
        """Take one record in."""
        self.all.append(paper)
        self.by_step[paper.step].append(paper)
        for person in {paper.person} if paper.person else paper.people:
            self.by_person[paper.step, person].append(paper)


def assemble(
    records: Iterable[DossierEntry],
    *,
    batch: str,
    profile: Profile,
    today: dt.date,
    supplementary: Collection[str] = (),
) -> etree._Element:
    """Return the dossier of a batch; the given records are copied, not changed.

    Args:
        records: all admitted records of the batch, superseded ones too, in any order.
        batch: the 批次编号.
        profile: what the batch is judged by.
        today: the day of judging.
        supplementary: 纪实编号 of those whose supplement after probation is being filed now.
    """
    entries = sorted(records, key=lambda entry: entry.record_id)
    corrected = {entry.root.findtext(f"{_R}correctionOf") for entry in entries}
    current = [entry for entry in entries if not entry.superseded and entry.record_id not in corrected]
    papers = _papers(current)
    root = etree.Element(
        f"{_D}dossier", nsmap={None: DOSSIER}, batch=batch, today=today.isoformat(), profile=profile.id,
        version=profile.version, started=_started(current),
    )  # fmt: skip
    _add_lists(root, profile)
    _add_roster(root, current, papers, frozenset(supplementary))
    _add_books(root, current)
    _add_records(root, entries, {id(entry) for entry in current})
    return root


def entries_of(dossier: etree._Element) -> Iterator[etree._Element]:
    """Yield the current records of a dossier."""
    return dossier.iterfind(f"{_D}records/{_D}entry/{_R}record")


def _papers(current: Iterable[DossierEntry]) -> _Papers:
    papers = _Papers()
    for entry in current:
        root = entry.root
        step, person = root.get("stepId", ""), root.findtext(f"{_R}personId", "")
        if step == "NA":
            for node in root.iterfind(f"{_R}content/{_R}steps/{_R}value"):
                papers.waived[person, node.text or ""] = entry.record_id
        people = frozenset(node.get("no", "") for node in root.iterfind(f"{_R}people/{_R}person[@no]"))
        summary = step not in ("S2-02", "S3-05") or "表" in root.findtext(f"{_R}formKind", "").split()
        papers.add(_Paper(entry.record_id, step, person, people, _day(root.findtext(f"{_R}occurredOn", "")), summary))
    return papers


def _day(text: str) -> int:
    return int(text[:10].replace("-", "") or "0")


def _started(current: Iterable[DossierEntry]) -> str:
    days = [
        entry.root.findtext(f"{_R}content/{_R}initiatedOn", "") or entry.root.findtext(f"{_R}occurredOn", "")
        for entry in current
        if entry.root.get("stepId") == "S1-01"
    ]
    return min(days, default="")[:10]


def _sub(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{_D}{name}", attributes)


def _add_lists(root: etree._Element, profile: Profile) -> None:
    part = _sub(root, "profile")
    for name, values in profile.lists().items():
        node = _sub(part, "list", name=name)
        for value in values:
            _sub(node, "value").text = value


# The roster: who, what they need, what they have, in which order


def _add_roster(
    root: etree._Element, current: list[DossierEntry], papers: _Papers, supplementary: frozenset[str]
) -> None:
    admitted = {e.root.findtext(f"{_R}personId", ""): e for e in current if e.root.get("stepId") == "S1-08"}
    numbers = {no for paper in papers.all for no in (paper.person, *paper.people) if no}
    on_probation = _on_probation(current)
    roster = _sub(root, "roster")
    for no in sorted(numbers | set(admitted)):
        node = _person(roster, no, admitted.get(no))
        code = node.get("change", "")
        later = LATER_STEPS if no in on_probation and no not in supplementary else ()
        for step in catalogue().steps.values():
            _add_need(node, step, no, code, papers, later)
            if step.scope != "batch":
                _add_order(node, step, no, papers)
    whole = _sub(root, "whole")
    for step in catalogue().steps.values():
        if step.scope == "batch":
            _add_order(whole, step, "", papers)


def _on_probation(current: Iterable[DossierEntry]) -> frozenset[str]:
    found: set[str] = set()
    for entry in current:
        if entry.root.get("stepId") == "S6-04" and entry.root.findtext(f"{_R}content/{_R}probation") in ("true", "1"):
            own = entry.root.findtext(f"{_R}personId", "")
            found.update(
                [own] if own else (n.get("no", "") for n in entry.root.iterfind(f"{_R}people/{_R}person[@no]"))
            )
    return frozenset(found)


_TAKEN = (
    "targetOrg",
    "targetPost",
    "targetLevel",
    "targetHead",
    "curOrg",
    "curPost",
    "curLevel",
    "curPostSince",
    "qualify",
)


def _person(roster: etree._Element, no: str, entry: DossierEntry | None) -> etree._Element:
    node = _sub(roster, "person", no=no)
    if entry is None:
        return node
    content = entry.root.find(f"{_R}content")
    assert content is not None
    own = next((n for n in entry.root.iterfind(f"{_R}people/{_R}person") if n.get("no") == no), None)
    node.set("record", entry.record_id)
    node.set("id", "" if own is None else own.get("id", ""))
    node.set("name", "" if own is None else own.get("name", ""))
    node.set("change", catalogue().change_codes.get(content.findtext(f"{_R}changeKind", ""), ""))
    for name in _TAKEN:
        node.set(name, content.findtext(f"{_R}{name}", ""))
    for kin in content.iterfind(f"{_R}kin/{_R}entry/{_R}person"):
        _sub(node, "kin", ref=kin.get("ref", ""))
    for leader in content.iterfind(f"{_R}leadersInCharge/{_R}person"):
        _sub(node, "leader", ref=leader.get("ref", ""))
    return node


def _add_need(
    person: etree._Element, step: Step, no: str, change: str, papers: _Papers, later: Collection[str]
) -> None:
    having = _having(step, no, papers)
    need = step.applies.get(change, "conditional")
    own = papers.waived.get((no, step.id), "")
    waived = own or papers.waived.get(("", step.id), "")
    if own and step.scope == "batch" and need != "mandatory":
        having = []  # the batch's record is about other people's posts
    state = "done" if having else "na" if waived else "later" if step.id in later else "missing"
    node = _sub(person, "need", step=step.id, need=need, state=state)
    if waived:
        node.set("na", waived)
    node.set("records", " ".join(paper.id for paper in having))


def _having(step: Step, no: str, papers: _Papers) -> list[_Paper]:
    """Return the records that make a step done for a person; a single talk does not."""
    if step.scope == "batch":
        found = papers.by_step.get(step.id, [])
    else:
        found = papers.by_person.get((step.id, no), [])
    if step.scope == "person" or step.id == "S6-08":
        found = [paper for paper in found if paper.person == no]
    return found if any(paper.summary for paper in found) else []


def _add_order(parent: etree._Element, step: Step, no: str, papers: _Papers) -> None:
    mine = papers.by_person.get((step.id, no), []) if no else papers.by_step.get(step.id, [])
    for before in step.after if mine else ():
        if before.check != "none":
            _add_pair(parent, step, before, mine, no, papers)


def _add_pair(
    parent: etree._Element, step: Step, before: Predecessor, mine: list[_Paper], no: str, papers: _Papers
) -> None:
    named = papers.by_person.get((before.step, no), []) if no else []
    theirs = named or papers.by_step.get(before.step, [])
    if no and not named and catalogue().steps[before.step].scope != "batch":
        theirs = []
    if not theirs:
        return
    first, last = min(mine, key=lambda p: p.day), max(mine, key=lambda p: p.day)
    days = {paper.day for paper in theirs}
    _sub(
        parent, "order", step=step.id, after=before.step, record=first.id, first=str(first.day), last=str(last.day),
        afterFirst=str(min(days)), afterLast=str(max(days)),
        # Where the earlier step names nobody, its last record may concern other posts.
        check="first" if no and not named else before.check,
        sameDay="" if not before.same_day else "true" if {p.day for p in mine} <= days else "false",
    )  # fmt: skip


# The notebooks


def _add_books(root: etree._Element, current: Iterable[DossierEntry]) -> None:
    registered: dict[str, etree._Element] = {}
    claims: dict[str, list[tuple[int, int, int, str]]] = defaultdict(list)
    for entry in current:
        for book, first, last in _pages(entry.root):
            claims[book].append((first, last, _day(entry.root.findtext(f"{_R}occurredOn", "")), entry.record_id))
        if entry.root.get("stepId") == "NB":
            content = entry.root.find(f"{_R}content")
            assert content is not None
            registered.setdefault(content.findtext(f"{_R}bookNo", ""), content)
    part = _sub(root, "books")
    for number in sorted({*claims, *registered}):
        _add_book(part, number, registered.get(number), sorted(claims.get(number, [])))


def _pages(root: etree._Element) -> Iterator[tuple[str, int, int]]:
    node = root.find(f"{_R}notebook")
    if node is not None:
        yield node.get("bookNo", ""), int(node.get("pageFrom", "0")), int(node.get("pageTo", "0"))
    content = root.find(f"{_R}content")
    if root.get("stepId") == "S5-01" and content is not None:
        first, last = (int(content.findtext(f"{_R}{name}", "0")) for name in ("pageFrom", "pageTo"))
        yield content.findtext(f"{_R}bookNo", ""), first, last


def _add_book(
    part: etree._Element, number: str, content: etree._Element | None, claims: list[tuple[int, int, int, str]]
) -> None:
    node = _sub(part, "book", bookNo=number)
    if content is not None:
        node.set("registered", "true")
        for name in ("printedPages", "openedOn", "closedOn"):
            node.set(name, content.findtext(f"{_R}{name}", ""))
    for claim in claims:
        _sub(node, "claim", record=claim[3], pageFrom=str(claim[0]), pageTo=str(claim[1]), day=str(claim[2]))
    for earlier, later in pairwise(node):
        for name in ("pageTo", "day", "record"):
            later.set(f"previous{name[0].upper()}{name[1:]}", earlier.get(name, ""))


# The records


def _add_records(root: etree._Element, entries: Iterable[DossierEntry], current: Collection[int]) -> None:
    part = _sub(root, "records")
    for entry in entries:
        node = _sub(part, "entry" if id(entry) in current else "superseded", recordId=entry.record_id)
        if entry.files is not None:
            node.set("filesSeen", "true")
        for seen in entry.files or ():
            _sub(node, "file", att=seen.att, sha256=seen.sha256, bytes=str(seen.bytes), mediaType=seen.media_type)
        for paper in entry.documents:
            _sub(node, "document", name=paper.name, registered=paper.registered, actual=paper.actual)
        node.append(copy.deepcopy(entry.root))
