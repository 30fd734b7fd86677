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
_BLOCK, _LONGEST_LINE = 1 << 16, 64 * 1024 * 1024
_MORE = 2.0
"""The child is given so many times its processor time on the clock, since others want the processor, too."""
Answer = dict[str, Any]


def pages_seen(stack: Path, media_type: str, drafts: Drafts, seconds: float, *, cut: bool = False) -> Iterator[Answer]:
    """Yield what the child says of each page of a stack; last {"done"} or {"fault", "detail"}.

    Args:
        stack: the file.
        media_type: what it is.
        drafts: the prints it may ask for.
        seconds: of processor time for one page.
        cut: whether it shall send the pages of prints one by one, upright.

    Raises:
        PartMissing: the child cannot be started.
    """
    child = _Child()
    try:
        child.tell({"stack": str(stack.resolve()), "type": media_type, "seconds": seconds, "cut": cut})
        while True:
            said = child.said(_MORE * seconds)
            if "need" in said:
                child.tell(_print_told(drafts, said["need"]))
                continue
            yield said
            if "page" not in said:
                return
    except BrokenPipeError:
        yield {"fault": "crash", "detail": ""}
    finally:
        child.end()


class _Child:
    """The process that looks at one stack, line by line."""

    def __init__(self) -> None:
        self._heard = b""
        """What was read and not yet handed on."""
        self._process = subprocess.Popen(
            _CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd="/",
            env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        if self._line(_START_SECONDS) != READY:
            self.end()
            raise PartMissing(
                "识别送签件的程序不能启动；请重新安装（opencv-python-headless、zxing-cpp），或运行 jishi doctor"
            )

    def tell(self, words: Answer) -> None:
        assert self._process.stdin is not None
        data = json.dumps(words).encode() + b"\n"
        while data:
            data = data[self._process.stdin.write(data) or 0 :]

    def said(self, seconds: float) -> Answer:
        line = self._line(seconds)
        if line is None:
            return {"fault": "time", "detail": ""}
        return dict(json.loads(line)) if line.endswith(b"\n") else {"fault": "crash", "detail": ""}

    def _line(self, seconds: float) -> bytes | None:
        """Return the next line, what was said before it died or said too much, or None where it is late."""
        assert self._process.stdout is not None
        end, poll, searched = time.monotonic() + seconds, select.poll(), 0
        poll.register(self._process.stdout, select.POLLIN)
        while (found := self._heard.find(b"\n", searched)) < 0 and len(self._heard) < _LONGEST_LINE:
            if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
                return None
            searched = len(self._heard)
            if not (part := os.read(self._process.stdout.fileno(), _BLOCK)):
                break
            self._heard += part
        line, self._heard = self._heard[: found + 1 or None], self._heard[found + 1 :] if found >= 0 else b""
        return line

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


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
