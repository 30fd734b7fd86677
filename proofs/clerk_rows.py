"""A made-up batch as a clerk would write it: the rows of a workbook that give its records back, nothing typed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from jishi.procedure import procedure
from jishi.record_types import Field, record_type, role_labels, type_attributes
from jishi.records import Person, R, Record, Signature, tells_of_all
from jishi.steps import Step
from pipeline.clerk.draft_defaults import form_kinds, usual_papers
from pipeline.clerk.workbook_columns import (
    BOOK,
    CONTENT,
    COUNT,
    NOTEBOOK,
    OWNER,
    PAPERS,
    PEOPLE,
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
WAYS = ("signKind", "signRef")
"""How a signature was given, and on which paper."""


@dataclass
class RecordRows:
    """The rows of one record: of each, path of the column → what stands in the cell."""

    record: Record
    rows: list[Cells]
    roles: dict[str, str]
    """Role → names of those who sign, 本人 for whom the record is about."""

    def cells(self) -> Iterator[tuple[Path, str]]:
        """Yield every cell that is filled."""
        for row in self.rows:
            yield from row.items()


@dataclass
class BatchRows:
    """A whole batch as it is written: what is written once, and the rows of every record."""

    batch: str
    people: list[Person]
    common: dict[tuple[str, str], str]
    """(step or nothing, header field) → what holds wherever it is left out."""
    signers: dict[tuple[str, str], str]
    """(step or nothing, role) → names."""
    ways: dict[tuple[str, str], dict[str, str]]
    """(step or nothing, role or nothing) → how and on what it is signed."""
    records: list[RecordRows]


def batch_rows(records: Sequence[Record]) -> BatchRows:
    """Return the cells that give a batch back; what a default gives is left empty."""
    people = list({person.id: person for record in records for person in record.people.values()}.values())
    known = {person.id: _fullest(person, records) for person in people}
    names = _Names(known.values())
    written = [RecordRows(one, _Writer(one, names).rows(), _by_role(one, names)) for one in records]
    batch = BatchRows(
        records[0].batch, list(known.values()), _most_common(written), _signers(records, names), _usual_ways(records),
        written,
    )  # fmt: skip
    for one in written:
        _drop_defaults(one, batch)
        _drop_gathered(one, batch)
    return batch


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

    def _referred(self) -> set[str]:
        """Return whom the record refers to beside the list of its people, and whom it is about."""
        own = {self._record.subject.id} if self._record.subject else set()
        return own | {node.get("ref", "") for node in self._record.root.iter() if node.get("ref")}

    def _attribute(self, one: Field, value: str) -> str:
        if one.kind == "PersonKey":
            return self._names.of(value)
        return self._papers.get(value, value) if one.kind == "AttachmentKey" else shown(one, value)

    def _plain(self, one: Field, node: etree._Element) -> str:
        if one.key == OWNER:
            return self._names.of(self._record.subject.id) if self._record.subject else ""
        if one.key == PEOPLE:
            return "、".join(self._names.of(number) for number in self._record.people if number not in self._referred())
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


def _most_common(written: Sequence[RecordRows]) -> dict[tuple[str, str], str]:
    """Return what is best written once for the whole batch, or for a step of it."""
    said: dict[tuple[str, str], Counter[str]] = {}
    for one in written:
        for key in (field.key for field in common_fields()):
            text = one.rows[0].get(_path(key), "")
            for step in ("", one.record.step_id) if text else ():
                said.setdefault((step, key), Counter())[text] += 1
    best = {key: counts.most_common(1)[0] for key, counts in said.items()}
    general = {key: text for key, (text, _) in best.items() if not key[0] and key[1] != "formKind"}
    return general | {
        key: text for key, (text, count) in best.items()
        if key[0] and count > 1 and text != _given(key[1], procedure().all_types[key[0]], general)
    }  # fmt: skip


def _given(key: str, step: Step, common: Mapping[tuple[str, str], str]) -> str:
    """Return what stands in for a header field of a step that is left out."""
    made = form_kinds(step) if key == "formKind" else ""
    return common.get((step.id, key)) or common.get(("", key)) or made


def _path(key: str) -> Path:
    return (NOTEBOOK, BOOK) if key == BOOK else (key,)


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


def _drop_defaults(one: RecordRows, batch: BatchRows) -> None:
    """Empty the cells that a default fills with the same."""
    record, first = one.record, one.rows[0]
    step = procedure().all_types[record.step_id]
    given = {_path(field.key): _given(field.key, step, batch.common) for field in common_fields()}
    given |= {("recordedOn",): record.recorded_on, (COUNT,): str(record.occurrence)}
    # What a person's record is called by itself is as good as what the made-up one is called.
    given |= {("title",): record.title} if record.subject else {}
    for path, text in given.items():
        if first.get(path) == text:
            first.pop(path)
    _drop_signatures(one, batch)
    _drop_notebook(one)
    _drop_papers(one, step)
    one.rows[:] = [row for row in one.rows if row]


def _drop_notebook(one: RecordRows) -> None:
    """Empty the notebook pages of a list's only entry where the record's own are the same."""
    header = one.record.root.find(f"{R}{NOTEBOOK}")
    for field in record_type(one.record.step_id).fields if header is not None else ():
        entries = list(one.record.entries(field.key)) if field.kind == "list" else []
        inner = entries[0].find(f"{R}{NOTEBOOK}") if len(entries) == 1 else None
        if header is not None and inner is not None and sorted(inner.items()) == sorted(header.items()):
            for path in [path for path in one.rows[0] if path[:3] == (CONTENT, field.key, NOTEBOOK)]:
                one.rows[0].pop(path)


def _drop_papers(one: RecordRows, step: Step) -> None:
    stem = one.record.id.replace("/", "_")
    for place, paper in enumerate(one.record.attachments, start=1):
        row = one.rows[place - 1]
        # Whatever its ending is: where one file alone has the name, it is the one.
        if row.get((PAPERS, "file"), "").rpartition(".")[0] == f"{stem}_{place}{paper.kind}":
            row.pop((PAPERS, "file"))
        if row.get((PAPERS, "original")) == "是":
            row.pop((PAPERS, "original"))
    usual = [entry.text("kind") for entry in usual_papers(step)]
    if sorted(usual) == sorted(paper.kind for paper in one.record.attachments):
        for row in one.rows:
            row.pop((PAPERS, "kind"), None)


def _drop_gathered(one: RecordRows, batch: BatchRows) -> None:
    """Empty the lists of a summary that its single records hold already."""
    record = one.record
    fellows = [other for other in batch.records if other is not one and _fellow(other.record, record)]
    for field in record_type(record.step_id).fields if record.step.single_title and tells_of_all(record.root) else ():
        if field.kind == "list" and _entries(record, field.key):
            single = [entry for other in fellows for entry in _entries(other.record, field.key, with_header=True)]
            if single == _entries(record, field.key):
                for row in one.rows:
                    for path in [path for path in row if path[:2] == (CONTENT, field.key)]:
                        row.pop(path)
    one.rows[:] = [row for row in one.rows if row]


def _fellow(other: Record, record: Record) -> bool:
    return (other.step_id, other.person_no) == (record.step_id, record.person_no)


def _entries(record: Record, key: str, *, with_header: bool = False) -> list[list[str]]:
    """Return the entries of a list as lines; with the notebook of its record where they have none of their own."""
    found = []
    for entry in record.entries(key):
        lines = [f"{node.tag} {sorted(node.attrib.items())} {(node.text or '').strip()}" for node in entry.iter()][1:]
        header = record.root.find(f"{R}{NOTEBOOK}")
        if with_header and header is not None and not any(line.startswith(header.tag) for line in lines):
            lines.append(f"{header.tag} {sorted(header.attrib.items())} ")
        found.append(sorted(lines))
    return found


def _drop_signatures(one: RecordRows, batch: BatchRows) -> None:
    """Keep only the day of signing, and the signers whom no default names or who signed otherwise than is usual."""
    step, record = procedure().all_types[one.record.step_id], one.record
    days = Counter(sign.signed_on for sign in record.signatures)
    kept: list[Cells] = []
    for role, text in one.roles.items():
        own = one.rows[0].get((CONTENT, role), "")
        default = own or batch.signers.get((step.id, role)) or batch.signers.get(("", role), "")
        signs = [sign for sign in record.signatures if sign.role == role]
        usual = [_usual(batch.ways, step.id, role, key) for key in WAYS]
        asked = role in (signer.role for signer in step.signers)
        if not asked or default != text or any(_ways(record, sign) != usual for sign in signs):
            kept += [_signature(role, name, _ways(record, sign), usual) for name, sign in
                     zip(text.split("、"), signs, strict=True)]  # fmt: skip
    for row in one.rows:
        for key in ("role", "ref", "signedOn", *WAYS):
            row.pop((SIGNATURES, key), None)
    overlay(one.rows, [{(SIGNATURES, "signedOn"): days.most_common(1)[0][0]}, *kept])


def _signature(role: str, name: str, ways: Sequence[str], usual: Sequence[str]) -> Cells:
    cells: Cells = {(SIGNATURES, "role"): role_labels()[role], (SIGNATURES, "ref"): name}
    other = zip(WAYS, ways, usual, strict=True)
    return cells | {(SIGNATURES, key): text for key, text, default in other if text != default}


def _ways(record: Record, sign: Signature) -> list[str]:
    """Return how somebody signed, and on which kind of paper."""
    return [sign.kind, next(one.kind for one in record.attachments if one.id == sign.attachment)]


def _usual(ways: Mapping[tuple[str, str], Mapping[str, str]], step: str, role: str, key: str) -> str:
    rows = (ways.get(one, {}) for one in ((step, role), (step, ""), ("", role), ("", "")))
    return next((row[key] for row in rows if key in row), "")


def _usual_ways(records: Sequence[Record]) -> dict[tuple[str, str], dict[str, str]]:
    """Return how it is signed as a rule, and on what, said as seldom as will do."""
    said: dict[tuple[str, str, str], Counter[str]] = {}
    for record in records:
        for sign in record.signatures:
            for key, text in zip(WAYS, _ways(record, sign), strict=True):
                for place in (("", ""), ("", sign.role), (record.step_id, ""), (record.step_id, sign.role)):
                    said.setdefault((*place, key), Counter())[text] += 1
    ways: dict[tuple[str, str], dict[str, str]] = {}
    for (step, role, key), counts in sorted(said.items(), key=lambda one: (bool(one[0][0]), bool(one[0][1]))):
        text, count = counts.most_common(1)[0]
        if text != _usual(ways, step, role, key) and (count > 1 or not (step and role)):
            ways.setdefault((step, role), {})[key] = text
    return ways
