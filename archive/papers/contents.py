"""What a PDF's pages are drawn from, read through once: every stream, every form it calls, every picture.

Bounds are kept on what a viewer would have to do: bytes of content, forms within forms, pixels.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pikepdf

from archive.papers.faults import PaperFault, unreadable
from archive.papers.pixels import check_pixels
from archive.pdf.pdfa import EMBEDDED, MANY_BYTES, Reading, content_of

_MANY_DRAWN = 512 * 1024 * 1024
"""So many bytes of content a page may have drawn, forms counted as often as they are called."""
_DEEPEST = 40
"""Viewers give up drawing forms within forms about here."""
_CALL = re.compile(rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]+)[\x00\t\n\x0c\r ]+Do(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_COMPONENTS = {"/DeviceRGB": 3, "/CalRGB": 3, "/Lab": 3, "/RGB": 3, "/DeviceCMYK": 4, "/CMYK": 4}
_LISTS_OF_CHARACTERS = {"GB1", "CNS1", "Japan1", "Japan2", "Korea1", "KR"}
_CODES_OF_FAX = {"/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}

_Key = tuple[int, int]


@dataclass(slots=True)
class _Form:
    """A content stream being weighed: what it calls is weighed before it."""

    key: _Key | None
    resources: Any
    total: int
    """Bytes of content drawn for it."""
    waiting: Iterator[Any]
    """The forms it calls that are still to be weighed."""
    depth: int = 0


def check_contents(pdf: pikepdf.Pdf, reading: Reading) -> None:
    """Refuse a PDF whose pages cannot be read through, call what is not there, or would never be drawn to the end.

    Args:
        pdf: the file.
        reading: of its pages.

    Raises:
        PaperFault: with the page.
    """
    weighed: dict[_Key, tuple[int, int]] = {}
    for number, page in enumerate(pdf.pages, 1):
        with unreadable(f"第{number}页"):
            node = page.obj
            keys = node.keys()
            notes = node.Annots if "/Annots" in keys else ()
            _check_notes(notes)
            streams = _streams(node.Contents if "/Contents" in keys else None)
            resources = node.Resources if "/Resources" in keys else page.resources
            first = _opened_form(None, streams, resources, reading, _appearances(notes))
            total, _ = _weigh(first, weighed, number, reading)
            if total > _MANY_DRAWN:
                raise PaperFault("bomb", f"第{number}页")


def check_parts(reading: Reading) -> bool:
    """Decode every picture of a PDF's pages once and look at its fonts.

    Returns:
        Whether some pictures are coded as only viewers can read.

    Raises:
        PaperFault: a picture is damaged, cut off or too large, or nobody can tell the letters of a font; with the page.
    """
    faxed = False
    for number, kind, item in reading.parts:
        if kind == "/Font" and _is_unreadable(item):
            raise PaperFault("lost", f"第{number}页的字体没有嵌入，也没有说明是哪些字")
        if kind == "/XObject" and isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
            with unreadable(f"第{number}页的图像"):
                for picture in (item, item.get("/SMask"), item.get("/Mask")):
                    faxed |= isinstance(picture, pikepdf.Stream) and _check_picture(picture)
    return faxed


def _is_unreadable(font: Any) -> bool:
    """Tell whether a font is neither embedded nor says by which list of characters its codes go."""
    if not isinstance(font, pikepdf.Dictionary) or "/CIDSystemInfo" not in font:
        return False
    descriptor = font.get("/FontDescriptor", pikepdf.Dictionary())
    return str(font.CIDSystemInfo.get("/Ordering", "")) not in _LISTS_OF_CHARACTERS and not any(
        key in descriptor for key in EMBEDDED
    )


def _check_notes(notes: Iterable[Any]) -> None:
    if any(isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/FileAttachment" for note in notes):
        raise PaperFault("embedded", "附有文件")


def _streams(contents: Any) -> list[pikepdf.Stream]:
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def _appearances(notes: Iterable[Any]) -> Iterator[pikepdf.Stream]:
    """Yield what annotations look like, in every state."""
    for note in notes:
        looks = note.get("/AP") if isinstance(note, pikepdf.Dictionary) else None
        normal = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
        states = normal.values() if type(normal) is pikepdf.Dictionary else [normal]
        yield from (state for state in states if isinstance(state, pikepdf.Stream))


def _weigh(first: _Form, weighed: dict[_Key, tuple[int, int]], page: int, reading: Reading) -> tuple[int, int]:
    """Return how many bytes of content a page has drawn and how deep its forms go.

    Walked without recursion; `weighed` remembers forms by their numbers.
    """
    way = [first]
    on_way: set[_Key] = set()
    while True:
        form = way[-1]
        inner = next(form.waiting, None)
        if inner is None:
            way.pop()
            if form.key is not None:
                weighed[form.key] = form.total, form.depth
                on_way.discard(form.key)
            if not way:
                return form.total, form.depth
            _add(way[-1], form.total, form.depth)
        elif (key := inner.objgen) in weighed:
            _add(form, *weighed[key])
        elif key in on_way or len(way) > _DEEPEST:
            raise PaperFault("bomb", f"第{page}页的图形自己套自己，或层层相套")
        else:
            on_way.add(key)
            way.append(_opened_form(key, [inner], inner.get("/Resources") or form.resources, reading))
        if form.depth > _DEEPEST or form.total > _MANY_DRAWN:
            raise PaperFault("bomb", f"第{page}页的图形层层相套")


def _add(form: _Form, total: int, depth: int) -> None:
    form.total += total
    form.depth = max(form.depth, depth + 1)


def _opened_form(
    key: _Key | None,
    streams: list[pikepdf.Stream],
    resources: Any,
    reading: Reading,
    more: Iterable[pikepdf.Stream] = (),
) -> _Form:
    data = b"\n".join(_read(stream, reading) for stream in streams)
    return _Form(key, resources, len(data), chain(_called(data, resources, streams), more))


def _read(stream: pikepdf.Stream, reading: Reading) -> bytes:
    known = reading.contents.get(stream.objgen)
    data = content_of(stream) if known is None else known
    if len(data) > MANY_BYTES:
        raise PaperFault("bomb", "页面内容过大")
    return data


def _called(data: bytes, resources: Any, streams: list[pikepdf.Stream]) -> Iterator[Any]:
    """Yield the forms content calls, as often as it does; refuse a call of what is not there."""
    named: Any = None
    for call in _CALL.finditer(data):
        name = "/" + _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), call[1]).decode("utf-8", "replace")
        if named is None:
            named = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
            named = named if isinstance(named, pikepdf.Dictionary) else {}
        drawing = named.get(name)
        if drawing is None and name in _really_called(streams):
            raise PaperFault("broken", f"缺少图像{name[1:]}")
        if isinstance(drawing, pikepdf.Stream) and drawing.get("/Subtype") == "/Form":
            yield drawing


def _really_called(streams: list[pikepdf.Stream]) -> set[str]:
    """Return the names content calls; letters of a text may look like a call."""
    return {
        str(instruction.operands[0])
        for stream in streams
        for instruction in pikepdf.parse_content_stream(stream, "Do")
        if instruction.operands
    }


def _check_picture(picture: pikepdf.Stream) -> bool:
    """Decode a picture; tell whether it is coded as only viewers can read."""
    width, height = int(picture.get("/Width", 0)), int(picture.get("/Height", 0))
    last = _filters(picture)[-1:]
    colours = 1 if picture.get("/ImageMask", False) else _components(picture.get("/ColorSpace"))
    check_pixels(width, height, 2 * max(colours, 1))
    if last and last[0] in _CODES_OF_FAX:
        return True
    if last == ["/JPXDecode"]:
        from PIL import Image

        with Image.open(io.BytesIO(picture.read_raw_bytes()), formats=["JPEG2000"]) as image:
            image.load()
        return False
    # The library of qpdf counts a JPEG's warnings as damage; Pillow and pdfium pass over them.
    data = picture.read_bytes(pikepdf.StreamDecodeLevel.all)
    depth = 1 if picture.get("/ImageMask", False) else int(picture.get("/BitsPerComponent", 8))
    row = (width * max(colours, 1) * depth + 7) // 8
    if last != ["/DCTDecode"] and colours and len(data) <= row * (height - 1):
        raise PaperFault("broken", "图像数据不完整")
    return False


def _filters(stream: pikepdf.Stream) -> list[str]:
    filters = stream.get("/Filter", pikepdf.Array())
    return [str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])]


def _components(space: Any) -> int:
    """Return how many values a pixel has in a colour space, 0 where that is not known."""
    if isinstance(space, pikepdf.Array) and len(space):
        kind = str(space[0])
        if kind == "/ICCBased":
            return int(space[1].get("/N", 0))
        if kind == "/DeviceN":
            return len(space[1])
        return _COMPONENTS.get(kind, 1)
    return _COMPONENTS.get(str(space), 1) if isinstance(space, pikepdf.Name) else 0
