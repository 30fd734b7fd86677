"""Saving under a name a person gave: never over what the home keeps, never in place of a device or pipe."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from archive.home import make_home
from counter.printing import save
from jishi.errors import Refused, TryLater
from jishi.settings import Settings, load


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return make_home(tmp_path / "home")


@pytest.mark.parametrize(
    "name",
    [
        "shelf/x.pdf", "shelf/0=ocfl_1.1", "cases/x.pdf", "work/x.pdf", "waiting/x.pdf", "rejected/x.pdf",
        "duplicate/x.pdf", "staging/x.pdf", "received/x.pdf", "drop/x.pdf", "drop/a/b/x.pdf", "jishi.toml",
        "catalogue.sqlite", "catalogue.sqlite-wal", ".filing.lock", "drop/../shelf/x.pdf",
    ],
)  # fmt: skip
def test_what_the_home_keeps_is_not_written_over(home: Settings, name: str) -> None:
    path = home.home / name
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(Refused, match="换一个位置"):
        save(home, b"new", path)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_link_into_the_home_is_seen_through(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(home.shelf)
    (tmp_path / "x.pdf").symlink_to(home.register_file)
    for out in (tmp_path / "link" / "x.pdf", tmp_path / "x.pdf"):
        with pytest.raises(Refused):
            save(home, b"new", out)


def test_a_locality_s_own_rules_and_a_drop_folder_elsewhere_are_kept_too(home: Settings, tmp_path: Path) -> None:
    (home.home / "规则").mkdir()
    (home.home / "日历.toml").write_text("", "utf-8")
    text = '[unit]\nfonds = "J012"\n[rules]\nlocal = "规则"\ncalendar = "日历.toml"\n'
    text += f'[intake]\ndrop = "{tmp_path / "投递"}"\n'
    (home.home / "jishi.toml").write_text(text, "utf-8")
    settings = load(home.home, {})
    for out in (tmp_path / "投递/x.pdf", home.home / "规则/x.pdf", home.home / "日历.toml"):
        with pytest.raises(Refused):
            save(settings, b"new", out)


def test_anything_else_in_a_home_and_outside_may_be_written_and_replaced(home: Settings, tmp_path: Path) -> None:
    for out in (home.home / "件.pdf", tmp_path / "件.pdf", tmp_path / "新文件夹" / "件.pdf"):
        save(home, b"old", out)
        save(home, b"new", out)
        assert out.read_bytes() == b"new"


def test_without_a_home_every_folder_may_be_written(tmp_path: Path) -> None:
    save(Settings(tmp_path), b"new", tmp_path / "drop" / "x.pdf")
    assert (tmp_path / "drop" / "x.pdf").read_bytes() == b"new"


def test_a_link_to_a_file_is_followed_and_stays_a_link(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "real.pdf").write_bytes(b"old")
    (tmp_path / "link.pdf").symlink_to("real.pdf")
    save(home, b"new", tmp_path / "link.pdf")
    assert (tmp_path / "link.pdf").is_symlink()
    assert (tmp_path / "real.pdf").read_bytes() == b"new"


@pytest.mark.parametrize("before", [False, True])
def test_what_is_saved_only_its_owner_may_read(home: Settings, tmp_path: Path, before: bool) -> None:
    out = tmp_path / "件.pdf"
    if before:
        out.touch(0o666)
    usual = os.umask(0)
    try:
        save(home, b"new", out)
    finally:
        os.umask(usual)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_through_and_stays_a_pipe(home: Settings, tmp_path: Path, linked: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    out = tmp_path / ("link" if linked else "pipe")
    if linked:
        out.symlink_to("pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    save(home, b"x" * 200_000, out)
    reader.join(30)
    assert read == [b"x" * 200_000]
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_is_written_through_and_a_full_one_said(home: Settings, tmp_path: Path) -> None:
    for name in ("null", "full"):
        (tmp_path / name).symlink_to(f"/dev/{name}")
    save(home, b"new", tmp_path / "null")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(TryLater, match="磁盘空间"):
        save(home, b"new", tmp_path / "full")
    assert Path("/dev/full").is_char_device()


def test_a_place_that_cannot_be_written_is_refused_with_words(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    for out in (tmp_path / "file" / "x.pdf", tmp_path / ("长" * 100), tmp_path / "circle"):
        with pytest.raises(Refused, match="不能写到"):
            save(home, b"new", out)
