"""The register's tables as a whole: made, and looked at beside what a new register is made with."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, text

from archive.register.dialect import engine_beside, made_with
from archive.register.tables import GUARDS, metadata
from archive.register.word_index import make_index


def make_tables(connection: Connection) -> None:
    """Make every table, index and guard of a register."""
    metadata.create_all(connection)
    for statement in GUARDS:
        connection.execute(text(statement))
    make_index(connection)


@cache
def due_schema() -> dict[tuple[str, str], str]:
    """Return what a new register is made with: (kind, name) → the statement that makes it."""
    engine = engine_beside()
    with engine.begin() as connection:
        make_tables(connection)
        made = made_with(connection)
    engine.dispose()
    return made
