"""A made-up batch as a clerk would write it: the rows of a workbook that give its records back, nothing typed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from jishi.procedure import procedure
from jishi.record_types import Field, role_labels, type_attributes
from jishi.records import Person, R, Record
from pipeline.clerk.drafting import form_kinds
from pipeline.clerk.workbook_columns import (
    CONTENT,
    COUNT,
    OWNER,
    PAPERS,
    SIGNATURES,
    common_fields,
    is_parted,
    sheet_fields,
)
from pipeline.clerk.written_values import shown

Path = tuple[str, ...]
Cells = dict[Path, str]
_SEVERAL = {"SomePeople", "PersonList", "FileList"}
_LINES = {"LineList", "AnyLines"}


@dataclass
class RecordRows:
    """The rows of one record: of each, path of the column → what stands in the cell."""

    record: Record
    rows: list[Cells] = field(default_factory=list)

    def cells(self) -> Iterator[tuple[Path, str]]:
        """Yield every cell that is filled."""
        for row in self.rows:
            yield from row.items()


@dataclass
class BatchRows:
    """A whole batch as it is written: what is written once, and the rows of every record."""

    batch: str
    people: list[Person]
    common: dict[str, str]
    """Header field → what holds for the whole batch."""
    signers: dict[tuple[str, str], str]
    """(step or nothing, role) → names."""
    records: list[RecordRows]


def batch_rows(records: Sequence[Record]) -> BatchRows:
    """Return the cells that give a batch back; what a default gives is left empty."""
    people = list({person.id: person for record in records for person in record.people.values()}.values())
    known = {person.id: _fullest(person, records) for person in people}
    names = _Names(known.values())
    written = [RecordRows(one, _Writer(one, names).rows()) for one in records]
    common = _most_common(written)
    signers = _signers(records, names)
    for one in written:
        _drop_defaults(one, common, signers, names)
    return BatchRows(records[0].batch, list(known.values()), common, signers, written)


def _fullest(person: Person, records: Iterable[Record]) -> Person:
    """Return a person with the 纪实编号 some record gives."""
    found = (record.people[person.id] for record in records if person.id in record.people)
    return max(found, key=lambda one: (bool(one.no), len(one.org) + len(one.post)))


class _Names:
    """What is written for a person: the name, where another has it with the number."""

    def __init__(self, people: Iterable[Person]) -> None:
        everybody = list(people)
        counts = Counter(one.name for one in everybody)
        self._names = {one.id: one.name if counts[one.name] == 1 else f"{one.name}（{one.id}）" for one in everybody}

    def of(self, number: str) -> str:
        return self._names[number]


class _Writer:
    """Writes one record into rows."""

    def __init__(self, record: Record, names: _Names) -> None:
        self._record, self._names = record, names
        self._kinds = {one.id: one.kind for one in record.attachments}
        doubled = {kind for kind, count in Counter(self._kinds.values()).items() if count > 1}
        self._papers = {
            one.id: one.file if one.kind in doubled else one.kind for one in record.attachments
        }  # fmt: skip

    def rows(self) -> list[Cells]:
        """Return every cell of the record."""
        return self._laid(sheet_fields(self._record.step_id), self._record.root, ())

    def _laid(self, fields: Sequence[Field], node: etree._Element, path: Path) -> list[Cells]:
        first: Cells = {}
        rows = [first]
        for one in fields:
            here = (*path, one.key)
            if one.kind == "list":
                overlay(rows, self._list(one, node, here))
            elif is_parted(one) or len(type_attributes(one.kind)) > 1:
                first.update(self._part(one, node, here, rows))
            elif text := self._plain(one, node):
                first[here] = text
        return rows

    def _list(self, one: Field, node: etree._Element, here: Path) -> list[Cells]:
        if one.key in (SIGNATURES, PAPERS):
            return [self._attributes(one.children, child, here) for child in node.iterfind(f"{R}{one.key}")]
        entries = node.iterfind(f"{R}{one.key}/{R}entry")
        return [row for entry in entries for row in self._laid(one.children, entry, here)]

    def _part(self, one: Field, node: etree._Element, here: Path, rows: list[Cells]) -> Cells:
        child = node.find(f"{R}{one.key}")
        if child is None:
            return {}
        if one.kind != "group":
            return self._attributes(one.children or type_attributes(one.kind), child, here)
        first, *more = self._laid(one.children, child, here)
        overlay(rows, [{}, *more])
        return first

    def _attributes(self, fields: Iterable[Field], node: etree._Element, here: Path) -> Cells:
        values = {one.key: self._attribute(one, node.get(one.key, "")) for one in fields}
        return {(*here, key): value for key, value in values.items() if value}

    def _attribute(self, one: Field, value: str) -> str:
        if one.kind == "PersonKey":
            return self._names.of(value)
        return self._papers.get(value, value) if one.kind == "AttachmentKey" else shown(one, value)

    def _plain(self, one: Field, node: etree._Element) -> str:
        if one.key == OWNER:
            return self._names.of(self._record.subject.id) if self._record.subject else ""
        child = node.find(f"{R}{one.key}")
        if child is None:
            return node.get(one.key, "") if one.key == COUNT else ""
        if one.kind == "PersonRef":
            return self._names.of(child.get("ref", ""))
        if one.kind == "FileRef":
            return self._papers[child.get("att", "")]
        if one.kind == "Knowers":
            return "、".join(
                self._names.of(k.get("ref", "")) if k.get("ref") else role_labels()[k.text or ""] for k in child
            )
        if one.kind in _SEVERAL:
            said = (self._names.of(c.get("ref", "")) if c.get("ref") else self._papers[c.get("att", "")] for c in child)
            return "、".join(said)
        if len(child):
            return ("\n" if one.kind in _LINES else "、").join(value.text or "" for value in child)
        return shown(one, child.text or "")


def _role(node: etree._Element) -> str:
    return role_labels()[node.text or ""]


def overlay(rows: list[Cells], more: Sequence[Cells]) -> None:
    """Lay some rows beside others, from the first on."""
    while len(rows) < len(more):
        rows.append({})
    for row, cells in zip(rows, more, strict=False):
        row.update(cells)


# Defaults


def _most_common(written: Sequence[RecordRows]) -> dict[str, str]:
    """Return what is best written once for the whole batch."""
    said: dict[str, Counter[str]] = {one.key: Counter() for one in common_fields()}
    for record in written:
        for key, counts in said.items():
            counts[record.rows[0].get((key,), "")] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in said.items()}


def _signers(records: Sequence[Record], names: _Names) -> dict[tuple[str, str], str]:
    """Return who is best named once for a role, for all steps or for one of them; 本人 for whom the record is about."""
    said: dict[tuple[str, str], Counter[str]] = {}
    for record in records:
        for role, text in _by_role(record, names).items():
            for key in (("", role), (record.step_id, role)):
                said.setdefault(key, Counter())[text] += 1
    general = {key: counts.most_common(1)[0][0] for key, counts in said.items() if not key[0]}
    special = {key: counts.most_common(1)[0][0] for key, counts in said.items() if key[0]}
    worth = {key: text for key, text in special.items() if text != general["", key[1]] and said[key][text] > 1}
    return general | worth


def _by_role(record: Record, names: _Names) -> dict[str, str]:
    own = record.subject.id if record.subject else ""
    roles: dict[str, list[str]] = {}
    for one in record.signatures:
        roles.setdefault(one.role, []).append("本人" if one.person == own else names.of(one.person))
    return {role: "、".join(people) for role, people in roles.items()}


def _drop_defaults(
    one: RecordRows, common: Mapping[str, str], signers: Mapping[tuple[str, str], str], names: _Names
) -> None:
    """Empty the cells that a default fills with the same."""
    record, first = one.record, one.rows[0]
    for key, text in common.items():
        if first.get((key,)) == text:
            first.pop((key,))
    for key, text in _own_defaults(record).items():
        if first.get((key,)) == text:
            first.pop((key,))
    _drop_signatures(one, signers, names)
    stem = record.id.replace("/", "_")
    for place, paper in enumerate(record.attachments, start=1):
        row = one.rows[place - 1]
        if row.get((PAPERS, "file")) == f"{stem}_{place}{paper.kind}.pdf":
            row.pop((PAPERS, "file"))
        if row.get((PAPERS, "original")) == "是":
            row.pop((PAPERS, "original"))
    one.rows[:] = [row for row in one.rows if row]


def _own_defaults(record: Record) -> dict[str, str]:
    step = procedure().all_types[record.step_id]
    title = f"{record.subject.name}同志{record.form_title}" if record.subject else ""
    recorded = record.recorded_on
    return {"title": title, "formKind": form_kinds(step), "recordedOn": recorded, COUNT: str(record.occurrence)}


def _drop_signatures(one: RecordRows, signers: Mapping[tuple[str, str], str], names: _Names) -> None:
    """Keep only the signers whom no default names; days and ways of signing come with the signed sheet."""
    roles = _by_role(one.record, names)
    step = procedure().all_types[one.record.step_id]
    asked = [signer.role for signer in step.signers]
    kept: list[tuple[str, str]] = []
    for role, text in roles.items():
        own = one.rows[0].get((CONTENT, role), "")
        default = own or signers.get((step.id, role)) or signers.get(("", role), "")
        if role not in asked or default != text:
            kept += [(role, name) for name in text.split("、")]
    for row in one.rows:
        for key in ("role", "ref", "signedOn", "signKind", "signRef"):
            row.pop((SIGNATURES, key), None)
    overlay(one.rows, [{(SIGNATURES, "role"): role_labels()[role], (SIGNATURES, "ref"): name} for role, name in kept])
