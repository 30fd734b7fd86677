"""What alerts tells: what stands, what falls due, what was done about it; and the lines the watcher adds."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from archive.register.alert import Alert, Change, Level
from archive.register.register import Register
from counter.output import Output
from jishi.errors import ExitCode, JishiError, NotFound, TryLater
from jishi.findings import grade_in, graded, source_told
from jishi.moments import moment_told
from jishi.settings import Settings
from pipeline.alerts.batch_alerts import BatchAlerts

_EVENTS = {"raised": "提出", "changed": "有变", "closed": "关闭"}
_LEDGER = {"alert-raised": "提出", "alert-changed": "有变", "alert-closed": "关闭",
           "alert-released": "原因已消除"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for."""

    batch: str = ""
    due_days: int | None = None
    """Only what falls due within so many days, also what has not been raised yet."""
    level: str = ""
    closed: bool = False
    """Closed lines, too."""
    today: dt.date | None = None
    """Another day than the real one is a preview: nothing is written."""


def show(settings: Settings, register: Register, asked: AlertFilter, output: Output) -> None:
    """Print the alerts, worst first; leaves with 1 while a red one is open in the batches asked for.

    Raises:
        NotFound: no such batch.
        SettingsInvalid: rules, clocks or calendar are wrong; what could be worked out was printed.
    """
    worked = BatchAlerts(settings, register)
    if asked.batch and asked.batch not in worked.batches():
        raise NotFound(f"没有批次 {asked.batch}；可用 jishi status 查看已有批次")
    lines, coming, troubles = _gather(worked, asked)
    stale = [trouble for trouble in troubles if isinstance(trouble, TryLater)]
    troubles = [trouble for trouble in troubles if trouble not in stale]
    day = asked.today or dt.date.today()
    shown = sorted((line for line in lines if _wanted(line, asked, day)), key=_order)
    soon = [line for line in coming if asked.due_days is not None and _due_within(line, asked.due_days, day)]
    if output.as_json:
        shown_coming = [{**line.as_json(), "level": "未到"} for line in soon]
        output.value({"today": day.isoformat(), "preview": _preview(asked), "alerts": shown, "coming": shown_coming})
    else:
        _print(shown, soon, day, asked, output)
    if stale:
        output.say(f"预警没有重新核算，以上是上次登记的：{stale[0].message}")
    for trouble in troubles[1:]:
        output.say(f"错误：{trouble.message}")
    if troubles:
        raise troubles[0]
    if any(line.open and line.level is Level.RED for line in lines):
        sys.exit(ExitCode.FAULTS)


def close(settings: Settings, register: Register, number: str, evidence: str, by: str, output: Output) -> None:
    """Close an alert by hand with its evidence.

    Raises:
        NotFound: no such alert or evidence, or it is closed.
        Refused: it is red and its cause stands.
    """
    done = BatchAlerts(settings, register).close(number, evidence, by, dt.date.today())
    if output.as_json:
        output.value(done)
    else:
        output.say(f"{done.id} 已关闭；凭证：{done.evidence}；关闭人：{done.closed_by}")


def history(register: Register, number: str, output: Output) -> None:
    """Print one alert and all that the ledger has of it.

    Raises:
        NotFound: no such alert.
    """
    from archive.register.alert_book import AlertBook

    book = AlertBook(register)
    line = next((one for one in book.lines(closed=True) if one.id == number), None)
    if line is None:
        raise NotFound(f"没有预警 {number}；可用 jishi alerts --all 查看")
    events = [{**event, "detail": json.loads(event["detail"])} for event in book.history(number)]
    if output.as_json:
        output.value({**line.as_json(), "history": events})
        return
    output.value(None, f"{line.id}　{line.level}　{line.rule}　{line.record or line.batch}　{line.person}".rstrip())
    output.value(None, f"{line.message}　责任：{line.owner_label}　依据：{source_told(line.source)}")
    columns = (("时间", lambda e: moment_told(e["at"])), ("事", lambda e: _LEDGER.get(e["event"], e["event"])),
               ("人", lambda e: e["actor"]), ("级别", lambda e: e["detail"]["level"]),
               ("到期", lambda e: e["detail"].get("due_on", "")), ("凭证", lambda e: e["detail"].get("evidence", "")),
               ("事由", lambda e: e["detail"]["message"]))  # fmt: skip
    output.table(events, columns)


