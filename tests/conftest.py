"""What several rooms' tests stand on: a home with a whole batch admitted, and one with it filed."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from archive.filing import FilingRun, file_batch
from archive.register.register import Register
from jishi.settings import Settings
from tests.filled_home import BATCH, acceptance, copy_home, fill

gc.set_threshold(100_000)
"""Thousands of tests stay in memory; looking through them every 700 objects costs a fourteenth of the time."""


@pytest.fixture(scope="session")
def admitted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with two people's batch admitted; copy it before changing anything."""
    return fill(tmp_path_factory.mktemp("admitted") / "home", 2).home


@pytest.fixture(scope="session")
def filed(admitted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home whose batch is filed; only to be read."""
    settings = copy_home(admitted_home, tmp_path_factory.mktemp("filed") / "home")
    file_batch(FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings)))
    return settings
