"""What a sysadmin hears of a home in time: a changed 全宗号, a calendar that runs out, a home open to others."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from archive.home import make_home
from archive.register.register import Register
from counter.notices import calendar_ends, fonds_changed, open_to_others
from jishi.settings import RuleSettings, Settings, load
from jishi.workdays import WorkCalendar
from tests.command_line import answer
from tests.filled_home import copy_home

LAST_KNOWN = next(year for year in range(2020, 2200) if not WorkCalendar({}).knows(year + 1))
WORDS = "另起一套档号"


@pytest.fixture
def renamed(filed: Settings, tmp_path: Path) -> Path:
    """Return a filed home whose 全宗号 was changed in its settings."""
    home = copy_home(filed.home, tmp_path / "home").home
    said = (home / "jishi.toml").read_text("utf-8")
    (home / "jishi.toml").write_text(said.replace('fonds = "J012"', 'fonds = "Q777"'), "utf-8")
    return home


@pytest.mark.parametrize("words", ["settings", "doctor", "status", "verify"])
def test_a_fonds_changed_after_filing_is_told(renamed: Path, words: str) -> None:
    _, said, data = answer(renamed, words)
    told = (said + data.decode()).replace("\n", "").replace(" ", "").replace("│", "")
    assert WORDS in told
    assert "J012" in told


def test_a_fonds_that_fits_is_not_remarked(filed: Settings) -> None:
    assert list(fonds_changed(filed, Register(filed.register_file))) == []


def test_a_year_the_calendar_lacks_is_told_months_ahead(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert list(calendar_ends(settings, dt.date(LAST_KNOWN, 5, 1))) == []
    (said,) = calendar_ends(settings, dt.date(LAST_KNOWN, 11, 1))
    assert f"{LAST_KNOWN + 1}年" in said
    assert "本地日历文件" in said


def test_a_local_calendar_answers_for_its_year_and_a_thin_one_is_remarked(tmp_path: Path) -> None:
    year = LAST_KNOWN + 1
    settings = replace(Settings(tmp_path), rules=RuleSettings(calendar="日历.toml"))
    november = dt.date(LAST_KNOWN, 11, 1)
    (tmp_path / "日历.toml").write_text(f"holidays = [{year}-01-01]\n", "utf-8")
    (said,) = calendar_ends(settings, november)
    assert "只列了1个放假日" in said
    days = ", ".join(f"{year}-10-0{day}" for day in range(1, 9))
    (tmp_path / "日历.toml").write_text(f"holidays = [{days}]\n", "utf-8")
    assert list(calendar_ends(settings, november)) == []


def test_a_home_open_to_others_is_told_with_the_command_that_closes_it(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "我 的库")
    assert list(open_to_others(settings)) == []
    settings.home.chmod(0o755)
    (said,) = open_to_others(settings)
    command = said.partition("请运行 ")[2]
    subprocess.run(["sh", "-c", command], check=True)
    assert list(open_to_others(load(settings.home, {}))) == []
