"""Make a table anew in another shape, which this database cannot change in place."""

from __future__ import annotations

from sqlalchemy import Connection, Table


def make_anew(connection: Connection, shape: Table) -> None:
    """Give a table another shape; its rows and guards stay, and what refers to it still does.

    Args:
        connection: from `Register.making_anew`.
        shape: the table as it is to be, with its indexes; a column that was not there takes its default, one that is
            not named any more goes.
    """
    name = shape.name
    theirs = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
    guards = connection.exec_driver_sql(theirs, (name,)).scalars().all()
    there = {row.name for row in connection.exec_driver_sql(f'PRAGMA table_info("{name}")')}
    columns = ", ".join(f'"{column.name}"' for column in shape.columns if column.name in there)
    # Dropped rather than renamed: renaming writes the new name into everything that refers to the table.
    connection.exec_driver_sql(f'CREATE TEMP TABLE rows_kept AS SELECT {columns} FROM "{name}" ORDER BY rowid')
    connection.exec_driver_sql(f'DROP TABLE "{name}"')
    shape.create(connection)
    connection.exec_driver_sql(f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM rows_kept ORDER BY rowid')
    connection.exec_driver_sql("DROP TABLE rows_kept")
    for guard in guards:
        connection.exec_driver_sql(guard)
