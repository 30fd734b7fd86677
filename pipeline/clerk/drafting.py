"""Drafts of records from a filled workbook and 任免表: everything but digests, and signatures still to come."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePath
from typing import cast

from lxml import etree

from archive.papers.kinds import JPEG
from jishi.findings import Finding, Severity
from jishi.procedure import procedure
from jishi.record_types import (
    NAMESPACE,
    Field,
    header_fields,
    record_type,
)
from jishi.records import R
from pipeline.clerk.draft_defaults import Defaults, usual_papers
from pipeline.clerk.draft_signatures import append_signatures
from pipeline.clerk.form_to_record import FormFill, fill_from, form_map
from pipeline.clerk.forms_folder import FoundForms
from pipeline.clerk.photo import ENDINGS, photo_kind
from pipeline.clerk.record_parts import PartsBuilder
from pipeline.clerk.workbook_columns import (
    CONTENT,
    COUNT,
    OWNER,
    PAPERS,
    PEOPLE,
    SIGNATURES,
    sheet_fields,
)
from pipeline.clerk.workbook_reading import PEOPLE_BETWEEN, FilledWorkbook
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_record import Entry, Written, WrittenRecord, WrittenValue
from pipeline.clerk.written_values import canonical_of

_NAMESPACES = cast("dict[str, str]", {None: NAMESPACE})
"""The stubs know no namespace without a prefix."""
_SHORTEST_TITLE = 12
_SOMETIMES = re.compile("（(如有|需要时)）")
_KIND_PARTS = re.compile(r"[＋、/]")


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A record to be printed and signed."""

    record_id: str
    xml: bytes
    pictures: tuple[tuple[str, bytes], ...] = ()
    """Papers that are there already, by file name: the photo of a 任免表."""

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.record_id.replace('/', '_')}.xml"


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of a workbook."""

    drafts: tuple[RecordDraft, ...]
    """Those without a fault."""
    findings: tuple[Finding, ...]


def draft_all(book: FilledWorkbook, forms: FoundForms, now: dt.datetime) -> Drafted:
    """Return a draft of every record of a workbook, and every fault at once.

    Args:
        book: the workbook as read.
        forms: 任免表 of the people; what they say fills what the workbook leaves empty.
        now: when the records are written, for those that do not say; with its time zone.
    """
    findings: list[Finding] = [*book.findings, *forms.findings]
    drafts: list[RecordDraft] = []
    counts = _Counts()
    for record in book.records:
        work = _Drafting(book, forms, record, now)
        draft = work.draft(counts)
        findings += work.findings
        if draft is not None and not any(one.severity is Severity.ERROR for one in work.findings):
            drafts.append(draft)
    # Who chairs and signs is one name in one cell: what is wrong with it is told once.
    return Drafted(tuple(drafts), tuple(dict.fromkeys(findings)))


class _Counts:
    """Which 次序号 of each step and owner are taken."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], set[int]] = defaultdict(set)

    def of(self, record: WrittenRecord, owner: str, written: str) -> int:
        """Return the count of a record: as written, else the next that is free.

        Raises:
            Unclear: another record has the one written.
        """
        taken = self._taken[record.type_id, owner]
        number = int(written) if written else max(taken, default=0) + 1
        if number in taken:
            raise Unclear(f"{owner}的{record.type_id}已有第{number}次", "同一步骤依次编号，不写则自动编号")
        taken.add(number)
        return number


