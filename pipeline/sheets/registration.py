"""A scanned page laid onto its print: which point of the scan shows which point of the print.

Codes tell roughly where the page lies. From there patches of the print are looked for in the scan, coarsely and then
finely, and one projection is put through what was found; where codes mislead, features of all of it are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]
_Pass = tuple[int, float, int, int]

SCALE = 6
"""Pixels of a millimetre in which a scan is compared with its print."""
_COARSE = 3
"""The same while it is still only roughly laid."""
_ALIKE = 0.55
"""Correlation from which a patch counts as found."""
_ENOUGH = 8
"""So many patches that agree hold a projection."""
_NEARBY = ((_COARSE, 3.0, 20, 14), (SCALE, 1.2, 16, 10))
_AROUND = ((_COARSE, 9.0, 15, 14), *_NEARBY)
"""Passes: pixels of a millimetre; in millimetres, how far from where it should be a patch is looked for, from patch to
patch, side of a patch."""
_GOOD, _POOR = 0.92, 0.75
"""From this fit on nothing better is looked for; below that one, features are compared."""
_AGREE = 0.45
"""What patches may be off and still agree, in millimetres."""
_LEAST_CONTRAST = 18.0
_PAPER, _INK = 255, 150


@dataclass(frozen=True, slots=True)
class Laid:
    """A scan laid onto its print."""

    matrix: Matrix
    """Takes a point of the print, in pixels of SCALE, to the scan's pixels."""
    fit: float
    """Share of the print's ink that shows where it should, 0 to 1."""


def lay(scan: Grey, print_: Grey, found: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Laid:
    """Lay a scan onto its print.

    Args:
        scan: the page, evenly lit.
        print_: the page as it was printed, in SCALE.
        found: of each code its corners on the print, in pixels of SCALE, and on the scan.
    """
    start = by_codes(found)
    best = _refined(scan, print_, start, _NEARBY) if len(found) > 1 else None
    if best is None or best.fit < _GOOD:
        wider = _refined(scan, print_, start, _AROUND)
        best = max(filter(None, (best, wider)), key=lambda laid: laid.fit)
    if best.fit < _POOR and (features := _by_features(scan, print_)) is not None:
        best = max(best, _refined(scan, print_, features, _AROUND), key=lambda laid: laid.fit)
    return best


def onto_print(image: Grey, laid: Laid, print_: Grey, fill: int = _PAPER) -> Grey:
    """Return a scan as it covers its print."""
    return _warped(image, laid.matrix, print_.shape[1], print_.shape[0], fill)


def turn_of(matrix: Matrix) -> float:
    """Return how a page lies in its scan, in degrees clockwise."""
    (x0, y0), (x1, y1) = project(matrix, [(600, 900), (700, 900)])
    return float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))


def project(matrix: Matrix, points: Sequence[tuple[float, float]]) -> Matrix:
    """Return where points come to lie."""
    moved: Matrix = cv2.perspectiveTransform(np.array([points], np.float64), matrix)[0]
    return moved


def by_codes(found: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Matrix:
    """Return where codes say the page lies: a similarity by one, an affinity by two."""
    ours = np.concatenate([pair[0] for pair in found])
    theirs = np.concatenate([pair[1] for pair in found])
    if len(found) > 1:
        rows = np.hstack([ours, np.ones((len(ours), 1))])
        affine = np.linalg.lstsq(rows, theirs, rcond=None)[0].T
    else:
        affine, _ = cv2.estimateAffinePartial2D(ours, theirs, method=cv2.LMEDS)
    return np.vstack([affine, (0.0, 0.0, 1.0)]).astype(np.float64)


def _by_features(scan: Grey, print_: Grey) -> Matrix | None:
    """Return where the page lies by comparing features of all of it, or None where too few are alike."""
    shrink = max(1.0, max(scan.shape) / 1400)
    small = cv2.resize(scan, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    ours = cv2.resize(print_, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    finder = cv2.ORB.create(nfeatures=4000, fastThreshold=10)
    (points, marks), (others, seen) = finder.detectAndCompute(ours, None), finder.detectAndCompute(small, None)
    if marks is None or seen is None or len(points) < _ENOUGH or len(others) < _ENOUGH:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(marks, seen, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.85 * pair[1].distance]
    if len(good) < 3 * _ENOUGH:
        return None
    here = np.array([points[match.queryIdx].pt for match in good]) / 0.75
    there = np.array([others[match.trainIdx].pt for match in good]) * shrink
    matrix, _ = cv2.findHomography(here, there, cv2.RANSAC, 4.0 * shrink)
    return None if matrix is None else np.asarray(matrix, np.float64)


def _refined(scan: Grey, print_: Grey, matrix: Matrix, passes: Sequence[_Pass]) -> Laid:
    for each in passes:
        matrix = _closer(scan, print_, matrix, each)
    return Laid(matrix, _fit(_warped(scan, matrix, print_.shape[1], print_.shape[0]), print_))


def _closer(scan: Grey, print_: Grey, matrix: Matrix, how: _Pass) -> Matrix:
    """Return a projection put through the patches of the print that are found near where they should be.

    Args:
        scan: the page.
        print_: as printed, in SCALE.
        matrix: what is known so far.
        how: to compare.
    """
    scale, reach, step, side = how
    less = scale / SCALE
    ours = print_ if scale == SCALE else _shrunk(print_, less)
    to_small = np.diag((1 / less, 1 / less, 1.0))
    theirs = _warped(scan, matrix @ to_small, ours.shape[1], ours.shape[0])
    here, there = _found_patches(ours, theirs, side * scale, round(reach * scale), step * scale)
    if len(here) < _ENOUGH:
        return matrix
    moved, agreeing = cv2.findHomography(here, there, cv2.RANSAC, max(1.0, _AGREE * scale))
    if moved is None or int(agreeing.sum()) < _ENOUGH:
        return matrix
    return np.asarray(matrix @ to_small @ moved @ np.linalg.inv(to_small), np.float64)


def _found_patches(ours: Grey, theirs: Grey, side: int, reach: int, step: int) -> tuple[Matrix, Matrix]:
    """Return middles of patches of the print, and where in the scan they were found."""
    here, there = [], []
    height, width = ours.shape
    for top in range(0, height - side, step):
        for left in range(0, width - side, step):
            patch = ours[top : top + side, left : left + side]
            if patch.std() < _LEAST_CONTRAST:
                continue
            y0, x0 = max(0, top - reach), max(0, left - reach)
            window = theirs[y0 : top + side + reach, x0 : left + side + reach]
            alike = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
            _, most, _, (x, y) = cv2.minMaxLoc(alike)
            if most >= _ALIKE:
                here.append((left, top))
                there.append((x0 + x, y0 + y))
    half = (side - 1) / 2
    return np.array(here, np.float64).reshape(-1, 2) + half, np.array(there, np.float64).reshape(-1, 2) + half


def _fit(laid: Grey, print_: Grey) -> float:
    inked = print_ < _INK
    shown = cv2.erode(laid, np.ones((5, 5), np.uint8)) < _PAPER - 55
    return float(shown[inked].mean()) if inked.any() else 0.0


def _shrunk(image: Grey, factor: float) -> Grey:
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _warped(image: Grey, matrix: Matrix, width: int, height: int, fill: int = _PAPER) -> Grey:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    made = cv2.warpPerspective(image, matrix, (width, height), flags=flags, borderValue=fill)
    return np.asarray(made, np.uint8)
