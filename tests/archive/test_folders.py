"""A home's folders are looked at before anything is taken or numbered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive.filing import FilingRun, file_batch
from archive.folders import check_folders, folder_faults
from archive.home import make_home
from archive.recover import recover
from archive.register.register import Register
from archive.register.tables import volume
from jishi.errors import JishiError, SettingsInvalid, TryLater
from jishi.settings import Settings
from pipeline.intake.watch import Watcher
from tests.filled_home import BATCH, acceptance, copy_home
from tests.other_disk import other_disk as other_disk


@pytest.fixture
def settings(admitted_home: Path, tmp_path: Path) -> Settings:
    return copy_home(admitted_home, tmp_path / "home")


def file(settings: Settings) -> object:
    return file_batch(FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings)))


COMMANDS: dict[str, Callable[[Settings], object]] = {
    "file": file,
    "recover": lambda settings: recover(settings, Register(settings.register_file)),
    "watch": Watcher,
}


def numbered(settings: Settings) -> int:
    with Register(settings.register_file).reading() as connection:
        return connection.scalar(select(func.count()).select_from(volume)) or 0


def assert_refused(settings: Settings, kind: type[JishiError], words: str) -> None:
    """Every command refuses with these words, doctor's look says the same, and nothing was numbered."""
    for command in COMMANDS.values():
        with pytest.raises(kind, match=words):
            command(settings)
    assert any(words in fault for fault in folder_faults(settings))
    assert numbered(settings) == 0


@pytest.mark.parametrize("name", ["shelf", "cases"])
def test_what_holds_the_archive_is_never_made_anew(settings: Settings, name: str) -> None:
    shutil.rmtree(settings.home / name)
    assert_refused(settings, TryLater, "没有挂上")
    with pytest.raises(TryLater, match=name):
        make_home(settings.home)
    assert not (settings.home / name).exists()


def test_an_empty_folder_where_the_shelf_is_mounted_is_not_taken_for_it(settings: Settings) -> None:
    shutil.rmtree(settings.shelf)
    settings.shelf.mkdir()
    assert_refused(settings, TryLater, "没有标记")
    with pytest.raises(TryLater, match="shelf"):
        make_home(settings.home)
    assert list(settings.shelf.iterdir()) == []


@pytest.mark.parametrize("name", ["work", "waiting", "rejected", "duplicate", "received", "cases", "staging", "shelf"])
def test_a_folder_on_another_disk_is_refused_before_any_number(settings: Settings, other_disk: Path, name: str) -> None:
    place = settings.home / name
    shutil.copytree(place, other_disk / name)
    shutil.rmtree(place)
    place.symlink_to(other_disk / name)
    assert_refused(settings, SettingsInvalid, name)


@pytest.mark.parametrize("name", ["work", "waiting", "rejected", "duplicate", "received", "staging"])
def test_a_folder_that_holds_nothing_for_good_is_made_again(settings: Settings, name: str) -> None:
    shutil.rmtree(settings.home / name)
    check_folders(settings)
    assert (settings.home / name).stat().st_mode & 0o777 == 0o700


def with_drop(settings: Settings, drop: Path) -> Settings:
    return replace(settings, intake=replace(settings.intake, drop=str(drop)))


def test_a_drop_folder_elsewhere_is_never_made(settings: Settings, tmp_path: Path) -> None:
    mistyped = with_drop(settings, tmp_path / "共享" / "drpo")
    assert_refused(mistyped, SettingsInvalid, "没有挂上")
    assert not (tmp_path / "共享").exists()


def test_a_link_to_a_share_that_is_gone_is_no_drop_folder(settings: Settings, tmp_path: Path) -> None:
    settings.drop.rmdir()
    settings.drop.symlink_to(tmp_path / "gone")
    assert_refused(settings, SettingsInvalid, "没有挂上")


def test_the_drop_folder_inside_the_home_is_made(settings: Settings) -> None:
    settings.drop.rmdir()
    check_folders(settings)
    assert settings.drop.is_dir()


def test_a_drop_folder_inside_another_home_is_refused(settings: Settings, tmp_path: Path) -> None:
    other = make_home(tmp_path / "other")
    assert_refused(with_drop(settings, other.drop), SettingsInvalid, "另一个档案库")