class _Drafting:
    """One record being drafted."""

    def __init__(self, book: FilledWorkbook, forms: FoundForms, record: WrittenRecord, now: dt.datetime) -> None:
        self._book, self._forms, self._now = book, forms, now
        self._record, self._entry = record, record.entry
        self._step = procedure().all_types[record.type_id]
        self._fields = {one.key: one for one in sheet_fields(record.type_id)}
        self._defaults = Defaults(book, record)
        self._parts = PartsBuilder(book.people, None, {})
        self.findings = self._parts.findings

    def draft(self, counts: _Counts) -> RecordDraft | None:
        """Return the record's draft; nothing where not even its number can be told."""
        owner = self._owner()
        if owner is None:
            return None
        written = self._parts.value(self._fields[COUNT], self._entry.written(COUNT))
        if self._entry.text(COUNT) and not written:
            return None
        try:
            count = counts.of(self._record, owner, written)
        except Unclear as error:
            self._fault(self._entry.written(COUNT), self._fields[COUNT].label, error)
            return None
        root = self._root(f"{owner}/{self._step.id}/{count:03d}", count)
        fill = self._form()
        papers, pictures = self._papers(root.get("recordId", ""), fill)
        content = etree.Element(f"{R}{CONTENT}")
        self._parts.group(content, record_type(self._step.id).fields, self._content(fill))
        self._header(root, content, papers)
        return RecordDraft(root.get("recordId", ""), _written_out(root), pictures)

    def _owner(self) -> str | None:
        """Return the number the record's own begins with: of the person it is about, else of the batch."""
        field, written = self._fields.get(OWNER), self._entry.written(OWNER)
        if field is None or not (written.text or field.required):
            return self._book.batch
        if not written.text:
            self._parts.lacking(field, written)
            return None
        person = self._parts.person(field, written)
        if person and not person.no:
            self._fault(written, field.label, Unclear(f"“{person.name}”没有纪实编号", "在“人员”表中填写他的纪实编号"))
        self._parts.owner = person
        return person.no if person and person.no else None

    def _fault(self, written: Written, label: str, error: Unclear) -> None:
        words = f"{label}：{error.message}"
        self.findings.append(Finding("X-CELL", words, place=written.place, remedy=error.remedy))

    def _root(self, number: str, count: int) -> etree._Element:
        values = {"recordId": number, "stepId": self._step.id}
        if self._step.item:
            values |= {"itemId": self._step.item, "stageId": self._step.stage}
        root: etree._Element = etree.Element(f"{R}record", values, _NAMESPACES)
        root.set(COUNT, str(count))
        return root

    # The 任免表

    def _form(self) -> FormFill:
        """Return what the person's 任免表 says of this record, where there is one and the step takes from it."""
        owner = self._parts.owner
        found = self._forms.of(owner.name) if owner and form_map(self._step.id) else []
        if len(found) > 1:
            files = "、".join(one.path.name for one in found)
            words = f"{owner.name if owner else ''}有{len(found)}份任免表：{files}，没有采用"
            self.findings.append(Finding("D-LRMX", words, Severity.WARNING, remedy="只留要用的一份"))
        if len(found) != 1:
            return FormFill({}, ())
        fill = fill_from(found[0], self._step.id, self._book.people)
        self.findings += fill.findings
        return fill

    def _content(self, fill: FormFill) -> Entry:
        """Return what the workbook says, and for what it leaves empty the 任免表; where they differ, that is told."""
        said = self._defaults.content()
        for one in record_type(self._step.id).fields:
            self._compare(one, said.values.get(one.key), fill.values.get(one.key))
        values = {**fill.values, **said.values}
        if fill.picture_field:
            values.setdefault(fill.picture_field, Written(self._photo_kind(fill), ""))
        return Entry(values, said.cells, said.place)

    def _compare(self, one: Field, said: WrittenValue | None, form: WrittenValue | None) -> None:
        if not isinstance(said, Written) or not isinstance(form, Written):
            return
        try:
            same = canonical_of(one, said.text) == canonical_of(one, form.text)
        except Unclear:
            return
        if not same:
            words = f"{one.label}：工作簿写“{said.text}”，{form.place}写“{form.text}”，以工作簿为准"
            self.findings.append(
                Finding("D-LRMX", words, Severity.WARNING, place=said.place, remedy="请核对，改正错的一处")
            )

    def _photo_kind(self, fill: FormFill) -> str:
        return next(one.label for one in record_type(self._step.id).fields if one.key == fill.picture_field)

    # Papers

    def _papers(self, number: str, fill: FormFill) -> tuple[list[etree._Element], tuple[tuple[str, bytes], ...]]:
        """Return the record's papers without what only the files can tell, and those that are there already."""
        stem = number.replace("/", "_")
        nodes, pictures = [], []
        kinds = {one.key: one for one in self._fields[PAPERS].children}
        rows = list(self._entry.entries(PAPERS)) or list(usual_papers(self._step))
        if fill.picture and not any(row.text("kind") == self._photo_kind(fill) for row in rows):
            name = f"{stem}_照片{ENDINGS.get(photo_kind(fill.picture), ENDINGS[JPEG])}"
            rows.append(Entry({"kind": Written(self._photo_kind(fill), ""), "file": Written(name, "")}))
            pictures.append((name, fill.picture))
        for place, row in enumerate(rows, start=1):
            kind = self._parts.value(kinds["kind"], row.written("kind")) or _kind_of_file(row.text("file"), stem)
            file = self._parts.value(kinds["file"], row.written("file")) or f"{stem}_{place}{kind}.pdf"
            original = self._parts.value(kinds["original"], row.written("original")) or "true"
            node = etree.Element(f"{R}{PAPERS}", id=f"att-{place}", name=kind, kind=kind, file=file)
            node.set("original", original)
            nodes.append(node)
            self._parts.papers |= {kind: f"att-{place}", file: f"att-{place}"}
        return nodes, tuple(pictures)

    # Header

    def _header(self, root: etree._Element, content: etree._Element, papers: list[etree._Element]) -> None:
        """Append all of the record in the order of the schema."""
        entry = self._defaults.header(self._parts.owner, self._now)
        for one in header_fields():
            self._header_field(root, content, one, entry)
        root.append(content)
        root.extend(papers)
        self._list_people(root)

    def _header_field(self, root: etree._Element, content: etree._Element, one: Field, entry: Entry) -> None:
        owner = self._parts.owner
        numbers = {"batch": self._book.batch, OWNER: owner.no if owner else ""}
        if one.key in numbers:
            if numbers[one.key]:
                etree.SubElement(root, f"{R}{one.key}").text = numbers[one.key]
        elif one.key == PEOPLE:
            etree.SubElement(root, f"{R}{PEOPLE}")
            written = self._entry.written(PEOPLE)
            for name in filter(None, PEOPLE_BETWEEN.split(written.text)):
                self._parts.person(one, written, name)
        elif one.key == SIGNATURES:
            append_signatures(root, content, self._parts, self._entry, self._step, self._book.signers)
        elif one.key in self._fields and one.key not in (COUNT, PAPERS):
            self._parts.group(root, (self._fields[one.key],), entry)

    def _list_people(self, root: etree._Element) -> None:
        """Name everybody the record refers to, whom it is about first."""
        node = root.find(f"{R}{PEOPLE}")
        assert node is not None
        owner = self._parts.owner
        for person in dict.fromkeys([*([owner] if owner else []), *self._parts.referred.values()]):
            values = {key: value for key, value in person._asdict().items() if value}
            etree.SubElement(node, f"{R}person", values)


def _kind_of_file(name: str, stem: str) -> str:
    """Return what a paper is by its file's name: what follows the number of its record, and its own."""
    return re.sub(rf"^{re.escape(stem)}_\d*", "", PurePath(name).stem)


def _written_out(root: etree._Element) -> bytes:
    etree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8") + b"\n"
