"""How rule tests break a sound batch: pick a record of the rehearsal, edit it by path, judge it."""

from __future__ import annotations

import copy
import datetime as dt
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

from lxml import etree

from jishi.workdays import WorkCalendar
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.rules.profiles import Profile, load_profile
from rehearsal.batch import build

BATCH = "511000-2026-P003"
TODAY = dt.date(2026, 6, 1)
CALENDAR = WorkCalendar({})
LOCAL = Path(__file__).parent / "local_rules"
NS = {"r": "urn:jishi:record:1", "d": "urn:jishi:dossier:1"}
_NAME = re.compile(r"(?<![\w@:$.\-])([A-Za-z][\w]*)(?![\w(:\-])")
_WORDS = {"and", "or", "div", "mod"}

Records = dict[str, etree._Element]
EARLIER = "511000-2025-P001"
"""A batch of the year before, whose supplement after probation is in."""


@cache
def _sample(people: int, batch: str) -> tuple[tuple[str, bytes], ...]:
    parts = [*build(people, 1, scans=False, batch=batch)]
    if batch == EARLIER:
        parts += build(people, 1, scans=False, batch=batch, supplement=True)
    return tuple((record.record_id, record.xml) for record in parts)


@cache
def profile_of(name: str) -> Profile:
    """Return a profile, loaded once; those beginning with X are the tests' own locality."""
    return load_profile(name, LOCAL if name.startswith("X") else None)


def records(batch: str = BATCH, people: int = 6) -> Records:
    """Return a sound batch, freshly parsed: record number → root. Persons 1 to 6 are P F T X P P."""
    return {number: etree.fromstring(data) for number, data in _sample(people, batch)}


def pick(batch: Records, target: str) -> etree._Element:
    """Return the record a target names.

    A target is a step, with a person before it ("001/S3-10") or the batch ("批/S6-08"), and after it a place
    ("S2-05#2") or a kind: 表 picks a summary, 谈 a single talk.
    """
    match = re.fullmatch(r"(?:(\d{3}|批)/)?([A-Z0-9-]+)(表|谈)?(?:#(\d+))?", target)
    assert match, target
    fitting = [
        root
        for number, root in batch.items()
        if number.split("/")[1] == match[2]
        and (not match[1] or number.split("/")[0][17:] == match[1].strip("批"))
        and (not match[3] or ("表" in root.findtext("r:formKind", "", NS).split()) == (match[3] == "表"))
    ]
    return fitting[int(match[4] or "1") - 1]


def prefixed(path: str) -> str:
    """Put the record prefix before every element name of a path; c/ stands for content/."""
    parts = re.split(r"('[^']*')", path)
    return "".join(part if part.startswith("'") else _NAME.sub(_with_prefix, part) for part in parts)


def _with_prefix(match: re.Match[str]) -> str:
    name = match[1]
    return name if name in _WORDS else "r:content" if name == "c" else f"r:{name}"


def found(root: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements at an XPath."""
    return cast("list[etree._Element]", root.xpath(path, namespaces=NS))


def edit(root: etree._Element, *edits: str) -> None:
    """Edit a record: "path = text" sets, "path -" deletes, "path + <xml/>" appends, "path < <xml/>" puts after.

    Predicates are written without blanks around their signs.
    """
    for line in edits:
        path, sign, value = re.fullmatch(r"(\S(?:.*?\S)?) (=|-|\+|<)(?: (.*))?", line).groups()  # type: ignore[union-attr]
        owner, at, name = path.rpartition("@")
        if at and sign == "=" and "]" not in name:
            nodes = found(root, prefixed(owner.rstrip("/") or "."))
            assert nodes, f"{line}: nothing there"
            for node in nodes:
                node.set(name, value)
            continue
        nodes = found(root, prefixed(path))
        assert nodes, f"{line}: nothing there"
        for node in nodes:
            _edit_one(node, sign, value or "")


def _edit_one(node: etree._Element, sign: str, value: str) -> None:
    if sign == "=":
        node.text = value
    elif sign == "-":
        parent = node.getparent()
        assert parent is not None
        parent.remove(node)
    else:
        part = etree.fromstring(f"<x xmlns='{NS['r']}'>{value}</x>")[0]
        node.append(part) if sign == "+" else node.addnext(part)


@dataclass(frozen=True)
class Case:
    """A mutation of the sound batch and the one rule it breaks."""

    rule: str
    edits: dict[str, tuple[str, ...]]
    """Target → edits; the edit "drop" takes the record out."""
    profile: str = "CN"
    also: frozenset[str] = field(default_factory=frozenset)
    """Rules that say the same of the same fault from another side, and cannot but break with it."""
    batch: str = BATCH
    today: dt.date = TODAY
    add: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Records to add: (target to copy, new record number, edits)."""


def case(rule: str, target: str, *edits: str, profile: str = "CN", also: str = "", batch: str = BATCH) -> Case:
    """Return a case that edits one record."""
    return Case(rule, {target: edits}, profile, frozenset(also.split()), batch)


def broken(batch: Records, profile: str = "CN", today: dt.date = TODAY) -> set[str]:
    """Return the ids of the dossier rules a batch breaks."""
    return broken_among([DossierEntry(root, number) for number, root in batch.items()], profile, today)


def broken_among(entries: list[DossierEntry], profile: str = "CN", today: dt.date = TODAY) -> set[str]:
    """Return the ids of the dossier rules some entries break."""
    number = entries[0].record_id[:16]
    dossier = assemble(entries, batch=number, profile=profile_of(profile), today=today)
    return {outcome.rule.id for outcome in profile_of(profile).rule_set("dossier", CALENDAR).judge(dossier)}


def broken_alone(root: etree._Element, profile: str = "CN") -> set[str]:
    """Return the ids of the record rules a record breaks."""
    day = dt.date.fromisoformat(root.findtext("r:occurredOn", "", NS))
    rules = profile_of(profile).rule_set("record", CALENDAR)
    return {outcome.rule.id for outcome in rules.judge(root) if outcome.rule.valid_on(day)}


def mutated(one: Case) -> tuple[Records, list[etree._Element]]:
    """Return the batch with a case's edits made, and the edited records."""
    batch, touched = records(one.batch), []
    for target, edits in one.edits.items():
        root = pick(batch, target)
        if edits == ("drop",):
            del batch[root.get("recordId", "")]
            continue
        edit(root, *edits)
        touched.append(root)
    for target, number, edits in one.add:
        root = copy.deepcopy(pick(batch, target))
        root.set("recordId", number)
        root.set("occurrence", str(int(number.rpartition("/")[2])))
        edit(root, *edits)
        batch[number] = root
        touched.append(root)
    return batch, touched
