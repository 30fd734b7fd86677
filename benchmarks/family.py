"""Run a program with all its descendants to the end and tell what the whole family cost."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost."""

    out: bytes
    cpu: float
    """Seconds of all processes together, descendants included."""
    peak: float
    """Largest single process, in MiB."""


def run(words: Sequence[str], folder: Path) -> Cost:
    """Run a command, wait also for processes it leaves behind, and return its cost."""
    # Orphans of the run come to us, so that their time is counted too.
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    before = _spent()
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE)
    watch = _Watch(process.pid)
    watch.start()
    out, _ = process.communicate()
    with suppress(ChildProcessError):
        while True:
            os.wait()
    watch.over.set()
    watch.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {process.returncode}")
    return Cost(out, _spent() - before, watch.peak / 1024)


class _Watch(threading.Thread):
    """Looks at the family's memory ten times a second."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.peak = 0
        self._family = {root}

    def run(self) -> None:
        while not self.over.wait(0.1):
            for status in Path("/proc").glob("[0-9]*/status"):
                with suppress(OSError, ValueError, KeyError):
                    said = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                    self._see(int(said["Pid"]), int(said["PPid"]), int(said["VmHWM"].split()[0]))

    def _see(self, pid: int, parent: int, high: int) -> None:
        if pid in self._family or parent in self._family:
            self._family.add(pid)
            self.peak = max(self.peak, high)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
