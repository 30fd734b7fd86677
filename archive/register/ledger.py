"""台账: who did what to which record or volume and when, each line chained to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from archive.register.dialect import insert_rows
from archive.register.tables import ledger

GENESIS = "0" * 64
_AT_ONCE = 500
_END = select(ledger.c.seq, ledger.c.digest).order_by(ledger.c.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the chain: a line and its digest, which stands for every line up to it."""

    seq: int = 0
    """0 before the first line."""
    digest: str = GENESIS


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line as it stands in the register."""

    seq: int
    at: str
    actor: str
    event: str
    subject: str
    detail: Mapping[str, Any]
    """Empty where what stands there is no JSON object."""
    digest: str
    sound: bool
    """Whether its digest and its link to the line before hold."""


def append(connection: Connection, lines: Iterable[tuple[str, str, str, str, Mapping[str, Any]]]) -> None:
    """Append lines inside the caller's write transaction.

    Args:
        connection: an open write transaction; the chain's end is read inside it.
        lines: tuples (at, actor, event, subject, detail).
    """
    before = end_of(connection).digest
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


def end_of(connection: Connection) -> Point:
    """Return the number and digest of the last line; zero where there is none."""
    row = connection.execute(_END).one_or_none()
    return Point(*row) if row else Point()


def holds(connection: Connection, point: Point) -> bool:
    """Tell whether the chain passes through a place."""
    if not point.seq:
        return True
    found = connection.scalar(select(ledger.c.digest).where(ledger.c.seq == point.seq))
    return bool(found == point.digest)


def lines_of(connection: Connection) -> list[LedgerLine]:
    """Return every line, each with whether it hangs together with the line before."""
    lines: list[LedgerLine] = []
    last = Point()
    for seq, *values in connection.execute(select(ledger).order_by(ledger.c.seq)):
        at, actor, event, subject, detail, link, digest = map(str, values)
        right = line_digest(last.digest, at, actor, event, subject, detail)
        sound = (seq, link, digest) == (last.seq + 1, last.digest, right)
        lines.append(LedgerLine(seq, at, actor, event, subject, _values(detail), digest, sound))
        last = Point(seq, digest)
    return lines


def lines_about(connection: Connection, subjects: Collection[str]) -> list[LedgerLine]:
    """Return the lines on some subjects alone, unread as a chain."""
    asked = sorted(subjects)
    lines = []
    for start in range(0, len(asked), _AT_ONCE):
        query = select(ledger).where(ledger.c.subject.in_(asked[start : start + _AT_ONCE])).order_by(ledger.c.seq)
        lines += [
            LedgerLine(row.seq, row.at, row.actor, row.event, row.subject, _values(row.detail), row.digest, sound=True)
            for row in connection.execute(query)
        ]
    return lines


def _values(detail: str) -> Mapping[str, Any]:
    try:
        found = json.loads(detail)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
