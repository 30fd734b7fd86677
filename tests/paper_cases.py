"""Papers as they come: odd, damaged and hostile ones, each the smallest of its kind, written byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import ImageFileDirectory_v2

PDF, JPEG, PNG, TIFF, OFD = "application/pdf", "image/jpeg", "image/png", "image/tiff", "application/ofd"
BARS = b"0 0 1 rg 100 300 200 100 re f 1 0 0 rg 50 50 100 100 re f"
"""A blue bar and a red square."""
STAMP = b"<</Type/Annot/Subtype/Stamp/F 4/Rect[300 500 550 600]/AP<</N 8 0 R>>>>"


def pdf_of(objects: Mapping[int, bytes]) -> bytes:
    """Return a PDF of these objects, the first of which is its catalog."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = (
        b"%010d 00000 n \n" % places[n] if n in places else b"0" * 10 + b" 65535 f \n" for n in range(max(places) + 1)
    )
    table = b"xref\n0 %d\n" % (max(places) + 1) + b"".join(rows)
    return out + table + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (max(places) + 1, len(out))


def stream(keys: bytes, data: bytes) -> bytes:
    """Return a stream object."""
    return b"<<" + keys + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"


def form(data: bytes, resources: bytes = b"", keys: bytes = b"") -> bytes:
    """Return a form XObject."""
    return stream(b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<<" + resources + b">>" + keys, data)


def page(
    content: bytes = BARS,
    *,
    resources: bytes = b"",
    keys: bytes = b"",
    box: bytes = b"[0 0 595 842]",
    root: bytes = b"",
    tree: bytes = b"/Kids[3 0 R]/Count 1",
    more: Mapping[int, bytes] | None = None,
) -> bytes:
    """Return a PDF of one page; further objects begin with 5, object 8 is the look of a stamp."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R" + root + b">>",
        2: b"<</Type/Pages" + tree + b">>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox"
        + box
        + b"/Contents 4 0 R/Resources<<"
        + resources
        + b">>"
        + keys
        + b">>",
        4: stream(b"", content),
        8: stream(b"/Type/XObject/Subtype/Form/BBox[0 0 250 100]", b"0 g 0 0 250 100 re f"),
    }
    return pdf_of({**objects, **(more or {})})


def stamped(**parts: Any) -> bytes:
    """Return a PDF of one page with a stamp put on it, so that it is drawn anew."""
    return page(keys=b"/Annots[" + STAMP + b"]" + parts.pop("keys", b""), **parts)


def written(name: bytes, encoding: bytes, codes: bytes, ordering: bytes = b"GB1") -> bytes:
    """Return a PDF with a line in a composite font that is not embedded."""
    info = b"/CIDSystemInfo<</Registry(Adobe)/Ordering(" + ordering + b")/Supplement 2>>"
    descriptor = b"/Flags 6/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 900/Descent -200/CapHeight 900/StemV 80"
    fonts = {
        5: b"<</Type/Font/Subtype/Type0/BaseFont/" + name + b"/Encoding/" + encoding + b"/DescendantFonts[6 0 R]>>",
        6: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/" + name + info + b"/FontDescriptor 7 0 R/DW 1000>>",
        7: b"<</Type/FontDescriptor/FontName/" + name + descriptor + b">>",
    }
    line = b"BT /F1 24 Tf 60 700 Td <" + codes.hex().encode() + b"> Tj ET"
    return page(line, resources=b"/Font<</F1 5 0 R>>", more=fonts)


def pictured(data: bytes, keys: bytes, size: tuple[int, int] = (400, 600)) -> bytes:
    """Return a PDF whose page is one picture."""
    head = b"/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8" % size
    return page(b"595 0 0 842 0 0 cm /I Do", resources=b"/XObject<</I 9 0 R>>", more={9: stream(head + keys, data)})


@cache
def zeros(mebibytes: int) -> bytes:
    """Return so much nothing, deflated."""
    packing = zlib.compressobj(9)
    return b"".join([*(packing.compress(b" " * (1 << 20)) for _ in range(mebibytes)), packing.flush()])


def laughs(times: int = 30, levels: int = 10) -> dict[int, bytes]:
    """Return forms from object 20 on, each calling the next many times."""
    calls = {20 + level: form(b"/X Do " * times, b"/XObject<</X %d 0 R>>" % (21 + level)) for level in range(levels)}
    return {**calls, 20 + levels: form(b"0 0 9 9 re f")}


def chain(length: int, call: bytes = b"/X Do") -> dict[int, bytes]:
    """Return forms from object 20 on, each holding the next."""
    links = {20 + link: form(call, b"/XObject<</X %d 0 R>>" % (21 + link)) for link in range(length)}
    return {**links, 20 + length: form(b"0 0 9 9 re f")}


@cache
def leaf(mode: str = "RGB", size: tuple[int, int] = (400, 600)) -> Image.Image:
    """Return an upright page: a frame, a red patch upper left, a green one upper right."""
    image = Image.new("RGB", size, "white")
    pen, (width, height) = ImageDraw.Draw(image), size
    pen.rectangle((5, 5, width - 6, height - 6), outline="black", width=4)
    pen.rectangle((30, 30, width // 3, height // 4), fill=(220, 0, 0))
    pen.rectangle((width * 2 // 3, 30, width - 30, height // 4), fill=(0, 160, 0))
    return image if mode == "RGB" else image.convert(mode)


def file_of(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return an image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def deep(kind: str, order: str = "<") -> bytes:
    """Return the page in grey of 16 bits as a TIFF of either byte order, written by hand."""
    pixels = leaf("L").tobytes()
    data = struct.pack(f"{order}{len(pixels)}H", *(value * 257 for value in pixels))
    tags = [(256, 400), (257, 600), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, 600), (279, len(data))]
    entries = b"".join(struct.pack(f"{order}HHIHH", tag, 3, 1, value, 0) if value < 65536 else
                       struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags)  # fmt: skip
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(data))
    assert kind == "grey16"
    return head + data + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


def turned(orientation: int) -> bytes:
    """Return the page stored as an orientation says, as a TIFF that looks upright."""
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = leaf().transpose(back[orientation]) if orientation in back else leaf()
    return file_of(stored, "TIFF", tiffinfo={274: orientation})


def with_thumbnail() -> bytes:
    """Return a TIFF of one page with a reduced copy of it."""
    small, reduced = leaf().resize((40, 60)), ImageFileDirectory_v2()
    reduced[254] = 1
    small.encoderinfo = {"tiffinfo": reduced}
    return file_of(leaf(), "TIFF", save_all=True, append_images=[small])


def noisy(data: bytes, start: int, length: int) -> bytes:
    """Return data with a stretch replaced by bytes that mean nothing."""
    noise = bytes((place * 73 + place * place // 7) % 251 for place in range(length))
    return data[:start] + noise + data[start + length :]


def half_rows() -> bytes:
    """Return a PNG whose sums are right and whose lower half is missing."""
    whole = file_of(leaf(), "PNG")
    rows = zlib.compress(b"".join(b"\0" + bytes(1200) for _ in range(300)))
    chunk = b"IDAT" + rows
    head = whole[: whole.index(b"IDAT") - 4]
    end = b"\0\0\0\0IEND\xaeB`\x82"
    return head + struct.pack(">I", len(rows)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + end


def two_pictures() -> bytes:
    """Return what phones write: a JPEG of two pictures."""
    return file_of(leaf(), "MPO", save_all=True, append_images=[leaf("RGB", (200, 300))])


def fax() -> bytes:
    """Return an upright page as a fax machine sends it: twice as many dots across as down."""
    return file_of(leaf("1", (816, 588)), "TIFF", compression="group3", dpi=(204, 98))


JPEG_PAGE = file_of(leaf(), "JPEG", quality=90)
Make = Callable[[], bytes]

SHOWN: dict[str, tuple[str, Make]] = {
    "bars": (PDF, page),
    "trim box smaller": (PDF, lambda: page(keys=b"/TrimBox[0 400 595 842]")),
    "trim box of nothing": (PDF, lambda: page(keys=b"/TrimBox[0 0 0 0]")),
    "art box": (PDF, lambda: page(keys=b"/ArtBox[100 300 200 350]/BleedBox[0 0 9 9]")),
    "crop box beyond": (PDF, lambda: page(keys=b"/CropBox[-100 -100 900 1200]")),
    "crop box outside": (PDF, lambda: page(keys=b"/CropBox[1000 1000 1500 1500]")),
    "turned less than nothing": (PDF, lambda: page(keys=b"/Rotate -360")),
    "tree that is its own parent": (PDF, lambda: page(tree=b"/Kids[3 0 R]/Count 1/Parent 2 0 R")),
    "tree below its page": (PDF, lambda: page(tree=b"/Kids[3 0 R]/Count 1/Parent 3 0 R")),
    "font that is its own descendant": (PDF, lambda: page(
        resources=b"/Font<</F 5 0 R>>",
        more={5: b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[5 0 R]>>"})),
    "colours of themselves": (PDF, lambda: page(
        resources=b"/ColorSpace<</C 5 0 R>>", more={5: b"[/Indexed 5 0 R 1 <00ff>]"})),
    "form that lists itself": (PDF, lambda: page(
        BARS + b" /X Do", resources=b"/XObject<</X 20 0 R>>", more={20: form(b"q Q", b"/XObject<</X 20 0 R>>")})),
    "forms 3000 deep, not called": (PDF, lambda: page(
        resources=b"/XObject<</X 20 0 R>>", more=chain(3000, b"q Q"))),
    "printer commands before": (PDF, lambda: b"\x1b%-12345X@PJL\r\n" + b" " * 900 + page()),
    "zero bytes behind": (PDF, lambda: page() + bytes(70_000)),
    "notes that are none": (PDF, lambda: page(keys=b"/Annots[null 5 (x) 9 0 R]")),
    "data behind the page": (PDF, lambda: page(
        root=b"/Names<</EmbeddedFiles<</Names[(a.xml) 9 0 R]>>>>",
        more={9: b"<</Type/Filespec/F(a.xml)/AFRelationship/Data/EF<</F 10 0 R>>>>",
              10: stream(b"/Type/EmbeddedFile", b"<x/>")})),
    "names in a circle": (PDF, lambda: page(root=b"/Names<</EmbeddedFiles 9 0 R>>", more={9: b"<</Kids[9 0 R]>>"})),
}  # fmt: skip
"""Papers that show the blue bar and the red square, however they are made."""

LEAVES: dict[str, tuple[str, Make]] = {
    "jpeg": (JPEG, lambda: JPEG_PAGE),
    "jpeg with a film behind": (JPEG, lambda: JPEG_PAGE + b"ftypmp42" + bytes(200_000)),
    "two pictures": (JPEG, two_pictures),
    "cmyk jpeg": (JPEG, lambda: file_of(leaf("CMYK"), "JPEG", quality=95)),
    "progressive jpeg": (JPEG, lambda: file_of(leaf(), "JPEG", progressive=True, quality=90)),
    "jpeg with oblong pixels": (JPEG, lambda: file_of(leaf().resize((800, 600)), "JPEG", dpi=(200, 100), quality=90)),
    "png with oblong pixels": (PNG, lambda: file_of(leaf().resize((400, 1200)), "PNG", dpi=(100, 200))),
    "png with transparency": (PNG, lambda: file_of(leaf("RGBA"), "PNG")),
    "png that moves": (PNG, lambda: file_of(leaf(), "PNG", save_all=True, append_images=[leaf("RGB").rotate(180)])),
    "palette": (PNG, lambda: file_of(leaf("P"), "PNG")),
    "tiff": (TIFF, lambda: file_of(leaf(), "TIFF", compression="tiff_lzw")),
    "tiff with its thumbnail": (TIFF, with_thumbnail),
    **{f"tiff turned {way}": (TIFF, partial(turned, way)) for way in range(1, 9)},
}
"""Papers that show the page with a red and a green patch."""

GREYS: dict[str, tuple[str, Make]] = {
    "grey of 16 bits": (TIFF, lambda: deep("grey16")),
    "grey of 16 bits, big end first": (TIFF, lambda: deep("grey16", ">")),
    "grey of 32 bits": (TIFF, lambda: file_of(leaf("I"), "TIFF")),
    "grey of real numbers": (TIFF, lambda: file_of(leaf("F"), "TIFF")),
    "grey of parts of one": (TIFF, lambda: file_of(leaf("F").point(lambda value: value * (1 / 255) + 0), "TIFF")),
    "fax": (TIFF, fax),
}
"""The same page without colours."""

DRAWN: dict[str, tuple[str, Make]] = {
    "stamp": (PDF, stamped),
    "link with a look": (PDF, lambda: stamped().replace(b"/Subtype/Stamp", b"/Subtype/Link ")),
    "popup with a look": (PDF, lambda: stamped().replace(b"/Subtype/Stamp", b"/Subtype/Popup")),
    "stamp on a page without a size": (PDF, lambda: stamped(box=b"[0 0 0 0]")),
    "stamp below a circle of parents": (PDF, lambda: stamped(tree=b"/Kids[3 0 R]/Count 1/Parent 2 0 R")),
}
"""Papers drawn anew that show a black stamp beside bar and square."""

REFUSED: dict[str, tuple[str, Make, str]] = {
    "pages counted too many, stamped": (PDF, lambda: stamped(tree=b"/Kids[3 0 R]/Count 5"), "F-BROKEN"),
    "pages counted too few, stamped": (PDF, lambda: stamped(tree=b"/Kids[3 0 R 3 0 R]/Count 1"), "F-BROKEN"),
    "pages in a circle": (PDF, lambda: page(tree=b"/Kids[2 0 R 3 0 R]/Count 2"), "F-BROKEN"),
    "portfolio": (PDF, lambda: page(root=b"/Collection<</Type/Collection>>"), "F-EMBEDDED"),
    "form that says please wait": (
        PDF, lambda: page(root=b"/NeedsRendering true/AcroForm<</Fields[]/XFA(x)>>"), "F-EMBEDDED"),
    "papers embedded": (PDF, lambda: page(
        root=b"/Names<</EmbeddedFiles<</Names[(a.docx) 9 0 R]>>>>",
        more={9: b"<</Type/Filespec/F(a.docx)/EF<</F 10 0 R>>>>", 10: stream(b"/Type/EmbeddedFile", b"PK")}),
        "F-EMBEDDED"),
    "paper pinned to the page": (
        PDF, lambda: page(keys=b"/Annots[<</Subtype/FileAttachment/Rect[9 9 30 30]>>]"), "F-EMBEDDED"),
    "page of a mile": (PDF, lambda: stamped(box=b"[0 0 1000000000 1000000000]"), "F-SHAPE"),
    "long web page": (PDF, lambda: page(box=b"[0 0 595 12000]"), "F-SHAPE"),
    "long screenshot": (JPEG, lambda: file_of(Image.new("RGB", (300, 6000)), "JPEG"), "F-SHAPE"),
    "picture that is not there": (PDF, lambda: page(b"/Im0 Do", resources=b"/XObject<</Im0 77 0 R>>"), "F-BROKEN"),
    "jpeg cut in a pdf": (
        PDF, lambda: pictured(JPEG_PAGE[: len(JPEG_PAGE) // 2], b"/Filter/DCTDecode"), "F-BROKEN"),
    "rows missing in a pdf": (
        PDF, lambda: pictured(zlib.compress(bytes(400 * 3 * 200)), b"/Filter/FlateDecode"), "F-BROKEN"),
    "rows that do not unpack": (
        PDF, lambda: pictured(noisy(zlib.compress(leaf().tobytes()), 300, 90), b"/Filter/FlateDecode"), "F-BROKEN"),
    "jpeg that ends in nothing": (
        JPEG, lambda: JPEG_PAGE[: len(JPEG_PAGE) // 2] + bytes(len(JPEG_PAGE) // 2) + b"\xff\xd9", "F-BROKEN"),
    "jpeg with noise": (JPEG, lambda: noisy(JPEG_PAGE, len(JPEG_PAGE) // 2, 300), "F-BROKEN"),
    "jpeg cut and closed": (JPEG, lambda: JPEG_PAGE[: len(JPEG_PAGE) * 2 // 3] + b"\xff\xd9", "F-BROKEN"),
    "jpeg without an end": (JPEG, lambda: JPEG_PAGE[:-2], "F-BROKEN"),
    "png with half its rows": (PNG, half_rows, "F-BROKEN"),
    "tiff with noise": (TIFF, lambda: noisy(file_of(leaf(), "TIFF", compression="tiff_lzw"), 300, 900), "F-BROKEN"),
    "fax with noise": (TIFF, lambda: noisy(file_of(leaf("1"), "TIFF", compression="group4"), 100, 90), "F-BROKEN"),
    "letters without a face": (PDF, lambda: written(b"X", b"Identity-H", bytes(10), b"Identity"), "F-LOST"),
    "letters no face has": (PDF, lambda: written(b"Himalaya", b"UniGB-UCS2-H", "བོད".encode("utf-16-be")), "F-LOST"),
    "forms that laugh": (PDF, lambda: page(b"/X Do", resources=b"/XObject<</X 20 0 R>>", more=laughs()), "F-BOMB"),
    "stamp that laughs": (PDF, lambda: stamped(
        more={8: form(b"/X Do", b"/XObject<</X 20 0 R>>"), **laughs()}), "F-BOMB"),
    "form that calls itself": (PDF, lambda: page(
        b"/X Do", resources=b"/XObject<</X 20 0 R>>", more={20: form(b"/X Do", b"/XObject<</X 20 0 R>>")}), "F-BOMB"),
    "forms 3000 deep": (PDF, lambda: page(
        b"/X Do", resources=b"/XObject<</X 20 0 R>>", more=chain(3000)), "F-BOMB"),
    "stamp of gigabytes": (PDF, lambda: stamped(
        more={8: form(zeros(300), keys=b"/Filter/FlateDecode")}), "F-BOMB"),
    "picture of gigabytes": (PDF, lambda: pictured(zeros(1), b"/Filter/FlateDecode", (60_000, 60_000)), "F-BOMB"),
    "heic": (JPEG, lambda: b"\0\0\0\x18ftypheic" + bytes(40), "F-TYPE"),
    "ofd as pdf": (PDF, lambda: b"PK\x03\x04" + bytes(26) + b"OFD.xml", "F-TYPE"),
    "web page": (PDF, lambda: b"<!DOCTYPE html><html>", "F-TYPE"),
}  # fmt: skip
"""Papers refused at intake, with the code of the finding."""
