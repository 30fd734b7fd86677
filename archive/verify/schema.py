"""The register as a database: whole in itself, and with every table, index and guard it was made with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from archive.register.dialect import inner_faults, made_with
from archive.register.schema import due_schema
from jishi.findings import Finding

_KINDS = {"table": "表", "index": "索引", "trigger": "防改触发器", "view": "视图"}


def schema_faults(connection: Connection) -> Iterator[Finding]:
    """Yield what is wrong inside the file, and every table, index or guard dropped, added or changed."""
    for told in inner_faults(connection):
        yield Finding("A-SQLITE", f"目录库文件内部有损：{told}", remedy="停止使用，从备份恢复目录库")
    found, due = made_with(connection), due_schema()
    for kind, name in sorted(found.keys() ^ due.keys() | {key for key in found.keys() & due if found[key] != due[key]}):
        words = "不在" if (kind, name) not in found else "多出" if (kind, name) not in due else "被改动"
        yield Finding("A-GUARD", f"目录库的{_KINDS.get(kind, kind)} {name} {words}", place=name,
                      remedy="停止使用，查明是谁改动的，从备份恢复目录库")  # fmt: skip
