"""Habits every worker process keeps."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading


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
