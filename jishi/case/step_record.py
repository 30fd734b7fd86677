"""A current record as far as standing asks: whose it is, whom and which post it speaks of, what it says of steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from jishi.procedure import Deed, does, procedure
from jishi.records import R, is_true, tells_of_all

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
    """The steps an NA record covers."""
    change: str = ""
    """Of a roster entry: code of the kind of change."""
    levels: frozenset[str] = frozenset()
    """Of a roster entry: the levels of the post held and of the post planned."""
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
    step = procedure().all_types[step_id]
    of_posts = step.scope == "batch" and step.repeats in _OF_POSTS
    return of_posts or bool(step.single_title) or not step.deeds.isdisjoint(_SPEAKING)


_OF_POSTS = ("perPost", "perMeeting", "perTalk")
"""How the steps of the batch repeat whose records are about one post."""
_SPEAKING = frozenset({Deed.ENROLS, Deed.DECIDES, Deed.APPOINTS, Deed.WAIVES})


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
    kind = procedure().all_types.get(step)
    return StepRecord(
        id=number or root.get("recordId", ""),
        step=step,
        person=own,
        people=frozenset(people.values()),
        day=day_of(root),
        summary=not (kind and kind.single_title) or tells_of_all(root),
        post=_parts(root.findtext(f"{R}content/{R}{'targetPost' if does(step, Deed.ENROLS) else 'post'}", "")),
        waives=_waived(root) if does(step, Deed.WAIVES) else (),
        change=change_of(root) if does(step, Deed.ENROLS) else "",
        levels=_levels(root) if does(step, Deed.ENROLS) else frozenset(),
        probation=_probation(root, step, people, own),
    )


def day_of(root: etree._Element) -> int:
    """Return the day of a record's event as yyyymmdd."""
    return int(root.findtext(f"{R}occurredOn", "")[:10].replace("-", ""))


def change_of(entry: etree._Element) -> str:
    """Return the code of the kind of change a roster entry is about; empty where it names none."""
    return procedure().change_codes.get(entry.findtext(f"{R}content/{R}changeKind", ""), "")


def _levels(entry: etree._Element) -> frozenset[str]:
    return frozenset(entry.findtext(f"{R}content/{R}{name}", "") for name in ("curLevel", "targetLevel"))


def _parts(post: str) -> frozenset[str]:
    return frozenset(part for part in _AND.split(post) if part)


def _waived(note: etree._Element) -> tuple[str, ...]:
    return tuple(node.text or "" for node in note.iterfind(f"{R}content/{R}steps/{R}value"))


def _probation(root: etree._Element, step: str, people: Mapping[str, str], own: str) -> dict[str, bool]:
    if does(step, Deed.APPOINTS):
        said = is_true(root.findtext(f"{R}content/{R}probation", ""))
        return dict.fromkeys([own] if own else people.values(), said)
    if not does(step, Deed.DECIDES):
        return {}
    return {
        people[ref]: is_true(entry.findtext(f"{R}probation", ""))
        for entry in root.iterfind(f"{R}content/{R}entries/{R}entry")
        if (part := entry.find(f"{R}person")) is not None and (ref := part.get("ref", "")) in people
    }
