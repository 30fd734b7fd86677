"""The faces documents are set in: which are at hand, which stand in for the prescribed ones, what they can draw.

GB/T 9704 asks for 宋, 黑, 仿宋, 楷 and 小标宋. The first two come with the product (Noto Serif SC, Noto Sans SC);
the others are taken from the unit's own folder or the system when there, else 宋 stands in.
"""

from __future__ import annotations

import logging
import unicodedata
from collections import ChainMap, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typst
from pylopdf_fonts_zh_cn import sans_path, serif_path

from jishi.errors import PartMissing
from press.looks import ROLES
from press.text_width import Letters

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

logging.getLogger("fontTools").addHandler(logging.NullHandler())  # else it warns of odd fonts, in English

_SERIF, _SANS = "Noto Serif SC", "Noto Sans SC"
_NAMES = {
    "小标宋": ("xiaobiaosong", "小标宋"),
    "仿": ("fangsong", "仿宋", "fandolfang"),
    "楷": ("kaiti", "楷体", "楷_", "wenkai", "fandolkai", "ukai"),
    "黑": ("simhei", "黑体", "heiti", "fandolhei"),
    "宋": ("simsun", "宋体", "songti", "fandolsong"),
}
"""What a family's name contains, lower case without spaces, when it is made for a role; the first match counts."""
_STANDARD = {"宋": _SERIF, "黑": _SANS}
_STAND_IN = {"仿": "宋", "楷": "宋", "小标宋": "宋"}
_FOR_VALUES = ("宋", "仿", "楷", "小标宋")
"""The roles a record's values are set in; 黑 is for labels only."""
_SPACES = frozenset(" \t\n\r\u00a0\u2002\u2003\u3000")
"""White space is compared as white space, so one kind may stand for another."""
_CHOSEN = frozenset("·-–—…・•／～〈〉①②③④⑤⑥⑦⑧⑨⑩❶❷❸❹❺❻❼❽❾❿⓪⓿➡")
"""Where several characters share one glyph: the one a reader means."""
_LOSING = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Mc", "Me"}
"""Controls, formats (zero width, direction), unassigned and combining characters: no glyph of their own."""
_MELTING = frozenset("―〳〴〵ﾞﾟ")
"""Drawn as part of, or exactly like, their neighbours; so are the conjoining jamo U+1100 to U+11FF."""


@dataclass(frozen=True, slots=True)
class FontFace:
    """One font file in use."""

    family: str
    path: Path
    index: int


@dataclass(frozen=True, eq=False)
class FontSet:
    """The faces at hand and what they can draw."""

    typst_fonts: typst.Fonts
    chains: Mapping[str, tuple[str, ...]]
    """Role → families in the order they are asked for a glyph; every chain reaches every face in use."""
    stand_ins: Mapping[str, str]
    """Role → family that stands in for it; empty when all prescribed faces are there."""
    faces: tuple[FontFace, ...]
    printable: frozenset[str] = field(repr=False)
    """Every character that is drawn and can be read back from the PDF as itself."""

    @cached_property
    def letters(self) -> Mapping[str, Letters]:
        """Role → how wide its chain draws Latin characters."""
        faces = {face.family: face for face in self.faces}
        drawn = {role: ChainMap(*(_advances(faces[name]) for name in chain)) for role, chain in self.chains.items()}
        return {role: Letters.of(advances) for role, advances in drawn.items()}

    def unprintable(self, text: str) -> tuple[str, ...]:
        """Return the characters that would not come back from a printed text as themselves.

        These are characters without a glyph, controls, zero-width and direction marks, combining marks, and
        look-alikes that share the glyph of a common character (Kangxi radicals, compatibility ideographs).
        """
        lost = set(text) - self.printable
        return tuple(sorted(lost, key=text.index)) if lost else ()

    def report(self) -> tuple[str, ...]:
        """Return one Chinese line per role: the family used, and whether it only stands in."""
        return tuple(
            f"{role}：{self.chains[role][0]}" + ("（替代字体）" if role in self.stand_ins else "") for role in ROLES
        )


def usual_character(character: str) -> str:
    """Return the common character a look-alike should be written as, or "" when there is none."""
    usual = unicodedata.normalize("NFKC", character)
    return usual if len(usual) == 1 and usual != character and unicodedata.category(usual) not in _LOSING else ""


@cache
def font_set(folder: str = "", *, system: bool = True) -> FontSet:
    """Return the fonts of this machine, found once per process.

    Args:
        folder: the unit's own fonts ([press] fonts), asked first; empty for none.
        system: whether installed fonts may serve the roles the product brings no face for.

    Raises:
        PartMissing: the folder is not there, holds no font, or the product's own fonts are gone.
    """
    own = _folder_files(folder)
    fonts = typst.Fonts(
        include_system_fonts=system,
        include_embedded_fonts=False,
        font_paths=[str(serif_path().parent), *([folder] if folder else [])],
    )
    faces = {info.family: info for info in sorted(fonts.fonts(), key=_preference) if info.path}
    _require_standard(faces)
    chosen = _choose(faces, own)
    chains = {role: _chain(chosen, role) for role in ROLES}
    used = tuple(FontFace(name, Path(faces[name].path or ""), faces[name].index) for name in chains["宋"])
    stand_ins = {role: chains[role][0] for role in ROLES if role not in chosen}
    return FontSet(fonts, chains, stand_ins, used, _printable(used, chains))


