"""What a record's document is called, and how its values are worded."""

from __future__ import annotations

from functools import cache

import pytest

from jishi.records import Record, record_of
from jishi.safe_xml import parse
from press.forms import Grid, Pair
from press.record_form import form_of
from rehearsal.batch import build


@cache
def records(step: str) -> list[Record]:
    return [record_of(parse(one.xml), one.xml) for one in build(6, scans=False) if one.step_id == step]


def labels(step: str) -> set[str]:
    found: set[str] = set()
    for block in form_of(records(step)[0]).body:
        found |= {block.label} if isinstance(block, Pair) else {*block.columns, block.label}
    return found


@pytest.mark.parametrize(
    ("step", "single", "summary"),
    [
        ("S2-02", "谈话调研推荐谈话记录", "谈话调研推荐汇总表"),
        ("S3-05", "考察谈话记录", "考察谈话记录与政治素质考察表"),
    ],
)
def test_a_single_talk_is_titled_as_a_talk_and_the_summary_as_a_summary(step: str, single: str, summary: str) -> None:
    for record in records(step):
        talks = list(record.entries("talks"))
        assert form_of(record).title == (single if len(talks) == 1 else summary)
    assert {form_of(record).title for record in records(step)} == {single, summary}


def test_a_step_with_one_document_keeps_its_title() -> None:
    assert {form_of(record).title for record in records("S2-05")} == {"推荐情况统计表"}


def test_whether_anybody_is_meant_for_a_post_reads_as_a_plain_answer() -> None:
    first = records("S1-06")[0]
    grid = next(block for block in form_of(first).body if isinstance(block, Grid) and block.key == "positions")
    answers = {row[grid.columns.index("有无人选意向")]: row[grid.columns.index("人选意向")] for row in grid.rows}
    assert answers.keys() == {"有", "无"}
    assert answers["无"] == "无"
    assert answers["有"] != "无"


def test_checklists_name_the_circumstance_and_ask_whether_it_exists() -> None:
    for step in ("S3-01", "S4-05"):
        assert {"情形", "是否存在"} <= labels(step)
        assert not {"代码", "是否命中"} & labels(step)


def test_meetings_of_the_department_are_counted_in_their_titles() -> None:
    numbers = [record.value("seqNo") for record in records("S4-01")]
    assert [record.title[-4:] for record in records("S4-01")] == [f"第{number}次）" for number in numbers]


def test_a_birth_is_kept_to_the_day_and_printed_to_the_month() -> None:
    record = records("S1-08")[0]
    told = next(block for block in form_of(record).body if isinstance(block, Pair) and block.key == "birth")
    year, month, _ = record.value("birth").split("-")
    assert told.lines == (f"{year}年{int(month)}月",)
