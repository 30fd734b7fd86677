"""Build a batch's volumes on all cores: a foreman that knows the batch, and copies of it that build.

A builder is a forked copy, so it begins with everything read and loaded; after some hundred pages it ends, which
gives back at once what its compiler remembers. Only the first begins sooner, so that no core waits while the foreman
reads and loads. The foreman runs nothing else and can be copied at any time.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import RawIOBase
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path

from archive.papers.faults import PaperFault
from archive.register.case_record import CaseRecord
from archive.volume.building import Workshop
from archive.volume.facts import Acceptance, VolumeFacts, VolumeOrder
from archive.volume.scans import UnshownPaper, Watch
from jishi.durable import passing_or_same
from jishi.errors import AnotherRunActive, ArchiveDamaged, JishiError, WorkerLost
from jishi.forking import Copy, collect_seldom, fork_server
from jishi.settings import Settings

_MOST_PAGES = 700
"""A builder that has set more begins no further volume."""
STAGING_LOCK = ".builders"
"""In the folder of a filing run, locked by its foreman and all copies of it: while one lives, nobody may clear it."""
_LOST = "立卷进程意外中止，没有编出任何号；请重试，仍不行的请查看系统内存"
_TOO_MUCH = "打开时耗时、内存超过上限，或使程序异常退出"
_PLACE = 4
"""Bytes of an order's place among those that wait."""
_PATIENCE = 60.0
"""Seconds to wait for builders whose run has died; they end by themselves."""
_PAUSE = 0.05
_LARGE_PAGES = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1"
"""A builder fills much memory quickly and gives all of it back soon; in large pages that costs less."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the foreman is told of a batch: settings, records, acceptance; it makes its workshop from that."""

    settings: Settings
    batch: str
    cases: Sequence[CaseRecord]
    acceptance: Acceptance


def built_volumes(
    opening: Opening, orders: Sequence[VolumeOrder], staging: Path, workers: int = 0
) -> Generator[VolumeFacts]:
    """Yield every volume as soon as it is built, in no fixed order.

    Args:
        opening: the batch.
        orders: what to build.
        staging: folder of this filing run.
        workers: how many builders at a time; 0 means one per core.

    Raises:
        WorkerLost: a builder died; nothing was numbered.
        JishiError: a volume cannot be built.
    """
    context = builders_server(workers)
    results, sender = context.Pipe(duplex=False)
    foreman = context.Process(target=_direct, args=(sender, opening, orders, staging, workers or os.cpu_count() or 1))
    try:
        foreman.start()
    except (EOFError, OSError) as error:
        raise WorkerLost(_LOST) from error
    sender.close()
    try:
        for _ in orders:
            yield _next(results)
    finally:
        foreman.kill()
        foreman.join()


