"""Letters for what is drawn onto finished pages, taken from a specimen page that Typst set in the volume's own face.

So whatever is drawn is embedded, found by a search, and refused with words when no face has it, like all other text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse, groupby
from operator import itemgetter
from typing import Any

import pikepdf

from archive.pdf.composite_fonts import widths_of
from press.text_width import IDEOGRAPHS
from press.typeset import TypesettingFailed

_PITCH = 10
"""Distance of the specimen's lines in points."""
_PLAIN = re.compile(f"[!-~{IDEOGRAPHS}]")
"""Characters that surely are one glyph each."""
_UNSEEN = frozenset({"Cc", "Cf"})
_BLANK, _WIDE_BLANK = 0.25, 1.0
"""Width of white space in ems, and of the ideographic space."""

_Runs = Sequence[tuple[str, bytes]]
"""Fonts, by their names, and the codes of glyphs in them, two bytes each."""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Distinct characters: those that surely are one glyph each, and all others."""

    plain: str
    others: tuple[str, ...]

    def as_values(self) -> dict[str, Any]:
        """Return what the specimen is set from."""
        return {"plain": self.plain, "others": self.others, "pitch": _PITCH}


@dataclass(frozen=True, slots=True)
class _Glyph:
    """What draws a character: fonts and codes in them, and how many ems it is wide."""

    runs: tuple[tuple[str, str], ...]
    width: float


def alphabet_of(lines: Iterable[str]) -> Alphabet:
    """Return the letters that lines are made of."""
    found = sorted({letter for line in lines for letter in _letters(line) if not letter.isspace()})
    return Alphabet("".join(filter(_PLAIN.fullmatch, found)), tuple(filterfalse(_PLAIN.fullmatch, found)))


@lru_cache(4096)
def _letters(line: str) -> tuple[str, ...]:
    """Return the characters of a line, each with what combines with it, without those that are never seen."""
    letters: list[str] = []
    for character in line.strip():
        kind = unicodedata.category(character)
        if kind[0] == "M" and letters:
            letters[-1] += character
        elif kind not in _UNSEEN or character.isspace():
            letters.append(character)
    return tuple(letters)


class Pen:
    """Draws lines of letters on the pages of a volume.

    Args:
        specimen: the page that shows the letters.
        alphabet: what it shows.
        volume: whose pages are drawn on.

    Raises:
        TypesettingFailed: the page does not show them one by one.
    """

    def __init__(self, specimen: pikepdf.Page, alphabet: Alphabet, volume: pikepdf.Pdf) -> None:
        fonts = dict(specimen.obj.Resources.Font.items())
        names = {name: f"/Mark{place}" for place, name in enumerate(sorted(fonts))}
        self._fonts = {names[name]: volume.copy_foreign(font) for name, font in fonts.items()}
        self._glyphs = _glyphs(specimen, alphabet, names)
        self._written: dict[str, tuple[str, float]] = {}

    def width(self, line: str) -> float:
        """Return how many ems a line is wide."""
        return self._drawn(line)[1]

    def line(self, line: str, size: float, left: float, base: float) -> str:
        """Return what draws a line in a type size, from so far left, on a base line so high, all in points."""
        return f"BT {size:.5g} 0 0 {size:.5g} {left:.3f} {base:.3f} Tm {self._drawn(line)[0]}ET\n"

    def draw(self, page: pikepdf.Page, marks: str) -> None:
        """Put what was drawn on a page, beneath what it shows."""
        resources = page.obj.Resources
        if "/Font" not in resources:
            resources.Font = pikepdf.Dictionary()
        for name, font in self._fonts.items():
            resources.Font[name] = font
        page.contents_add(f"q 0 g\n{marks}Q\n".encode(), prepend=True)

    def _drawn(self, line: str) -> tuple[str, float]:
        """Return what draws a line at a size of one point, and its width in ems; kept, since lines come again."""
        if line not in self._written:
            glyphs = [self._glyphs.get(letter) or _blank(letter) for letter in _letters(line)]
            runs = groupby((run for glyph in glyphs for run in glyph.runs), key=itemgetter(0))
            shown = (_show(font, "".join(code for _, code in group)) for font, group in runs)
            self._written[line] = "".join(shown), sum(glyph.width for glyph in glyphs)
        return self._written[line]


def _show(font: str, codes: str) -> str:
    return f"{font} 1 Tf <{codes}> Tj " if font else f"[{codes}] TJ "


def _blank(letter: str) -> _Glyph:
    width = _WIDE_BLANK if letter == "\u3000" else _BLANK
    return _Glyph((("", f"{-1000 * width:.0f} "),), width)


def _glyphs(specimen: pikepdf.Page, alphabet: Alphabet, names: Mapping[str, str]) -> dict[str, _Glyph]:
    """Read off a specimen what draws each letter: the plain ones in the first row, every other in a row of its own."""
    rows = _rows(specimen)
    first = list(_one_by_one(rows.get(0, ())))
    if len(first) != len(alphabet.plain):
        raise TypesettingFailed("页码、档号所用的字没有逐个排出；请换用 [press] fonts 中的宋体，或交系统维护人员")
    runs: dict[str, _Runs] = {letter: (glyph,) for letter, glyph in zip(alphabet.plain, first, strict=True)}
    runs |= {letter: rows.get(row, ()) for row, letter in enumerate(alphabet.others, 1)}
    widths = {name: widths_of(font) for name, font in specimen.obj.Resources.Font.items()}
    return {letter: _glyph(some, widths, names) for letter, some in runs.items()}


def _glyph(runs: _Runs, widths: Mapping[str, Mapping[int, float]], names: Mapping[str, str]) -> _Glyph:
    return _Glyph(
        tuple((names[font], codes.hex()) for font, codes in runs),
        sum(widths[font].get(int.from_bytes(code), 0.0) for font, code in _one_by_one(runs)) / 1000,
    )


def _one_by_one(runs: _Runs) -> Iterator[tuple[str, bytes]]:
    """Yield glyph after glyph, each with its font."""
    return ((font, codes[at : at + 2]) for font, codes in runs for at in range(0, len(codes), 2))


def _rows(specimen: pikepdf.Page) -> dict[int, list[tuple[str, bytes]]]:
    """Return the glyphs of a specimen, row by row from above."""
    rows: dict[int, list[tuple[str, bytes]]] = {}
    height, base, font = float(specimen.mediabox[3]), 0.0, ""
    for instruction in pikepdf.parse_content_stream(specimen):
        match str(instruction.operator), list(instruction.operands):
            case "cm", [*_, above]:
                base = float(above)
            case "Tf", [name, _]:
                font = str(name)
            case "Tj" | "TJ", [shown]:
                parts = shown if isinstance(shown, pikepdf.Array) else [shown]
                codes = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
                rows.setdefault(int((height - base) / _PITCH), []).append((font, codes))
    return rows
