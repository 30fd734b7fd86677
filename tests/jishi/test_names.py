"""Spellings of one name compare equal, different names do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.refusals import refuse_unaccepted
from archive.volume.facts import Acceptance
from jishi.errors import Refused
from jishi.names import folded_name

SPELLINGS = (
    *("程 舟", "程　舟", " 程舟\t", "程\u00a0舟", "程\u200b舟", "程\u2060舟", "\ufeff程舟", "程·舟", "程．舟"),
    *("程舟\ufe00", "程舟\U000e0100", "程\u00ad舟"),
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_person_under_two_spellings_is_one_person(spelling: str) -> None:
    with pytest.raises(Refused, match="两个人"):
        refuse_unaccepted(Acceptance("程舟", spelling, "", "CN", "", "", 0, ()))


def test_compatibility_forms_and_width_make_no_difference() -> None:
    assert folded_name("\u2f08立") == folded_name("人立")
    assert folded_name("ＡＢ") == folded_name("ab")
    assert folded_name("買買提・吐尔逊") == folded_name("買買提·吐尔逊")


@pytest.mark.parametrize("name", ["", " ", "·", "\u200b"])
def test_a_name_of_nothing_is_nobody(name: str) -> None:
    with pytest.raises(Refused):
        refuse_unaccepted(Acceptance(name, "冯越", "", "CN", "", "", 0, ()))
    with pytest.raises(Refused):
        refuse_unaccepted(Acceptance("冯越", name, "", "CN", "", "", 0, ()))


def test_two_people_are_two() -> None:
    refuse_unaccepted(Acceptance("程舟", "程州", "", "CN", "", "", 0, ()))


@given(st.text())
def test_folding_twice_is_folding_once(name: str) -> None:
    assert folded_name(folded_name(name)) == folded_name(name)
