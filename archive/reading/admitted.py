"""One admitted record, filed or not, and what was completed in it when it came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive.register.admission import Outcome
from archive.register.case_folders import folder_of
from archive.register.later_records import last_correction
from archive.register.register import Register
from archive.register.tables import item, record, verdict, volume
from jishi.errors import NotFound
from jishi.records import SENT_FILE
from jishi.settings import Settings

_PROOF = "S-"
"""Findings about signed sheets begin so."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What was completed in a record when it was taken in."""

    words: str
    """In Chinese, as it was told then; empty where the record came complete."""
    sent: str = ""
    """Where the record stands as it was sent."""


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """Everything the register tells of one 记录编号."""

    record: str
    title: str
    admitted_at: str
    submission: str
    """What it was dropped as."""
    secrecy: str
    numbers: tuple[str, ...]
    """The 档号 of every item it is filed in."""
    path: str
    sha256: str
    completed: str
    sent: str
    corrected_by: str


def told_at_admission(connection: Connection, records: Sequence[str], *, of_proofs: bool) -> dict[str, tuple[str, ...]]:
    """Return record → what was told when it was admitted: how signatures were proved, or what was completed."""
    admitted = verdict.c.outcome == Outcome.ADMITTED.value, verdict.c.findings != "[]"
    query = select(verdict.c.record, verdict.c.findings).where(verdict.c.record.in_(records), *admitted)
    return {
        row.record: tuple(
            str(one["message"]) for one in json.loads(row.findings) if one["code"].startswith(_PROOF) == of_proofs
        )
        for row in connection.execute(query)
    }


def proofs_of(connection: Connection, records: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return record → in words, how its signatures were proved by looking at their scans; none where they were not."""
    return told_at_admission(connection, records, of_proofs=True)


def completion_of(settings: Settings, connection: Connection, record_id: str) -> Completion:
    """Return what was completed in an admitted record.

    Args:
        settings: where records lie.
        connection: an open transaction on the register.
        record_id: its 记录编号.
    """
    told = "；".join(told_at_admission(connection, [record_id], of_proofs=False).get(record_id, ()))
    return Completion(told, str(folder_of(settings, record_id) / SENT_FILE) if told else "")


def admitted_record(settings: Settings, register: Register, record_id: str) -> ShownRecord:
    """Return what an admitted record is and where it stands.

    Raises:
        NotFound: no such record was admitted.
    """
    with register.reading() as connection:
        row = connection.execute(select(record).where(record.c.id == record_id)).first()
        if row is None:
            raise NotFound(f"案卷材料中没有记录 {record_id}；可用 jishi status 查看等待和退回的")
        filed = select(volume.c.number, item.c.number.label("item")).join(item, item.c.volume == volume.c.seq)
        numbers = connection.execute(filed.where(item.c.record == record_id).order_by(volume.c.number)).all()
        done = completion_of(settings, connection, record_id)
        return ShownRecord(
            record=row.id,
            title=row.title,
            admitted_at=row.admitted_at,
            submission=row.submission,
            secrecy=row.secrecy,
            numbers=tuple(f"{one.number}-{one.item:03d}" for one in numbers),
            path=str(folder_of(settings, record_id)),
            sha256=row.sha256,
            completed=done.words,
            sent=done.sent,
            corrected_by=last_correction(connection, row.id) if row.superseded_by else "",
        )
