"""The child that opens strangers' papers for intake: little memory, little time, no network, no writing; it dies alone.

Run as a program, never imported by the parent. Says "ready"; then answers each JSON line on stdin, {seconds, papers:
[[path, media type] …]}, with one on stdout: a list of {pages} or {fault, detail}. Ends when stdin ends.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from archive.papers.faults import PaperFault
from archive.papers.kinds import OFD
from archive.papers.limits import give_up, limit_time
from archive.papers.ofd import check_ofd
from archive.papers.opening import opened
from archive.papers.specimen import READY


def answer(path: str, media_type: str) -> dict[str, Any]:
    """Return what is to be said of one paper."""
    try:
        if media_type == OFD:
            check_ofd(Path(path))
            return {"pages": 0}
        with opened(Path(path), media_type) as paper:
            paper.prove()
            return {"pages": len(paper.shapes)}
    except PaperFault as fault:
        return {"fault": fault.kind, "detail": fault.detail}
    except MemoryError:
        return {"fault": "memory"}
    except OSError:
        # Not the paper's doing: the system gives no file or no memory.
        return {"fault": "crash"}


def main() -> None:
    """Serve papers until stdin ends."""
    give_up()
    warnings.simplefilter("ignore")
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        limit_time(asked["seconds"])
        sys.stdout.write(json.dumps([answer(path, media_type) for path, media_type in asked["papers"]]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
