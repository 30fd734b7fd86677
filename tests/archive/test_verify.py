"""Verifying: nothing filed is altered, lost or added unnoticed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.catalogue import Catalogue
from archive.shelf import stored_file
from archive.verify import verify
from jishi.settings import Settings
from tests.filled_home import copy_home

OBJECT = "J012-WS.XR.GR.2026.Y-0001"


def test_an_untouched_archive_is_as_recorded(filed: Settings) -> None:
    done = verify(filed, Catalogue(filed.catalogue_file))
    assert done.findings == ()
    assert done.volumes == 4


def _append_a_byte(settings: Settings) -> None:
    pdf = stored_file(settings.shelf / OBJECT, "volume.pdf")
    pdf.write_bytes(pdf.read_bytes() + b" ")


def _alter_an_item(settings: Settings) -> None:
    record = stored_file(settings.shelf / OBJECT, "items/002/record.xml")
    record.write_bytes(record.read_bytes().replace("同意".encode(), "反对".encode(), 1) + b"<!-- -->")


def _take_away(settings: Settings) -> None:
    shutil.move(settings.shelf / OBJECT, settings.home / "elsewhere")


def _swap_two(settings: Settings) -> None:
    other = "J012-WS.XR.GR.2026.Y-0002"
    shutil.move(settings.shelf / OBJECT, settings.shelf / "x")
    shutil.move(settings.shelf / other, settings.shelf / OBJECT)
    shutil.move(settings.shelf / "x", settings.shelf / other)


def _add_a_stranger(settings: Settings) -> None:
    shutil.copytree(settings.shelf / OBJECT, settings.shelf / "J012-WS.XR.GR.2026.Y-0099")


def _forge_the_ledger(settings: Settings) -> None:
    raw = sqlite3.connect(settings.catalogue_file)
    raw.executescript("DROP TRIGGER fixed_ledger; UPDATE ledger SET actor = '某人' WHERE seq = 2;")
    raw.close()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_append_a_byte, "A-ALTERED"),
        (_alter_an_item, "A-ALTERED"),
        (_take_away, "A-MISSING"),
        (_swap_two, "A-DIGEST"),
        (_add_a_stranger, "A-STRANGER"),
        (_forge_the_ledger, "A-LEDGER"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_kind_of_tampering_is_named(
    filed: Settings, tmp_path: Path, damage: Callable[[Settings], None], code: str
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings)
    assert code in {finding.code for finding in verify(settings, Catalogue(settings.catalogue_file)).findings}
