"""Scanned papers behind a record: opened and judged before the volume is set, laid onto their places afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

from archive.papers.drawing import DPI
from archive.papers.faults import PaperFault
from archive.papers.limits import bounded
from archive.papers.opening import OpenedPaper, open_paper
from archive.papers.pictures import Picture
from jishi.errors import ArchiveDamaged, Refused, reason_of

_SCAN = pikepdf.Name("/Scan")
"""A scan's name on its page: always the same, so that the same volume gives the same bytes."""
_SECONDS = 200
"""Processor time a paper may take: ten times what intake allows by default, since a page is drawn with eight times as
many pixels as it is proved with."""
NOTE_BYTES = 4096
"""What the note of the paper worked on takes."""
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Scan:
    """One attachment of a record."""

    path: Path
    """Where only we write: its bytes were compared with the digest as they were brought there."""
    media_type: str
    pages: int
    title: str
    sha256: str
    record: str = ""
    """记录编号 of the record it belongs to."""
    superseded: bool = False
    """Whether another record has taken that record's place."""


class UnshownPaper(Refused):
    """A paper cannot be shown on pages of a volume."""

    scan: Scan | None = None
    why: str = ""

    @classmethod
    def by(cls, scan: Scan, fault: PaperFault) -> UnshownPaper:
        """Return what is told of a scan with a fault."""
        return cls.of(scan, fault.words, fault.remedy)

    @classmethod
    def of(cls, scan: Scan, words: str, remedy: str = "") -> UnshownPaper:
        """Return what is told of a scan: what is wrong, and what to do."""
        whose = f"记录{scan.record}的" if scan.record else ""
        told = cls(
            f"{whose}附件《{scan.title}》{words}，不能装订（{scan.path.name}）；没有编出任何号。"
            f"请投递更正记录，换上能用的附件{f'：{remedy}' if remedy else ''}"
        )
        told.scan, told.why = scan, words
        return told


class Watch:
    """Bounds and notes what is done with a paper, so that another process learns which paper ended this one."""

    def __init__(self, note: memoryview | None = None, unshown: dict[str, str] | None = None) -> None:
        """Note what is worked on.

        Args:
            note: of NOTE_BYTES, shared with the process that wants to learn it.
            unshown: digests of papers of superseded records that cannot be shown, and why.
        """
        self.unshown: dict[str, str] = unshown or {}
        self._note = memoryview(bytearray(NOTE_BYTES)) if note is None else note

    @contextmanager
    def over(self, scan: Scan, seconds: int = _SECONDS) -> Iterator[None]:
        """Note that a paper is being worked on, and bound what that may cost."""
        data = json.dumps([str(scan.path), scan.title, scan.sha256, scan.record, scan.superseded]).encode()
        data = data[: NOTE_BYTES - _LENGTH]
        self._note[: _LENGTH + len(data)] = len(data).to_bytes(_LENGTH) + data
        try:
            with bounded(seconds):
                yield
        finally:
            self._note[:_LENGTH] = bytes(_LENGTH)

    @property
    def last(self) -> Scan | None:
        """The paper that was being worked on when the process that noted it ended."""
        length = int.from_bytes(self._note[:_LENGTH])
        if not length:
            return None
        path, title, sha256, record, superseded = json.loads(bytes(self._note[_LENGTH : _LENGTH + length]))
        return Scan(Path(path), "", 0, title, sha256, record, superseded)


@dataclass(slots=True)
class Sheets:
    """A scan opened and judged: how its pages lie, and how they will be brought in."""

    scan: Scan
    landscape: tuple[bool, ...]
    """Per page: whether it is wider than high, as shown."""
    faults: tuple[str, ...] = ()
    """Why its pages are drawn anew instead of taken over; empty when they are taken over."""
    remarks: tuple[str, ...] = ()
    paper: OpenedPaper | None = field(default=None, repr=False)
    """The open file; None for a paper that cannot be shown."""
    placard: tuple[str, ...] = ()
    """Lines of the page that stands for a paper that cannot be shown."""

    @property
    def warning(self) -> str:
        """The line for the 备考表, or empty."""
        if self.placard:
            return "".join(self.placard)
        told = list(self.remarks)
        if self.faults:
            why = "、".join(self.faults[:3]) + ("等" if len(self.faults) > 3 else "")
            told.append(f"{why}，卷内页面按{DPI}dpi转为图像，原文件附在本卷电子文件内")
        return f"附件《{self.scan.title}》{'；'.join(told)}。" if told else ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle of a page a scan is laid into, in points from the lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


