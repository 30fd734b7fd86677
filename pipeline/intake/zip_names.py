"""What the names in a zip were meant to be: decided once for the whole zip, with its records' own words as judge.

A zip does not say how its names are encoded: Chinese Windows writes GBK and says nothing, some programs claim UTF-8 and
write GBK, and GBK names such as 目录.pdf are valid UTF-8 by accident. But every record names its attachments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.intake.submission import Beside
from pipeline.intake.zip_directory import ZipEntry

Reading = Callable[[ZipEntry], str]
"""Decodes one name; raises UnicodeDecodeError where it cannot be so."""
Wants = Iterable[tuple[int, Sequence[str]]]
"""(place of a record among the entries, names of its attachments)."""


def meant_names(entries: Sequence[ZipEntry], wants: Callable[[], Wants]) -> list[str]:
    """Return the slash paths of a zip's entries as their maker meant them.

    Args:
        entries: the directory.
        wants: reads what the records inside name; asked only where more than one reading is possible.
    """
    readings: list[list[str]] = []
    for reading in (_utf8, _as_claimed, _gbk):
        try:
            names = [_path(entry, reading) for entry in entries]
        except UnicodeDecodeError:
            continue
        if names not in readings:
            readings.append(names)
    if not readings:
        return [_path(entry, _somehow) for entry in entries]
    if len(readings) == 1:
        return readings[0]
    asked = list(wants())
    return max(readings, key=lambda names: _answered(names, asked))


def _answered(names: Sequence[str], wants: Wants) -> int:
    """Count the attachments that are found beside their record."""
    beside: dict[str, set[str]] = {}
    for name in names:
        folder, _, base = name.rpartition("/")
        beside.setdefault(folder, set()).add(base)
    folders = {folder: Beside(files) for folder, files in beside.items()}
    return sum(len(folders[names[place].rpartition("/")[0]].meant(files)) for place, files in wants)


def _path(entry: ZipEntry, reading: Reading) -> str:
    name = entry.raw.decode("ascii") if entry.raw.isascii() else entry.unicode or reading(entry)
    return name.replace("\\", "/")


def _utf8(entry: ZipEntry) -> str:
    return entry.raw.decode("utf-8")


def _gbk(entry: ZipEntry) -> str:
    return entry.raw.decode("gb18030")


def _as_claimed(entry: ZipEntry) -> str:
    return entry.raw.decode("utf-8" if entry.is_utf8 else "gb18030")


def _somehow(entry: ZipEntry) -> str:
    """Decode a name of a zip whose names are of no one encoding; the last way reads any bytes."""
    return next(_readable(entry.raw))


def _readable(raw: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "gb18030", "cp437"):
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError:
            continue
