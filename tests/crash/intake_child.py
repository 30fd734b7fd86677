"""A real process that takes in and may kill itself: python -m tests.crash.intake_child HOME POINT NTH [WORKERS].

POINT is a step of the intake to die at for the NTH time, "none" to finish, or "watch" to run until a signal comes,
telling on standard output when the first group is claimed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pipeline.intake.claiming
import pipeline.intake.workers
from jishi.settings import Settings, load
from pipeline.intake.watch import Watcher


def settings_of(home: Path, workers: int = 1) -> Settings:
    """Return the settings of a home, fit for tests."""
    settings = load(home)
    return replace(settings, intake=replace(settings.intake, settle_seconds=0.0, rescan_seconds=0.2, workers=workers))


def main(home: Path, point: str, nth: int, workers: int) -> int:
    """Take in, in small groups; die at the nth passing of the point, as after a power cut."""
    pipeline.intake.claiming.GROUP = 16 if workers == 1 else 64
    pipeline.intake.workers._FEW = 40
    seen = 0

    def on_step(name: str) -> None:
        nonlocal seen
        if point == "watch" and name == "claimed" and not seen:
            print(name, flush=True)
            time.sleep(0.3)
        seen += name == point or point == "watch"
        if name == point and seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    watcher = Watcher(settings_of(home, workers), on_step=on_step)
    try:
        return int(watcher.run(until_idle=point != "watch"))
    finally:
        watcher.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int((*sys.argv[4:], "1")[0])))
