"""The one way to open a paper, for intake as for filing; and what only intake does: prove that all of it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from archive.papers.contents import check_contents, check_parts
from archive.papers.faults import PaperFault, unreadable
from archive.papers.kinds import PDF
from archive.papers.pdf import PdfPaper, open_pdf
from archive.papers.shape import Shape
from archive.pdf.pdfa import Reading

# What meets no picture and draws no page loads neither Pillow nor pdfium: most papers are PDFs taken over as they are.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from PIL import Image

    from archive.papers.images import ImagePaper
    from archive.papers.pictures import Picture


@dataclass(frozen=True, slots=True)
class OpenedPaper:
    """A paper whose structure is sound, as the binder lays it."""

    inner: PdfPaper | ImagePaper
    reading: Reading | None = None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Width and height of each page as a viewer shows it."""
        inner = self.inner
        return tuple(leaf.shape for leaf in inner.leaves) if isinstance(inner, PdfPaper) else inner.shapes

    @property
    def redrawn(self) -> tuple[str, ...]:
        """Why its pages are drawn anew, in Chinese; empty when they are taken over."""
        return self.inner.redrawn if isinstance(self.inner, PdfPaper) else ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else the 备考表 says of it."""
        return self.inner.remarks

    @property
    def pages(self) -> list[pikepdf.Page]:
        """The pages that are taken over, boxed as they are shown; none where they are drawn or pictures."""
        inner = self.inner
        if not isinstance(inner, PdfPaper) or inner.redrawn:
            return []
        found = list(inner.source.pages)
        for page, leaf in zip(found, inner.leaves, strict=True):
            for name in ("/MediaBox", "/CropBox", "/TrimBox"):
                page.obj[name] = pikepdf.Array(leaf.box)
            page.obj.Rotate = leaf.turn
        return found

    def pictures(self) -> Iterator[Picture]:
        """Yield the pages that are not taken over, as pictures.

        Raises:
            PaperFault: one cannot be shown.
        """
        if isinstance(self.inner, PdfPaper):
            from archive.papers.drawing import drawn

            yield from drawn(self.inner)
        else:
            from archive.papers.images import pictures

            yield from pictures(self.inner)

    def images(self, dpi: float) -> Iterator[Image.Image]:
        """Yield every page upright as a viewer shows it, in black and white, grey or RGB.

        Args:
            dpi: the resolution pages of a PDF are drawn in; images keep their own.

        Raises:
            PaperFault: one cannot be shown.
        """
        if isinstance(self.inner, PdfPaper):
            from archive.papers.drawing import drawings

            yield from drawings(self.inner, dpi)
        else:
            from archive.papers.images import decoded

            yield from (image for image, _ in decoded(self.inner))

    def prove(self) -> None:
        """Read all of it once as binding will.

        Raises:
            PaperFault: something of it cannot be shown.
        """
        with unreadable():
            if isinstance(self.inner, PdfPaper):
                _prove_pdf(self.inner, self.reading or Reading())
            else:
                from archive.papers.images import prove

                prove(self.inner)

    def close(self) -> None:
        """Let the file go."""
        if isinstance(self.inner, PdfPaper):
            self.inner.source.close()


@contextmanager
def opened(path: Path, media_type: str) -> Iterator[OpenedPaper]:
    """Open a paper for as long as the context lasts.

    Args:
        path: the file.
        media_type: what it is; one that goes onto pages.

    Raises:
        PaperFault: it cannot be shown.
        OSError: it cannot be read now.
    """
    paper = open_paper(path, media_type, Reading())
    try:
        yield paper
    finally:
        paper.close()


def open_paper(path: Path, media_type: str, reading: Reading | None = None) -> OpenedPaper:
    """Open a paper; the caller closes it.

    Args:
        path: the file.
        media_type: what it is; one that goes onto pages.
        reading: told what is come across in a PDF, for one that is to be proved.

    Raises:
        PaperFault: it cannot be shown.
        OSError: it cannot be read now.
    """
    if media_type == PDF:
        return OpenedPaper(open_pdf(path, reading), reading)
    from archive.papers.images import open_paper as open_image_paper

    return OpenedPaper(open_image_paper(path, media_type))


def _prove_pdf(paper: PdfPaper, reading: Reading) -> None:
    check_contents(paper.source, reading)
    faxed = check_parts(reading)
    if paper.redrawn or faxed:
        from archive.papers.ink import check_ink

        check_ink(paper)


__all__ = ["OpenedPaper", "PaperFault", "open_paper", "opened"]
