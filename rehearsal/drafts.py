"""A record before it is written down: what the stages hand to the composer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.actors import Actor

HAND = "手写签名扫描"
SEAL = "印章"
WRITTEN_ORDER = "签批件"
BALLOTS, NAMES = 4, 28
"""Ballots scanned on one sheet, names on one sign-in sheet."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A stretch of pages of a registered notebook."""

    book: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper behind a record."""

    kind: str
    pages: int = 1
    look: str = "page"
    """page | notebook | ballots | ballot | signin | form | colour | screen | photo: how it is drawn."""
    holds: int = 0
    """How many ballots or names stand on its sheets; 0 for other papers."""
    seal: str = ""
    """Name of the unit whose red seal stands on it."""
    original: bool = True


@dataclass(frozen=True, slots=True)
class Sign:
    """One signature: who, in which role, on which paper."""

    role: str
    actor: Actor
    paper: int = 0
    """Place of the signed page among the record's papers."""
    kind: str = HAND


@dataclass(frozen=True, slots=True)
class Draft:
    """One event as its stage knows it; the composer adds what is common to all."""

    step: str
    occurrence: int
    title: str
    on: dt.date
    place: str
    recorder: Actor
    content: Mapping[str, Any]
    signs: tuple[Sign, ...]
    papers: tuple[Paper, ...]
    subject: Actor | None = None
    """The candidate, for a record about one person."""
    forms: str = ""
    """纪实方式 where it differs from the procedure's."""
    notebook: Pages | None = None
    lag: int = 0
    """Working days between the event and its record."""
    late_reason: str = ""
    correction_of: str = ""
    correction_reason: str = ""
    remarks: str = ""
    also: tuple[Actor, ...] = field(default=())
    """People named only in running text."""


def signs(*pairs: tuple[str, Actor] | tuple[str, Actor, int]) -> tuple[Sign, ...]:
    """Return handwritten signatures from (role, person) or (role, person, paper) tuples."""
    return tuple(Sign(*pair) for pair in pairs)


def ballots(kind: str, count: int) -> Paper:
    """Return a sealed bundle of so many ballots."""
    return Paper(kind, pages=-(-count // BALLOTS), look="ballots", holds=count)


def sign_in(kind: str, count: int) -> Paper:
    """Return the sheets on which so many people signed in."""
    return Paper(kind, pages=-(-count // NAMES), look="signin", holds=count)


def papers(*kinds: str, **looks: Any) -> tuple[Paper, ...]:
    """Return one plain single-page paper per kind."""
    return tuple(Paper(kind, **looks) for kind in kinds)
