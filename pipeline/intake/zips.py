"""Zips that strangers dropped: refused whole when anything in them is unsafe, else unpacked into a folder."""

from __future__ import annotations

import errno
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import pairwise
from pathlib import Path

from jishi.errors import RecordRejected, TryLater
from jishi.findings import Finding
from jishi.safe_xml import MAX_BYTES
from pipeline.intake.formats import format_named, format_of
from pipeline.intake.submission import (
    Kind,
    doubled_names,
    folded,
    is_litter,
    kind_of,
    named_in,
    path_fault,
    printable,
)
from pipeline.intake.zip_directory import REPACK, ZipEntry, broken, read_directory, refusal, start_of
from pipeline.intake.zip_names import Wants, meant_names

_MIB = 1024 * 1024
_MAX_RATIO = 200
_RATIO_FROM = 16 * _MIB
_BLOCK = 256 * 1024
_OFD = ".ofd"
"""A zip by its make, and a paper a record may bring."""
_STORED, _DEFLATED = 0, 8
_METHODS = {9: "Deflate64", 12: "BZIP2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}
"""Ways of packing that are named when we refuse them (APPNOTE 4.4.5)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a zip may become."""

    file_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class _Member:
    """One file inside, under the name it was meant to have."""

    path: str
    entry: ZipEntry


def unpack(source: Path, target: Path, limits: Limits, stopping: Callable[[], bool] = lambda: False) -> None:
    """Unpack a zip into a new folder.

    Args:
        source: the zip.
        target: the folder to make; it must not exist.
        limits: sizes beyond which nothing is unpacked.
        stopping: tells whether the run is asked to end; a large zip is then left for the next run.

    Raises:
        RecordRejected: the zip is unsafe, damaged, encrypted or holds no record; every fault is listed.
        TryLater: the run is asked to end.
        OSError: the disk is full or failing.
    """
    with source.open("rb") as stream:
        _refuse(list(_format_faults(stream)))
        entries = read_directory(stream)
        _refuse([*_entry_faults(entries)])
        members = list(_members(entries, lambda: _wants(stream, entries)))
        _refuse([*_name_faults(members), *_size_faults(members, source, limits)])
        if not any(kind_of(member.path.rpartition("/")[2]) is Kind.RECORD for member in members):
            _refuse([Finding("Z-EMPTY", "压缩包里没有记录（.xml）", remedy="请把记录和附件一起压缩后再投递")])
        for member in members:
            if stopping():
                raise TryLater("已按要求停止；压缩包下次接着解")
            _extract(stream, member, target, limits)


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise RecordRejected(findings)


def _format_faults(stream: BufferedReader) -> Iterator[Finding]:
    if (kind := format_of(stream.read(16))) and kind.name != "zip":
        yield Finding("Z-FORMAT", f"文件名是.zip，内容却是{kind.label}", remedy=kind.remedy)


# Names


def _members(entries: list[ZipEntry], wants: Callable[[], Wants]) -> Iterator[_Member]:
    for path, entry in zip(meant_names(entries, wants), entries, strict=True):
        if not path.endswith("/") and not is_litter(path):
            yield _Member(path, entry)


def _wants(stream: BufferedReader, entries: list[ZipEntry]) -> Wants:
    """Yield what the records inside name, as far as they can be read."""
    for place, entry in enumerate(entries):
        if entry.raw.lower().endswith(b".xml") and entry.size <= MAX_BYTES:
            try:
                data = b"".join(_content(stream, entry, MAX_BYTES))
            except RecordRejected:
                continue
            yield place, named_in(data).files


def _name_faults(members: list[_Member]) -> Iterator[Finding]:
    unsafe = [fault for member in members if (fault := path_fault(member.path))]
    if unsafe:
        # What is no path of ours is not looked into further.
        yield from unsafe
        return
    for member in members:
        if stat.S_IFMT(member.entry.mode) not in (0, stat.S_IFREG):
            yield Finding("N-LINK", f"压缩包里的“{printable(member.path)}”是链接或特殊文件", remedy="请放入文件本身")
        if (kind := format_named(member.path)) and kind.packs:
            yield Finding("Z-NESTED", f"压缩包里又有压缩包：{printable(member.path)}", remedy="请解开后重新压缩")
    yield from doubled_names(member.path for member in members)
    folders = {folded(path[:place]) for path in (m.path for m in members) for place in _slashes(path)}
    for member in members:
        if folded(member.path) in folders:
            yield Finding("N-CASE", f"“{printable(member.path)}”既是文件又是文件夹", remedy=REPACK)


def _slashes(path: str) -> Iterator[int]:
    return (place for place, char in enumerate(path) if char == "/")


# Contents


def _entry_faults(entries: list[ZipEntry]) -> Iterator[Finding]:
    if any(entry.encrypted for entry in entries):
        yield Finding("Z-ENCRYPTED", "压缩包加了密码，无法收取", remedy="请去掉密码后重新投递")
    elif strange := sorted({entry.method for entry in entries} - {_STORED, _DEFLATED}):
        names = "、".join(_METHODS.get(method, f"第{method}号") for method in strange)
        yield Finding("Z-METHOD", f"压缩包用了本系统不解的压缩方法：{names}",
                      remedy="请用系统自带的压缩，或在压缩软件中选“标准（Deflate）”方法，重新压缩后投递")  # fmt: skip
    ordered = sorted(entries, key=lambda entry: entry.offset)
    for before, after in pairwise(ordered):
        # 30 bytes is the least a local header takes; an honest zip never comes that close.
        if before.offset + 30 + before.packed > after.offset:
            yield Finding("Z-OVERLAP", "压缩包内的文件互相重叠，疑为恶意构造", remedy=REPACK)
            return


def _size_faults(members: list[_Member], source: Path, limits: Limits) -> Iterator[Finding]:
    total = sum(member.entry.size for member in members)
    if total > limits.total_bytes:
        yield Finding("Z-SIZE", f"解压后共{total // _MIB} MiB，超过上限{limits.total_bytes // _MIB} MiB",
                      remedy="请分成几个压缩包投递")  # fmt: skip
    elif total > _RATIO_FROM and total > _MAX_RATIO * source.stat().st_size:
        yield Finding("Z-RATIO", f"压缩比超过{_MAX_RATIO}，疑为压缩炸弹", remedy="请直接投递文件夹")
    for member in members:
        if member.entry.size > limits.file_bytes:
            yield Finding("Z-SIZE", f"“{printable(member.path)}”解压后有{member.entry.size // _MIB} MiB，"
                          f"超过单件上限{limits.file_bytes // _MIB} MiB", remedy="请拆分该附件")  # fmt: skip


def _extract(stream: BufferedReader, member: _Member, target: Path, limits: Limits) -> None:
    path = target / member.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as sink:
            for number, block in enumerate(_content(stream, member.entry, limits.file_bytes)):
                if not number and block.startswith(b"PK\x03\x04") and not member.path.lower().endswith(_OFD):
                    raise _packed_file(member.path)
                sink.write(block)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise refusal("N-LONG", f"“{printable(member.path)[:60]}…”的路径过长", "请减少文件夹层次") from error


def _packed_file(path: str) -> RecordRejected:
    """Return the refusal of a member that is a zip by its first bytes, as Office files are."""
    kind = format_named(path)
    if kind is not None and not kind.packs:
        return refusal("Z-FORMAT", f"压缩包里的“{printable(path)}”是{kind.label}，不能收", kind.remedy)
    return refusal("Z-NESTED", f"“{printable(path)}”其实是压缩包", "请解开后重新压缩")


def _content(stream: BufferedReader, entry: ZipEntry, most: int) -> Iterator[bytes]:
    """Yield an entry's bytes, unpacked.

    Raises:
        RecordRejected: they are not what the directory says, or more than they may be: its sizes may lie.
    """
    stream.seek(start_of(stream, entry))
    crc, size = 0, 0
    for block in _inflated(stream, entry.packed) if entry.method == _DEFLATED else _plain(stream, entry.packed):
        size += len(block)
        if size > most:
            raise refusal("Z-SIZE", "压缩包里有文件解压后超过单件上限", "请拆分该附件")
        crc = zlib.crc32(block, crc)
        yield block
    if size != entry.size or crc != entry.crc:
        raise broken("有文件的内容与校验值不符")


def _plain(stream: BufferedReader, packed: int) -> Iterator[bytes]:
    while packed > 0 and (block := stream.read(min(_BLOCK, packed))):
        packed -= len(block)
        yield block


def _inflated(stream: BufferedReader, packed: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in _plain(stream, packed):
            rest = block
            while rest and not inflater.eof:
                if out := inflater.decompress(rest, _BLOCK):
                    yield out
                rest = inflater.unconsumed_tail
        if out := inflater.flush():
            yield out
    except zlib.error as error:
        raise broken("有文件解不开") from error
    if not inflater.eof:
        raise broken("有文件的内容不全")
