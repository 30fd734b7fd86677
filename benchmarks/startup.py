"""`jishi --help` against the bare import of click."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Measured, at_most, wall

ROOT = Path(__file__).resolve().parent.parent


def figures() -> Iterator[Measured]:
    """Yield the comparison."""
    ours = wall(lambda: _run(str(ROOT / "cli.py"), "--help"), 15)
    peer = wall(lambda: _run("-c", "import click"), 15)
    yield at_most("jishi --help / python -c 'import click' (wall)", ours, peer, 2)


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=ROOT)
