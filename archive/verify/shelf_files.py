"""The shelf: every object whole in itself, as the ledger sealed it, and with the records that were admitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.numbering import looks_like_number
from archive.pdf.pdfa import pdfa_faults
from archive.register.ledger import LedgerLine
from archive.shelf import altered_files, inventory_digest, root_faults, root_strangers, stored_file, unsound_parts
from archive.verify.sealed_volume import SealedVolume
from jishi.durable import sha256_of
from jishi.errors import ArchiveDamaged, JishiError, reason_of
from jishi.findings import Finding
from jishi.records import FORM_FILE, RECORD_FILE
from jishi.settings import Settings

_REMEDY = "停止使用该卷，报告管理员，从备份恢复"


@dataclass(frozen=True, slots=True)
class Registered:
    """What register and ledger say of one volume."""

    number: str
    object_id: str
    sha256: str
    state: str
    staged: str
    inventory: str
    """SHA-512 of its inventory as the ledger sealed it, "" where an earlier program numbered it."""

    def folder(self, settings: Settings) -> Path:
        """Return where its object stands: on the shelf, or still in staging."""
        on_shelf = settings.shelf / self.object_id
        return on_shelf if on_shelf.is_dir() or not self.staged else settings.staging / self.staged


def volume_faults(settings: Settings, one: Registered) -> Iterator[Finding]:
    """Yield how one volume differs from what was filed; where it does not, what contradicts the standard it claims."""
    differing = list(_differences(settings, one))
    yield from differing
    folder = settings.shelf / one.object_id
    if not differing and folder.is_dir():
        for fault in pdfa_faults(stored_file(folder, "volume.pdf")):
            words = f"{one.number} 声明为PDF/A-3b，但{fault}"
            yield Finding("A-PDFA", words, place="volume.pdf", remedy="报告系统维护人员")


def _differences(settings: Settings, one: Registered) -> Iterator[Finding]:
    """Yield how the files of one volume differ from its inventory, its seal and what was registered."""
    folder = settings.shelf / one.object_id
    if not folder.is_dir():
        if one.state != "numbered":
            yield Finding("A-MISSING", f"{one.number} 不在架上", place=str(folder), remedy=_REMEDY)
        return
    try:
        if folder.is_symlink():
            yield Finding("A-STRAY", f"{one.number} 在架上是一个链接，不是文件夹", place=str(folder), remedy=_REMEDY)
        if one.inventory and inventory_digest(folder) != one.inventory:
            words = f"{one.number} 的清单与立卷时登记的校验码不符"
            yield Finding("A-INVENTORY", words, place="inventory.json", remedy=_REMEDY)
        for path in unsound_parts(folder):
            words = f"{one.number} 中的标记或清单被改动，或有清单之外的文件、链接、文件夹"
            yield Finding("A-STRAY", words, place=path, remedy=_REMEDY)
        for path in altered_files(folder):
            yield Finding("A-ALTERED", f"{one.number} 中的文件被改动或缺失", place=path, remedy=_REMEDY)
        if sha256_of(stored_file(folder, "volume.pdf")) != one.sha256:
            words = f"{one.number} 的卷文件与归档时登记的校验码不符"
            yield Finding("A-DIGEST", words, place="volume.pdf", remedy=_REMEDY)
    except (ArchiveDamaged, OSError) as error:
        yield Finding("A-DAMAGED", f"{one.number} 读不出：{reason_of(error)}", place=str(folder), remedy=_REMEDY)


def read_volumes(settings: Settings, registered: Mapping[str, Registered]) -> dict[str, SealedVolume]:
    """Return the metadata of every volume that can be read; what cannot is told by `volume_faults`."""
    volumes = {}
    for number, one in registered.items():
        try:
            sealed = SealedVolume(one.folder(settings))
            sealed.row, sealed.items, sealed.files  # noqa: B018 - asked now, so that later nothing fails
        except (JishiError, OSError, ValueError):
            continue
        volumes[number] = sealed
    return volumes


def unread_volume(number: str) -> Finding:
    """Return what is to be said of a volume whose metadata cannot be read."""
    return Finding("A-DAMAGED", f"{number} 的 metadata.xml 读不出", place="metadata.xml", remedy=_REMEDY)


def item_faults(number: str, sealed: SealedVolume, admitted: Mapping[str, LedgerLine]) -> Iterator[Finding]:
    """Yield the records, forms and papers of a volume that are not those that were admitted.

    Args:
        number: its 档号.
        sealed: its metadata.
        admitted: 记录编号 → the ledger's line of its admission.
    """
    for path, record in sealed.files.items():
        line = admitted.get(record)
        due = _admitted_digest(path, f"{Path(path).parent}/{RECORD_FILE}" in sealed.files, line.detail if line else {})
        try:
            if due and sha256_of(stored_file(sealed.folder, path)) != due:
                yield Finding("A-ITEM", f"{number} 中的 {path} 不是收入时的那一份（记录 {record}）", place=path,
                              remedy=_REMEDY)  # fmt: skip
        except (JishiError, OSError):
            continue  # told with the files of the volume


def shelf_faults(settings: Settings, known: set[str]) -> Iterator[Finding]:
    """Yield what is wrong with the shelf itself, and what stands on it that nobody registered."""
    if not settings.shelf.is_dir():
        yield Finding("A-SHELF", "书架文件夹不在", place=str(settings.shelf),
                      remedy="先看书架所在的磁盘有没有挂上；确实没有了的，从备份恢复")  # fmt: skip
        return
    for words in root_faults(settings.shelf):
        yield Finding("A-SHELF", words, place=str(settings.shelf), remedy="从备份恢复")
    for path in root_strangers(settings.shelf, known):
        if looks_like_number(path.name):
            remedy = "不要移动它：目录库比书架旧，或不是同一个档案库的，请恢复较新的目录库"
            yield Finding("A-STRANGER", f"架上有未登记的卷 {path.name}", place=str(path), remedy=remedy)
        else:
            yield Finding("A-STRANGER", f"架上有不属于书架的 {path.name}", place=str(path), remedy="查明来历，移出书架")


def _admitted_digest(path: str, original: bool, admitted: Mapping[str, Any]) -> str:
    """Return the digest a file of an item was admitted with, "" where it was made at filing or nobody noted one."""
    name = Path(path).name
    if Path(path).parent.name == "attachments":
        return str(admitted.get("attachments", {}).get(name, ""))
    key = {RECORD_FILE: "sha256", FORM_FILE: "form"}.get(name, "")
    return str(admitted.get(key, "")) if original else ""
