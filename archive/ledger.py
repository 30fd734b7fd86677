"""台账: who did what to which record or volume and when, each line chained to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from archive.tables import insert_rows, ledger

GENESIS = "0" * 64


def append(connection: Connection, lines: Iterable[tuple[str, str, str, str, Mapping[str, Any]]]) -> None:
    """Append lines inside the caller's write transaction.

    Args:
        connection: an open write transaction; the chain's end is read inside it.
        lines: tuples (at, actor, event, subject, detail).
    """
    before = connection.scalar(select(ledger.c.digest).order_by(ledger.c.seq.desc()).limit(1)) or GENESIS
    rows = []
    for at, actor, event, subject, detail in lines:
        text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
        digest = line_digest(before, at, actor, event, subject, text)
        rows.append(
            {
                "at": at, "actor": actor, "event": event, "subject": subject,
                "detail": text, "before": before, "digest": digest,
            }
        )  # fmt: skip
        before = digest
    insert_rows(connection, ledger, rows)


def line_digest(before: str, at: str, actor: str, event: str, subject: str, detail: str) -> str:
    """Return the SHA-256 that chains a line to the one before it."""
    return hashlib.sha256("\x1f".join((before, at, actor, event, subject, detail)).encode()).hexdigest()


def broken_links(connection: Connection) -> list[int]:
    """Return the line numbers whose digest or link does not hold; empty when the chain is whole."""
    broken, before = [], GENESIS
    for row in connection.execute(select(ledger).order_by(ledger.c.seq)):
        right = line_digest(row.before, row.at, row.actor, row.event, row.subject, row.detail)
        if row.before != before or row.digest != right:
            broken.append(row.seq)
        before = row.digest
    return broken
