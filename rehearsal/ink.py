"""One-bit drawings of what stands on a scanned page: text, grids, ruled lines, signatures, seals."""

from __future__ import annotations

import math
import random
import re
import zlib
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import serif_path

from rehearsal import minutes, phrases
from rehearsal.pdf import Mask
from rehearsal.prose import Prose

WIDTH, HEIGHT = 827, 1169
"""Pixels of an A4 page at 100 dpi."""
LEFT, TOP, LINE = 104, 250, 42
_RULE = 62
"""Distance of a notebook's ruled lines."""
_CHARACTERS = 29
_ROWS, _GRID_ROWS, _RULED_ROWS = 12, 13, 10
_CELL = 21
"""Characters that fit the wide column of a grid."""
_CLAUSE_END = re.compile("[，。；：“”]")
_POOL = minutes.STRENGTHS + minutes.VIEWS + phrases.JI + phrases.NENG + phrases.QIN + minutes.GISTS


@lru_cache(maxsize=8)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the Song face that comes with the product, in pixels."""
    return ImageFont.truetype(str(serif_path()), size)


def mask_of(image: Image.Image, threshold: int = 190) -> Mask:
    """Return the dark parts of a grey picture as a mask."""
    bits = image.point([0] * threshold + [255] * (256 - threshold), "1")
    return Mask(image.width, image.height, zlib.compress(bits.tobytes(), 9))


@lru_cache(maxsize=640)
def page(kind: str, look: str, variant: int) -> Mask:
    """Return the printed part of a page; an empty kind gives a page that only continues."""
    return mask_of(page_image(kind, look, variant))


def page_image(kind: str, look: str, variant: int) -> Image.Image:
    """Return the printed part of a page as a grey picture, put in a little askew as by a scanner."""
    source = random.Random(f"{kind}/{look}/{variant}")
    image = canvas(kind)
    {"form": _grid, "notebook": _notes}.get(look, _text)(ImageDraw.Draw(image), source, bool(kind))
    return askew(image, source)


def canvas(kind: str) -> Image.Image:
    """Return an empty page with its heading, if it has one."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    if kind:
        draw = ImageDraw.Draw(image)
        draw.text((WIDTH / 2, 130), kind, font=font(38), fill=0, anchor="mm")
        draw.line((LEFT, 168, WIDTH - LEFT, 168), fill=0, width=2)
    return image


def askew(image: Image.Image, source: random.Random) -> Image.Image:
    """Return a page as it lies on the glass of a scanner."""
    return image.rotate(source.uniform(-0.35, 0.35), Image.Resampling.BILINEAR, fillcolor=255)


def _text(draw: ImageDraw.ImageDraw, source: random.Random, opening: bool) -> None:
    _lines(draw, source, source.randint(_ROWS - 3, _ROWS) // (1 if opening else 2), LINE)


def _notes(draw: ImageDraw.ImageDraw, source: random.Random, opening: bool) -> None:
    _lines(draw, source, source.randint(_RULED_ROWS - 3, _RULED_ROWS - 1) // (1 if opening else 2), _RULE)


def _lines(draw: ImageDraw.ImageDraw, source: random.Random, rows: int, pitch: int) -> None:
    text = "　　" + Prose(source).some(_POOL, 12)
    for row in range(rows):
        line = text[row * _CHARACTERS : (row + 1) * _CHARACTERS]
        draw.text((LEFT, TOP + row * pitch), line, font=font(21), fill=0)


def _grid(draw: ImageDraw.ImageDraw, source: random.Random, opening: bool) -> None:
    prose, right = Prose(source), WIDTH - LEFT
    for row in range(_GRID_ROWS if opening else _GRID_ROWS // 2):
        top = TOP + row * LINE
        draw.rectangle((LEFT, top, right, top + LINE), outline=0)
        draw.line((LEFT + 170, top, LEFT + 170, top + LINE), fill=0)
        draw.text((LEFT + 12, top + 9), f"项目{row + 1:02d}", font=font(20), fill=0)
        draw.text((LEFT + 182, top + 9), _clause(prose.pick(_POOL)), font=font(20), fill=0)


def _clause(sentence: str) -> str:
    """Return the first clause of a sentence, if it fits a cell."""
    clause = _CLAUSE_END.split(sentence, maxsplit=1)[0]
    return clause if len(clause) <= _CELL else "见附页"


@lru_cache(maxsize=1)
def ruled() -> Mask:
    """Return the ruled lines of a notebook page."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for row in range(_RULED_ROWS + 1):
        draw.line((LEFT - 14, TOP + row * _RULE - 16, WIDTH - LEFT + 14, TOP + row * _RULE - 16), fill=0)
    return mask_of(image)


@lru_cache(maxsize=512)
def signature(name: str) -> Mask:
    """Return strokes that look like somebody's hand; the same name, the same hand."""
    source = random.Random(f"hand/{name}")
    image = Image.new("L", (150, 60), 255)
    draw = ImageDraw.Draw(image)
    step = 130 // max(2, len(name))
    for place in range(len(name)):
        left = 8 + place * step
        for _ in range(4):
            draw.line(stroke(source, left, step), fill=0, width=source.choice((2, 2, 3)), joint="curve")
    draw.line((8, 50, 70 + source.randint(0, 60), 40 + source.randint(0, 12)), fill=0, width=2)
    return mask_of(image)


def stroke(source: random.Random, left: int, width: int) -> list[tuple[float, float]]:
    """Return the points of one stroke of a pen in a field of this width."""
    (x0, y0), (x1, y1), (x2, y2) = ((left + source.uniform(0, width), source.uniform(6, 52)) for _ in range(3))
    points = []
    for part in range(9):
        t = part / 8
        u = 1 - t
        points.append((u * u * x0 + 2 * u * t * x1 + t * t * x2, u * u * y0 + 2 * u * t * y1 + t * t * y2))
    return points


@lru_cache(maxsize=256)
def seal(unit: str) -> Mask:
    """Return a round seal with a unit's name along its rim and a star in its middle."""
    size, radius = 180, 84
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, size - 5, size - 5), outline=0, width=4)
    points = [_on_circle(size / 2, 28 if corner % 2 == 0 else 11, corner * 36 - 90) for corner in range(10)]
    draw.polygon(points, fill=0)
    letters = unit[:22]
    step = min(24.0, 270 / len(letters))
    for place, letter in enumerate(letters):
        angle = -90 + (place - (len(letters) - 1) / 2) * step
        _stamp_letter(image, letter, _on_circle(size / 2, radius - 17, angle), angle + 90)
    return mask_of(image)


def _stamp_letter(image: Image.Image, letter: str, at: tuple[float, float], turn: float) -> None:
    tile = Image.new("L", (30, 30), 255)
    ImageDraw.Draw(tile).text((15, 15), letter, font=font(20), fill=0, anchor="mm")
    turned = tile.rotate(-turn, Image.Resampling.BILINEAR, fillcolor=255)
    ink = turned.point([255] * 140 + [0] * 116)
    image.paste(0, (round(at[0]) - 15, round(at[1]) - 15), ink)


def _on_circle(centre: float, radius: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return centre + radius * math.cos(angle), centre + radius * math.sin(angle)


def caption(text: str, size: int) -> Mask:
    """Return one line of printed text, as wide as it needs."""
    width = max(8, round(font(size).getlength(text)) + 4)
    image = Image.new("L", (width, size + 12), 255)
    ImageDraw.Draw(image).text((2, 2), text, font=font(size), fill=0)
    return mask_of(image)
