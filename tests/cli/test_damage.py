"""Damaged homes: the documented exit code, one Chinese message, one JSON document, never our bug."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from jishi.errors import ExitCode
from jishi.settings import Settings
from tests.command_line import answer
from tests.filled_home import BATCH, copy_home

FIRST = "J012-WS·XR·GR·2026·Y-0001"
FILE = ("file", BATCH, "--filer", "周立", "--acceptor", "吴验")


def _lose_the_catalogue(settings: Settings) -> None:
    for path in settings.home.glob("catalogue.sqlite*"):
        path.unlink()


def _overwrite_the_catalogue(settings: Settings) -> None:
    _lose_the_catalogue(settings)
    settings.register_file.write_bytes(b"garbage" * 4000)


def _lose_the_volume(settings: Settings) -> None:
    (settings.shelf / FIRST.replace("·", ".") / "v1/content/volume.pdf").unlink()


def _lose_the_shelf(settings: Settings) -> None:
    shutil.rmtree(settings.shelf)


def _lose_a_record(settings: Settings) -> None:
    (settings.cases / BATCH / "batch/S5-02-001/record.xml").unlink()


def _lose_a_person_s_record(settings: Settings) -> None:
    shutil.rmtree(settings.cases / BATCH / "001/S6-04-001")


def _make_a_gap(settings: Settings) -> None:
    raw = sqlite3.connect(settings.register_file)
    raw.execute("UPDATE series SET last = last + 1")
    raw.commit()
    raw.close()


@pytest.mark.parametrize(
    ("damage", "words", "said"),
    [
        (_lose_the_catalogue, ("status",), "从备份恢复"),
        (_lose_the_catalogue, ("init",), "从备份恢复"),
        (_lose_the_catalogue, FILE, "从备份恢复"),
        (_lose_the_catalogue, ("doctor",), "目录库内容"),
        (_overwrite_the_catalogue, ("status",), "从备份恢复"),
        (_overwrite_the_catalogue, ("doctor",), "目录库内容"),
        (_lose_the_volume, ("get", FIRST, "-o", "x.pdf"), "volume.pdf 不在架上"),
        (_lose_the_shelf, ("verify",), "书架文件夹不在"),
        (_lose_the_shelf, ("get", FIRST, "-o", "x.pdf"), "缺少清单文件"),
        (_lose_a_record, ("check", BATCH), f"{BATCH}/S5-02/001"),
        (_lose_a_record, FILE, f"{BATCH}/S5-02/001"),
        (_lose_a_record, ("recover",), f"{BATCH}/S5-02/001"),
        (_lose_a_person_s_record, ("check", BATCH), f"{BATCH}-001/S6-04/001"),
        (_lose_a_person_s_record, ("status", BATCH), f"{BATCH}-001/S6-04/001"),
    ],
    ids=lambda value: getattr(value, "__name__", value[0] if isinstance(value, tuple) else ""),
)
def test_damage_has_its_exit_code_and_says_what_is_damaged(
    filed: Settings, tmp_path: Path, damage: Callable[[Settings], None], words: tuple[str, ...], said: str
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings)
    code, told, _ = answer(settings.home, *(str(tmp_path / word) if word == "x.pdf" else word for word in words))
    assert code == ExitCode.DAMAGED, told
    assert said in told


@pytest.mark.parametrize("damage", [_lose_a_record, _lose_a_person_s_record])
def test_status_names_records_whose_files_are_gone(
    filed: Settings, tmp_path: Path, damage: Callable[[Settings], None]
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings)
    code, told, _ = answer(settings.home, "status")
    assert code == ExitCode.OK
    assert "案卷材料中有1件记录的文件不在" in told
    (lost,) = json.loads(answer(settings.home, "status", "--json")[2])["lost_records"]
    assert lost in told


@pytest.mark.parametrize(
    ("damage", "command"),
    [
        (_lose_the_catalogue, "doctor"),
        (_lose_the_catalogue, "status"),
        (_lose_a_record, "recover"),
        (_make_a_gap, "recover"),
        (_lose_the_shelf, "verify"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_is_damaged_is_one_json_document(
    filed: Settings, tmp_path: Path, damage: Callable[[Settings], None], command: str
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings)
    code, _, data = answer(settings.home, command, "--json")
    assert code == ExitCode.DAMAGED
    json.loads(data)


def test_what_a_machine_lacks_is_one_json_document(filed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JISHI_INTAKE_FREE_MB", "1000000000")
    code, told, data = answer(filed.home, "doctor", "--json")
    assert code == ExitCode.SETTINGS
    assert "磁盘剩余" in told
    assert [row["state"] for row in json.loads(data) if row["what"] == "磁盘剩余"] == ["不行"]


def test_settings_that_cannot_be_stop_every_command_before_a_number(admitted_home: Path, tmp_path: Path) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    (settings.home / "jishi.toml").write_text('[unit]\nfonds = "../../x"\n[intake]\nwait_days = -1\n', "utf-8")
    for words in (FILE, ("intake",), ("status",), ("settings",), ("doctor",)):
        code, told, _ = answer(settings.home, *words)
        assert code == ExitCode.SETTINGS, told
        assert "2处错误" in told


@pytest.mark.parametrize("words", [("get", FIRST, "-o"), ("trace", FIRST, "--pdf"), ("catalogue", "--docx"),
                                   ("check", BATCH, "--pdf"), ("render", f"{BATCH}/S5-02/001", "-o"),
                                   ("print", f"{BATCH}/S5-02/001", "-o")])  # fmt: skip
def test_no_command_writes_over_what_the_home_keeps(filed: Settings, tmp_path: Path, words: tuple[str, ...]) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    before = settings.register_file.stat().st_size
    for out in (settings.register_file, settings.drop / "x.pdf"):
        code, told, _ = answer(settings.home, *words, str(out))
        assert code == ExitCode.REFUSED, told
    assert settings.register_file.stat().st_size == before
    assert list(settings.drop.iterdir()) == []
