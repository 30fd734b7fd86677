"""Read a record into its form: the header's and the content's fields in schema order, worded in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby

from lxml import etree

from jishi.moments import pages_told
from jishi.procedure import step_of
from jishi.record_types import Field, header_fields, record_type, role_labels
from jishi.records import Person, R, Record, children_of, is_true
from press.forms import Form, Grid, Pair, SignatureLine, chinese_date
from press.looks import drawn_by

_DAY_OF_MONTH = re.compile(r"(?<=月)\d+日$")
_HEAD = ("batch", "personId", "recordId", "stepId", "occurredOn", "place")
_FOOT = ("formKind", "notebook", "recordedOn", "recorder", "secrecy", "knowers",
         "correctionOf", "correctionReason", "lateReason", "remarks")  # fmt: skip


def form_of(record: Record, *, person_no: str = "", note: str = "") -> Form:
    """Return the form of a record.

    Args:
        record: the record.
        person_no: for an extract, the 纪实编号 of the one candidate whose rows are kept; empty for the whole.
        note: for an extract or copy, the words printed under the title.
    """
    reader = _RecordFields(record, _only(record, person_no))
    return Form(
        template=drawn_by(record.step_id),
        title=record.form_title,
        subtitle=record.title,
        record_id=record.id,
        secrecy=record.secrecy,
        extract=note,
        head=tuple(reader.header(_HEAD)),
        body=tuple(reader.content()),
        foot=tuple(reader.header(_FOOT)),
        signatures=tuple(reader.signatures()),
        attachments=reader.attachments(),
    )


@cache
def _header_fields() -> dict[str, Field]:
    return {field.key: field for field in header_fields()}


def _only(record: Record, person_no: str) -> str:
    return next((person.id for person in record.people.values() if person_no and person.no == person_no), "")


class _RecordFields:
    """Reads one record's fields in schema order and words their values in Chinese."""

    def __init__(self, record: Record, only: str) -> None:
        self._record = record
        self._header = children_of(record.root)
        self._papers = {paper.id: paper.name for paper in record.attachments}
        self._only = only
        """Key of the person an extract is for, or empty."""

    def header(self, keys: tuple[str, ...]) -> Iterator[Pair]:
        """Yield the header's pairs that have a value, in the order asked for."""
        for key in keys:
            field = _header_fields()[key]
            text = self._record.root.get(key) or self._header_text(field)
            if key == "stepId":
                text = f"{text} {self._record.step.name}"
            if key == "occurredOn" and self._record.occurred_to:
                text = f"{text}至{chinese_date(self._record.occurred_to.isoformat())}"
            if text:
                yield Pair(key, field.label, tuple(text.split("\n")), field.kind == "Text")
            if key == "personId" and (subject := self._record.subject):
                yield Pair("subject", "姓名", (subject.name,), False)
                yield Pair("subjectPost", "单位职务", (_org_and_post(subject) or "无",), False)

    def content(self) -> Iterator[Pair | Grid]:
        """Yield the content's pairs and tables in schema order, groups that say the same of things in one table."""
        filled = children_of(self._record.content)
        fields = (field for field in record_type(self._record.step_id).fields if field.key in filled)
        for shape, run in groupby(fields, _shape):
            alike = list(run)
            if shape and len(alike) > 1:
                yield self._together(alike, filled)
            else:
                for field in alike:
                    yield from self._blocks(field, filled[field.key])

    def signatures(self) -> Iterator[SignatureLine]:
        """Yield one line per responsible person."""
        for mark in self._record.signatures:
            yield SignatureLine(
                role_labels().get(mark.role, mark.role),
                self._name(mark.person),
                chinese_date(mark.signed_on),
                mark.kind,
                self._papers.get(mark.attachment, ""),
            )

    def attachments(self) -> Grid:
        """Return the table of the papers behind the record."""
        rows = tuple(
            (paper.name, paper.kind, str(paper.pages), "原件" if paper.original else "复制件", paper.sha256[:16])
            for paper in self._record.attachments
        )
        columns = ("附件名称", "种类", "页数", "原件", "校验码前16位")
        return Grid("attachment", "凭证附件", ("name", "kind", "pages", "original", "sha256"), columns, rows)

    def _header_text(self, field: Field) -> str:
        return self._text(field, self._header[field.key]) if field.key in self._header else ""

    def _blocks(self, field: Field, node: etree._Element) -> Iterator[Pair | Grid]:
        if field.kind == "list":
            yield from self._grids(field, node)
        elif field.kind == "group":
            filled = children_of(node)
            cells = [(child, self._text(child, filled[child.key])) for child in field.children if child.key in filled]
            yield from self._group(field, cells)
        else:
            text = self._text(field, node)
            yield Pair(field.key, field.label, tuple(text.split("\n")), field.kind == "Text")

    def _group(self, field: Field, cells: list[tuple[Field, str]]) -> Iterator[Pair | Grid]:
        if any(child.kind == "Text" for child, _ in cells):
            for child, text in cells:
                yield Pair(f"{field.key}.{child.key}", f"{field.label}：{child.label}", tuple(text.split("\n")), True)
        else:
            columns = tuple(child.label for child, _ in cells)
            keys = tuple(child.key for child, _ in cells)
            yield Grid(field.key, field.label, keys, columns, (tuple(text for _, text in cells),))

    def _together(self, groups: list[Field], filled: Mapping[str, etree._Element]) -> Grid:
        """Return one table of groups that have the same fields, a row for each under its label."""
        first = groups[0]
        keys, columns = (tuple(getattr(child, name) for child in first.children) for name in ("key", "label"))
        rows = tuple((group.label, *self._row(group.children, children_of(filled[group.key]))) for group in groups)
        label = "、".join(group.label for group in groups)
        return Grid(first.key, label, ("part", *keys), ("项目", *columns), rows)

    def _grids(self, field: Field, node: etree._Element) -> Iterator[Grid]:
        entries = self._kept(node.findall(f"{R}entry"))
        flat = tuple(child for child in field.children if child.kind != "list")
        rows = tuple(self._row(flat, children_of(entry)) for entry in entries)
        yield Grid(field.key, field.label, tuple(c.key for c in flat), tuple(c.label for c in flat), rows)
        for child in field.children:
            if child.kind == "list":
                for entry in entries:
                    yield from self._nested(field, child, entry)

    def _nested(self, field: Field, child: Field, entry: etree._Element) -> Iterator[Grid]:
        inner = entry.find(f"{R}{child.key}")
        whose = entry.find(f"{R}person")
        name = self._name(whose.get("ref", "")) if whose is not None else ""
        if inner is not None:
            label = f"{name}　{child.label}" if name else child.label
            yield from self._grids(
                Field(f"{field.key}.{child.key}", label, "list", True, False, (), child.children), inner
            )

    def _kept(self, entries: list[etree._Element]) -> list[etree._Element]:
        """Keep only the subject's rows of a list that speaks of the subject; other lists stay whole."""
        if not self._only:
            return entries
        own = [entry for entry in entries if any(ref.get("ref") == self._only for ref in entry.iterchildren())]
        return own or entries

    def _row(self, fields: tuple[Field, ...], filled: Mapping[str, etree._Element]) -> tuple[str, ...]:
        return tuple(self._text(field, filled[field.key]) if field.key in filled else "" for field in fields)

    def _text(self, field: Field, node: etree._Element) -> str:
        match field.kind:
            case "PersonRef":
                return self._name(node.get("ref", ""))
            case "SomePeople" | "PersonList":
                return "、".join(self._name(ref) for ref in self._kept_refs(node)) or "无"
            case "FileRef":
                return self._paper(node.get("att", ""))
            case "FileList":
                return "、".join(self._paper(child.get("att", "")) for child in node)
            case "enums" | "LineList" | "AnyLines":
                return "；".join(child.text or "" for child in node) or "无"
            case "StepList":
                return "；".join(_step_name(child.text or "") for child in node)
            case "NotebookPages":
                return f"{node.get('bookNo')} 第{pages_told(node.get('pageFrom', ''), node.get('pageTo', ''))}页"
            case "group":  # within a row there is room for its words only
                within = children_of(node)
                told = (
                    (part.label, self._text(part, within[part.key])) for part in field.children if part.key in within
                )
                return "，".join(f"{label}{text}" for label, text in told)
            case "Knowers":
                return "、".join(self._knower(child) for child in node)
            case _:
                return _plain(field.kind, node.text or "")

    def _kept_refs(self, node: etree._Element) -> list[str]:
        refs = [child.get("ref", "") for child in node]
        return [self._only] if self._only and self._only in refs else refs

    def _knower(self, node: etree._Element) -> str:
        return (
            self._name(node.get("ref", "")) if node.get("ref") else role_labels().get(node.text or "", node.text or "")
        )

    def _name(self, key: str) -> str:
        person: Person | None = self._record.people.get(key)
        return person.name if person else key

    def _paper(self, key: str) -> str:
        return self._papers.get(key, key)


def _shape(field: Field) -> tuple[str, ...]:
    """Return the labels of a group's fields where they stand in one row, else nothing."""
    plain = field.kind == "group" and all(child.kind not in ("Text", "list", "group") for child in field.children)
    return tuple(child.label for child in field.children) if plain else ()


def _org_and_post(person: Person) -> str:
    """Return the unit and the post, the unit once where the post already names it."""
    return person.post if person.post.startswith(person.org) else f"{person.org}{person.post}"


def _step_name(step_id: str) -> str:
    step = step_of(step_id)
    return f"{step_id} {step.name}" if step else step_id


def _plain(kind: str, text: str) -> str:
    match kind:
        case "date":
            return chinese_date(text)
        case "BirthDate":
            return _DAY_OF_MONTH.sub("", chinese_date(text))
        case "dateTime":
            return f"{chinese_date(text[:10])} {text[11:16]}"
        case "boolean":
            return "是" if is_true(text) else "否"
        case "Absence":
            return "无" if is_true(text) else "有"
        case "Percent":
            return f"{text.strip()}%"
        case "FormKinds":
            return "＋".join(text.split())
        case "StepId":
            return _step_name(text.strip())
        case _:
            return text
