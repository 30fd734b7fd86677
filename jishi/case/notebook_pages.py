"""Which pages of which 专用笔记本 a record claims its event is written on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from jishi.procedure import does, said_at
from jishi.records import R
from jishi.steps import Deed, Says


@dataclass(frozen=True, slots=True, order=True)
class NotebookPages:
    """Some pages of one book."""

    book: str
    first: int
    last: int

    def overlaps(self, other: NotebookPages) -> bool:
        """Tell whether both have a page in common."""
        return self.book == other.book and self.first <= other.last and other.first <= self.last


def notebook_pages(root: etree._Element) -> tuple[NotebookPages, ...]:
    """Return the pages a schema-valid record claims: those of its header, and of a meeting those of its minutes.

    Where both name pages in common they are one claim, for a record does not contend with itself.
    """
    claims = tuple(_claims(root))
    if len(claims) == 2 and claims[0].overlaps(claims[1]):
        one, other = claims
        return (NotebookPages(one.book, min(one.first, other.first), max(one.last, other.last)),)
    return claims


def _claims(root: etree._Element) -> Iterator[NotebookPages]:
    node = root.find(f"{R}notebook")
    if node is not None:
        yield NotebookPages(node.get("bookNo", ""), int(node.get("pageFrom", "0")), int(node.get("pageTo", "0")))
    step = root.get("stepId", "")
    if does(step, Deed.KEEPS_MINUTES) and (book := root.findtext(said_at(step, Says.BOOK))):
        first, last = (int(root.findtext(said_at(step, page)) or 0) for page in (Says.FIRST_PAGE, Says.LAST_PAGE))
        yield NotebookPages(book, first, last)
