"""Parse XML that strangers dropped: no DOCTYPE, no entities, no network, bounded depth, size and numbers of parts.

libxml2 reads any eight megabytes in less than a second; what comes after it (schema, rules, canonical form) takes time
that grows with the square of some numbers, so these are bounded here, once for all.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from jishi.errors import RecordRejected
from jishi.findings import Finding
from jishi.xml_faults import syntax_fault

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 30_000
"""A discussion of five hundred people has about as many."""
MAX_ATTRIBUTES = 60_000
MAX_OWN_ATTRIBUTES = 100
"""Attributes of one element; the schemas know at most nine."""
MAX_NAMESPACES = 100
"""Namespace declarations in the whole file; a record needs one."""
_FEW = 1000
"""So many attributes do no harm wherever they stand."""
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
_TOO_WIDE = etree.XPath(f"boolean(//*[@*[{MAX_OWN_ATTRIBUTES + 1}]])")
_TOO_LONG = etree.XPath(f"count(//*) > {MAX_ELEMENTS}")
_TOO_FULL = etree.XPath(f"count(//@*) > {MAX_ATTRIBUTES}")
_ENCODINGS = re.compile(r"(?i)utf-?(8|16|32)([lb]e)?|us-ascii|ascii|gb.*|big5.*|cp936|iso-8859-.*|windows-.*|latin-?1")
"""Encodings in which ASCII stays ASCII, so that what is looked for in the bytes is found."""
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def parse(data: bytes, name: str = "") -> etree._Element:
    """Return the root element of well-formed, harmless XML.

    Args:
        data: the file's bytes, at most 8 MiB, in the encoding its declaration names (UTF-8 when none).
        name: the file's name, for findings.

    Raises:
        RecordRejected: with one finding that says what the file is instead (X-EMPTY, X-SIZE, X-DOCTYPE,
            X-ENCODING, X-SYNTAX, X-DEPTH, X-PARTS).
    """
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise _rejected("X-EMPTY", "文件是空的", name, remedy="请重新导出该记录后再投递")
    if len(data) > MAX_BYTES:
        raise _rejected("X-SIZE", f"文件有{len(data)}字节，超过上限{MAX_BYTES}字节", name, remedy="大件请作为附件投递")
    plain = data.replace(b"\0", b"")
    if b"<!" in plain and _DOCTYPE.search(plain):
        raise _rejected("X-DOCTYPE", "文件含有DOCTYPE或实体声明，一律不收", name, remedy="去掉DOCTYPE后重新投递")
    # Twice: a start and an end tag; twice again: comments and the like. Beyond that not even a tree is made.
    if plain.count(b"<") > 4 * MAX_ELEMENTS or plain.count(b"=") > 4 * MAX_ATTRIBUTES:
        raise _too_many_parts(f"标签超过{4 * MAX_ELEMENTS}个，或属性超过{4 * MAX_ATTRIBUTES}个", name)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise RecordRejected([syntax_fault(error, data, name)]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _rejected("X-DOCTYPE", "文件含有DOCTYPE，一律不收", name, remedy="去掉DOCTYPE后重新投递")
    if not _ENCODINGS.fullmatch(root.getroottree().docinfo.encoding or "UTF-8"):
        raise _rejected("X-ENCODING", "文字编码不是常用的编码", name, remedy="请以UTF-8保存后重新投递")
    _refuse_depth(root, name)
    _refuse_parts(root, plain, name)
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


def _refuse_parts(root: etree._Element, plain: bytes, name: str) -> None:
    """Refuse what has too many parts; the bytes tell at no cost that nearly every record cannot."""
    if plain.count(b"xmlns") > MAX_NAMESPACES:
        words = f"命名空间声明超过{MAX_NAMESPACES}处"
    elif plain.count(b"<") > MAX_ELEMENTS and _TOO_LONG(root):
        words = f"元素超过{MAX_ELEMENTS}个"
    elif plain.count(b"=") > _FEW and (_TOO_FULL(root) or _TOO_WIDE(root)):
        words = f"属性过多（一个元素超过{MAX_OWN_ATTRIBUTES}个，或全文超过{MAX_ATTRIBUTES}个）"
    else:
        return
    raise _too_many_parts(words, name)


def _too_many_parts(words: str, name: str) -> RecordRejected:
    remedy = "请检查生成该文件的程序；内容确实多的，分成几件记录"
    return _rejected("X-PARTS", f"{words}，不是正常的记录", name, remedy)


def _rejected(code: str, message: str, name: str, remedy: str) -> RecordRejected:
    return RecordRejected([Finding(code, message, file=name, remedy=remedy)])
