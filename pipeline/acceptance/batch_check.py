"""Check a batch as it stands: read its case file, look at what is really stored, judge it by its profile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, select

from archive.papers.looks import looks_of
from archive.register.case_folders import folder_of, read_record
from archive.register.case_queries import content_digest, refusals
from archive.register.held import held_records
from archive.register.later_records import later_records
from archive.register.register import Register
from archive.register.tables import attachment, batch, record, volume
from jishi.durable import sha256_of
from jishi.errors import ArchiveDamaged, JishiError, NotFound
from jishi.records import FORM_FILE, RECORD_FILE
from jishi.settings import Settings
from pipeline.acceptance.dossier import DocumentFact, DossierEntry, FileFact, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.acceptance.verdict import BatchVerdict
from pipeline.rules.profiles import in_force


@dataclass(frozen=True, slots=True)
class BatchCheck:
    """A verdict and the state of the case file it was reached on."""

    verdict: BatchVerdict
    content_digest: str
    """Filing refuses when this has changed since."""


def check_batch(
    settings: Settings, register: Register, batch_id: str, today: dt.date, dropped: Sequence[tuple[Path, str]] = ()
) -> BatchCheck:
    """Judge a batch by the rules valid on the day it was opened.

    Args:
        settings: the home's settings.
        register: of the home.
        batch_id: which batch.
        today: the day it is judged on.
        dropped: record files that still lie in the drop folder, and what each waits for.

    Raises:
        NotFound: no such batch.
        ArchiveDamaged: a record is not there or can no longer be read.
        SettingsInvalid: profile, rules or calendar are wrong.
    """
    with register.reading() as connection:
        opened = connection.scalar(select(batch.c.opened_on).where(batch.c.id == batch_id))
        if opened is None:
            raise NotFound(f"没有批次 {batch_id}；可用 jishi status 查看已有批次")
        digest = content_digest(connection, batch_id)
        rows = connection.execute(select(record).where(record.c.batch == batch_id)).all()
        attached = _papers(connection, batch_id)
        filed = connection.scalars(select(volume.c.number).where(volume.c.batch == batch_id).order_by(volume.c.seq))
        numbers, later = tuple(filed), later_records(connection, batch_id)
        held = held_records(settings, connection, batch_id, dropped)
        refused = refusals(connection, batch_id)
    profile, calendar = in_force(settings, dt.date.fromisoformat(opened))
    entries = [_entry(settings, row, attached.get(row.seq, [])) for row in rows]
    papers = [one.paper for one in held]
    dossier = assemble(entries, batch=batch_id, profile=profile, today=today, held=papers)
    verdict = replace(judge_batch(dossier, profile, calendar), filed=numbers, since_filing=later, refused=refused)
    return BatchCheck(verdict, digest)


def _papers(connection: Connection, batch_id: str) -> dict[int, list[Any]]:
    query = select(attachment).join(record, record.c.seq == attachment.c.record).where(record.c.batch == batch_id)
    found: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.record, []).append(row)
    return found


def _entry(settings: Settings, row: Any, papers: list[Any]) -> DossierEntry:
    folder = folder_of(settings, row.id)
    return DossierEntry(
        root=_root(folder, row),
        record_id=row.id,
        superseded=row.superseded_by is not None,
        files=tuple(_file_facts(folder, papers)),
        documents=tuple(_document_facts(folder, row)),
    )


def _root(folder: Path, row: Any) -> etree._Element:
    """Return a record as it is stored; one altered so that it is no record any more cannot be judged.

    Raises:
        ArchiveDamaged: it is not there or can no longer be read.
    """
    try:
        return read_record(folder).root
    except (JishiError, OSError, LookupError, ValueError, AttributeError) as error:
        raise ArchiveDamaged(
            f"记录{row.id}的原件 {folder / RECORD_FILE} 不在或已不能读，不能检查本批次：停止使用，从备份恢复"
            f"（登记的校验码{row.sha256[:12]}…）"
        ) from error


def _file_facts(folder: Path, papers: list[Any]) -> Iterator[FileFact]:
    """Look at each attachment anew: what was admitted may have been altered since."""
    for paper in papers:
        path = folder / "attachments" / paper.file
        if path.is_file():
            seen = looks_of(path)
            yield FileFact(paper.id, seen.sha256, seen.size, seen.kind.media_type)
        else:
            yield FileFact(paper.id, "", 0, "")


def _document_facts(folder: Path, row: Any) -> Iterator[DocumentFact]:
    for name, registered in ((RECORD_FILE, row.sha256), (FORM_FILE, row.docx_sha256)):
        path = folder / name
        yield DocumentFact(name, registered, sha256_of(path) if path.is_file() else "")
