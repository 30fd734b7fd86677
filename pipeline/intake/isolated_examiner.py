"""A process that examines records which may stall or kill it, one at a time, and that its parent can outlive."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from jishi.errors import PartMissing
from jishi.findings import Finding
from jishi.forking import die_with_parent, fork_server
from jishi.settings import Settings
from pipeline.intake.claims import Claim
from pipeline.intake.examiner import Examined, Examiner

RECORD_SECONDS = 120.0
"""No honest record takes a hundredth of it; its attachments have limits of their own."""
_READY_SECONDS = 120.0
_GLANCE = 0.2
_STOPPED = "已按要求停止，下次接着检查"
_REMEDY = "请把本单和原件交系统管理员"


class IsolatedExaminer:
    """Examines one record after another in a process of its own; dead or late, it is replaced."""

    def __init__(self, settings: Settings, stopping: Callable[[], bool], seconds: float = RECORD_SECONDS) -> None:
        """Prepare; the process starts with the first record.

        Args:
            settings: the home's settings.
            stopping: tells whether the run is asked to end; then no record is waited for.
            seconds: time limit for one record.
        """
        self._settings = settings
        self._stopping = stopping
        self._seconds = seconds
        self._process: Any = None
        self._verdicts: Connection | None = None

    def examine(self, claim: Claim) -> Examined:
        """Return what examination says of one record, or that it killed or outlasted the process.

        Raises:
            PartMissing: the process does not work on this machine, whatever the record.
        """
        first = self._tried(claim)
        if isinstance(first, Examined):
            return first
        if first.code == "P-TIME":
            return _refused(claim, first)
        # A process that had worked before may have come to a limit of its own: a fresh one, seen at work, tells.
        second = self._tried(claim)
        return second if isinstance(second, Examined) else _refused(claim, second)

    def close(self) -> None:
        """Let the process go, whatever it does."""
        process, self._process = self._process, None
        line, self._verdicts = self._verdicts, None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.join()

    def _tried(self, claim: Claim) -> Examined | Finding:
        try:
            line = self._verdicts or self._start()
        except _Stopped:
            return Examined(claim, obstacle=_STOPPED)
        try:
            line.send(claim)
            said: Examined = self._answer(line, self._seconds)
        except _Stopped:
            self.close()
            return Examined(claim, obstacle=_STOPPED)
        except (EOFError, ConnectionError):
            self.close()
            return Finding("P-CRASH", "检查该记录时程序被系统终止（可能内存不足）", remedy=_REMEDY)
        except TimeoutError:
            self.close()
            return Finding("P-TIME", f"检查该记录超过{self._seconds:.0f}秒仍未完成，内容可能异常庞大", remedy=_REMEDY)
        return said

    def _start(self) -> Connection:
        """Start the process and see it examine a known good record before any other is blamed for its death."""
        context = fork_server("pipeline.intake.preload")
        self._verdicts, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._settings, theirs), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self._answer(self._verdicts, _READY_SECONDS)
        except (EOFError, ConnectionError, TimeoutError):
            self.close()
            raise PartMissing(
                "检查进程在本机不能工作，连样本记录也查不完；没有退回任何材料。"
                "请检查本机对内存、处理器时间的限额（ulimit），或运行 jishi doctor"
            ) from None
        except _Stopped:
            self.close()
            raise
        return self._verdicts

    def _answer(self, line: Connection, seconds: float) -> Any:
        end = time.monotonic() + seconds
        while not line.poll(_GLANCE):
            if self._stopping():
                raise _Stopped
            if time.monotonic() > end:
                raise TimeoutError
        said = line.recv()
        if isinstance(said, Exception):
            self.close()
            raise said
        return said


class _Stopped(Exception):
    """The run is asked to end."""


def _refused(claim: Claim, fault: Finding) -> Examined:
    return Examined(claim, findings=(Finding(fault.code, fault.message, file=claim.shown, remedy=fault.remedy),))


def _serve(settings: Settings, line: Connection) -> None:
    """Examine what comes down the line until it is closed or the parent dies."""
    die_with_parent()
    with suppress(EOFError, BrokenPipeError):
        try:
            examiner = Examiner(settings)
            examiner.prove()
        except Exception as error:
            line.send(error)
            return
        line.send("ready")
        try:
            while True:
                claim = line.recv()
                try:
                    line.send(examiner.examine([claim])[0])
                except PartMissing as error:
                    line.send(error)
        finally:
            examiner.close()
