"""What is reckoned about a form's tables before they are drawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from press.layout import laid_out
from press.text_width import Letters, balanced, breakable, kept_parts, kept_text, sure_lines, title_lines, width_of


def grid(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    keys = tuple(f"k{place}" for place in range(len(columns)))
    return {"kind": "grid", "key": "g", "label": "明细", "keys": keys, "columns": columns, "rows": rows}


def pair(label: str, *lines: str, long: bool = False) -> dict[str, Any]:
    return {"kind": "pair", "key": "p", "label": label, "lines": lines, "long": long}


def form(*body: dict[str, Any], template: str = "standard") -> dict[str, Any]:
    attachments = {**grid(("附件名称",), ()), "label": "凭证附件"}
    return laid_out(
        {
            "template": template,
            "title": "表",
            "subtitle": "题名",
            "head": (),
            "body": body,
            "foot": (),
            "signatures": (),
            "attachments": attachments,
        }
    )


def test_an_ideograph_is_wider_than_a_digit() -> None:
    assert width_of("组织部") == 3
    assert width_of("2026") == pytest.approx(2.28)
    assert width_of("") == 0


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("研究决定任免名单", 8, 1),
        ("研究决定任免名单", 4.5, 2),
        ("研究决定\n任免名单", 8, 2),
        ("会议于2026年3月5日召开并研究决定", 10, 2),
        ("研究，决定，任免，名单", 5.5, 0),
        ("赞成率85%（按应到计）等", 6, 0),
        ("所谓“带病提拔”情形均已查清", 9, 0),
        ("511000-2026-P003-001", 6, 0),
    ],
)
def test_lines_are_foretold_only_where_they_are_sure(text: str, room: float, lines: int) -> None:
    assert sure_lines(text, room) == lines


EVEN = Letters.of(dict.fromkeys(range(0x20, 0x7F), 0.5))
"""A face whose letters and digits are all half as wide as an ideograph."""


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("511000-2026-P003-001", 10.5, 1),
        ("2026年3月5日", 6.6, 1),
        ("杨沐笙、郝临槿、段溪屹、戴澄泽", 8.2, 2),
        ("杨沐笙、郝临槿、段溪屹、戴澄泽", 7.6, 0),
        ("511000-2026-P003/\u200bS1-01/\u200b001", 9.5, 2),
    ],
)
def test_more_lines_are_foretold_where_the_face_is_known(text: str, room: float, lines: int) -> None:
    assert sure_lines(text, room, 0.0, EVEN) == lines


def test_a_space_at_the_end_of_a_line_takes_no_room() -> None:
    assert EVEN.least[ord(" ")] == 0


@pytest.mark.parametrize(
    ("code", "room", "kept"),
    [
        ("511000-2026-P003/S1-01/001", 14, "511000-2026-P003/S1-01/001"),
        ("511000-2026-P003/S1-01/001", 11, "511000-2026-P003/\nS1-01/001"),
        ("511000-2026-P003/S1-01/001\n至003，共3件", 11, "511000-2026-P003/\nS1-01/001\n至003，共3件"),
    ],
)
def test_a_code_too_wide_for_its_column_is_broken_once(code: str, room: float, kept: str) -> None:
    assert kept_parts(code, room, EVEN) == kept


def test_parts_that_follow_each_other_may_be_broken_between() -> None:
    assert kept_text(["见", "P003/", "", "S1-01", "。"]) == "见P003/\u200bS1-01。"
    assert kept_text("见附件") == "见附件"


def test_an_indent_is_part_of_the_first_line() -> None:
    assert (sure_lines("研究决定任免", 6.5), sure_lines("研究决定任免", 6.5, 2)) == (1, 2)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("表决结果报告单", ["表决结果报告单"]),
        (
            "干部资格审查表（含选拔任用有关事项报告表）",
            ["干部资格审查表", "（含选拔任用有关事项报告表）"],
        ),
        ("中共岚江市委关于李㛃等三名同志职务任免的通知", ["中共岚江市委", "关于李㛃等三名同志职务任免的通知"]),
        (
            "李㛃同志选拔任用（拟任示例市住房和城乡建设局局长）工作纪实材料",
            ["李㛃同志选拔任用", "（拟任示例市住房和城乡建设局局长）", "工作纪实材料"],
        ),
    ],
)
def test_titles_break_by_sense(title: str, lines: list[str]) -> None:
    assert title_lines(title) == lines


@pytest.mark.parametrize(
    ("label", "room", "lines"),
    [
        ("主持人", 5, ("主持人",)),
        ("会议记录编号", 5, ("会议记录", "编号")),
        ("是否正职岗位", 5, ("是否正职", "岗位")),
        ("上次是否破格", 5, ("上次", "是否破格")),
        ("政治素质结论", 3, ("政治", "素质", "结论")),
        ("组织（人事）部门研究", 5, ("组织", "（人事）", "部门研究")),
        ("交接内容：其他", 5, ("交接内容：", "其他")),
        ("甲乙丙丁戊己庚", 5, ("甲乙丙丁", "戊己庚")),
    ],
)
def test_labels_break_between_words_into_about_equal_lines(label: str, room: float, lines: tuple[str, ...]) -> None:
    assert balanced(label, room) == lines


@given(st.text("组织人事（）：、，。“”Ab1", min_size=1, max_size=24), st.integers(4, 9))
def test_a_broken_label_is_whole_and_fits_its_lines(label: str, room: int) -> None:
    lines = balanced(label, room)
    assert "".join(lines) == label
    assert all(width_of(line) <= room for line in lines)


@given(st.lists(st.sampled_from(["组织", "（人事）", "部门：", "“有关”", "意见、", "情况"]), min_size=1, max_size=8))
def test_no_line_of_a_label_begins_with_a_closing_or_ends_with_an_opening_sign(words: list[str]) -> None:
    lines = balanced("".join(words), 5)
    assert not [line for line in lines[1:] if line[0] in "）：”、"]
    assert not [line for line in lines if line[-1] in "（“"]


def test_only_very_long_runs_of_letters_get_places_to_break() -> None:
    assert breakable("511000-2026-P003-001/S3-05/001") == "511000-2026-P003-001/S3-05/001"
    assert breakable("x" * 30).replace("\u200b", "") == "x" * 30
    assert "\u200b" in breakable("x" * 30)


@pytest.mark.parametrize(
    ("line", "room", "parts"),
    [
        ("2026年1月7日至1月9日", 20, "2026年1月7日至1月9日"),
        ("2026年1月7日至1月9日", 8, ["", "2026年1月7日", "至", "1月9日", ""]),
        ("得票率为100.00%（编号03-L001）", 9, ["得票率为", "100.00%", "（编号", "03-L001", "）"]),
        ("511000-2026-P003/S1-01/001", 11, ["", "511000-2026-P003/", "", "S1-01/", "", "001", ""]),
        ("2026年12月17日", 4, "2026年12月17日"),
    ],
)
def test_dates_percentages_and_codes_that_fit_are_kept_whole(line: str, room: float, parts: str | list[str]) -> None:
    assert kept_parts(line, room) == parts


@given(st.text("2026年1月-日/%.S，（汉", max_size=40), st.floats(1, 30))
def test_nothing_is_lost_by_keeping_parts_whole(line: str, room: float) -> None:
    parts = kept_parts(line, room)
    assert "".join(parts).replace("\u200b", "") == line


def test_a_short_value_shares_its_row_and_a_long_one_does_not() -> None:
    short, middle, wide = form(
        pair("地点", "市委会议室"),
        pair("编号", "511000-2026-P003/S5-02/001"),
        pair("职务", "示例市发展和改革委员会党组成员、副主任"),
    )["body"]
    assert (short["wide"], short["smaller"]) == (False, 0)
    assert (middle["wide"], middle["smaller"]) == (False, 10.5)
    assert wide["wide"]


def test_columns_share_the_whole_width_and_dates_never_wrap() -> None:
    made = form(grid(("人员", "签名日期", "意见"), (("欧阳文博", "2026年3月18日", "同意" * 30),)))["body"][0]
    widths = made["widths"]
    assert sum(widths) * made["size"] == pytest.approx(442.2)
    assert widths[1] >= width_of("2026年3月18日")
    assert widths[0] >= 4


def test_a_column_is_bare_where_each_cell_surely_takes_one_line_and_every_row_is_reckoned() -> None:
    heads = ("姓名", "意见")
    sure = form(grid(heads, (("李㛃", "同意任职"), ("周立", "同意任职" * 30))))["body"][0]
    assert sure["bare"] == [True, False]
    unsure = form(grid(heads, (("李㛃", "同意“任职”" * 30),)))["body"][0]
    assert unsure["bare"] == [False, False]


def test_a_wide_table_of_few_rows_becomes_cards() -> None:
    columns = ("单位", "职务", "任职条件", "人选范围", "方式", "程序", "人选意向", "无人选意向")
    row = ("示例市水务局", "副局长", "条件" * 60, "范围" * 60, "委任", "程序" * 60, "李㛃", "否")
    made = form(grid(columns, (row, row)))["body"][0]
    assert len(made["cards"]) == 2
    assert [cell["label"] for cell in made["cards"][0]] == list(columns)
    assert made["cards"][0][2]["long"]


def test_a_wide_table_of_many_rows_goes_onto_lying_pages() -> None:
    columns = tuple(f"栏目{place}" for place in range(10))
    row = tuple("示例市发展和改革委员会党组成员、副主任" for _ in columns)
    made = form(grid(columns, (row,) * 40))["body"][0]
    assert made["lying"] and not made["cards"]
    assert sum(made["widths"]) * made["size"] == pytest.approx(671.8)


def test_a_single_row_of_prose_is_a_card() -> None:
    made = form(grid(("代码", "要点"), (("T01", "该同志政治立场坚定。" * 10),)))["body"][0]
    assert len(made["cards"]) == 1


def test_an_empty_table_says_none_in_one_row() -> None:
    made = form(grid(("人员", "理由"), ()))["body"][0]
    assert made["kind"] == "pair" and made["label"] == "明细" and made["parts"] == "无"


def test_registers_lie_and_the_report_is_dense() -> None:
    assert form(template="roster")["lying"]
    assert not form(template="report")["lying"]
    value = pair("职务", "示例市发展和改革委员会党组成员")
    assert form(value)["body"][0]["wide"]
    assert form(value, template="report")["body"][0]["smaller"] == 9.0


def test_nothing_of_a_table_is_lost_by_laying_it_out() -> None:
    rows = (("甲", "x" * 40, ""), ("乙\n二行", "2026年3月18日", "是"))
    made = form(grid(("人员", "网址", "是否"), rows))["body"][0]
    assert [tuple(cell.replace("\u200b", "") for cell in row) for row in made["rows"]] == list(rows)
