"""A PDF opened as the binder will: its pages as viewers show them, why they must be drawn, what cannot be shown."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf

from archive.papers.faults import PaperFault, unreadable
from archive.papers.shape import Shape
from archive.pdf.pdfa import Reading, page_faults

MAX_PAGES = 5_000
_READ_WHOLE = 16 * 1024 * 1024
"""Smaller files are read into memory, so that a volume of many scans does not run out of open files."""
_LETTER = (0.0, 0.0, 612.0, 792.0)
"""What viewers show of a page whose box says nothing."""
_MOST_POINTS = 14_400
"""PDF's own limit."""
_BEHIND_THE_PAGES = {"/Source", "/Data", "/Alternative", "/Schema", "/FormData"}
"""Relations of embedded files that say the same as the pages, such as the data of an electronic invoice."""

_INHERITED = ("/MediaBox", "/CropBox", "/Rotate")
_Said = Mapping[str, Any]
"""Attribute of a page → its value."""
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
        """Width and height as a viewer shows it, its turn taken into account."""
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


def open_pdf(path: Path, reading: Reading | None = None) -> PdfPaper:
    """Open a PDF and judge its structure; the caller closes its source.

    Args:
        path: the file.
        reading: told what is come across.

    Raises:
        PaperFault: it is encrypted or broken, its content is elsewhere, or its pages fit no volume.
        OSError: it cannot be read now.
    """
    with unreadable():
        source, data = _opened(path, whole=reading is None)
        try:
            return _judged(source, data, reading)
        except BaseException:
            source.close()
            raise


def _opened(path: Path, *, whole: bool) -> tuple[pikepdf.Pdf, bytes | Path]:
    """Open a file, and tell what it was opened from, for other libraries.

    Args:
        path: the file.
        whole: read small ones into memory.
    """
    data: bytes | Path = path.read_bytes() if whole and path.stat().st_size < _READ_WHOLE else path
    try:
        return _strictly(data), data
    except pikepdf.PasswordError:
        raise
    except pikepdf.PdfError:
        # Some systems put zero bytes behind a file, so many that its end is not found.
        found = path.read_bytes()
        if not found.endswith(b"\0"):
            raise
        data = found.rstrip(b"\0")
        return _strictly(data), data


def _strictly(data: bytes | Path) -> pikepdf.Pdf:
    """Open a PDF as it stands; one that only opens after repair is not what its maker had in hand."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    return pikepdf.open(source, attempt_recovery=False, suppress_warnings=True)


def _judged(source: pikepdf.Pdf, data: bytes | Path, reading: Reading | None) -> PdfPaper:
    if source.is_encrypted:
        raise PaperFault("encrypted")
    count = len(source.pages)
    if count > MAX_PAGES:
        raise PaperFault("many", f"{count}页")
    remarks = tuple(_kept_elsewhere(source))
    above: dict[tuple[int, int], _Said] = {}
    leaves = tuple(leaf_of(page.obj, above) for page in source.pages)
    for number, leaf in enumerate(leaves, 1):
        shape = leaf.shape
        if max(shape.width, shape.height) > _MOST_POINTS:
            raise PaperFault("size", f"第{number}页")
        shape.check(number)
    return PdfPaper(source, data, leaves, page_faults(source, reading), remarks)


def leaf_of(page: pikepdf.Dictionary, above: dict[tuple[int, int], _Said]) -> Leaf:
    """Return how viewers show a page: /CropBox within /MediaBox, never the boxes of printers.

    Args:
        page: the page.
        above: what nodes of the page tree say of the pages below, by their numbers; added to.
    """
    said = _said(page, above)
    media = _box(said.get("/MediaBox")) or _LETTER
    box = media
    if crop := _box(said.get("/CropBox")):
        box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    turn = said.get("/Rotate", 0)
    right_angles = round(float(turn) / 90) % 4 if isinstance(turn, (int, float, Decimal)) else 0
    return Leaf(box if box[0] < box[2] and box[1] < box[3] else media, right_angles * 90)


def _said(page: pikepdf.Dictionary, above: dict[tuple[int, int], _Said]) -> _Said:
    """Return what a page or the nodes above it say of its boxes and turn, each node looked at once."""
    way: list[_Said] = [_own(page)]
    numbers: list[tuple[int, int]] = []
    node = page.get("/Parent")
    while isinstance(node, pikepdf.Dictionary) and (number := node.objgen) not in above and number not in numbers:
        numbers.append(number)
        way.append(_own(node))
        node = node.get("/Parent")
    said = above.get(node.objgen, {}) if isinstance(node, pikepdf.Dictionary) else {}
    for number, own in zip(reversed(numbers), reversed(way[1:]), strict=True):
        said = above[number] = {**said, **own}
    return {**said, **way[0]}


def _own(node: pikepdf.Dictionary) -> _Said:
    keys = node.keys()
    return {key: node[key] for key in _INHERITED if key in keys}


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
    keys = root.keys()
    if "/Collection" in keys:
        raise PaperFault("embedded", "PDF包")
    form = root.AcroForm if "/AcroForm" in keys else None
    dynamic = (
        isinstance(form, pikepdf.Dictionary)
        and "/XFA" in form
        and (root.get("/NeedsRendering") or not form.get("/Fields"))
    )
    if dynamic:
        raise PaperFault("embedded", "XFA动态表单，各页只显示“请稍候”一类的话；请在Adobe软件中打印为PDF")
    names = root.Names if "/Names" in keys else None
    if isinstance(names, pikepdf.Dictionary) and "/EmbeddedFiles" in names:
        said = [str(spec.obj.get("/AFRelationship", "")) for spec in source.attachments.values()]
        if strange := sum(relation not in _BEHIND_THE_PAGES for relation in said):
            raise PaperFault("embedded", f"内嵌{strange}个文件")
        if said:
            yield f"内嵌{len(said)}个数据文件，不在卷页内，随原文件保存"
