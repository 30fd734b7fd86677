"""A record as it was sent, kept beside the record completed from it; what goes back to its sender is what he sent."""

from __future__ import annotations

import os
from pathlib import Path

from jishi.durable import write_durably
from jishi.records import RECORD_FILE, SENT_FILE


def sent_file(folder: Path) -> Path:
    """Return where the record as it was sent stands in a claimed folder: apart, once a completed one was written."""
    sent = f"{folder}/{SENT_FILE}"
    return Path(sent) if os.path.lexists(sent) else folder / RECORD_FILE


def keep_both(folder: Path, sent: bytes, record: bytes) -> None:
    """Lay what was sent beside the record completed from it; after a crash at any point what was sent is there.

    Raises:
        TryLater: the disk is full.
    """
    write_durably(folder / SENT_FILE, sent)
    write_durably(folder / RECORD_FILE, record)


def put_sent_back(folder: Path) -> None:
    """Let what was sent be the only record of a folder again, as it goes back to its sender.

    Raises:
        TryLater: the disk is full.
    """
    sent = folder / SENT_FILE
    if os.path.lexists(sent):
        write_durably(folder / RECORD_FILE, sent.read_bytes())
        sent.unlink()
