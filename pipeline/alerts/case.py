"""One batch as the alerts see it: its dossier with what waits and what was refused, judged, with its clocks running.

Unlike a check before filing, the stored files are not read again: alerts follow the records, within seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import Connection, select

from archive.register.alert_book import Basis, basis_of
from archive.register.case_folders import folder_of, read_record
from archive.register.case_queries import Refusal, refusals
from archive.register.later_records import LaterRecords, later_records
from archive.register.register import Register
from archive.register.tables import batch, filing, record, waiting
from jishi.errors import NotFound, TryLater
from jishi.settings import Settings
from jishi.workdays import WorkCalendar, calendar_from
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.acceptance.verdict import BatchVerdict
from pipeline.alerts.clocks import Running, load_clocks
from pipeline.rules.profiles import Profile, load_profile
from pipeline.rules.rule import DOSSIER

_D = f"{{{DOSSIER}}}"


@dataclass(frozen=True, slots=True)
class Filed:
    """The last filing of a batch."""

    at: str
    words: str
    """As evidence for what it settled."""


@dataclass(frozen=True, slots=True)
class AlertCase:
    """What the causes of a batch are found in."""

    basis: Basis
    profile: Profile
    verdict: BatchVerdict
    dossier: etree._Element
    running: tuple[Running, ...]
    holds: Mapping[str, tuple[str, ...]]
    admitted: Mapping[str, str]
    """记录编号 → when it was admitted."""
    first: Mapping[str, str]
    """记录编号 → the first record of its chain of corrections."""
    refusals: tuple[Refusal, ...]
    filed: Filed | None
    later: LaterRecords = field(default_factory=LaterRecords)
    """What came since it was filed."""


class CaseReader:
    """Reads batches for the alerts; made once per run, its profiles loaded once."""

    def __init__(self, settings: Settings, register: Register) -> None:
        """Take note of the home and read its calendar; no batch is read yet.

        Raises:
            SettingsInvalid: the local calendar is wrong.
        """
        self._settings = settings
        self._register = register
        self._local = settings.local_rules
        self._calendar: WorkCalendar = calendar_from(settings.local_calendar)
        self._profiles: dict[str, Profile] = {}

    def profile(self, opened: str) -> Profile:
        """Return the profile valid on the day a batch was opened."""
        if opened not in self._profiles:
            day = dt.date.fromisoformat(opened)
            self._profiles[opened] = load_profile(self._settings.rules.profile, self._local, day)
        return self._profiles[opened]

    def read(self, batch_id: str, today: dt.date) -> AlertCase:
        """Read and judge a batch.

        Raises:
            NotFound: no such batch.
            SettingsInvalid: profile, rules, clocks or calendar are wrong.
            TryLater: a record is just being put in place.
        """
        with self._register.reading() as connection:
            opened = connection.scalar(select(batch.c.opened_on).where(batch.c.id == batch_id))
            if opened is None:
                raise NotFound(f"没有批次 {batch_id}；可用 jishi status 查看已有批次")
            basis = basis_of(connection, batch_id)
            rows = connection.execute(_records_of(batch_id)).all()
            refused, filed = refusals(connection, batch_id), _filed(connection, batch_id)
            later = later_records(connection, batch_id)
            held = connection.execute(select(waiting).where(waiting.c.batch == batch_id)).all()
        profile = self.profile(opened)
        dossier = assemble([self._entry(row) for row in rows], batch=batch_id, profile=profile, today=today)
        _add_waiting(dossier, held, self._settings.intake.wait_days)
        clocks = load_clocks(profile, self._calendar, self._local)
        return AlertCase(
            basis=basis,
            profile=profile,
            verdict=judge_batch(dossier, profile, self._calendar),
            dossier=dossier,
            running=tuple(clocks.running(dossier)),
            holds=clocks.holds,
            admitted={row.id: row.admitted_at for row in rows},
            first=_chains(rows),
            refusals=refused,
            filed=filed,
            later=later,
        )

    def _entry(self, row: Any) -> DossierEntry:
        folder: Path = folder_of(self._settings, row.id)
        try:
            return DossierEntry(read_record(folder).root, row.id, row.superseded_by is not None)
        except FileNotFoundError as error:
            raise TryLater(f"记录 {row.id} 正在归位，请稍后再试") from error


def _records_of(batch_id: str) -> Any:
    return select(record).where(record.c.batch == batch_id, record.c.state == "admitted").order_by(record.c.seq)


def _chains(rows: Sequence[Any]) -> dict[str, str]:
    before = {row.id: row.correction_of for row in rows}
    first: dict[str, str] = {}
    for row in rows:
        start = row.id
        while before.get(start):
            start = before[start]
        first[row.id] = start
    return first


def _filed(connection: Connection, batch_id: str) -> Filed | None:
    rows = connection.execute(select(filing).where(filing.c.batch == batch_id).order_by(filing.c.seq)).all()
    if not rows:
        return None
    return Filed(rows[-1].accepted_at, f"第{len(rows)}版立卷验收（验收人{rows[-1].acceptor}）")


def _add_waiting(dossier: etree._Element, held: Sequence[Any], days: int) -> None:
    part = etree.SubElement(dossier, f"{_D}intake")
    for row in held:
        until = dt.datetime.fromisoformat(row.since).date() + dt.timedelta(days=days)
        facts = {"record": row.record, "message": row.message, "until": until.isoformat()}
        etree.SubElement(part, f"{_D}waiting", facts)
