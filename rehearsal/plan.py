"""Everything about a batch that is settled before its first record is written."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rehearsal.actors import Actor
from rehearsal.composer import unique
from rehearsal.drafts import Pages
from rehearsal.names import name_from
from rehearsal.places import Unit, bureau, town
from rehearsal.posts import Post
from rehearsal.prose import Prose
from rehearsal.roster import Nominee, roster
from rehearsal.schedule import Schedule, schedule_of
from rehearsal.staff import Staff
from rehearsal.votes import Confidence, Nomination, confidence, nomination

CHUNK = 300
"""How many people one list-like record names at most."""
SESSION = 60
"""How many people the committee goes through in one session."""
SESSION_PAGES = 6
"""Pages of the committee's minute book that one session takes."""
BOOK_PAGES = 200
"""Printed pages of every notebook."""
_POSTS_A_BOOK = 3


def _one_below(post: Post) -> str:
    """Return what somebody does who may compete for a post: one level below it, or on its level where nobody rises."""
    if "乡镇" in post.kind:
        return "党政办公室主任" if post.change == "P" else "党委委员"
    return "办公室主任" if post.change == "P" and not post.head else "副局长"


@dataclass(frozen=True, slots=True)
class Team:
    """One inspection team and the people it inspects."""

    index: int
    members: tuple[Actor, ...]
    """The leader first."""
    people: tuple[Nominee, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the committee."""

    index: int
    people: tuple[Nominee, ...]
    withdrawn: Actor | None
    """The member who is kin of the person discussed and leaves the room."""


class StoryPlan:
    """People, posts, days, teams, notebooks and votes of one batch; the same arguments give the same plan."""

    def __init__(self, people: int, seed: int, batch: str) -> None:
        self.batch = batch
        self.seed = seed
        self.year = int(batch.split("-")[1])
        self.serial = int(batch[-3:])
        self.staff = Staff(seed)
        self.people, self.posts = roster(people, seed, batch)
        self.talks = 6 if people <= 12 else 5
        plenary = any(person.plenary for person in self.people)
        self.schedule: Schedule = schedule_of(self.year, len(self.sessions), plenary)

    def chance(self, *parts: object) -> random.Random:
        """Return a source of chance that depends on the batch and these parts only."""
        return random.Random("/".join(map(str, (self.seed, self.batch, *parts))))

    def prose(self, *parts: object, evidence: Sequence[str] = ()) -> Prose:
        """Return a writer whose choices depend on the batch and these parts only."""
        return Prose(self.chance("prose", *parts), evidence)

    @cached_property
    def units(self) -> list[Unit]:
        """The units with posts to fill, once each."""
        return list({post.unit.index: post.unit for post in self.posts}.values())

    @cached_property
    def leaders(self) -> list[Actor]:
        """The leaders in charge of those units, once each."""
        return unique(leader for unit in self.units for leader in self.staff.leaders_of(unit))

    @cached_property
    def by_post(self) -> dict[int, list[Nominee]]:
        """Post → the people meant for it."""
        found: dict[int, list[Nominee]] = {post.index: [] for post in self.posts}
        for person in self.people:
            if person.post:
                found[person.post.index].append(person)
        return found

    @cached_property
    def nominated_posts(self) -> list[Post]:
        """The posts filled by way of a nomination."""
        return [post for post in self.posts if post.nominated]

    @cached_property
    def nominations(self) -> dict[int, Nomination]:
        """Post → its nomination."""
        return {post.index: self._nomination(post) for post in self.nominated_posts}

    def _nomination(self, post: Post) -> Nomination:
        chosen = [person.actor for person in self.by_post[post.index]]
        return nomination(self.chance("nomination", post.index), self.talks, chosen, self._others(post))

    def _others(self, post: Post) -> list[Actor]:
        """Return the competitors of a post who will not be chosen; they are not on the roster."""
        source = self.chance("others", post.index)
        unit = town(post.index) if "乡镇" in post.kind else bureau(post.index + 11)
        title = _one_below(post)
        key = f"K-{self.batch[9:11]}{self.batch[-3:]}C{post.index + 1:03d}"
        return [Actor(f"{key}{mark}", name_from(source), unit.name, title) for mark in "AB"]

    @cached_property
    def inspected(self) -> list[Nominee]:
        """The people who are inspected."""
        return [person for person in self.people if person.inspected]

    @cached_property
    def teams(self) -> list[Team]:
        """The inspection teams; a large batch gives each team more people."""
        size = 5 if len(self.people) <= 300 else 10
        parts = [self.inspected[start : start + size] for start in range(0, len(self.inspected), size)]
        return [
            Team(place, tuple(self.staff.inspector(place, slot) for slot in range(3)), tuple(part))
            for place, part in enumerate(parts)
        ]

    @cached_property
    def team_of(self) -> dict[int, tuple[Team, int]]:
        """Person → the team and the place among its people."""
        return {person.index: (team, place) for team in self.teams for place, person in enumerate(team.people)}

    def confidence(self, person: Nominee) -> Confidence:
        """Return the vote of confidence on a person."""
        return confidence(self.chance("confidence", person.index))

    @cached_property
    def sessions(self) -> list[Session]:
        """The committee's sessions; whoever has kin on the committee is discussed apart."""
        plain = [person for person in self.people if not person.kin]
        parts = [tuple(plain[start : start + SESSION]) for start in range(0, len(plain), SESSION)]
        found = [Session(place, part, None) for place, part in enumerate(parts)]
        apart = [person for person in self.people if person.kin]
        return found + [Session(len(found) + n, (person,), self.staff.relative) for n, person in enumerate(apart)]

    def pages(self, series: str, ordinal: int, pages: int = 2) -> Pages:
        """Return the pages of the event with this place among those written in a series of notebooks."""
        fitting = BOOK_PAGES // pages
        first = ordinal % fitting * pages + 1
        return Pages(self.book(series, ordinal // fitting), first, first + pages - 1)

    def book(self, series: str, number: int) -> str:
        """Return the number of a notebook: series L hearings, M nomination, K inspection, H meetings, R talks."""
        return f"岚组纪〔{self.year}〕{self.serial:02d}-{series}{number + 1:03d}"

    def nomination_pages(self, place: int, talk: int) -> Pages:
        """Return the pages of a talk about the nominated post with this place; three posts share a book."""
        first = ((place % _POSTS_A_BOOK) * self.talks + talk) * 2 + 1
        return Pages(self.book("M", place // _POSTS_A_BOOK), first, first + 1)

    def inspection_pages(self, team: Team, place: int, talk: int) -> Pages:
        """Return the pages of a talk about the person with this place in a team."""
        first = (place * self.talks + talk) * 2 + 1
        return Pages(self.book("K", team.index), first, first + 1)

    def books(self) -> Iterator[tuple[str, Actor]]:
        """Yield every notebook of the batch with the one it is issued to."""
        hearings = len(self.units) + 2 * len(self.leaders) + 2 + 3 * len(self.chunks())
        yield from ((self.book("L", number), self.staff.of("handler")) for number in range(-(-hearings // 100)))
        for number in range(-(-len(self.nominated_posts) // _POSTS_A_BOOK)):
            yield self.book("M", number), self.staff.of("handler_b")
        yield from ((self.book("K", team.index), team.members[0]) for team in self.teams)
        yield from (
            (self.book("H", number), self.staff.of("office"))
            for number in range(-(-len(self.sessions) // (BOOK_PAGES // SESSION_PAGES)))
        )
        yield from ((self.book("R", number), self.staff.of("second")) for number in range(-(-len(self.people) // 100)))

    def chunks(self, people: list[Nominee] | None = None) -> list[list[Nominee]]:
        """Return people in parts no longer than one list-like record may be."""
        whole = self.people if people is None else people
        return [whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK)]
