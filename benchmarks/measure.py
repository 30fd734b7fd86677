"""How a figure is taken: CPU time where the machine is shared, wall time where cores are the point, always a ratio."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version


@dataclass(frozen=True, slots=True)
class Measured:
    """One comparison."""

    name: str
    ours: str
    peer: str
    ratio: str
    aim: str
    reached: bool


def cpu(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the median CPU seconds of some work in this process."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def wall(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the median wall seconds of some work."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def at_least(name: str, ours: float, peer: float, aim: float, unit: str = "ms") -> Measured:
    """Compare so that bigger is better: peer over ours must reach the aim."""
    ratio = peer / ours
    return Measured(name, _say(ours, unit), _say(peer, unit), f"{ratio:.1f} × faster", f"≥ {aim:g} ×", ratio >= aim)


def at_most(name: str, ours: float, peer: float, aim: float, unit: str = "ms") -> Measured:
    """Compare so that smaller is better: ours over peer must stay within the aim."""
    ratio = ours / peer
    return Measured(name, _say(ours, unit), _say(peer, unit), f"{ratio:.2f} ×", f"≤ {aim:g} ×", ratio <= aim)


def machine() -> str:
    """Return what this was measured on."""
    names = ("lxml", "docxtpl", "jinja2", "typst", "pikepdf", "pypdf", "SQLAlchemy", "click")
    parts = " ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {parts}"
    )


def _say(value: float, unit: str) -> str:
    return f"{value * 1000:.2f} ms" if unit == "ms" else f"{value:.2f} {unit}"
