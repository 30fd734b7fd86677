"""The index of words: what is looked for in records, kept by the database's own full-text search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, column, select, table, text

from archive.register.dialect import engine_beside
from archive.register.search import match_expression
from archive.register.tables import record

_MADE = "CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(body, content='', columnsize=0, tokenize='unicode61')"
_ADD = "INSERT INTO search(rowid, body) VALUES (?, ?)"
_ROWS = table("search", column("rowid"))
_MASK = (1 << 64) - 1


def make_index(connection: Connection) -> None:
    """Make the index, where there is none."""
    connection.exec_driver_sql(_MADE)


def add_words(connection: Connection, told: Iterable[tuple[int, str]]) -> None:
    """Put the words of records into the index.

    Args:
        connection: an open write transaction.
        told: pairs of a record's number and its words as `search.bigrams` cuts them.
    """
    if rows := list(told):
        connection.exec_driver_sql(_ADD, rows)


def holding(words: str) -> ColumnElement[bool] | None:
    """Match the records that hold every word of a query; None where nothing in it can be looked for."""
    expression = match_expression(words)
    if not expression:
        return None
    found = select(_ROWS.c.rowid).where(text("search MATCH :words").bindparams(words=expression))
    return record.c.seq.in_(found)


@contextmanager
def index_of_now() -> Iterator[Connection]:
    """Open an index of its own, to be filled with what ought to be in the register's."""
    engine = engine_beside()
    with engine.begin() as connection:
        make_index(connection)
        yield connection
    engine.dispose()


def word_prints(connection: Connection) -> dict[int, int]:
    """Return a print of each record's words and where they stand; equal words give equal prints in this process."""
    # Only a view of the index, in this connection's own memory.
    connection.exec_driver_sql("PRAGMA query_only = OFF")
    connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, instance)")
    prints: defaultdict[int, int] = defaultdict(int)
    try:
        for seq, word, place in connection.exec_driver_sql("SELECT doc, term, offset FROM temp.words"):
            prints[seq] = (prints[seq] + hash((word, place))) & _MASK
    finally:
        connection.exec_driver_sql("DROP TABLE temp.words")
        connection.exec_driver_sql("PRAGMA query_only = ON")
    return dict(prints)
