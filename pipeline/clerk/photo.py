"""The photo of a 任免表: a JPEG or PNG, 4 by 5."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

from PIL import Image

from archive.papers.kinds import HEAD, JPEG, PNG, kind_of
from jishi.findings import Finding, Severity

WIDE, HIGH = 4, 5
_TOLERANCE = 0.03
"""So far the shape may be off: editors crop to whole pixels."""
_MOST_PIXELS = 50_000_000
ENDINGS = {JPEG: ".jpg", PNG: ".png"}


def photo_kind(picture: bytes) -> str:
    """Return the media type of a photo that may be taken, else nothing."""
    media_type = kind_of(picture[:HEAD]).media_type
    return media_type if media_type in ENDINGS else ""


def photo_findings(picture: bytes, name: str = "") -> Iterator[Finding]:
    """Yield what is to be said of a photo: what it is instead of a JPEG or PNG, or that its shape is another.

    Args:
        picture: the file's bytes; only its head is read.
        name: the file it came in, for the findings.
    """
    if not picture:
        yield _finding("没有照片", "请用任免表编辑器放入照片", Severity.WARNING, name)
        return
    if not photo_kind(picture):
        kind = kind_of(picture[:HEAD])
        yield _finding(f"照片是{kind.name}，应是JPEG或PNG图像", "请另存为JPEG后重新放入", Severity.ERROR, name)
        return
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(picture)) as opened:
            width, height = opened.size
    except Exception:
        # Whatever a stranger's picture does to its reader, it is the picture's doing.
        yield _finding("照片已损坏，打不开", "请重新放入照片", Severity.ERROR, name)
        return
    if width * height > _MOST_PIXELS:
        yield _finding(f"照片有{width}×{height}像素，太大", "请缩小后重新放入", Severity.ERROR, name)
    elif abs(width * HIGH / (height * WIDE) - 1) > _TOLERANCE:
        words = f"照片是{width}×{height}像素，宽高比不是{WIDE}：{HIGH}"
        yield _finding(words, f"按填表规定宜裁成{WIDE}：{HIGH}；不裁也收", Severity.INFO, name)


def _finding(words: str, remedy: str, severity: Severity, name: str) -> Finding:
    return Finding("F-PHOTO", words, severity, file=name, remedy=remedy)
