"""Pictures as PDF image objects: JPEG and plain PNG data are taken over unchanged, others without loss."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from PIL import Image

_TURNS = {
    1: "1 0 0 1 0 0", 2: "-1 0 0 1 1 0", 3: "-1 0 0 -1 1 1", 4: "1 0 0 -1 0 1",
    5: "0 -1 -1 0 1 1", 6: "0 -1 1 0 0 1", 7: "0 1 1 0 0 0", 8: "0 1 -1 0 1 0",
}  # fmt: skip
"""EXIF orientation → matrix that turns the unit square upright."""
UPRIGHT = 1
SPACES = {"1": "/DeviceGray", "L": "/DeviceGray", "RGB": "/DeviceRGB"}
_QUALITY = 85
_LEAST_DPI = 100
"""A picture is never enlarged beyond this resolution: a small photograph stays small."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image as PDF wants it."""

    data: bytes = field(repr=False)
    size: tuple[int, int]
    """In pixels, as stored."""
    keys: dict[str, Any]
    """The image dictionary's entries besides size."""
    orientation: int = UPRIGHT
    """As EXIF counts, 1 to 8."""
    stretch: tuple[float, float] = (1.0, 1.0)
    """How many times as wide and as high as a square its pixels are; the less of the two is 1."""
    unit: float = 72 / _LEAST_DPI
    """The most points a pixel may take, stretched."""

    @classmethod
    def of_pixels(cls, image: Image.Image, stretch: tuple[float, float] = (1.0, 1.0)) -> Picture:
        """Return an image's pixels without loss.

        Args:
            image: upright, black and white, grey or RGB.
            stretch: of its pixels.
        """
        keys = {"/ColorSpace": SPACES[image.mode], "/BitsPerComponent": 1 if image.mode == "1" else 8}
        data = zlib.compress(image.tobytes(), 6)
        return cls(data, image.size, {**keys, "/Filter": "/FlateDecode"}, stretch=stretch)

    @classmethod
    def drawn(cls, image: Image.Image, dpi: float) -> Picture:
        """Return a page drawn with a resolution, as JPEG with full colour resolution; it keeps its own size."""
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=_QUALITY, subsampling=0, optimize=False)
        keys = {"/ColorSpace": SPACES[image.mode], "/BitsPerComponent": 8, "/Filter": "/DCTDecode"}
        return cls(stream.getvalue(), image.size, keys, unit=72 / dpi)

    @property
    def shown(self) -> tuple[float, float]:
        """Width and height as it is looked at, in the finer of its pixels' sides."""
        return upright(self.size, self.stretch, self.orientation)

    @property
    def turn(self) -> str:
        """The operator that turns it upright within the unit square."""
        return _TURNS[self.orientation] + " cm"

    def as_stream(self, pdf: pikepdf.Pdf) -> pikepdf.Stream:
        """Return it as an image object of a file."""
        stream = pikepdf.Stream(pdf, self.data)
        filters: dict[str, Any] = {key: self.keys[key] for key in ("/Filter", "/DecodeParms") if key in self.keys}
        stream.write(self.data, **_written(filters))
        stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        stream.Width, stream.Height = self.size
        for key in self.keys.keys() - filters.keys():
            stream[key] = _object(self.keys[key])
        return pdf.make_indirect(stream)


def is_orientation(value: Any) -> bool:
    """Tell whether a value is one of EXIF's eight orientations."""
    return value in _TURNS


def upright(size: tuple[int, int], stretch: tuple[float, float], orientation: int) -> tuple[float, float]:
    """Return the size of a picture as it is looked at, in the finer of its pixels' sides."""
    width, height = size[0] * stretch[0], size[1] * stretch[1]
    return (height, width) if orientation >= 5 else (width, height)


def _written(filters: dict[str, Any]) -> dict[str, Any]:
    return {
        "filter": _object(filters["/Filter"]),
        "decode_parms": _object(filters["/DecodeParms"]) if "/DecodeParms" in filters else None,
    }


def _object(value: Any) -> Any:
    if isinstance(value, dict):
        return pikepdf.Dictionary({key: _object(inner) for key, inner in value.items()})
    return pikepdf.Name(value) if isinstance(value, str) else value
