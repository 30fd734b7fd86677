"""The codes of ours that stand on a scanned page, and where their corners are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from jishi.sheet_code import SheetCode

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_COARSE = 1800
"""A page whose longer side has fewer pixels is looked at enlarged, too."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code on a scan."""

    code: SheetCode
    corners: NDArray[np.float64]
    """Four points in pixels: the code's own upper left, upper right, lower right, lower left."""


def read_codes(grey: NDArray[np.uint8]) -> list[FoundCode]:
    """Return the codes of ours on a page, each once.

    Args:
        grey: the page, upright or not.
    """
    found = {str(each.code): each for each in _read(grey)}
    if len(found) < len(("A", "B")):
        # What is coarse or pale is read enlarged, and with another way to tell black from white.
        scale = 2.0 if max(grey.shape) < _COARSE else 1.5
        larger = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        for each in _read(np.asarray(larger, np.uint8)):
            found.setdefault(str(each.code), FoundCode(each.code, each.corners / scale))
    return list(found.values())


def _read(grey: NDArray[np.uint8]) -> Iterator[FoundCode]:
    for barcode in zxingcpp.read_barcodes(grey, formats=_QR):
        code = SheetCode.read(barcode.text)
        if code is not None:
            place = barcode.position
            points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            yield FoundCode(code, np.array([(point.x, point.y) for point in points], np.float64))
