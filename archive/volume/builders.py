"""Build a batch's volumes on all cores: builders, each given one volume after the other, the largest first."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import cast

from archive.papers.faults import PaperFault
from archive.register.case_record import CaseRecord
from archive.volume.building import Workshop
from archive.volume.facts import Acceptance, VolumeFacts, VolumeOrder
from archive.volume.scans import NOTE_BYTES, UnshownPaper, Watch
from jishi.durable import passing_or_same
from jishi.errors import AnotherRunActive, ArchiveDamaged, JishiError, WorkerLost
from jishi.forking import collect_seldom, die_with_parent, fork_server
from jishi.settings import Settings

STAGING_LOCK = ".builders"
"""In the folder of a filing run, locked by all its builders: while one lives, nobody may clear it."""
_LOST = "立卷进程意外中止，没有编出任何号；请重试，仍不行的请查看系统内存"
_TOO_MUCH = "打开时耗时、内存超过上限，或使程序异常退出"
_PATIENCE = 60.0
"""Seconds to wait for builders whose run has died; they end by themselves."""
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Opening:
    """What a builder is told of a batch: settings, records, acceptance; it makes its workshop from that."""

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
    builders_server(workers)
    waiting = deque(sorted(orders, key=lambda order: -len(order.plan.items)))
    unshown: dict[str, str] = {}
    builders: dict[Connection, _Builder] = {}
    try:
        while builders or waiting:
            while waiting and len(builders) < (workers or os.cpu_count() or 1):
                builder = _Builder(opening, staging, unshown)
                builders[builder.channel] = builder
                builder.give(waiting.popleft())
            for ready in wait(builders):
                builder = builders.pop(cast("Connection", ready))
                try:
                    facts = builder.take()
                except EOFError:
                    unshown |= builder.paper_it_died_over()
                    waiting.appendleft(builder.order)
                    continue
                if waiting:
                    builder.give(waiting.popleft())
                    builders[builder.channel] = builder
                yield facts
    finally:
        for builder in builders.values():
            builder.kill()


class _Builder:
    """A process that builds volumes, and what it notes of the paper in its hands."""

    order: VolumeOrder

    def __init__(self, opening: Opening, staging: Path, unshown: dict[str, str]) -> None:
        context = fork_server(__name__)
        note = context.RawArray("c", NOTE_BYTES)
        self._watch = Watch(memoryview(note).cast("B"))
        self.channel, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, opening, staging, note, unshown))
        try:
            self._process.start()
        except (EOFError, OSError) as error:
            raise WorkerLost(_LOST) from error
        theirs.close()

    def give(self, order: VolumeOrder) -> None:
        """Let it build a volume."""
        self.order = order
        self.channel.send(order)

    def take(self) -> VolumeFacts:
        """Return the volume it was given, built.

        Raises:
            EOFError: it died.
            Exception: what stood in its way.
        """
        told = self.channel.recv()
        if isinstance(told, VolumeFacts):
            return told
        self.kill()
        raise told

    def paper_it_died_over(self) -> dict[str, str]:
        """Return digest and fault of the paper that ended it and that may be left out.

        Whoever is killed from outside dies of no paper, whatever it was doing.

        Raises:
            WorkerLost: it died of something else.
            UnshownPaper: the paper must be shown.
        """
        self._process.join()
        scan = self._watch.last
        if scan is None or self._process.exitcode == -signal.SIGKILL:
            raise WorkerLost(_LOST)
        if not scan.superseded:
            raise UnshownPaper.of(scan, _TOO_MUCH, PaperFault("crash").remedy)
        return {scan.sha256: _TOO_MUCH}

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()


def builders_server(workers: int = 0) -> ForkServerContext:
    """Return where builders are made, each with its share of the cores; it loads while the caller goes on.

    Args:
        workers: how many builders at a time; 0 means one per core.
    """
    cores = os.cpu_count() or 1
    return fork_server(__name__, environment={"RAYON_NUM_THREADS": str(max(1, cores // (workers or cores)))})


def _serve(channel: Connection, opening: Opening, staging: Path, note: object, unshown: dict[str, str]) -> None:
    """Build what is asked for until nobody asks any more; signals are the command's to answer."""
    die_with_parent()
    _hold(staging)
    workshop = Workshop(opening.settings, opening.batch, opening.cases, opening.acceptance)
    workshop.watch = Watch(memoryview(note).cast("B"), unshown)  # type: ignore[arg-type]
    collect_seldom()
    try:
        while True:
            channel.send(_built(workshop, channel.recv(), staging))
    except (EOFError, BrokenPipeError):
        return


def _built(workshop: Workshop, order: VolumeOrder, staging: Path) -> VolumeFacts | Exception:
    """Return a volume, or what the person is told of an obstacle: a paper that is gone, a disk that is full."""
    try:
        return workshop.build(order, staging)
    except JishiError as error:
        return error
    except FileNotFoundError as error:
        return ArchiveDamaged(f"案卷材料中的文件不在：{error.filename}；请从备份恢复，没有编出任何号")
    except OSError as error:
        return passing_or_same(error)
    except Exception as error:
        return error


def _hold(staging: Path) -> int:
    """Lock the run's folder until this process has ended; leave at once where it is cleared."""
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
