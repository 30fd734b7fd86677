"""What stands in for what a record of a workbook leaves out: from batch, step, or the single records of a summary."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jishi.names import folded_name
from jishi.procedure import procedure
from jishi.record_types import Field, record_type, shared_choices
from jishi.records import Person
from jishi.steps import Step
from pipeline.clerk.workbook_columns import BOOK, CONTENT, NOTEBOOK, OWNER, common_fields
from pipeline.clerk.workbook_reading import FilledWorkbook
from pipeline.clerk.written_record import Entry, Written, WrittenRecord, WrittenValue
from pipeline.clerk.written_values import parted

_SHORTEST_TITLE = 12
_SOMETIMES = re.compile("（(如有|需要时)）")
_KIND_PARTS = re.compile(r"[＋、/]")


class Defaults:
    """What one record says, with what stands in for the rest."""

    def __init__(self, book: FilledWorkbook, record: WrittenRecord) -> None:
        self._book, self._record, self._entry = book, record, record.entry
        self._step = procedure().all_types[record.type_id]

    def content(self) -> Entry:
        """Return the step's own fields; of a summary with the lists it leaves empty taken from the single records."""
        said = self._with_notebook(self._entry.part(CONTENT))
        if not self._step.single_title or not self._is_summary():
            return said
        single = [one.entry for one in self._book.records if one is not self._record and self._is_fellow(one)]
        lists = [one for one in record_type(self._step.id).fields if one.kind == "list" and not said.entries(one.key)]
        found = {one.key: tuple(self._gathered(one, single)) for one in lists}
        return replace(said, values={**{key: rows for key, rows in found.items() if rows}, **said.values})

    def _with_notebook(self, said: Entry) -> Entry:
        """Return the fields with the record's notebook pages in lists of one entry that name none of their own."""
        pages = self._entry.values.get(NOTEBOOK)
        lists = [one for one in record_type(self._step.id).fields if one.kind == "list"] if pages else []
        asking = [one.key for one in lists if any(child.key == NOTEBOOK for child in one.children)]
        own = self._with_book(self._entry.part(NOTEBOOK))
        single = {key: said.entries(key)[0] for key in asking if len(said.entries(key)) == 1}
        filled = {key: (replace(row, values={NOTEBOOK: own, **row.values}),) for key, row in single.items()}
        return replace(said, values={**said.values, **filled})

    def _is_fellow(self, other: WrittenRecord) -> bool:
        same = other.type_id == self._record.type_id
        return same and folded_name(other.entry.text(OWNER)) == folded_name(self._entry.text(OWNER))

    def _gathered(self, one: Field, records: Sequence[Entry]) -> Iterator[Entry]:
        """Yield the entries of a list from several records; what an entry lacks may stand in its record's header."""
        for record in records:
            header = dict(record.values)
            if NOTEBOOK in header:
                header[NOTEBOOK] = self._with_book(record.part(NOTEBOOK))
            own = {child.key: header[child.key] for child in one.children if child.key in header}
            yield from (replace(row, values={**own, **row.values}) for row in record.part(CONTENT).entries(one.key))

    def header(self, owner: Person | None, now: dt.datetime) -> Entry:
        """Return the header.

        Args:
            owner: whom the record is about.
            now: when it is written, if it does not say.
        """
        given = {key: value for key, value in self._entry.values.items() if key != CONTENT}
        common = {one.key: self._common(one.key) for one in common_fields()}
        own = {"recordedOn": now.isoformat(timespec="seconds"), "formKind": form_kinds(self._step)}
        made = {key: Written(text, self._entry.cells.get(key, "")) for key, text in own.items() if text}
        values: dict[str, WrittenValue] = {**made, **{key: one for key, one in common.items() if one.text}, **given}
        if NOTEBOOK in given:
            values[NOTEBOOK] = self._with_book(self._entry.part(NOTEBOOK))
        if "title" not in values:
            values["title"] = Written(self._title(owner), self._entry.cells.get("title", ""))
        return Entry(values, self._entry.cells, self._entry.place)

    def _common(self, key: str) -> Written:
        """Return what holds for the step, else for the batch."""
        rows = (self._book.common.get(step, Entry({})) for step in (self._step.id, ""))
        return next((one.written(key) for one in rows if one.text(key)), Written("", ""))

    def _with_book(self, part: Entry) -> Entry:
        """Return the pages of a notebook with its number, which may be written once."""
        book = self._common(BOOK)
        return replace(part, values={**({BOOK: book} if book.text else {}), **part.values})

    def _is_summary(self) -> bool:
        """Tell whether the record is a summary, by its 纪实方式."""
        written = self._entry.text("formKind") or self._common("formKind").text or form_kinds(self._step)
        return "表" in parted(written)

    def _title(self, owner: Person | None) -> str:
        """Return what a person's record is called; one of the batch is called so by somebody."""
        if owner is None:
            return ""
        summary = not self._step.single_title or self._is_summary()
        title = self._step.form_title if summary else self._step.single_title
        short = len(owner.name) + len(title) < _SHORTEST_TITLE - len("同志")
        return f"{owner.name}同志{'选拔任用工作' if short else ''}{title}"


def usual_papers(step: Step) -> Iterator[Entry]:
    """Yield the papers the procedure always asks of a step; those for some cases only (如有) somebody must name."""
    for kind in step.evidence:
        if not _SOMETIMES.search(kind):
            yield Entry({"kind": Written(kind, "")})


def form_kinds(step: Step) -> str:
    """Return the 纪实方式 the procedure names for a step, as the schema calls them."""
    found = dict.fromkeys(_form_kind(re.sub("（.*", "", part)) for part in _KIND_PARTS.split(step.manner))
    return " ".join(kind for kind in found if kind)


def _form_kind(text: str) -> str:
    kinds = shared_choices("FormKind")
    return text if text in kinds else next((one for one in kinds if text.endswith(one)), "")
