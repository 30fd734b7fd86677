"""Careers and bodies of the made-up city are such as one would meet."""

from __future__ import annotations

import pytest

from rehearsal.batch import DEFAULT_BATCH, build
from rehearsal.plan import StoryPlan
from rehearsal.roster import Nominee

_LADDER = ("股级", "乡科级副职", "乡科级正职", "县处级副职", "县处级正职")
PEOPLE = [person for person in StoryPlan(400, 1, DEFAULT_BATCH).people if person.post]


def climbed(person: Nominee) -> int:
    assert person.post
    return _LADDER.index(person.post.level) - _LADDER.index(person.level)


@pytest.mark.parametrize("change", "PFTC")
def test_only_who_is_promoted_rises_and_by_one_level(change: str) -> None:
    assert {climbed(person) for person in PEOPLE if person.change == change} == {1 if change == "P" else 0}


def test_a_county_secretary_comes_from_a_county_committee() -> None:
    heads = [person for person in PEOPLE if person.target.endswith("委书记") and person.change == "P"]
    assert heads
    assert all(person.title.endswith("委副书记") for person in heads)


def test_a_committee_is_named_in_full_and_its_members_once() -> None:
    text = b"".join(one.xml for one in build(13, scans=False)).decode()
    assert "中共云溪县委员会" in text
    for wrong in ("县委党委", "区委党委", "委员会党委", "委员会县委", "县委县委", "中共云溪县委<"):
        assert wrong not in text
