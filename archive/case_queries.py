"""What the catalogue knows of a batch's case file, as filing and checking need it."""

from __future__ import annotations

import hashlib

from sqlalchemy import Column, Connection, Table, select

from archive.case_folders import folder_of
from archive.tables import attachment, batch, mention, person, record
from archive.volume import CaseRecord
from jishi.errors import NotFound, Refused
from jishi.records import RECORD_FILE
from jishi.settings import Settings

DECISION_STEP = "S5-04"


def case_records(connection: Connection, settings: Settings, batch_id: str) -> list[CaseRecord]:
    """Return every admitted record of a batch, superseded ones included, in the order of admission.

    Raises:
        NotFound: no such batch.
    """
    if connection.scalar(select(batch.c.id).where(batch.c.id == batch_id)) is None:
        raise NotFound(f"没有批次 {batch_id}；可用 jishi status 查看已有批次")
    mentions = _grouped(connection, batch_id, mention.c.no, mention)
    kinds = _grouped(connection, batch_id, attachment.c.kind, attachment)
    rows = connection.execute(select(record).where(record.c.batch == batch_id).order_by(record.c.seq))
    return [
        CaseRecord(
            id=row.id,
            step=row.step,
            occurrence=row.occurrence,
            person_no=row.person_no or "",
            occurred_on=row.occurred_on,
            mentions=frozenset(mentions.get(row.seq, ())),
            attachment_kinds=frozenset(kinds.get(row.seq, ())),
            folder=str(folder_of(settings, row.id)),
            superseded=row.superseded_by is not None,
        )
        for row in rows
    ]


def content_digest(connection: Connection, batch_id: str) -> str:
    """Return one digest over every record of a batch; it changes with any record that comes."""
    query = select(record.c.id, record.c.digest).where(record.c.batch == batch_id).order_by(record.c.id)
    lines = "\n".join(f"{row.id} {row.digest}" for row in connection.execute(query))
    return hashlib.sha256(lines.encode()).hexdigest()


def roster_numbers(connection: Connection, batch_id: str) -> list[str]:
    """Return the 纪实编号 of every person of a batch, in order."""
    return list(connection.scalars(select(person.c.no).where(person.c.batch == batch_id).order_by(person.c.no)))


def decision_year(connection: Connection, batch_id: str) -> int:
    """Return the year of the batch's first decision (S5-04), which is the 年度 of its numbers.

    Raises:
        Refused: there is no decision yet.
    """
    query = select(record.c.occurred_on).where(
        record.c.batch == batch_id, record.c.step == DECISION_STEP, record.c.superseded_by.is_(None)
    )
    first = connection.scalar(query.order_by(record.c.occurred_on).limit(1))
    if first is None:
        raise Refused(f"批次 {batch_id} 还没有任免决定（{DECISION_STEP}），不能立卷")
    return int(first[:4])


def lost_records(connection: Connection, settings: Settings, batch_id: str = "") -> list[str]:
    """Return the 记录编号 of admitted records, of one batch or of all, whose files are gone from the case files."""
    query = select(record.c.id).where(record.c.state == "admitted").order_by(record.c.seq)
    ids = connection.scalars(query.where(record.c.batch == batch_id) if batch_id else query)
    return [one for one in ids if not (folder_of(settings, one) / RECORD_FILE).is_file()]


def _grouped(connection: Connection, batch_id: str, column: Column[str], table: Table) -> dict[int, list[str]]:
    query = (
        select(table.c.record, column)
        .join(record, record.c.seq == table.c.record)
        .where(record.c.batch == batch_id, column != "")
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for seq, value in connection.execute(query):
        found.setdefault(seq, []).append(value)
    return found
