"""Where every batch stands: people × steps, what is missing, what waits and for what. Read from the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, func, select

from archive.case_folders import folder_of, read_record
from archive.catalogue import Catalogue
from archive.tables import batch, mention, person, record, verdict, volume, waiting
from jishi.errors import NotFound
from jishi.process import Step, catalogue
from jishi.records import R
from jishi.settings import Settings
from pipeline.standing import LATER_STEPS, probation_ahead
from pipeline.verdict import State


@dataclass(frozen=True, slots=True)
class Row:
    """One person's steps."""

    no: str
    name: str
    change_kind: str
    cells: dict[str, State]
    """Step id → state, in the order of the procedure."""

    @property
    def missing(self) -> list[str]:
        """The steps that neither happened nor are covered."""
        return [step for step, cell in self.cells.items() if cell is State.MISSING]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One submission that waits."""

    token: str
    record: str
    submission: str
    message: str
    since: str


@dataclass(frozen=True, slots=True)
class Board:
    """One batch at a glance."""

    batch: str
    title: str
    rows: tuple[Row, ...]
    waiting: tuple[Waiting, ...]
    records: int
    volumes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch in the list of batches."""

    batch: str
    title: str
    people: int
    records: int
    waiting: int
    volumes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Every batch, and what became of everything ever dropped."""

    counts: dict[str, int]
    """admitted, waiting, duplicate, rejected, and volumes numbered but not yet on the shelf."""
    batches: tuple[BatchLine, ...]
    waiting: tuple[Waiting, ...]


def overview(archive: Catalogue) -> Overview:
    """Return the list of batches and the counts."""
    with archive.reading() as connection:
        counts = Counter(
            {str(row.outcome): int(row.n) for row in connection.execute(
                select(verdict.c.outcome, func.count().label("n")).group_by(verdict.c.outcome))}
        )  # fmt: skip
        counts["waiting"] = connection.scalar(select(func.count()).select_from(waiting)) or 0
        open_volumes = select(func.count()).select_from(volume).where(volume.c.state == "numbered")
        counts["unshelved"] = connection.scalar(open_volumes) or 0
        lines = tuple(_line(connection, row) for row in connection.execute(select(batch).order_by(batch.c.id)).all())
        return Overview(dict(counts), lines, _waiting(connection, ""))


def board(settings: Settings, archive: Catalogue, batch_id: str) -> Board:
    """Return people × steps of a batch.

    Raises:
        NotFound: no such batch.
    """
    with archive.reading() as connection:
        row = connection.execute(select(batch).where(batch.c.id == batch_id)).first()
        if row is None:
            raise NotFound(f"没有批次 {batch_id}；可用 jishi status 查看已有批次")
        held = _waiting(connection, batch_id)
        people = connection.execute(select(person).where(person.c.batch == batch_id).order_by(person.c.no)).all()
        sight = _Sight(settings, connection, batch_id, held, people)
        count = select(func.count()).select_from(record).where(record.c.batch == batch_id)
        numbers = connection.scalars(select(volume.c.number).where(volume.c.batch == batch_id).order_by(volume.c.seq))
        return Board(
            batch_id, row.title, tuple(sight.row(one) for one in people), held, connection.scalar(count) or 0,
            tuple(numbers),
        )  # fmt: skip


class _Sight:
    """Everything one batch's matrix is read from, fetched in a few queries."""

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        batch_id: str,
        held: Iterable[Waiting],
        people: Iterable[Any],
    ) -> None:
        current = (record.c.batch == batch_id, record.c.superseded_by.is_(None))
        records = connection.execute(select(record.c.id, record.c.step, record.c.person_no).where(*current)).all()
        named = connection.execute(
            select(record.c.step, mention.c.no)
            .join(mention, mention.c.record == record.c.seq)
            .where(*current, record.c.person_no.is_(None), mention.c.no != "")
            .distinct()
        )
        self._settings = settings
        self._own = {(row.step, row.person_no or "") for row in records}
        self._named = {(row.step, row.no) for row in named}
        self._held = {(one.record.split("/")[1], one.record.split("/")[0]) for one in held if one.record}
        self._covered = {
            (step, row.person_no or "") for row in records if row.step == "NA" for step in self._steps_of(row.id)
        }
        self._deciding = [row.id for row in records if row.step in ("S5-04", "S6-04")]
        self._kinds = {one.no: catalogue().change_codes.get(one.change_kind, "") for one in people}
        self._batch = batch_id

    def row(self, one: Any) -> Row:
        cells = {step.id: self._cell(step, one.no) for step in catalogue().steps.values()}
        return Row(one.no, one.name, one.change_kind, cells)

    def _cell(self, step: Step, no: str) -> State:
        if (step.id, no) in self._own or self._done_for_batch(step, no):
            return State.DONE
        if (step.id, no) in self._covered or (step.id, "") in self._covered:
            return State.NOT_APPLICABLE
        if {(step.id, no), (step.id, self._batch)} & self._held:
            return State.WAITING
        if step.id in LATER_STEPS and no in self._later:
            return State.LATER
        return State.MISSING

    def _done_for_batch(self, step: Step, no: str) -> bool:
        if step.scope == "batch":
            return (step.id, "") in self._own
        return step.scope == "both" and (step.id, no) in self._named

    @cached_property
    def _later(self) -> frozenset[str]:
        """Whose probation runs or is to come; read only when a step of it is not there."""
        papers = [read_record(folder_of(self._settings, one)).root for one in self._deciding]
        return probation_ahead(papers, self._kinds)

    def _steps_of(self, record_id: str) -> list[str]:
        content = read_record(folder_of(self._settings, record_id)).content
        return [node.text or "" for node in content.iterfind(f"{R}steps/{R}value")]


def _line(connection: Connection, row: Any) -> BatchLine:
    def count(table: Any) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(table.c.batch == row.id)) or 0

    return BatchLine(row.id, row.title, count(person), count(record), count(waiting), count(volume))


def _waiting(connection: Connection, batch_id: str) -> tuple[Waiting, ...]:
    query = select(waiting).order_by(waiting.c.since, waiting.c.record)
    if batch_id:
        query = query.where(waiting.c.batch == batch_id)
    return tuple(
        Waiting(row.token, row.record, row.submission, row.message, row.since) for row in connection.execute(query)
    )
