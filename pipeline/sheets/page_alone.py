"""One page of a stack as a file of its own: drawn anew, upright, so that nothing of its neighbours goes along."""

from __future__ import annotations

import io

from PIL import Image

from press.paper import MM, UPRIGHT

_QUALITY = 90
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
"""Degrees clockwise by which a page must be turned → what Pillow calls that."""


def page_alone(image: Image.Image, turn: float) -> bytes:
    """Return a scanned page as a PDF of one page, as large as the sheet it was printed on.

    Args:
        image: in any mode.
        turn: how the page lies in it, in degrees clockwise; it is turned back by whole right angles.
    """
    back = round(-turn / 90) * 90 % 360
    upright = image.transpose(_TURNS[back]) if back else image
    shown = upright if upright.mode in ("1", "L", "RGB") else upright.convert("RGB")
    resolution = max(shown.size) * 72 / (UPRIGHT.height * MM)
    made = io.BytesIO()
    shown.save(made, "PDF", resolution=resolution, **({} if shown.mode == "1" else {"quality": _QUALITY}))
    return made.getvalue()
