"""The shelf is an OCFL 1.1 storage root that ocfl-py accepts, and a version never touches the one before."""

from __future__ import annotations

from pathlib import Path

import pytest
from ocfl.storage_root import StorageRoot
from ocfl.validator import Validator

from archive import shelf
from archive.shelf import Content, VersionNote
from jishi.errors import ArchiveDamaged

NOTE = VersionNote("2026-03-18T17:20:00+08:00", "首次归档", "立卷人甲")
OBJECT = "J012-WS.XR.GR.2026.Y-0007"


def place_first(tmp_path: Path) -> Path:
    root = tmp_path / "shelf"
    shelf.make_root(root)
    staged = tmp_path / "staging" / OBJECT
    contents = [Content("volume.pdf", b"%PDF first"), Content("items/001/记录.xml", b"<a/>"), Content("twin", b"<a/>")]
    shelf.build_object(staged, OBJECT, contents, NOTE)
    return shelf.place_object(staged, root, OBJECT)


def judged_valid(folder: Path) -> bool:
    return bool(Validator().validate_object(str(folder)))


def test_a_placed_object_and_its_root_are_valid_ocfl(tmp_path: Path) -> None:
    folder = place_first(tmp_path)
    assert judged_valid(folder)
    assert StorageRoot(root=str(tmp_path / "shelf")).validate()


def test_equal_bytes_are_stored_once_and_found_under_both_names(tmp_path: Path) -> None:
    folder = place_first(tmp_path)
    assert shelf.stored_file(folder, "twin").read_bytes() == b"<a/>"
    assert shelf.stored_file(folder, "twin") == shelf.stored_file(folder, "items/001/记录.xml")


def test_placing_twice_changes_nothing(tmp_path: Path) -> None:
    folder = place_first(tmp_path)
    before = (folder / "inventory.json").read_bytes()
    assert shelf.place_object(tmp_path / "gone", tmp_path / "shelf", OBJECT) == folder
    assert (folder / "inventory.json").read_bytes() == before


def test_another_object_never_overwrites_the_one_that_stands(tmp_path: Path) -> None:
    place_first(tmp_path)
    other = tmp_path / "staging" / "other"
    shelf.build_object(other, OBJECT, [Content("volume.pdf", b"%PDF other")], NOTE)
    with pytest.raises(ArchiveDamaged, match="已有另一份不同的卷"):
        shelf.place_object(other, tmp_path / "shelf", OBJECT)


@pytest.mark.parametrize("damage", ["altered", "removed"])
def test_damage_to_a_stored_file_is_named(tmp_path: Path, damage: str) -> None:
    folder = place_first(tmp_path)
    victim = shelf.stored_file(folder, "volume.pdf")
    if damage == "altered":
        victim.write_bytes(b"%PDF forged")
    else:
        victim.unlink()
    assert shelf.altered_files(folder) == ["v1/content/volume.pdf"]


def test_a_forged_inventory_is_refused(tmp_path: Path) -> None:
    folder = place_first(tmp_path)
    inventory = folder / "inventory.json"
    inventory.write_bytes(inventory.read_bytes().replace(b"\xe9\xa6\x96", b"\xe6\x9c\xab"))
    with pytest.raises(ArchiveDamaged, match="校验码"):
        shelf.read_inventory(folder)
