"""Formats that are often dropped and never taken: what they are called and what to do instead."""

from __future__ import annotations

from dataclasses import dataclass

_ZIP_INSTEAD = "请解开后改用zip压缩，或直接投递文件夹"
_PDF_INSTEAD = "请导出或打印为PDF，随记录一起投递"
_FILL_INSTEAD = (
    "请在自己的文件夹里用 jishi fill 批次.xlsx -o 草稿 --lrmx 任免表 填入名册记录，再投递记录；"
    "要作凭证的，打印签批后扫描成PDF，随记录一起投递"
)
_JPEG_INSTEAD = "请转存为JPG或PDF，随记录一起投递"


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its name and its first bytes."""

    name: str
    label: str
    """What people call it."""
    remedy: str
    endings: tuple[str, ...]
    head: bytes = b""
    """What its files begin with, where one beginning is sure."""
    at: int = 0
    """Where in the file that stands."""
    packs: bool = False
    """True where it packs other files."""
    never: bool = False
    """True where no record to come can ask for it: it goes back at once, with what to do with it."""

    @property
    def refusal(self) -> str:
        """Why it is not taken, and what to do."""
        return f"{self.label}不能收，{self.remedy}"


_FORMATS = (
    Format("zip", "zip压缩包", "", (".zip",), b"PK\x03\x04", packs=True),
    Format("jar", "JAR压缩包", _ZIP_INSTEAD, (".jar",), packs=True),
    Format("rar", "RAR压缩包", _ZIP_INSTEAD, (".rar",), b"Rar!\x1a\x07", packs=True),
    Format("7z", "7z压缩包", _ZIP_INSTEAD, (".7z",), b"7z\xbc\xaf\x27\x1c", packs=True),
    Format("gzip", "gz压缩包", _ZIP_INSTEAD, (".gz", ".tgz"), b"\x1f\x8b", packs=True),
    Format("bzip2", "bz2压缩包", _ZIP_INSTEAD, (".bz2",), b"BZh", packs=True),
    Format("xz", "xz压缩包", _ZIP_INSTEAD, (".xz",), b"\xfd7zXZ\0", packs=True),
    Format("tar", "tar打包文件", _ZIP_INSTEAD, (".tar",), packs=True),
    Format("cab", "cab压缩包", _ZIP_INSTEAD, (".cab",), b"MSCF", packs=True),
    Format("iso", "光盘映像", _ZIP_INSTEAD, (".iso",), packs=True),
    Format("heic", "HEIC照片", _JPEG_INSTEAD, (".heic", ".heif"), b"ftyphei", at=4),
    Format("webp", "WebP图像", _JPEG_INSTEAD, (".webp",), b"WEBP", at=8),
    Format("bmp", "BMP图像", _JPEG_INSTEAD, (".bmp",)),
    Format("gif", "GIF图像", _JPEG_INSTEAD, (".gif",), b"GIF8"),
    Format("word", "Word文件", _PDF_INSTEAD, (".docx", ".doc", ".wps", ".rtf")),
    Format("excel", "Excel文件", _PDF_INSTEAD, (".xlsx", ".xls", ".et", ".csv")),
    Format("lrmx", "任免表", _FILL_INSTEAD, (".lrmx", ".lrm"), never=True),
    Format("pic", "任免表的照片文件", _FILL_INSTEAD, (".pic",), never=True),
    Format("slides", "演示文稿", _PDF_INSTEAD, (".pptx", ".ppt", ".dps")),
    Format("text", "文本文件", _PDF_INSTEAD, (".txt", ".md", ".html", ".htm", ".mht")),
)


def format_named(name: str) -> Format | None:
    """Return the format a file's name tells, or None for one that may be taken or that we do not know."""
    low = name.lower()
    return next((one for one in _FORMATS if low.endswith(one.endings)), None)


def format_of(head: bytes) -> Format | None:
    """Return the format a file's first bytes tell.

    Args:
        head: its first 16 bytes or more.
    """
    return next((one for one in _FORMATS if one.head and head.startswith(one.head, one.at)), None)