def _folder_files(folder: str) -> frozenset[Path]:
    if not folder:
        return frozenset()
    files = frozenset(path.resolve() for path in Path(folder).glob("**/*") if path.suffix.lower()[1:3] in ("tt", "ot"))
    if not files:
        raise PartMissing(f"字体目录 {folder} 不存在或没有字体文件；请改正jishi.toml中 [press] fonts，或清空该项")
    return files


def _preference(info: typst.FontInfo) -> tuple[bool, int]:
    """Sort so that the upright regular face of a family comes last and wins."""
    return (info.style == "normal", -abs(info.weight - 400))


def _require_standard(faces: Mapping[str, typst.FontInfo]) -> None:
    for family, path in ((_SERIF, serif_path()), (_SANS, sans_path())):
        if family not in faces:
            raise PartMissing(f"缺少字体 {family}（应在 {path}）；请重新安装 pylopdf-fonts-zh-cn")


def _choose(faces: Mapping[str, typst.FontInfo], own: frozenset[Path]) -> dict[str, str]:
    """Return role → family for every role that has a face of its own."""
    chosen = {}
    for role in ROLES:
        families = sorted(name for name in faces if _role_of(name) == role)
        mine = [name for name in families if Path(faces[name].path or "").resolve() in own]
        family = next(iter(mine), None) or _STANDARD.get(role) or next(iter(families), None)
        if family:
            chosen[role] = family
    return chosen


def _role_of(family: str) -> str:
    name = family.lower().replace(" ", "").replace("-", "")
    return next((role for role, parts in _NAMES.items() if any(part in name for part in parts)), "")


def _chain(chosen: Mapping[str, str], role: str) -> tuple[str, ...]:
    first = chosen.get(role) or chosen[_STAND_IN[role]]
    return tuple(dict.fromkeys((first, chosen["宋"], _SERIF, _SANS, *sorted(set(chosen.values())))))


def _printable(faces: Iterable[FontFace], chains: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    glyphs = {face.family: _glyphs(face) for face in faces}
    drawn = {chr(point) for points in glyphs.values() for point in points}
    for chain in {chains[role] for role in _FOR_VALUES}:
        drawn.difference_update(_shadowed([glyphs[family] for family in chain]))
    return frozenset(_SPACES.union(filter(_keeps_itself, drawn)))


@contextmanager
def _opened(face: FontFace) -> Iterator[TTFont]:
    """Open the file of a face; its glyphs go by number, for to work out their names takes longer than all the rest."""
    from fontTools.ttLib import TTFont

    try:
        with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
            font.setGlyphOrder(range(font["maxp"].numGlyphs))
            yield font
    except Exception as error:  # what a damaged table makes fontTools raise is anything
        raise PartMissing(
            f"字体 {face.path.name} 读不出或不完整；请换成完好的文件，或移出 [press] fonts 目录"
        ) from error


def _glyphs(face: FontFace) -> dict[int, int]:
    """Return code point → number of the glyph that draws it."""
    with _opened(face) as font:
        return dict(font.getBestCmap())


@cache
def _advances(face: FontFace) -> dict[int, float]:
    """Return how far the printable Latin characters of a face advance, in ems by code point."""
    with _opened(face) as font:
        glyphs, measures, em = font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
        return {point: measures[glyphs[point]][0] / em for point in range(0x20, 0x7F) if point in glyphs}


def _keeps_itself(char: str) -> bool:
    if char in _MELTING or "\u1100" <= char <= "\u11ff":
        return False
    return unicodedata.category(char) not in _LOSING and unicodedata.normalize("NFC", char) == char


def _shadowed(chain: Iterable[Mapping[int, int]]) -> Iterator[str]:
    """Yield the characters whose glyph belongs to a more usual character of the face that draws both."""
    sharing = defaultdict(list)
    drawn: set[int] = set()
    for number, glyphs in enumerate(chain):
        for point, glyph in glyphs.items():
            if point not in drawn:
                sharing[number, glyph].append(chr(point))
        drawn.update(glyphs)
    for group in sharing.values():
        if len(group) > 1:
            yield from sorted(group, key=_commonness)[1:]


def _commonness(char: str) -> tuple[bool, bool, bool, int]:
    ideograph = "\u4e00" <= char <= "\u9fff"
    return (char not in _CHOSEN, not ideograph, unicodedata.normalize("NFKC", char) != char, ord(char))
