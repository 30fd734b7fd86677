"""To version 3: volumes have versions, dossiers a procedure, series a start; a volume of nobody is one volume."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    select,
    text,
)

from archive.register.dialect import fixed, insert_rows, kept, refused
from archive.register.migrations.migration import Migration
from archive.register.table_anew import make_anew
from jishi.errors import ArchiveDamaged

_tables = MetaData()
_batch = Table(
    "batch",
    _tables,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("opened_on", String, nullable=False),
    Column("procedure", String, nullable=False, server_default="appointment"),
)
_filing = Table(
    "filing",
    _tables,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("batch", ForeignKey("batch.id"), nullable=False, index=True),
    Column("filer", String, nullable=False),
    Column("acceptor", String, nullable=False),
    Column("accepted_at", String, nullable=False),
    Column("content_digest", String, nullable=False),
    Column("profile", String, nullable=False),
    Column("rules", String, nullable=False),
    Column("report", Text, nullable=False),
    CheckConstraint("filer <> acceptor", name="two_people"),
)
_volume = Table(
    "volume",
    _tables,
    Column("seq", Integer, primary_key=True),
    Column("number", String),
    Column("batch", String),
    Column("kind", String),
    Column("person_no", String),
    *(Column(name, String) for name in ("sha256", "bytes", "pages", "items", "filing")),
)
_volume_version = Table(
    "volume_version",
    _tables,
    Column("volume", ForeignKey("volume.seq"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("filing", ForeignKey("filing.seq"), nullable=False),
    Column("sha256", String, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("inventory", String, nullable=False),
    Column("filed_at", String, nullable=False),
    CheckConstraint("version > 0", name="version_positive"),
    CheckConstraint("pages > 0 and items > 0", name="version_not_empty"),
)
_series_start = Table(
    "series_start",
    _tables,
    Column("seq", Integer, primary_key=True),
    Column("fonds", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("year", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("approved_by", String, nullable=False),
    Column("at", String, nullable=False),
    CheckConstraint("start > 0", name="start_positive"),
    CheckConstraint('"by" <> approved_by', name="start_by_two"),
    CheckConstraint("reason <> ''", name="start_has_reason"),
)
_one_volume_per_person = Index(
    "one_volume_per_person",
    _volume.c.batch,
    _volume.c.kind,
    text("coalesce(person_no, '')"),
    unique=True,
)
_ledger = Table(
    "ledger",
    _tables,
    *(Column(name, String) for name in ("at", "event", "subject", "detail")),
    Column("seq", Integer, primary_key=True),
)
_GUARDS = (
    kept("volume_version"),
    kept("series_start"),
    fixed("fixed_version", "volume_version", "a version filed is never changed"),
    fixed("fixed_start", "series_start", "where a series began is never changed"),
    refused(
        "late_start",
        "series_start",
        "a series whose numbers are given has begun",
        "EXISTS (SELECT 1 FROM series WHERE fonds = NEW.fonds AND kind = NEW.kind AND year = NEW.year)",
    ),
)


def _apply(connection: Connection) -> None:
    make_anew(connection, _batch)
    make_anew(connection, _filing)
    _one_volume_per_person.drop(connection)
    _one_volume_per_person.create(connection)
    _volume_version.create(connection)
    _series_start.create(connection)
    insert_rows(connection, _volume_version, list(_first_versions(connection)))
    for guard in _GUARDS:
        connection.execute(text(guard))


def _first_versions(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """Yield what there is to say of the one version every volume has: what its row and its line in the ledger say."""
    numbered = select(_ledger).where(_ledger.c.event == "numbered")
    lines = {line.subject: line for line in connection.execute(numbered)}
    for row in connection.execute(select(_volume).order_by(_volume.c.seq)):
        if (line := lines.get(row.number)) is None:
            raise ArchiveDamaged(f"台账没有给 {row.number} 编号的行，没有升级；请运行升级前那一版的 jishi verify 查看")
        yield {
            "volume": row.seq, "version": 1, "filing": row.filing, "sha256": row.sha256, "bytes": row.bytes,
            "pages": row.pages, "items": row.items, "inventory": json.loads(line.detail).get("inventory", ""),
            "filed_at": line.at,
        }  # fmt: skip


TO_3 = Migration(
    3,
    (
        "案卷分版登记：每卷的每一版（由哪次立卷、校验码、页数、件数）各占一行，已立的卷登记为第1版",
        "没有纪实编号的卷（综合卷、票据附卷）同一批次只能有一卷",
        "批次登记属于哪项业务，已有的都是选拔任用（appointment）",
        "档号可以从指定的号起编（jishi series start）",
    ),
    _apply,
)
