"""How much memory a picture may take when it is decoded: one bound for intake and filing."""

from __future__ import annotations

from archive.papers.faults import PaperFault

_MOST_BYTES = 1024 * 1024 * 1024
"""An A0 sheet at 300 dpi has 140 million pixels; in colour, held twice, that is 0.8 GiB."""


def check_pixels(width: int, height: int, each: float) -> None:
    """Refuse a picture too large to be decoded.

    Args:
        width: in pixels.
        height: in pixels.
        each: bytes a pixel takes, all copies together.

    Raises:
        PaperFault: it is too large, or has no pixels at all.
    """
    if width < 1 or height < 1:
        raise PaperFault("broken", "图像没有尺寸")
    if width * height * each > _MOST_BYTES:
        raise PaperFault("bomb", f"{width}×{height}像素")
