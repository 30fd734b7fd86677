"""Pages drawn by pdfium with the faces that come with the product, so that they look the same on every machine."""

from __future__ import annotations

import ctypes
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from PIL import Image
from pylopdf_fonts_zh_cn import sans_path, serif_path

from archive.papers.faults import PaperFault
from archive.papers.pdf import Leaf, PdfPaper
from archive.papers.pictures import Picture

DPI = 200
"""Resolution a page is drawn with that cannot be taken over as it is."""
_PROOF_DPI = 72
_MOST_PIXELS = 36_000_000
"""A page larger than A0 at 150 dpi is drawn coarser."""
_MOST_PROOF_PIXELS = 4_000_000
_EAST_ASIAN = {128, 129, 130, 134, 136}
"""Character sets of Windows: Japanese, Korean twice, simplified and traditional Chinese."""
_SERIF, _SANS = 1, 2
_SANS_NAMES = ("hei", "gothic", "sans", "dengxian", "yuan", "arial", "helvetica", "黑", "圆", "等线")
_WHOLE_FILE = 0
"""The table that stands for all of a font file."""
# What pdfium's wrapper logs is for programmers, and English.
logging.getLogger("pypdfium2").addHandler(logging.NullHandler())
logging.getLogger("pypdfium2").propagate = False


class _OwnFaces(pdfium.PdfSysfontBase):  # type: ignore[misc]
    """Gives pdfium our Chinese faces, and never the machine's; Latin letters it draws with faces of its own."""

    def EnumFonts(self, _: Any, mapper: Any) -> None:
        """Tell of no font of the machine."""

    def MapFont(self, _: Any, weight: int, italic: int, charset: int, pitch: int, face: Any, exact: Any) -> int | None:
        """Return the face for a font that is not embedded, or None for pdfium's own."""
        if charset not in _EAST_ASIAN:
            return None
        name = (ctypes.cast(face, ctypes.c_char_p).value or b"").decode("utf-8", "replace").lower() if face else ""
        return _SANS if any(part in name for part in _SANS_NAMES) else _SERIF

    def GetFont(self, _: Any, face: Any) -> None:
        """Know no font by its name."""

    def GetFontData(self, _: Any, face: int, table: int, buffer: Any, size: int) -> int:
        """Copy a font file and return its size."""
        data = _font_file(face) if table == _WHOLE_FILE else b""
        if buffer and size >= len(data) > 0:
            ctypes.memmove(buffer, data, len(data))
        return len(data)

    def GetFaceName(self, _: Any, face: int, buffer: Any, size: int) -> int:
        """Tell no name."""
        return 0

    def GetFontCharset(self, _: Any, face: int) -> int:
        """Tell that a face is for simplified Chinese."""
        return 134

    def DeleteFont(self, _: Any, face: int) -> None:
        """Keep what was read for the next."""


@cache
def _font_file(face: int) -> bytes:
    return Path(sans_path() if face == _SANS else serif_path()).read_bytes()


@cache
def use_own_faces() -> None:
    """Let pdfium draw with our faces from now on; more than once is harmless."""
    _OwnFaces().setup()


@contextmanager
def drawable(paper: PdfPaper) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF with pdfium, its forms to be filled in.

    Raises:
        PaperFault: pdfium does not open it, or does not find the same pages.
    """
    use_own_faces()
    try:
        document = pdfium.PdfDocument(_with_popups(paper))
    except pdfium.PdfiumError:
        raise PaperFault("broken", "各页须重新绘制，但画不出") from None
    with document:
        document.init_forms()
        if len(document) != len(paper.leaves):
            raise PaperFault("counts", f"{len(paper.leaves)}页或{len(document)}页")
        yield document


def _with_popups(paper: PdfPaper) -> bytes | Path:
    """Return a PDF whose popups that have a look are shown like any annotation: pdfium passes over popups."""
    notes = (note for page in paper.source.pages for note in page.obj.get("/Annots", ()))
    popups = [
        note
        for note in notes
        if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/Popup" and "/AP" in note
    ]
    if not popups:
        return paper.data
    for note in popups:
        note.Subtype = pikepdf.Name.Stamp
    stream = io.BytesIO()
    paper.source.save(stream)
    return stream.getvalue()


def page_of(document: pdfium.PdfDocument, index: int, leaf: Leaf) -> pdfium.PdfPage:
    """Return a page that shows what viewers show.

    Raises:
        PaperFault: it cannot be loaded.
    """
    try:
        page = document[index]
    except pdfium.PdfiumError:
        raise PaperFault("counts", f"第{index + 1}页不在") from None
    if any(abs(ours - theirs) > 0.5 for ours, theirs in zip(_size(leaf), page.get_size(), strict=True)):
        page.set_mediabox(*leaf.box)
        page.set_cropbox(*leaf.box)
        page.set_rotation(leaf.turn)
    return page


def render(page: pdfium.PdfPage, leaf: Leaf, dpi: float, most: int, *, grey: bool = False) -> tuple[Image.Image, float]:
    """Draw a page.

    Args:
        page: of page_of.
        leaf: how it is shown.
        dpi: the resolution wished for.
        most: pixels; a page that would have more is drawn coarser.
        grey: without colours.

    Returns:
        The drawing, grey or RGB, and its resolution.
    """
    width, height = _size(leaf)
    scale = min(dpi / 72, sqrt(most / (width * height)))
    bitmap = page.render(scale=scale, may_draw_forms=True, grayscale=grey)
    try:
        return bitmap.to_pil().convert("L" if grey else "RGB"), scale * 72
    finally:
        bitmap.close()


def drawn(paper: PdfPaper) -> Iterator[Picture]:
    """Yield every page of a PDF as a picture.

    Raises:
        PaperFault: a page cannot be drawn.
    """
    for image, dpi in _drawn(paper, DPI):
        yield Picture.drawn(image, dpi)


def drawings(paper: PdfPaper, dpi: float) -> Iterator[Image.Image]:
    """Yield every page of a PDF in RGB.

    Args:
        paper: the PDF.
        dpi: the resolution wished for; very large pages are drawn coarser.

    Raises:
        PaperFault: a page cannot be drawn.
    """
    return (image for image, _ in _drawn(paper, dpi))


def _drawn(paper: PdfPaper, wished: float) -> Iterator[tuple[Image.Image, float]]:
    """Yield every page drawn, and its resolution."""
    with drawable(paper) as document:
        for index, leaf in enumerate(paper.leaves):
            page = page_of(document, index, leaf)
            image, dpi = render(page, leaf, wished, _MOST_PIXELS)
            page.close()
            yield image, dpi


def proofs(paper: PdfPaper) -> Iterator[tuple[pdfium.PdfPage, Image.Image, float]]:
    """Yield every page coarsely drawn, to be looked at: the page, the drawing, its resolution.

    Raises:
        PaperFault: a page cannot be drawn.
    """
    with drawable(paper) as document:
        for index, leaf in enumerate(paper.leaves):
            page = page_of(document, index, leaf)
            yield page, *render(page, leaf, _PROOF_DPI, _MOST_PROOF_PIXELS, grey=True)
            page.close()


def _size(leaf: Leaf) -> tuple[float, float]:
    return leaf.shape.width, leaf.shape.height
