"""Takes in a whole drop folder once and tells what became of it: python -m benchmarks.intake_child HOME."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path


def main(home: Path) -> None:
    """Print what became of everything."""
    # Workers import this module once more; like the command itself it loads what it needs where it needs it.
    from jishi.forking import collect_seldom
    from jishi.settings import load
    from pipeline.intake.watch import intake_once

    collect_seldom()
    summary = intake_once(load(home, {"JISHI_INTAKE_SETTLE_SECONDS": "0"}))
    print(json.dumps(asdict(summary)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
