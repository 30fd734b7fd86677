"""Votes that add up: nominations per post, votes of confidence per person, the committee's ballots."""

from __future__ import annotations

import random
from dataclasses import dataclass

from rehearsal.actors import Actor

CATEGORIES = ("领导班子成员", "内设机构负责人", "下属单位主要负责人", "服务对象和基层代表")


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one name got in the talks and in the meeting."""

    actor: Actor
    talks: int
    meeting: int
    rank: int
    chosen: bool
    """Whether the name goes on as an object of the inspection."""


@dataclass(frozen=True, slots=True)
class Nomination:
    """The nomination for one post."""

    talks: int
    """How many people were talked with; all who were expected came."""
    invited: tuple[int, ...]
    """Expected at the meeting, by category."""
    actual: int
    returned: int
    valid: int
    ballots: tuple[Ballot, ...]
    """Best first."""

    @property
    def expected(self) -> int:
        """How many were expected at the meeting."""
        return sum(self.invited)


def nomination(source: random.Random, talks: int, chosen: list[Actor], others: list[Actor]) -> Nomination:
    """Return a nomination in which those chosen lead clearly in both kinds."""
    invited = (source.randint(6, 9), source.randint(15, 22), source.randint(8, 14), source.randint(6, 10))
    actual = sum(invited) - source.randint(1, 4)
    returned = actual - source.randint(0, 1)
    valid = returned - source.randint(0, 2)
    high = sorted(source.sample(range(valid * 55 // 100, valid * 93 // 100), len(chosen)), reverse=True)
    rest = valid - high[0] if len(chosen) == 1 else valid // 8
    low = [rest * share // 10 for share in (6, 3)][: len(others)]
    talk_high = [talks - source.randint(0, 1) for _ in chosen]
    talk_rest = talks - max(talk_high)
    names = [(actor, votes, said, True) for actor, votes, said in zip(chosen, high, talk_high, strict=True)]
    names += [
        (actor, votes, talk_rest if place == 0 else 0, False)
        for place, (actor, votes) in enumerate(zip(others, low, strict=True))
    ]
    ballots = tuple(Ballot(actor, said, votes, rank, won) for rank, (actor, votes, said, won) in enumerate(names, 1))
    return Nomination(talks, invited, actual, returned, valid, ballots)


@dataclass(frozen=True, slots=True)
class Confidence:
    """A vote of confidence (民主测评) on one person."""

    expected: int
    actual: int
    returned: int
    valid: int
    grades: tuple[int, int, int, int]
    """优秀, 称职, 基本称职, 不称职"""
    morals: tuple[int, int, int, int]
    """好, 较好, 一般, 差"""

    @property
    def favourable(self) -> int:
        """Votes for 优秀 or 称职."""
        return self.grades[0] + self.grades[1]


def confidence(source: random.Random) -> Confidence:
    """Return a vote of confidence well above every local line."""
    expected = source.randint(38, 62)
    actual = expected - source.randint(0, 4)
    returned = actual - source.randint(0, 1)
    valid = returned - source.randint(0, 1)
    basic, bad = source.randint(0, 2), source.randint(0, 1) * source.randint(0, 1)
    competent = valid * source.randint(12, 28) // 100
    poor = source.randint(0, 1)
    fairly = valid * source.randint(8, 18) // 100
    grades = (valid - competent - basic - bad, competent, basic, bad)
    return Confidence(expected, actual, returned, valid, grades, (valid - fairly - poor, fairly, 0, poor))
