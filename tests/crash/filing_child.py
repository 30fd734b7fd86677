"""A real process that files a batch and kills itself at a point: python -m tests.crash.filing_child HOME POINT NTH."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from archive.filing import FilingRun, file_batch
from archive.register.register import Register
from jishi.settings import load
from tests.filled_home import BATCH, acceptance


def main(home: Path, point: str, nth: int) -> None:
    """File the batch; die at the nth passing of the point, as after a power cut."""
    seen = 0

    def on_step(name: str) -> None:
        nonlocal seen
        seen += name == point
        if name == point and seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load(home)
    run = FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings), 1, on_step=on_step)
    file_batch(run)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
