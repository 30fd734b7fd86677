"""The papers of a case file: of most records the register tells all that standing asks, the others are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from archive.register.case_folders import folder_of, read_root
from archive.register.tables import mention, record
from jishi.case.step_record import StepRecord, asks_content, step_record_of
from jishi.procedure import every_step
from jishi.settings import Settings


def case_papers(settings: Settings, connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[StepRecord]:
    """Yield the paper of every record row.

    Args:
        settings: where records lie.
        connection: an open transaction.
        rows: rows of the record table, all of one batch.

    Raises:
        RecordMissing: a record that must be read is gone.
    """
    named = _named(connection, rows[0].batch) if rows else {}
    told: set[tuple[str, str]] = set()
    # Talks come before their summary; where that is found the single talks of a person need not be read.
    for row in sorted(rows, key=lambda row: -row.occurrence):
        series = (row.person_no or "", row.step)
        if asks_content(row.step) and series not in told:
            paper = step_record_of(read_root(folder_of(settings, row.id)))
            if paper.person and paper.summary and every_step()[row.step].single_title:
                told.add(series)
        else:
            people, day = frozenset(named.get(row.seq, ())), int(row.occurred_on.replace("-", ""))
            paper = StepRecord(row.id, row.step, row.person_no or "", people, day, summary=series not in told)
        yield paper


def _named(connection: Connection, batch_id: str) -> dict[int, set[str]]:
    """Return which candidates the batch's own records name."""
    found: dict[int, set[str]] = defaultdict(set)
    query = select(mention.c.record, mention.c.no).join(record, record.c.seq == mention.c.record)
    for seq, no in connection.execute(
        query.where(record.c.batch == batch_id, record.c.person_no.is_(None), mention.c.no != "").distinct()
    ):
        found[seq].add(no)
    return found
