"""The 专用笔记本 of a batch: each book's register, and page by page what its records say is written there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jishi.case.notebook_pages import notebook_pages
from jishi.moments import pages_told
from jishi.procedure import Deed, procedure
from press.case_records import CaseRecords, Told
from press.forms import Grid, Pair, chinese_date
from press.report import fact, section

_Entry = tuple[int, int, Told]
"""First page, last page, and the record written on them."""
_REGISTER = (
    "issuingOrg", "printedPages", "issuedTo", "issuedOn", "keeper", "openedOn", "closedOn", "returnedOn", "state"
)  # fmt: skip


def books(case: CaseRecords) -> Iterator[Pair | Grid]:
    """Yield every book that is registered or written in, in order of its number."""
    entries: dict[str, list[_Entry]] = {}
    for record in case.records:
        for pages in notebook_pages(record.root):
            entries.setdefault(pages.book, []).append((pages.first, pages.last, case.told(record)))
    registers = {one["bookNo"]: one for one in case.of(procedure().that(Deed.REGISTERS_NOTEBOOKS))}
    for number in sorted({*registers, *entries}):
        written = sorted(entries.get(number, []), key=lambda entry: entry[:2])
        yield from _book(number, registers.get(number), written)


def _book(number: str, register: Told | None, entries: Sequence[_Entry]) -> Iterator[Pair | Grid]:
    yield section(f"book.{number}", f"笔记本 {number}")
    if register is not None:
        yield from (pair for key in _REGISTER if (pair := register.pair(key)))
    else:
        yield fact("register", "登记", "没有这本笔记本的登记")
    yield fact("unwritten", "未登记的页码", _gaps([(first, last) for first, last, _ in entries]) or "无")
    columns = ("页码", "步骤", "日期", "地点", "在场人员", "事由", "要点", "纪实人员", "签名", "记录编号")
    labels = ("pages", "step", "on", "place", "present", "subject", "gist", "recorder", "signers", "record")
    yield Grid("entries", "逐页登记", labels, columns, tuple(_book_row(*entry) for entry in entries))


def _book_row(first: int, last: int, one: Told) -> tuple[str, ...]:
    record = one.record
    present = next((one[key] for key in ("present", "hearers", "interviewers", "hearer", "talker") if one[key]), "")
    gists = [row["gist"] for row in one.rows("talks") if row.get("gist")]
    keys = ("opinion", "opinionOnPost", "instruction", "points", "minutes")
    gist = gists[0] if gists else next((one[key] for key in keys if one[key]), "")
    return (
        pages_told(first, last), record.step.name, chinese_date(record.occurred_on.isoformat()), record.place, present,
        record.title, gist, one.name(record.recorder), "、".join(one.signers()), record.id,
    )  # fmt: skip


def _gaps(ranges: Sequence[tuple[int, int]]) -> str:
    """Return the pages before the last one that no event claims."""
    missing = []
    due = 1
    for first, last in ranges:
        if first > due:
            missing.append(pages_told(due, first - 1))
        due = max(due, last + 1)
    return "、".join(missing)
