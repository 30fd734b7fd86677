"""What took an alert's cause away: the record that came since, as far as the register can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from archive.register.alert import Alert
from archive.register.later_records import last_correction
from archive.register.tables import mention, record
from jishi.case.ids import RecordId

NOTHING_NEW = "原因已不存在（日期、规则或配置有变，没有新的记录）"


def evidence_for(connection: Connection, line: Alert, since: int) -> str:
    """Return the 记录编号 of the record that took the cause away, else words.

    A correction of the alert's own record comes first, then a record of the steps the cause waits for, then one of
    the same person and step, then what else came for the person; of several the last. Where none of these came,
    everything that came since is named by its last and their number.

    Args:
        connection: an open transaction.
        line: the alert whose cause has gone.
        since: sequence number of the batch's last record while the cause still stood.
    """
    if correction := last_correction(connection, line.record):
        return correction
    query = select(record.c.seq, record.c.id, record.c.step).where(record.c.batch == line.batch, record.c.seq > since)
    rows = connection.execute(query.order_by(record.c.seq.desc())).all()
    about = _about(connection, line.person, [row.seq for row in rows])
    for fits in _wishes(line, about):
        if found := next((row.id for row in rows if fits(row)), ""):
            return str(found)
    if len(rows) > 1:
        return f"{rows[0].id}等{len(rows)}件"
    return str(rows[0].id) if rows else NOTHING_NEW


def _wishes(line: Alert, about: set[int]) -> Iterator[Callable[[Any], bool]]:
    steps = set(line.settled_by.split())
    series = RecordId.of(line.record).series
    if line.person:
        yield lambda row: row.step in steps and row.seq in about
    yield lambda row: row.step in steps
    yield lambda row: RecordId.of(row.id).series == series
    yield lambda row: row.seq in about


def _about(connection: Connection, person: str, seqs: list[int]) -> set[int]:
    """Return which of some records name a person."""
    if not person or not seqs:
        return set()
    query = select(mention.c.record).where(mention.c.no == person, mention.c.record >= min(seqs))
    return set(connection.scalars(query))
