"""Builders: what they cannot do is told, and nobody outlives the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archive.filing import FilingRun, file_batch
from archive.register.register import Register
from jishi.errors import ArchiveDamaged, WorkerLost
from jishi.settings import Settings
from tests.filled_home import BATCH, acceptance, copy_home, fill

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("original") / "home", 2).home


def test_a_paper_altered_behind_our_back_stops_filing_and_numbers_nothing(original: Path, tmp_path: Path) -> None:
    settings = copy_home(original, tmp_path / "home")
    paper = next(path for path in settings.cases.rglob("attachments/*") if path.suffix == ".pdf")
    paper.write_bytes(paper.read_bytes() + b"\n")
    with pytest.raises(ArchiveDamaged, match="与收入时登记的校验码不符"):
        file_batch(run_in(settings))
    assert not volumes_on(settings)


@pytest.mark.parametrize("name", ["attachments/*.pdf", "form.docx"])
def test_a_paper_that_is_gone_stops_filing_and_is_named(original: Path, tmp_path: Path, name: str) -> None:
    settings = copy_home(original, tmp_path / "home")
    paper = next(settings.cases.rglob(name))
    paper.unlink()
    with pytest.raises(ArchiveDamaged, match=paper.name):
        file_batch(run_in(settings))
    assert not volumes_on(settings)
    assert list(settings.staging.iterdir()) == []


def test_a_builder_that_finds_the_disk_full_is_told_to_try_later(original: Path, tmp_path: Path) -> None:
    if not may_mount():
        pytest.skip("a small disk can be had only where file systems may be mounted")
    (tmp_path / "disk").mkdir()
    words = f"mount -t tmpfs -o size=4m none {tmp_path}/disk && cp -r {original} {tmp_path}/disk/home && "
    child = f"{sys.executable} -m tests.crash.filing_child {tmp_path}/disk/home nowhere 0"
    code = f"; ls {tmp_path}/disk/home/staging; ls {tmp_path}/disk/home/shelf"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", words + child + code], cwd=ROOT, capture_output=True, text=True
    )
    assert "jishi.errors.TryLater" in done.stderr
    assert done.stdout.split() == ["0=ocfl_1.1", "ocfl_layout.json"]


def may_mount() -> bool:
    return (
        subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0
    )


def test_a_builder_that_is_killed_stops_filing_and_the_next_run_files_all(original: Path, tmp_path: Path) -> None:
    settings = copy_home(original, tmp_path / "home")
    with pytest.raises(WorkerLost, match="请"):
        file_batch(replace(run_in(settings), progress=lambda _: kill_builders()))
    assert not volumes_on(settings)
    assert len(file_batch(run_in(settings))) == 4


def test_nobody_outlives_a_filing_run_that_is_killed(original: Path, tmp_path: Path) -> None:
    settings = copy_home(original, tmp_path / "home")
    words = [sys.executable, "-m", "tests.crash.filing_child", str(settings.home), "nowhere", "0"]
    process = subprocess.Popen(words, cwd=ROOT, start_new_session=True)
    end = time.monotonic() + 600
    while len(family(process.pid)) < 4 and time.monotonic() < end:
        time.sleep(0.05)
    process.kill()
    process.wait(600)
    while family(process.pid) and time.monotonic() < end + 10:
        time.sleep(0.05)
    assert not family(process.pid)


def run_in(settings: Settings) -> FilingRun:
    return FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings), 2)


def kill_builders() -> None:
    """Kill every process the server of processes made, found by who made whom."""
    own = descendants(os.getpid())
    for pid in own:
        if parent_of(pid) in own:
            os.kill(pid, signal.SIGKILL)


def descendants(root: int) -> set[int]:
    found = {root}
    while more := {pid for pid in processes() if pid not in found and parent_of(pid) in found}:
        found |= more
    return found - {root}


def family(session: int) -> list[int]:
    """Return the living processes of a session."""
    return [pid for pid in processes() if stat_of(pid)[3:4] == [str(session)] and stat_of(pid)[0] != "Z"]


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def parent_of(pid: int) -> int:
    told = stat_of(pid)
    return int(told[1]) if told else 0


def stat_of(pid: int) -> list[str]:
    """Return state, parent, group, session of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
    except OSError:
        return []


def volumes_on(settings: Settings) -> list[str]:
    return [path.name for path in settings.shelf.iterdir() if path.is_dir()]
