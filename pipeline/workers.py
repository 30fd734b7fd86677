"""Worker processes that examine claimed records in chunks; a few are examined on the spot, which is faster."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize

from jishi.errors import PartMissing
from jishi.findings import Finding
from jishi.processes import collect_seldom, die_with_parent, fork_server
from jishi.settings import Settings
from pipeline.claims import Claim
from pipeline.examiner import Examined, Examiner

CHUNK = 32
_FEW = 200
"""So many records are done sooner than a pool starts."""
_log = logging.getLogger("jishi.intake")
_examiner: Examiner | None = None

Result = Callable[[], list[Examined]]
"""Waits for a group's examination and returns it in the order of the claims."""


class Bench:
    """Where records are examined: in this process, or in a pool once there is enough work for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._count = settings.intake.workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._own: Examiner | None = None

    def submit(self, claims: Sequence[Claim]) -> Result:
        """Begin to examine a group and return how to get the result."""
        if self._count < 2 or (len(claims) <= _FEW and self._pool is None):
            return lambda: self._examine_here(claims)
        chunks = [claims[place : place + CHUNK] for place in range(0, len(claims), CHUNK)]
        work = [(chunk, self._started(chunk)) for chunk in chunks]
        return lambda: [one for chunk, done in work for one in self._result(chunk, done)]

    def rest(self) -> None:
        """Let the pool go until there is much to do again."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Let everything go."""
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
        return self._examine_apart(chunk)

    def _examine_apart(self, chunk: Sequence[Claim]) -> list[Examined]:
        """Examine claims that killed a worker in a process of their own, by halves until the culprit is alone."""
        pool = _new_pool(self._settings, 1)
        try:
            _ensure_ready(pool)
            return pool.submit(_examine_chunk, chunk).result()
        except BrokenProcessPool:
            if len(chunk) == 1:
                return [_fatal(chunk[0])]
        finally:
            pool.shutdown(wait=True)
        middle = len(chunk) // 2
        return [*self._examine_apart(chunk[:middle]), *self._examine_apart(chunk[middle:])]


def _ensure_ready(pool: ProcessPoolExecutor) -> None:
    """See a worker at work before a record is blamed for its death.

    Raises:
        PartMissing: workers cannot start on this machine.
    """
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool as error:
        raise PartMissing("检查进程不能启动；请查看日志，或在jishi.toml中设 [intake] workers = 1") from error


def _fatal(claim: Claim) -> Examined:
    fault = Finding(
        "P-CRASH",
        "检查该记录时程序被系统终止（可能内存不足）",
        file=claim.shown,
        remedy="请把本单和原件交系统管理员",
    )
    return Examined(claim, findings=(fault,))


def _new_pool(settings: Settings, count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, fork_server("pipeline.warm"), _begin, (settings,))


def _begin(settings: Settings) -> None:
    """Make a worker ready, which dies when its parent does."""
    global _examiner
    die_with_parent()
    _examiner = Examiner(settings)
    collect_seldom()
    Finalize(None, _examiner.close, exitpriority=1)


def _examine_chunk(claims: Sequence[Claim]) -> list[Examined]:
    assert _examiner is not None
    return _in_chunks(_examiner, claims)


def _in_chunks(examiner: Examiner, claims: Sequence[Claim]) -> list[Examined]:
    chunks = (claims[place : place + CHUNK] for place in range(0, len(claims), CHUNK))
    return [one for chunk in chunks for one in examiner.examine(chunk)]
