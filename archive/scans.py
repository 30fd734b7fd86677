"""Scanned papers behind a record: judged before the volume is set, laid onto their places afterwards."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from PIL import Image, ImageOps, ImageSequence

from archive.pdfa import page_faults
from archive.pictures import Picture, jpeg_of, orientation_of, picture_of
from jishi.errors import ArchiveDamaged, reason_of

PDF = "application/pdf"
_SCAN = pikepdf.Name("/Scan")
"""A scan's name on its page: always the same, so that the same volume gives the same bytes."""
_DPI = 200
"""Resolution a page is drawn with that cannot be taken over as it is."""
_LEAST_DPI = 100
"""A picture is never enlarged beyond this resolution: a small photograph stays small."""
_READ_WHOLE = 16 * 1024 * 1024
"""Smaller files are read into memory, so that a volume of many scans does not run out of open files."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One attachment of a record."""

    path: Path
    media_type: str
    pages: int
    title: str
    sha256: str


@dataclass(slots=True)
class Sheets:
    """A scan opened and judged: how its pages lie, and how they will be brought in."""

    scan: Scan
    landscape: tuple[bool, ...]
    """Per page: whether it is wider than high, as shown."""
    faults: tuple[str, ...]
    """Why its pages are drawn anew instead of taken over; empty when they are taken over."""
    source: pikepdf.Pdf | None = field(default=None, repr=False)
    """The open file whose pages are taken over."""

    @property
    def warning(self) -> str:
        """The line for the 备考表, or empty."""
        if not self.faults:
            return ""
        why = "、".join(self.faults[:3]) + ("等" if len(self.faults) > 3 else "")
        return f"附件《{self.scan.title}》{why}，卷内页面按{_DPI}dpi转为图像，原文件附在本卷电子文件内。"


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle of a page a scan is laid into, in points from the lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


def opened(scan: Scan, stack: ExitStack) -> Sheets:
    """Return a scan's pages, judged; files stay open until the stack is closed.

    Raises:
        ArchiveDamaged: its bytes differ from the digest, it does not open, or its page count differs.
    """
    try:
        with scan.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ArchiveDamaged(f"附件《{scan.title}》读不出：{reason_of(error)}（{scan.path.name}）") from error
    if digest != scan.sha256:
        raise ArchiveDamaged(f"附件《{scan.title}》与登记的校验码不符（{scan.path.name}），请核对原件后重新投递")
    sheets = _opened_pdf(scan, stack) if scan.media_type == PDF else _opened_image(scan)
    if len(sheets.landscape) != scan.pages:
        raise ArchiveDamaged(f"附件《{scan.title}》有{len(sheets.landscape)}页，登记为{scan.pages}页，请更正后重新投递")
    return sheets


def _opened_pdf(scan: Scan, stack: ExitStack) -> Sheets:
    try:
        small = scan.path.stat().st_size < _READ_WHOLE
        source = stack.enter_context(pikepdf.open(io.BytesIO(scan.path.read_bytes()) if small else scan.path))
        return Sheets(scan, tuple(map(_lies_wide, source.pages)), page_faults(source), source)
    except pikepdf.PasswordError:
        faults: tuple[str, ...] = ("已加密",)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError):  # what hostile structures raise
        faults = ("文件结构有损",)
    with _drawable(scan) as document:
        sizes = [page.get_size() for page in document]
    return Sheets(scan, tuple(width > height for width, height in sizes), faults)


def _lies_wide(page: pikepdf.Page) -> bool:
    left, bottom, right, top = (float(edge) for edge in page.trimbox.as_list())
    return (abs(right - left) > abs(top - bottom)) != (_rotation(page) % 180 == 90)


def _rotation(page: pikepdf.Page) -> int:
    """Return /Rotate, which a page may inherit from the page tree."""
    node: pikepdf.Object | None = page.obj
    while isinstance(node, pikepdf.Dictionary):
        if "/Rotate" in node:
            return int(node.Rotate)
        node = node.get("/Parent")
    return 0


def _opened_image(scan: Scan) -> Sheets:
    try:
        with Image.open(scan.path) as image:
            sizes = [_shown_size(frame) for frame in ImageSequence.Iterator(image)]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ArchiveDamaged(f"附件《{scan.title}》不是能打开的图像（{scan.path.name}）") from error
    return Sheets(scan, tuple(width > height for width, height in sizes), ())


def _shown_size(image: Image.Image) -> tuple[int, int]:
    return (image.height, image.width) if orientation_of(image) >= 5 else image.size


def _drawable(scan: Scan) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(scan.path)
    except pdfium.PdfiumError as error:
        raise ArchiveDamaged(f"附件《{scan.title}》打不开（{scan.path.name}）：{error}") from error


def lay(sheets: Sheets, pages: list[pikepdf.Page], frame: Frame, wide: Frame, volume: pikepdf.Pdf) -> None:
    """Lay every page of a scan onto its place, whole, upright, and no larger than it is.

    Args:
        sheets: the opened scan.
        pages: the places in the volume, one per page.
        frame: where on an upright page.
        wide: where on a page lying wide.
        volume: the volume the places belong to.
    """
    frames = [wide if lies else frame for lies in sheets.landscape]
    if sheets.source is not None and not sheets.faults:
        for page, place, spot in zip(sheets.source.pages, pages, frames, strict=True):
            _lay_page(page, place, spot, volume)
        return
    pictures = _drawn(sheets.scan) if sheets.scan.media_type == PDF else _pictures(sheets.scan)
    for picture, place, spot in zip(pictures, pages, frames, strict=True):
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


def _drawn(scan: Scan) -> Iterator[Picture]:
    with _drawable(scan) as document:
        document.init_forms()
        for page in document:
            bitmap = page.render(scale=_DPI / 72, may_draw_forms=True)
            yield jpeg_of(bitmap.to_pil().convert("RGB"))


def _pictures(scan: Scan) -> Iterator[Picture]:
    if scan.media_type != "image/tiff":
        yield picture_of(scan.path.read_bytes())
        return
    with Image.open(scan.path) as image:
        for frame in ImageSequence.Iterator(image):
            yield Picture.of_pixels(ImageOps.exif_transpose(frame.copy()))


def _lay_picture(picture: Picture, place: pikepdf.Page, frame: Frame, volume: pikepdf.Pdf) -> None:
    width, height = picture.shown
    scale = min(frame.width / width, frame.height / height, 72 / _LEAST_DPI)
    left = frame.left + (frame.width - width * scale) / 2
    bottom = frame.bottom + (frame.height - height * scale) / 2
    place.add_resource(picture.as_stream(volume), pikepdf.Name.XObject, _SCAN)
    box = f"{width * scale:.4f} 0 0 {height * scale:.4f} {left:.4f} {bottom:.4f} cm"
    drawing = f"q {box} {picture.turn} {_SCAN} Do Q".encode()
    place.contents_add(drawing)