def listener(output: Output) -> Callable[[Change], None]:
    """Return what tells of a change while the watcher runs: one JSON line in the stream of verdicts, or words."""

    def hear(change: Change) -> None:
        if output.as_json or not sys.stderr.isatty():
            output.line(change)
        else:
            line = change.alert
            tail = f"；凭证：{line.evidence}" if line.evidence else ""
            output.say(f"预警{_EVENTS[change.event]}　{line.level}　{line.id}　{line.message}{tail}")

    return hear


def _gather(worked: BatchAlerts, asked: AlertFilter) -> tuple[list[Alert], list[Alert], list[JishiError]]:
    """Bring everything up to date, or look ahead; a batch that cannot be worked out does not hide the others."""
    troubles: list[JishiError] = []
    lines: list[Alert] = []
    coming: list[Alert] = []
    if not _preview(asked):
        _refresh(worked, asked.batch, troubles)
        lines += worked.book.lines(asked.batch, closed=asked.closed)
    elif asked.closed:
        lines += [line for line in worked.book.lines(asked.batch, closed=True) if not line.open]
    if _preview(asked) or asked.due_days is not None:
        for batch in (asked.batch,) if asked.batch else worked.batches():
            try:
                ahead = worked.outlook(batch, asked.today or dt.date.today())
            except JishiError as error:
                troubles.append(error)
                continue
            lines += ahead.open if _preview(asked) else ()
            coming += ahead.coming
    return lines, coming, troubles


def _refresh(worked: BatchAlerts, batch: str, troubles: list[JishiError]) -> None:
    today = dt.date.today()
    for one in worked.stale(today):
        if batch in ("", one):
            try:
                worked.refresh(one, today)
            except JishiError as error:
                troubles.append(error)


def _preview(asked: AlertFilter) -> bool:
    return asked.today is not None and asked.today != dt.date.today()


def _wanted(line: Alert, asked: AlertFilter, day: dt.date) -> bool:
    if asked.level and line.level != asked.level:
        return False
    return asked.due_days is None or _due_within(line, asked.due_days, day)


def _due_within(line: Alert, days: int, day: dt.date) -> bool:
    return bool(line.due_on) and (dt.date.fromisoformat(line.due_on) - day).days <= days


# Printing


def _order(line: Alert) -> tuple[bool, int, str, str]:
    return not line.open, -line.level.weight, line.due_on or "9", line.id


def _print(lines: Sequence[Alert], coming: Sequence[Alert], day: dt.date, asked: AlertFilter, output: Output) -> None:
    if _preview(asked):
        output.say(f"以下是{day.isoformat()}的预览，没有登记")
    columns = [("级别", lambda a: a.level), ("编号", lambda a: a.id or "（预览）"), ("到期", lambda a: _due(a, day)),
               ("责任", lambda a: a.owner_label), ("记录", lambda a: a.record or a.batch),
               ("事由", lambda a: f"[{a.rule}] {a.message}{_mark(a)}")]  # fmt: skip
    if asked.closed:
        columns.append(("关闭", lambda a: "" if a.open else f"{a.closed_on} {a.closed_by}：{a.evidence}"))
    if lines:
        output.table(lines, columns, f"预警（{day.isoformat()}）")
    if coming:
        output.table(coming, [columns[place] for place in (2, 3, 4, 5)], f"{asked.due_days}日内到期、未到预警日")
    output.say(_conclusion(lines))


def _due(line: Alert, day: dt.date) -> str:
    if not line.due_on or not line.open:
        return line.due_on
    left = (dt.date.fromisoformat(line.due_on) - day).days
    return f"{line.due_on}（{f'还有{left}日' if left > 0 else '今日' if left == 0 else f'已过{-left}日'}）"


def _mark(line: Alert) -> str:
    return graded(grade_in(line.source))


def _conclusion(lines: Iterable[Alert]) -> str:
    count = Counter(line.level for line in lines if line.open)
    return "　".join(f"{level.value}{count[level]}件" for level in Level) if count else "没有未关闭的预警"
