"""Zips that strangers dropped: refused whole when anything in them is unsafe, else unpacked into a folder."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from jishi.errors import RecordRejected
from jishi.findings import Finding
from pipeline.submission import Kind, doubled_names, folded, kind_of, path_fault, printable

_MIB = 1024 * 1024
_MAX_ENTRIES = 20_000
_MAX_RATIO = 200
_RATIO_FROM = 16 * _MIB
_DIRECTORY_END = b"PK\x05\x06"
_NESTED = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".cab", ".iso", ".jar")
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
_BLOCK = 256 * 1024
_REPACK = "请重新压缩后再投递"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a zip may become."""

    file_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class _Member:
    """One file inside, under the name it was meant to have."""

    path: str
    info: zipfile.ZipInfo


def unpack(source: Path, target: Path, limits: Limits) -> None:
    """Unpack a zip into a new folder.

    Args:
        source: the zip.
        target: the folder to make; it must not exist.
        limits: sizes beyond which nothing is unpacked.

    Raises:
        RecordRejected: the zip is unsafe, damaged, encrypted or holds no record; every fault is listed.
        OSError: the disk is full or failing.
    """
    _refuse(_end_faults(source))
    try:
        with zipfile.ZipFile(source) as archive:
            members = list(_members(archive))
            _refuse([*_entry_faults(archive), *_name_faults(members), *_size_faults(members, source, limits)])
            if not any(kind_of(member.path.rpartition("/")[2]) is Kind.RECORD for member in members):
                _refuse([Finding("Z-EMPTY", "压缩包里没有记录（.xml）", remedy="请把记录和附件一起压缩后再投递")])
            for member in members:
                _extract(archive, member, target, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        _refuse([Finding("Z-BROKEN", f"压缩包已损坏或不能解压：{error}", remedy=_REPACK)])


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise RecordRejected(findings)


def _end_faults(source: Path) -> list[Finding]:
    """Look at the number of entries before anything is read into memory for each of them."""
    with source.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 65_557))
        tail = stream.read()
    place = tail.rfind(_DIRECTORY_END)
    if place < 0 or len(tail) < place + 22:
        return [Finding("Z-BROKEN", "不是完整的zip文件", remedy=_REPACK)]
    entries = int.from_bytes(tail[place + 10 : place + 12], "little")
    length = int.from_bytes(tail[place + 12 : place + 16], "little")
    if entries > _MAX_ENTRIES or length > _MAX_ENTRIES * 1024:
        return [Finding("Z-COUNT", f"压缩包里的文件超过{_MAX_ENTRIES}个", remedy="请分成几个压缩包投递")]
    return []


def _members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        path = _meant_name(info).replace("\\", "/")
        parts = path.split("/")
        litter = "__MACOSX" in parts or parts[-1].lower() in _LITTER or parts[-1].startswith("._")
        if not info.is_dir() and not path.endswith("/") and not litter:
            yield _Member(path, info)


def _meant_name(info: zipfile.ZipInfo) -> str:
    """Return the name its maker meant: without the UTF-8 flag, Chinese Windows writes GBK."""
    name = info.orig_filename
    if info.flag_bits & 0x800 or name.isascii():
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _entry_faults(archive: zipfile.ZipFile) -> Iterator[Finding]:
    if any(info.flag_bits & 0x1 for info in archive.infolist()):
        yield Finding("Z-ENCRYPTED", "压缩包加了密码，无法收取", remedy="请去掉密码后重新投递")
    ordered = sorted(archive.infolist(), key=lambda info: info.header_offset)
    for before, after in pairwise(ordered):
        # 30 bytes is the least a local header takes; an honest zip never comes that close.
        if before.header_offset + 30 + before.compress_size > after.header_offset:
            yield Finding("Z-OVERLAP", "压缩包内的文件互相重叠，疑为恶意构造", remedy=_REPACK)
            return


def _name_faults(members: list[_Member]) -> Iterator[Finding]:
    for member in members:
        if fault := path_fault(member.path):
            yield fault
        mode = member.info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            yield Finding("N-LINK", f"压缩包里的“{printable(member.path)}”是链接或特殊文件", remedy="请放入文件本身")
        if member.path.lower().endswith(_NESTED):
            yield Finding("Z-NESTED", f"压缩包里又有压缩包：{printable(member.path)}", remedy="请解开后重新压缩")
    yield from doubled_names(member.path for member in members)
    folders = {folded(path[:place]) for path in (m.path for m in members) for place in _slashes(path)}
    for member in members:
        if folded(member.path) in folders:
            yield Finding("N-CASE", f"“{printable(member.path)}”既是文件又是文件夹", remedy=_REPACK)


def _slashes(path: str) -> Iterator[int]:
    return (place for place, char in enumerate(path) if char == "/")


def _size_faults(members: list[_Member], source: Path, limits: Limits) -> Iterator[Finding]:
    total = sum(member.info.file_size for member in members)
    if total > limits.total_bytes:
        yield Finding("Z-SIZE", f"解压后共{total // _MIB} MiB，超过上限{limits.total_bytes // _MIB} MiB",
                      remedy="请分成几个压缩包投递")  # fmt: skip
    elif total > _RATIO_FROM and total > _MAX_RATIO * source.stat().st_size:
        yield Finding("Z-RATIO", f"压缩比超过{_MAX_RATIO}，疑为压缩炸弹", remedy="请直接投递文件夹")
    for member in members:
        if member.info.file_size > limits.file_bytes:
            yield Finding("Z-SIZE", f"“{printable(member.path)}”解压后有{member.info.file_size // _MIB} MiB，"
                          f"超过单件上限{limits.file_bytes // _MIB} MiB", remedy="请拆分该附件")  # fmt: skip


def _extract(archive: zipfile.ZipFile, member: _Member, target: Path, limits: Limits) -> None:
    path = target / member.path
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member.info) as source, path.open("xb") as sink:
        while block := source.read(_BLOCK):
            if not written and block.startswith(b"PK\x03\x04"):
                _refuse([Finding("Z-NESTED", f"“{member.path}”其实是压缩包", remedy="请解开后重新压缩")])
            written += len(block)
            # The directory's sizes may lie; what comes out may not.
            if written > limits.file_bytes:
                _refuse([Finding("Z-SIZE", f"“{member.path}”解压后超过单件上限", remedy="请拆分该附件")])
            sink.write(block)
