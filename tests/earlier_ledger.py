"""A register as it stood when less was noted in its ledger."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from archive.register.ledger import GENESIS, line_digest
from archive.register.ledger_head import HEAD_FILE
from jishi.settings import Settings

_SEALED_SINCE = ("inventory", "staged", "report", "unit", "filer", "accepted_at", "content_digest", "profile", "form",
                 "attachments", "claim", "words", "token", "submission", "verdict")  # fmt: skip
"""What the ledger lines of an earlier program did not hold."""
_COLUMNS = "at, actor, event, subject, detail, before, digest"


def as_an_earlier_program_left_it(settings: Settings) -> None:
    """Write the ledger as it was when less was noted in it, with a chain that holds, and no note of its end."""
    with closing(sqlite3.connect(settings.register_file)) as raw, raw:
        guards = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            raw.execute(f"DROP TRIGGER {name}")
        _write_anew(raw)
        if raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'volume_version'").fetchone():
            raw.execute("UPDATE volume_version SET inventory = ''")
        for _, guard in guards:
            raw.execute(guard)
    (settings.cases / HEAD_FILE).unlink()


def _write_anew(raw: sqlite3.Connection) -> None:
    rows = raw.execute("SELECT at, actor, event, subject, detail FROM ledger WHERE event <> 'founded' ORDER BY seq")
    lines, before = rows.fetchall(), GENESIS
    raw.execute("DELETE FROM ledger")
    for at, actor, event, subject, detail in lines:
        text = json.dumps({key: value for key, value in json.loads(detail).items() if key not in _SEALED_SINCE},
                          ensure_ascii=False, sort_keys=True)  # fmt: skip
        digest = line_digest(before, at, actor, event, subject, text)
        row = (at, actor, event, subject, text, before, digest)
        raw.execute(f"INSERT INTO ledger({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        before = digest
