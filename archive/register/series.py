"""Series of archive numbers, one for each 全宗, kind of volume and year: where it begins and how far it is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select

from archive.numbering import ArchiveNumber
from archive.register import ledger
from archive.register.dialect import next_number, put_row
from archive.register.register import Register, now
from archive.register.tables import series, series_start
from jishi.errors import NotFound, Refused
from jishi.names import folded_name
from jishi.volume_kinds import volume_kinds

STARTED = "series-started"
"""The event that says where a series begins."""
Key = tuple[str, str, int]
"""全宗号, code of the kind of volume, year."""


@dataclass(frozen=True, slots=True)
class SeriesStart:
    """Where a series is to begin, and who says so."""

    fonds: str
    kind: str
    year: int
    start: int
    """Its first number; those below were given by hand."""
    reason: str
    by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class SeriesState:
    """How far a series is given."""

    fonds: str
    kind: str
    year: int
    start: int
    next: int
    volumes: int
    """Numbers given."""
    reason: str = ""
    by: str = ""
    approved_by: str = ""
    at: str = ""


def last_given(connection: Connection, fonds: str, year: int, *, hold: bool = False) -> dict[str, int]:
    """Return kind of volume → the last number of its series that is given, by us or by hand before.

    Args:
        connection: to the register.
        fonds: 全宗号.
        year: of the numbers.
        hold: keep others from moving the counters until the transaction ends, where the database does not anyway.
    """
    counters = select(series.c.kind, series.c.last).where(series.c.fonds == fonds, series.c.year == year)
    rows = connection.execute(counters.with_for_update() if hold else counters)
    before = {kind: start - 1 for (of, kind, when), start in starts(connection).items() if (of, when) == (fonds, year)}
    return before | {row.kind: row.last for row in rows}


def move_counters(connection: Connection, numbers: Iterable[ArchiveNumber]) -> None:
    """Note the highest number given of each series."""
    highest: dict[Key, int] = {}
    for one in numbers:
        key = one.fonds, one.kind, one.year
        highest[key] = max(highest.get(key, 0), one.ordinal)
    for (fonds, kind, year), last in highest.items():
        put_row(connection, series, {"fonds": fonds, "kind": kind, "year": year, "last": last})


def starts(connection: Connection) -> dict[Key, int]:
    """Return where each series begins for which that was said; what was said last holds."""
    rows = connection.execute(select(series_start).order_by(series_start.c.seq))
    return {(row.fonds, row.kind, row.year): row.start for row in rows}


def every_series(connection: Connection) -> list[SeriesState]:
    """Return every series begun or told where to begin, in the order of their keys."""
    said = {(row.fonds, row.kind, row.year): row
            for row in connection.execute(select(series_start).order_by(series_start.c.seq))}  # fmt: skip
    given = {(row.fonds, row.kind, row.year): row.last for row in connection.execute(select(series))}
    found = []
    for key in sorted(said.keys() | given.keys()):
        told = said[key]._asdict() if key in said else {}
        first = told.get("start", 1)
        last = given.get(key, first - 1)
        why = {name: told.get(name, "") for name in ("reason", "by", "approved_by", "at")}
        found.append(SeriesState(*key, start=first, next=last + 1, volumes=last - first + 1, **why))
    return found


def start_series(register: Register, start: SeriesStart) -> None:
    """Let a series begin at a given number, on the word of two people; before its first number, as often as need be.

    Raises:
        NotFound: there is no such kind of volume.
        Refused: both names are one person's or one is blank, no reason is given, or numbers of it are given already.
    """
    _refuse_one_hand(start)
    if start.kind not in volume_kinds():
        known = "、".join(f"{kind.code} {kind.name}" for kind in volume_kinds().values())
        raise NotFound(f"没有卷种 {start.kind}；卷种有 {known}")
    with register.writing() as connection:
        _refuse_begun(connection, start)
        at = now()
        row = {"seq": next_number(connection, series_start.c.seq), **asdict(start), "at": at}
        connection.execute(insert(series_start).values(**row))
        told = {name: value for name, value in asdict(start).items() if name != "by"}
        subject = f"{start.fonds} {start.kind} {start.year}"
        ledger.append(connection, [(at, start.by, STARTED, subject, told)])


def _refuse_one_hand(start: SeriesStart) -> None:
    by, approved_by = folded_name(start.by), folded_name(start.approved_by)
    if not by or not approved_by or not start.reason.strip():
        raise Refused("经手人、批准人和理由都要写明")
    if by == approved_by:
        raise Refused(
            f"经手人“{start.by}”和批准人“{start.approved_by}”必须是两个人，"
            "同一姓名的不同写法（空格、全角、间隔号）算同一人；请由另一人批准"
        )


def _refuse_begun(connection: Connection, start: SeriesStart) -> None:
    key = series.c.fonds == start.fonds, series.c.kind == start.kind, series.c.year == start.year
    if (last := connection.scalar(select(series.c.last).where(*key))) is not None:
        raise Refused(
            f"{start.fonds} {start.kind} {start.year} 已编到第{last}卷，不能再定起始号；起始号只能在编第一个号以前定"
        )
