"""Which notebook pages a record claims: its header's, and of a meeting those of its minutes."""

from __future__ import annotations

import pytest
from lxml import etree

from jishi.case.notebook_pages import NotebookPages, notebook_pages
from tests.rule_cases import edit, pick, records

HEADER = "<notebook bookNo='{}' pageFrom='{}' pageTo='{}'/>"


def meeting(book: str, first: int, last: int) -> etree._Element:
    """Return a meeting whose minutes stand on H1, pages 5 to 8, and whose header names some pages."""
    root = pick(records(people=2), "S5-01")
    for node in root.findall("{*}notebook"):
        root.remove(node)
    edit(root, "c/bookNo = H1", "c/pageFrom = 5", "c/pageTo = 8", f"formKind < {HEADER.format(book, first, last)}")
    return root


@pytest.mark.parametrize(
    ("header", "claimed"),
    [
        (("Z9", 3, 4), [("Z9", 3, 4), ("H1", 5, 8)]),
        (("H1", 5, 8), [("H1", 5, 8)]),
        (("H1", 5, 6), [("H1", 5, 8)]),
        (("H1", 4, 5), [("H1", 4, 8)]),
        (("H1", 1, 4), [("H1", 1, 4), ("H1", 5, 8)]),
    ],
)
def test_header_and_minutes_both_claim_and_are_one_where_they_overlap(
    header: tuple[str, int, int], claimed: list[tuple[str, int, int]]
) -> None:
    assert notebook_pages(meeting(*header)) == tuple(NotebookPages(*one) for one in claimed)


def test_a_record_without_a_notebook_claims_nothing() -> None:
    root = pick(records(people=2), "S1-01")
    for node in root.findall("{*}notebook"):
        root.remove(node)
    assert notebook_pages(root) == ()
