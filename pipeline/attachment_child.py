"""The child that opens strangers' papers: little memory, little time, no writing; it dies alone.

Run as a program, never imported by the parent. Says "ready"; then answers each JSON line on stdin, {seconds, papers:
[[path, type] …]}, with one on stdout: a list of {pages} or {fault, detail}. Ends when stdin ends.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any

import pikepdf

MEMORY = 1536 * 1024 * 1024
MAX_PIXELS = 250_000_000
"""An A0 sheet at 300 dpi has 140 million."""
MAX_PAGES = 5_000
_MANY_BYTES = 64 * 1024 * 1024


class Faulty(Exception):
    """The paper is not what it should be."""

    def __init__(self, fault: str, detail: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = detail


def limit() -> None:
    """Give up what this process will not need, for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(kind, (most, most))


def limit_time(seconds: float) -> None:
    """Let this process use so many more seconds of processor time before it is killed."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def pdf_pages(path: str) -> int:
    """Return the number of pages of a sound, unencrypted PDF, whose every page can be read."""
    try:
        # A file that only opens after repair is not what its maker had in hand.
        with pikepdf.open(path, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Faulty("encrypted")
            count = len(pdf.pages)
            if count > MAX_PAGES:
                raise Faulty("many", str(count))
            for page in pdf.pages:
                _read_page(page)
            return count
    except pikepdf.PasswordError:
        raise Faulty("encrypted") from None
    except pikepdf.PdfError as error:
        raise Faulty("broken", str(error).rpartition(": ")[2]) from None


def _read_page(page: pikepdf.Page) -> None:
    contents = page.obj.get("/Contents")
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    for stream in streams:
        if isinstance(stream, pikepdf.Stream) and len(stream.read_bytes()) > _MANY_BYTES:
            raise Faulty("bomb", "页面内容过大")
    if not page.mediabox:
        raise Faulty("broken", "页面没有尺寸")


def image_pages(path: str, form: str) -> int:
    """Return the number of pages of a sound image."""
    # Most papers are PDFs; a child that meets no image does not load Pillow.
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        return _verified(path, form)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Faulty("bomb", str(error)) from None
    except UnidentifiedImageError:
        raise Faulty("broken", "不能识别的图像") from None


def _verified(path: str, form: str) -> int:
    from PIL import Image

    with Image.open(path, formats=[form]) as image:
        image.verify()
    with Image.open(path, formats=[form]) as image:
        frames = int(getattr(image, "n_frames", 1))
        if form == "TIFF":
            _verify_tiff(image, path)
    if form == "JPEG":
        _verify_jpeg(path)
    return frames if form == "TIFF" else 1


def _verify_jpeg(path: str) -> None:
    """Refuse a JPEG that breaks off; Pillow's verify reads only its head."""
    with open(path, "rb") as stream:  # noqa: PTH123 - a path as text is all this child gets
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 4096))
        if not stream.read().rstrip(b"\0\r\n ").endswith(b"\xff\xd9"):
            raise Faulty("broken", "图像没有结束标记，文件不完整")


def _verify_tiff(image: Any, path: str) -> None:
    """Refuse a TIFF whose strips or tiles lie outside the file; Pillow's verify does not look."""
    with open(path, "rb") as stream:  # noqa: PTH123
        size = stream.seek(0, 2)
    for frame in range(int(getattr(image, "n_frames", 1))):
        image.seek(frame)
        tags = image.tag_v2
        for offsets, counts in ((273, 279), (324, 325)):
            parts = zip(_numbers(tags.get(offsets)), _numbers(tags.get(counts)), strict=False)
            if any(start + length > size for start, length in parts):
                raise Faulty("broken", f"第{frame + 1}页的图像数据不完整")


def _numbers(value: Any) -> tuple[int, ...]:
    return () if value is None else tuple(value) if isinstance(value, tuple) else (int(value),)


_READERS: dict[str, Callable[[str], int]] = {
    "application/pdf": pdf_pages,
    "image/jpeg": lambda path: image_pages(path, "JPEG"),
    "image/png": lambda path: image_pages(path, "PNG"),
    "image/tiff": lambda path: image_pages(path, "TIFF"),
}


def answer(path: str, media_type: str) -> dict[str, Any]:
    """Return what is to be said of one paper."""
    try:
        return {"pages": _READERS[media_type](path)}
    except Faulty as fault:
        return {"fault": fault.fault, "detail": fault.detail}
    except MemoryError:
        return {"fault": "memory"}
    except Exception as error:
        # Broken papers raise whatever their readers stumble over; each is only this paper's fault.
        return {"fault": "broken", "detail": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Serve papers until stdin ends."""
    limit()
    warnings.simplefilter("ignore")
    print("ready", flush=True)
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        limit_time(asked["seconds"])
        sys.stdout.write(json.dumps([answer(path, media_type) for path, media_type in asked["papers"]]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
