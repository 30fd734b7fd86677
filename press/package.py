"""A Word package (zip) with fixed order and fixed dates, so that the same parts give the same bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5HL")
_PLACE = struct.Struct("<L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 20
_STORED, _DEFLATED = 0, 8
_UTF8 = 0x800
_TINY = 1024
_FIRST_DAY = 33
"""1 January 1980, the first date a zip can tell: the package says nothing about when it was packed."""


@dataclass(frozen=True, slots=True)
class PackedPart:
    """One part, compressed, with the two headers that tell of it."""

    name: str
    packed: bytes
    """Its bytes as they stand in the package."""
    local: bytes
    """The header that stands before the part's bytes."""
    central: tuple[bytes, bytes]
    """Its line in the directory at the end of the package, before and behind the place where it begins."""


def pack(name: str, data: bytes, level: int = 9) -> PackedPart:
    """Compress one part, at a level from 1 (fast) to 9 (small); a tiny one is stored as it is, which is faster."""
    method, packed = (_STORED, data) if len(data) < _TINY else (_DEFLATED, _deflated(data, level))
    written = name.encode()
    flags = 0 if name.isascii() else _UTF8
    fields = (flags, method, 0, _FIRST_DAY, zlib.crc32(data), len(packed), len(data), len(written), 0)
    local = _LOCAL.pack(b"PK\3\4", _VERSION, *fields) + written
    central = _CENTRAL.pack(b"PK\1\2", _VERSION, _VERSION, *fields, 0, 0, 0, 0)
    return PackedPart(name, packed, local, (central, written))


def _deflated(data: bytes, level: int) -> bytes:
    squeezer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def package_of(parts: Iterable[PackedPart]) -> bytes:
    """Return the package holding these parts, in this order.

    Raises:
        ValueError: two parts have the same name; such a file is called corrupt by its readers.
    """
    body: list[bytes] = []
    directory: list[bytes] = []
    names: set[str] = set()
    offset = 0
    for part in parts:
        if part.name in names:
            raise ValueError(f"part {part.name} twice in one package")
        names.add(part.name)
        before, behind = part.central
        directory.append(before + _PLACE.pack(offset) + behind)
        body += (part.local, part.packed)
        offset += len(part.local) + len(part.packed)
    length = sum(map(len, directory))
    end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), length, offset, 0)
    return b"".join((*body, *directory, end))
