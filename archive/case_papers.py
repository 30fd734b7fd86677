"""The papers of a case file: of most records the catalogue tells all that standing asks, the others are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from archive.case_folders import folder_of, read_root
from archive.tables import mention, record
from jishi.case.paper import Paper, asks_content, paper_of
from jishi.settings import Settings


def case_papers(settings: Settings, connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Paper]:
    """Yield the paper of every record row, in their order.

    Args:
        settings: where records lie.
        connection: an open transaction.
        rows: rows of the record table, all of one batch.

    Raises:
        RecordMissing: a record that must be read is gone.
    """
    named = _named(connection, rows[0].batch) if rows else {}
    for row in rows:
        if asks_content(row.step):
            yield paper_of(read_root(folder_of(settings, row.id)))
        else:
            day = int(row.occurred_on.replace("-", ""))
            yield Paper(row.id, row.step, row.person_no or "", frozenset(named.get(row.seq, ())), day)


def _named(connection: Connection, batch_id: str) -> dict[int, set[str]]:
    """Return which candidates the batch's own records name."""
    found: dict[int, set[str]] = defaultdict(set)
    query = select(mention.c.record, mention.c.no).join(record, record.c.seq == mention.c.record)
    for seq, no in connection.execute(
        query.where(record.c.batch == batch_id, record.c.person_no.is_(None), mention.c.no != "").distinct()
    ):
        found[seq].add(no)
    return found
