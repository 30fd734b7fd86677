"""The watcher's clerk: works out alerts in a process of its own, so that records keep coming in meanwhile.

A batch is worked out when it has been quiet for a while, once per calm; and every batch at the start and each new day.
"""

from __future__ import annotations

import datetime as dt
import logging
import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue

from archive.register.alert import Change
from archive.register.register import Register
from jishi.case.ids import RecordId
from jishi.errors import JishiError, TryLater
from jishi.forking import die_with_parent, fork_server
from jishi.settings import Settings
from pipeline.alerts.batch_alerts import BatchAlerts

QUIET = 3.0
"""Seconds without a verdict after which a batch counts as calm, though others keep coming."""
PATIENCE = 300.0
"""Seconds after which a batch is worked out though it never calmed."""
PAUSE = 10.0
"""Seconds between two rounds of one batch while records keep coming."""
LINGER = 60.0
"""Seconds without work after which the process ends; the next work starts another."""
_EVERY = ""
"""Asks for all batches with news since they were last worked out."""
_log = logging.getLogger("jishi.alerts")


@dataclass(frozen=True, slots=True)
class BatchNews:
    """What the clerk says of one batch, or of the whole round when the batch is empty."""

    batch: str
    changes: tuple[Change, ...] = ()
    trouble: str = ""
    again: bool = False
    """True where the trouble may pass."""
    done: bool = False
    """True on the last answer to a request."""
    gone: bool = False
    """True where it is not an answer: the process has ended."""


@dataclass(slots=True)
class _Touch:
    first: float
    last: float


class AlertClerk:
    """Is told by the watcher which batches were touched, and tells what became of their alerts."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[Change], None],
        wake: Callable[[], None] = lambda: None,
        *,
        today: Callable[[], dt.date] = dt.date.today,
        clock: Callable[[], float] = time.monotonic,
        linger: float = LINGER,
    ) -> None:
        """Take note of the home; the process starts with the first work.

        Args:
            settings: the home's settings.
            tell: is told every change, in the thread that calls `turn`.
            wake: is called from another thread when there is something to tell.
            today: the day it is.
            clock: seconds, for the pauses.
            linger: seconds the process stays without work.
        """
        self._settings = settings
        self._tell = tell
        self._wake = wake
        self._today = today
        self._clock = clock
        self._linger = linger
        self._touched: dict[str, _Touch] = {}
        self._worked: dict[str, float] = {}
        self._day: dt.date | None = None
        self._answers: SimpleQueue[BatchNews] = SimpleQueue()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._line: Connection | None = None
        self._asked: tuple[str, ...] = ()

    @property
    def busy(self) -> bool:
        """Tell whether something is asked or still to be asked."""
        return bool(self._asked or self._touched) or self._day != self._today()

    def touch(self, record: str) -> None:
        """Note that there was a verdict on a record."""
        batch = RecordId.of(record).batch
        if batch:
            now = self._clock()
            self._touched.setdefault(batch, _Touch(now, now)).last = now

    def turn(self, calm: bool) -> None:
        """Tell what has been worked out, and ask for what is due.

        Args:
            calm: True where nothing is ready or settling in the drop folder.
        """
        self._hear()
        if self._asked:
            return
        day = self._today()
        if self._day != day and (calm or not self._touched):
            self._ask((_EVERY,), day)
            self._day = day
        elif due := self._due(calm):
            self._ask(due, day)

    def close(self) -> None:
        """Let the process go at once; what it was writing is undone by the register and worked out next time."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._line is not None:
            self._line.close()
        self._process = self._line = None

    def _due(self, calm: bool) -> tuple[str, ...]:
        now = self._clock()
        return tuple(
            batch
            for batch, touch in self._touched.items()
            if calm
            or (
                (now - touch.last >= QUIET or now - touch.first >= PATIENCE)
                and now - self._worked.get(batch, -PAUSE) >= PAUSE
            )
        )

    def _ask(self, batches: tuple[str, ...], day: dt.date) -> None:
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._line is not None
        for batch in batches:
            self._touched.pop(batch, None)
            self._worked[batch] = self._clock()
        self._asked = batches
        with suppress(OSError):
            self._line.send((batches, day))

    def _hear(self) -> None:
        with suppress(Empty):
            while True:
                answer = self._answers.get_nowait()
                if answer.trouble:
                    _log.warning("暂时不能计算%s的预警：%s", answer.batch or "各批次", answer.trouble)
                if answer.again:
                    self.touch(answer.batch)
                if answer.gone:
                    self._take_back()
                if answer.done:
                    self._asked = ()
                for change in answer.changes:
                    self._tell(change)

    def _take_back(self) -> None:
        """Ask again for what a process did not hear that was just leaving; not for what killed one."""
        if self._process is None or self._process.is_alive():
            return
        if self._process.exitcode:
            _log.warning("计算预警的进程意外退出（%d）；下次收件或明日再算", self._process.exitcode)
        elif self._asked == (_EVERY,):
            self._day = None
        else:
            for batch in self._asked:
                self.touch(batch)
        self._asked = ()

    # The process

    def _start(self) -> None:
        context = fork_server()
        ours, theirs = context.Pipe()
        self._line = ours
        work = (self._settings, theirs, self._linger)
        self._process = context.Process(target=_serve, args=work, name="alerts", daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._listen, args=(ours,), daemon=True).start()

    def _listen(self, line: Connection) -> None:
        """Pass on answers until the process ends."""
        try:
            while True:
                self._answers.put(line.recv())
                self._wake()
        except (EOFError, OSError):
            self._answers.put(BatchNews("", gone=True))
            self._wake()


def _serve(settings: Settings, line: Connection, linger: float) -> None:
    """Answer requests until the watcher goes or none come."""
    die_with_parent()
    with suppress(OSError):
        os.nice(10)
    try:
        while line.poll(linger):
            batches, day = line.recv()
            _work(settings, line, batches, day)
            line.send(BatchNews("", done=True))
    except (EOFError, OSError):
        return


def _work(settings: Settings, line: Connection, batches: tuple[str, ...], day: dt.date) -> None:
    try:
        alerts = BatchAlerts(settings, Register(settings.register_file))
        known = alerts.batches()
        wanted = alerts.stale(day) if batches == (_EVERY,) else [one for one in batches if one in known]
    except Exception as error:
        line.send(_troubled("", error))
        return
    for batch in wanted:
        try:
            line.send(BatchNews(batch, alerts.refresh(batch, day)))
        except Exception as error:
            line.send(_troubled(batch, error))


def _troubled(batch: str, error: Exception) -> BatchNews:
    """Say what is the matter; our own fault must not end the process, or it would be started again for ever."""
    if isinstance(error, JishiError):
        return BatchNews(batch, trouble=error.message, again=bool(batch) and isinstance(error, TryLater))
    return BatchNews(batch, trouble="程序出错，请交系统管理员：" + "".join(traceback.format_exception(error)))
