"""The register file: found under any name, never made anew over papers, and told when it is damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.filing import FilingRun, file_batch, preview
from archive.home import make_home
from archive.recover import unfinished
from archive.register.register import Register
from jishi.errors import ArchiveDamaged, NotFound
from jishi.settings import Settings
from tests.filled_home import BATCH, acceptance, copy_home


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", "a b", "档案 库", "a?mode=memory&x=%3f#"])
def test_a_home_of_any_name_keeps_its_catalogue_in_itself(tmp_path: Path, name: str) -> None:
    settings = make_home(tmp_path / name)
    register = Register(settings.register_file)
    with register.writing() as connection:
        connection.exec_driver_sql(f"INSERT INTO batch(id, title, opened_on) VALUES ('{BATCH}', '题名', '2026-01-04')")
    with register.reading() as connection:
        assert connection.exec_driver_sql("SELECT id FROM batch").scalar() == BATCH
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert settings.register_file.stat().st_size > 0


def _remove(path: Path) -> None:
    for one in path.parent.glob(path.name + "*"):
        one.unlink()


def _empty(path: Path) -> None:
    _remove(path)
    path.touch()


def _overwrite(path: Path) -> None:
    _remove(path)
    path.write_bytes(b"\x00\x01garbage" * 3000)


def _truncate(path: Path) -> None:
    size = path.stat().st_size
    data = path.read_bytes()[: size // 3]
    _remove(path)
    path.write_bytes(data)


def _replace_by_a_folder(path: Path) -> None:
    _remove(path)
    path.mkdir()


@pytest.mark.parametrize("damage", [_remove, _empty, _overwrite, _truncate, _replace_by_a_folder])
def test_a_lost_or_damaged_catalogue_is_said_to_be_restored(
    filed: Settings, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings.register_file)
    with pytest.raises(ArchiveDamaged, match="从备份恢复"):
        unfinished(Register(settings.register_file))


@pytest.mark.parametrize("damage", [_remove, _empty])
@pytest.mark.parametrize("kept", ["shelf", "cases"])
def test_no_new_catalogue_is_made_where_papers_are_kept(
    filed: Settings, tmp_path: Path, damage: Callable[[Path], None], kept: str
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings.register_file)
    for folder in {settings.shelf, settings.cases} - {settings.home / kept}:
        shutil.rmtree(folder)
    with pytest.raises(ArchiveDamaged, match=kept):
        make_home(settings.home)
    with pytest.raises(ArchiveDamaged, match="从备份恢复"):
        Register(settings.register_file)


def test_an_empty_home_without_a_catalogue_is_told_to_init(tmp_path: Path) -> None:
    settings = make_home(tmp_path / "home")
    _remove(settings.register_file)
    with pytest.raises(NotFound, match="jishi init"):
        Register(settings.register_file)
    assert make_home(settings.home) == settings


def test_a_number_whose_volume_stands_on_the_shelf_is_not_given_again(
    admitted_home: Path, filed: Settings, tmp_path: Path
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    shutil.copytree(filed.shelf / "J012-WS.XR.ZH.2026.Y-0001", settings.shelf / "J012-WS.XR.ZH.2026.Y-0001")
    run = FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings), 1)
    for attempt in (preview, file_batch):
        with pytest.raises(ArchiveDamaged, match=r"架上已有 J012-WS·XR·ZH·2026·Y-0001"):
            attempt(run)
    assert unfinished(run.register) == []
    assert list(settings.staging.iterdir()) == []


def test_a_volume_put_on_the_shelf_while_others_were_built_stops_the_numbers(
    admitted_home: Path, tmp_path: Path
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    register = Register(settings.register_file)

    def on_step(point: str) -> None:
        if point == "built":
            (settings.shelf / "J012-WS.XR.GR.2026.Y-0002").mkdir()

    with pytest.raises(ArchiveDamaged, match="没有编出任何号"):
        file_batch(FilingRun(settings, register, BATCH, acceptance(settings), on_step=on_step))
    assert unfinished(register) == []
