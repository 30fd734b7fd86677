"""Bounds on what opening a stranger's paper may cost a process, and silence of the libraries that open it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache

MEMORY = 1536 * 1024 * 1024
_FILES = 32
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
"""CLONE_NEWUSER and CLONE_NEWNET of unshare(2)."""


def give_up() -> None:
    """Give up for good what a process that only opens papers will not need; a tighter limit of the machine stays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        bound = _within(most, resource.getrlimit(kind)[1])
        resource.setrlimit(kind, (bound, bound))
    isolate()


def isolate() -> bool:
    """Cut this process off from every network, where the system allows that; tell whether it did."""
    if sys.platform != "linux":
        return False
    with suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK) == 0)
    return False


def limit_time(seconds: float) -> None:
    """Let this process use so many more seconds of processor time before it is killed."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    wanted = int(usage.ru_utime + usage.ru_stime + seconds) + 2
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (_within(wanted, hard), hard))


@contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """Bound what happens within: it may take so much processor time and 1.5 GiB more memory than is held now.

    Who takes longer is killed by SIGPROF; memory that is not given is a MemoryError, or kills where a library does not
    ask. Nothing is said on stderr meanwhile.

    Args:
        seconds: of processor time.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_within(_held() + MEMORY, soft), hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with quiet():
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def overhearing() -> Iterator[Callable[[], bytes]]:
    """Catch what libraries write on stderr; yields what returns it, also afterwards, as far as a pipe holds it."""
    ear, mouth = os.pipe2(os.O_NONBLOCK)
    kept = os.dup(2)
    os.dup2(mouth, 2)
    heard: list[bytes] = []
    try:
        yield lambda: b"".join(heard)
    finally:
        os.dup2(kept, 2)
        with suppress(BlockingIOError):
            heard.append(os.read(ear, 4096))
        for handle in (ear, mouth, kept):
            os.close(handle)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries from talking to the user, in English, about what they stumble over."""
    kept = os.dup(2)
    os.dup2(_nowhere(), 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@cache
def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def _within(wanted: int, most: int) -> int:
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


def _held() -> int:
    """Return how many bytes of address space this process has."""
    with open("/proc/self/statm", "rb") as stream:  # noqa: PTH123
        return int(stream.read().split()[0]) * resource.getpagesize()
