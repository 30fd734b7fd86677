"""How a register of an earlier version becomes one of this: a table of steps, one module each, never changed again.

A step holds the tables as it leaves them, not as they are today; a register made anew and one that went through every
step have the same tables, indexes and guards.
"""

from __future__ import annotations

from pathlib import Path

from archive.register.migrations.migration import Migration
from archive.register.migrations.to_3_growing_volumes import TO_3
from jishi.errors import SettingsInvalid

__all__ = ["FIRST", "MIGRATED", "MIGRATIONS", "VERSION", "Migration", "refuse_other", "steps_from"]

MIGRATED = "migrated"
"""The event of a step."""
FIRST = 2
"""The version a register began with before there were steps."""
MIGRATIONS = (TO_3,)
VERSION = MIGRATIONS[-1].version
"""Of the tables as they are today."""


def steps_from(version: int) -> tuple[Migration, ...]:
    """Return what brings a register of a version to today's, in order."""
    return tuple(step for step in MIGRATIONS if step.version > version)


def refuse_other(version: int, home: Path) -> None:
    """Refuse to work on a register of another version than today's.

    Raises:
        SettingsInvalid: it is of another; how to go on is said.
    """
    if version > VERSION:
        raise SettingsInvalid(
            f"目录库是第{version}版，比本程序（第{VERSION}版）新，没有改动；请换用较新的程序，不能退回旧版"
        )
    if version < FIRST:
        raise SettingsInvalid(f"目录库是第{version}版，没有从它升级的办法；请换用当时的程序")
    if version < VERSION:
        raise SettingsInvalid(
            f"目录库是第{version}版，本程序用第{VERSION}版；请先备份，再运行 jishi --home {home} migrate 升级"
        )
