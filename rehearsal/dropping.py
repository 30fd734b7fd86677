"""Lays records out as the submissions people really send: single files, folders, zips."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Protocol

_PERIOD = 24
"""Of so many submissions in a row, one is a folder and one a zip; all others are plain files."""
_FOLDER_AT, _ZIP_AT = 9, 17
_ZIP_RECORDS = 4
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


class File(Protocol):
    """One attachment."""

    @property
    def name(self) -> str:
        """Its file name."""

    @property
    def data(self) -> bytes:
        """Its bytes."""


class Droppable(Protocol):
    """One record with its attachments."""

    @property
    def record_id(self) -> str:
        """记录编号."""

    @property
    def xml(self) -> bytes:
        """The record."""

    @property
    def attachments(self) -> tuple[File, ...]:
        """Its papers."""


def drop(records: Iterable[Droppable], folder: Path, progress: Callable[[int], None] | None = None) -> int:
    """Write records into a folder as submissions.

    Attachments are written before the record that names them, so that a folder being watched
    never shows a record without its papers.

    Args:
        records: the records, taken one by one.
        folder: where they shall stand; made when missing.
        progress: told the number of records written so far, after every submission.

    Returns:
        The number of records written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for place, parcel in enumerate(_parcels(iter(records))):
        if place % _PERIOD == _ZIP_AT:
            _write_zip(folder, parcel)
        else:
            _write_plain(folder / stem(parcel[0]) if place % _PERIOD == _FOLDER_AT else folder, parcel[0])
        written += len(parcel)
        if progress:
            progress(written)
    return written


def stem(record: Droppable) -> str:
    """Return the file name of a record without its ending."""
    return record.record_id.replace("/", "_")


def _parcels(records: Iterator[Droppable]) -> Iterator[list[Droppable]]:
    place = 0
    while parcel := list(islice(records, _ZIP_RECORDS if place % _PERIOD == _ZIP_AT else 1)):
        yield parcel
        place += 1


def _write_plain(folder: Path, record: Droppable) -> None:
    folder.mkdir(exist_ok=True)
    for name, data in _files(record):
        (folder / name).write_bytes(data)


def _write_zip(folder: Path, parcel: list[Droppable]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in parcel:
            for name, data in _files(record):
                archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), data, zipfile.ZIP_DEFLATED)
    (folder / f"{stem(parcel[0])}等{len(parcel)}件.zip").write_bytes(buffer.getvalue())


def _files(record: Droppable) -> Iterator[tuple[str, bytes]]:
    yield from ((file.name, file.data) for file in record.attachments)
    yield f"{stem(record)}.xml", record.xml
