"""Hints that something changed in the drop folder: system events, or polling where events cannot be trusted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from jishi.mounts import file_system, is_network
from jishi.settings import Settings

_QUIET = ("opened", "closed_no_write")
"""Events our own reading causes."""
_log = logging.getLogger("jishi.intake")


@contextmanager
def hints(settings: Settings, hint: threading.Event, *, wanted: bool = True) -> Iterator[None]:
    """Set a flag whenever something changes in the drop folder.

    Args:
        settings: where the drop is and how it is to be watched.
        hint: the flag.
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
    """Turns every event into one flag and does nothing else, so that the event queue never fills behind it."""

    def __init__(self, hint: threading.Event) -> None:
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _QUIET:
            self._hint.set()


def _started(settings: Settings, hint: threading.Event) -> BaseObserver | None:
    polling, reason = polls(settings)
    _log.info("以%s方式监视 %s：%s", "轮询" if polling else "系统事件", settings.drop, reason)
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
