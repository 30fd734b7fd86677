"""Things are brought from a stranger's folder whole or not at all, and are ours alone afterwards."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jishi import transfer
from jishi.access import access_for
from jishi.errors import TryLater
from jishi.transfer import bring, finish, give_back
from tests.other_disk import other_disk as other_disk

ACCESS = access_for("")
TOKEN = "0123abcd-000001"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["same disk", "other disk"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder: Path = tmp_path / "drop"
    folder.mkdir()
    if request.param == "other disk":
        folder = request.getfixturevalue("other_disk")
    (folder / "记录.xml").write_bytes(b"<record/>" * 100_000)
    (folder / "记录.xml").chmod(0o666)
    return folder / "记录.xml"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "record.xml"


def test_a_thing_is_brought_whole_private_and_only_once(source: Path, target: Path) -> None:
    data = source.read_bytes()
    bring(source, target, TOKEN, ACCESS)
    assert target.read_bytes() == data
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(source.parent) == []
    assert names(target.parent) == ["record.xml"]
    with pytest.raises(FileNotFoundError):
        bring(source, target, TOKEN, ACCESS)


def test_a_sender_who_kept_a_second_name_or_an_open_handle_cannot_change_it(tmp_path: Path, target: Path) -> None:
    first = tmp_path / "a.xml"
    first.write_bytes(b"told")
    os.link(first, tmp_path / "kept.xml")
    bring(first, target, TOKEN, ACCESS)
    (tmp_path / "kept.xml").write_bytes(b"changed afterwards")
    assert target.read_bytes() == b"told"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_another_user_s_file_becomes_ours(source: Path, target: Path) -> None:
    os.chown(source, 12345, 12345)
    with source.open("r+b") as held:
        bring(source, target, TOKEN, ACCESS)
        held.write(b"changed by one who held it open")
    assert target.stat().st_uid == os.geteuid()
    assert target.read_bytes().startswith(b"<record/>")


@pytest.mark.parametrize("crash", ["held", "half", "copied"])
def test_a_crash_between_two_disks_loses_and_doubles_nothing(other_disk: Path, target: Path, crash: str) -> None:
    source = other_disk / "记录.xml"
    held = transfer._held(source, target, TOKEN)
    held.write_bytes(b"data")
    if crash == "half":
        transfer._draft_of(target).write_bytes(b"da")
    if crash == "copied":
        target.write_bytes(b"data")
    finish(source, target, TOKEN, ACCESS)
    assert target.read_bytes() == b"data"
    assert names(target.parent) == ["record.xml"]
    assert names(other_disk) == []


def test_what_cannot_be_carried_gets_its_name_back(
    other_disk: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = other_disk / "记录.xml"
    source.write_bytes(b"data")
    monkeypatch.setattr("jishi.transfer.sha256_of", lambda path: "0" * 64)
    with pytest.raises(TryLater, match="核对不符"):
        bring(source, target, TOKEN, ACCESS)
    assert names(other_disk) == ["记录.xml"]
    assert names(target.parent) == []


def test_a_link_from_another_disk_comes_as_a_link(other_disk: Path, target: Path) -> None:
    (other_disk / "link.xml").symlink_to("/etc/hostname")
    bring(other_disk / "link.xml", target, TOKEN, ACCESS)
    assert target.is_symlink()
    assert names(other_disk) == []


def test_a_thing_given_back_is_never_put_over_another_and_is_as_open_as_its_folder(source: Path, target: Path) -> None:
    bring(source, target, TOKEN, ACCESS)
    source.write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        give_back(target, source)
    assert source.read_bytes() == b"theirs"
    source.unlink()
    source.parent.chmod(0o770)
    give_back(target, source)
    assert stat.S_IMODE(source.stat().st_mode) == 0o660
    assert names(target.parent) == []
    assert names(source.parent) == ["记录.xml"]
