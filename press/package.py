"""A Word package (zip) with fixed order and fixed dates, so that the same parts give the same bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 20
_DEFLATED = 8
_UTF8 = 0x800
_FIRST_DAY = 33
"""1 January 1980, the first date a zip can tell: the package says nothing about when it was packed."""


@dataclass(frozen=True, slots=True)
class PackedPart:
    """One part, compressed."""

    name: str
    packed: bytes
    """The raw deflate stream."""
    size: int
    crc: int

    @property
    def _flags(self) -> int:
        return 0 if self.name.isascii() else _UTF8

    def local_header(self) -> bytes:
        """Return the header that stands before the part's bytes."""
        name = self.name.encode()
        sizes = (self.crc, len(self.packed), self.size, len(name), 0)
        return _LOCAL.pack(b"PK\3\4", _VERSION, self._flags, _DEFLATED, 0, _FIRST_DAY, *sizes) + name

    def central_header(self, offset: int) -> bytes:
        """Return the part's line in the directory at the end of the package."""
        name = self.name.encode()
        sizes = (self.crc, len(self.packed), self.size, len(name), 0, 0, 0, 0, 0, offset)
        return _CENTRAL.pack(b"PK\1\2", _VERSION, _VERSION, self._flags, _DEFLATED, 0, _FIRST_DAY, *sizes) + name


def pack(name: str, data: bytes, level: int = 9) -> PackedPart:
    """Compress one part, at a level from 1 (fast) to 9 (small)."""
    squeezer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return PackedPart(name, squeezer.compress(data) + squeezer.flush(), len(data), zlib.crc32(data))


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
        directory.append(part.central_header(offset))
        body += (part.local_header(), part.packed)
        offset += len(body[-2]) + len(body[-1])
    length = sum(map(len, directory))
    end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), length, offset, 0)
    return b"".join((*body, *directory, end))
