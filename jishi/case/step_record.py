"""A current record as far as standing asks: whose it is, whom and which post it speaks of, what it says of steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from jishi.procedure import procedure_of, said_at, step_of
from jishi.records import R, is_true, tells_of_all
from jishi.steps import Says

_AND = re.compile(r"[、，,；;（）()\s]+")
"""What stands between the parts of a post such as 某局副局长、党组成员（正县级）."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One current record."""

    id: str
    step: str
    person: str
    """纪实编号 of the person it is about; empty for a record of the batch."""
    people: frozenset[str]
    """纪实编号 of the candidates it names."""
    day: int
    """yyyymmdd."""
    summary: bool = True
    """False for the record of a single talk."""
    post: frozenset[str] = frozenset()
    """The parts of the post it is about; of a roster entry, of the post planned. Empty where it speaks of none."""
    waives: tuple[str, ...] = ()
    """The steps a “不适用”说明 covers."""
    change: str = ""
    """Of a roster entry: code of the kind of change."""
    probation: Mapping[str, bool] = field(default_factory=dict)
    """Of a decision or a letter: 纪实编号 → whether a probation follows."""

    def names(self, person: str) -> bool:
        """Tell whether it is a person's own, or the batch's and names the person."""
        return self.person == person if self.person or not person else person in self.people

    def same_post(self, post: frozenset[str]) -> bool:
        """Tell whether it is about a post: the one says no more than the other, or one of them says none."""
        return self.post <= post or post <= self.post


def asks_content(step_id: str) -> bool:
    """Tell whether standing asks more of a step's records than number, people and day."""
    step = step_of(step_id)
    return step is not None and (bool(step.single_title) or not _ASKED.isdisjoint(step.fields))


_ASKED = frozenset({Says.POST, Says.CHANGE, Says.PROBATION, Says.WAIVED})


def step_record_of(root: etree._Element, number: str = "") -> StepRecord:
    """Return what a record says, as far as standing asks.

    Args:
        root: a schema-valid <record>.
        number: the 记录编号 it is kept under; its own where not given.

    Raises:
        ValueError: it is none, and has no day.
    """
    step, own = root.get("stepId", ""), root.findtext(f"{R}personId", "")
    people = {node.get("id", ""): no for node in root.iterfind(f"{R}people/{R}person") if (no := node.get("no", ""))}
    kind = step_of(step)
    return StepRecord(
        id=number or root.get("recordId", ""),
        step=step,
        person=own,
        people=frozenset(people.values()),
        day=day_of(root),
        summary=not (kind and kind.single_title) or tells_of_all(root),
        post=_parts(text_at(root, Says.POST)),
        waives=tuple(node.text or "" for node in nodes_at(root, Says.WAIVED)),
        change=change_of(root),
        probation=_probation(root, people, own),
    )


def nodes_at(root: etree._Element, what: Says) -> list[etree._Element]:
    """Return where a record says something."""
    path = said_at(root.get("stepId", ""), what)
    return root.findall(path) if path else []


def text_at(root: etree._Element, what: Says) -> str:
    """Return what a record says first, or "" where it does not speak of it."""
    path = said_at(root.get("stepId", ""), what)
    return root.findtext(path, "") if path else ""


def day_of(root: etree._Element) -> int:
    """Return the day of a record's event as yyyymmdd."""
    return int(root.findtext(f"{R}occurredOn", "")[:10].replace("-", ""))


def change_of(entry: etree._Element) -> str:
    """Return the code of the kind of change a roster entry is about; empty where it names none."""
    known = procedure_of(entry.get("stepId", ""))
    return known.change_codes.get(text_at(entry, Says.CHANGE), "") if known else ""


def _parts(post: str) -> frozenset[str]:
    return frozenset(part for part in _AND.split(post) if part)


def _probation(root: etree._Element, people: Mapping[str, str], own: str) -> dict[str, bool]:
    """Return for whom a probation follows or not: those named beside what says so, else all the record is about."""
    said: dict[str, bool] = {}
    for node in nodes_at(root, Says.PROBATION):
        entry = node.getparent()
        within = entry is not None and entry.tag == f"{R}entry"
        beside = () if entry is None else (other.get("ref", "") for other in entry)
        named = [people[ref] for ref in beside if ref in people] if within else [own] if own else people.values()
        said |= dict.fromkeys(named, is_true(node.text))
    return said
