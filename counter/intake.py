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


def once(settings: Settings, paths: Sequence[Path], output: Output) -> None:
    """Take in once and print what became of everything; leaves with 3 when anything was sent back."""
    collect_seldom()
    with progress("接收", None) as advance:
        summary = watching.intake_once(settings, paths, _listener(output, advance))
    _conclude(summary, output)


def watch(settings: Settings, output: Output) -> None:
    """Work the drop folder until told to stop; leaves with 143 after SIGTERM and 130 after Ctrl-C."""
    collect_seldom()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%Y-%m-%d %H:%M:%S", stream=sys.stderr
    )

    def clerk(wake: Callable[[], None]) -> AlertClerk:
        return AlertClerk(settings, alerts.listener(output), wake)

    with watching.watcher(settings, _listener(output, lambda _: None), clerk) as found:
        code = found.run()
    output.say(f"已停止看守；状态完好，可随时再次启动（退出码{int(code)}）")
    if code is not ExitCode.OK:
        sys.exit(code)


def reject_waiting(settings: Settings, tokens: Sequence[str], reason: str, output: Output) -> None:
    """Send back records that wait, with a slip that gives the reason."""
    watching.reject_waiting(settings, tokens, reason, _listener(output, lambda _: None))


def _listener(output: Output, advance: Callable[[int], None]) -> Callable[[VerdictLine], None]:
    def hear(line: VerdictLine) -> None:
        advance(1)
        if output.as_json or not sys.stderr.isatty():
            output.line(line)
        elif line.outcome is not Outcome.ADMITTED or line.findings:
            output.say(f"{WORDS[line.outcome]}　{line.submission}　{line.message}　{line.place}")
            output.findings(line.findings)

    return hear


def _conclude(summary: watching.Summary, output: Output) -> None:
    words = f"收入{summary.admitted}件，重复{summary.duplicate}件，退回{summary.rejected}件，等待{summary.waiting}件"
    output.say(words)
    if summary.stopped:
        output.say("按要求中途停止；没有收完的都在，再运行一次即接着收")
    if summary.rejected:
        output.say("退回单（.html和.json）与原件一起在档案库的 rejected 文件夹")
    if summary.exit_code is not ExitCode.OK:
        sys.exit(summary.exit_code)
