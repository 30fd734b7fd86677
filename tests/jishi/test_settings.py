"""Settings: the file that `init` writes says the defaults, and every fault is told at once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import pytest

from archive.numbering import ArchiveNumber, parse
from jishi.errors import NotFound, SettingsInvalid
from jishi.settings import Settings, load


def written(tmp_path: Path, text: str) -> Path:
    """Write a settings file; where it names no 全宗号, one is added, for without it none is read."""
    if "fonds" not in text and "unit =" not in text:
        text = (
            text.replace("[unit]\n", "[unit]\nfonds = 'J012'\n")
            if "[unit]" in text
            else text + "[unit]\nfonds = 'J012'\n"
        )
    (tmp_path / "jishi.toml").write_text(text, "utf-8")
    return tmp_path


def test_the_settings_file_of_a_new_home_says_exactly_the_defaults() -> None:
    said = tomllib.loads((files("templates") / "home" / "jishi.toml").read_text("utf-8"))
    defaults = asdict(Settings(Path()))
    del defaults["home"]
    assert said == defaults


def test_environment_goes_before_file_and_file_before_default(tmp_path: Path) -> None:
    home = written(tmp_path, "[intake]\nwait_days = 3\nworkers = 1\n")
    found = load(home, {"JISHI_INTAKE_WAIT_DAYS": "9"})
    assert (found.intake.wait_days, found.intake.workers, found.intake.rescan_seconds) == (9, 1, 5.0)


def test_every_fault_of_a_settings_file_is_told_with_a_guess(tmp_path: Path) -> None:
    home = written(tmp_path, '[intak]\n[unit]\nfond = "J1"\n[intake]\nwait_days = "soon"\n')
    with pytest.raises(SettingsInvalid) as caught:
        load(home, {})
    message = caught.value.message
    assert "3处" in message
    assert "是否指 intake" in message
    assert "是否指 fonds" in message
    assert "wait_days" in message


@pytest.mark.parametrize("text", ["", "# nothing left\n", '[unit]\nname = "甲"\n', "[intake]\nwait_days = 3\n"])
def test_a_file_without_the_fonds_is_refused_and_never_read_as_the_default(tmp_path: Path, text: str) -> None:
    (tmp_path / "jishi.toml").write_text(text, "utf-8")
    assert "缺少 [unit] fonds" in faults_of(tmp_path)
    assert load(tmp_path, {"JISHI_UNIT_FONDS": "Q777"}).unit.fonds == "Q777"


def test_a_calendar_file_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    assert "没有这个文件" in faults_of(written(tmp_path, '[rules]\ncalendar = "日历.toml"\n'))
    (tmp_path / "日历.toml").write_text("holidays = [2027-01-01]\n", "utf-8")
    assert load(tmp_path, {}).local_calendar == tmp_path / "日历.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = b\n", "第1行第5列，值的写法不对"),
        ("[unit]\nfonds 'J012'\n", "第2行第7列，项名后面缺等号"),
        ("[unit]\nname = '甲\n", "引号"),
        ("[unit\n", "节名没有用方括号收住"),
        ("[unit]\n[unit]\n", "同一节写了两次"),
        ("x = [1\n", "列表没有用 ] 收住"),
        ('[intake]\ndrop = "D:\\共享"\n', "反斜杠"),
        ("单位 = 1\n", "项名只用字母"),
        ("x = 1 2\n", "还有多余的内容"),
    ],
)
def test_a_slip_in_the_settings_file_is_told_in_chinese_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "jishi.toml").write_text(text, "utf-8")
    message = faults_of(tmp_path)
    assert words in message
    assert not re.search(r"[A-Za-z]{4,}", message.partition("TOML：")[2].replace("false", "").replace("true", ""))


def test_a_folder_that_is_no_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="jishi init"):
        load(tmp_path)


def faults_of(home: Path, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load(home, environment or {})
    return caught.value.message


@pytest.mark.parametrize(
    "line",
    [
        '[unit]\nfonds = "x"',
        '[unit]\nfonds = ""',
        '[unit]\nfonds = "../../x"',
        '[unit]\nfonds = "J012\\n"',
        '[unit]\nfonds = "J٠١٢"',
        '[unit]\nname = "甲\\u0001乙"',
        '[unit]\norgan = " "',
        '[unit]\nregion = "51"',
        "[intake]\nrescan_seconds = nan",
        "[intake]\nrescan_seconds = 0",
        "[intake]\nsettle_seconds = inf",
        "[intake]\nsettle_seconds = -1",
        "[intake]\ncheck_seconds = 1e300",
        f"[intake]\nrescan_seconds = 1{'0' * 400}",
        "[intake]\nwait_days = 999999999",
        "[intake]\nwait_days = 2.5",
        "[intake]\nwait_days = true",
        "[intake]\nmax_file_mb = -1",
        "[intake]\nmax_zip_mb = 0",
        "[intake]\nfree_mb = -1",
        "[intake]\nworkers = -1",
        '[intake]\nwatcher = "foo"',
        '[intake]\ndrop = "a\\u0000b"',
        '[intake]\ndrop = ""',
        '[intake]\ndrop = "jishi.toml"',
        '[intake]\ndrop = "jishi.toml/drop"',
        '[intake]\ndrop = "./catalogue.sqlite"',
        f'[intake]\ndrop = "{"长" * 100}"',
        '[numbers]\nrank_separator = ""',
        '[numbers]\nrank_separator = "0"',
        '[numbers]\nrank_separator = "x"',
        '[numbers]\npart_separator = "#"',
        '[numbers]\npart_separator = "Ⅻ"',
        '[numbers]\npart_separator = "\\n"',
        '[press]\nstamp = "章"',
        "numbers = 5",
        'intake = "x"',
        "unit = []",
    ],
)
def test_a_value_that_would_fail_later_is_refused_when_read(tmp_path: Path, line: str) -> None:
    assert "1处" in faults_of(written(tmp_path, line + "\n"))


def test_every_value_out_of_range_is_told_at_once_from_file_and_environment(tmp_path: Path) -> None:
    home = written(tmp_path, 'press = 1\n[unit]\nfonds = "x"\n[intake]\nwatcher = "foo"\nwait_days = -1\n')
    message = faults_of(home, {"JISHI_INTAKE_FREE_MB": "-5"})
    assert "5处" in message
    for words in ("[press]", "三位数字", "auto、native、polling", "0到3,650", "free_mb = '-5'"):
        assert words in message


@pytest.mark.parametrize("text", [b"\xff", b"a = [" + b"[" * 100_000])
def test_a_file_that_is_no_toml_is_a_fault_of_the_settings(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "jishi.toml").write_bytes(text)
    assert "不是正确的TOML" in faults_of(tmp_path)


def test_a_folder_in_place_of_the_settings_file_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "jishi.toml").mkdir()
    assert "读不出" in faults_of(tmp_path)


def test_a_long_value_is_cited_only_as_far_as_it_helps(tmp_path: Path) -> None:
    assert len(faults_of(written(tmp_path, f'[unit]\nfonds = "{"x" * 5000}"\n'))) < 400


@pytest.mark.parametrize(("rank", "part"), [("－", "・"), ("—", "-"), ("/", ""), (" · ", " ")])
def test_every_separator_let_through_gives_numbers_that_read_back(tmp_path: Path, rank: str, part: str) -> None:
    home = written(tmp_path, f'[numbers]\nrank_separator = "{rank}"\npart_separator = "{part}"\n')
    number = ArchiveNumber("J012", "WS·XR·GR", 2026, "D10", 7, 3)
    assert parse(number.printed(load(home, {}).numbers)).number == number
