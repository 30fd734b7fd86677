"""Kinds of files: those a record may bring, and those that are brought instead, each by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass

PDF, JPEG, PNG, TIFF, OFD = "application/pdf", "image/jpeg", "image/png", "image/tiff", "application/ofd"
HEAD = 2048
"""So many bytes of a file tell its kind."""
OFD_ENTRY = b"OFD.xml"
"""The name of the first part of an OFD, which is a zip."""
TAKEN = frozenset({PDF, JPEG, PNG, TIFF, OFD})
"""Media types of what a record may bring."""
_LEAD = 1024
"""Readers of PDF look for its first words within so many bytes; copiers put printer commands before them."""
_CONVERT_PHOTO = "请在手机或看图软件中另存为JPEG后投递"
_TO_PDF = "请用原软件“另存为”或“打印”成PDF后投递"
_UNPACK = "请解压，把里面的文件各作一件附件投递"


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of file, told by first bytes: what it is called, whether it is taken, what to do where it is not."""

    name: str
    """As a clerk calls it."""
    media_type: str = ""
    """Empty for what is not taken."""
    remedy: str = "请按实际格式登记，或转换格式后投递"


_TAKEN = (
    (PaperKind("JPEG图像", JPEG), (b"\xff\xd8\xff",)),
    (PaperKind("PNG图像", PNG), (b"\x89PNG\r\n\x1a\n",)),
    (PaperKind("TIFF图像", TIFF), (b"II*\0", b"MM\0*")),
)
_OTHERS = (
    (PaperKind("WPS或Office旧版文件", remedy=_TO_PDF), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)),
    (PaperKind("RAR压缩包", remedy=_UNPACK), (b"Rar!\x1a\x07",)),
    (PaperKind("7z压缩包", remedy=_UNPACK), (b"7z\xbc\xaf\x27\x1c",)),
    (PaperKind("gzip压缩包", remedy=_UNPACK), (b"\x1f\x8b",)),
    (PaperKind("BigTIFF图像", remedy="请另存为普通TIFF或PDF后投递"), (b"II+\0", b"MM\0+")),
    (PaperKind("BMP图像", remedy="请另存为JPEG或PNG后投递"), (b"BM",)),
    (PaperKind("GIF图像", remedy="请另存为PNG后投递"), (b"GIF87a", b"GIF89a")),
    (PaperKind("Photoshop图像", remedy="请另存为JPEG或PNG后投递"), (b"8BPS",)),
    (PaperKind("DjVu文件", remedy=_TO_PDF), (b"AT&TFORM",)),
    (PaperKind("CAJ文件", remedy=_TO_PDF), (b"CAJ\0", b"HN\0\0", b"KDH ")),
    (PaperKind("RTF文件", remedy=_TO_PDF), (b"{\\rtf",)),
    (PaperKind("PostScript文件", remedy=_TO_PDF), (b"%!PS",)),
    (PaperKind("可执行程序", remedy="请投递材料本身"), (b"MZ", b"\x7fELF")),
)
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_PAGES_OF_WEB = (b"<!doctype html", b"<html", b"<head", b"<body")
_PACKED = (
    (OFD_ENTRY, PaperKind("OFD文件", OFD, remedy="OFD须与它的PDF一起登记：mediaType写application/ofd，"
                      "shownBy写PDF附件的编号；只有OFD的，请用阅读软件另存为PDF")),
    (b"word/", PaperKind("Word文件", remedy=_TO_PDF)),
    (b"xl/", PaperKind("Excel文件", remedy=_TO_PDF)),
    (b"ppt/", PaperKind("PowerPoint文件", remedy=_TO_PDF)),
    (b"[Content_Types].xml", PaperKind("Office文件", remedy=_TO_PDF)),
)  # fmt: skip
"""A name found at the head of a zip → what it is a zip of."""


def kind_of(head: bytes, *, names_ofd: bool = False) -> PaperKind:
    """Return what a file is.

    Args:
        head: its first HEAD bytes.
        names_ofd: whether OFD_ENTRY stands anywhere in it.
    """
    for kind, starts in _TAKEN:
        if head.startswith(starts):
            return kind
    if head.startswith(b"PK\x03\x04"):
        packed = (kind for name, kind in _PACKED if name in head or (names_ofd and kind.media_type == OFD))
        return next(packed, PaperKind("zip压缩包、OFD或Office文件", remedy=f"{_TO_PDF}；是压缩包的，{_UNPACK}"))
    return _foreign(head) or (PaperKind("PDF", PDF) if b"%PDF-" in head[: _LEAD + 5] else _unknown(head))


def _foreign(head: bytes) -> PaperKind | None:
    if head[4:8] == b"ftyp":
        if head[8:12] in _HEIF:
            return PaperKind("HEIC图像（苹果手机照片）", remedy=_CONVERT_PHOTO)
        return PaperKind("AVIF图像" if head[8:12] == b"avif" else "视频", remedy=_CONVERT_PHOTO)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PaperKind("WebP图像", remedy="请另存为JPEG或PNG后投递")
    for kind, starts in _OTHERS:
        if head.startswith(starts) and not (kind.name == "BMP图像" and b"%PDF-" in head[: _LEAD + 5]):
            return kind
    return None


def _unknown(head: bytes) -> PaperKind:
    if not head:
        return PaperKind("空文件", remedy="请核对文件是否传完整，重新投递")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith(_PAGES_OF_WEB):
        return PaperKind("网页文件", remedy="请在浏览器中打印成PDF后投递；下载来的，可能没有登录就下载了")
    if start.startswith(b"<?xml"):
        return PaperKind("XML文件", remedy=_TO_PDF)
    if not head.strip(b"\0"):
        return PaperKind("全是空字节的文件", remedy="文件没有传完整或存储损坏，请找原件重新投递")
    return PaperKind("其他格式")


def name_of(media_type: str) -> str:
    """Return what a media type is called, or itself where it is none we take."""
    names = {PDF: "PDF", OFD: "OFD文件"} | {kind.media_type: kind.name for kind, _ in _TAKEN}
    return names.get(media_type, media_type)
