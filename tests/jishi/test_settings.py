"""Settings: the file that `init` writes says the defaults, and every fault is told at once."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import pytest

from jishi.errors import NotFound, SettingsInvalid
from jishi.settings import Settings, load


def written(tmp_path: Path, text: str) -> Path:
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


def test_a_folder_that_is_no_home_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="jishi init"):
        load(tmp_path)
