"""What the register knows of a batch's case file, as filing and checking need it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from archive.register.admission import Outcome
from archive.register.case_folders import folder_of
from archive.register.case_record import AdmittedDigests, CaseRecord
from archive.register.tables import attachment, batch, ledger, mention, person, record, verdict
from jishi.case.ids import RecordId
from jishi.errors import ArchiveDamaged, NotFound, Refused
from jishi.procedure import procedure
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from jishi.steps import Deed


def case_records(connection: Connection, settings: Settings, batch_id: str) -> list[CaseRecord]:
    """Return every admitted record of a batch, superseded ones included, in the order of admission.

    Raises:
        NotFound: no such batch.
        ArchiveDamaged: the digests in the register are not those the ledger noted at admission.
    """
    if connection.scalar(select(batch.c.id).where(batch.c.id == batch_id)) is None:
        raise NotFound(f"没有批次 {batch_id}；可用 jishi status 查看已有批次")
    mentions = _grouped(connection, batch_id, mention.c.no, mention)
    kinds = _grouped(connection, batch_id, attachment.c.kind, attachment)
    seals = _seals(connection, batch_id)
    rows = connection.execute(select(record).where(record.c.batch == batch_id).order_by(record.c.seq))
    return [
        CaseRecord(
            id=row.id,
            step=row.step,
            occurrence=row.occurrence,
            person_no=row.person_no or "",
            occurred_on=row.occurred_on,
            mentions=frozenset(mentions.get(row.seq, ())),
            attachment_kinds=frozenset(kinds.get(row.seq, ())),
            folder=str(folder_of(settings, row.id)),
            sealed=seals[row.id],
            superseded=row.superseded_by is not None,
        )
        for row in rows
    ]


def _seals(connection: Connection, batch_id: str) -> dict[str, AdmittedDigests]:
    """Return the digests of every record of a batch, register and ledger agreeing.

    Raises:
        ArchiveDamaged: they do not; every record concerned is named.
    """
    noted = _admitted_lines(connection, batch_id)
    papers: dict[int, dict[str, str]] = {}
    query = select(attachment.c.record, attachment.c.file, attachment.c.sha256)
    for row in connection.execute(query.join(record, record.c.seq == attachment.c.record).where(
            record.c.batch == batch_id)):  # fmt: skip
        papers.setdefault(row.record, {})[row.file] = row.sha256
    seals, differing = {}, []
    for row in connection.execute(select(record).where(record.c.batch == batch_id).order_by(record.c.seq)):
        seals[row.id] = AdmittedDigests(row.sha256, row.docx_sha256, papers.get(row.seq, {}))
        due = {"digest": row.digest, "sha256": row.sha256, "form": row.docx_sha256,
               "attachments": seals[row.id].papers}  # fmt: skip
        line = noted.get(row.id, {})
        # Lines written before form and papers were noted hold the record's own digests only.
        if {"digest", "sha256"} - line.keys() or any(line[key] != due[key] for key in due.keys() & line.keys()):
            differing.append(row.id)
    if differing:
        named = "、".join(differing[:5]) + (f"等{len(differing)}件" if len(differing) > 5 else "")
        raise ArchiveDamaged(f"登记的校验码与台账记下的不符：{named}；请运行 jishi verify 查看，从备份恢复目录库")
    return seals


def _admitted_lines(connection: Connection, batch_id: str) -> dict[str, Mapping[str, Any]]:
    """Return what the ledger noted of every record of a batch when it was admitted."""
    # All subjects of a batch go on with - or /, both of which come before 0.
    lines = select(ledger.c.subject, ledger.c.detail).where(
        ledger.c.event == "admitted", ledger.c.subject >= batch_id, ledger.c.subject < batch_id + "0"
    )
    return {line.subject: json.loads(line.detail) for line in connection.execute(lines)}


def content_digest(connection: Connection, batch_id: str) -> str:
    """Return one digest over every record of a batch; it changes with any record that comes."""
    query = select(record.c.id, record.c.digest).where(record.c.batch == batch_id).order_by(record.c.id)
    lines = "\n".join(f"{row.id} {row.digest}" for row in connection.execute(query))
    return hashlib.sha256(lines.encode()).hexdigest()


def roster_numbers(connection: Connection, batch_id: str) -> list[str]:
    """Return the 纪实编号 of every person of a batch, in order."""
    return list(connection.scalars(select(person.c.no).where(person.c.batch == batch_id).order_by(person.c.no)))


def decision_year(connection: Connection, batch_id: str) -> int:
    """Return the year of the batch's first decision, which is the 年度 of its numbers.

    Raises:
        Refused: there is no decision yet.
    """
    decision = procedure().all_types[procedure().that(Deed.DECIDES)]
    decides = record.c.step == decision.id
    query = select(record.c.occurred_on).where(record.c.batch == batch_id, decides, record.c.superseded_by.is_(None))
    first = connection.scalar(query.order_by(record.c.occurred_on).limit(1))
    if first is None:
        raise Refused(f"批次 {batch_id} 还没有{decision.called}（{decision.id}），不能立卷")
    return int(first[:4])


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last refusal of a record that is not in the case file, nor has another of its kind come since."""

    record: str
    verdict: int
    """Sequence number of the verdict."""
    place: str
    """Where the refused submission lies with its slip, relative to the home."""
    findings: tuple[Mapping[str, Any], ...]


def refusals(connection: Connection, batch_id: str) -> tuple[Refusal, ...]:
    """Return the refusals nothing has come for: one per record, none for a number that was admitted before or since."""
    query = select(verdict).where(verdict.c.batch == batch_id, verdict.c.record != "").order_by(verdict.c.seq)
    held = set(connection.scalars(select(record.c.id).where(record.c.batch == batch_id)))
    found: dict[str, Refusal] = {}
    for row in connection.execute(query):
        if row.outcome == Outcome.REJECTED and row.record not in held:
            found[row.record] = Refusal(row.record, row.seq, row.place, tuple(json.loads(row.findings)))
        elif row.outcome == Outcome.ADMITTED:
            series = RecordId.of(row.record).series
            found = {name: one for name, one in found.items() if RecordId.of(name).series != series}
    return tuple(found.values())


def lost_records(connection: Connection, settings: Settings, batch_id: str = "") -> list[str]:
    """Return the 记录编号 of admitted records, of one batch or of all, whose files are gone from the case files."""
    query = select(record.c.id).where(record.c.state == "admitted").order_by(record.c.seq)
    ids = connection.scalars(query.where(record.c.batch == batch_id) if batch_id else query)
    return [one for one in ids if not (folder_of(settings, one) / RECORD_FILE).is_file()]


def _grouped(connection: Connection, batch_id: str, column: Column[str], table: Table) -> dict[int, list[str]]:
    query = (
        select(table.c.record, column)
        .join(record, record.c.seq == table.c.record)
        .where(record.c.batch == batch_id, column != "")
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for seq, value in connection.execute(query):
        found.setdefault(seq, []).append(value)
    return found
