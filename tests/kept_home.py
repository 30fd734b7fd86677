"""A home as a program of an earlier version of the register left it."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

from archive.register.migrations import FIRST
from jishi.settings import Settings, load

KEPT = Path(__file__).parent / "homes"


def kept_home(folder: Path, version: int = FIRST) -> Settings:
    """Unpack the home of a version into a folder."""
    with tarfile.open(KEPT / f"version-{version}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return load(folder / "home")


def version_in(register: Path) -> int:
    """Return the version a register's file says it is of."""
    with closing(sqlite3.connect(register)) as raw:
        return int(raw.execute("SELECT max(version) FROM migration").fetchone()[0])


def say_version(register: Path, version: int) -> None:
    """Let a register say it is of a version."""
    with closing(sqlite3.connect(register)) as raw, raw:
        raw.execute("INSERT INTO migration VALUES (?, '2026-01-01T00:00:00+08:00')", (version,))
