"""The 专用笔记本 of a batch: each book's register, and page by page what its records say is written there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jishi.case.notebook_pages import notebook_pages
from jishi.case.step_record import text_at
from jishi.moments import pages_told
from jishi.procedure import procedure
from jishi.steps import Deed, Says
from press.case_records import CaseRecords, Told
from press.facts import Copy, Fact, FactSheet
from press.forms import Grid, Pair
from press.report import copied, fact, section

_Entry = tuple[int, int, Told]
"""First page, last page, and the record written on them."""


def books(sheet: FactSheet, case: CaseRecords) -> Iterator[Pair | Grid]:
    """Yield every book that is registered or written in, in order of its number.

    Args:
        sheet: what is said of a book.
        case: the batch's records.
    """
    entries: dict[str, list[_Entry]] = {}
    for record in case.records:
        for pages in notebook_pages(record.root):
            entries.setdefault(pages.book, []).append((pages.first, pages.last, case.told(record)))
    registers = {
        text_at(one.record.root, Says.BOOK): one for one in case.of(procedure().that(Deed.REGISTERS_NOTEBOOKS))
    }
    for number in sorted({*registers, *entries}):
        written = sorted(entries.get(number, []), key=lambda entry: entry[:2])
        yield section(f"book.{number}", f"笔记本 {number}")
        yield from _register(sheet, registers.get(number))
        yield fact("unwritten", "未登记的页码", _gaps([(first, last) for first, last, _ in written]) or "无")
        yield _entries(sheet, written)


def _register(sheet: FactSheet, told: Told | None) -> Iterator[Pair | Grid]:
    if told is None:
        yield fact("register", "登记", "没有这本笔记本的登记")
        return
    for block in sheet.book:
        if isinstance(block, Copy):
            yield from copied(block, told)


def _entries(sheet: FactSheet, written: Sequence[_Entry]) -> Grid:
    columns = [block for block in sheet.book if isinstance(block, Fact)]
    rows = tuple(
        tuple(column.told(one.tree, pages=pages_told(first, last)) for column in columns)
        for first, last, one in written
    )
    keys, labels = (tuple(getattr(column, name) for column in columns) for name in ("key", "label"))
    return Grid("entries", "逐页登记", keys, labels, rows)


def _gaps(ranges: Sequence[tuple[int, int]]) -> str:
    """Return the pages before the last one that no event claims."""
    missing = []
    due = 1
    for first, last in ranges:
        if first > due:
            missing.append(pages_told(due, first - 1))
        due = max(due, last + 1)
    return "、".join(missing)
