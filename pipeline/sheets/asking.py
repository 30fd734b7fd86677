"""The child asked to look at one stack, and answered when it needs a print; it is killed when it is late."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

from archive.papers.specimen import READY
from jishi.errors import PartMissing
from jishi.sheet_code import SheetCode, short_digest
from pipeline.sheets.drafts import Drafts
from press.draft import Draft

_CHILD = (sys.executable, "-I", "-m", "pipeline.sheets.child")
_START_SECONDS = 60.0
_MORE = 2.0
"""The child is given so many times its processor time on the clock, since others want the processor, too."""
Answer = dict[str, Any]


def pages_seen(stack: Path, media_type: str, drafts: Drafts, seconds: float) -> Iterator[Answer]:
    """Yield what the child says of each page of a stack; last {"done"} or {"fault", "detail"}.

    Args:
        stack: the file.
        media_type: what it is.
        drafts: the prints it may ask for.
        seconds: of processor time for one page.

    Raises:
        PartMissing: the child cannot be started.
    """
    child = _started()
    try:
        _tell(child, {"stack": str(stack.resolve()), "type": media_type, "seconds": seconds})
        while True:
            said = _heard(child, _MORE * seconds)
            if "need" in said:
                _tell(child, _print_told(drafts, said["need"]))
                continue
            yield said
            if "page" not in said:
                return
    except BrokenPipeError:
        yield {"fault": "crash", "detail": ""}
    finally:
        _end(child)


def _started() -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        _CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd="/",
        env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    if _line(child, _START_SECONDS) != READY:
        _end(child)
        raise PartMissing(
            "识别送签件的程序不能启动；请重新安装（opencv-python-headless、zxing-cpp），或运行 jishi doctor"
        )
    return child


def _print_told(drafts: Drafts, text: str) -> Answer:
    """Return the page of a print that a code names as the child needs it, or nothing where it is another print."""
    code = SheetCode.read(text)
    draft = drafts.of(code.record_id) if code else None
    if code is None or draft is None or not names(code, draft):
        return {}
    return {
        "pdf": base64.b64encode(draft.pdf).decode(),
        "codes": {each.corner: astuple(box) for each, box in draft.codes(code.page)},
        "cells": [
            (place, cell.signatory.seals, astuple(cell.box))
            for place, cell in enumerate(draft.cells)
            if cell.page == code.page
        ],
    }


def names(code: SheetCode, draft: Draft) -> bool:
    """Tell whether a code names a page of this very print."""
    return code.digest == short_digest(draft.digest) and code.pages == len(draft.sizes)


def _tell(child: subprocess.Popen[bytes], words: Answer) -> None:
    assert child.stdin is not None
    data = json.dumps(words).encode() + b"\n"
    while data:
        data = data[child.stdin.write(data) or 0 :]


def _heard(child: subprocess.Popen[bytes], seconds: float) -> Answer:
    line = _line(child, seconds)
    if line is None:
        return {"fault": "time", "detail": ""}
    return dict(json.loads(line)) if line.endswith(b"\n") else {"fault": "crash", "detail": ""}


def _line(child: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return the child's next line, what it said before it died, or None where it is late."""
    assert child.stdout is not None
    said, end, poll = b"", time.monotonic() + seconds, select.poll()
    poll.register(child.stdout, select.POLLIN)
    while not said.endswith(b"\n"):
        if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
            return None
        # A byte at a time would be slow; the child says one line and waits or works on, so lines may follow each other.
        if not (part := os.read(child.stdout.fileno(), 1)):
            return said
        said += part
    return said


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
