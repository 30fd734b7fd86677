"""Pictures as PDF image objects: JPEG and plain PNG data are taken over unchanged, others without loss."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from PIL import Image, ImageOps

_TURNS = {
    1: "1 0 0 1 0 0", 2: "-1 0 0 1 1 0", 3: "-1 0 0 -1 1 1", 4: "1 0 0 -1 0 1",
    5: "0 -1 -1 0 1 1", 6: "0 -1 1 0 0 1", 7: "0 1 1 0 0 0", 8: "0 1 -1 0 1 0",
}  # fmt: skip
"""EXIF orientation → matrix that turns the unit square upright."""
_SPACES = {"1": "/DeviceGray", "L": "/DeviceGray", "RGB": "/DeviceRGB"}
_PNG_SPACES = {0: ("/DeviceGray", 1), 2: ("/DeviceRGB", 3)}
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    """One image as PDF wants it."""

    data: bytes = field(repr=False)
    size: tuple[int, int]
    keys: dict[str, Any]
    """The image dictionary's entries besides size."""
    orientation: int = 1

    @classmethod
    def of_pixels(cls, image: Image.Image) -> Picture:
        """Return an image's pixels without loss, transparency laid on white."""
        plain = _opaque(image)
        keys = {"/ColorSpace": _SPACES[plain.mode], "/BitsPerComponent": 1 if plain.mode == "1" else 8}
        return cls(zlib.compress(plain.tobytes(), 6), plain.size, {**keys, "/Filter": "/FlateDecode"})

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as it is looked at."""
        width, height = self.size
        return (height, width) if self.orientation >= 5 else (width, height)

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


def picture_of(data: bytes) -> Picture:
    """Return a JPEG or PNG file as a picture, its compressed data unchanged where PDF can carry it.

    Raises:
        OSError: the data is no image that can be read.
    """
    with Image.open(io.BytesIO(data)) as image:
        orientation = orientation_of(image)
        if image.format == "JPEG" and image.mode in ("L", "RGB"):
            keys = {"/ColorSpace": _SPACES[image.mode], "/BitsPerComponent": 8, "/Filter": "/DCTDecode"}
            return Picture(data, image.size, keys, orientation)
        if image.format == "PNG" and (picture := _plain_png(data)):
            return picture
        return Picture.of_pixels(image if image.format == "PNG" else ImageOps.exif_transpose(image))


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; a PNG counts as upright, as viewers show it, and is not decoded for it."""
    turned = 1 if image.format == "PNG" else image.getexif().get(0x0112, 1)
    return turned if turned in _TURNS else 1


def jpeg_of(image: Image.Image) -> Picture:
    """Return pixels as a JPEG picture with full colour resolution."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_QUALITY, subsampling=0, optimize=False)
    keys = {"/ColorSpace": _SPACES[image.mode], "/BitsPerComponent": 8, "/Filter": "/DCTDecode"}
    return Picture(stream.getvalue(), image.size, keys)


def _plain_png(data: bytes) -> Picture | None:
    """Return the PNG's own compressed rows, when it has no palette, transparency or interlacing."""
    if not data.startswith(_PNG_MARK):
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    chunks = dict[bytes, bytes]()
    place = 8
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        chunks[kind] = chunks.get(kind, b"") + data[place + 8 : place + 8 + length]
        place += 12 + length
    if colour not in _PNG_SPACES or interlaced or depth > 8 or b"tRNS" in chunks:
        return None
    space, colours = _PNG_SPACES[colour]
    rows = {"/Predictor": 15, "/Colors": colours, "/BitsPerComponent": depth, "/Columns": width}
    keys = {"/ColorSpace": space, "/BitsPerComponent": depth, "/Filter": "/FlateDecode", "/DecodeParms": rows}
    return Picture(chunks[b"IDAT"], (width, height), keys)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("1", "L", "RGB") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "PA", "RGBA", "P", "La", "RGBa") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _written(filters: dict[str, Any]) -> dict[str, Any]:
    return {
        "filter": _object(filters["/Filter"]),
        "decode_parms": _object(filters["/DecodeParms"]) if "/DecodeParms" in filters else None,
    }


def _object(value: Any) -> Any:
    if isinstance(value, dict):
        return pikepdf.Dictionary({key: _object(inner) for key, inner in value.items()})
    return pikepdf.Name(value) if isinstance(value, str) else value
