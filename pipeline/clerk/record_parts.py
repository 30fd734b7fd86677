"""The parts of a record built from what was written: each field by its kind; every fault with its place and label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from jishi.findings import Finding
from jishi.record_types import Field, role_labels, type_attributes
from jishi.records import Person, R
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.workbook_columns import ATTRIBUTES
from pipeline.clerk.workbook_reading import OWN, PEOPLE_BETWEEN, cell_finding
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_record import Entry, Written
from pipeline.clerk.written_values import ROLE, checked, note_of, parted

_LINES_BETWEEN = re.compile(r"\s*[\n；;]\s*")
_Append = Callable[["PartsBuilder", etree._Element, Field, Written], None]


@dataclass(slots=True)
class PartsBuilder:
    """Builds the parts of one record; notes whom it refers to, and what could not be read."""

    people: KnownPeople
    owner: Person | None
    """Whom the record is about."""
    papers: dict[str, str]
    """Kind of a paper, or its file → its number in the record."""
    findings: list[Finding] = field(default_factory=list)
    referred: dict[str, Person] = field(default_factory=dict)
    """Everybody referred to, in order."""

    def group(self, parent: etree._Element, fields: Sequence[Field], entry: Entry) -> None:
        """Append some fields to an element, in the order of the schema."""
        for one in fields:
            self._field(parent, one, entry)

    def value(self, one: Field, written: Written) -> str:
        """Return a field's value as records hold it; empty where it cannot be read, which is noted."""
        try:
            return checked(one.kind, written.text, one.choices) if written.text else ""
        except Unclear as error:
            self.findings.append(cell_finding(written, one.label, error))
            return ""

    def person(self, one: Field, written: Written, name: str = "") -> Person | None:
        """Return the person somebody wrote; nobody where it is unclear who is meant, which is noted."""
        said = name or written.text
        try:
            person = self.owner if said == OWN and self.owner else self.people.meant(said)
        except Unclear as error:
            self.findings.append(cell_finding(written, one.label, error))
            return None
        self.referred.setdefault(person.id, person)
        return person

    def paper(self, one: Field, written: Written, name: str) -> str:
        """Return the number of a paper named by its kind or file; empty where there is none such, which is noted."""
        if found := self.papers.get(name, ""):
            return found
        known = "、".join(dict.fromkeys(self.papers)) or "还没有"
        words = f"“{name}”不在这件记录的凭证附件之中"
        self.findings.append(cell_finding(written, one.label, Unclear(words, f"凭证附件的种类：{known}")))
        return ""

    def lacking(self, one: Field, written: Written) -> None:
        """Note that a field that is needed was left empty."""
        kind_note = note_of(one)
        said = f"可用的值：{'、'.join(one.choices)}" if one.choices else kind_note and f"请填写：{kind_note}"
        finding = Finding("X-CELL", f"{one.label}没有填", place=written.place, remedy=said or "请填写")
        self.findings.append(finding)

    def _field(self, parent: etree._Element, one: Field, entry: Entry) -> None:
        if one.kind == "list":
            self._list(parent, one, entry)
        elif one.kind == "group":
            self._group(parent, one, entry.part(one.key))
        elif one.kind == ATTRIBUTES or len(type_attributes(one.kind)) > 1:
            self._attributes(parent, one, entry)
        else:
            self._plain(parent, one, entry.written(one.key))

    def _list(self, parent: etree._Element, one: Field, entry: Entry) -> None:
        entries = entry.entries(one.key)
        if len(entries) < one.least and (one.required or entries):
            self.lacking(one, entry.written(one.key))
        if not entries and not one.required:
            return
        node = etree.SubElement(parent, f"{R}{one.key}")
        for row in entries:
            self.group(etree.SubElement(node, f"{R}entry"), one.children, row)

    def _group(self, parent: etree._Element, one: Field, part: Entry) -> None:
        if one.required or part.values:
            self.group(etree.SubElement(parent, f"{R}{one.key}"), one.children, part)

    def _attributes(self, parent: etree._Element, one: Field, entry: Entry) -> None:
        part = entry.part(one.key)
        if not one.required and not part.values:
            return
        node = etree.SubElement(parent, f"{R}{one.key}")
        for attribute in type_attributes(one.kind) or one.children:
            written = part.written(attribute.key)
            if attribute.required and not written.text:
                self.lacking(attribute, written)
            elif value := self.value(attribute, written):
                node.set(attribute.key, value)

    def _plain(self, parent: etree._Element, one: Field, written: Written) -> None:
        may_be_empty = one.kind in ("enums", "PersonList", "AnyLines") and not one.least
        if not written.text and one.required and not may_be_empty:
            self.lacking(one, written)
        elif written.text or one.required:
            _APPENDED.get(one.kind, _append_text)(self, parent, one, written)


def _append_text(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    if value := parts.value(one, written):
        etree.SubElement(parent, f"{R}{one.key}").text = value


def _append_values(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    node = etree.SubElement(parent, f"{R}{one.key}")
    kind = {"enums": "enum", "StepList": "StepId"}.get(one.kind, "Line")
    pieces = _LINES_BETWEEN.split(written.text) if kind == "Line" else parted(written.text)
    single = Field(one.key, one.label, kind, one.required, False, one.choices)
    for piece in filter(None, pieces):
        if value := parts.value(single, Written(piece, written.place)):
            etree.SubElement(node, f"{R}value").text = value


def _append_person(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    if person := parts.person(one, written):
        etree.SubElement(parent, f"{R}{one.key}", ref=person.id)


def _append_people(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    node = etree.SubElement(parent, f"{R}{one.key}")
    for name in _names(written):
        if person := parts.person(one, written, name):
            etree.SubElement(node, f"{R}person", ref=person.id)


def _append_file(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    if number := parts.paper(one, written, written.text):
        etree.SubElement(parent, f"{R}{one.key}", att=number)


def _append_files(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    node = etree.SubElement(parent, f"{R}{one.key}")
    for name in _names(written):
        if number := parts.paper(one, written, name):
            etree.SubElement(node, f"{R}file", att=number)


def _append_knowers(parts: PartsBuilder, parent: etree._Element, one: Field, written: Written) -> None:
    node = etree.SubElement(parent, f"{R}{one.key}")
    for name in _names(written):
        if name in role_labels() or name in role_labels().values():
            etree.SubElement(node, f"{R}role").text = checked(ROLE, name)
        elif person := parts.person(one, written, name):
            etree.SubElement(node, f"{R}person", ref=person.id)


def _names(written: Written) -> Iterator[str]:
    return (name for name in PEOPLE_BETWEEN.split(written.text.strip()) if name)


_APPENDED: dict[str, _Append] = {
    "PersonRef": _append_person, "SomePeople": _append_people, "PersonList": _append_people,
    "FileRef": _append_file, "FileList": _append_files, "Knowers": _append_knowers,
    "enums": _append_values, "LineList": _append_values, "AnyLines": _append_values, "StepList": _append_values,
}  # fmt: skip
"""Kind → how its values stand in a record; what is not here is plain text."""
