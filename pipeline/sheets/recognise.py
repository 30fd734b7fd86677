"""A stack of scans recognised: which pages of which prints it holds, and what stands in their cells."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.papers.faults import PaperFault
from archive.papers.kinds import HEAD, OFD, TAKEN, kind_of
from jishi.errors import TryLater
from jishi.findings import Finding
from jishi.plain_files import open_plain
from jishi.sheet_code import SheetCode
from pipeline.sheets.asking import Answer, names, pages_seen
from pipeline.sheets.drafts import DraftOf, Drafts
from pipeline.sheets.seen import RecognisedSheet, Stray
from pipeline.sheets.stack_words import (
    coarse_page,
    different_codes,
    doubled_page,
    foreign_page,
    no_stack,
    page_without_code,
    superseded_print,
    unread_stack,
)
from pipeline.sheets.whole_sheets import Face, recognised

_SECONDS = 20.0
_FIRST = 20
"""A stack of prints has a code on one of so many pages; a long paper is not read to its end for none."""
_BLANK = 0.0005
"""A page with a smaller share of ink is blank."""
_COARSE = 1650
"""A page of fewer pixels on its longer side was scanned at less than about 150 dpi."""


def recognise(
    stack: Path | bytes,
    drafts: DraftOf,
    *,
    seconds: float = _SECONDS,
    cut: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> list[RecognisedSheet | Stray]:
    """Return what a stack of scans holds: sheets in the order they first come, and pages that belong to none.

    The stack is opened in a child process. Pages may come in any order, prints mixed, turned, askew, with blank backs.

    Args:
        stack: a PDF, TIFF, JPEG or PNG, as a file or its bytes; it is not changed.
        drafts: 记录编号 → its print as it is today, or None.
        seconds: of processor time for one page.
        cut: whether each page of a sheet is wanted alone, upright, as a PDF.
        stopping: tells whether to give up.

    Raises:
        TryLater: told to stop.
        PartMissing: the child cannot be started.
        OSError: the file cannot be read.
    """
    data = stack if isinstance(stack, bytes) else _bytes_of(stack)
    digest, kind = hashlib.sha256(data).hexdigest(), kind_of(data[:HEAD])
    name = "" if isinstance(stack, bytes) else stack.name
    if kind.media_type not in TAKEN - {OFD}:
        return [Stray(digest, 0, None, no_stack(name, kind))]
    sorting = _Sorting(digest, name, Drafts(drafts))
    with _file_of(stack, data) as path:
        for said in pages_seen(path, kind.media_type, sorting.drafts, seconds, cut=cut):
            if stopping():
                raise TryLater("已按要求停止")
            sorting.take(said)
    return sorting.result()


def holds_codes(stack: Path, *, seconds: float = _SECONDS, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Tell whether one of the first pages of a file has a code of ours; what cannot be opened has none.

    Args:
        stack: a PDF, TIFF, JPEG or PNG.
        seconds: of processor time for one page.
        stopping: tells whether to give up.

    Raises:
        TryLater: told to stop.
        PartMissing: the child cannot be started.
    """
    with open_plain(stack) as stream:
        kind = kind_of(stream.read(HEAD))
    if kind.media_type not in TAKEN - {OFD}:
        return False
    for said in pages_seen(stack, kind.media_type, Drafts(lambda _: None), seconds):
        if stopping():
            raise TryLater("已按要求停止")
        if said.get("codes") or said.get("page", 0) >= _FIRST:
            return bool(said.get("codes"))
    return False


def _bytes_of(path: Path) -> bytes:
    with open_plain(path) as stream:
        return stream.read()


@contextmanager
def _file_of(stack: Path | bytes, data: bytes) -> Iterator[Path]:
    """Yield a file that holds a stack."""
    if isinstance(stack, Path):
        yield stack
        return
    with tempfile.NamedTemporaryFile(prefix="jishi-stack-") as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


class _Sorting:
    """Sorts the pages of one stack as they are told."""

    def __init__(self, stack: str, name: str, drafts: Drafts) -> None:
        self.drafts = drafts
        self._stack = stack
        self._name = name
        self._faces: dict[str, dict[int, Face]] = {}
        """记录编号 → page of its print → how it came."""
        self._strays: list[Stray] = []
        self._last: Face | None = None
        """The face that came just before, whose blank back may follow."""

    def take(self, said: Answer) -> None:
        """Take what the child says of one page."""
        if "fault" in said:
            fault = PaperFault(said["fault"], said["detail"])
            self._strays.append(Stray(self._stack, 0, None, unread_stack(self._name, fault)))
        elif "page" in said:
            before, self._last = self._last, None
            codes = [code for code in map(SheetCode.read, said["codes"]) if code]
            if codes:
                self._take_coded(said, codes)
            else:
                self._take_plain(said, before)

    def _take_coded(self, said: Answer, codes: list[SheetCode]) -> None:
        place, code = int(said["page"]), codes[0]
        if len({(each.record_id, each.digest, each.page, each.pages) for each in codes}) > 1:
            self._stray(place, code, different_codes(self._name, place, codes))
            return
        draft = self.drafts.of(code.record_id)
        if draft is None:
            self._stray(place, code, foreign_page(self._name, place, code))
        elif not names(code, draft):
            self._stray(place, code, superseded_print(self._name, place, code, draft))
        else:
            pdf = base64.b64decode(said.get("pdf", ""))
            face = Face(place, code.page, float(said["turn"]), float(said["fit"]), tuple(said["cells"]), [], pdf)
            faces = self._faces.setdefault(code.record_id, {})
            if code.page in faces:
                self._stray(place, code, doubled_page(self._name, place, code, faces[code.page].place))
            else:
                faces[code.page] = self._last = face

    def _take_plain(self, said: Answer, before: Face | None) -> None:
        place = int(said["page"])
        if float(said["ink"]) >= _BLANK:
            coarse = int(said["longest"]) < _COARSE
            words = (coarse_page if coarse else page_without_code)(self._name, place, before.place if before else 0)
            self._stray(place, None, words)
        elif before is not None:
            before.backs.append(place)
        else:
            self._stray(place, None, page_without_code(self._name, place, 0, blank=True))

    def _stray(self, place: int, code: SheetCode | None, finding: Finding) -> None:
        self._strays.append(Stray(self._stack, place, code, finding))

    def result(self) -> list[RecognisedSheet | Stray]:
        """Return what the stack holds."""
        found: list[RecognisedSheet | Stray] = []
        for record_id, faces in self._faces.items():
            draft = self.drafts.of(record_id)
            assert draft is not None
            found.append(recognised(self._stack, self._name, draft, faces))
        return [*found, *self._strays]
