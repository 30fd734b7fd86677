"""The child that opens stacks of scans and looks at their pages: little memory, little time, no network, no writing.

Run as a program, never imported by the parent. Says "ready"; is asked once, in a JSON line {stack, type, seconds, cut};
then says a line for each page, and in between {"need": code} for a page of a print, which is answered with a line:
{pdf, codes, cells} or {}. Ends with {"done": pages} or {"fault", "detail"}.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from archive.papers.faults import PaperFault, unreadable
from archive.papers.limits import give_up, limit_time
from archive.papers.opening import opened
from archive.papers.specimen import READY
from jishi.sheet_code import Corner, SheetCode
from pipeline.sheets.looking import AskedCell, PrintedPage, Sight, look, printed_page
from pipeline.sheets.page_alone import page_alone
from press.paper import Box

_DPI = 200
_KEPT = 40
"""So many pages of prints are kept drawn."""


class Prints:
    """Pages of prints, asked of the parent when a code first names them."""

    def __init__(self) -> None:
        self._pages: dict[str, PrintedPage | None] = {}

    def page(self, code: SheetCode) -> PrintedPage | None:
        """Return the page a code names, or None where the parent has no such print."""
        key = f"{code.record_id}/{code.digest}/{code.page}-{code.pages}"
        if key not in self._pages:
            if len(self._pages) >= _KEPT:
                self._pages.clear()
            self._pages[key] = _printed(_asked({"need": str(code)}), code.page)
        return self._pages[key]


def main() -> None:
    """Look at one stack."""
    give_up()
    warnings.simplefilter("ignore")
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    asked = json.loads(sys.stdin.buffer.readline() or b"{}")
    if not asked:
        return
    prints = Prints()
    try:
        with opened(Path(asked["stack"]), asked["type"]) as paper, unreadable():
            pages = 0
            limit_time(asked["seconds"])
            for pages, image in enumerate(paper.images(_DPI), 1):
                said = _seen(Sight(image), prints)
                if asked.get("cut") and "turn" in said:
                    said["pdf"] = base64.b64encode(page_alone(image, said["turn"])).decode()
                _say({"page": pages, **said})
                limit_time(asked["seconds"])
        _say({"done": pages})
    except PaperFault as fault:
        _say({"fault": fault.kind, "detail": fault.detail})
    except MemoryError:
        _say({"fault": "memory", "detail": ""})


def _seen(sight: Sight, prints: Prints) -> dict[str, Any]:
    """Return what is to be said of a page: its codes, else its ink; and its cells, where its print is to be had."""
    codes = [each.code for each in sight.codes]
    said: dict[str, Any] = {"codes": [str(code) for code in codes], "longest": max(sight.raw.shape)}
    if not codes:
        return {**said, "ink": sight.ink}
    agreed = {(code.record_id, code.digest, code.page, code.pages) for code in codes}
    printed = prints.page(codes[0]) if len(agreed) == 1 else None
    return {**said, **look(sight, codes[0], printed)} if printed else said


def _printed(answer: dict[str, Any], page: int) -> PrintedPage | None:
    if not answer:
        return None
    boxes = {str(Corner(corner)): Box(*box) for corner, box in answer["codes"].items()}
    cells = tuple(AskedCell(place, seals, Box(*box)) for place, seals, box in answer["cells"])
    return printed_page(base64.b64decode(answer["pdf"]), page, boxes, cells)


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    _say(question)
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    return dict(json.loads(line))


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # One thread: what libraries would start more of is bounded with the memory.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    main()
