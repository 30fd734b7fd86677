"""A copy of the whole register as of one moment, for going back to."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from archive.register.dialect import engine_of
from archive.register.obstacles import translated
from jishi.access import OUTPUT_MODE
from jishi.durable import move, sync_file


def copy_register(source: Path, target: Path) -> None:
    """Write a register into one whole file of its own that only its owner may read, durable under its name.

    Raises:
        TryLater: the disk is full or the place not writable; nothing stands under the name.
    """
    draft = target.with_name(f".{target.name}.tmp")
    with translated(target):
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OUTPUT_MODE))
        engine = engine_of(source, read_only=True)
        with closing(engine.raw_connection()) as register, closing(sqlite3.connect(draft)) as copy:
            assert isinstance(register.driver_connection, sqlite3.Connection)
            register.driver_connection.backup(copy)
            # One file alone: a copy needs no journal beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        sync_file(draft)
        move(draft, target)


def size_of(register: Path) -> int:
    """Return how many bytes a register takes with its journal."""
    files = (register, register.with_name(register.name + "-wal"))
    return sum(path.stat().st_size for path in files if path.exists())
