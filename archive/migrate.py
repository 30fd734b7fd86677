"""Bring a home's register to the version of this program: a copy first, then step by step, each in one transaction.

A step, its mark and its line in the ledger are committed together or not at all, so that another run goes on where one
was killed. Nobody else may be at work: filing is locked out here, intake by whoever calls.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from archive.filing import filing_lock
from archive.register import ledger
from archive.register.copies import copy_register, size_of
from archive.register.ledger_head import HEAD_FILE
from archive.register.migrations import MIGRATED, VERSION, Migration, steps_from
from archive.register.opening import foreign_fault
from archive.register.register import Register, now
from archive.register.tables import migration
from jishi.access import OUTPUT_MODE
from jishi.durable import write_durably
from jishi.errors import ArchiveDamaged, RegisterBusy, TryLater
from jishi.settings import Settings

_TIMES = 4
"""A copy, the tables made anew, and the journal they go through, each as large as the register; and some room."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a run did."""

    before: int
    """Version it found."""
    version: int
    """Version it left."""
    steps: tuple[Migration, ...]
    copy: str = ""
    """Name of the copy of the register as it was, in the home; empty where nothing was to be done."""


def version_of(settings: Settings) -> int:
    """Return the version of a home's register.

    Raises:
        NotFound: there is none.
        ArchiveDamaged: it is lost or cannot be read.
        SettingsInvalid: it is newer than this program.
    """
    return Register(settings.register_file, to_migrate=True).version


def migrate(settings: Settings, on_step: Callable[[str], None] = lambda _: None) -> Migrated:
    """Bring the register to this program's version.

    Args:
        settings: the home's.
        on_step: called with the name of each point that a crash test may stop at.

    Raises:
        AnotherRunActive: a filing run is at work.
        ArchiveDamaged: register, ledger and folders do not belong together; nothing was changed.
        TryLater: the disk has no room, or somebody wrote meanwhile; nothing was changed.
        SettingsInvalid: the register is newer than this program.
    """
    with filing_lock(settings):
        register = Register(settings.register_file, to_migrate=True)
        steps = steps_from(register.version)
        if not steps:
            return Migrated(register.version, VERSION, ())
        end = _sound_end(settings, register)
        _refuse_little_room(settings)
        copy = _keep(settings, register)
        on_step("copied")
        for step in steps:
            end = _take_step(settings, step, end, copy, on_step)
    return Migrated(register.version, VERSION, steps, copy)


def _sound_end(settings: Settings, register: Register) -> ledger.Point:
    """Return where the ledger ends of a register that is whole and that of its folders.

    Raises:
        ArchiveDamaged: it is not.
    """
    fault = register.damage() or foreign_fault(settings, register)
    with register.reading() as connection:
        broken = [line.seq for line in ledger.lines_of(connection) if not line.sound]
        end = ledger.end_of(connection)
    if broken and not fault:
        fault = f"台账第{broken[0]}行与前后不衔接，可能被改动；请从备份恢复目录库"
    if fault:
        raise ArchiveDamaged(f"目录库不能升级，没有改动：{fault}")
    return end


def _refuse_little_room(settings: Settings) -> None:
    needed = _TIMES * size_of(settings.register_file) >> 20
    free = shutil.disk_usage(settings.home).free >> 20
    if free < needed + settings.intake.free_mb:
        raise TryLater(
            f"磁盘只剩{free} MiB，升级要先留副本，约需{needed} MiB，并留下{settings.intake.free_mb} MiB；没有改动"
        )


def _keep(settings: Settings, register: Register) -> str:
    """Copy the register as it is into the home, and the note of its ledger's end beside it; return the copy's name."""
    for draft in settings.home.glob(".catalogue-v*.tmp"):
        draft.unlink(missing_ok=True)
    moment = re.sub(r"[-:]", "", now()[:19])
    copy = settings.home / f"catalogue-v{register.version}-{moment}.sqlite"
    copy_register(register.path, copy)
    if register.head.exists():
        write_durably(_head_of(copy), register.head.read_bytes(), OUTPUT_MODE)
    return copy.name


def _head_of(copy: Path) -> Path:
    return copy.with_suffix(Path(HEAD_FILE).suffix)


def _take_step(
    settings: Settings, step: Migration, end: ledger.Point, copy: str, on_step: Callable[[str], None]
) -> ledger.Point:
    with Register(settings.register_file, to_migrate=True).making_anew() as connection:
        if ledger.end_of(connection) != end:
            raise RegisterBusy("升级时另有程序登记了新的内容，副本已不是最新的；请停下其他程序，再运行一次")
        step.apply(connection)
        at = now()
        connection.execute(insert(migration).values(version=step.version, applied_at=at))
        detail = {"before": step.version - 1, "version": step.version, "copy": copy}
        ledger.append(connection, [(at, "migrate", MIGRATED, "catalogue", detail)])
        end = ledger.end_of(connection)
        on_step("stepping")
    on_step("stepped")
    return end