def opened(scan: Scan, stack: ExitStack, watch: Watch) -> Sheets:
    """Return a scan's pages, judged; files stay open until the stack is closed.

    Args:
        scan: what to open.
        stack: closes it.
        watch: bounds what it costs; knows papers that are replaced by a page that says so.

    Raises:
        ArchiveDamaged: it cannot be read.
        UnshownPaper: it does not open, or its page count differs from what its record says.
    """
    if why := watch.unshown.get(scan.sha256):
        return _unshown(scan, why)
    with watch.over(scan), _told(scan):
        paper = open_paper(scan.path, scan.media_type)
        stack.callback(paper.close)
    if len(paper.shapes) != scan.pages and not scan.superseded:
        raise UnshownPaper.of(scan, f"有{len(paper.shapes)}页，登记为{scan.pages}页", "更正页数")
    return Sheets(scan, tuple(shape.lies for shape in paper.shapes), paper.redrawn, paper.remarks, paper)


def _unshown(scan: Scan, why: str) -> Sheets:
    lines = (f"附件《{scan.title}》不能在卷页上显示：{why}。", "所属记录已由后来的记录更正，原文件随本件保存。")
    return Sheets(scan, (False,), placard=lines)


@contextmanager
def _told(scan: Scan) -> Iterator[None]:
    """Name the scan in what stands in its way."""
    try:
        yield
    except PaperFault as fault:
        raise UnshownPaper.by(scan, fault) from fault
    except MemoryError as error:
        raise UnshownPaper.by(scan, PaperFault("memory")) from error
    except OSError as error:
        raise ArchiveDamaged(f"附件《{scan.title}》读不出：{reason_of(error)}（{scan.path.name}）") from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise UnshownPaper.by(scan, PaperFault("broken")) from error


def lay(
    sheets: Sheets, pages: list[pikepdf.Page], frame: Frame, wide: Frame, volume: pikepdf.Pdf, watch: Watch
) -> None:
    """Lay every page of a scan onto its place, whole, upright, and no larger than it is.

    Args:
        sheets: the opened scan.
        pages: the places in the volume, one per page.
        frame: where on an upright page.
        wide: where on a page lying wide.
        volume: the volume the places belong to.
        watch: bounds what it costs.

    Raises:
        UnshownPaper: a page cannot be shown.
    """
    if sheets.paper is None:
        return
    frames = [wide if lies else frame for lies in sheets.landscape]
    with watch.over(sheets.scan), _told(sheets.scan):
        if taken := sheets.paper.pages:
            for page, place, spot in zip(taken, pages, frames, strict=True):
                _lay_page(page, place, spot, volume)
        else:
            for picture, place, spot in zip(sheets.paper.pictures(), pages, frames, strict=True):
                _lay_picture(picture, place, spot, volume)


def _lay_page(page: pikepdf.Page, place: pikepdf.Page, frame: Frame, volume: pikepdf.Pdf) -> None:
    drawing = volume.copy_foreign(page.as_form_xobject())
    place.add_resource(drawing, pikepdf.Name.XObject, _SCAN)
    spot = pikepdf.Rectangle(frame.left, frame.bottom, frame.left + frame.width, frame.bottom + frame.height)
    place.contents_add(
        place.calc_form_xobject_placement(
            drawing, _SCAN, spot, invert_transformations=True, allow_shrink=True, allow_expand=False
        )
    )


def _lay_picture(picture: Picture, place: pikepdf.Page, frame: Frame, volume: pikepdf.Pdf) -> None:
    width, height = picture.shown
    scale = min(frame.width / width, frame.height / height, picture.unit)
    left = frame.left + (frame.width - width * scale) / 2
    bottom = frame.bottom + (frame.height - height * scale) / 2
    place.add_resource(picture.as_stream(volume), pikepdf.Name.XObject, _SCAN)
    box = f"{width * scale:.4f} 0 0 {height * scale:.4f} {left:.4f} {bottom:.4f} cm"
    drawing = f"q {box} {picture.turn} {_SCAN} Do Q".encode()
    place.contents_add(drawing)
