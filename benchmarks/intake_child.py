"""Takes in a whole drop folder once and tells what it cost: python -m benchmarks.intake_child HOME."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from jishi.settings import load
from pipeline.watch import intake_once


def main(home: Path) -> None:
    """Print counts, CPU seconds of this process and its children, and peak memory in MiB."""
    start = _cpu()
    summary = intake_once(load(home, {"JISHI_INTAKE_SETTLE_SECONDS": "0"}))
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    said = {
        "admitted": summary.admitted, "duplicate": summary.duplicate, "rejected": summary.rejected,
        "waiting": summary.waiting, "cpu": _cpu() - start, "seconds": summary.seconds,
        "peak_main": own.ru_maxrss / 1024, "peak_worker": others.ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(said))


def _cpu() -> float:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


if __name__ == "__main__":
    main(Path(sys.argv[1]))
