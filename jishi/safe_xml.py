"""Parse XML that strangers dropped: no DOCTYPE, no entities, no network, bounded depth and size."""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from jishi.errors import RecordRejected
from jishi.findings import Finding
from jishi.xml_faults import syntax_fault

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def parse(data: bytes, name: str = "") -> etree._Element:
    """Return the root element of well-formed, harmless XML.

    Args:
        data: the file's bytes, at most 8 MiB, in the encoding its declaration names (UTF-8 when none).
        name: the file's name, for findings.

    Raises:
        RecordRejected: with one finding that says what the file is instead (X-EMPTY, X-SIZE, X-DOCTYPE,
            X-ENCODING, X-SYNTAX, X-DEPTH).
    """
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise _rejected("X-EMPTY", "文件是空的", name, remedy="请重新导出该记录后再投递")
    if len(data) > MAX_BYTES:
        raise _rejected("X-SIZE", f"文件有{len(data)}字节，超过上限{MAX_BYTES}字节", name, remedy="大件请作为附件投递")
    plain = data.replace(b"\0", b"")
    if b"<!" in plain and _DOCTYPE.search(plain):
        raise _rejected("X-DOCTYPE", "文件含有DOCTYPE或实体声明，一律不收", name, remedy="去掉DOCTYPE后重新投递")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise RecordRejected([syntax_fault(error, data, name)]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _rejected("X-DOCTYPE", "文件含有DOCTYPE，一律不收", name, remedy="去掉DOCTYPE后重新投递")
    _refuse_depth(root, name)
    return root


@cache
def _parser() -> etree.XMLParser:
    """Return the one parser of this process, which costs as much to make as a record to parse."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_pis=True
    )


def _refuse_depth(root: etree._Element, name: str) -> None:
    if _TOO_DEEP(root):
        raise _rejected("X-DEPTH", f"XML层次超过{MAX_DEPTH}层", name, remedy="请检查生成该文件的程序")


def _rejected(code: str, message: str, name: str, remedy: str) -> RecordRejected:
    return RecordRejected([Finding(code, message, file=name, remedy=remedy)])
