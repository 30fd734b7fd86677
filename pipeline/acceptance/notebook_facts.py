"""Which pages of which notebook each event of a batch claims, as facts of its dossier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree

from jishi.case.notebook_pages import notebook_pages
from jishi.case.step_record import day_of, text_at
from jishi.procedure import does
from jishi.steps import Deed, Says
from pipeline.acceptance.told_fields import tell
from pipeline.rules.rule import DOSSIER

_D = f"{{{DOSSIER}}}"


@dataclass(frozen=True, slots=True, order=True)
class _Claim:
    """Pages a record says its event stands on."""

    first: int
    last: int
    day: int
    record: str


def add_books(dossier: etree._Element, current: Iterable[etree._Element]) -> None:
    """Lay down every notebook that is registered or written in, with its claims in the order of pages."""
    registered: dict[str, etree._Element] = {}
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for root in current:
        for pages in notebook_pages(root):
            claims[pages.book].append(_Claim(pages.first, pages.last, day_of(root), root.get("recordId", "")))
        if does(root.get("stepId", ""), Deed.REGISTERS_NOTEBOOKS):
            registered.setdefault(text_at(root, Says.BOOK), root)
    part = etree.SubElement(dossier, f"{_D}books")
    for number in sorted({*claims, *registered}):
        _add_book(part, number, registered.get(number), sorted(claims.get(number, [])))


def _add_book(part: etree._Element, number: str, entry: etree._Element | None, claims: list[_Claim]) -> None:
    book = etree.SubElement(part, f"{_D}book", bookNo=number)
    if entry is not None:
        book.set("registered", "true")
        tell(book, entry)
    nodes = [etree.SubElement(book, f"{_D}claim", _facts(claim)) for claim in claims]
    for (earlier, _), (_, node) in pairwise(zip(claims, nodes, strict=True)):
        node.set("previousPageTo", str(earlier.last))
        node.set("previousDay", str(earlier.day))
        node.set("previousRecord", earlier.record)


def _facts(claim: _Claim) -> dict[str, str]:
    return {
        "record": claim.record,
        "pageFrom": str(claim.first),
        "pageTo": str(claim.last),
        "day": str(claim.day),
    }
