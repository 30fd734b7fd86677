"""What only this database says its own way: opening and locking it, keys and numbers, guards, whether it is whole.

Another database means another module of these functions; everything else speaks the toolkit's own language. Whoever
writes is alone from the beginning of the transaction to its end (`BEGIN IMMEDIATE`): the end of the ledger, the highest
number and the counters may be read first and written after.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Column, ColumnElement, Connection, Engine, Table, create_engine, event, func, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import NullPool, StaticPool

_PATIENCE_MS = 30_000


def engine_of(path: Path, *, read_only: bool = False, references: bool = True) -> Engine:
    """Return what opens the register at a path.

    Args:
        path: its file.
        read_only: nothing can be written, whatever is asked.
        references: rows that others refer to are held; without, tables may be made anew.
    """
    source = _source(path, read_only=read_only)
    # The writer keeps its one connection: SQLite checkpoints whenever the last one closes.
    engine = create_engine(source, poolclass=NullPool) if read_only else create_engine(source, pool_size=1)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # We begin and commit ourselves; the driver's own habits would open transactions late.
        connection.isolation_level = None
        for pragma in _pragmas(read_only, references):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def engine_beside() -> Engine:
    """Return what opens a register of no name, which goes with its one connection: something to compare with."""
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(""), poolclass=StaticPool)


def _source(path: Path, *, read_only: bool) -> URL:
    """Return the address of a register; put together from parts, for a home's name may hold ?, # and %."""
    if not read_only:
        return URL.create("sqlite", database=str(path))
    query = {"mode": "ro", "uri": "true"}
    journal = path.with_name(path.name + "-wal")
    if not os.access(path.parent, os.W_OK) and not (journal.exists() and journal.stat().st_size):
        # SQLite cannot make the file its readers share; with an empty journal nobody is writing, so none is needed.
        query["immutable"] = "1"
    return URL.create("sqlite", database=path.absolute().as_uri(), query=query)


def _pragmas(read_only: bool, references: bool) -> tuple[str, ...]:
    common = (f"PRAGMA busy_timeout={_PATIENCE_MS}", f"PRAGMA foreign_keys={'ON' if references else 'OFF'}")
    if read_only:
        return (*common, "PRAGMA query_only=ON")
    # A number given must survive power loss: full syncs, also in WAL mode.
    return (*common, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")


# Rows


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows with one prepared statement, past the toolkit's work on every single parameter.

    Args:
        connection: an open write transaction.
        table: where to.
        rows: column → value; every row names the same columns in the same order.
    """
    if rows:
        connection.exec_driver_sql(_insert_of(table.name, tuple(rows[0])), [tuple(row.values()) for row in rows])


@cache
def _insert_of(table: str, columns: tuple[str, ...]) -> str:
    named, places = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    return f'INSERT INTO "{table}" ({named}) VALUES ({places})'


def put_row(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or give the one of the same key its values."""
    keys = [column.name for column in table.primary_key]
    values = {name: value for name, value in row.items() if name not in keys}
    connection.execute(insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=values))


def next_number(connection: Connection, column: Column[int]) -> int:
    """Return the number after the highest of a column, inside the write transaction that gives it."""
    return (connection.scalar(select(func.max(column))) or 0) + 1


def no_integer(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Match the rows where a column of numbers holds something else, which this database lets happen."""
    return func.typeof(column) != "integer"


# Promises


def only_where(condition: str) -> dict[str, Any]:
    """Return what makes an index hold only the rows of a condition."""
    return {"sqlite_where": text(condition)}


def kept(table: str) -> str:
    """Return the guard that lets no row of a table be deleted."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END"
    return f"CREATE TRIGGER IF NOT EXISTS keep_{table} BEFORE DELETE ON {table} {refusal}"


def fixed(name: str, table: str, words: str, columns: Sequence[str] = (), when: str = "") -> str:
    """Return the guard that lets nothing of a row be changed.

    Args:
        name: of the guard.
        table: whose rows.
        words: what is said to who tries.
        columns: which alone are guarded; all where none is named.
        when: for which rows only, as SQL with OLD and NEW.
    """
    told = f" OF {', '.join(columns)}" if columns else ""
    only = f" WHEN {when}" if when else ""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    return f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE UPDATE{told} ON {table}{only} {refusal}"


def refused(name: str, table: str, words: str, when: str) -> str:
    """Return the guard that lets a row of a table not come, on a condition in SQL with NEW."""
    refusal = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    return f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE INSERT ON {table} WHEN {when} {refusal}"


# The whole


def made_with(connection: Connection) -> dict[tuple[str, str], str]:
    """Return every table, index and guard: (kind, name) → the statement that made it."""
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")
    return {(kind, name): " ".join((sql or "").split()) for kind, name, sql in rows}


def inner_faults(connection: Connection, most: int = 20) -> list[str]:
    """Return what is wrong inside the file, in the database's own words; the whole is read."""
    return _unless_ok(connection, f"PRAGMA integrity_check({most})")


def broken_file(connection: Connection) -> str:
    """Return the first thing wrong inside the file, looked for quickly, or ""."""
    return "".join(_unless_ok(connection, "PRAGMA quick_check(1)"))


def broken_references(connection: Connection) -> list[str]:
    """Return the tables with rows that refer to none, each once."""
    return sorted({str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})


def _unless_ok(connection: Connection, pragma: str) -> list[str]:
    return [str(told) for (told,) in connection.exec_driver_sql(pragma) if told != "ok"]
