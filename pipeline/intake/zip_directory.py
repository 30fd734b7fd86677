"""The list of contents of a zip that a stranger made: read here, byte by byte, so that nothing in it can surprise us.

Python's own reader decodes names and trusts sizes while it opens, and fails in many ways on what a stranger wrote; here
a directory is either read whole, within limits, or refused with one finding.
Layout: PKWARE APPNOTE 6.3.10, §4.3; Unicode paths: §4.6.9.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

from jishi.errors import RecordRejected
from jishi.findings import Finding

MAX_ENTRIES = 20_000
REPACK = "请重新压缩后再投递"
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_FAR = 65_535 + _END.size
"""How far from the end of the file its end record may begin."""
_ZIP_64, _UNICODE_PATH = 1, 0x7075


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry as the directory has it, its name still in bytes."""

    raw: bytes
    """The name as its maker wrote it."""
    unicode: str
    """The name Info-ZIP adds in UTF-8; empty where there is none."""
    is_utf8: bool
    """What the maker claims of the name's encoding."""
    encrypted: bool
    method: int
    crc: int
    packed: int
    """Bytes in the zip."""
    size: int
    """Bytes once unpacked, as the directory claims."""
    offset: int
    """Where its local header begins."""
    mode: int
    """Unix type and permissions; 0 where its maker knows none."""


def read_directory(stream: BufferedReader) -> list[ZipEntry]:
    """Return the entries of a zip.

    Args:
        stream: the zip, open for reading from any place.

    Raises:
        RecordRejected: it is no whole zip (Z-BROKEN), another format (Z-FORMAT) or has too many entries (Z-COUNT).
        OSError: the file cannot be read now.
    """
    place, count, length, offset = _end(stream)
    if count > MAX_ENTRIES or length > MAX_ENTRIES * 1024:
        raise refusal("Z-COUNT", f"压缩包里的文件超过{MAX_ENTRIES}个", "请分成几个压缩包投递")
    # What stands before the zip, such as a program that unpacks it, moves all that follows.
    shift = place - length - offset
    if shift < 0:
        raise broken("目录不在所说的位置")
    stream.seek(place - length)
    data = stream.read(length)
    entries = list(_entries(data, shift))
    if len(entries) != count:
        raise broken("目录与所说的文件数不符")
    if any(one.offset + _LOCAL.size + one.packed > place - length for one in entries):
        raise broken("有文件的内容不全")
    return entries


def start_of(stream: BufferedReader, entry: ZipEntry) -> int:
    """Return where an entry's bytes begin.

    Raises:
        RecordRejected: no local header of this name stands where the directory says.
    """
    stream.seek(entry.offset)
    head = stream.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise broken("文件不在目录所说的位置")
    *_, name_length, extra_length = _LOCAL.unpack(head)
    if stream.read(name_length) != entry.raw:
        raise broken("文件名与目录所说的不同")
    return entry.offset + _LOCAL.size + int(name_length) + int(extra_length)


def refusal(code: str, message: str, remedy: str) -> RecordRejected:
    """Return the refusal of a zip for one reason."""
    return RecordRejected([Finding(code, message, remedy=remedy)])


def broken(detail: str) -> RecordRejected:
    """Return the refusal of a zip that is damaged."""
    return refusal("Z-BROKEN", f"压缩包已损坏：{detail}", REPACK)


def _end(stream: BufferedReader) -> tuple[int, int, int, int]:
    """Return (place, entries, bytes, offset): where the directory ends and what its end record says of it."""
    size = stream.seek(0, 2)
    start = max(0, size - _FAR)
    stream.seek(start)
    tail = stream.read()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) < found + _END.size:
        raise broken("不是完整的zip文件")
    _, disk, first, _, count, length, offset, _ = _END.unpack_from(tail, found)
    if found >= _LOCATOR_64.size and tail.startswith(b"PK\x06\x07", found - _LOCATOR_64.size):
        return _end_64(stream, start + found - _LOCATOR_64.size)
    if disk or first:
        raise refusal("Z-BROKEN", "是分卷压缩包的一卷，不能单独打开", "请不分卷重新压缩后再投递")
    return start + found, count, length, offset


def _end_64(stream: BufferedReader, locator: int) -> tuple[int, int, int, int]:
    # The record stands right before its locator; what the locator itself says is off where something stands before all.
    place = locator - _END_64.size
    stream.seek(max(0, place))
    head = stream.read(_END_64.size)
    if place < 0 or head[:4] != b"PK\x06\x06":
        raise broken("不是完整的zip文件")
    *_, count, length, offset = _END_64.unpack(head)
    return place, count, length, offset


def _entries(data: bytes, shift: int) -> Iterator[ZipEntry]:
    place = 0
    while place < len(data):
        if len(data) < place + _ENTRY.size or data[place : place + 4] != b"PK\x01\x02":
            raise broken("目录不完整")
        (_, _, _, flags, method, _, _, crc, packed, size, name, extra, note, _, _, outer, offset) = _ENTRY.unpack_from(
            data, place
        )
        place += _ENTRY.size
        end = place + name + extra + note
        if end > len(data):
            raise broken("目录不完整")
        raw = data[place : place + name]
        parts = dict(_extras(data[place + name : place + name + extra]))
        size, packed, offset = _large(parts.get(_ZIP_64, b""), size, packed, offset)
        # Bit 0: encrypted; bits 6 and 13: strong encryption, of the file and of the directory.
        name = _unicode_path(parts.get(_UNICODE_PATH, b""), raw)
        yield ZipEntry(raw, name, bool(flags & 0x800), bool(flags & 0x2041), method, crc, packed, size, offset + shift,
                       outer >> 16)  # fmt: skip
        place = end


def _extras(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (kind, bytes) of an entry's extra fields; a tail that is none is passed over, as everyone does."""
    place = 0
    while place + 4 <= len(data):
        kind, length = struct.unpack_from("<2H", data, place)
        yield kind, data[place + 4 : place + 4 + length]
        place += 4 + length


def _large(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Return sizes and offset with those that did not fit their 32 bits taken from the extra field."""
    values = (int.from_bytes(extra[at : at + 8], "little") for at in range(0, len(extra) - 7, 8))
    full = 0xFFFF_FFFF
    size, packed, offset = (next(values, one) if one == full else one for one in (size, packed, offset))
    return size, packed, offset


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Return the name an extra field gives in UTF-8, unless it was made for another name."""
    if len(extra) < 6 or extra[0] != 1 or int.from_bytes(extra[1:5], "little") != zlib.crc32(raw):
        return ""
    try:
        return extra[5:].decode("utf-8")
    except UnicodeDecodeError:
        return ""
