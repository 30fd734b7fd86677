"""The alert book (预警簿): lines raised, changed and closed, each with its ledger line in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from archive.register import ledger
from archive.register.alert import Alert, AlertPlan, Cause, Change, Level, line_of, plan_of
from archive.register.alert_evidence import evidence_for
from archive.register.register import Register, now
from archive.register.tables import alert, alert_round, filing, record, verdict
from archive.register.tables import ledger as ledger_table
from jishi.errors import NotFound, Refused

ACTOR = "预警"
"""Who closes a line when the cause has gone by itself."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The state of a batch that causes were found in."""

    batch: str
    records: int
    """Sequence number of its last admitted record."""
    verdicts: int
    """Sequence number of the last verdict on it."""
    filings: int


@dataclass(frozen=True, slots=True)
class Round:
    """How far the alerts of a batch have been worked out."""

    basis: Basis
    day: str
    rules: str
    """Digest of the rules and clocks last judged by."""
    opening_rules: str
    """Digest of those first judged by."""
    idle: bool
    """True where only news can bring alerts, not the passing of days."""


class AlertBook:
    """The lines of one archive home."""

    def __init__(self, register: Register) -> None:
        self.register = register

    def lines(self, batch: str = "", *, closed: bool = False) -> tuple[Alert, ...]:
        """Return the open lines, or with closed all that ever were, in the order they were raised."""
        query = select(alert).order_by(alert.c.seq)
        query = query.where(alert.c.batch == batch) if batch else query
        query = query if closed else query.where(alert.c.closed_on == "")
        with self.register.reading() as connection:
            return tuple(_line(row) for row in connection.execute(query))

    def history(self, number: str) -> tuple[dict[str, Any], ...]:
        """Return everything the ledger says of one line, oldest first."""
        query = select(ledger_table).where(ledger_table.c.subject == number).order_by(ledger_table.c.seq)
        with self.register.reading() as connection:
            rows = connection.execute(query).all()
        return tuple({"at": row.at, "actor": row.actor, "event": row.event, "detail": row.detail} for row in rows)

    def rounds(self) -> dict[str, Round]:
        """Return how far each batch has been worked out."""
        with self.register.reading() as connection:
            rows = connection.execute(select(alert_round)).all()
        return {row.batch: _round(row) for row in rows}

    def held(self, batch: str) -> tuple[Alert, ...]:
        """Return what a plan is made from: the open lines, and those closed whose cause still stands."""
        with self.register.reading() as connection:
            return _held(connection, batch)

    def settle(
        self, found: Round, causes: Iterable[Cause], settled: Mapping[str, str], today: dt.date
    ) -> tuple[Change, ...] | None:
        """Bring a batch's lines to the causes that stand now, in one transaction with the ledger.

        Args:
            found: the state of the batch the causes were found in.
            causes: what stands.
            settled: cause → evidence, where the finder knows what took it away.
            today: the day it is.

        Returns:
            What became of the lines; None where the batch has moved on meanwhile, and nothing was written.
        """
        basis = found.basis
        with self.register.writing() as connection:
            if basis_of(connection, basis.batch) != basis:
                return None
            held = _held(connection, basis.batch)
            changes = _carry_out(connection, basis.batch, plan_of(held, causes), settled, today.isoformat())
            _write_round(connection, found)
        return changes

    def close(self, number: str, evidence: str, by: str, today: dt.date) -> Alert:
        """Close a line because somebody says so.

        Raises:
            NotFound: no such line, or it is closed.
            Refused: it is red and its cause stands in the case file.
        """
        with self.register.writing() as connection:
            row = connection.execute(select(alert).where(alert.c.id == number)).one_or_none()
            if row is None:
                raise NotFound(f"没有预警 {number}；可用 jishi alerts --all 查看")
            line = _line(row)
            if not line.open:
                raise NotFound(f"预警 {number} 已于{line.closed_on}由{line.closed_by}关闭：{line.evidence}")
            if line.level is Level.RED and line.binding:
                raise Refused(f"{number} 是红色预警，原因还在，不能由人关闭：{line.message}；改正的记录收到后自行关闭")
            done = _close(connection, line, today.isoformat(), evidence, by, stands=True)
            _note(connection, by, [Change("closed", done)])
        return done


def basis_of(connection: Connection, batch: str) -> Basis:
    """Return the state of a batch as it is now."""
    admitted = select(func.max(record.c.seq)).where(record.c.batch == batch, record.c.state == "admitted")
    return Basis(
        batch,
        connection.scalar(admitted) or 0,
        connection.scalar(select(func.max(verdict.c.seq)).where(verdict.c.batch == batch)) or 0,
        connection.scalar(select(func.max(filing.c.seq)).where(filing.c.batch == batch)) or 0,
    )


# Writing


