"""JPEG, PNG and TIFF files as papers: how many pages, how they lie, and each page as a picture."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from PIL import Image, ImageOps

from archive.papers import kinds
from archive.papers.decoding import check_image, dpi_of, open_image, orientation_of, plain, stretch_of
from archive.papers.faults import PaperFault, unreadable
from archive.papers.kinds import JPEG, PNG, TIFF
from archive.papers.limits import overhearing
from archive.papers.pictures import SPACES, UPRIGHT, Picture, upright
from archive.papers.shape import Shape

_FORMS = {JPEG: "JPEG", PNG: "PNG", TIFF: "TIFF"}
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""The next marker among a JPEG's coded pixels that does not belong to them."""
_EOI, _SOS, _BARE = 0xD9, 0xDA, (0x01, *range(0xD0, 0xD9))
_COMMON_CODINGS = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive Huffman coding: what PDF carries."""
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_PNG_SPACES = {0: ("/DeviceGray", 1), 2: ("/DeviceRGB", 3)}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row and their distances in each pass of an interlaced PNG."""
_SUBFILE, _OLD_SUBFILE, _ORIENTATION = 254, 255, 274
_REDUCED_OR_MASK, _OLD_REDUCED = 0b101, 2
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class ImagePaper:
    """An image file whose head is sound."""

    path: Path
    media_type: str
    shapes: tuple[Shape, ...]
    remarks: tuple[str, ...]
    data: bytes = field(default=b"", repr=False)
    """A JPEG without what its maker put behind it; a PNG; of a TIFF nothing."""


def open_paper(path: Path, media_type: str) -> ImagePaper:
    """Open an image file and look at the head of every page.

    Raises:
        PaperFault: it is broken, too large, or so long that no page can show it.
        OSError: it cannot be read now.
    """
    data = b"" if media_type == TIFF else path.read_bytes()
    if media_type == JPEG:
        data = data[: _end_of_jpeg(data)]
    with open_image(io.BytesIO(data) if data else path, _FORMS[media_type]) as image, unreadable():
        pages = _pages(image) if media_type == TIFF else [image]
        shapes = tuple(_shape(page, media_type) for page in pages)
        more = 0 if media_type == TIFF else int(getattr(image, "n_frames", 1)) - 1
    for number, shape in enumerate(shapes, 1):
        shape.check(number)
    remarks = (f"另含{more}幅图像（连拍、动画或附图），卷内只有主图",) if more > 0 else ()
    return ImagePaper(path, media_type, shapes, remarks, data)


def prove(paper: ImagePaper) -> None:
    """Decode every page once, so that nothing of it is found damaged when it is bound.

    Raises:
        PaperFault: something is.
    """
    if paper.media_type == JPEG:
        # The library of qpdf counts a JPEG's warnings as damage; Pillow passes over them.
        with unreadable("图像数据不完整或有损"), pikepdf.new() as pdf:
            stream = pikepdf.Stream(pdf, b"")
            stream.write(paper.data, filter=pikepdf.Name.DCTDecode)
            stream.read_bytes(pikepdf.StreamDecodeLevel.all)
    elif paper.media_type == PNG:
        _prove_png(paper.data)
    if not _as_it_is(paper):
        for _ in decoded(paper):
            pass


def pictures(paper: ImagePaper) -> Iterator[Picture]:
    """Yield every page as a picture, its compressed data unchanged where PDF can carry it.

    Raises:
        PaperFault: a page is damaged.
    """
    if picture := _as_it_is(paper):
        yield picture
    else:
        for image, stretch in decoded(paper):
            yield Picture.of_pixels(image, stretch)


def decoded(paper: ImagePaper) -> Iterator[tuple[Image.Image, tuple[float, float]]]:
    """Yield every page upright as a page can carry it, and the stretch of its pixels."""
    with open_image(io.BytesIO(paper.data) if paper.data else paper.path, _FORMS[paper.media_type]) as image:
        for page in _pages(image) if paper.media_type == TIFF else [image]:
            stretch, turned = stretch_of(page), _turned(page, paper.media_type)
            done = _overheard(page) if paper.media_type == TIFF else plain(page)
            if paper.media_type == JPEG:
                done = ImageOps.exif_transpose(done)
            yield done, stretch[::-1] if turned >= 5 else stretch


def _overheard(page: Image.Image) -> Image.Image:
    """Return the page of a TIFF, decoded; what its library complains of on stderr, it does not report otherwise.

    Raises:
        PaperFault: it is damaged.
    """
    with overhearing() as words:
        done = plain(page)
    if words():
        raise PaperFault("broken", "图像数据不完整或有损")
    return done


def _turned(page: Image.Image, media_type: str) -> int:
    """Return how a page is stored; a PNG counts as upright, as viewers show it."""
    if media_type == TIFF:
        tags = getattr(page, "tag_v2", {})
        return int(tags.get(_ORIENTATION, UPRIGHT))
    return orientation_of(page) if media_type == JPEG else UPRIGHT


