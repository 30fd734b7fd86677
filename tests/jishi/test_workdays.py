"""The working calendar: the nation's table, a locality's file, and years that only the file knows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from jishi.errors import SettingsInvalid
from jishi.workdays import WorkCalendar, calendar_from

FAR = 2099


def calendar(tmp_path: Path, text: str) -> WorkCalendar:
    (tmp_path / "日历.toml").write_text(text, "utf-8")
    return calendar_from(tmp_path / "日历.toml")


def test_a_year_nobody_knows_is_an_error_that_names_it() -> None:
    assert not WorkCalendar({}).knows(FAR)
    with pytest.raises(SettingsInvalid, match=f"{FAR}年"):
        WorkCalendar({}).is_workday(dt.date(FAR, 1, 5))


def test_a_file_that_lists_days_off_and_made_up_days_makes_its_year_known(tmp_path: Path) -> None:
    found = calendar(tmp_path, f"holidays = [{FAR}-01-01]\nworkdays = [{FAR}-01-03]\n")
    assert found.knows(FAR)
    days = [dt.date(FAR, 1, day) for day in range(1, 8)]
    assert [found.is_workday(day) for day in days] == [False, True, True, False, True, True, True]
    assert found.between(dt.date(FAR, 1, 1), dt.date(FAR, 1, 31)) > 15


def test_made_up_days_alone_make_no_year_known(tmp_path: Path) -> None:
    assert not calendar(tmp_path, f"workdays = [{FAR}-01-03]\n").knows(FAR)


def test_the_file_goes_before_the_nation(tmp_path: Path) -> None:
    found = calendar(tmp_path, "workdays = [2026-10-10]\nholidays = [2026-03-03]\n")
    assert found.is_workday(dt.date(2026, 10, 10))
    assert not found.is_workday(dt.date(2026, 3, 3))
    assert not found.is_workday(dt.date(2026, 10, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workdays = [2026-10-10]\nholidays = [2026-10-10]\n", "既是工作日又是休息日"),
        ('holidays = ["2027-01-01"]\n', "不加引号"),
        ("holidays = 2027-01-01\n", "列表"),
        ("holiday = [2027-01-01]\n", "未知的项 holiday"),
        ("holidays = [2027-02-30]\n", "没有这个日期"),
        ("holidays = [2027-01-01\n", "没有用 ] 收住"),
    ],
)
def test_a_slip_in_the_file_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsInvalid, match=words):
        calendar(tmp_path, text)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="不存在"):
        calendar_from(tmp_path / "日历.toml")
