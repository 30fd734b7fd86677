"""The layout of Word forms: two short pairs to a row, tables that fit, nothing half empty."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.forms import Grid, Pair
from press.text_width import balanced, title_lines
from press.word_layout import PORTRAIT, UNITS, WordTable, ems


def pair(label: str, text: str, long: bool = False) -> Pair:
    return Pair(label, label, tuple(text.split("\n")), long)


def labels(block: WordTable) -> list[list[str]]:
    return [["".join(text for _, text in cell.lines) for cell in row.cells] for row in block.rows]


def grid(columns: int, *rows: tuple[str, ...], label: str = "表") -> Grid:
    heads = tuple(f"栏目{number}" for number in range(columns))
    return Grid("g", label, heads, heads, rows)


def test_two_short_pairs_share_a_row() -> None:
    (block,) = PORTRAIT.blocks([pair("甲", "一"), pair("乙", "二"), pair("丙", "三")])
    assert labels(block) == [["甲", "一", "乙", "二"], ["丙", "三"]]


def test_a_short_pair_waits_behind_one_wide_row_for_its_fellow() -> None:
    wide = "很长的一行内容不能放进半行的格子里"
    (block,) = PORTRAIT.blocks([pair("甲", "一"), pair("乙", wide), pair("丙", "三")])
    assert labels(block) == [["乙", wide], ["甲", "一", "丙", "三"]]


def test_prose_takes_the_whole_width_and_may_break_over_pages() -> None:
    (block,) = PORTRAIT.blocks([pair("意见", "很长。" * 200 + "\n第二段", long=True)])
    (row,) = block.rows
    assert (row.keep, row.cells[0].span) == (False, UNITS)
    assert [style for style, _ in row.cells[0].lines] == ["Lead", "Prose", "Prose"]


def test_an_empty_table_is_a_pair_that_says_none() -> None:
    (block,) = PORTRAIT.blocks([pair("甲", "一"), grid(3, label="处分")])
    assert labels(block) == [["甲", "一", "处分", "无"]]


def test_a_narrow_table_is_folded_side_by_side() -> None:
    block = PORTRAIT.grid(Grid("g", "票", ("a", "b"), ("人选", "票数"), tuple((f"人{n}", str(n)) for n in range(7))))
    assert len(block.heads) == 6
    assert [len(row.cells) for row in block.rows] == [6, 6, 6]
    assert labels(block)[-1] == ["人6", "6", "", "", "", ""]


def test_long_texts_of_a_wide_table_stand_below_their_row() -> None:
    block = PORTRAIT.grid(grid(6, ("甲", "1", "2", "3", "4", "分析意见" * 20)))
    assert labels(block) == [["甲", "1", "2", "3", "4"], ["栏目5", "分析意见" * 20]]


def test_a_section_is_a_row_of_its_own() -> None:
    (block,) = PORTRAIT.blocks([pair("甲", "一"), Pair("s", "考察", (), False, "section"), pair("乙", "二")])
    assert labels(block) == [["甲", "一"], ["考察"], ["乙", "二"]]


@pytest.mark.parametrize(
    ("label", "room", "broken"),
    [
        ("计票日期", 7, ("计票日期",)),
        ("德的测评核查结论", 7, ("德的测评", "核查结论")),
        ("主要负责人是否末位表态", 7, ("主要负责人", "是否末位表态")),
    ],
)
def test_a_long_label_is_broken_evenly(label: str, room: int, broken: tuple[str, ...]) -> None:
    assert balanced(label, room) == broken


def test_han_is_twice_as_wide_as_latin() -> None:
    assert ems("汉字") == 2
    assert ems("𬭎") >= 1
    assert ems("ab") == 1


@given(
    st.integers(1, 12).flatmap(
        lambda width: st.lists(st.tuples(*[st.text("甲乙丙a1-\n", max_size=60)] * width), min_size=1, max_size=8)
    )
)
def test_every_row_of_any_table_fills_the_width_and_loses_no_cell(rows: list[tuple[str, ...]]) -> None:
    block = PORTRAIT.grid(grid(len(rows[0]), *rows))
    assert {sum(cell.span for cell in row.cells) for row in block.rows} == {UNITS}
    assert sum(cell.span for cell in block.heads) == (UNITS if block.heads else 0)
    shown = Counter(text for row in block.rows for cell in row.cells for _, text in cell.lines if text)
    told = Counter(line for row in rows for cell in row for line in cell.split("\n") if line)
    beside = Counter(line for _, line in details(block, rows))
    assert shown == told + beside if block.heads else not told - shown


def test_a_short_table_too_wide_for_the_page_is_told_row_by_row() -> None:
    row = ("岚江市财政局", "2025年10月3日", *["机构职能调整后新核定职数"] * 7)
    heads = [f"栏目{number}" for number in range(9)]
    block = PORTRAIT.grid(grid(9, row, row))
    lines = ["".join(cells) for cells in labels(block)]
    assert lines[:2] == ["表", "（一）"] and "（二）" in lines
    assert [label for label in heads if label not in "".join(lines)] == []
    assert len(PORTRAIT.grid(grid(9, *[row] * 13)).heads) == 9


def details(block: WordTable, rows: list[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return the labels that stand before texts below their row."""
    long = sum(len(row.cells) == 2 and row.cells[0].span == 10 and len(rows[0]) > 4 for row in block.rows)
    heads = [row.cells[0].lines for row in block.rows if len(row.cells) == 2 and row.cells[0].span == 10][:long]
    return [line for lines in heads for line in lines] if len(rows[0]) > 4 else []


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("考察材料", ["考察材料"]),
        ("干部资格审查表（含选拔任用有关事项报告表）", ["干部资格审查表", "（含选拔任用有关事项报告表）"]),
        ("中共某某市委关于王某某同志职务任免的通知公告", ["中共某某市委", "关于王某某同志职务任免的通知公告"]),
    ],
)
def test_a_long_title_is_broken_by_sense(title: str, lines: list[str]) -> None:
    assert title_lines(title) == lines


def test_dates_and_names_are_not_broken_in_a_crowded_table() -> None:
    row = ("吴某某", "2026年11月20日", *["很长的一段说明文字" * 2] * 6)
    block = PORTRAIT.grid(grid(8, *[row] * 13))
    spans = [cell.span for cell in block.rows[0].cells]
    assert spans[0] * PORTRAIT.unit_mm > 3 * 3.175
    assert spans[1] * PORTRAIT.unit_mm > 7 * 3.175