def builders_server(workers: int = 0) -> ForkServerContext:
    """Return where the foreman is made, each builder with its share of the cores; it loads while the caller goes on.

    Args:
        workers: how many builders at a time; 0 means one per core.
    """
    cores = os.cpu_count() or 1
    threads = max(1, cores // (workers or cores))
    return fork_server(__name__, environment={"RAYON_NUM_THREADS": str(threads), "GLIBC_TUNABLES": _LARGE_PAGES})


def _next(results: Connection) -> VolumeFacts:
    try:
        told = results.recv()
    except EOFError:
        raise WorkerLost(_LOST) from None
    if isinstance(told, VolumeFacts):
        return told
    raise told


def _direct(sender: Connection, opening: Opening, orders: Sequence[VolumeOrder], staging: Path, workers: int) -> None:
    """Read the batch, send every volume built and end; only the command answers signals, by ending this process."""
    try:
        lock = _hold(staging)
        workshop = Workshop(opening.settings, opening.batch, opening.cases, opening.acceptance)
        collect_seldom()
        for facts in _built(workshop, orders, staging, workers):
            sender.send(facts)
        os.close(lock)
    except Exception as error:
        sender.send(_worded(error))


def _hold(staging: Path) -> int:
    """Lock the run's folder until this process and every copy of it has ended; leave at once where it is cleared."""
    try:
        lock = os.open(staging / STAGING_LOCK, os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        os._exit(1)
    if not os.fstat(lock).st_nlink:
        os._exit(1)
    return lock


@contextmanager
def builders_gone(staging: Path) -> Iterator[None]:
    """Hold the folder of a filing run that died, once the last of its builders has ended.

    Raises:
        AnotherRunActive: one still lives after a minute.
    """
    try:
        lock = os.open(staging / STAGING_LOCK, os.O_RDWR)
    except FileNotFoundError:  # it died before it had builders
        yield
        return
    try:
        _wait_for(lock)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise AnotherRunActive("上一次立卷留下的立卷进程还没有退出；请稍后再运行 jishi recover") from None
            time.sleep(_PAUSE)


def _worded(error: Exception) -> Exception:
    """Return what the person is told of an obstacle: a paper that is gone, a disk that is full."""
    if isinstance(error, JishiError):
        return error
    if isinstance(error, FileNotFoundError):
        return ArchiveDamaged(f"案卷材料中的文件不在：{error.filename}；请从备份恢复，没有编出任何号")
    return passing_or_same(error) if isinstance(error, OSError) else error


def _built(workshop: Workshop, orders: Sequence[VolumeOrder], staging: Path, workers: int) -> Iterator[VolumeFacts]:
    """Build everything, the largest first: no core waits for the batch volume alone at the end."""
    with tempfile.TemporaryFile(buffering=0) as places:
        waiting = _Waiting(sorted(orders, key=lambda order: -len(order.plan.items)), places)
        yield from _built_by_copies(workshop, waiting, staging, workers)


def _built_by_copies(workshop: Workshop, waiting: _Waiting, staging: Path, workers: int) -> Iterator[VolumeFacts]:
    """Keep so many builders at work while orders wait; leave at once when the process that asked has died."""
    asker = multiprocessing.parent_process()
    assert asker is not None
    if wait([asker.sentinel], 0):
        os._exit(1)
    builders: dict[Connection, _Builder] = {}
    while builders or waiting.some():
        while len(builders) < workers and waiting.some():
            watch = workshop.watch.afresh()
            copy = Copy(partial(_build_some, workshop, waiting, staging, watch))
            builders[copy.results] = _Builder(copy, watch)
            workshop.learn()
        for ready in wait([asker.sentinel, *builders]):
            if ready is asker.sentinel or not isinstance(ready, Connection):
                os._exit(1)
            try:
                result = builders[ready].copy.take()
            except WorkerLost as lost:
                waiting.put_back(_without_paper(workshop, builders.pop(ready), lost))
                continue
            if result is not None:
                yield result[0]
            else:
                del builders[ready]


@dataclass(frozen=True, slots=True)
class _Builder:
    """A copy at work, and what it notes of the paper in its hands."""

    copy: Copy[VolumeFacts]
    watch: Watch


def _without_paper(workshop: Workshop, builder: _Builder, lost: WorkerLost) -> int:
    """Return the place of the order a builder died over because of a paper that may be left out.

    Whoever is killed from outside dies of no paper, whatever it was doing.

    Raises:
        WorkerLost: it died of something else.
        UnshownPaper: the paper must be shown.
    """
    scan = builder.watch.last
    if scan is None or builder.copy.killed_from_outside:
        raise lost
    if not scan.superseded:
        raise UnshownPaper.of(scan, _TOO_MUCH, PaperFault("crash").remedy) from lost
    workshop.watch.unshown[scan.sha256] = _TOO_MUCH
    return builder.watch.order


class _Waiting:
    """Orders that wait for a builder.

    Copies of this process read their places from the same open file: what one has read no other reads, and one that is
    killed leaves no lock behind.
    """

    def __init__(self, orders: Sequence[VolumeOrder], places: RawIOBase) -> None:
        self._orders = orders
        self._places = places
        self._places.write(b"".join(place.to_bytes(_PLACE) for place in range(len(orders))))
        self._places.seek(0)

    def some(self) -> bool:
        """Tell whether any waits."""
        return self._places.tell() < os.fstat(self._places.fileno()).st_size

    def take(self) -> tuple[int, VolumeOrder] | None:
        """Return the next and its place, which is nobody else's then, or None."""
        read = self._places.read(_PLACE)
        return (place := int.from_bytes(read), self._orders[place]) if read else None

    def put_back(self, place: int) -> None:
        """Let an order wait again whose builder died."""
        os.pwrite(self._places.fileno(), place.to_bytes(_PLACE), os.fstat(self._places.fileno()).st_size)


def _build_some(workshop: Workshop, waiting: _Waiting, staging: Path, watch: Watch) -> Iterator[VolumeFacts]:
    """Yield volumes until enough pages are set; the rest is left to others."""
    workshop.watch = watch
    pages = 0
    while pages <= _MOST_PAGES and (taken := waiting.take()) is not None:
        watch.order, order = taken
        facts = workshop.build(order, staging)
        pages += facts.pages
        yield facts
