"""Habits every worker process keeps."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from types import MappingProxyType


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
