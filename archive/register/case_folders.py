"""Where the admitted records stand, each in a folder of its own, and how one is read; no register is asked."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lxml import etree

from jishi import safe_xml
from jishi.case.ids import PersonNo, RecordId
from jishi.durable import sha256_of
from jishi.errors import ArchiveDamaged, RecordMissing
from jishi.records import RECORD_FILE, Record, record_of
from jishi.settings import Settings

_OF_BATCH = "batch"
"""Name of the folder for what is the batch's own."""


def folder_of(settings: Settings, record_id: str) -> Path:
    """Return where an admitted record's folder stands: cases/<批次>/<序号 or batch>/<步骤>-<次序>."""
    number = RecordId.parse(record_id)
    whose = PersonNo.parse(number.person_no).serial if number.person_no else _OF_BATCH
    return settings.cases.joinpath(number.batch, whose, f"{number.step}-{number.place}")


def record_at(folder: Path) -> str:
    """Return the 记录编号 whose folder this is; the other way round than `folder_of`."""
    batch, whose, name = folder.parts[-3:]
    step, _, occurrence = name.rpartition("-")
    return str(RecordId(batch, "" if whose == _OF_BATCH else str(PersonNo(batch, whose)), step, occurrence))


def read_record(folder: str | Path, sha256: str = "") -> Record:
    """Return the record whose admitted folder this is.

    Args:
        folder: the record's folder among the case files.
        sha256: digest the record was admitted with; empty where the reader does not know it.

    Raises:
        RecordMissing: the folder or its record.xml is gone.
        ArchiveDamaged: its bytes are not those it was admitted with.
    """
    data = _bytes_of(folder)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise altered(Path(folder), RECORD_FILE)
    return record_of(safe_xml.parse(data, str(folder)), data)


def read_root(folder: str | Path) -> etree._Element:
    """Return the root element of the record whose admitted folder this is.

    Raises:
        RecordMissing: the folder or its record.xml is gone.
    """
    return safe_xml.parse(_bytes_of(folder), str(folder))


def _bytes_of(folder: str | Path) -> bytes:
    try:
        with open(f"{folder}/{RECORD_FILE}", "rb") as stream:  # noqa: PTH123 - asked of every record of a batch
            return stream.read()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RecordMissing(
            f"案卷材料中记录 {record_at(Path(folder))} 的文件不在（{folder}）；正在接收的请稍后再试，否则请从备份恢复"
        ) from error


def sealed_bytes(folder: Path, name: str, sha256: str) -> bytes:
    """Return the bytes of one file of an admitted record, which are those it was admitted with.

    Args:
        folder: the record's folder among the case files.
        name: the file, relative to the folder.
        sha256: digest it was admitted with.

    Raises:
        ArchiveDamaged: they differ.
    """
    data = (folder / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise altered(folder, name)
    return data


def copy_sealed(folder: Path, name: str, target: Path, sha256: str) -> None:
    """Copy one file of an admitted record to where only we write, and see that what was copied is what was admitted.

    Args:
        folder: the record's folder among the case files.
        name: the file, relative to the folder.
        target: where the copy shall stand; its folder is there.
        sha256: digest it was admitted with.

    Raises:
        ArchiveDamaged: the bytes differ; the copy is not to be used.
    """
    digest = hashlib.sha256()
    with (folder / name).open("rb") as incoming, target.open("xb") as outgoing:
        while block := incoming.read(1 << 20):
            digest.update(block)
            outgoing.write(block)
    if digest.hexdigest() != sha256:
        raise altered(folder, name)


def files_of(folder: Path) -> tuple[str, ...]:
    """Return the digests of every file below a folder, or of one file, in order; a link counts as its goal."""
    digests = []
    for path in folder.rglob("*") if folder.is_dir() else [folder]:
        if path.is_symlink():
            digests.append(hashlib.sha256(os.fsencode(path.readlink())).hexdigest())
        elif path.is_file():
            digests.append(sha256_of(path))
    return tuple(sorted(digests))


def altered(folder: Path, name: str) -> ArchiveDamaged:
    """Return what is to be said of a case file whose bytes are not those that were admitted."""
    return ArchiveDamaged(
        f"案卷材料中记录 {record_at(folder)} 的 {name} 与收入时登记的校验码不符（{folder / name}），没有编出任何号；"
        "请从备份恢复这个文件，并查明是谁改动的"
    )
