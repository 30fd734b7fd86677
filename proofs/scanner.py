"""What becomes of a print: hands and seals on it, then a copier or a phone; a random source decides on all of it."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image

from press.paper import Box

Picture = NDArray[np.uint8]
MM_INCH = 25.4
_INKS = ((30, 25, 25), (70, 40, 30), (120, 50, 25))
"""Black, blue-black and blue, as BGR."""
_RED = (50, 40, 205)


@dataclass(frozen=True, slots=True)
class Harm:
    """What befalls one page on its way."""

    dpi: int = 200
    skew: float = 0.0
    upside_down: bool = False
    noise: float = 4.0
    quality: int = 75
    stretch: float = 1.0
    tilt: float = 0.0
    """Of a phone, in degrees."""
    stapled: bool = False
    """Whether the code in the upper left corner is destroyed."""
    punched: bool = False
    bleeding: bool = False
    mode: str = "RGB"
    """RGB, L or 1."""


def some_harm(source: random.Random, dpi: int = 200) -> Harm:
    """Return what befalls some page."""
    phone = source.random() < 0.08
    return Harm(
        dpi=dpi,
        skew=source.uniform(-5, 5),
        upside_down=source.random() < 0.4,
        noise=source.uniform(2, 12),
        quality=source.randint(40, 80),
        stretch=source.choice((1.0, 1.01, 0.99)),
        tilt=10.0 if phone else 0.0,
        stapled=source.random() < 0.12,
        punched=source.random() < 0.3,
        bleeding=source.random() < 0.3,
        mode="RGB" if phone else source.choice(("RGB", "RGB", "L", "1")),
    )


def printed(document: pdfium.PdfDocument, page: int, dpi: int) -> Picture:
    """Return a page of a print as paper, BGR."""
    return np.ascontiguousarray(np.asarray(document[page].render(scale=dpi / 72).to_numpy())[:, :, :3])


def write_name(paper: Picture, box: Box, dpi: int, source: random.Random, *, leaving: bool) -> None:
    """Write somebody's name into a cell.

    Args:
        paper: written on.
        box: the cell, in millimetres.
        dpi: of the paper.
        source: whose hand it is.
        leaving: whether a stroke leaves the cell by three millimetres.
    """
    letters = source.randint(2, 3)
    size = min(source.uniform(7, 10), box.height - 2.5, (box.width - 4) / letters)
    colour, width = source.choice(_INKS), source.uniform(0.35, 0.7)
    x = box.x + source.uniform(2, max(2.1, box.width - letters * size - 2))
    y = box.y + (box.height - size) / 2 + source.uniform(-0.8, 0.8)
    for letter in range(letters):
        for _ in range(source.randint(3, 6)):
            _stroke(paper, _curve(source, x + letter * size, y, size * 0.92), dpi, colour, width)
    if leaving:
        down = source.random() < 0.5
        end = box.y + box.height + 3 if down else box.y - 3
        middle = x + source.uniform(0.3, 0.7) * letters * size
        _stroke(
            paper,
            [(middle, y + size / 2), (middle + 1.5, (y + size / 2 + end) / 2), (middle + 1, end)],
            dpi,
            colour,
            width,
        )


def strike_out(paper: Picture, box: Box, dpi: int, source: random.Random) -> None:
    """Draw the stroke that says that a cell stays empty."""
    _stroke(
        paper, [(box.x + 3, box.y + 3), (box.x + box.width - 4, box.y + box.height - 3)], dpi, source.choice(_INKS), 0.5
    )


def press_seal(paper: Picture, middle: tuple[float, float], dpi: int, source: random.Random) -> None:
    """Put a round seal onto a page, its middle in millimetres."""
    scale = dpi / MM_INCH
    ink = np.full(paper.shape, 255, np.uint8)
    x, y = middle[0] * scale, middle[1] * scale
    radius = source.uniform(19.5, 21) * scale
    cv2.circle(ink, (round(x), round(y)), round(radius), _RED, round(1.1 * scale), cv2.LINE_AA)
    corners = [_around(x, y, (6.5 if turn % 2 == 0 else 2.6) * scale, turn * 36 - 90) for turn in range(10)]
    cv2.fillPoly(ink, [np.array(corners, np.int32)], _RED, cv2.LINE_AA)
    for turn in range(-150, -29, 12):
        for _ in range(4):
            here, there = (
                _around(x, y, radius - source.uniform(2, 6) * scale, turn + source.uniform(-4, 4)) for _ in "ab"
            )
            cv2.line(ink, _whole(here), _whole(there), _RED, max(1, round(0.45 * scale)), cv2.LINE_AA)
    np.minimum(paper, ink, out=paper)


def scanned(paper: Picture, harm: Harm, source: random.Random, code: Box | None = None) -> Image.Image:
    """Return a page as it comes off a copier or phone.

    Args:
        paper: the page with all that is on it, BGR; it is changed.
        harm: what befalls it.
        source: of chance.
        code: the code in the upper left corner, where a staple tears it.
    """
    scale = harm.dpi / MM_INCH
    if harm.stapled and code is not None:
        _tear(paper, code, scale, source)
    if harm.punched:
        for y in (108.5, 188.5):
            cv2.circle(paper, (round(11 * scale), round(y * scale)), round(3 * scale), (60, 60, 60), -1, cv2.LINE_AA)
    if harm.bleeding:
        behind = cv2.blur(255 - paper[:, ::-1], (3, 3))
        paper = np.asarray(cv2.subtract(paper, cv2.convertScaleAbs(behind, alpha=0.14)), np.uint8)
    light = cv2.convertScaleAbs(
        _bent(paper, harm, source), alpha=source.uniform(0.88, 0.98), beta=source.uniform(2, 10)
    )
    return _stored(_noisy(np.asarray(light, np.uint8), harm.noise, source), harm)


def back(harm: Harm, source: random.Random) -> Image.Image:
    """Return the blank back of a page."""
    height, width = round(297 * harm.dpi / MM_INCH), round(210 * harm.dpi / MM_INCH)
    return scanned(np.full((height, width, 3), 252, np.uint8), harm, source)


def as_pdf(pages: Sequence[Image.Image], harms: Sequence[Harm]) -> bytes:
    """Return scans as a copier's PDF."""
    with pikepdf.new() as stack:
        for page, harm in zip(pages, harms, strict=True):
            one = io.BytesIO()
            page.save(one, "PDF", resolution=harm.dpi, **({} if page.mode == "1" else {"quality": 90}))
            with pikepdf.open(one) as single:
                stack.pages.extend(single.pages)
        made = io.BytesIO()
        stack.save(made)
    return made.getvalue()


