"""档号 as printed, as typed, and as ordered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.numbering import ArchiveNumber, looks_like_number, parse
from jishi.errors import NotFound
from jishi.settings import NumberSettings

numbers = st.builds(
    ArchiveNumber,
    fonds=st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True),
    class_code=st.sampled_from(["WS·XR·GR", "WS·XR·ZH", "WS·XR·PJ", "WS·XR·PD"]),
    year=st.integers(2000, 2099),
    retention=st.sampled_from(["Y", "D30", "D10"]),
    ordinal=st.integers(1, 9999),
    item=st.integers(0, 999),
)
_DOTS = "·.•・．‧"
_DASHES = "-－–—_ "


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def test_a_number_prints_as_the_scheme_says() -> None:
    number = ArchiveNumber("J012", "WS·XR·GR", 2026, "Y", 7, 3)
    assert str(number) == "J012-WS·XR·GR·2026·Y-0007-003"
    assert str(number.volume) == "J012-WS·XR·GR·2026·Y-0007"
    assert number.volume.file_name == "J012-WS.XR.GR.2026.Y-0007"


def test_punctuation_is_a_setting() -> None:
    marks = NumberSettings(rank_separator="—", part_separator="-")
    assert ArchiveNumber("J012", "WS·XR·ZH", 2026, "Y", 3).printed(marks) == "J012—WS-XR-ZH-2026-Y—0003"


@given(numbers)
def test_every_printed_number_is_read_back(number: ArchiveNumber) -> None:
    assert parse(str(number)).number == number


@given(numbers, st.sampled_from(_DOTS), st.sampled_from(_DASHES), st.booleans(), st.booleans())
def test_any_punctuation_width_and_case_is_understood(
    number: ArchiveNumber, dot: str, dash: str, wide: bool, lower: bool
) -> None:
    typed = str(number).replace("·", dot).replace("-", dash)
    typed = typed.lower() if lower else typed
    typed = _full_width(typed) if wide else typed
    assert parse(f" {typed} ").number == number


@pytest.mark.parametrize(
    ("typed", "pages"), [("#12", (12, 12)), ("#12-14", (12, 14)), ("＃12—14", (12, 14)), ("#3至5", (3, 5))]
)
def test_pages_are_read_after_the_hash(typed: str, pages: tuple[int, int]) -> None:
    found = parse("J012-WS·XR·GR·2026·Y-0007" + typed)
    assert (found.first_page, found.last_page) == pages


@pytest.mark.parametrize(
    "typed", ["", "张三", "J012", "J012-WS·XR·GR·2026·Y", "J012-WS·XR·QQ·2026·Y-0001", "2026-P003"]
)
def test_what_is_no_number_is_said_so_in_chinese(typed: str) -> None:
    assert not looks_like_number(typed)
    with pytest.raises(NotFound, match="不是档号"):
        parse(typed)


def test_items_of_a_volume_stand_in_their_order() -> None:
    volume = ArchiveNumber("J012", "WS·XR·GR", 2026, "Y", 7)
    assert sorted([volume.with_item(10), volume.with_item(9), volume]) == [
        volume,
        volume.with_item(9),
        volume.with_item(10),
    ]


@pytest.mark.parametrize("typed", ["#0", "#0-3", "#5-2", "#12,14", "#-3"])
def test_pages_that_cannot_be_are_refused_not_guessed(typed: str) -> None:
    with pytest.raises(NotFound):
        parse("J012-WS·XR·GR·2026·Y-0007" + typed)
