"""What came for a batch after it was filed, and what corrects what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive.register.tables import filing, item, record


@dataclass(frozen=True, slots=True)
class LaterRecords:
    """The records of a filed batch that stand in none of its volumes, by 记录编号 in the order of admission."""

    corrections: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is told of them; "" where there are none."""
        parts = (("更正", self.corrections), ("新收", self.others))
        told = "、".join(f"{what}{len(records)}件" for what, records in parts if records)
        return f"立卷后{told}，待补充归档" if told else ""


def later_records(connection: Connection, batch_id: str) -> LaterRecords:
    """Return what was admitted for a batch since its last filing; nothing where it was never filed."""
    last = select(filing.c.accepted_at).where(filing.c.batch == batch_id).order_by(filing.c.seq.desc()).limit(1)
    filed = connection.scalar(last)
    if filed is None:
        return LaterRecords()
    query = select(record.c.id, record.c.correction_of, record.c.admitted_at).where(
        record.c.batch == batch_id, record.c.state == "admitted", record.c.id.not_in(select(item.c.record))
    )
    rows = [row for row in connection.execute(query.order_by(record.c.seq)) if _after(row.admitted_at, filed)]
    corrections = tuple(row.id for row in rows if row.correction_of)
    return LaterRecords(corrections, tuple(row.id for row in rows if not row.correction_of))


def _after(moment: str, other: str) -> bool:
    return dt.datetime.fromisoformat(moment) > dt.datetime.fromisoformat(other)


def last_correction(connection: Connection, record_id: str) -> str:
    """Return the last correction of a record; empty when it was not corrected."""
    found = ""
    while record_id:
        record_id = connection.scalar(select(record.c.superseded_by).where(record.c.id == record_id)) or ""
        found = record_id or found
    return found
