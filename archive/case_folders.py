"""Where the admitted records stand, each in a folder of its own, and how one is read; no catalogue is asked."""

from __future__ import annotations

from pathlib import Path

from jishi import safe_xml
from jishi.errors import RecordMissing
from jishi.records import RECORD_FILE, Record, record_of
from jishi.settings import Settings


def folder_of(settings: Settings, record_id: str) -> Path:
    """Return where an admitted record's folder stands: cases/<批次>/<序号 or batch>/<步骤>-<次序>."""
    owner, step, occurrence = record_id.split("/")
    parts = owner.split("-")
    whose = parts[3] if len(parts) > 3 else "batch"
    return settings.cases.joinpath("-".join(parts[:3]), whose, f"{step}-{occurrence}")


def record_at(folder: Path) -> str:
    """Return the 记录编号 whose folder this is; the other way round than `folder_of`."""
    batch, whose, name = folder.parts[-3:]
    step, _, occurrence = name.rpartition("-")
    return f"{batch if whose == 'batch' else f'{batch}-{whose}'}/{step}/{occurrence}"


def read_record(folder: str | Path) -> Record:
    """Return the record whose admitted folder this is.

    Raises:
        RecordMissing: the folder or its record.xml is gone.
    """
    try:
        data = (Path(folder) / RECORD_FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RecordMissing(
            f"案卷材料中记录 {record_at(Path(folder))} 的文件不在（{folder}）；正在接收的请稍后再试，否则请从备份恢复"
        ) from error
    return record_of(safe_xml.parse(data, str(folder)), data)
