"""Small PDF files written by hand: no clock, no chance, the same bytes for the same pages."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

A4 = (595, 842)
"""Width and height of the page in points."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A one-bit picture; its black parts are painted in whatever colour the page asks for."""

    width: int
    height: int
    data: bytes
    """Rows of packed bits, deflated; a 0 bit paints."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A mask put on a page."""

    mask: Mask
    left: float
    bottom: float
    width: float
    height: float
    colour: tuple[float, float, float]

    @property
    def command(self) -> str:
        """The drawing command, with the name of the mask left open."""
        red, green, blue = self.colour
        return (
            f"q {red:.2f} {green:.2f} {blue:.2f} rg {self.width:.1f} 0 0 {self.height:.1f}"
            f" {self.left:.1f} {self.bottom:.1f} cm /{{}} Do Q"
        )


@dataclass(frozen=True, slots=True)
class PdfSheet:
    """One page: the tone of the paper and what is painted on it."""

    tone: tuple[float, float, float] = (1, 1, 1)
    placed: tuple[Placed, ...] = ()


def pdf_of(sheets: Sequence[PdfSheet], mark: str) -> bytes:
    """Return a PDF 1.4 file with these pages.

    Args:
        sheets: the pages; masks that stand on several of them are stored once.
        mark: a comment that makes the file's bytes its own.
    """
    masks: dict[int, tuple[str, Mask]] = {}
    for sheet in sheets:
        for item in sheet.placed:
            masks.setdefault(id(item.mask), (f"M{len(masks)}", item.mask))
    first_page = 3 + len(masks)
    pages = [first_page + 2 * place for place in range(len(sheets))]
    kids = " ".join(f"{number} 0 R" for number in pages)
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {len(sheets)}/Kids[{kids}]>>".encode()]
    bodies += [_mask_body(mask) for _, mask in masks.values()]
    names = {key: (name, 3 + place) for place, (key, (name, _)) in enumerate(masks.items())}
    for number, sheet in zip(pages, sheets, strict=True):
        bodies += _page_bodies(sheet, number + 1, names)
    return _file(bodies, mark)


def _mask_body(mask: Mask) -> bytes:
    head = (
        f"<</Type/XObject/Subtype/Image/Width {mask.width}/Height {mask.height}/ImageMask true/BitsPerComponent 1"
        f"/Filter/FlateDecode/Length {len(mask.data)}>>"
    )
    return head.encode() + b"\nstream\n" + mask.data + b"\nendstream"


def _page_bodies(sheet: PdfSheet, contents: int, names: dict[int, tuple[str, int]]) -> list[bytes]:
    used = {names[id(item.mask)] for item in sheet.placed}
    objects = "".join(f"/{name} {number} 0 R" for name, number in sorted(used))
    tone = " ".join(f"{part:.2f}" for part in sheet.tone)
    commands = [f"{tone} rg 0 0 {A4[0]} {A4[1]} re f"]
    commands += [item.command.format(names[id(item.mask)][0]) for item in sheet.placed]
    stream = zlib.compress("\n".join(commands).encode())
    page = (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {A4[0]} {A4[1]}]/Resources<</XObject<<{objects}>>>>"
        f"/Contents {contents} 0 R>>"
    )
    head = f"<</Filter/FlateDecode/Length {len(stream)}>>".encode()
    return [page.encode(), head + b"\nstream\n" + stream + b"\nendstream"]


def _file(bodies: Sequence[bytes], mark: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n%" + mark.encode() + b"\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{rows}".encode()
    out += f"trailer\n<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
