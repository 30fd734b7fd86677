"""The content digest: what a printed sheet vouches for, the same before a record is signed and after it is completed.

A record is printed, signed, scanned and only then completed. What comes after the print (days, ways and proofs of
signing, papers, the time of recording) is no part of the digest, nor is what follows from other values (stage and item
of a step) or from the way the file is written (blanks between elements, prefixes, comments). All else is.
"""

from __future__ import annotations

import hashlib

from lxml import etree

from jishi.record_types import NAMESPACE

_R = f"{{{NAMESPACE}}}"
_LATER = frozenset({f"{_R}recordedOn", f"{_R}attachment"})
"""Elements that come after the print."""
_LATER_ATTRIBUTES = {
    f"{_R}responsible": frozenset({"signedOn", "signKind", "signRef"}),
    f"{_R}record": frozenset({"stageId", "itemId"}),
}
"""Element → attributes that come after the print or follow from others."""
_PAPER = "att"
"""The attribute of an element that does nothing but name a paper."""


def content_digest(root: etree._Element) -> str:
    """Return the SHA-256 of what a record's sheet vouches for, as 64 hex digits.

    Args:
        root: a <record>, signed or not; it is not changed.
    """
    return hashlib.sha256(etree.tostring(printable(root), method="c14n")).hexdigest()


def printable(root: etree._Element) -> etree._Element:
    """Return a record reduced to what its digest covers, as a tree of its own: all that its sheet may show.

    Args:
        root: a <record>, signed or not; it is not changed.
    """
    made = etree.Element(root.tag, _attributes(root), nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    ways = [(root, made)]
    while ways:
        node, copy = ways.pop()
        kept = [child for child in node.iterchildren("*") if not _is_later(child)]
        copy.text = "" if len(node) and not (node.text or "").strip() else node.text
        for child in kept:
            twin = etree.SubElement(copy, child.tag, _attributes(child))
            twin.tail = child.tail if (child.tail or "").strip() else None
            ways.append((child, twin))
    return made


def _is_later(node: etree._Element) -> bool:
    return node.tag in _LATER or _names_papers(node)


def _names_papers(node: etree._Element) -> bool:
    """Tell whether an element names papers and does nothing else: a reference, or a list of references."""
    if _PAPER in node.attrib:
        return True
    return len(node) > 0 and all(_PAPER in child.attrib for child in node.iterchildren("*"))


def _attributes(node: etree._Element) -> dict[str, str]:
    later = _LATER_ATTRIBUTES.get(str(node.tag), frozenset())
    return {str(key): str(value) for key, value in node.attrib.items() if key not in later}
