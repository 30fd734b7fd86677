"""预警: raise, change and close a home's alerts as its records and a given day have it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from archive.register.alert import Alert, Cause, Change, line_of, plan_of
from archive.register.alert_book import AlertBook, Basis, Round
from archive.register.register import Register
from archive.register.tables import batch, filing, record, verdict
from jishi.case.ids import RecordId
from jishi.errors import NotFound, Refused, TryLater
from jishi.settings import Settings
from pipeline.alerts.case import CaseReader
from pipeline.alerts.causes import reckon

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a batch's alerts stand on some day, whether or not that day has come."""

    open: tuple[Alert, ...]
    """Lines without a number would be raised."""
    coming: tuple[Alert, ...]
    """Clocks that run, but for which it is too early; their level is not yet due."""


class BatchAlerts:
    """Works out the alerts of one home; made once per run."""

    def __init__(self, settings: Settings, register: Register) -> None:
        """Take note of the home; nothing is worked out yet.

        Raises:
            SettingsInvalid: the local calendar is wrong.
        """
        self.book = AlertBook(register)
        self._register = register
        self._reader = CaseReader(settings, register)

    def stale(self, today: dt.date) -> tuple[str, ...]:
        """Return the batches with news since they were last worked out: records, verdicts, rules, or a new day."""
        rounds = self.book.rounds()
        return tuple(
            found.batch
            for found, opened in self._now()
            if (last := rounds.get(found.batch)) is None
            or last.basis != found
            or (last.day != today.isoformat() and not last.idle)
            or last.rules != self._reader.profile(opened).version
        )

    def refresh(self, batch_id: str, today: dt.date) -> tuple[Change, ...]:
        """Bring the alerts of a batch up to date and return what became of them.

        Raises:
            NotFound: no such batch.
            SettingsInvalid: rules, clocks or calendar are wrong, or a needed working day lies in an unknown year.
            TryLater: the register is busy, or records keep coming in.
        """
        for _ in range(_TRIES):
            case = self._reader.read(batch_id, today)
            opening = self._opening_rules(batch_id) or case.profile.version
            found = reckon(case, today, opening)
            state = Round(case.basis, today.isoformat(), case.profile.version, opening, found.idle)
            changes = self.book.settle(state, found.causes, found.settled, today)
            if changes is not None:
                return changes
        raise TryLater(f"批次 {batch_id} 正在收入记录，预警稍后再算")

    def outlook(self, batch_id: str, today: dt.date) -> Outlook:
        """Return how the alerts of a batch would stand on a day; nothing is written.

        Raises:
            NotFound: no such batch.
            SettingsInvalid: as for refresh.
        """
        case = self._reader.read(batch_id, today)
        found = reckon(case, today, self._opening_rules(batch_id) or case.profile.version)
        held = self.book.held(batch_id)
        plan = plan_of(held, found.causes)
        wanted = {cause.key: cause for cause in found.causes}
        kept = [_brought_up(line, wanted[line.cause]) for line in held if line.open and line.cause in wanted]
        day = today.isoformat()
        raised = [line_of(cause, batch_id, "", day) for cause in plan.fresh]
        coming = [line_of(cause, batch_id, "", "") for cause in found.coming]
        return Outlook((*kept, *raised), tuple(coming))

    def close(self, number: str, evidence: str, by: str, today: dt.date) -> Alert:
        """Close an alert by hand, with what shows that it is done with.

        Args:
            number: such as YJ-2026-0007.
            evidence: a 记录编号, or words.
            by: who closes it.
            today: the day it is.

        Raises:
            NotFound: no such alert or record, or it is closed.
            Refused: it is red and its cause stands, or evidence or name is missing.
        """
        if not evidence.strip() or not by.strip():
            raise Refused("关闭预警须写明凭证和关闭人")
        if RecordId.is_one(evidence.strip()) and not self._has_record(evidence.strip()):
            raise NotFound(f"没有记录 {evidence}，不能作为凭证；凭证写已收记录的编号，或用文字说明")
        line = next((one for one in self.book.lines(closed=True) if one.id == number), None)
        if line is not None and line.open:
            self.refresh(line.batch, today)
        return self.book.close(number, evidence.strip(), by.strip(), today)

    def batches(self) -> tuple[str, ...]:
        """Return every batch, in order."""
        return tuple(found.batch for found, _ in self._now())

    def _opening_rules(self, batch_id: str) -> str:
        last = self.book.rounds().get(batch_id)
        return last.opening_rules if last else ""

    def _has_record(self, number: str) -> bool:
        with self._register.reading() as connection:
            return connection.scalar(select(record.c.seq).where(record.c.id == number)) is not None

    def _now(self) -> Sequence[tuple[Basis, str]]:
        """Return the state of every batch, as `basis_of` tells it of one, and the day it was opened."""
        with self._register.reading() as connection:
            opened = connection.execute(select(batch.c.id, batch.c.opened_on).order_by(batch.c.id)).all()
            admitted = select(record.c.batch, func.max(record.c.seq)).where(record.c.state == "admitted")
            seen = [
                {row[0]: row[1] for row in connection.execute(query)}
                for query in (
                    admitted.group_by(record.c.batch),
                    select(verdict.c.batch, func.max(verdict.c.seq)).group_by(verdict.c.batch),
                    select(filing.c.batch, func.max(filing.c.seq)).group_by(filing.c.batch),
                )
            ]
        return [(Basis(row.id, *(part.get(row.id, 0) for part in seen)), row.opened_on) for row in opened]


def _brought_up(line: Alert, cause: Cause) -> Alert:
    """Return an open line as its cause has it on the day asked for."""
    return line_of(cause, line.batch, line.id, line.raised_on)