def as_tiff(pages: Sequence[Image.Image], harms: Sequence[Harm]) -> bytes:
    """Return scans as one TIFF."""
    made = io.BytesIO()
    first, *rest = pages
    dpi = (harms[0].dpi, harms[0].dpi)
    first.save(made, "TIFF", save_all=True, append_images=rest, compression="tiff_deflate", dpi=dpi)
    return made.getvalue()


def _curve(source: random.Random, x: float, y: float, size: float) -> list[tuple[float, float]]:
    (x0, y0), (x1, y1), (x2, y2) = ((x + source.uniform(0, size), y + source.uniform(0, size)) for _ in range(3))
    parts = [part / 10 for part in range(11)]
    return [
        ((1 - t) ** 2 * x0 + 2 * (1 - t) * t * x1 + t * t * x2, (1 - t) ** 2 * y0 + 2 * (1 - t) * t * y1 + t * t * y2)
        for t in parts
    ]


def _stroke(
    paper: Picture, points: Sequence[tuple[float, float]], dpi: int, colour: tuple[int, int, int], width: float
) -> None:
    scale = dpi / MM_INCH
    line = np.array([(x * scale, y * scale) for x, y in points]).round().astype(np.int32)
    cv2.polylines(paper, [line], False, colour, max(1, round(width * scale)), cv2.LINE_AA)


def _around(x: float, y: float, radius: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _whole(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _tear(paper: Picture, code: Box, scale: float, source: random.Random) -> None:
    x, y = code.x * scale, code.y * scale
    side = code.width * scale
    reach = x + y + side * source.uniform(0.9, 1.3)
    torn = [(0, 0), (reach, 0), (0, reach)]
    cv2.fillPoly(paper, [np.array(torn, np.int32)], (190, 190, 190), cv2.LINE_AA)
    start, end = (x + side * 0.35, y + side * 0.6), (x + side * 0.8, y + side * 0.3)
    cv2.line(paper, _whole(start), _whole(end), (90, 90, 90), round(1.2 * scale), cv2.LINE_AA)


def _bent(shown: Picture, harm: Harm, source: random.Random) -> Picture:
    """Return a page as it lies on the glass, or before a phone on a table."""
    height, width = shown.shape[:2]
    margin = round(0.03 * height)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    middle = corners.mean(axis=0)
    there = (corners - middle) * (1.0, harm.stretch)
    if harm.tilt:
        turn, far = math.radians(harm.tilt), 1.3 * height
        depth = far / (far + there[:, 1] * math.sin(turn))
        there = np.stack([there[:, 0] * depth, there[:, 1] * math.cos(turn) * depth], axis=1)
    angle = math.radians(harm.skew + (180 if harm.upside_down else 0))
    there = there @ np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    there += middle + margin + np.array([source.uniform(-10, 10), source.uniform(-10, 10)])
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), there.astype(np.float32))
    ground = (110, 120, 130) if harm.tilt else (238, 238, 238)
    size = (width + 2 * margin, height + 2 * margin)
    bent = cv2.warpPerspective(shown, matrix, size, flags=cv2.INTER_LINEAR, borderValue=ground)
    if harm.tilt:
        light = np.linspace(1.0, 0.72, size[0], dtype=np.float32)[None, :, None]
        bent = np.asarray(bent * light, np.uint8)
    return np.asarray(bent, np.uint8)


@cache
def _grain() -> NDArray[np.int16]:
    return (100 * np.random.default_rng(1).standard_normal((4096, 4096), np.float32)).astype(np.int16)


def _noisy(shown: Picture, noise: float, source: random.Random) -> Picture:
    """Return a page with grain, the same in all colours."""
    height, width = shown.shape[:2]
    top, left = source.randrange(4096 - height), source.randrange(4096 - width)
    grain = _grain()[top : top + height, left : left + width, None] * np.float32(noise / 100)
    return np.asarray(np.clip(shown + grain, 0, 255), np.uint8)


def _stored(shown: Picture, harm: Harm) -> Image.Image:
    image = Image.fromarray(shown[:, :, ::-1])
    if harm.mode == "1":
        return image.convert("L").point([0] * 150 + [255] * 106, "1")
    stream = io.BytesIO()
    image.convert(harm.mode).save(stream, "JPEG", quality=harm.quality)
    return Image.open(io.BytesIO(stream.getvalue())).convert(harm.mode)
