"""Whether the places for hands on a page stand under enough of the record's content, looked at as printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pypdfium2 as pdfium

from press.paper import MM

_ROWS, _LINES = 2, 3
"""Enough content: so many rows of a table, or so many lines."""
_ROW_APART, _LINE_APART = 7.0, 3.0
"""Base lines so far apart, in millimetres, belong to different rows; further than this to different lines."""


def stands_under_content(pdf: bytes, page: int, top: float, heads: frozenset[str]) -> bool:
    """Tell whether at least two rows or three lines of content stand above a place on its page.

    Args:
        pdf: the print.
        page: from 1.
        top: upper edge of the place, in millimetres from the upper edge of the page.
        heads: words of captions and column heads, which are repeated on every page and are no content.
    """
    document = pdfium.PdfDocument(pdf)
    try:
        lines = sorted(_lines(document[page - 1], top, heads))
    finally:
        document.close()
    distinct = _apart(lines, _LINE_APART)
    return len(distinct) >= _LINES or len(_apart(lines, _ROW_APART)) >= _ROWS


def heads_of(values: Mapping[str, Any]) -> frozenset[str]:
    """Return the words of captions and column heads of a form as it is laid out."""
    return frozenset(_heads(values))


def _heads(values: Mapping[str, Any]) -> Iterator[str]:
    yield from ("责任人签名", "角色", "姓名", "签名", "日期")
    for block in values["body"]:
        yield block["label"]
        if block["kind"] == "grid":
            yield from (line for head in block["heads"] for line in head.split("\n"))


def _lines(page: pdfium.PdfPage, top: float, heads: frozenset[str]) -> Iterator[float]:
    """Yield how deep on its page every run of content above a place stands, in millimetres."""
    height = page.get_height() / MM
    text = page.get_textpage()
    try:
        for place in range(text.count_rects()):
            left, bottom, right, upper = text.get_rect(place)
            depth = height - bottom / MM
            words = text.get_text_bounded(left, bottom, right, upper).strip()
            if depth <= top and words and not _is_head(words, heads):
                yield depth
    finally:
        text.close()


def _is_head(words: str, heads: frozenset[str]) -> bool:
    return all(part in heads for part in words.split())


def _apart(depths: Iterable[float], distance: float) -> list[float]:
    found: list[float] = []
    for depth in depths:
        if not found or depth - found[-1] >= distance:
            found.append(depth)
    return found
