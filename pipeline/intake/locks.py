"""The locks of work/: who may take, finish or take up at the same time, across processes."""

from __future__ import annotations

import fcntl
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jishi.errors import TryLater

_PAUSE = 0.02
_PATIENCE = 3.0
"""Seconds a run told to stop still waits for a lock."""


class Locks:
    """Locks that fall by themselves when a process dies."""

    def __init__(self, work: Path, stopping: Callable[[], bool]) -> None:
        """Take note of the folder; nothing is held yet.

        Args:
            work: the folder they guard.
            stopping: tells whether the run is asked to end; it then waits no longer, for who is inside may be asleep.
        """
        self._work = work
        self._stopping = stopping

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process at a time take out of the drop, so that attachments two records share are seen right."""
        with self._held(".door", fcntl.LOCK_EX):
            yield

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Decide and put away; many may at a time, but not while somebody takes up what was left."""
        with self._held(".verdicts", fcntl.LOCK_SH):
            yield

    @contextmanager
    def taking_up(self) -> Iterator[None]:
        """Look for what was left behind, while nobody is between a decision and its place."""
        with self._held(".verdicts", fcntl.LOCK_EX):
            yield

    @contextmanager
    def _held(self, name: str, how: int) -> Iterator[None]:
        handle = os.open(self._work / name, os.O_CREAT | os.O_RDWR, 0o660)
        try:
            self._wait_for(handle, how)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int, how: int) -> None:
        """Wait for a lock, but not for long after being told to stop: who holds it may be asleep."""
        end = math.inf
        while True:
            try:
                fcntl.flock(handle, how | fcntl.LOCK_NB)
            except BlockingIOError:
                end = min(end, time.monotonic() + _PATIENCE) if self._stopping() else end
                if time.monotonic() > end:
                    raise TryLater("另一个程序正占用收件，已按要求不再等待；手头的下次接续") from None
                time.sleep(_PAUSE)
            else:
                return
