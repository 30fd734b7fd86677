"""Images brought to what a page can carry: black and white, grey or RGB, on white, white where it was white."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageOps

from archive.papers.faults import PaperFault, unreadable
from archive.papers.pictures import UPRIGHT, is_orientation
from archive.papers.pixels import check_pixels

_BYTES = {
    "1": 2, "L": 2, "P": 8, "LA": 15, "PA": 15, "RGB": 7, "RGBA": 15, "RGBX": 11, "RGBa": 15, "La": 15, "CMYK": 11,
    "YCbCr": 11, "LAB": 11, "HSV": 11, "I": 10, "F": 10,
}  # fmt: skip
"""Mode → bytes a pixel takes until its picture is made, all copies together."""
_OF_16_BITS = 12
_ORIENTATION, _BITS, _WHITE, _FORMAT, _RESOLUTION = 0x0112, 258, 262, 339, "dpi"
_WHITE_IS_ZERO, _SIGNED, _FLOAT = 0, 2, 3
_RANGES = (1.0, 255.0, 65_535.0)
"""What white is where deep pixels do not fill their range."""
_OBLONG = 4.0
"""Sides of pixels said to differ more are not believed."""
_TRUSTED_DPI = 150.0
"""A coarser resolution is said of what was never scanned."""


def open_image(source: Path | IO[bytes], form: str) -> Image.Image:
    """Open an image and look at its head.

    Args:
        source: the file.
        form: the format it must have, as Pillow calls it.

    Raises:
        PaperFault: it is none, or has too many pixels.
    """
    # Pillow's own bound counts pixels, ours the bytes they take.
    Image.MAX_IMAGE_PIXELS = None
    with unreadable("不能识别的图像"):
        image = Image.open(source, formats=[form])
        check_image(image)
        return image


def check_image(image: Image.Image) -> None:
    """Refuse an image, or the page of one that is being looked at, with too many pixels to be decoded."""
    check_pixels(*image.size, _BYTES.get(image.mode, _OF_16_BITS))


def orientation_of(image: Image.Image) -> int:
    """Return how a JPEG is turned, 1 to 8; damaged EXIF counts as upright, as viewers show it."""
    try:
        turned = image.getexif().get(_ORIENTATION, UPRIGHT)
    except Exception:
        return UPRIGHT
    return turned if is_orientation(turned) else UPRIGHT


def stretch_of(image: Image.Image) -> tuple[float, float]:
    """Return how many times as wide and as high as a square pixels are, by the resolution both ways; one is 1."""
    across, down = _resolution(image)
    if not (across and down) or max(across, down) > _OBLONG * min(across, down):
        return 1.0, 1.0
    finer = max(across, down)
    return finer / across, finer / down


def dpi_of(image: Image.Image) -> float:
    """Return the finer resolution an image says it was scanned with, or the coarsest that is believed."""
    return max(*_resolution(image), _TRUSTED_DPI)


def _resolution(image: Image.Image) -> tuple[float, float]:
    said: Any = image.info.get("dpi") or image.info.get("resolution") or image.info.get("jfif_density")
    if "aspect" in image.info:
        # A PNG tells sides of pixels without a unit as pixels a unit, like a resolution.
        said = image.info["aspect"]
    try:
        across, down = (float(value) for value in said)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    return (across, down) if across > 0 and down > 0 else (0.0, 0.0)


def plain(image: Image.Image) -> Image.Image:
    """Return an image as a page can carry it; its pixels are decoded for it.

    Raises:
        PaperFault: it is damaged, or its colours cannot be told.
    """
    with unreadable("图像数据不完整或有损"):
        image.load()
    with unreadable("颜色格式不能识别，请另存为RGB图像"):
        return _opaque(image)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;") or image.mode in ("I", "F"):
        return _deep(image)
    if image.mode in ("1", "L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        seen = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return image.convert("RGB")


def _deep(image: Image.Image) -> Image.Image:
    """Return pixels of more than eight bits in grey, scaled by what they say is white."""
    tags: Any = getattr(image, "tag_v2", {})
    if image.mode != "F":
        image = image.convert("I")
    grey = image.point(lambda value: value * (255 / _white(image, tags)) + 0).convert("L")
    return ImageOps.invert(grey) if tags.get(_WHITE) == _WHITE_IS_ZERO else grey


def _white(image: Image.Image, tags: Any) -> float:
    bits = int(tags.get(_BITS, (16,))[0])
    if bits <= 16:
        return float(2**bits - 1)
    lowest, highest = image.getextrema()
    assert isinstance(lowest, (int, float)) and isinstance(highest, (int, float))
    if lowest < 0 or not highest < float("inf"):
        raise PaperFault("broken", "颜色深度不能识别，请另存为8位图像")
    whole = [white for white in _RANGES if white > 1 or image.mode == "F"]
    return next((white for white in whole if highest <= white), 2.0**31 - 1 if image.mode == "I" else float(highest))
