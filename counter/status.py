"""What status tells: every batch, or one batch as people × steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive.reading.status import Board, Overview, Row, Waiting, board, overview
from archive.register.case_queries import lost_records
from archive.register.register import Register
from counter.notices import lost_words, tell_notices
from counter.output import Output
from jishi.case.standing import State
from jishi.moments import moment_told
from jishi.procedure import every_step, procedure_for
from jishi.settings import Settings
from pipeline.intake.drop_folder import pending, pending_records
from pipeline.intake.run_report import WORDS
from pipeline.sheets.sent import Sent, SentSheets

_WORDS = {outcome.value: word for outcome, word in WORDS.items()} | {"unshelved": "已编号未上架"}


def print_overview(settings: Settings, register: Register, output: Output) -> None:
    """Print every batch, what waits in the drop folder and what waits for other records."""
    found = overview(register)
    tell_notices(settings, register, output)
    dropped = pending(settings)
    sent = list(SentSheets(settings).all())
    with register.reading() as connection:
        lost = lost_records(connection, settings)
    if output.as_json:
        output.value({**found_as_dict(found), "pending": dropped, "lost_records": lost, "sent": sent})
        return
    output.value(None, "　".join(f"{_WORDS.get(key, key)}{count}" for key, count in found.counts.items()))
    columns = (("批次", lambda b: b.batch), ("题名", lambda b: b.title), ("人数", lambda b: b.people),
               ("记录", lambda b: b.records), ("等待", lambda b: b.waiting), ("案卷", lambda b: b.volumes))  # fmt: skip
    output.table(found.batches, columns, "批次")
    _print_waiting(found.waiting, output)
    for line in found.batches:
        if line.since_filing:
            output.say(f"批次 {line.batch} {line.since_filing}")
    if lost:
        output.say(lost_words(lost))
    if dropped:
        columns_dropped = (
            ("投递文件夹", lambda p: p.name),
            ("状态", lambda p: p.message),
            ("自", lambda p: moment_told(p.since)),
        )
        output.table(dropped, columns_dropped, "尚未接收")
    _print_sent(sent, output)


def _print_sent(sent: Sequence[Sent], output: Output) -> None:
    if sent:
        columns = (("送签的记录", lambda s: s.record), ("已收回", lambda s: f"{s.pages}页"),
                   ("还缺", lambda s: "；".join(s.lacks) or "扫描件"))  # fmt: skip
        output.table(sent, columns, "送签未收回")


def found_as_dict(found: Overview) -> dict[str, object]:
    """Return the overview's parts by name."""
    return {"counts": found.counts, "batches": found.batches, "waiting": found.waiting}


def print_board(settings: Settings, register: Register, batch: str, output: Output) -> None:
    """Print people × steps of a batch, and under it what is missing and what waits."""
    found = board(settings, register, batch, pending_records(settings))
    if output.as_json:
        output.value(found)
        return
    output.value(None, f"{found.batch}　{found.title}　记录{found.records}件　案卷{len(found.volumes)}卷")
    for stage in procedure_for(batch).stages:
        ids = [step.id for item in stage.items for step in item.steps]
        columns = [("纪实编号", lambda r: r.no[-3:]), ("姓名", lambda r: r.name), ("类别", lambda r: r.change_kind)]
        columns += [(step.removeprefix(f"{stage.id}-"), _mark_of(step)) for step in ids]
        output.table(found.rows, columns, f"{stage.id} {stage.name}")
    output.value(None, "　".join(f"{state.mark} {state.label}" for state in State))
    _print_open(found, output)
    _print_waiting(found.waiting, output)
    if found.since_filing.words:
        output.say(f"批次 {found.batch} {found.since_filing.words}")


def _mark_of(step: str) -> Callable[[Row], str]:
    return lambda row: row.cells[step].mark


def _print_open(found: Board, output: Output) -> None:
    for row in found.rows:
        for step, state in row.cells.items():
            if state.open:
                slip = f"退回后未补投，见 {row.slips[step]}" if step in row.slips else ""
                told = "；".join(filter(None, (row.lacks.get(step, ""), slip)))
                output.say(
                    f"{state.mark} {row.no} {row.name}：{step} {every_step()[step].name}"
                    + (f"（{told}）" if told else "")
                )


def _print_waiting(held: tuple[Waiting, ...], output: Output) -> None:
    if held:
        columns = (("记录", lambda w: w.record), ("等待什么", lambda w: w.message),
                   ("自", lambda w: moment_told(w.since)), ("标记", lambda w: w.token),
                   ("原文件名", lambda w: w.submission))  # fmt: skip
        output.table(held, columns, "等待其他记录（jishi reject 标记 可由人退回）")
