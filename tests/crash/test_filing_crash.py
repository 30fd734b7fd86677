"""Killed at any moment and started again: contiguous numbers, no double, no half volume, every file as recorded."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ocfl.storage_root import StorageRoot
from sqlalchemy import select

from archive.catalogue import Catalogue
from archive.filing import FilingRun, file_batch
from archive.recover import gaps, recover, unfinished
from archive.shelf import altered_files, stored_file
from archive.tables import item, volume
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


def finish(settings: Settings) -> Catalogue:
    """Start again as a person would: recover, and file if nothing was decided yet."""
    catalogue = Catalogue(settings.catalogue_file)
    recover(settings, catalogue)
    with catalogue.reading() as connection:
        filed = connection.scalar(select(volume.c.seq).limit(1))
    if filed is None:
        file_batch(FilingRun(settings, catalogue, BATCH, acceptance(settings), 1))
    return catalogue


def assert_whole(settings: Settings, catalogue: Catalogue) -> None:
    assert gaps(catalogue) == []
    assert unfinished(catalogue) == []
    with catalogue.reading() as connection:
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
    assert process.wait(120) == -signal.SIGKILL
    assert_whole(settings, finish(settings))


def test_killed_again_and_again_at_random_moments_all_is_whole(original: Path, tmp_path: Path) -> None:
    settings = copy_home(original, tmp_path / "home")
    chance = random.Random(20261121)
    for _ in range(5):
        process = child(settings.home, "nowhere", 0)
        time.sleep(chance.uniform(0.2, 3.0))
        process.kill()
        process.wait(30)
    assert_whole(settings, finish(settings))
