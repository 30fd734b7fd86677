"""SIGTERM, SIGHUP and SIGINT ask a run to end; a second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from jishi.errors import ExitCode

_CODES = {
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.TERMINATED,
    signal.SIGINT: ExitCode.INTERRUPTED,
}


@contextmanager
def stopped_by_signals(stop: Callable[[ExitCode], None]) -> Iterator[None]:
    """Call stop with the exit code of the first signal; the former handlers come back after it and at the end.

    Args:
        stop: asks the run to end after what it has in hand; must not wait for a lock.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may say what signals do; whoever runs us elsewhere stops us otherwise.
        yield
        return
    # What was started to outlive its terminal, as nohup does, goes on.
    heard = [number for number in _CODES if number is not signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.getsignal(number) for number in heard}

    def asked(number: int, _: FrameType | None) -> None:
        # It may interrupt any line of ours: nothing here may need a lock or write to a stream.
        stop(_CODES[signal.Signals(number)])
        signal.signal(number, before[signal.Signals(number)])

    for number in heard:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
