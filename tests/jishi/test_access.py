"""What a home keeps is its owner's alone, or also one group's, whatever the umask and whatever mode it came with."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from archive.home import make_home
from jishi import PRIVATE_UMASK
from jishi.access import access_for
from jishi.errors import SettingsInvalid
from jishi.settings import load
from tests.command_line import ROOT, run
from tests.filled_home import BATCH
from tests.intake_home import drop, samples

OUT = "件.pdf"


def modes(home: Path) -> set[int]:
    return {stat.S_IMODE(path.lstat().st_mode) for path in (home, *home.rglob("*")) if not path.is_symlink()}


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home made, filled with files everybody may read, and filed, all by commands under an open umask."""
    home = tmp_path_factory.mktemp("open") / "home"
    before = os.umask(0)
    try:
        assert run(home, "init", str(home)).returncode == 0
        drop(home / "drop", samples(1))
        for path in (home / "drop").iterdir():
            path.chmod(0o666)
        quick = {**os.environ, "JISHI_INTAKE_SETTLE_SECONDS": "0"}
        assert run(home, "intake", env=quick).returncode == 0
        assert run(home, "file", BATCH, "--filer", "程舟", "--acceptor", "冯越").returncode == 0
        number = "J012-WS·XR·GR·2026·Y-0001-001"
        assert run(home, "get", number, "-o", str(home.parent / OUT)).returncode == 0
    finally:
        os.umask(before)
    return home


def test_everything_in_a_home_is_private_under_an_open_umask(worked: Path) -> None:
    assert modes(worked) == {0o700, 0o600}
    assert {"volume.pdf", "record.xml", "catalogue.sqlite", "form.docx"} <= {path.name for path in worked.rglob("*")}


def test_what_is_saved_for_a_person_is_that_person_s(worked: Path) -> None:
    assert stat.S_IMODE((worked.parent / OUT).stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_another_user_reads_nothing_even_where_the_home_folder_is_open(worked: Path) -> None:
    script = f"""
import os, pathlib, sys
os.setgroups([]); os.setgid(12345); os.setuid(12345)
root = pathlib.Path({str(worked)!r})
print([str(path) for folder, _, files in os.walk(root) for path in map(pathlib.Path(folder).joinpath, files)
       if os.access(path, os.R_OK)])
"""
    parents = [path for path in worked.parents if not path.stat().st_mode & 0o001]
    for path in (*parents, worked):
        path.chmod(0o755)
    try:
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        told = run(worked, "doctor").stdout.decode()
    finally:
        for path in (*parents, worked):
            path.chmod(0o700)
    assert done.stdout.strip() == "[]"
    assert f"chmod -R go= {worked}" in told.replace("\n", "") or "chmod -R go=" in told


def test_a_group_shares_a_home_and_its_new_folders(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    home = tmp_path / "home"
    home.mkdir()
    (home / "jishi.toml").write_text(f'[unit]\nfonds = "J012"\n[access]\ngroup = "{group}"\n', "utf-8")
    make_home(home)
    folders = [home, *(path for path in home.iterdir() if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o2770}
    assert {path.stat().st_gid for path in folders} == {os.getgid()}
    assert stat.S_IMODE((home / "catalogue.sqlite").stat().st_mode) == 0o660
    assert run(home, "sample", str(home / "drop"), "--people", "1").returncode == 0
    assert run(home, "status").returncode == 0
    assert {mode & 0o007 for mode in modes(home)} == {0}


def test_a_group_that_is_not_there_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "jishi.toml").write_text('[unit]\nfonds = "J012"\n[access]\ngroup = "没有的组"\n', "utf-8")
    with pytest.raises(SettingsInvalid, match="没有这个用户组"):
        _ = load(tmp_path, {}).modes
    done = run(tmp_path, "status")
    assert done.returncode == 8
    assert "groupadd" in done.stderr.decode()


def test_commands_begin_with_the_umask_of_a_private_home() -> None:
    assert access_for("").umask == PRIVATE_UMASK
    assert "os.umask(PRIVATE_UMASK)" in (ROOT / "cli.py").read_text("utf-8")
