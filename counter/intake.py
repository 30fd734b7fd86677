"""What intake, watch and reject tell: a bar at a terminal, one JSON line per verdict otherwise."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from archive.register.cases import Outcome
from counter import alerts
from counter.output import Output, progress
from jishi.errors import ExitCode
from jishi.forking import collect_seldom
from jishi.settings import Settings
from pipeline.alerts.clerk import AlertClerk
from pipeline.intake import watch as watching
from pipeline.intake.run_report import WORDS
from pipeline.intake.verdict_line import VerdictLine


def once(settings: Settings, paths: Sequence[Path], teller: Output) -> None:
    """Take in once and print what became of everything; leaves with 3 when anything was sent back."""
    collect_seldom()
    with progress("接收", None) as advance:
        summary = watching.intake_once(settings, paths, _listener(teller, advance))
    _conclude(summary, teller)


def watch(settings: Settings, teller: Output) -> None:
    """Work the drop folder until told to stop; leaves with 143 after SIGTERM and 130 after Ctrl-C."""
    collect_seldom()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%Y-%m-%d %H:%M:%S", stream=sys.stderr
    )

    def clerk(wake: Callable[[], None]) -> AlertClerk:
        return AlertClerk(settings, alerts.listener(teller), wake)

    with watching.watcher(settings, _listener(teller, lambda _: None), clerk) as found:
        code = found.run()
    teller.say(f"已停止看守；状态完好，可随时再次启动（退出码{int(code)}）")
    if code is not ExitCode.OK:
        sys.exit(code)


def reject_waiting(settings: Settings, tokens: Sequence[str], reason: str, teller: Output) -> None:
    """Send back records that wait, with a slip that gives the reason."""
    watching.reject_waiting(settings, tokens, reason, _listener(teller, lambda _: None))


def _listener(teller: Output, advance: Callable[[int], None]) -> Callable[[VerdictLine], None]:
    def hear(line: VerdictLine) -> None:
        advance(1)
        if teller.as_json or not sys.stderr.isatty():
            teller.line(line)
        elif line.outcome is not Outcome.ADMITTED:
            teller.say(f"{WORDS[line.outcome]}　{line.submission}　{line.message}　{line.place}")
            teller.findings(line.findings)

    return hear


def _conclude(summary: watching.Summary, teller: Output) -> None:
    words = f"收入{summary.admitted}件，重复{summary.duplicate}件，退回{summary.rejected}件，等待{summary.waiting}件"
    teller.say(words)
    if summary.stopped:
        teller.say("按要求中途停止；没有收完的都在，再运行一次即接着收")
    if summary.rejected:
        teller.say("退回单（.html和.json）与原件一起在档案库的 rejected 文件夹")
    if summary.exit_code is not ExitCode.OK:
        sys.exit(summary.exit_code)
