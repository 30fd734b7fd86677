"""The watcher: looks at the drop folder again and again and brings what is ready to its verdict.

Events from the file system are a hint to look sooner, nothing else; every look is a full one. Several watchers may
work on one home.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from archive.folders import check_folders
from archive.register.opening import open_register
from jishi.errors import ExitCode, TryLater, reason_of
from jishi.limits import refuse_low_limits
from jishi.settings import Settings
from pipeline.intake.drop_folder import DropFolder, FolderScan, Stability, is_inside
from pipeline.intake.folder_events import Hint, hints
from pipeline.intake.listing import Look
from pipeline.intake.litter import clear_litter
from pipeline.intake.run_report import Report, RunReport, Summary
from pipeline.intake.stopping import stopped_by_signals
from pipeline.intake.taking_in import TakingIn, refuse_empty
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.verdicts import Checkpoint
from pipeline.intake.watchers import own_drop, watching
from pipeline.rules.profiles import in_force

_DEBOUNCE = 0.2
_TRIES = 5
_OBSTACLE = "有材料暂时不能收取（磁盘已满、目录库或文件正被占用）；材料都在，请稍后再试"
_MIB = 1024 * 1024
_log = logging.getLogger("jishi.intake")
__all__ = ["Report", "Summary", "Watcher", "intake_once", "reject_waiting", "watcher"]


class Companion(Protocol):
    """Who works beside a watcher, such as the clerk of alerts."""

    def touch(self, record: str) -> None:
        """Note that there was a verdict on a record."""

    def turn(self, calm: bool) -> None:
        """Go on with the own work; calm where nothing is ready or settling in the drop folder."""

    def close(self) -> None:
        """End at once."""


class Watcher:
    """Works one home's drop folder."""

    def __init__(
        self,
        settings: Settings,
        report: Report = lambda _: None,
        *,
        companion: Callable[[Callable[[], None]], Companion] | None = None,
        on_step: Checkpoint = lambda _: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Open the home; nothing is taken yet.

        Args:
            settings: the home's settings.
            report: is told every verdict, and once of everything that waits.
            companion: makes who works beside the watcher, given how to wake it; without one nobody does.
            on_step: is told every point passed, for tests.
            wall: the clock files are dated by.

        Raises:
            NotFound: there is no register.
            ArchiveDamaged: the register is not that of the case files or the shelf.
            TryLater: shelf or case files are not there.
            SettingsInvalid: the drop folder is not there or overlaps another folder of the home, one of those lies on
                another file system; or profile, rules or calendar are wrong, every fault listed.
        """
        refuse_low_limits(settings.intake.max_file_mb)
        check_folders(settings)
        own_drop(settings)
        in_force(settings)
        self._settings = settings
        self._stopped: ExitCode | None = None
        self._run_report = RunReport(report)
        self._taking_in = TakingIn(settings, open_register(settings), self._hear, self._told_to_stop, on_step)
        self._drop = DropFolder(settings, wall=wall)
        self._stability = Stability(settings.intake.settle_seconds)
        self._hint = Hint()
        self._companion = companion(self._hint.give) if companion else None
        self._full = False
        self._progress = False

    @property
    def summary(self) -> Summary:
        """What this run came to so far."""
        return replace(self._run_report.summary, stopped=self._stopped or ExitCode.OK)

    def run(self, until_idle: bool = False) -> ExitCode:
        """Work until told to stop by SIGTERM, SIGHUP or SIGINT, which let the group in hand be finished.

        Args:
            until_idle: end by itself once nothing is ready or settling.

        Returns:
            OK, TERMINATED (after SIGTERM or SIGHUP) or INTERRUPTED.

        Raises:
            TryLater: an obstacle does not pass while running until idle; nothing was lost.
            PartMissing: fonts, templates or the child that opens attachments are not there.
        """
        with (
            stopped_by_signals(self.stop),
            nullcontext(()) if until_idle else watching(self._settings.work) as others,
            hints(self._settings, self._hint, wanted=not until_idle),
        ):
            if others:
                _log.warning("已有看守进程 pid %s；几个一起看守无害，但一个就够", "、".join(map(str, others)))
            fruitless = 0
            while self._goes_on():
                scan = self._look()
                if self._companion is not None:
                    self._companion.turn(calm=not (self._progress or scan.ready or scan.settling))
                if self._progress:
                    fruitless = 0
                    continue
                if until_idle and not (scan.ready or scan.settling or self._taking_in.held):
                    break
                fruitless += not scan.settling
                if until_idle and fruitless > _TRIES:
                    raise TryLater(_OBSTACLE)
                self._taking_in.rest()
                self._rest(scan)
        return self._stopped or ExitCode.OK

    def take(self, paths: Sequence[Path]) -> None:
        """Take what somebody named, without waiting for it to settle; what lies elsewhere is copied.

        Args:
            paths: records, zips, or folders of them, in the drop folder or anywhere.

        Raises:
            NotFound: a path holds nothing that could be taken; nothing was taken.
            TryLater: an obstacle keeps some of it from its verdict; nothing was lost.
        """
        refuse_empty(paths)
        self._taking_in.go_on()
        inside = [path.absolute() for path in paths if is_inside(path, self._settings.drop)]
        elsewhere = [path for path in paths if not is_inside(path, self._settings.drop)]
        scan = self._drop.scan(lambda name, look: True) if inside else FolderScan()
        scan = self._taking_in.told_apart(scan.among(inside, self._settings.drop))
        self._taking_in.take_all(scan.ready, elsewhere, self._run_report.wait)
        for one in (*scan.pending, *self._taking_in.parked()):
            self._run_report.wait(one.name, one.message)
        if self._taking_in.held:
            raise TryLater(_OBSTACLE)

    def reject_waiting(self, tokens: Sequence[str], reason: str) -> None:
        """Refuse records that wait for another, because somebody says so."""
        self._taking_in.reject_waiting(tokens, reason)

    def stop(self, code: ExitCode = ExitCode.TERMINATED) -> None:
        """Ask the run to end after the group in hand."""
        self._stopped = code
        self._hint.give()

    def close(self) -> None:
        """Let workers and locks go."""
        if self._companion is not None:
            self._companion.close()
        self._taking_in.close()

    def _told_to_stop(self) -> bool:
        return self._stopped is not None

    # One round

    def _goes_on(self) -> bool:
        """Begin a round unless told to stop; being told later in the round leaves a hint that cuts its rest short."""
        self._hint.forget()
        if self._told_to_stop():
            _log.info("收到停止信号，手头一组已做完")
        return not self._told_to_stop()

    def _look(self) -> FolderScan:
        """Look once: go on with what is unfinished, work on what is ready, tell of what waits."""
        self._progress = False
        self._taking_in.go_on()
        scan = self._scan()
        if not self._taking_in.held.stops_all and self._room():
            self._taking_in.take(scan.ready)
        self._run_report.look(replace(scan, pending=[*scan.pending, *self._taking_in.parked()]))
        self._remove(scan.spent)
        return scan

    def _scan(self) -> FolderScan:
        seen: set[str] = set()
        clock = time.monotonic()

        def settled(name: str, look: Look) -> bool:
            if self._told_to_stop():
                raise TryLater("已按要求停止")
            seen.add(name)
            return self._stability.settled(name, look, clock)

        try:
            scan = self._drop.scan(settled)
        except (TryLater, OSError) as error:
            _log.warning("暂时不能查看投递文件夹：%s", reason_of(error))
            return FolderScan()
        self._stability.forget_all_but(seen)
        return self._taking_in.told_apart(scan)

    def _room(self) -> bool:
        """Tell whether there is room on the disk to take anything; a change is said once."""
        free = shutil.disk_usage(self._settings.home).free // _MIB
        full = free < self._settings.intake.free_mb
        if full != self._full:
            self._full = full
            words = "磁盘剩余%d MiB，低于下限%d MiB，暂停收取" if full else "磁盘剩余%d MiB，高于下限%d MiB，恢复收取"
            _log.warning(words, free, self._settings.intake.free_mb)
        return not full

    def _remove(self, spent: Sequence[str]) -> None:
        """Remove folders of the drop from which everything was taken; litter in them is kept in received/."""
        for name in spent:
            with suppress(TryLater, OSError):
                clear_litter(self._settings, name)
            for folder, _, _ in os.walk(self._settings.drop / name, topdown=False):
                with suppress(OSError):
                    Path(folder).rmdir()

    def _hear(self, line: VerdictLine) -> None:
        self._progress = True
        if self._companion is not None:
            self._companion.touch(line.record)
        self._run_report.hear(line)

    # Waiting for more

    def _rest(self, scan: FolderScan) -> None:
        """Wait for a hint, for something to settle, or for the next regular look."""
        rescan = self._settings.intake.rescan_seconds
        settle = self._settings.intake.settle_seconds
        if self._hint.wait(min(rescan, max(settle, 0.05)) if scan.settling else rescan) and not self._told_to_stop():
            time.sleep(_DEBOUNCE)


@contextmanager
def watcher(
    settings: Settings,
    report: Report = lambda _: None,
    companion: Callable[[Callable[[], None]], Companion] | None = None,
) -> Iterator[Watcher]:
    """Open a watcher and let everything go at the end."""
    found = Watcher(settings, report, companion=companion)
    try:
        yield found
    finally:
        found.close()


def intake_once(settings: Settings, paths: Sequence[Path] = (), report: Report = lambda _: None) -> Summary:
    """Take in once: the named paths, or everything in the drop folder until nothing is ready.

    Args:
        settings: the home's settings.
        paths: records, zips or folders; those outside the drop folder are copied and stay where they are.
        report: is told every verdict.

    Raises:
        TryLater: the disk is too full, or the register was busy throughout; nothing was lost.
    """
    with watcher(settings, report) as found:
        if paths:
            found.take(paths)
        else:
            found.run(until_idle=True)
        return found.summary


def reject_waiting(settings: Settings, tokens: Sequence[str], reason: str, report: Report = lambda _: None) -> Summary:
    """Refuse records that wait for another, with a slip that gives the reason.

    Args:
        settings: the home's settings.
        tokens: as status shows them.
        reason: why, printed on the slip.
        report: is told every verdict.

    Raises:
        NotFound: one of them does not wait; nothing was refused.
    """
    with watcher(settings, report) as found:
        found.reject_waiting(tokens, reason)
        return found.summary
