"""Compare what is filed with what was recorded and claimed: volumes, ledger, numbers, shelf."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from archive import ledger
from archive.catalogue import Catalogue
from archive.pdfa import pdfa_faults
from archive.recover import gaps, unfinished
from archive.shelf import altered_files, inventory_digest, root_is_marked, stored_file, unsound_parts
from archive.tables import ledger as chain
from archive.tables import volume
from jishi.durable import sha256_of
from jishi.errors import ArchiveDamaged, reason_of
from jishi.findings import Finding
from jishi.settings import Settings

_REMEDY = "停止使用该卷，报告管理员，从备份恢复"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what differs."""

    volumes: int
    ledger_lines_broken: tuple[int, ...]
    findings: tuple[Finding, ...]
    unsealed: tuple[str, ...] = ()
    """Volumes filed before the digest of the inventory was registered; of their other files the shelf alone tells."""


def verify(settings: Settings, catalogue: Catalogue) -> Verification:
    """Read every filed volume again and return every difference and broken claim; nothing is changed."""
    with catalogue.reading() as connection:
        rows = connection.execute(select(volume).order_by(volume.c.seq)).all()
        broken = tuple(ledger.broken_links(connection))
        seals = _seals(connection)
    kept = [row for row in rows if row.state != "void"]
    findings = [finding for row in kept for finding in _all_faults(settings, row, seals.get(row.number, ""))]
    findings += [Finding("A-LEDGER", f"台账第{line}行与前后不衔接，可能被改动", place=str(line)) for line in broken]
    findings += [Finding("A-NUMBER", f"档号不连续：{fault}") for fault in gaps(catalogue)]
    findings += [
        Finding("A-UNSHELVED", f"{number} 已编号但还没有上架", remedy="运行 jishi recover")
        for number in unfinished(catalogue)
    ]
    findings += _shelf_faults(settings, {row.object_id for row in rows})
    unsealed = tuple(row.number for row in kept if not seals.get(row.number))
    return Verification(len(rows), broken, tuple(findings), unsealed)


def faults_of(settings: Settings, catalogue: Catalogue, numbers: Collection[str]) -> tuple[Finding, ...]:
    """Read some volumes again and return what differs from what was registered.

    Args:
        settings: where the shelf is.
        catalogue: what was registered.
        numbers: 档号 of volumes.
    """
    with catalogue.reading() as connection:
        rows = connection.execute(select(volume).where(volume.c.number.in_(numbers)).order_by(volume.c.seq)).all()
        seals = _seals(connection)
    return tuple(finding for row in rows for finding in _volume_faults(settings, row, seals.get(row.number, "")))


def _seals(connection: Connection) -> dict[str, str]:
    """Return the digest of every volume's inventory as the ledger noted it when the volume was numbered."""
    lines = connection.execute(select(chain.c.subject, chain.c.detail).where(chain.c.event == "numbered"))
    return {line.subject: json.loads(line.detail).get("inventory", "") for line in lines}


def _all_faults(settings: Settings, row: Row[Any], seal: str) -> Iterator[Finding]:
    """Yield what differs, and in what is as it was filed what contradicts the archive standard it claims."""
    differing = list(_volume_faults(settings, row, seal))
    yield from differing
    if not differing and (settings.shelf / row.object_id).is_dir():
        for fault in pdfa_faults(stored_file(settings.shelf / row.object_id, "volume.pdf")):
            yield Finding(
                "A-PDFA", f"{row.number} 声明为PDF/A-3b，但{fault}", place="volume.pdf", remedy="报告系统维护人员"
            )


def _volume_faults(settings: Settings, row: Row[Any], seal: str) -> Iterator[Finding]:
    folder = settings.shelf / row.object_id
    if not folder.is_dir():
        if row.state == "filed":
            yield Finding("A-MISSING", f"{row.number} 不在架上", place=str(folder), remedy=_REMEDY)
        return
    try:
        if seal and inventory_digest(folder) != seal:
            yield Finding(
                "A-INVENTORY", f"{row.number} 的清单与立卷时登记的校验码不符", place="inventory.json", remedy=_REMEDY
            )
        for path in unsound_parts(folder):
            yield Finding(
                "A-STRAY", f"{row.number} 中的标记或清单被改动，或有清单之外的文件", place=path, remedy=_REMEDY
            )
        for path in altered_files(folder):
            yield Finding("A-ALTERED", f"{row.number} 中的文件被改动或缺失", place=path, remedy=_REMEDY)
        if sha256_of(stored_file(folder, "volume.pdf")) != row.sha256:
            yield Finding(
                "A-DIGEST", f"{row.number} 的卷文件与归档时登记的校验码不符", place="volume.pdf", remedy=_REMEDY
            )
    except (ArchiveDamaged, OSError) as error:
        yield Finding("A-DAMAGED", f"{row.number} 读不出：{reason_of(error)}", place=str(folder), remedy=_REMEDY)


def _shelf_faults(settings: Settings, known: set[str]) -> Iterator[Finding]:
    if not settings.shelf.is_dir():
        yield Finding("A-SHELF", "书架文件夹不在", place=str(settings.shelf), remedy="从备份恢复")
        return
    if not root_is_marked(settings.shelf):
        yield Finding("A-SHELF", "书架的OCFL标记缺失或被改动", place=str(settings.shelf), remedy="从备份恢复")
    for path in sorted(settings.shelf.iterdir()):
        if path.is_dir() and path.name not in known and path.name != "extensions":
            yield Finding("A-STRANGER", f"架上有未登记的卷 {path.name}", place=str(path), remedy="查明来历，移出书架")
