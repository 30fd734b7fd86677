"""What several tests of the pipeline begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alert_home import BATCH, AlertHome, home_of
from tests.filled_home import copy_home
from tests.rule_cases import records


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a batch of two in good order, to be copied and never changed."""
    return home_of(tmp_path_factory.mktemp("whole") / "home", records(BATCH, 2).values()).settings.home


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> AlertHome:
    """Return a fresh copy of that home."""
    return AlertHome(copy_home(whole, tmp_path / "home"))