def _carry_out(
    connection: Connection, batch: str, plan: AlertPlan, settled: Mapping[str, str], today: str
) -> tuple[Change, ...]:
    since = connection.scalar(select(alert_round.c.records).where(alert_round.c.batch == batch)) or 0
    changes = []
    for line in plan.gone:
        evidence = settled.get(line.cause) or evidence_for(connection, line, since)
        changes.append(Change("closed", _close(connection, line, today, evidence, ACTOR, stands=False)))
    changes += [Change("changed", _change(connection, line, cause)) for line, cause in plan.changed]
    numbers = _numbers(connection, today)
    raised = [line_of(cause, batch, next(numbers), today) for cause in plan.fresh]
    if raised:
        connection.execute(insert(alert), [asdict(line) | {"level": line.level.value} for line in raised])
    if plan.released:
        let_go = [line.id for line in plan.released]
        connection.execute(update(alert).where(alert.c.id.in_(let_go)).values(stands=0))
        _note(connection, ACTOR, [Change("released", replace(line, stands=False)) for line in plan.released])
    changes += [Change("raised", line) for line in raised]
    _note(connection, ACTOR, changes)
    return tuple(changes)


def _numbers(connection: Connection, today: str) -> Iterator[str]:
    """Yield the next numbers of the year; lines are never deleted, so that counting them is enough."""
    head = f"YJ-{today[:4]}-"
    taken = connection.scalar(select(func.count()).select_from(alert).where(alert.c.id.startswith(head))) or 0
    return (f"{head}{number:04d}" for number in count(taken + 1))


_CHANGING = ("message", "due_on", "record", "source", "verified", "mark")
"""What of an open line may change, beside its level."""


def _change(connection: Connection, line: Alert, cause: Cause) -> Alert:
    new = replace(
        line, level=cause.level, message=cause.message, due_on=cause.due, record=cause.record, mark=cause.mark,
        source=cause.source, verified=cause.verified,
    )  # fmt: skip
    values = {"level": new.level.value} | {name: getattr(new, name) for name in _CHANGING}
    connection.execute(update(alert).where(alert.c.id == line.id).values(values))
    return new


def _close(connection: Connection, line: Alert, today: str, evidence: str, by: str, *, stands: bool) -> Alert:
    done = replace(line, closed_on=today, evidence=evidence, closed_by=by, stands=stands)
    values = {"closed_on": today, "evidence": evidence, "closed_by": by, "stands": int(stands)}
    connection.execute(update(alert).where(alert.c.id == line.id).values(**values))
    return done


def _note(connection: Connection, actor: str, changes: Iterable[Change]) -> None:
    at = now()
    ledger.append(
        connection,
        [(at, actor, f"alert-{change.event}", change.alert.id, change.alert.as_json() | _unsaid(change.alert))
         for change in changes],
    )  # fmt: skip


def _unsaid(line: Alert) -> dict[str, Any]:
    """Return what of a line is not told to people, so that the ledger holds the whole row."""
    return {
        "cause": line.cause, "settled_by": line.settled_by, "binding": line.binding, "mark": line.mark,
        "stands": line.stands,
    }  # fmt: skip


def _note_round(connection: Connection, values: Mapping[str, Any]) -> None:
    """Note how far a batch was worked out: who sets that forward keeps alerts from being raised."""
    told = {key: value for key, value in values.items() if key != "batch"}
    ledger.append(connection, [(now(), ACTOR, "alert-round", values["batch"], told)])


def _write_round(connection: Connection, found: Round) -> None:
    values = {**asdict(found.basis), "day": found.day, "rules": found.rules, "idle": int(found.idle)}
    known = connection.scalar(select(alert_round.c.batch).where(alert_round.c.batch == found.basis.batch))
    if known is None:
        values["opening_rules"] = found.opening_rules
        connection.execute(insert(alert_round).values(**values))
    else:
        connection.execute(update(alert_round).where(alert_round.c.batch == known).values(**values))
    _note_round(connection, values)


# Reading


def _held(connection: Connection, batch: str) -> tuple[Alert, ...]:
    wanted = or_(alert.c.closed_on == "", alert.c.stands == 1)
    rows = connection.execute(select(alert).where(alert.c.batch == batch, wanted).order_by(alert.c.seq))
    return tuple(_line(row) for row in rows)


def _line(row: Any) -> Alert:
    values = {key: value for key, value in row._mapping.items() if key != "seq"}
    flags = {key: bool(values[key]) for key in ("verified", "binding", "stands")}
    return Alert(**{**values, **flags, "level": Level(values["level"])})


def _round(row: Any) -> Round:
    basis = Basis(row.batch, row.records, row.verdicts, row.filings)
    return Round(basis, row.day, row.rules, row.opening_rules, bool(row.idle))
