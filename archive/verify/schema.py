"""The register as a database: whole in itself, and with every table, index and guard it was made with."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache

from sqlalchemy import Connection, create_engine

from archive.register.register import make_tables
from jishi.findings import Finding

_QUERY = "SELECT type, name, sql FROM sqlite_master"


def schema_faults(connection: Connection) -> Iterator[Finding]:
    """Yield what SQLite finds wrong with the file, and every table, index or trigger dropped, added or changed."""
    for (told,) in connection.exec_driver_sql("PRAGMA integrity_check(20)").all():
        if told != "ok":
            yield Finding("A-SQLITE", f"目录库文件内部有损：{told}", remedy="停止使用，从备份恢复目录库")
    found = {(kind, name): _plain(sql) for kind, name, sql in connection.exec_driver_sql(_QUERY)}
    due = _made()
    for kind, name in sorted(found.keys() ^ due.keys() | {key for key in found.keys() & due if found[key] != due[key]}):
        words = "不在" if (kind, name) not in found else "多出" if (kind, name) not in due else "被改动"
        yield Finding("A-GUARD", f"目录库的{_KINDS.get(kind, kind)} {name} {words}", place=name,
                      remedy="停止使用，查明是谁改动的，从备份恢复目录库")  # fmt: skip


_KINDS = {"table": "表", "index": "索引", "trigger": "防改触发器", "view": "视图"}


@cache
def _made() -> dict[tuple[str, str], str]:
    """Return what a new register is made with."""
    with closing(sqlite3.connect(":memory:")) as raw:
        engine = create_engine("sqlite://", creator=lambda: raw)
        with engine.begin() as connection:
            make_tables(connection)
        return {(kind, name): _plain(sql) for kind, name, sql in raw.execute(_QUERY)}


def _plain(sql: str | None) -> str:
    """Return a statement without the white space that differs between versions of what writes it."""
    return re.sub(r"\s+", " ", sql or "").strip()
