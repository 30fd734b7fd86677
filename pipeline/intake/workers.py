"""Worker processes that examine claimed records in chunks; a few are examined on the spot, which is faster."""

from __future__ import annotations

import faulthandler
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from pathlib import Path

from jishi.forking import collect_seldom, die_with_parent, fork_server
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from pipeline.intake.claims import Claim
from pipeline.intake.examiner import Examined, Examiner
from pipeline.intake.isolated_examiner import IsolatedExaminer

CHUNK = 32
_FEW = 200
"""So many records are done sooner than a pool starts."""
_LARGE = 200_000
"""Records of more bytes may take long, by malice or for their many people; they are examined apart."""
_CHUNK_SECONDS = 900
"""A worker that is not done with a chunk by then hangs, and ends itself."""
_log = logging.getLogger("jishi.intake")
_examiner: Examiner | None = None

Result = Callable[[], list[Examined]]
"""Waits for a group's examination and returns it, large records last."""


class Workers:
    """Where records are examined: in this process, or in a pool once there is enough work for it."""

    def __init__(self, settings: Settings, stopping: Callable[[], bool] = lambda: False) -> None:
        """Take note of the home; no process is started before there is work.

        Args:
            settings: the home's settings.
            stopping: tells whether the run is asked to end; what may take long is then not waited for.
        """
        self._settings = settings
        self._count = settings.intake.workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._own: Examiner | None = None
        self._apart = IsolatedExaminer(settings, stopping)

    def submit(self, claims: Sequence[Claim]) -> Result:
        """Begin to examine a group and return how to get the result."""
        large = [claim for claim in claims if self._is_large(claim)]
        usual = self._begun([claim for claim in claims if claim not in large] if large else claims)
        return lambda: [*usual(), *map(self._apart.examine, large)]

    def _begun(self, claims: Sequence[Claim]) -> Result:
        if self._count < 2 or (len(claims) <= _FEW and self._pool is None):
            return lambda: self._examine_here(claims)
        chunks = [claims[place : place + CHUNK] for place in range(0, len(claims), CHUNK)]
        work = [(chunk, self._started(chunk)) for chunk in chunks]
        return lambda: [one for chunk, done in work for one in self._result(chunk, done)]

    def _is_large(self, claim: Claim) -> bool:
        try:
            return os.stat(f"{self._settings.work}/{claim.token}/{RECORD_FILE}").st_size > _LARGE  # noqa: PTH116
        except OSError:
            return False

    def rest(self) -> None:
        """Let the pool go until there is much to do again."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        self._apart.close()

    def close(self) -> None:
        """Let everything go."""
        self.renew()

    def renew(self) -> None:
        """Let everything go, so that what comes is examined by rules and a calendar read anew."""
        self.rest()
        if self._own is not None:
            self._own.close()
            self._own = None

    def _examine_here(self, claims: Sequence[Claim]) -> list[Examined]:
        if self._own is None:
            self._own = Examiner(self._settings)
        return _in_chunks(self._own, claims)

    def _started(self, chunk: Sequence[Claim]) -> Future[list[Examined]] | None:
        if self._pool is None:
            self._pool = _new_pool(self._settings, self._count)
        try:
            return self._pool.submit(_examine_chunk, chunk)
        except BrokenProcessPool:
            return None

    def _result(self, chunk: Sequence[Claim], done: Future[list[Examined]] | None) -> list[Examined]:
        if done is not None:
            try:
                return done.result()
            except BrokenProcessPool:
                _log.error("检查进程意外退出，重查该组%d件", len(chunk))
        self.rest()
        return [self._apart.examine(claim) for claim in chunk]


def _new_pool(settings: Settings, count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, fork_server("pipeline.intake.preload"), _begin, (settings,))


def _begin(settings: Settings) -> None:
    """Make a worker ready, which dies when its parent does."""
    global _examiner
    die_with_parent()
    _examiner = Examiner(settings)
    collect_seldom()
    Finalize(None, _examiner.close, exitpriority=1)


def _examine_chunk(claims: Sequence[Claim]) -> list[Examined]:
    assert _examiner is not None
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(_CHUNK_SECONDS, exit=True, file=nowhere)
        try:
            return _in_chunks(_examiner, claims)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _in_chunks(examiner: Examiner, claims: Sequence[Claim]) -> list[Examined]:
    chunks = (claims[place : place + CHUNK] for place in range(0, len(claims), CHUNK))
    return [one for chunk in chunks for one in examiner.examine(chunk)]
