"""A PDF opened as the binder will: its pages as viewers show them, why they must be drawn, what cannot be shown."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

from archive.papers.faults import PaperFault, unreadable
from archive.papers.shape import Shape
from archive.pdfa import page_faults

MAX_PAGES = 5_000
_READ_WHOLE = 16 * 1024 * 1024
"""Smaller files are read into memory, so that a volume of many scans does not run out of open files."""
_TAIL = 4096
_LETTER = (0.0, 0.0, 612.0, 792.0)
"""What viewers show of a page whose box says nothing."""
_MOST_POINTS = 14_400
"""PDF's own limit."""
_BEHIND_THE_PAGES = {"/Source", "/Data", "/Alternative", "/Schema", "/FormData"}
"""Relations of embedded files that say the same as the pages, such as the data of an electronic invoice."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page as viewers show it."""

    box: Box
    """CropBox within MediaBox: left, bottom, right, top, in points."""
    turn: int
    """Clockwise, 0, 90, 180 or 270 degrees."""

    @property
    def shape(self) -> Shape:
        """How it is looked at."""
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        return Shape(height, width) if self.turn % 180 else Shape(width, height)


@dataclass(frozen=True, slots=True)
class PdfPaper:
    """A PDF whose structure is sound."""

    source: pikepdf.Pdf = field(repr=False)
    data: bytes | Path = field(repr=False)
    """What it was opened from, for other libraries."""
    leaves: tuple[Leaf, ...]
    redrawn: tuple[str, ...]
    """Why its pages are drawn anew instead of taken over; empty when they are taken over."""
    remarks: tuple[str, ...]
    """What else the 备考表 says of it."""


def open_pdf(path: Path) -> PdfPaper:
    """Open a PDF and judge its structure; the caller closes its source.

    Raises:
        PaperFault: it is encrypted or broken, its content is elsewhere, or its pages fit no volume.
        OSError: it cannot be read now.
    """
    with unreadable():
        data = _data(path)
        # A file that only opens after repair is not what its maker had in hand.
        source = pikepdf.open(
            io.BytesIO(data) if isinstance(data, bytes) else data, attempt_recovery=False, suppress_warnings=True
        )
        try:
            return _judged(source, data)
        except BaseException:
            source.close()
            raise


def _data(path: Path) -> bytes | Path:
    """Return a file as it is opened: a large one by its path, without the zero bytes some systems put behind it."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        padded = stream.read().endswith(b"\0")
        if size >= _READ_WHOLE and not padded:
            return path
        stream.seek(0)
        return stream.read().rstrip(b"\0")


def _judged(source: pikepdf.Pdf, data: bytes | Path) -> PdfPaper:
    if source.is_encrypted:
        raise PaperFault("encrypted")
    count = len(source.pages)
    if count > MAX_PAGES:
        raise PaperFault("many", f"{count}页")
    remarks = tuple(_kept_elsewhere(source))
    leaves = tuple(leaf_of(page.obj) for page in source.pages)
    for number, leaf in enumerate(leaves, 1):
        if max(leaf.shape.width, leaf.shape.height) > _MOST_POINTS:
            raise PaperFault("size", f"第{number}页")
        leaf.shape.check(number)
    return PdfPaper(source, data, leaves, page_faults(source), remarks)


def leaf_of(page: pikepdf.Dictionary) -> Leaf:
    """Return how viewers show a page: /CropBox within /MediaBox, never the boxes of printers."""
    media = _box(_inherited(page, "/MediaBox")) or _LETTER
    crop = _box(_inherited(page, "/CropBox")) or media
    box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    turn = _inherited(page, "/Rotate")
    right_angles = round(float(turn) / 90) % 4 if isinstance(turn, (int, float)) or hasattr(turn, "as_tuple") else 0
    return Leaf(box if box[0] < box[2] and box[1] < box[3] else media, right_angles * 90)


def _inherited(page: pikepdf.Dictionary, key: str) -> Any:
    """Return an attribute of a page or of what it is below, each looked at once."""
    seen: set[tuple[int, int]] = set()
    node: Any = page
    while isinstance(node, pikepdf.Dictionary) and node.objgen not in seen:
        if (value := node.get(key)) is not None:
            return value
        seen.add(node.objgen)
        node = node.get("/Parent")
    return None


def _box(value: Any) -> Box | None:
    """Return a rectangle with its corners in order, or None where it holds no area."""
    if not isinstance(value, pikepdf.Array) or len(value) < 4:
        return None
    one, two, three, four = (float(edge) for edge in list(value)[:4])
    box = min(one, three), min(two, four), max(one, three), max(two, four)
    return box if box[0] < box[2] and box[1] < box[3] else None


def _kept_elsewhere(source: pikepdf.Pdf) -> Iterator[str]:
    """Yield a remark where data is embedded behind the pages; refuse what keeps its content outside its pages.

    Raises:
        PaperFault: a portfolio, an XFA form that viewers cannot show, or embedded files that are papers themselves.
    """
    root = source.Root
    if "/Collection" in root:
        raise PaperFault("embedded", "PDF包")
    form = root.get("/AcroForm")
    dynamic = (
        isinstance(form, pikepdf.Dictionary)
        and "/XFA" in form
        and (root.get("/NeedsRendering") or not form.get("/Fields"))
    )
    if dynamic:
        raise PaperFault("embedded", "XFA动态表单，各页只显示“请稍候”一类的话；请在Adobe软件中打印为PDF")
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary) and "/EmbeddedFiles" in names:
        said = [str(spec.obj.get("/AFRelationship", "")) for spec in source.attachments.values()]
        if strange := sum(relation not in _BEHIND_THE_PAGES for relation in said):
            raise PaperFault("embedded", f"内嵌{strange}个文件")
        if said:
            yield f"内嵌{len(said)}个数据文件，不在卷页内，随原文件保存"
