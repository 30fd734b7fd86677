"""The paper: A4 upright by GB/T 9704-2012, with a text area of 156 mm × 225 mm, and A4 lying for registers."""

from __future__ import annotations

from dataclasses import dataclass

MM = 72 / 25.4
"""Points in a millimetre."""


@dataclass(frozen=True, slots=True)
class PaperSize:
    """A sheet and its margins, in millimetres."""

    width: int
    height: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def room(self) -> float:
        """Width of the text area in points."""
        return (self.width - self.left - self.right) * MM

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the sheet in points."""
        return self.width * MM, self.height * MM


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in millimetres from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


UPRIGHT = PaperSize(210, 297, top=37, bottom=35, left=28, right=26)
LYING = PaperSize(297, 210, top=28, bottom=26, left=30, right=30)
"""Its text begins below the strip for stamp and number."""
ABOVE = 0.88
"""A letter's box of one em stands so many ems above its base line: text is centred by its ideographs."""
FOOT, FOOT_BELOW, FOOT_SIZE = "— {} —", 7, 14
"""A document's own page number, so many millimetres below the text area, in 四号, one character in from the edge."""
