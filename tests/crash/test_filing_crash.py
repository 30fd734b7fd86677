"""Killed at any moment and started again: contiguous numbers, no double, no half volume, every file as recorded."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ocfl.storage_root import StorageRoot
from sqlalchemy import select

from archive.filing import FilingRun, file_batch
from archive.recover import gaps, recover, unfinished
from archive.register.register import Register
from archive.register.tables import item, volume
from archive.shelf import altered_files, stored_file
from archive.volume.builders import STAGING_LOCK
from jishi.settings import Settings
from tests.filled_home import BATCH, acceptance, copy_home, fill

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 1


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("original") / "home", PEOPLE).home


def child(home: Path, point: str, nth: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.crash.filing_child", str(home), point, str(nth)]
    return subprocess.Popen(words, cwd=ROOT, start_new_session=True)


def finish(settings: Settings) -> Register:
    """Start again as a person would: recover, and file if nothing was decided yet."""
    register = Register(settings.register_file)
    recover(settings, register)
    with register.reading() as connection:
        filed = connection.scalar(select(volume.c.seq).limit(1))
    if filed is None:
        file_batch(FilingRun(settings, register, BATCH, acceptance(settings), 1))
    return register


def assert_whole(settings: Settings, register: Register) -> None:
    assert gaps(register) == []
    assert unfinished(register) == []
    with register.reading() as connection:
        rows = connection.execute(select(volume)).all()
        items = connection.execute(select(item)).all()
    assert sorted(row.kind for row in rows) == ["GR"] * PEOPLE + ["PJ", "ZH"]
    on_shelf = {path.name for path in settings.shelf.iterdir() if path.is_dir()}
    assert on_shelf == {row.object_id for row in rows}
    for row in rows:
        folder = settings.shelf / row.object_id
        assert altered_files(folder) == []
        assert hashlib.sha256(stored_file(folder, "volume.pdf").read_bytes()).hexdigest() == row.sha256
        own = sorted((one.number, one.first_page, one.pages) for one in items if one.volume == row.seq)
        assert [number for number, _, _ in own] == list(range(1, row.items + 1))
        assert [first for _, first, _ in own] == [1 + sum(one[2] for one in own[:n]) for n in range(len(own))]
        assert sum(pages for _, _, pages in own) == row.pages
    assert list(settings.staging.iterdir()) == []
    assert StorageRoot(root=str(settings.shelf)).validate()


@pytest.mark.parametrize(
    ("point", "nth"),
    [("built", 1), ("numbering", 1), ("numbered", 1), ("placed", 1), ("placed", 3), ("filed", 1)],
    ids=lambda value: str(value),
)
def test_killed_at_a_named_point_and_started_again_all_is_whole(
    original: Path, tmp_path: Path, point: str, nth: int
) -> None:
    settings = copy_home(original, tmp_path / "home")
    process = child(settings.home, point, nth)
    assert process.wait(600) == -signal.SIGKILL
    assert_whole(settings, finish(settings))


def test_recovery_clears_a_folder_only_when_its_last_builder_has_ended(original: Path, tmp_path: Path) -> None:
    settings = copy_home(original, tmp_path / "home")
    folder = settings.staging / "filing-0123456789ab"
    folder.mkdir()
    (folder / STAGING_LOCK).touch()
    words = "import os, sys, time; from pathlib import Path; from archive.volume.builders import _hold; "
    words += "place = Path(sys.argv[1]); _hold(place); print('held', flush=True); sys.stdin.read(); "
    words += "[(place / str(n)).mkdir() for n in range(200)]"
    builder = subprocess.Popen(
        [sys.executable, "-c", words, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert builder.stdin is not None
    assert builder.stdout is not None
    assert builder.stdout.readline() == b"held\n"
    recovery = threading.Thread(target=recover, args=(settings, Register(settings.register_file)))
    recovery.start()
    builder.stdin.close()
    assert builder.wait(600) == 0
    recovery.join(600)
    builder.stdout.close()
    assert list(settings.staging.iterdir()) == []


def test_a_builder_that_comes_late_leaves_the_cleared_folder_alone(tmp_path: Path) -> None:
    words = "import sys; from pathlib import Path; from archive.volume.builders import _hold; _hold(Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", words, str(tmp_path / "gone")], cwd=ROOT, check=False)
    assert done.returncode == 1
    assert not (tmp_path / "gone").exists()
