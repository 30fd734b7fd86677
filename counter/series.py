"""What series of archive numbers there are, and where one is to begin."""

from __future__ import annotations

from archive.register.register import Register
from archive.register.series import SeriesStart, every_series, start_series
from counter.output import Output
from jishi.volume_kinds import volume_kinds


def print_series(register: Register, output: Output) -> None:
    """Print every series: where it begins, what was given, which number comes next, who let it begin there."""
    with register.reading() as connection:
        found = every_series(connection)
    output.table(
        found,
        (
            ("全宗号", lambda one: one.fonds),
            ("卷种", lambda one: f"{one.kind} {_name_of(one.kind)}"),
            ("年度", lambda one: one.year),
            ("起始号", lambda one: one.start),
            ("已编卷数", lambda one: one.volumes),
            ("下一号", lambda one: one.next),
            ("起始号的理由", lambda one: one.reason),
            ("经手、批准", lambda one: "、".join(filter(None, (one.by, one.approved_by)))),
        ),
    )
    if not found:
        output.say("还没有编过档号，也没有定过起始号；各卷种每年从1编起")


def begin_series(register: Register, start: SeriesStart, output: Output) -> None:
    """Let a series begin at a number and say so."""
    start_series(register, start)
    output.say(f"{start.fonds} {start.kind} {start.year} 年将从第{start.start}号编起；已记入台账")


def _name_of(kind: str) -> str:
    """Return what a kind of volume is called, "" for one that is no more."""
    found = volume_kinds().get(kind)
    return found.name if found else ""
