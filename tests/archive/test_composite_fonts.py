"""What is left of a composite font when only some of its codes are shown."""

from __future__ import annotations

import io
import re

import pikepdf
import pypdfium2 as pdfium
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from archive.pdf.composite_fonts import cut_down, is_identity, widths_of

LETTERS = "组织部任免张三"
CODES = {letter: code for code, letter in enumerate(LETTERS, 1)}
MAPS = {
    "one by one": "2 beginbfchar <0001> <7EC4> <0002> <7EC7> endbfchar 5 beginbfchar <0003> <90E8> <0004><4EFB>"
    "<0005> <514D> <0006> <5F20>\n<0007> <4E09> endbfchar",
    "in arrays": "1 beginbfrange <0001> <0007> [<7EC4> <7EC7> <90E8> <4EFB> <514D> <5F20> <4E09>] endbfrange",
    "in ranges": "7 beginbfrange <0001> <0001> <7EC4> <0002> <0002> <7EC7> <0003> <0003> <90E8> <0004> <0004> <4EFB>"
    " <0005> <0005> <514D> <0006><0006><5F20> <0007> <0007> <4E09> endbfrange",
}


def program() -> bytes:
    """Return a TrueType font of squares, each of another size, the letter of code n as glyph n + 1."""
    names = [".notdef", "unused", *(f"letter{code}" for code in CODES.values())]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    glyphs = {}
    for size, name in enumerate(names, 1):
        pen = TTGlyphPen(None)
        pen.moveTo((0, 0))
        for corner in ((0, 90 * size), (90 * size, 90 * size), (90 * size, 0)):
            pen.lineTo(corner)
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupMaxp()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def document(told: str = MAPS["one by one"], widths: object = None) -> pikepdf.Pdf:
    """Return a page that shows all letters."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 40))
    table = b"".join(code.to_bytes(2) for code in (0, *range(2, 9)))
    data = program()
    descriptor = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name.Squares, Flags=4, ItalicAngle=0, Ascent=900,
        Descent=-100, CapHeight=700, StemV=80, FontBBox=[0, -100, 1000, 900],
        FontFile2=pdf.make_stream(data, Length1=len(data)), CIDSet=pdf.make_stream(b"\xff"),
    )  # fmt: skip
    inner = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.CIDFontType2, BaseFont=pikepdf.Name.Squares,
        CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        CIDToGIDMap=pdf.make_stream(table), FontDescriptor=pdf.make_indirect(descriptor),
        W=widths if widths is not None else [1, [1000, 1000], 3, 7, 1000],
    )  # fmt: skip
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0, BaseFont=pikepdf.Name.Squares,
        Encoding=pikepdf.Name("/Identity-H"), DescendantFonts=[pdf.make_indirect(inner)],
        ToUnicode=pdf.make_stream(f"begincmap {told} endcmap".encode()),
    )  # fmt: skip
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(font)))
    return pdf


def shown(pdf: pikepdf.Pdf, letters: str) -> tuple[bytes, str]:
    """Return how letters look and what a reader says they are."""
    codes = "".join(f"{CODES[letter]:04x}" for letter in letters)
    pdf.pages[0].obj.Contents = pdf.make_stream(f"BT /F 20 Tf 5 10 Td <{codes}> Tj ET".encode())
    out = io.BytesIO()
    pdf.save(out)
    page = pdfium.PdfDocument(out)[0]
    return bytes(page.render(scale=2).to_pil().tobytes()), page.get_textpage().get_text_range()


@pytest.mark.parametrize("told", MAPS.values(), ids=MAPS)
def test_what_is_shown_looks_and_reads_as_before_and_the_rest_is_gone(told: str) -> None:
    pdf = document(told)
    font = pdf.pages[0].obj.Resources.Font.F
    before = shown(pdf, "任免部")
    cut_down(pdf, font, {CODES[letter] for letter in "任免部"})
    assert shown(pdf, "任免部") == before
    assert before[1] == "任免部"
    assert widths_of(font) == dict.fromkeys((3, 4, 5), 1000.0)
    said = re.findall(rb"^<(\w+)> <(\w+)>$", font.ToUnicode.read_bytes(), re.MULTILINE)
    assert {bytes.fromhex(text.decode()).decode("utf-16-be") for _, text in said} == set("任免部")
    descriptor = font.DescendantFonts[0].FontDescriptor
    assert "/CIDSet" not in descriptor
    left = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes()))
    drawing = [name for name in left.getGlyphOrder() if left["glyf"][name].numberOfContours]
    assert len(drawing) == len("任免部") + 1  # and .notdef


@pytest.mark.parametrize("damage", ["program", "widths", "text", "descriptor"])
def test_a_font_that_is_not_understood_stays_whole(damage: str) -> None:
    pdf = document(widths=[1, 4_000_000_000] if damage == "widths" else None)
    font = pdf.pages[0].obj.Resources.Font.F
    inner = font.DescendantFonts[0]
    if damage == "program":
        inner.FontDescriptor.FontFile2 = pdf.make_stream(b"\x00\x01\x00\x00 no font", Length1=12)
    if damage == "text":
        font.ToUnicode = pdf.make_stream(b"beginbfchar <0001> endbfchar")
    if damage == "descriptor":
        del inner["/FontDescriptor"]
    before = font.unparse(resolved=True)
    cut_down(pdf, font, {1})
    assert font.unparse(resolved=True) == before


def test_a_map_of_all_codes_there_could_be_is_read_no_further_than_codes_go() -> None:
    pdf = document("1 beginbfrange <0000> <FFFFFFFF> <4E00> endbfrange", [0, 4_000_000_000, 1000])
    font = pdf.pages[0].obj.Resources.Font.F
    cut_down(pdf, font, {3})
    assert widths_of(font) == {3: 1000.0}
    assert b"<0003> <4E03>" in font.ToUnicode.read_bytes()


def test_only_codes_of_two_bytes_that_name_glyphs_are_understood() -> None:
    pdf = document()
    font = pdf.pages[0].obj.Resources.Font.F
    assert is_identity(font)
    for key, value in (("/Encoding", pikepdf.Name("/GBK-EUC-H")), ("/Subtype", pikepdf.Name.TrueType)):
        other = pikepdf.Dictionary(dict(font.items()))
        other[key] = value
        assert not is_identity(other)
