"""What a scan has beyond its print, and whether it is a hand in a cell.

The print itself, with a little around it, counts for nothing: rulings, 年 月 日. Of the rest a hand is what reaches the
middle of a cell, is no straight stroke across it and no part of a seal: red, where the scan has colours, else a ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.sheets.registration import SCALE, Grey
from pipeline.sheets.seen import InkMark
from press.paper import Box

Mask = NDArray[np.bool_]

_AROUND_PRINT = 0.55
"""So far around the print nothing is looked at, in millimetres."""
_EDGE = 3.6
"""A hand leaves its cell by less; so deep nothing of a neighbour's is taken for a hand, in millimetres."""
_HAND, _NOTHING = 3.0, 1.2
"""Ink of a hand at least, and of nothing at most, in square millimetres."""
_SEAL, _NO_SEAL = 60.0, 15.0
"""The same of a seal."""
_SPECK = 0.15
"""Less ink than this in one piece is dust, in square millimetres."""
_STRAIGHT, _LONG = 0.75, 14.0
"""A stroke that strays so little over such a length strikes a cell out, in millimetres."""
_REDDER = 38
_RINGS = range(17, 25)
"""Radii of round seals, in millimetres."""
_RING_SHOWN = 0.55
"""Share of a ring that must show."""
_RING_SCALE = 2
_LOOSE_INK = 40.0
"""With less ink outside the cells no seal is looked for, in square millimetres."""
_HIDDEN = 0.35
"""A cell of whose middle a seal hides more is not called empty."""
_FAINT = 0.42
"""Ink is darker than paper by this share of what print is."""


@dataclass(frozen=True, slots=True)
class PageInk:
    """A scan on its print, apart from what was printed."""

    beyond: Mask
    """Dark ink that was not printed; seals found are left out."""
    coloured: Mask
    """All that was not printed, seals too."""
    hidden: Mask
    """Where a seal without colour hides what is below."""


def page_ink(laid: Grey, red: Grey, print_: Grey, hands: Sequence[Box]) -> PageInk:
    """Return what a scan has beyond its print.

    Args:
        laid: the scan as it covers its print, evenly lit, in SCALE.
        red: how much redder than blue and green it is.
        print_: as printed.
        hands: the cells for hands of the page.
    """
    printed = cv2.dilate((print_ < 215).astype(np.uint8), _disk(_AROUND_PRINT)) > 0
    reds = cv2.dilate((red > _REDDER).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    dark = laid < _threshold(laid, print_)
    beyond = dark & ~printed
    is_red = bool(reds.sum() > _LOOSE_INK * SCALE**2)
    black = beyond & ~reds
    hidden = np.zeros_like(black)
    if not is_red and _loose(black, hands) > _LOOSE_INK:
        hidden = _seals(black)
    return PageInk(black & ~hidden, (dark | reds) & ~printed, hidden)


def hand_in(ink: PageInk, box: Box) -> tuple[InkMark, float]:
    """Return whether a hand is in a cell, and its ink in square millimetres."""
    cell = _cut(ink.beyond, box)
    core = np.zeros_like(cell)
    edge = round(min(_EDGE, box.height / 3) * SCALE)
    core[edge:-edge, edge:-edge] = True
    area = sum(float(piece.sum()) for piece in _pieces(cell) if (piece & core).any() and not _strikes(piece))
    measure = area / SCALE**2
    if measure >= _HAND:
        return InkMark.SEEN, measure
    veiled = float(_cut(ink.hidden, box)[core].mean())
    return (InkMark.NONE if measure <= _NOTHING and veiled <= _HIDDEN else InkMark.UNCLEAR), measure


def seal_in(ink: PageInk, box: Box) -> tuple[InkMark, float]:
    """Return whether a seal is in a place for one, and its ink in square millimetres."""
    measure = float(_cut(ink.coloured, box).sum()) / SCALE**2
    if measure >= _SEAL:
        return InkMark.SEEN, measure
    return (InkMark.NONE if measure <= _NO_SEAL else InkMark.UNCLEAR), measure


def _threshold(laid: Grey, print_: Grey) -> float:
    """Return the grey below which something is ink: bleeding through from the back is paler."""
    print_core = cv2.dilate(print_, np.ones((3, 3), np.uint8)) < 90
    black = float(np.percentile(laid[print_core], 30)) if print_core.any() else 40.0
    return float(np.clip(255 - _FAINT * (255 - black), 140, 205))


def _loose(black: Mask, hands: Sequence[Box]) -> float:
    """Return the ink outside the cells for hands, in square millimetres, the edges of the paper apart."""
    loose = black.copy()
    margin = 10 * SCALE
    loose[:margin], loose[-margin:], loose[:, :margin], loose[:, -margin:] = False, False, False, False
    for box in hands:
        _cut(loose, box)[:] = False
    return float(loose.sum()) / SCALE**2


def _seals(black: Mask) -> Mask:
    """Return the rounds of seals without colour."""
    factor = _RING_SCALE / SCALE
    small = cv2.resize(black.astype(np.float32), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    marks = (cv2.dilate(small, np.ones((2, 2), np.uint8)) > 0.12).astype(np.float32)
    hidden = np.zeros(marks.shape, np.uint8)
    for radius in _RINGS:
        size = radius * _RING_SCALE
        ring = np.zeros((2 * size + 5, 2 * size + 5), np.float32)
        cv2.circle(ring, (size + 2, size + 2), size, 1.0, 1)
        shown = cv2.filter2D(marks, -1, ring / ring.sum(), borderType=cv2.BORDER_CONSTANT)
        for y, x in np.argwhere(shown > _RING_SHOWN):
            cv2.circle(hidden, (int(x), int(y)), size + 3, 1, -1)
    return np.asarray(cv2.resize(hidden, black.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


def _pieces(cell: Mask) -> list[Mask]:
    """Return the pieces of ink in a cell that are more than dust."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cell.astype(np.uint8), connectivity=8)
    least = _SPECK * SCALE**2
    return [labels == number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] >= least]


def _strikes(piece: Mask) -> bool:
    """Tell whether a piece of ink is one straight stroke, as drawn through what stays empty."""
    points = np.argwhere(piece).astype(np.float64)
    points -= points.mean(axis=0)
    _, _, axes = np.linalg.svd(points[:: max(1, len(points) // 400)], full_matrices=False)
    along, across = points @ axes[0], points @ axes[1]
    return bool(np.ptp(along) >= _LONG * SCALE and np.percentile(np.abs(across), 96) <= _STRAIGHT * SCALE)


def _cut(mask: Mask, box: Box) -> Mask:
    x, y = round(box.x * SCALE), round(box.y * SCALE)
    return mask[y : y + round(box.height * SCALE), x : x + round(box.width * SCALE)]


def _disk(radius: float) -> NDArray[np.uint8]:
    side = 2 * round(radius * SCALE) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
