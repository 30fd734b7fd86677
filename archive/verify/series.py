"""Numbers: each series whole from where it begins to its counter, every volume numbered also on the shelf."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from archive.register.series import starts
from archive.register.tables import series, volume
from jishi.findings import Finding


def series_faults(connection: Connection) -> Iterator[Finding]:
    """Yield series with gaps, and numbers decided whose volumes are not on the shelf yet."""
    for fault in gaps(connection):
        yield Finding("A-NUMBER", f"档号不连续：{fault}", remedy="停止立卷，从备份恢复目录库")
    for number in unfinished(connection):
        yield Finding("A-UNSHELVED", f"{number} 已编号但还没有上架", remedy="运行 jishi recover")


def gaps(connection: Connection) -> list[str]:
    """Return every series whose numbers are not contiguous from its first to its counter; empty when all hold."""
    faults = []
    begun = starts(connection)
    for row in connection.execute(select(series)):
        query = select(volume.c.ordinal).where(
            volume.c.fonds == row.fonds, volume.c.kind == row.kind, volume.c.year == row.year
        )
        given = set(connection.scalars(query))
        first = begun.get((row.fonds, row.kind, row.year), 1)
        if given != set(range(first, row.last + 1)):
            begins = f"从{first}起，" if first > 1 else ""
            faults.append(f"{row.fonds} {row.kind} {row.year}：{begins}计数到{row.last}，实有{len(given)}卷")
    return faults


def unfinished(connection: Connection) -> list[str]:
    """Return the numbers decided whose volumes are not yet noted as filed."""
    query = select(volume.c.number).where(volume.c.state == "numbered").order_by(volume.c.seq)
    return list(connection.scalars(query))
