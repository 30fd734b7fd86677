"""Case files and what waits: every file of every record as it was admitted, and nothing beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from archive.register.admission import from_json
from archive.register.case_folders import folder_of, read_record
from archive.register.ledger import LedgerLine
from archive.register.ledger_head import HEAD_FILE
from jishi.case.ids import RecordId
from jishi.durable import sha256_of
from jishi.errors import JishiError, reason_of
from jishi.findings import Finding
from jishi.records import FORM_FILE, RECORD_FILE, SENT_FILE
from jishi.settings import Settings

CLAIM_FILE = "claim.json"
_PAPERS = "attachments"
_REMEDY = "查明是谁改动的，从备份恢复这个文件；在恢复之前不要验收、立卷"


def case_faults(settings: Settings, admitted: Sequence[LedgerLine], coming: frozenset[str]) -> Iterator[Finding]:
    """Yield every case file that is not as it was admitted, and everything among them that is none.

    Args:
        settings: where they stand.
        admitted: the ledger's lines of admission.
        coming: 记录编号 of records decided on whose folders are still on their way.
    """
    # A subject that is no number of a record is told with the ledger.
    known = {folder_of(settings, line.subject): line for line in admitted if RecordId.is_one(line.subject)}
    for folder, line in known.items():
        if line.subject not in coming or folder.is_dir():
            yield from _record_faults(folder, line)
    ours = {*known, *(parent for folder in known for parent in folder.parents)}
    yield from _strangers(settings.cases, ours)


def waiting_faults(settings: Settings, rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield what waits and is not as it was when it was examined.

    Args:
        settings: where it stands.
        rows: of the table of what waits.
    """
    for row in rows:
        try:
            one = from_json(row["facts"])
        except (TypeError, ValueError, KeyError):
            continue  # told with the rows
        due = {RECORD_FILE: one.sha256, FORM_FILE: one.docx_sha256}
        due |= {f"{_PAPERS}/{paper.file}": paper.sha256 for paper in one.attachments}
        due |= {CLAIM_FILE: one.claim_sha256} if one.claim_sha256 else {}
        due |= {SENT_FILE: one.sent_sha256} if one.sent_sha256 else {}
        folder = settings.waiting / str(row["token"])
        stands = folder if folder.is_dir() else settings.work / str(row["token"])
        yield from _file_faults(stands, due, f"等待中的记录 {row['record']}", str(row["record"]))


def _record_faults(folder: Path, line: LedgerLine) -> Iterator[Finding]:
    said = line.detail
    due = {RECORD_FILE: said.get("sha256", ""), FORM_FILE: said.get("form", "")}
    papers = said["attachments"] if "attachments" in said else _papers_named(folder, str(said.get("sha256")))
    due |= {f"{_PAPERS}/{name}": digest for name, digest in papers.items()}
    if said.get("claim", "") or "claim" not in said:
        due[CLAIM_FILE] = said.get("claim", "")
    if "sent" in said:
        due[SENT_FILE] = said["sent"]
    yield from _file_faults(folder, due, f"案卷材料中记录 {line.subject}", line.subject)


def _papers_named(folder: Path, sha256: str) -> Mapping[str, str]:
    """Return the papers a record admitted by an earlier program names itself, with the digests it gives."""
    try:
        return {paper.file: paper.sha256 for paper in read_record(folder, sha256).attachments}
    except (JishiError, OSError):
        return {}


def _file_faults(folder: Path, due: Mapping[str, str], whose: str, record: str) -> Iterator[Finding]:
    if folder.is_symlink() or not folder.is_dir():
        words = "的文件夹不在" if not folder.is_symlink() else "的文件夹是一个链接"
        yield Finding("A-CASE", f"{whose}{words}", record=record, place=str(folder), remedy=_REMEDY)
        return
    for name, digest in due.items():
        if fault := _fault(folder / name, digest, optional=not digest and name == CLAIM_FILE):
            yield Finding("A-CASE", f"{whose}的 {name} {fault}", record=record, place=str(folder / name),
                          remedy=_REMEDY)  # fmt: skip
    for path in _below(folder):
        name = path.relative_to(folder).as_posix()
        if name not in due and name != _PAPERS:
            yield _stray(path)


def _fault(path: Path, digest: str, *, optional: bool) -> str:
    if path.is_symlink():
        return "是一个链接，不是文件"
    if not path.is_file():
        return "" if optional else "不在"
    try:
        return "被改动" if digest and sha256_of(path) != digest else ""
    except OSError as error:
        return f"读不出：{reason_of(error)}"


def _strangers(cases: Path, ours: set[Path]) -> Iterator[Finding]:
    """Yield what stands beside the folders of records, down to the place of a record's folder."""
    level = [cases] if cases.is_dir() else []
    for _ in range(3):
        entries = [Path(entry) for folder in level for entry in os.scandir(folder)]
        for path in sorted(entries):
            if path in ours and not path.is_symlink():
                continue
            if not path.is_symlink() and next(path.rglob(RECORD_FILE), None):
                where = path.relative_to(cases).as_posix()
                yield Finding("A-UNREGISTERED", f"案卷材料中有目录库没有登记的记录，在 {where}", place=str(path),
                              remedy="不要移动它：目录库可能比案卷材料旧，请恢复较新的目录库")  # fmt: skip
            elif path.name != HEAD_FILE:
                yield _stray(path)
        level = [path for path in entries if path in ours and path.is_dir() and not path.is_symlink()]


def _below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def _stray(path: Path) -> Finding:
    words = f"案卷材料中有不属于任何记录的 {path.name}"
    return Finding("A-EXTRA", words, place=str(path), remedy="查明来历，移出案卷材料")
