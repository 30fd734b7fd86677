"""Series that begin at a given number: said by two, before the first number, and known to whoever verifies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from archive.filing import FilingRun, file_batch, preview
from archive.recover import gaps
from archive.register.register import Register
from archive.register.series import SeriesStart, every_series, start_series
from archive.verify import verify
from jishi.errors import NotFound, Refused
from jishi.settings import Settings
from tests.command_line import answer
from tests.filled_home import BATCH, acceptance, copy_home

START = SeriesStart("J012", "GR", 2026, 58, "前57卷手工编号", "程舟", "冯越")


@pytest.fixture
def home(admitted_home: Path, tmp_path: Path) -> Settings:
    return copy_home(admitted_home, tmp_path / "home")


def run_of(settings: Settings) -> FilingRun:
    return FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings))


def test_a_series_begins_where_two_people_said(home: Settings) -> None:
    run = run_of(home)
    start_series(run.register, START)
    assert [str(order.number) for order in preview(run)][:2] == [
        "J012-WS·XR·GR·2026·Y-0058", "J012-WS·XR·GR·2026·Y-0059"
    ]  # fmt: skip
    numbers = {str(facts.number) for facts in file_batch(run)}
    assert numbers == {
        "J012-WS·XR·GR·2026·Y-0058", "J012-WS·XR·GR·2026·Y-0059", "J012-WS·XR·ZH·2026·Y-0001",
        "J012-WS·XR·PJ·2026·D10-0001",
    }  # fmt: skip
    assert gaps(run.register) == []
    assert verify(home, run.register).findings == ()
    with run.register.reading() as connection:
        found = {one.kind: (one.start, one.volumes, one.next) for one in every_series(connection)}
    assert found == {"GR": (58, 2, 60), "PJ": (1, 1, 2), "ZH": (1, 1, 2)}


def test_before_the_first_number_a_start_may_be_said_anew_and_the_last_holds(home: Settings) -> None:
    run = run_of(home)
    start_series(run.register, replace(START, start=580))
    start_series(run.register, START)
    assert preview(run)[0].number.ordinal == 58
    assert verify(home, run.register).findings == ()


def test_a_start_said_while_volumes_are_built_is_taken(home: Settings) -> None:
    run = run_of(home)
    said: list[SeriesStart] = []

    def on_step(point: str) -> None:
        if point == "built" and not said:
            said.append(START)
            start_series(Register(home.register_file), START)

    built = file_batch(replace(run, on_step=on_step))
    assert sorted(facts.number.ordinal for facts in built if facts.kind == "GR") == [58, 59]


def test_a_series_with_numbers_cannot_be_said_to_begin_elsewhere(home: Settings) -> None:
    run = run_of(home)
    file_batch(run)
    with pytest.raises(Refused, match="已编到第2卷"):
        start_series(run.register, START)
    start_series(run.register, replace(START, year=2027))
    with closing(sqlite3.connect(home.register_file)) as raw, pytest.raises(sqlite3.IntegrityError, match="has begun"):
        raw.execute("INSERT INTO series_start VALUES (9, 'J012', 'GR', 2026, 58, '理', '甲', '乙', '')")


@pytest.mark.parametrize("approved_by", ["程 舟", "程·舟", "", "　"])
def test_one_person_alone_lets_no_series_begin(home: Settings, approved_by: str) -> None:
    with pytest.raises(Refused):
        start_series(Register(home.register_file), replace(START, approved_by=approved_by))


def test_a_start_without_reason_or_kind_is_refused(home: Settings) -> None:
    register = Register(home.register_file)
    with pytest.raises(Refused, match="理由"):
        start_series(register, replace(START, reason=" "))
    with pytest.raises(NotFound, match="卷种有 GR 个人卷"):
        start_series(register, replace(START, kind="XX"))


def test_a_start_once_said_stays(home: Settings) -> None:
    start_series(Register(home.register_file), START)
    for statement in ("DELETE FROM series_start", "UPDATE series_start SET start = 3"):
        with pytest.raises(IntegrityError), Register(home.register_file).writing() as connection:
            connection.exec_driver_sql(statement)


def test_numbers_below_the_start_are_a_fault(home: Settings) -> None:
    run = run_of(home)
    start_series(run.register, START)
    file_batch(run)
    with closing(sqlite3.connect(home.register_file)) as raw, raw:
        raw.execute("DROP TRIGGER fixed_start")
        raw.execute("UPDATE series_start SET start = 57")
    assert gaps(run.register) == ["J012 GR 2026：从57起，计数到59，实有2卷"]


def test_the_command_says_what_begins_where(home: Settings) -> None:
    words = ["series", "start", "--kind", "gr", "--year", "2026", "--at", "58", "--reason", START.reason, "--by", "甲"]
    assert answer(home.home, *words, "--approved-by", "甲")[0] == 9
    code, said, _ = answer(home.home, *words, "--approved-by", "冯越")
    assert (code, said) == (0, "J012 GR 2026 年将从第58号编起；已记入台账\n")
    code, _, data = answer(home.home, "series")
    assert code == 0
    assert all(word in data.decode() for word in ("GR 个人卷", "58", "前57卷手工编号", "甲、冯越"))
