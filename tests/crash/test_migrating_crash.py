"""Killed at any moment of migrating and started again: of one version or the next, never between, nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.migrate import migrate
from archive.register.migrations import FIRST, VERSION
from archive.register.register import Register
from archive.verify import verify
from tests.kept_home import kept_home, version_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("point", "left"), [("copied", FIRST), ("stepping", FIRST), ("stepped", FIRST + 1)])
def test_killed_at_a_named_point_and_started_again_the_register_is_whole(tmp_path: Path, point: str, left: int) -> None:
    settings = kept_home(tmp_path)
    (settings.home / ".catalogue-v2-20260101T000000.sqlite.tmp").write_bytes(b"half a copy")
    words = [sys.executable, "-m", "tests.crash.migrating_child", str(settings.home), point]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert version_in(settings.register_file) == left
    assert migrate(settings).before == left
    register = Register(settings.register_file)
    assert register.version == VERSION
    assert verify(settings, register).findings == ()
    assert list(settings.home.glob(".catalogue-*")) == []
    assert {version_in(copy) for copy in settings.home.glob("catalogue-v*.sqlite")} == {FIRST}
