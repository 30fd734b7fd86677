"""Composite fonts: how wide their glyphs are, and what is left of a font when only some of its codes are shown.

A font made for a whole document lists its letters in the order in which they first occur, so that whoever has the font
can read on. What leaves the archive carries only letters that stand on its own pages.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import takewhile
from typing import Any

import pikepdf

_IDENTITY = ("/Identity-H", "/Identity-V")
"""Encodings whose codes are two bytes each and are the numbers of glyphs (CIDs) themselves."""
_LAST = 0xFFFF
_PROGRAMS = ("/FontFile2", "/FontFile3")
_BLOCK = re.compile(rb"beginbf(?:char|(range))(.*?)endbf", re.DOTALL)
_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|([\[\]])")
_MAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
{blocks}endcmap CMapName currentdict /CMap defineresource pop end end
"""
_USUAL_SCALE = [0.001, 0, 0, 0.001, 0, 0]
_MOST_LINES = 100
"""A block of such a map holds no more lines."""


def is_identity(font: pikepdf.Object) -> bool:
    """Tell whether a font is composite and its codes, two bytes each, are the numbers of its glyphs."""
    return font.get("/Subtype") == "/Type0" and font.get("/Encoding") in _IDENTITY


def widths_of(font: pikepdf.Object) -> dict[int, float]:
    """Return the width of every code of a composite font that tells one, in thousandths of an em."""
    widths: dict[int, float] = {}
    told = iter(font.DescendantFonts[0].get("/W", ()))
    for first in told:
        second = next(told)
        if isinstance(second, pikepdf.Array):
            widths.update(enumerate(map(float, second), int(first)))
        else:
            widths.update(dict.fromkeys(range(int(first), min(int(second), _LAST) + 1), float(next(told))))
    return widths


def cut_down(pdf: pikepdf.Pdf, font: pikepdf.Object, codes: Collection[int]) -> None:
    """Leave in a font what some codes show: their glyphs, their widths, the text they stand for.

    A font that is not understood stays whole. Those of our own volumes are; any other came with its own paper.

    Args:
        pdf: whose font it is.
        font: see `is_identity`.
        codes: those that are shown.
    """
    with suppress(Exception):
        inner = _copy_of(font.DescendantFonts[0])
        descriptor = _described(pdf, inner, codes)
        text = _map_of(font.ToUnicode.read_bytes(), codes) if "/ToUnicode" in font else b""
        if "/W" in inner:
            widths = widths_of(font)
            inner.W = pikepdf.Array([part for code in sorted(widths.keys() & codes) for part in (code, [widths[code]])])
        inner.FontDescriptor = pdf.make_indirect(descriptor)
        font.DescendantFonts = pikepdf.Array([pdf.make_indirect(inner)])
        if text:
            font.ToUnicode = pdf.make_stream(text)


def _described(pdf: pikepdf.Pdf, inner: pikepdf.Dictionary, codes: Collection[int]) -> pikepdf.Dictionary:
    """Return a font's descriptor with a program of these codes' glyphs only."""
    descriptor = _copy_of(inner.FontDescriptor)
    if "/CIDSet" in descriptor:
        del descriptor["/CIDSet"]
    key = next(key for key in _PROGRAMS if key in descriptor)
    kind = descriptor[key].get("/Subtype")
    data = _subset(descriptor[key].read_bytes(), _glyphs(inner, codes), bare=kind == "/CIDFontType0C")
    descriptor[key] = pdf.make_stream(data, Subtype=kind) if kind else pdf.make_stream(data, Length1=len(data))
    return descriptor


def _copy_of(found: pikepdf.Object) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(dict(found.items()))


def _glyphs(inner: pikepdf.Dictionary, codes: Collection[int]) -> set[int]:
    """Return the numbers in the font program of the glyphs that codes show."""
    table = inner.get("/CIDToGIDMap")
    if not isinstance(table, pikepdf.Stream):
        return set(codes)
    numbers = table.read_bytes()
    return {int.from_bytes(numbers[2 * code : 2 * code + 2]) for code in codes}


def _subset(data: bytes, glyphs: set[int], *, bare: bool) -> bytes:
    """Return a font program whose other glyphs are empty; all keep their numbers.

    Args:
        data: a TrueType or OpenType font, or bare CFF.
        glyphs: those to keep, by CID where the font has such.
        bare: whether it is bare CFF.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont, newTable

    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    font = TTFont(None if bare else io.BytesIO(data), recalcBBoxes=False, recalcTimestamp=False)
    if bare:
        font["CFF "] = table = newTable("CFF ")
        table.decompile(data, font)
        _scale_parts(table.cff[0])
    options = Options(retain_gids=True, notdef_outline=True, layout_closure=False, layout_features=[])
    subsetter = Subsetter(options)
    subsetter.populate(glyphs=_names(font, glyphs))
    subsetter.subset(font)
    if bare:
        compiled: bytes = table.compile(font)
        return compiled
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _scale_parts(whole: Any) -> None:
    """Let the parts of a font tell their scale themselves.

    They tell it relative to that of the whole, which fontTools leaves out where it is the usual one.
    """
    if whole.rawDict.get("FontMatrix") == _USUAL_SCALE:
        for part in (one for one in getattr(whole, "FDArray", ()) if "FontMatrix" in one.rawDict):
            part.FontMatrix = [value / 1000 for value in part.FontMatrix]
            if part.FontMatrix == _USUAL_SCALE:
                del part.FontMatrix


def _names(font: Any, glyphs: set[int]) -> set[str]:
    order = font.getGlyphOrder()
    if "CFF " in font and hasattr(font["CFF "].cff[0], "ROS"):
        return {f"cid{glyph:05d}" for glyph in glyphs} & set(order)
    return {order[glyph] for glyph in glyphs if glyph < len(order)}


def _map_of(told: bytes, codes: Collection[int]) -> bytes:
    """Return a map from codes to text with only some of the codes of another."""
    texts = {code: text for code, text in _texts(told) if code in codes}
    lines = [f"<{code:04X}> <{texts[code]}>\n" for code in sorted(texts)]
    blocks = (lines[at : at + _MOST_LINES] for at in range(0, len(lines), _MOST_LINES))
    return _MAP.format(
        blocks="".join(f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n" for block in blocks)
    ).encode()


def _texts(told: bytes) -> Iterator[tuple[int, str]]:
    """Yield every code of a map with its text, in hexadecimal digits of UTF-16."""
    for ranged, block in _BLOCK.findall(told):
        tokens = iter(["".join(digits.decode().split()) or mark.decode() for digits, mark in _TOKEN.findall(block)])
        for token in tokens:
            first = int(token, 16)
            last, text = (min(int(next(tokens), 16), _LAST) if ranged else first), next(tokens)
            if text == "[":
                yield from enumerate(takewhile("]".__ne__, tokens), first)
                continue
            for code in range(first, last + 1):
                yield code, f"{text[:-4]}{int(text[-4:], 16) + code - first:0{len(text[-4:])}X}"
