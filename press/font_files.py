"""Which characters a font file draws and how wide they run (OpenType, TrueType, collections)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_COLLECTION = b"ttcf"
_WIDEST_FIRST = ((12, (3, 10)), (12, (0, 4)), (12, (0, 6)), (4, (3, 1)), (4, (0, 3)), (4, (0, 4)))
"""Subtables worth reading (format, platform and encoding), the ones beyond the first plane first."""


class FontUnreadable(ValueError):
    """The file is no font this reader knows."""


def glyphs_of(path: Path, index: int = 0) -> dict[int, int]:
    """Return code point → glyph number of a font file.

    Args:
        path: an .otf, .ttf, .ttc or .otc file.
        index: which face of a collection.

    Raises:
        FontUnreadable: no cmap table, or none in Unicode.
    """
    data = path.read_bytes()
    try:
        return dict(_pairs(data, _subtable(data, _table(data, index, b"cmap"))))
    except (struct.error, IndexError) as error:
        raise FontUnreadable(f"{path.name} 不是完整的字体文件") from error


def advances_of(path: Path, index: int, glyphs: Iterable[int]) -> list[float]:
    """Return how far some glyphs of a font file advance, in ems.

    Args:
        path: an .otf, .ttf, .ttc or .otc file.
        index: which face of a collection.
        glyphs: numbers of glyphs.

    Raises:
        FontUnreadable: it has no horizontal metrics.
    """
    data = path.read_bytes()
    try:
        (units,) = struct.unpack_from(">H", data, _table(data, index, b"head") + 18)
        (last,) = struct.unpack_from(">H", data, _table(data, index, b"hhea") + 34)
        metrics = _table(data, index, b"hmtx")
        # Glyphs behind the last one listed are as wide as that.
        return [struct.unpack_from(">H", data, metrics + 4 * min(glyph, last - 1))[0] / units for glyph in glyphs]
    except (struct.error, IndexError) as error:
        raise FontUnreadable(f"{path.name} 不是完整的字体文件") from error


def _table(data: bytes, index: int, name: bytes) -> int:
    """Return where a table of a face begins."""
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == _COLLECTION else 0
    for number in range(struct.unpack_from(">H", data, start + 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * number)
        if tag == name:
            return int(offset)
    raise FontUnreadable(f"字体没有{name.decode()}表")


def _subtable(data: bytes, cmap: int) -> tuple[int, int]:
    """Return format and offset of the subtable that covers most."""
    found: dict[tuple[int, tuple[int, int]], int] = {}
    for number in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * number)
        kind = struct.unpack_from(">H", data, cmap + offset)[0]
        found[kind, (platform, encoding)] = cmap + offset
    for kind, place in _WIDEST_FIRST:
        if (kind, place) in found:
            return kind, found[kind, place]
    raise FontUnreadable("字体没有Unicode字符映射")


def _pairs(data: bytes, subtable: tuple[int, int]) -> Iterator[tuple[int, int]]:
    kind, offset = subtable
    return _groups(data, offset) if kind == 12 else _segments(data, offset)


def _groups(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a format 12 subtable: runs of code points and glyphs side by side."""
    (count,) = struct.unpack_from(">I", data, offset + 12)
    body = data[offset + 16 : offset + 16 + 12 * count]
    for first, last, glyph in struct.iter_unpack(">III", body):
        yield from zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True)


def _segments(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a format 4 subtable: segments with a delta or an indirect glyph array."""
    (double,) = struct.unpack_from(">H", data, offset + 6)
    ends, starts = offset + 14, offset + 16 + double
    for place in range(0, double, 2):
        (last,) = struct.unpack_from(">H", data, ends + place)
        first, delta = (struct.unpack_from(">H", data, starts + step * double + place)[0] for step in (0, 1))
        array = starts + 2 * double + place
        (jump,) = struct.unpack_from(">H", data, array)
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = struct.unpack_from(">H", data, array + jump + 2 * (point - first))[0] if jump else point
            if glyph and (glyph := (glyph + delta) % 0x10000):
                yield point, glyph
