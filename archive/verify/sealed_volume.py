"""What the metadata sealed in a volume on the shelf says of the volume, its items and its filing."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from archive.shelf import read_inventory, stored_file
from archive.volume.metadata import LOCAL
from jishi import safe_xml
from jishi.errors import ArchiveDamaged
from jishi.volume_kinds import CLASS_MARK

_J = f"{{{LOCAL}}}"
_SIZE = "计算机文件大小"


class SealedVolume:
    """The metadata of one volume, read once."""

    def __init__(self, folder: Path) -> None:
        """Read the metadata of the newest version.

        Args:
            folder: the volume's OCFL object.

        Raises:
            ArchiveDamaged: it is not there, or is no metadata of ours.
        """
        self.folder = folder
        self._root = safe_xml.parse(stored_file(folder, "metadata.xml").read_bytes(), "metadata.xml")
        self._volume = self._root.find("案卷")
        if self._volume is None:
            raise ArchiveDamaged(f"{folder.name} 的 metadata.xml 中没有案卷")

    @property
    def row(self) -> dict[str, Any]:
        """Columns of the volume's row that the metadata tells."""
        return {
            "number": self._text("档号/档号"), "fonds": self._text("档号/全宗号"),
            "year": int(self._text("档号/年度")), "retention": self._text("档号/保管期限"),
            "ordinal": int(self._text("档号/室编案卷号")), "title": self._text("内容描述/题名"),
            "secrecy": self._text("内容描述/密级"), "items": int(self._text("形式特征/件数")),
            "pages": int(self._text("形式特征/页数")), "bytes": int(self._text(f"电子属性/{_SIZE}")),
            "sha256": self._text(f"电子属性/{_J}sha256"), "batch": self._text(f"{_J}batchId"),
            "person_no": self._text(f"{_J}personId") or None, "version": int(self._text(f"{_J}version")),
            "kind": self._text("档号/类别号").rpartition(CLASS_MARK)[2],
            "object_id": read_inventory(self.folder)["id"],
        }  # fmt: skip

    @cached_property
    def items(self) -> tuple[dict[str, Any], ...]:
        """Columns of the rows of its 件, in order."""
        assert self._volume is not None
        version = self.row["version"]
        return tuple(_item_row(node, version) for node in self._volume.iterfind("文件"))

    @cached_property
    def files(self) -> dict[str, str]:
        """Logical path of every file that stands beside the bound pages → 记录编号 of its item."""
        assert self._volume is not None
        return {
            part.findtext("计算机文件名") or "": node.findtext("电子文件号") or ""
            for node in self._volume.iterfind("文件")
            for part in node.iterfind("电子属性")
        }

    @property
    def filing(self) -> dict[str, Any]:
        """Columns of the row of the filing it was made in."""
        hands = {node.findtext("业务行为"): node.findtext("机构人员标识符") for node in self._root.iterfind("业务实体")}
        return {
            "batch": self._text(f"{_J}batchId"), "filer": hands.get("立卷"), "acceptor": hands.get("验收"),
            "accepted_at": self._root.findtext("业务实体/行为时间"),
        }  # fmt: skip

    @property
    def basis(self) -> str:
        """Profile and first digits of the rules it was accepted by, as the metadata words them."""
        return self._root.findtext("业务实体/行为依据") or ""

    @property
    def ledger(self) -> tuple[int, str] | None:
        """Where the ledger ended when the volume was built: line and digest; None in a volume of an earlier program."""
        seq, _, digest = (self._root.findtext(f"{_J}ledger") or "").partition(" ")
        return (int(seq), digest) if seq.isdigit() else None

    def _text(self, path: str) -> str:
        assert self._volume is not None
        return self._volume.findtext(path) or ""


def _item_row(node: etree._Element, version: int) -> dict[str, Any]:
    def text(path: str) -> str:
        return node.findtext(path) or ""

    # 责任者 must be there, so the metadata names the unit where nobody signed, and says that it does.
    responsible = "" if node.find(f"{_J}unsigned") is not None else text("内容描述/责任者")
    number = int(text("档号/室编件号"))
    first, _, last = text("档号/页号").partition("-")
    return {
        "number": number, "record": text("电子文件号"), "manner": text(f"{_J}manner"),
        "title": text("内容描述/题名"), "responsible": responsible, "doc_no": text("内容描述/文件编号"),
        "date": text("内容描述/日期"), "secrecy": text("内容描述/密级"), "retention": text("档号/保管期限"),
        "first_page": int(first), "pages": int(last) - int(first) + 1, "folder": f"items/{number:03d}",
        "version": version,
    }  # fmt: skip
