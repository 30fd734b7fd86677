"""Pictures among the papers: portraits, screenshots, colour scans; drawn, never photographed."""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw

from rehearsal.ink import HEIGHT, WIDTH, font, page_image

_PORTRAITS = 24
_SKIN = ((236, 205, 180), (226, 190, 160), (241, 214, 192))
_CLOTH = ((38, 44, 62), (58, 60, 66), (46, 58, 84), (74, 52, 56))


def portrait(key: str) -> bytes:
    """Return a JPEG portrait; there are a few dozen faces, the mark makes each file its own."""
    return with_comment(_face(random.Random(key).randrange(_PORTRAITS)), key)


@lru_cache(maxsize=_PORTRAITS)
def _face(number: int) -> bytes:
    source = random.Random(f"face/{number}")
    image = Image.new("RGB", (236, 330), (196 + source.randint(-8, 8), 214, 232))
    draw = ImageDraw.Draw(image)
    skin, hair = source.choice(_SKIN), (28, 24 + source.randint(0, 16), 24)
    draw.ellipse((18, 236, 218, 430), fill=source.choice(_CLOTH))
    draw.polygon(((96, 238), (140, 238), (118, 300)), fill=(238, 238, 236))
    draw.rectangle((98, 206, 138, 246), fill=skin)
    width = source.randint(46, 54)
    draw.ellipse((118 - width - 4, 76, 118 + width + 4, 190), fill=hair)
    draw.ellipse((118 - width, 92, 118 + width, 224), fill=skin)
    for side in (-1, 1):
        x = 118 + side * 21
        draw.ellipse((x - 5, 146, x + 5, 154), fill=(32, 28, 28))
        draw.line((x - 10, 134, x + 10, 133), fill=hair, width=3)
    draw.line((118, 156, 114, 176, 120, 177), fill=(176, 134, 112), width=2)
    draw.arc((100, 180, 136, 204), 20, 160, fill=(158, 84, 84), width=3)
    return _jpeg(image, 78)


def colour_page(kind: str, key: str) -> bytes:
    """Return a JPEG of one page in colour, as some offices scan them."""
    return with_comment(_colour_page(kind, random.Random(key).randrange(2)), key)


@lru_cache(maxsize=32)
def _colour_page(kind: str, variant: int) -> bytes:
    tone = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point([238 + value // 24 for value in range(256)])
    ink = page_image(kind, "page", variant)
    grey = ImageChops.multiply(tone, ink)
    image = Image.merge("RGB", (grey, grey, grey.point([max(0, value - 8) for value in range(256)])))
    draw = ImageDraw.Draw(image)
    draw.text((WIDTH - 330, 70), "同意，按程序办理。", font=font(30), fill=(38, 46, 120))
    return _jpeg(image, 55)


def screenshot(kind: str, title: str, key: str) -> bytes:
    """Return a PNG of a made-up notice page in a browser."""
    image = Image.new("P", (900, 620), 0)
    image.putpalette([255, 255, 255, 24, 78, 148, 40, 40, 40, 214, 220, 228, 190, 30, 30])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 900, 84), fill=1)
    draw.text((30, 22), "岚江党建网（演示页面）", font=font(32), fill=0)
    draw.text((450, 140), title[:28], font=font(28), fill=4, anchor="mm")
    draw.line((60, 176, 840, 176), fill=3, width=2)
    for row in range(9):
        draw.rectangle((70, 210 + row * 40, 830 - row * 53 % 300, 226 + row * 40), fill=3)
    draw.text((70, 580), kind, font=font(20), fill=2)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False, compress_level=6, bits=4)
    return with_text(out.getvalue(), key)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, dpi=(100, 100))
    return out.getvalue()


def with_comment(jpeg: bytes, text: str) -> bytes:
    """Return a JPEG with a comment behind its first marker."""
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


def with_text(png: bytes, text: str) -> bytes:
    """Return a PNG with a text chunk behind its header."""
    body = b"tEXtSource\0" + text.encode("latin-1")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]
