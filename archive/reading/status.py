"""Where every batch stands: people × steps, what is missing, what waits and for what. Read from the register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from archive.register.case_papers import case_papers
from archive.register.case_queries import Refusal, refusals
from archive.register.held import Held, held_records, slips
from archive.register.later_records import LaterRecords, later_records
from archive.register.register import Register
from archive.register.tables import batch, person, record, verdict, volume, waiting
from jishi.case.standing import Cell, Standing, State
from jishi.errors import NotFound
from jishi.procedure import procedure_for
from jishi.procedure_file import Procedure
from jishi.settings import Settings

WHOLE = "本档"
"""The name of the only row of a dossier without people."""


@dataclass(frozen=True, slots=True)
class Row:
    """One person's steps, or those of a dossier without people."""

    no: str
    name: str
    change_kind: str
    cells: dict[str, State]
    """Step id → state, in the order of the procedure."""
    lacks: dict[str, str]
    """Step id → what is missing or waited for, in words; of the open steps for which there is something to say."""
    slips: dict[str, str]
    """Step id → the slip of a submission that was refused and has not come again, relative to the home."""

    @property
    def missing(self) -> list[str]:
        """The steps that neither happened nor are covered, and for which nothing waits."""
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
    since_filing: LaterRecords
    """What came after it was filed."""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch in the list of batches."""

    batch: str
    title: str
    people: int
    records: int
    waiting: int
    volumes: int
    since_filing: str
    """What came after it was filed, in words; else empty."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Every batch, and what became of everything ever dropped."""

    counts: dict[str, int]
    """admitted, waiting, duplicate, rejected, and volumes numbered but not yet on the shelf."""
    batches: tuple[BatchLine, ...]
    waiting: tuple[Waiting, ...]


def overview(register: Register) -> Overview:
    """Return the list of batches and the counts."""
    with register.reading() as connection:
        counts = Counter(
            {str(row.outcome): int(row.n) for row in connection.execute(
                select(verdict.c.outcome, func.count().label("n")).group_by(verdict.c.outcome))}
        )  # fmt: skip
        counts["waiting"] = connection.scalar(select(func.count()).select_from(waiting)) or 0
        open_volumes = select(func.count()).select_from(volume).where(volume.c.state == "numbered")
        counts["unshelved"] = connection.scalar(open_volumes) or 0
        lines = tuple(_line(connection, row) for row in connection.execute(select(batch).order_by(batch.c.id)).all())
        return Overview(dict(counts), lines, _waiting(connection, ""))


def board(settings: Settings, register: Register, batch_id: str, dropped: Iterable[tuple[Path, str]] = ()) -> Board:
    """Return people × steps of a batch.

    Args:
        settings: the home's settings.
        register: of the home.
        batch_id: which batch.
        dropped: record files that still lie in the drop folder, and what each waits for.

    Raises:
        NotFound: no such batch.
    """
    with register.reading() as connection:
        row = connection.execute(select(batch).where(batch.c.id == batch_id)).first()
        if row is None:
            raise NotFound(f"没有批次 {batch_id}；可用 jishi status 查看已有批次")
        held = held_records(settings, connection, batch_id, dropped)
        named = select(person.c.no, person.c.name, person.c.change_kind).where(person.c.batch == batch_id)
        has_people = procedure_for(batch_id).numbers.people
        people = connection.execute(named.order_by(person.c.no)).all() if has_people else [("", WHOLE, "")]
        current = (record.c.batch == batch_id, record.c.superseded_by.is_(None), record.c.state == "admitted")
        papers = case_papers(settings, connection, connection.execute(select(record).where(*current)).all())
        standing = Standing(papers, held=[one.paper for one in held])
        sight = _Sight(
            standing, {one.paper.id: one for one in held}, refusals(connection, batch_id), procedure_for(batch_id)
        )
        count = select(func.count()).select_from(record).where(record.c.batch == batch_id)
        numbers = connection.scalars(select(volume.c.number).where(volume.c.batch == batch_id).order_by(volume.c.seq))
        return Board(
            batch=batch_id,
            title=row.title,
            rows=tuple(sight.row(*one) for one in people),
            waiting=_waiting(connection, batch_id),
            records=connection.scalar(count) or 0,
            volumes=tuple(numbers),
            since_filing=later_records(connection, batch_id),
        )


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the rows of one board are told from."""

    standing: Standing
    held: Mapping[str, Held]
    """By 记录编号."""
    refused: Iterable[Refusal]

    procedure: Procedure

    def row(self, no: str, name: str, change_kind: str) -> Row:
        cells = {step: self.standing.of(no, step) for step in self.procedure.steps}
        return Row(
            no=no,
            name=name,
            change_kind=change_kind,
            cells={step: cell.state for step, cell in cells.items()},
            lacks={step: told for step, cell in cells.items() if cell.state.open and (told := self._told(cell))},
            slips={step: at for step, at in slips(self.refused, no).items() if cells[step].state is State.MISSING},
        )

    def _told(self, cell: Cell) -> str:
        return "；".join((*filter(None, [cell.lacks]), *(f"{one}{self.held[one].message}" for one in cell.held)))


def _line(connection: Connection, row: Any) -> BatchLine:
    def count(table: Any) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(table.c.batch == row.id)) or 0

    return BatchLine(row.id, row.title, count(person), count(record), count(waiting), count(volume),
                     later_records(connection, row.id).words)  # fmt: skip


def _waiting(connection: Connection, batch_id: str) -> tuple[Waiting, ...]:
    query = select(waiting).order_by(waiting.c.since, waiting.c.record)
    if batch_id:
        query = query.where(waiting.c.batch == batch_id)
    return tuple(
        Waiting(row.token, row.record, row.submission, row.message, row.since) for row in connection.execute(query)
    )
