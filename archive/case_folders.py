"""Where the admitted records stand, each in a folder of its own, and how one is read; no catalogue is asked."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from jishi import safe_xml
from jishi.case.ids import PersonNo, RecordId
from jishi.errors import RecordMissing
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


def read_record(folder: str | Path) -> Record:
    """Return the record whose admitted folder this is.

    Raises:
        RecordMissing: the folder or its record.xml is gone.
    """
    data = _bytes_of(folder)
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
