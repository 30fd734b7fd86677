"""Verifying: nothing filed is altered, lost or added unnoticed."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.filing import FilingRun, file_batch
from archive.pdf.pdfa import pdfa_faults
from archive.register.register import Register
from archive.shelf import altered_files, stored_file, unsound_parts
from archive.verify import verify
from jishi.settings import Settings
from tests.earlier_ledger import as_an_earlier_program_left_it
from tests.filled_home import BATCH, acceptance, copy_home

OBJECT = "J012-WS.XR.GR.2026.Y-0001"


def test_an_untouched_archive_is_as_recorded(filed: Settings) -> None:
    done = verify(filed, Register(filed.register_file))
    assert done.findings == ()
    assert done.volumes == 4
    assert done.unsealed == ()


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
    raw = sqlite3.connect(settings.register_file)
    raw.executescript("DROP TRIGGER fixed_ledger; UPDATE ledger SET actor = '某人' WHERE seq = 2;")
    raw.close()


def _alter_an_item_and_its_inventory(settings: Settings) -> None:
    """Do what somebody would who knows OCFL: the object is sound in itself afterwards."""
    folder = settings.shelf / OBJECT
    record = stored_file(folder, "items/002/record.xml")
    before = hashlib.sha512(record.read_bytes()).hexdigest()
    record.write_bytes(record.read_bytes() + b"<!-- -->")
    after = hashlib.sha512(record.read_bytes()).hexdigest()
    _write_inventory(folder, (folder / "inventory.json").read_text("utf-8").replace(before, after))
    assert altered_files(folder) == unsound_parts(folder) == []


def _write_inventory(folder: Path, text: str) -> None:
    sidecar = f"{hashlib.sha512(text.encode()).hexdigest()}  inventory.json\n"
    for place in (folder, folder / "v1"):
        (place / "inventory.json").write_text(text, "utf-8")
        (place / "inventory.json.sha512").write_text(sidecar, "utf-8")


def _ruin_the_inventory_and_its_digest(settings: Settings) -> None:
    _write_inventory(settings.shelf / OBJECT, "{}")


def _ruin_the_list_of_files_and_its_digest(settings: Settings) -> None:
    found = json.loads((settings.shelf / OBJECT / "inventory.json").read_text("utf-8"))
    found["manifest"] |= {"0" * 128: [5]}
    _write_inventory(settings.shelf / OBJECT, json.dumps(found))


def _add_a_file(settings: Settings) -> None:
    (settings.shelf / OBJECT / "v1/content/items/001/另件.pdf").write_bytes(b"%PDF")


def _add_a_link(settings: Settings) -> None:
    (settings.shelf / OBJECT / "v1/link").symlink_to("/etc")


def _put_a_link_in_place_of_a_file(settings: Settings) -> None:
    record = stored_file(settings.shelf / OBJECT, "items/002/record.xml")
    shutil.move(record, settings.home / "elsewhere")
    record.symlink_to(settings.home / "elsewhere")


def _lose_the_version_inventory(settings: Settings) -> None:
    (settings.shelf / OBJECT / "v1/inventory.json").unlink()


def _ruin_the_version_inventory(settings: Settings) -> None:
    (settings.shelf / OBJECT / "v1/inventory.json").write_text("{}", "utf-8")


def _empty_the_object_mark(settings: Settings) -> None:
    (settings.shelf / OBJECT / "0=ocfl_object_1.1").write_bytes(b"")


def _empty_the_root_mark(settings: Settings) -> None:
    (settings.shelf / "0=ocfl_1.1").write_bytes(b"")


def _lose_the_shelf(settings: Settings) -> None:
    shutil.rmtree(settings.shelf)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_append_a_byte, "A-ALTERED"),
        (_alter_an_item, "A-ALTERED"),
        (_take_away, "A-MISSING"),
        (_swap_two, "A-DIGEST"),
        (_add_a_stranger, "A-STRANGER"),
        (_forge_the_ledger, "A-LEDGER"),
        (_alter_an_item_and_its_inventory, "A-INVENTORY"),
        (_ruin_the_inventory_and_its_digest, "A-DAMAGED"),
        (_ruin_the_list_of_files_and_its_digest, "A-DAMAGED"),
        (_add_a_file, "A-STRAY"),
        (_add_a_link, "A-STRAY"),
        (_put_a_link_in_place_of_a_file, "A-ALTERED"),
        (_lose_the_version_inventory, "A-STRAY"),
        (_ruin_the_version_inventory, "A-STRAY"),
        (_empty_the_object_mark, "A-STRAY"),
        (_empty_the_root_mark, "A-SHELF"),
        (_lose_the_shelf, "A-SHELF"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_kind_of_tampering_is_named(
    filed: Settings, tmp_path: Path, damage: Callable[[Settings], None], code: str
) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    damage(settings)
    assert code in {finding.code for finding in verify(settings, Register(settings.register_file)).findings}


def test_a_volume_that_is_not_the_archive_file_it_claims_to_be_is_named(
    filed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shelf is untouched: what was filed was never what it claims."""
    looked: list[Path] = []

    def guard(path: Path) -> tuple[str, ...]:
        looked.append(path)
        return ("字体未嵌入：某字体",) if OBJECT in str(path) else pdfa_faults(path)

    monkeypatch.setattr("archive.verify.shelf_files.pdfa_faults", guard)
    findings = verify(filed, Register(filed.register_file)).findings
    assert [finding.code for finding in findings] == ["A-PDFA"]
    assert "声明为PDF/A-3b，但字体未嵌入" in findings[0].message
    assert len(looked) == 4


def test_what_an_earlier_program_filed_holds_and_what_it_did_not_seal_is_counted(
    admitted_home: Path, tmp_path: Path
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    as_an_earlier_program_left_it(settings)
    file_batch(FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings)))
    as_an_earlier_program_left_it(settings)
    done = verify(settings, Register(settings.register_file))
    assert done.findings == ()
    assert len(done.unsealed) == done.volumes == 4
    assert done.unsealed_lines == {"admitted": 98, "accepted": 1, "numbered": 4}
    _append_a_byte(settings)
    assert "A-DIGEST" in {finding.code for finding in verify(settings, Register(settings.register_file)).findings}
