"""What was sent back, doubled or unpacked: told when it is touched, though it is no part of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from archive.register.case_folders import files_of
from archive.register.ledger import LedgerLine
from archive.register.ledger_head import FOUNDED
from jishi.findings import Finding, Severity
from jishi.settings import Settings

_MAY_BE_EMPTY = ("attachments", "原件")
_FOLDERS = ("rejected", "duplicate", "received")
_WORDS: dict[str, str] = {"rejected": "退回的材料", "duplicate": "重复的材料", "received": "拆开收入的压缩包或扫描件"}


def put_away_faults(settings: Settings, lines: Sequence[LedgerLine]) -> Iterator[Finding]:
    """Yield warnings of what is gone from where it was put away, altered there, or added.

    Args:
        settings: where the folders are.
        lines: the whole ledger.
    """
    told = {str(line.detail["place"]): line for line in lines if line.event in _WORDS and line.detail.get("place")}
    for place, line in told.items():
        path = settings.home / place
        if not path.exists() or path.is_symlink():
            yield _told(_WORDS[line.event], place, "已被移走" if not path.is_symlink() else "是一个链接")
        elif "files" in line.detail and files_of(path) != tuple(line.detail["files"]):
            yield _told(_WORDS[line.event], place, "被改动，或多出、缺少文件")
        for folder in path.rglob("*") if path.is_dir() else ():
            if folder.is_dir() and folder.name not in _MAY_BE_EMPTY and not any(folder.iterdir()):
                yield _told(_WORDS[line.event], place, f"多出空文件夹 {folder.name}")
    if not lines or lines[0].event != FOUNDED:
        return  # an earlier program did not note every zip it unpacked
    ways = {str(parent) for place in told for parent in PurePosixPath(place).parents}
    for path in sorted(one for name in _FOLDERS for one in (settings.home / name).rglob("*")):
        found = path.relative_to(settings.home)
        if str(found) not in ways and not {str(found), *map(str, found.parents)} & told.keys():
            yield _told(_WORDS[found.parts[0]], str(found), "没有来历")


def _told(what: str, place: str, words: str) -> Finding:
    return Finding("A-PUTAWAY", f"{what} {place} {words}", severity=Severity.WARNING, place=place,
                   remedy="已改正重投或按规定清理的可以不管；否则查明来历")  # fmt: skip
