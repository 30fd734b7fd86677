"""The shape of a page as it is shown, and whether it can be laid into a volume so that it can be read."""

from __future__ import annotations

from dataclasses import dataclass

from archive.papers.faults import PaperFault

_LONGEST = 748
"""The longer side of the place for a paper in a volume, in points (264 mm)."""
_STRIP, _LEAST_SHARE = 3.0, 1 / 3
"""A page so many times as long as wide is a strip; one shrunk to less than this share cannot be read."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Width and height of a page as it is looked at, in points."""

    width: float
    height: float

    @property
    def lies(self) -> bool:
        """Whether it is wider than high."""
        return self.width > self.height

    def check(self, page: int) -> None:
        """Refuse a page that no volume can show.

        Args:
            page: its number in the paper, for the words.

        Raises:
            PaperFault: it is so long a strip that it would not be readable.
        """
        longer, shorter = max(self.width, self.height), min(self.width, self.height)
        if longer > _STRIP * shorter and longer * _LEAST_SHARE > _LONGEST:
            raise PaperFault("shape", f"第{page}页是长条，长约为宽的{longer / shorter:.0f}倍，缩到一页认不清")
