"""What a submission may be: names that are safe everywhere, and what a record says of its attachments."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BufferedReader
from pathlib import Path

from lxml import etree

from jishi.errors import RecordRejected
from jishi.findings import Finding
from jishi.records import Attachment, R, is_true
from jishi.safe_xml import MAX_BYTES, parse

MAX_NAME_BYTES = 200
MAX_DEPTH = 16
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")}
_ORDINARY = re.compile(r"[\w-]+(?:[\w.·（）()-]*[\w）)-])?")
"""Names nothing can be wrong with but length and device; nearly all names are such."""
_FOREIGN = set('<>:"|?*')
_HIDING = {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}
"""Direction marks, which make a name look like another one."""
_RENAME = "请改名后重新投递，并同步修改记录中的附件文件名"
_PASSING = (".part", ".tmp", ".crdownload", ".filepart")
_FIRST = {"S1-01": 0, "S1-08": 1}


class Kind(StrEnum):
    """What a name in the drop folder stands for."""

    RECORD = "record"
    PARCEL = "parcel"
    """A zip."""
    PAPER = "paper"
    """Anything else: an attachment, once a record names it."""
    PASSING = "passing"
    """Not yet a file: being transferred, or hidden."""


def kind_of(name: str) -> Kind:
    """Tell from its name what a file is."""
    low = name.lower()
    if name.startswith(".") or low.endswith(_PASSING) or low.startswith("~$"):
        return Kind.PASSING
    if low.endswith(".xml"):
        return Kind.RECORD
    return Kind.PARCEL if low.endswith(".zip") else Kind.PAPER


def name_fault(name: str) -> Finding | None:
    """Return what makes a single file name unsafe, or None.

    A safe name stays inside its folder and means the same on every system the archive may be carried to.
    """
    if _ORDINARY.fullmatch(name) and len(name) < MAX_NAME_BYTES // 4 and name.partition(".")[0].lower() not in _DEVICES:
        return None
    shown = printable(name)
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        return Finding(
            "N-PATH", f"“{shown}”不是单纯的文件名（含路径）", remedy="附件须与记录放在同一文件夹，只写文件名"
        )
    if any(unicodedata.category(char) == "Cs" for char in name):
        return Finding("N-ENCODING", f"文件名“{shown}”的编码不是UTF-8", remedy="请改名后重新投递")
    if any(unicodedata.category(char) == "Cc" or char in _HIDING for char in name):
        return Finding("N-CONTROL", f"文件名“{shown}”含有控制字符", remedy=_RENAME)
    if len(name.encode()) > MAX_NAME_BYTES:
        return Finding("N-LONG", f"文件名“{shown[:40]}…”超过{MAX_NAME_BYTES}字节", remedy=_RENAME)
    if name.split(".")[0].rstrip(" ").lower() in _DEVICES:
        return Finding("N-DEVICE", f"“{shown}”是系统保留的设备名", remedy=_RENAME)
    if _FOREIGN & set(name) or name.endswith((".", " ")) or name.startswith(" "):
        return Finding(
            "N-CHARACTER", f"文件名“{shown}”含有部分系统不允许的字符（<>:\"|?*、首尾空格、末尾句点）",
            remedy=_RENAME,
        )  # fmt: skip
    return None


def path_fault(path: str) -> Finding | None:
    """Return what makes a slash path inside a submission unsafe, or None."""
    shown = printable(path)
    if path.startswith("/") or path[1:2] == ":":
        return Finding("N-ABSOLUTE", f"“{shown}”是绝对路径", remedy="请用相对路径重新打包")
    parts = path.split("/")
    if ".." in parts:
        return Finding("N-PARENT", f"“{shown}”含有上级目录（..）", remedy="请重新打包，不要包含上级目录")
    if len(parts) > MAX_DEPTH:
        return Finding("N-DEPTH", f"“{shown[:60]}…”的文件夹层次超过{MAX_DEPTH}层", remedy="请减少文件夹层次")
    return next((fault for part in parts if (fault := name_fault(part))), None)


def doubled_names(names: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for every set of names that some systems cannot tell apart."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[folded(name)].append(name)
    for group in alike.values():
        if len(group) > 1:
            shown = "、".join(f"“{printable(name)}”" for name in group)
            yield Finding("N-CASE", f"文件名重复或仅大小写不同：{shown}", remedy=_RENAME)


def folded(name: str) -> str:
    """Return a name as a file system would compare it that ignores case and composition."""
    return unicodedata.normalize("NFC", name).casefold()


def printable(name: str) -> str:
    """Return a name with everything that does not print replaced by its code."""
    if name.isprintable():
        return name
    return "".join(
        char if unicodedata.category(char)[0] != "C" and char not in _HIDING else f"\\u{ord(char):04x}" for char in name
    )


def plain_stem(name: str) -> str:
    """Return a short, safe folder name made from a submission's name."""
    stem = Path(name.replace("\\", "/").rstrip("/")).name
    stem = stem.rpartition(".")[0] or stem
    kept = "".join(char if unicodedata.category(char)[0] in "LN" or char in "-_·（）()" else "_" for char in stem)
    return kept.encode()[:90].decode(errors="ignore") or "_"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a record must have beside it before it can be taken."""

    step: str
    files: tuple[str, ...]
    """Names of its attachments that are safe to look for."""

    @property
    def order(self) -> int:
        """Openings of batches go first, then rosters, so that few records have to wait for them."""
        return _FIRST.get(self.step, 2)


def needs_of(path: Path) -> Needs:
    """Read what a dropped record names; one that cannot be read names nothing, and will be refused.

    Raises:
        OSError: the file cannot be read now.
    """
    with open_plain(path) as stream:
        data = stream.read(MAX_BYTES + 1)
    try:
        root = parse(data)
    except RecordRejected:
        return Needs("", ())
    files = (node.get("file", "") for node in root.iterfind(f"{R}attachment"))
    return Needs(root.get("stepId", ""), tuple(dict.fromkeys(name for name in files if name_fault(name) is None)))


def open_plain(path: Path) -> BufferedReader:
    """Open a regular file for reading; a link, pipe or device is refused, whatever stood there a moment ago.

    Raises:
        OSError: it is not there, not a regular file, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ELOOP, "不是普通文件", str(path))
    return os.fdopen(handle, "rb")


def attachments_of(root: etree._Element) -> list[Attachment]:
    """Return what a record says of its attachments, also where it breaks its schema; wrong numbers read as 0."""
    return [
        Attachment(
            id=node.get("id", ""), name=node.get("name", ""), kind=node.get("kind", ""), file=node.get("file", ""),
            media_type=node.get("mediaType", ""), bytes=_number(node.get("bytes", "")),
            sha256=node.get("sha256", ""), pages=_number(node.get("pages", "")),
            original=is_true(node.get("original")), shown_by=node.get("shownBy", ""),
        )
        for node in root.iterfind(f"{R}attachment")
    ]  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
