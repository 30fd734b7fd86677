"""Hints that something changed in the drop folder: system events, or polling where events cannot be trusted."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from jishi.mounts import file_system, is_network
from jishi.settings import Settings

_QUIET = ("opened", "closed_no_write")
"""Events our own reading causes."""
_log = logging.getLogger("jishi.intake")
logging.getLogger("watchdog").setLevel(logging.CRITICAL)  # what it may miss, the next regular look sees


class Hint:
    """A nudge to look sooner, which every thread and every signal handler may give.

    Not an Event: its lock would hold a signal handler for ever that interrupts who is just waiting for it.
    """

    def __init__(self) -> None:
        self._given: SimpleQueue[None] = SimpleQueue()

    def give(self) -> None:
        """Nudge; a second nudge before the next look changes nothing."""
        if self._given.empty():
            self._given.put(None)

    def forget(self) -> None:
        """Begin to look: what was nudged for until now will be seen."""
        with suppress(Empty):
            while True:
                self._given.get_nowait()

    def wait(self, seconds: float) -> bool:
        """Wait for a nudge since the last look, at most so many seconds, and tell whether there was one."""
        try:
            self._given.get(timeout=seconds)
        except Empty:
            return False
        return True


@contextmanager
def hints(settings: Settings, hint: Hint, *, wanted: bool = True) -> Iterator[None]:
    """Give a hint whenever something changes in the drop folder.

    Args:
        settings: where the drop is and how it is to be watched.
        hint: what is given.
        wanted: False where the caller looks by itself anyway.
    """
    observer = _started(settings, hint) if wanted else None
    try:
        yield
    finally:
        if observer is not None:
            observer.stop()
            observer.join()


def polls(settings: Settings) -> tuple[bool, str]:
    """Tell whether the drop folder is polled, and why."""
    asked = settings.intake.watcher
    if asked in ("native", "polling"):
        return asked == "polling", f"设置为{asked}"
    kind = file_system(settings.drop)
    if is_network(settings.drop):
        return True, f"位于网络盘（{kind}），系统事件不可靠"
    return False, f"位于本机磁盘（{kind}）"


class _Hinting(FileSystemEventHandler):
    """Turns every event into one hint and does nothing else, so that the event queue never fills behind it."""

    def __init__(self, hint: Hint) -> None:
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _QUIET:
            self._hint.give()


def _started(settings: Settings, hint: Hint) -> BaseObserver | None:
    polling, reason = polls(settings)
    _log.info("以%s方式看守 %s：%s", "轮询" if polling else "系统事件", settings.drop, reason)
    every = settings.intake.rescan_seconds
    observer = PollingObserver(timeout=every) if polling else Observer()
    try:
        observer.schedule(_Hinting(hint), str(settings.drop), recursive=True)
        observer.start()
    except OSError as error:
        # For example the limit of inotify watches: the regular look finds everything all the same.
        _log.warning("系统事件不可用（%s），改为每%g秒查看一次", error, every)
        return None
    return observer
