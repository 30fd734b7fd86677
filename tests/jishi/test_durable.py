from __future__ import annotations

import os
from pathlib import Path

import pytest

from jishi import durable
from jishi.durable import move_all, sync_tree, take, write_all_durably, write_durably
from jishi.errors import TryLater
from jishi.transfer import give_back


def test_writing_replaces_the_whole_file_and_leaves_no_draft(tmp_path: Path) -> None:
    write_durably(tmp_path / "a/b.txt", b"old")
    write_durably(tmp_path / "a/b.txt", b"new")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert (tmp_path / "a/b.txt").read_bytes() == b"new"


def test_a_full_disk_leaves_the_old_bytes_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_durably(tmp_path / "a", b"old")

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "sync_file", full)
    with pytest.raises(TryLater, match="磁盘空间"):
        write_all_durably([(tmp_path / "a", b"new"), (tmp_path / "b", b"new")])
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_only_one_of_two_takes_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    take(tmp_path / "a", tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        take(tmp_path / "a", tmp_path / "c")


def test_giving_back_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    (tmp_path / "b").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        give_back(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == b"mine"
    give_back(tmp_path / "a", tmp_path / "c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]


def test_moving_many_passes_over_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    move_all([(tmp_path / "gone", tmp_path / "t/gone"), (tmp_path / "a", tmp_path / "t/a")])
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["a"]


def test_moving_many_names_the_obstacle_and_keeps_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(b"x")
    rename = os.rename

    def busy(source: Path, target: Path) -> None:
        if source.name == "b":
            raise OSError(16, "Device or resource busy", str(source))
        rename(source, target)

    monkeypatch.setattr(os, "rename", busy)
    with pytest.raises(TryLater, match="正被占用"):
        move_all((tmp_path / name, tmp_path / "t" / name) for name in "ab")
    assert (tmp_path / "t/a").exists()
    assert (tmp_path / "b").exists()


@pytest.mark.parametrize("files", [3, 200])
def test_a_tree_is_synced_past_links_and_pipes(tmp_path: Path, files: int) -> None:
    for number in range(files):
        (tmp_path / f"{number}").write_bytes(b"x")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    sync_tree(tmp_path)


def test_a_file_may_have_the_longest_name_the_file_system_takes(tmp_path: Path) -> None:
    name = "长" * 83 + ".pdf12"
    assert len(name.encode()) == 255
    write_all_durably([(tmp_path / name, b"one"), (tmp_path / name[1:], b"two")])
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"one", b"two"]
