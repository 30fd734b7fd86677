"""Takes in a whole drop folder once and tells what became of it: python -m benchmarks.intake_child HOME."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from jishi.settings import load
from pipeline.watch import intake_once


def main(home: Path) -> None:
    """Print what became of everything."""
    summary = intake_once(load(home, {"JISHI_INTAKE_SETTLE_SECONDS": "0"}))
    print(json.dumps(asdict(summary)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
