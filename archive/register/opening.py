"""Open a home's register and see, at little cost, whether it belongs to the papers that lie beside it.

Whoever only verifies opens `Register` itself and tells everything; all other commands come through here.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import Connection, select

from archive.numbering import looks_like_number
from archive.register.ledger_head import head_fault
from archive.register.register import Register
from archive.register.tables import batch, volume
from jishi.errors import ArchiveDamaged
from jishi.records import RECORD_FILE
from jishi.settings import Settings

_TRIES = 3
_PAUSE = 0.05


def open_register(settings: Settings) -> Register:
    """Open the register of a home.

    Raises:
        NotFound: no home was made here.
        ArchiveDamaged: the register is lost or damaged, or is older than case files or shelf, or another home's.
    """
    register = Register(settings.register_file)
    if fault := foreign_fault(settings, register):
        raise ArchiveDamaged(fault)
    return register


def foreign_fault(settings: Settings, register: Register) -> str:
    """Return in words why a register is not that of its folders, or ""."""
    return _head_fault(register) or folder_fault(settings, register)


def unregistered_volumes(settings: Settings, connection: Connection) -> list[str]:
    """Return the objects on the shelf that bear the number of a volume the register does not know."""
    there = {name for name in _names(settings.shelf) if looks_like_number(name)}
    return sorted(there - set(connection.scalars(select(volume.c.object_id)))) if there else []


def unregistered_batches(settings: Settings, connection: Connection) -> list[str]:
    """Return the folders among the case files that hold records of a batch the register does not know."""
    there = {path.name for path in settings.cases.glob("*") if path.is_dir()}
    strange = there - set(connection.scalars(select(batch.c.id))) if there else set()
    return sorted(name for name in strange if next((settings.cases / name).rglob(RECORD_FILE), None))


def _head_fault(register: Register) -> str:
    """Compare the ledger with the head noted; a writer at work may be seen between the two for a moment."""
    for _ in range(_TRIES):
        with register.reading() as connection:
            fault = head_fault(register.head, connection)
        if not fault:
            break
        time.sleep(_PAUSE)
    return fault


def folder_fault(settings: Settings, register: Register) -> str:
    """Return in words what stands on the shelf or among the case files that the register does not know, or ""."""
    with register.reading() as connection:
        volumes = unregistered_volumes(settings, connection)
        batches = unregistered_batches(settings, connection)
    strange = [f"架上的卷 {name}" for name in volumes] + [f"案卷材料中的批次 {name}" for name in batches]
    if not strange:
        return ""
    more = f"等{len(strange)}处" if len(strange) > 1 else ""
    return (
        f"目录库没有登记{strange[0]}{more}：目录库比书架或案卷材料旧，或不是同一个档案库的；"
        "请停止收件和立卷，恢复较新的目录库（catalogue.sqlite 连同 -wal），书架和案卷材料不要移动"
    )


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - names alone, of many
