"""Files the rehearsal batch of a home and tells how long it took: python -m benchmarks.filing_child HOME."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from archive.filing import FilingRun, file_batch
from archive.register.register import Register
from jishi.settings import load
from tests.filled_home import BATCH, acceptance


def main(home: Path) -> None:
    """Print seconds, volumes and pages."""
    settings = load(home, {})
    start = time.perf_counter()
    built = file_batch(FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings)))
    spent = time.perf_counter() - start
    print(json.dumps({"seconds": spent, "volumes": len(built), "pages": sum(facts.pages for facts in built)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
