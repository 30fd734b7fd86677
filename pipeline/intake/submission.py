"""What a submission may be: names that are safe everywhere, and what a record says of its attachments."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from lxml import etree

from jishi.errors import RecordRejected
from jishi.findings import Finding
from jishi.plain_files import open_plain
from jishi.procedure import does
from jishi.records import Attachment, R, attachment_of
from jishi.safe_xml import MAX_BYTES, parse
from jishi.steps import Deed

MAX_NAME_BYTES = 200
MAX_DEPTH = 16
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")}
_ORDINARY = re.compile(r"[\w-]+(?:[\w.·（）()-]*[\w）)-])?")
"""Names nothing can be wrong with but length and device; nearly all names are such."""
_FOREIGN = set('<>:"|?*')
_HIDING = {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}
"""Direction marks, which make a name look like another one."""
_SHOWN = 60
"""So much of a path is told."""
_RENAME = "请改名后重新投递，并同步修改记录中的附件文件名"
_PASSING = (".part", ".tmp", ".crdownload", ".filepart", ".download", ".partial", ".opdownload")
_LITTER = {".ds_store", ".localized", ".directory", "thumbs.db", "ehthumbs.db", "desktop.ini"}
_LITTER_STARTS = ("._", "~$", ".~lock.")
_LITTER_FOLDERS = {
    "__macosx", ".appledouble", ".spotlight-v100", ".trashes", ".fseventsd", ".temporaryitems", "@eadir", "#recycle",
    ".@__thumb", "$recycle.bin", "system volume information",
}  # fmt: skip


class Kind(StrEnum):
    """What a name in the drop folder stands for."""

    RECORD = "record"
    PARCEL = "parcel"
    """A zip."""
    PAPER = "paper"
    """Anything else: an attachment, once a record names it."""
    PASSING = "passing"
    """Not yet a file: being transferred, or hidden."""
    LITTER = "litter"
    """What a system or program leaves beside people's files; nobody dropped it, nobody misses it."""


def kind_of(name: str) -> Kind:
    """Tell from its name what a file is."""
    low = name.lower()
    if low in _LITTER or low.startswith(_LITTER_STARTS):
        return Kind.LITTER
    if name.startswith(".") or low.endswith(_PASSING):
        return Kind.PASSING
    if low.endswith(".xml"):
        return Kind.RECORD
    return Kind.PARCEL if low.endswith(".zip") else Kind.PAPER


def is_litter(path: str) -> bool:
    """Tell whether a slash path leads to litter: by its own name, or as it lies in a folder of litter."""
    *folders, name = path.split("/")
    return kind_of(name) is Kind.LITTER or any(is_litter_folder(folder) for folder in folders)


def is_litter_folder(name: str) -> bool:
    """Tell whether a folder holds nothing but litter."""
    return name.lower() in _LITTER_FOLDERS


def name_fault(name: str) -> Finding | None:
    """Return what makes a single file name unsafe, or None.

    A safe name stays inside its folder and means the same on every system the archive may be carried to.
    """
    if _ORDINARY.fullmatch(name) and len(name) < MAX_NAME_BYTES // 4 and name.partition(".")[0].lower() not in _DEVICES:
        return None
    shown = printable(name)
    if not name:
        return Finding("N-PATH", "有文件或文件夹没有名字", remedy=_RENAME)
    if "/" in name or "\\" in name or name in (".", ".."):
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
    shown = printable(path[:_SHOWN]) + ("…" if len(path) > _SHOWN else "")
    if path.startswith("/") or path[1:2] == ":":
        return Finding("N-ABSOLUTE", f"“{shown}”是绝对路径", remedy="请用相对路径重新打包")
    parts = path.split("/")
    if ".." in parts:
        return Finding("N-PARENT", f"“{shown}”含有上级目录（..）", remedy="请重新打包，不要包含上级目录")
    if len(parts) > MAX_DEPTH:
        return Finding("N-DEPTH", f"“{shown}”的文件夹层次超过{MAX_DEPTH}层", remedy="请减少文件夹层次")
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


def alike(name: str) -> str:
    """Return a name as a reader sees it: case, composition, width, blanks and compatibility forms all folded."""
    return "".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


class Beside:
    """The files in a record's folder, found by the names a record has for them."""

    def __init__(self, names: Collection[str]) -> None:
        """Take note of what lies in the folder now.

        Args:
            names: of the files in it.
        """
        self._names = names

    def meant(self, wanted: Sequence[str]) -> dict[str, str]:
        """Return which file each wanted name means: the one of this name, else the only one that looks alike."""
        found = {name: name for name in wanted if name in self._names}
        if len(found) == len(wanted):
            return found
        asked = Counter(alike(name) for name in wanted if name not in found)
        for name in wanted:
            free = [one for one in self.resembling(name) if one not in wanted]
            if name not in found and len(free) == 1 and asked[alike(name)] == 1:
                found[name] = free[0]
        return found

    def resembling(self, name: str) -> list[str]:
        """Return the files a reader could take for the one of this name."""
        return self._alike.get(alike(name), [])

    @cached_property
    def _alike(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._names:
            found.setdefault(alike(name), []).append(name)
        return found


def printable(name: str) -> str:
    """Return a name with everything that does not print replaced by its code."""
    if name.isprintable():
        return name
    return "".join(
        char if (char.isprintable() or char == "\u3000") and char not in _HIDING else f"\\u{ord(char):04x}"
        for char in name
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
        return 0 if does(self.step, Deed.OPENS) else 1 if does(self.step, Deed.ENROLS) else 2


def needs_of(path: Path) -> Needs:
    """Read what a dropped record names; one that cannot be read names nothing, and will be refused.

    Raises:
        OSError: the file cannot be read now.
    """
    with open_plain(path) as stream:
        return named_in(stream.read(MAX_BYTES + 1))


def named_in(data: bytes) -> Needs:
    """Return what a record's bytes name; what is no XML of ours names nothing."""
    try:
        root = parse(data)
    except RecordRejected:
        return Needs("", ())
    files = (node.get("file", "") for node in root.iterfind(f"{R}attachment"))
    return Needs(root.get("stepId", ""), tuple(dict.fromkeys(name for name in files if name_fault(name) is None)))


def attachments_of(root: etree._Element) -> list[Attachment]:
    """Return what a record says of its attachments, also where it breaks its schema; wrong numbers read as 0."""
    return [attachment_of(node) for node in root.iterfind(f"{R}attachment")]
