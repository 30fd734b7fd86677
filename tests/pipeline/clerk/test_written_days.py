from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clerk.written_days import Unclear, WrittenDay, written_day, written_moment

_WAYS = (
    "{0.year}年{0.month}月{0.day}日", "{0.year}.{0.month}.{0.day}", "{0:%Y-%m-%d}", "{0:%Y%m%d}",
    "{0.year}/{0.month}/{0.day}", "{0:%Y-%m-%d} 00:00:00", " {0.year} 年 {0.month} 月 {0.day} 日 ",
    "{0.year}．{0.month}．{0.day}",
)  # fmt: skip


@given(st.dates(dt.date(1900, 1, 1), dt.date(2999, 12, 31)), st.sampled_from(_WAYS))
def test_a_day_is_read_however_it_is_written(day: dt.date, way: str) -> None:
    assert written_day(way.format(day)).iso == day.isoformat()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("200108", WrittenDay(2001, 8)),
        ("2001.08", WrittenDay(2001, 8)),
        ("2001年8月", WrittenDay(2001, 8)),
        ("二〇二六年三月五日", WrittenDay(2026, 3, 5)),
        ("二○二六年十二月三十一日", WrittenDay(2026, 12, 31)),
        ("二零二六年十月二十日", WrittenDay(2026, 10, 20)),
        ("２０２６年３月５日", WrittenDay(2026, 3, 5)),
    ],
)
def test_months_and_chinese_figures_are_read(text: str, day: WrittenDay) -> None:
    assert written_day(text) == day
    assert written_day(text).month_figures == f"{day.year}{day.month:02d}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("26.3.5", "年份要写四位"), ("3/5/2026", "年份要写四位"), ("2026.2.30", "日历上没有"),
        ("2026.13", "日历上没有"),
        ("1800.1.1", "不在1900至2999年之间"), ("年底", "不是日期"), ("", "不是日期"), ("20260", "不是日期"),
        ("2026年3月5日上午", "不是日期"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_told_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(Unclear) as caught:
        written_day(text)
    assert words in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026年1月30日 16:57", "2026-01-30T16:57:00+08:00"),
        ("2026.1.30下午4点57分", "2026-01-30T16:57:00+08:00"),
        ("2026-01-30T16:57:03+08:00", "2026-01-30T16:57:03+08:00"),
        ("20260130 9:05", "2026-01-30T09:05:00+08:00"),
        ("2026年1月30日上午9时", "2026-01-30T09:00:00+08:00"),
    ],
)
def test_a_moment_is_read_with_its_zone_or_beijing_time(text: str, moment: str) -> None:
    assert written_moment(text) == moment


@pytest.mark.parametrize("text", ["2026年1月30日", "2026-01-30 25:00", "2026年1月 9:00", "昨天 9:00"])
def test_a_moment_without_day_or_time_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        written_moment(text)
