"""Keep intake out while the register itself is changed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from jishi.errors import AnotherRunActive, TryLater
from pipeline.intake.locks import Locks
from pipeline.intake.watchers import living_watchers

_WAY_OUT = "请先停下（服务用 systemctl stop，终端里按 Ctrl-C），等它收完手头的一组再试；没有改动"


@contextmanager
def standing_still(work: Path) -> Iterator[None]:
    """See that nobody takes in, and let nobody begin before this is left.

    Locks are taken in the order in which a copy of a running home takes them: verdicts, door, and filing after both.

    Raises:
        AnotherRunActive: a watcher or an intake is at work.
    """
    if watchers := tuple(living_watchers(work)):
        raise AnotherRunActive(f"看守进程 pid {'、'.join(map(str, watchers))} 正在工作；{_WAY_OUT}")
    locks = Locks(work, stopping=lambda: True)
    with ExitStack() as held:
        try:
            held.enter_context(locks.taking_up())
            held.enter_context(locks.alone())
        except TryLater:
            raise AnotherRunActive(f"另一个程序正在收件；{_WAY_OUT}") from None
        if any(_is_held(lock) for lock in work.glob(".*.lock")):
            raise AnotherRunActive(f"另一个程序收了材料还没有结论；{_WAY_OUT}")
        yield


def _is_held(lock: Path) -> bool:
    """Tell whether who took things under a lock of work/ still lives."""
    with suppress(FileNotFoundError):
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
    return False
