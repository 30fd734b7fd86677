"""A real process that migrates a home and kills itself at a point: python -m tests.crash.migrating_child HOME POINT."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from archive.migrate import migrate
from jishi.settings import load


def main(home: Path, point: str) -> None:
    """Migrate the home; die at the point, as after a power cut."""

    def on_step(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    migrate(load(home), on_step)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
