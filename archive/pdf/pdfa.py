"""What in a PDF breaks PDF/A-3b, as far as a reader of its structure can see.

This is a guard, not a validation: it finds the faults that joining and foreign scans bring in (fonts left out,
foreign colours, active content, lost claims). Only a validator such as veraPDF can say that a file conforms.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf

MANY_BYTES = 64 * 1024 * 1024
"""No content stream of a paper is as large."""
_DIRECT = (0, 0)
"""The number of what has none of its own."""
EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")
_OUTSIDE_FONT_FILES = {"/Type3", "/Type0"}
_BAD_FILTERS = {"/LZWDecode", "/Crypt"}
_CMYK_OPERATOR = re.compile(rb"(?:[-+.\d]+\s+){4}[kK]\b|/(?:DeviceCMYK|CMYK)\b")
_BAD_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript",
    "/Hide", "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView",
}  # fmt: skip
_QUIET_ANNOTATIONS = {"/Link", "/Popup"}
_INFO_AND_XMP = {
    "/Title": "dc:title",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
    "/Creator": "xmp:CreatorTool",
    "/Producer": "pdf:Producer",
}


def pdfa_faults(file: Path | BinaryIO) -> tuple[str, ...]:
    """Return what in a file contradicts PDF/A-3b, in Chinese; empty when this guard sees nothing.

    Checked: it opens without a password; every font used on a page is embedded; no DeviceCMYK, LZW or external
    streams; no JavaScript, launch or other forbidden action; OutputIntent; XMP says part 3 conformance B and agrees
    with the Info dictionary; file identifier; every embedded file says its relation and is associated.
    It is a guard, not a validation.
    """
    try:
        with pikepdf.open(file) as pdf:
            return _once((*page_faults(pdf), *_claim_faults(pdf), *_attachment_faults(pdf)))
    except pikepdf.PasswordError:
        return ("文件已加密，打开需要口令",)
    except pikepdf.PdfError:
        return ("文件不是完整的PDF",)


@dataclass(slots=True)
class Reading:
    """What was come across while pages were judged, so that it need not be looked for again."""

    parts: list[tuple[int, str, Any]] = field(default_factory=list)
    """Page, kind and object of every font and drawing, each once."""
    contents: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """What some content streams say, by their numbers."""
    room: int = 32 * 1024 * 1024
    """Bytes of content that are still kept."""


def page_faults(pdf: pikepdf.Pdf, reading: Reading | None = None) -> tuple[str, ...]:
    """Return what forbids taking a PDF's pages over into a PDF/A-3b file as they are, in Chinese.

    Args:
        pdf: the file.
        reading: told what is come across.
    """
    faults = list(_document_faults(pdf))
    seen: set[tuple[int, int]] = set()
    for number, page in enumerate(pdf.pages, 1):
        node = page.obj
        keys = node.keys()
        faults += (f"第{number}页{fault}" for fault in _annotation_faults(node, keys))
        if "/Contents" in keys:
            faults += _content_faults(node.Contents, reading)
        for kind, item in drawn_with(node.Resources if "/Resources" in keys else page.resources, seen):
            faults += _JUDGES[kind](item)
            if reading is not None and kind in ("/Font", "/XObject"):
                reading.parts.append((number, kind, item))
    return _once(faults)


def _once(faults: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(faults))


def _document_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "文件已加密"
    root = pdf.Root
    keys = root.keys()
    if "/Names" in keys and "/JavaScript" in root.Names:
        yield "含有JavaScript"
    if "/AA" in keys:
        yield "含有自动动作"
    if "/OpenAction" in keys:
        yield from _action_faults(root.OpenAction)
    if "/OCProperties" in keys:
        yield "含有可选内容图层"
    if "/AcroForm" in keys and "/XFA" in root.AcroForm:
        yield "含有XFA表单"


def _action_faults(action: Any) -> Iterator[str]:
    if isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "")) in _BAD_ACTIONS:
        yield f"含有动作{str(action.S).lstrip('/')}"


def _annotation_faults(page: pikepdf.Dictionary, keys: Collection[str]) -> Iterator[str]:
    if "/AA" in keys:
        yield "含有自动动作"
    for note in page.Annots if "/Annots" in keys else ():
        if not isinstance(note, pikepdf.Dictionary):
            continue
        yield from _action_faults(note.get("/A"))
        if str(note.get("/Subtype", "")) not in _QUIET_ANNOTATIONS or "/AP" in note:
            yield "带有批注、印章或表单域"


def _content_faults(contents: Any, reading: Reading | None) -> Iterator[str]:
    for stream in contents if isinstance(contents, pikepdf.Array) else (contents,):
        if isinstance(stream, pikepdf.Stream):
            yield from _stream_faults(stream, drawn=True, reading=reading)


def _stream_faults(stream: pikepdf.Stream, *, drawn: bool = False, reading: Reading | None = None) -> Iterator[str]:
    keys = stream.keys()
    if "/F" in keys:
        yield "内容取自外部文件"
    filters = stream.Filter if "/Filter" in keys else ()
    for name in filters if isinstance(filters, pikepdf.Array) else (filters,):
        if str(name) in _BAD_FILTERS:
            yield f"使用了不允许的压缩方式{str(name).lstrip('/')}"
    if drawn:
        try:
            data = content_of(stream)
        except pikepdf.PdfError:
            yield "内容流读不出"
            return
        if len(data) > MANY_BYTES:
            yield "页面内容过大"
        elif _CMYK_OPERATOR.search(data):
            yield "使用了DeviceCMYK颜色"
        if reading is not None and len(data) <= reading.room:
            reading.room -= len(data)
            reading.contents[stream.objgen] = data


def content_of(stream: pikepdf.Stream) -> bytes:
    """Return what a content stream says, or the first MANY_BYTES and one more of one that says more.

    Raises:
        PdfError: it cannot be read.
    """
    if stream.get("/Filter") == "/FlateDecode" and "/DecodeParms" not in stream:
        # Some kilobytes may unpack to gigabytes, which qpdf would hold at once.
        with suppress(zlib.error):
            return zlib.decompressobj().decompress(stream.read_raw_bytes(), MANY_BYTES + 1)
    return stream.read_bytes()


def drawn_with(resources: Any, seen: set[tuple[int, int]]) -> Iterator[tuple[str, Any]]:
    """Yield what resources lead to, with its kind, breadth first; however they lead back, each object once.

    Args:
        resources: a resource dictionary.
        seen: numbers of the objects yielded before, which are passed over; added to.
    """
    waiting = deque([("/Resources", resources)])
    while waiting:
        kind, item = waiting.popleft()
        if _visited(item, seen):
            continue
        yield kind, item
        waiting.extend(_leads_to(kind, item))


def _leads_to(kind: str, item: Any) -> Iterator[tuple[str, Any]]:
    match kind:
        case "/Resources" if isinstance(item, pikepdf.Dictionary):
            keys = item.keys()
            for group in _GROUPS:
                if group in keys:
                    yield from ((group, value) for value in _values(item[group]))
        case "/Font" if isinstance(item, pikepdf.Dictionary):
            if str(item.get("/Subtype", "")) == "/Type3":
                yield "/Resources", item.get("/Resources")
            yield from (("/Font", inner) for inner in item.get("/DescendantFonts", ()))
        case "/ColorSpace" if isinstance(item, pikepdf.Array):
            yield from (("/ColorSpace", part) for part in item if isinstance(part, (pikepdf.Name, pikepdf.Array)))
        case "/Pattern" if isinstance(item, pikepdf.Stream):
            yield "/Resources", item.get("/Resources")
        case "/XObject" if isinstance(item, pikepdf.Stream):
            if "/ColorSpace" in item:
                yield "/ColorSpace", item.ColorSpace
            if item.get("/Subtype") == "/Form":
                yield "/ColorSpace", item.get("/Group", pikepdf.Dictionary()).get("/CS")
                yield "/Resources", item.get("/Resources")


def _values(group: Any) -> Iterator[Any]:
    if isinstance(group, pikepdf.Dictionary):
        for key in group.keys():  # noqa: SIM118 - a pikepdf dictionary does not iterate over its keys alone
            yield group[key]


def _visited(item: Any, seen: set[tuple[int, int]]) -> bool:
    number = item.objgen if isinstance(item, pikepdf.Object) else _DIRECT
    if number == _DIRECT:
        return False
    if number in seen:
        return True
    seen.add(number)
    return False


def _no_faults(_: Any) -> Iterator[str]:
    return iter(())


def _font_faults(font: Any) -> Iterator[str]:
    if not isinstance(font, pikepdf.Dictionary):
        return
    descriptor = font.get("/FontDescriptor", pikepdf.Dictionary())
    outside = str(font.get("/Subtype", "")) not in _OUTSIDE_FONT_FILES
    if outside and not any(key in descriptor for key in EMBEDDED):
        yield f"字体未嵌入：{str(font.get('/BaseFont', '未命名')).lstrip('/')}"


def _colour_faults(space: Any) -> Iterator[str]:
    if isinstance(space, pikepdf.Name) and str(space) == "/DeviceCMYK":
        yield "使用了DeviceCMYK颜色"


def _pattern_faults(pattern: Any) -> Iterator[str]:
    if isinstance(pattern, pikepdf.Stream):
        yield from _stream_faults(pattern, drawn=True)


def _xobject_faults(drawing: Any) -> Iterator[str]:
    if not isinstance(drawing, pikepdf.Stream):
        return
    keys, kind = drawing.keys(), drawing.get("/Subtype")
    yield from _stream_faults(drawing, drawn=kind == "/Form")
    if "/PS" in keys or kind == "/PS":
        yield "含有PostScript对象"
    if "/Interpolate" in keys and drawing.Interpolate:
        yield "图像要求插值"
    if "/SMask" in keys and isinstance(drawing.SMask, pikepdf.Stream):
        yield from _stream_faults(drawing.SMask)


def _state_faults(state: Any) -> Iterator[str]:
    if isinstance(state, pikepdf.Dictionary) and (
        "/TR" in state or state.get("/TR2", "/Default") not in ("/Default", pikepdf.Name.Default)
    ):
        yield "使用了转移函数"


_JUDGES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "/Resources": _no_faults,
    "/Font": _font_faults,
    "/ColorSpace": _colour_faults,
    "/Pattern": _pattern_faults,
    "/XObject": _xobject_faults,
    "/ExtGState": _state_faults,
}
_GROUPS = ("/Font", "/ColorSpace", "/Pattern", "/XObject", "/ExtGState")


def _claim_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = pdf.Root.get("/OutputIntents", pikepdf.Array())
    if not any(str(intent.get("/S", "")) == "/GTS_PDFA1" and "/DestOutputProfile" in intent for intent in intents):
        yield "缺少输出意图（OutputIntent）"
    if len(pdf.trailer.get("/ID", pikepdf.Array())) != 2:
        yield "缺少文件标识（/ID）"
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        if (xmp.get("pdfaid:part"), xmp.get("pdfaid:conformance")) != ("3", "B"):
            yield "XMP没有声明PDF/A-3B"
        for key, name in _INFO_AND_XMP.items():
            if key in pdf.docinfo and str(pdf.docinfo[key]) != str(xmp.get(name, "")):
                yield f"文档信息与XMP不一致：{key.lstrip('/')}"


def _attachment_faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = {item.objgen for item in pdf.Root.get("/AF", pikepdf.Array())}
    for name, spec in pdf.attachments.items():
        if "/AFRelationship" not in spec.obj:
            yield f"嵌入文件没有说明关系：{name}"
        if spec.obj.objgen not in associated:
            yield f"嵌入文件没有与文档关联：{name}"
