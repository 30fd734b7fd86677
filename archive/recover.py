"""Finish everything decided but not yet done, and sweep what was begun but never decided."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass

from sqlalchemy import select

from archive.filing import filing_lock, mark_filed, place_volume, refuse_unsound
from archive.folders import check_folders
from archive.register import ledger
from archive.register.cases import CaseFiles
from archive.register.opening import folder_fault, foreign_fault
from archive.register.register import Register
from archive.register.tables import volume
from archive.shelf import altered_files, stored_file
from archive.verify import series
from archive.verify.ledger_chain import chain_faults
from archive.volume.builders import builders_gone
from jishi.durable import sync_folder
from jishi.errors import ArchiveDamaged
from jishi.settings import Settings


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a recovery run did."""

    records_placed: int
    volumes_filed: tuple[str, ...]
    staging_swept: int
    head_renewed: bool = False
    """Whether the note of the ledger's end was gone and was written anew, which the ledger says for ever."""


def recover(settings: Settings, register: Register) -> Recovery:
    """Bring the home to rest after any crash: records in place, numbered volumes on the shelf, staging empty.

    Raises:
        AnotherRunActive: a filing run is at work.
        SettingsInvalid: a folder lies on another file system.
        ArchiveDamaged: a numbered volume is neither in staging nor on the shelf as it was built; it is named. Or the
            register is not that of its folders, or its ledger does not hold; nothing was done.
        TryLater: the shelf is not there; nothing was done.
    """
    check_folders(settings)
    renewed = _renew_head(settings, register)
    if fault := foreign_fault(settings, register):
        raise ArchiveDamaged(fault)
    refuse_unsound(settings, register)
    placed = CaseFiles(settings, register).settle()
    with filing_lock(settings):
        filed = _finish_volumes(settings, register)
        swept = _sweep(settings)
    return Recovery(placed, filed, swept, renewed)


def _renew_head(settings: Settings, register: Register) -> bool:
    """Note the ledger's end anew where the note is gone and everything else holds; tell whether it was done."""
    if register.head.exists():
        return False
    with register.reading() as connection:
        faults = {fault.code for fault in chain_faults(connection, register.head, ledger.lines_of(connection))}
    return faults == {"A-HEAD"} and not folder_fault(settings, register) and register.renew_head()


def unfinished(register: Register) -> list[str]:
    """Return the numbers decided whose volumes are not yet noted as filed."""
    with register.reading() as connection:
        return series.unfinished(connection)


def gaps(register: Register) -> list[str]:
    """Return every series whose numbers are not contiguous from its first to its counter; empty when all hold."""
    with register.reading() as connection:
        return series.gaps(connection)


def _finish_volumes(settings: Settings, register: Register) -> tuple[str, ...]:
    with register.reading() as connection:
        rows = connection.execute(select(volume).where(volume.c.state == "numbered").order_by(volume.c.seq)).all()
    if not rows:
        return ()
    for row in rows:
        if not (settings.shelf / row.object_id).exists() and not (settings.staging / row.staged).exists():
            raise ArchiveDamaged(f"{row.number} 已编号，但待上架的卷不在；请从备份恢复 {row.staged}")
        place_volume(settings, row.staged, row.object_id)
        _compare(settings, row.number, row.object_id, row.sha256)
    sync_folder(settings.shelf)
    mark_filed(register, [row.number for row in rows], "recover")
    return tuple(row.number for row in rows)


def _compare(settings: Settings, number: str, object_id: str, sha256: str) -> None:
    folder = settings.shelf / object_id
    pdf = stored_file(folder, "volume.pdf")
    if hashlib.sha256(pdf.read_bytes()).hexdigest() != sha256 or altered_files(folder):
        raise ArchiveDamaged(f"{number} 架上的卷与登记的校验码不符；请停止使用并报告管理员")


def _sweep(settings: Settings) -> int:
    """Remove what filing runs left in staging; no other run is at work, and builders are waited for."""
    left = [path for path in settings.staging.iterdir() if path.is_dir()] if settings.staging.is_dir() else []
    for path in left:
        with builders_gone(path):
            shutil.rmtree(path, ignore_errors=True)
    return len(left)
