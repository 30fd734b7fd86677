"""What a PDF's pages are drawn from, read through once: every stream, every form it calls, every picture.

Bounds are kept on what a viewer would have to do: bytes of content, forms within forms, pixels.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from archive.papers.faults import PaperFault, unreadable
from archive.papers.pixels import check_pixels
from archive.pdfa import drawn_with

_MANY_BYTES = 64 * 1024 * 1024
"""No content stream of a paper is as large."""
_MANY_DRAWN = 512 * 1024 * 1024
"""So many bytes of content a page may have drawn, forms counted as often as they are called."""
_DEEPEST = 40
"""Viewers give up drawing forms within forms about here."""
_CALL = re.compile(rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]+)[\x00\t\n\x0c\r ]+Do(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_COMPONENTS = {"/DeviceRGB": 3, "/CalRGB": 3, "/Lab": 3, "/RGB": 3, "/DeviceCMYK": 4, "/CMYK": 4}
_CODES_OF_FAX = {"/CCITTFaxDecode", "/CCF", "/JBIG2Decode"}

_Key = tuple[int, int]


@dataclass(slots=True)
class _Form:
    """A content stream being weighed: what it calls is weighed before it."""

    key: _Key | None
    own: int
    calls: list[Any]
    total: int = 0
    depth: int = 0
    waiting: Iterator[Any] = field(default_factory=lambda: iter(()))


def check_contents(pdf: pikepdf.Pdf) -> None:
    """Refuse a PDF whose pages cannot be read through, call what is not there, or would never be drawn to the end.

    Raises:
        PaperFault: with the page.
    """
    weighed: dict[_Key, tuple[int, int]] = {}
    for number, page in enumerate(pdf.pages, 1):
        with unreadable(f"第{number}页"):
            _check_notes(page.obj)
            total, _ = _weigh(_streams(page.obj), _resources(page), weighed, number)
            if total > _MANY_DRAWN:
                raise PaperFault("bomb", f"第{number}页")


def check_pictures(pdf: pikepdf.Pdf) -> bool:
    """Decode every picture of a PDF's pages once, and tell whether some are coded as only viewers can read.

    Raises:
        PaperFault: one is damaged, cut off or too large, with the page.
    """
    seen: set[_Key] = set()
    faxed = False
    for number, page in enumerate(pdf.pages, 1):
        for kind, item in drawn_with(_resources(page), seen):
            if kind == "/XObject" and isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
                with unreadable(f"第{number}页的图像"):
                    for picture in (item, item.get("/SMask"), item.get("/Mask")):
                        faxed |= isinstance(picture, pikepdf.Stream) and _check_picture(picture)
    return faxed


def _check_notes(page: pikepdf.Dictionary) -> None:
    notes = page.get("/Annots", ())
    if any(isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/FileAttachment" for note in notes):
        raise PaperFault("embedded", "附有文件")


def _resources(page: pikepdf.Page) -> Any:
    return page.obj.get("/Resources") or page.resources


def _streams(page: pikepdf.Dictionary) -> list[pikepdf.Stream]:
    contents = page.get("/Contents")
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def _weigh(
    streams: list[pikepdf.Stream], resources: Any, weighed: dict[_Key, tuple[int, int]], page: int
) -> tuple[int, int]:
    """Return how many bytes of content a page has drawn and how deep its forms go.

    Walked without recursion; `weighed` remembers forms by their numbers.
    """
    way = [_opened_form(None, streams, resources)]
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
            way.append(_opened_form(key, [inner], inner.get("/Resources") or resources))
        if form.depth > _DEEPEST or form.total > _MANY_DRAWN:
            raise PaperFault("bomb", f"第{page}页的图形层层相套")


def _add(form: _Form, total: int, depth: int) -> None:
    form.total += total
    form.depth = max(form.depth, depth + 1)


def _opened_form(key: _Key | None, streams: list[pikepdf.Stream], resources: Any) -> _Form:
    data = b"\n".join(_read(stream) for stream in streams)
    named = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    calls = list(_called(data, named if isinstance(named, pikepdf.Dictionary) else pikepdf.Dictionary(), streams))
    form = _Form(key, len(data), calls, total=len(data))
    form.waiting = iter(calls)
    return form


def _read(stream: pikepdf.Stream) -> bytes:
    data = stream.read_bytes()
    if len(data) > _MANY_BYTES:
        raise PaperFault("bomb", "页面内容过大")
    return data


def _called(data: bytes, named: pikepdf.Dictionary, streams: list[pikepdf.Stream]) -> Iterator[Any]:
    """Yield the forms content calls, as often as it does; refuse a call of what is not there."""
    for call in _CALL.finditer(data):
        name = "/" + _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), call[1]).decode("utf-8", "replace")
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
