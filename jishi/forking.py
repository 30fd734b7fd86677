"""Habits every worker process keeps, and work done in a forked copy of a process."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from jishi.errors import WorkerLost

T = TypeVar("T")
_END = ("end", None)
_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def fork_server(*modules: str, environment: Mapping[str, str] = MappingProxyType({})) -> ForkServerContext:
    """Return where processes are made that begin with these modules loaded; not forked: we have threads and locks.

    There is one server for all; who starts it decides what it has loaded. It hears no signals meant for the command,
    and loads while this process goes on.

    Args:
        modules: what its processes begin with.
        environment: variables set for it and its processes, where nobody has set them already.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["jishi.ignore_signals", *modules])
    # Without the last, the server would import from the folder the command happens to be run in.
    wanted = {**environment, "PYTHONSAFEPATH": "1"}
    with _added({name: value for name, value in wanted.items() if name not in os.environ}):
        forkserver.ensure_running()
    return context


@contextmanager
def _added(variables: Mapping[str, str]) -> Iterator[None]:
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


def die_with_parent() -> None:
    """See to it that this worker ends at once when its parent does, however the parent ended.

    A worker that outlived a killed parent would go on writing where the next run is already cleaning up.
    """
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def collect_seldom() -> None:
    """Let the cycle collector pass over what is loaded by now and come seldom, for work that frees by count."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Copy(Generic[T]):
    """A forked copy of this process at work: it knows all this process knows, and its memory goes when it ends.

    Only a process without other threads may be copied.
    """

    def __init__(self, work: Callable[[], Iterable[T]]) -> None:
        """Fork now; the copy begins its work at once.

        Args:
            work: run in the copy; what it yields is handed over as it comes.
        """
        context = multiprocessing.get_context("fork")
        self.results, sender = context.Pipe(duplex=False)
        """Can be waited on; becomes ready with every result and at the end."""
        self._process = context.Process(target=_hand_over, args=(work, sender))
        self._process.start()
        sender.close()

    @property
    def killed_from_outside(self) -> bool:
        """Whether the copy that died was killed by somebody, or by a system short of memory, not by its own work."""
        return self._process.exitcode == -signal.SIGKILL

    def take(self) -> tuple[T] | None:
        """Wait for the next result and return it, in a tuple of one, or None at the end.

        Raises:
            WorkerLost: the copy died.
            Exception: what the work raised.
        """
        try:
            kind, value = self.results.recv()
        except EOFError:
            self._process.join()
            how = _how(self._process.exitcode)
            raise WorkerLost(f"工作进程意外中止（{how}），可能是内存不足；请稍后重试") from None
        if kind == "result":
            return (value,)
        self.results.close()
        self._process.join()
        if kind == "fault":
            raise value
        return None


def _hand_over(work: Callable[[], Iterable[Any]], sender: Connection) -> None:
    _die_with_original()
    gc.disable()  # it ends before garbage could gather
    try:
        for result in work():
            sender.send(("result", result))
        sender.send(_END)
    except Exception as error:
        sender.send(("fault", error))


def _die_with_original() -> None:
    """Ask the system to kill this copy when its original dies; no thread is started, so that it may be copied again."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        original = multiprocessing.parent_process()
        if original is not None and os.getppid() != original.pid:
            os._exit(1)
    else:
        die_with_parent()


def _how(code: int | None) -> str:
    return f"信号{-code}" if code is not None and code < 0 else f"退出码{code}"