def _shape(page: Image.Image, media_type: str) -> Shape:
    """Return how a page is looked at; Pillow tells the size of a turned TIFF upright already."""
    stretch, turned = stretch_of(page), _turned(page, media_type)
    if media_type == TIFF:
        stretch, turned = (stretch[::-1] if turned >= 5 else stretch), UPRIGHT
    width, height = upright(page.size, stretch, turned)
    points = 72 / dpi_of(page)
    return Shape(width * points, height * points)


def _pages(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the pages of a TIFF one after the other, without reduced copies and masks."""
    for number in range(int(getattr(image, "n_frames", 1))):
        with unreadable(f"第{number + 1}幅"):
            image.seek(number)
        tags = getattr(image, "tag_v2", {})
        if not (int(tags.get(_SUBFILE, 0)) & _REDUCED_OR_MASK or tags.get(_OLD_SUBFILE) == _OLD_REDUCED):
            check_image(image)
            yield image


def _as_it_is(paper: ImagePaper) -> Picture | None:
    """Return an image whose own data PDF can carry."""
    match paper.media_type:
        case kinds.JPEG:
            return _plain_jpeg(paper.data)
        case kinds.PNG:
            return _plain_png(paper.data)
    return None


def _plain_jpeg(data: bytes) -> Picture | None:
    """Return a JPEG as it is, or None where PDF cannot carry its coding or colours."""
    with open_image(io.BytesIO(data), "JPEG") as image:
        if image.mode not in ("L", "RGB") or _coding(data) not in _COMMON_CODINGS:
            return None
        keys = {"/ColorSpace": SPACES[image.mode], "/BitsPerComponent": 8, "/Filter": "/DCTDecode"}
        return Picture(data, image.size, keys, orientation_of(image), stretch_of(image))


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the markers of a JPEG with the place behind each, from the first to its end."""
    place = 2
    while place < len(data) - 1:
        if data[place] != 0xFF:
            raise PaperFault("broken", "JPEG结构有误")
        kind = data[place + 1]
        if kind == 0xFF:
            place += 1
            continue
        place += 2
        yield kind, place
        if kind == _EOI:
            return
        if kind in _BARE:
            continue
        place += int.from_bytes(data[place : place + 2])
        if kind == _SOS and (found := _MARKER.search(data, place)):
            place = found.start()
        elif kind == _SOS:
            return


def _end_of_jpeg(data: bytes) -> int:
    """Return where a JPEG ends; phones put films and other things behind it.

    Raises:
        PaperFault: it breaks off before its end.
    """
    for kind, place in _segments(data):
        if kind == _EOI:
            return place
    raise PaperFault("broken", "图像没有结束标记，文件不完整")


def _coding(data: bytes) -> int:
    """Return the marker that tells how a JPEG is coded."""
    return next((kind for kind, _ in _segments(data) if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC)), 0)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, list[bytes]] = {}
    place = len(_PNG_MARK)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        found.setdefault(kind, []).append(data[place + 8 : place + 8 + length])
        place += 12 + length
    return {kind: b"".join(parts) for kind, parts in found.items()}


def _plain_png(data: bytes) -> Picture | None:
    """Return the PNG's own compressed rows, when it has no palette, transparency or interlacing."""
    chunks = _chunks(data)
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", chunks[b"IHDR"])
    if colour not in _PNG_SPACES or interlaced or depth > 8 or b"tRNS" in chunks:
        return None
    space, colours = _PNG_SPACES[colour]
    rows = {"/Predictor": 15, "/Colors": colours, "/BitsPerComponent": depth, "/Columns": width}
    keys = {"/ColorSpace": space, "/BitsPerComponent": depth, "/Filter": "/FlateDecode", "/DecodeParms": rows}
    with open_image(io.BytesIO(data), "PNG") as image:
        return Picture(chunks[b"IDAT"], (width, height), keys, stretch=stretch_of(image))


def _prove_png(data: bytes) -> None:
    """Refuse a PNG whose sums are wrong or whose rows are not all there; Pillow leaves missing rows black."""
    with unreadable("图像数据不完整或有损"):
        with open_image(io.BytesIO(data), "PNG") as image:
            image.verify()
        chunks = _chunks(data)
        width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", chunks[b"IHDR"])
        bits = depth * _PNG_CHANNELS[colour]
        passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
        sizes = ((-(-(width - left) // across), -(-(height - top) // down)) for left, top, across, down in passes)
        needed = sum(high * (1 + (wide * bits + 7) // 8) for wide, high in sizes if wide > 0 and high > 0)
        if _unpacked(chunks[b"IDAT"]) < needed:
            raise PaperFault("broken", "图像数据不完整")


def _unpacked(data: bytes) -> int:
    """Return how many bytes data unpacks to, without holding them."""
    unpacking, total = zlib.decompressobj(), 0
    while data:
        total += len(unpacking.decompress(data, _BLOCK))
        data = unpacking.unconsumed_tail
    return total + len(unpacking.flush())
