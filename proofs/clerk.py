"""What a clerk must type for one promoted person: in XML, and in a workbook with the person's 任免表.

A made-up batch is written into a workbook, each fact once, and each person's 任免表 beside it. `jishi fill` must give
every record back, and completing must give the digests and pages of its papers: `n of n`. Then the cells are counted.
`python -m proofs.clerk`
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree

from archive.papers.kinds import HEAD, kind_of
from jishi import safe_xml
from jishi.findings import errors_among
from jishi.procedure import procedure
from jishi.record_types import record_type
from jishi.records import R, Record, record_of
from jishi.settings import Settings
from pipeline.clerk.completing import complete
from pipeline.clerk.completing_papers import PaperFacts
from pipeline.clerk.drafting import Drafted, draft_all
from pipeline.clerk.form_to_record import FormFill, fill_from, form_map
from pipeline.clerk.forms_folder import FoundForms, find_forms
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.lrmx import write_lrmx
from pipeline.clerk.record_to_form import form_of_record
from pipeline.clerk.workbook import blank_workbook, sheet_name
from pipeline.clerk.workbook_columns import BATCH_SHEET, CONTENT, FIRST_ROW, KEY_ROW, PAPERS, SIGNERS_SHEET
from pipeline.clerk.workbook_reading import read_filled
from pipeline.clerk.written_record import Written, WrittenValue
from pipeline.intake.validate import RecordJudge
from pipeline.rules.profiles import in_force
from proofs.clerk_rows import WAYS, BatchRows, RecordRows, batch_rows, overlay
from rehearsal.batch import SampleRecord, build

PEOPLE, TARGET, PROMOTED = 6, 400, "提拔"
MACHINE_KNOWS = frozenset((
    "record@recordId", "record@stepId", "record@itemId", "record@stageId", "record@occurrence", "batch", "personId",
    "attachment@id", "attachment@mediaType", "attachment@bytes", "attachment@sha256", "attachment@pages",
))  # fmt: skip
"""Values of a record that follow from others or from the files, and yet are typed where XML is written by hand."""
Path_ = tuple[str, ...]
NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def write_workbook(batch: BatchRows, path: Path) -> None:
    """Write a batch into a blank workbook, cell by cell, as Excel would keep it."""
    types = list(dict.fromkeys(one.record.step_id for one in batch.records))
    path.write_bytes(blank_workbook(types, batch.people, batch.batch))
    book = openpyxl.load_workbook(path)
    steps = list(dict.fromkeys(["", *(step for step, _ in batch.common)]))
    for row, step in enumerate(steps, start=FIRST_ROW + 1):
        for place, key in enumerate(_keys(book[BATCH_SHEET]), start=1):
            if text := step if key == "step" else batch.common.get((step, key), ""):
                book[BATCH_SHEET].cell(row, place, text)
    for row, (step, role) in enumerate(dict.fromkeys([*batch.signers, *batch.ways]), start=FIRST_ROW + 1):
        said = batch.ways.get((step, role), {})
        cells = (step, role, batch.signers.get((step, role), ""), *(said.get(key, "") for key in WAYS))
        for column, text in enumerate(cells, start=1):
            book[SIGNERS_SHEET].cell(row, column).value = text or None
    for type_id in types:
        _write_sheet(book[sheet_name(procedure().all_types[type_id])], type_id, batch.records)
    book.save(path)


def _write_sheet(sheet: Any, type_id: str, records: Sequence[RecordRows]) -> None:
    keys = {key: place for place, key in enumerate(_keys(sheet), start=1)}
    row = FIRST_ROW
    for one in records:
        if one.record.step_id == type_id:
            for cells in one.rows:
                row += 1
                for path, text in cells.items():
                    sheet.cell(row, keys["/".join(path)], text)


def _keys(sheet: Any) -> list[str]:
    cells = next(sheet.iter_rows(KEY_ROW + 1, KEY_ROW + 1, values_only=True))
    return [str(text).partition("/")[2] for text in cells if text]


def write_forms(records: Sequence[RecordRows], samples: Mapping[str, SampleRecord], folder: Path) -> FoundForms:
    """Write the 任免表 of everybody who has a record that takes from one; return what is read back."""
    for one in records:
        if form_map(one.record.step_id) and one.record.subject:
            picture = photo_of(one.record, samples[one.record.id])
            path = folder / f"{one.record.subject.name}.lrmx"
            path.write_bytes(write_lrmx(form_of_record(one.record, picture)))
    return find_forms([folder])


def photo_of(record: Record, sample: SampleRecord) -> bytes:
    """Return the photo among a record's papers."""
    for key in form_map(record.step_id).get("photo", {}):
        for node in record.content.iterfind(f"{R}{key}"):
            paper = next(one for one in record.attachments if one.id == node.get("att"))
            return next(file.data for file in sample.attachments if file.name == paper.file)
    return b""


def drop_what_forms_say(records: Sequence[RecordRows], forms: FoundForms, people: KnownPeople) -> None:
    """Empty the cells that a 任免表 fills with the very same."""
    for one in records:
        found = forms.of(one.record.subject.name) if one.record.subject and form_map(one.record.step_id) else []
        fill = fill_from(found[0], one.record.step_id, people) if found else FormFill({}, ())
        for key, value in fill.values.items():
            if _says(one.record, key, value):
                _drop(one, (CONTENT, key))
        if fill.picture_field:
            _drop(one, (CONTENT, fill.picture_field))
            label = record_type(one.record.step_id).field(fill.picture_field).label
            _drop_paper(one, label)


def _says(record: Record, key: str, value: WrittenValue) -> bool:
    if isinstance(value, Written):
        return record.value(key) == value.text
    entries = [{child.tag[len(R) :]: child.text or "" for child in one} for one in record.entries(key)]
    return isinstance(value, tuple) and entries == [{key: one.text(key) for key in one.values} for one in value]


def _drop(one: RecordRows, start: tuple[str, ...]) -> None:
    for row in one.rows:
        for path in [path for path in row if path[: len(start)] == start]:
            row.pop(path)
    one.rows[:] = [row for row in one.rows if row]


def _drop_paper(one: RecordRows, kind: str) -> None:
    """Take one paper out; those below move up."""
    papers = [{path: text for path, text in row.items() if path[0] == PAPERS} for row in one.rows]
    _drop(one, (PAPERS,))
    kept = [row for row in papers if row and row.get((PAPERS, "kind")) != kind]
    overlay(one.rows, kept)


# Compared


def given_back(record: Record, sample: SampleRecord, drafted: Drafted) -> str:
    """Return what a draft, completed from its papers, says otherwise than the record it should give back."""
    draft = next((one for one in drafted.drafts if one.record_id == record.id), None)
    if draft is None:
        return "没有写出"
    root = safe_xml.parse(draft.xml)
    facts = _facts(record, sample, root, dict(draft.pictures))
    mine, theirs = _comparable(complete(root, facts).root), _comparable(record.root)
    return next(
        (f"{a}≠{b}" for a, b in zip(mine, theirs, strict=False) if a != b),
        "" if len(mine) == len(theirs) else "长短不同",
    )


def _facts(
    record: Record, sample: SampleRecord, root: etree._Element, pictures: Mapping[str, bytes]
) -> dict[str, PaperFacts]:
    """Return what the files that lie with a draft are, as intake would see them, under the names the draft gives."""
    data = {file.name: file.data for file in sample.attachments}
    by_kind = {one.kind: one for one in record.attachments}
    facts = {}
    for node in root.iterfind(f"{R}attachment"):
        paper = next((one for one in record.attachments if one.file == node.get("file")), by_kind[node.get("kind", "")])
        body = pictures.get(node.get("file", ""), data[paper.file])
        media_type = kind_of(body[:HEAD]).media_type
        digest = hashlib.sha256(body).hexdigest()
        facts[node.get("file", "")] = PaperFacts(media_type, len(body), digest, paper.pages)
    return facts


_LEFT_OUT = {
    "attachment": ("id", "name", "file"),
    "person": ("no", "org", "post"),
}
"""What is this record's own way of naming, and what 人员 says once for all records."""


def _comparable(root: etree._Element) -> list[str]:
    """Return a record in lines, without the order of people, signatures and papers."""
    kinds = {node.get("id", ""): node.get("kind", "") for node in root.iterfind(f"{R}attachment")}
    lines = []
    for node in root.iter(etree.Element):
        tag = node.tag[len(R) :]
        if tag == "recordedOn" or (tag == "title" and root.findtext(f"{R}personId")):
            continue
        listed = tag != "person" or node.get("ref") is None
        values = {key: value for key, value in node.attrib.items() if not listed or key not in _LEFT_OUT.get(tag, ())}
        for key in {"att", "signRef"} & set(map(str, values)):
            values[key] = kinds[str(values[key])]
        said = sorted((str(key), str(value)) for key, value in values.items())
        lines.append(f"{tag} {said} {(node.text or '').strip()}")
    moving = ("person ", "responsible ", "attachment ")
    return [one for one in lines if not one.startswith(moving)] + sorted(one for one in lines if one.startswith(moving))


def faults_of(record: Record, sample: SampleRecord, drafted: Drafted, judge: RecordJudge) -> list[str]:
    """Return what schema and rules say of a draft that was completed; it is recorded when the made-up one was."""
    draft = next(one for one in drafted.drafts if one.record_id == record.id)
    sent = safe_xml.parse(draft.xml)
    root = complete(sent, _facts(record, sample, sent, dict(draft.pictures))).root
    recorded = root.find(f"{R}recordedOn")
    assert recorded is not None
    recorded.text = record.recorded_on
    return [str(finding) for finding in judge.judge(root, name=record.id)]


# Counted


def leaves(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield every value that stands in a record's XML: attributes, and texts of elements without parts."""
    for node in root.iter(etree.Element):
        yield from ((f"{node.tag[len(R) :]}@{key!s}", str(value)) for key, value in node.attrib.items())
        if not len(node) and (node.text or "").strip():
            yield node.tag[len(R) :], (node.text or "").strip()


def typed(rows: Sequence[RecordRows], person_no: str) -> list[tuple[Path_, str]]:
    """Return the cells of one person's own records: (record type and path, text)."""
    own = (one for one in rows if one.record.person_no == person_no)
    return [((one.record.step_id, *path), text) for one in own for path, text in one.cells()]


def main() -> int:
    """Give a batch back from its workbook, count, and tell what remains to be typed and why."""
    samples = list(build(PEOPLE, seed=1))
    by_id = {one.record_id: one for one in samples}
    records = [record_of(safe_xml.parse(one.xml), one.xml) for one in samples]
    batch = batch_rows(records)
    alone = {one.no: len(typed(batch.records, one.no)) for one in batch.people if one.no}
    with tempfile.TemporaryDirectory() as folder:
        forms = write_forms(batch.records, by_id, Path(folder))
        drop_what_forms_say(batch.records, forms, KnownPeople(batch.people))
        path = Path(folder) / "批次.xlsx"
        write_workbook(batch, path)
        drafted = draft_all(read_filled(path), forms, NOW)
    for finding in errors_among(drafted.findings):
        print(finding)
    wrong = {one.id: said for one in records if (said := given_back(one, by_id[one.id], drafted))}
    for number, said in wrong.items():
        print(f"{number}：{said}")
    print(f"工作簿写回的记录与原记录相同：{len(records) - len(wrong)} of {len(records)}")
    print("（不比：纪实时间；本人记录的题名，系统按表名拟定；附件编号和文件名；人员的单位职务，照“人员”表）")
    judge = RecordJudge(*in_force(Settings(Path())))
    faults = {one.id: told for one in records if (told := faults_of(one, by_id[one.id], drafted, judge))}
    for lines in faults.values():
        print("\n".join(lines))
    print(f"补全以后，模式和规则都没有意见：{len(records) - len(faults)} of {len(records)}")
    most = _tell_people(records, batch, alone)
    _tell_batch(batch)
    return int(bool(wrong or faults) or most > TARGET)


def _tell_people(records: Sequence[Record], batch: BatchRows, alone: Mapping[str, int]) -> int:
    """Tell for everybody how much is to be typed; return the most for one who is promoted."""
    most = 0
    for person in (one for one in batch.people if one.no):
        own = [one for one in records if one.person_no == person.no]
        every = [value for one in own for value in leaves(one.root)]
        needed = [path for path, _ in every if path not in MACHINE_KNOWS]
        cells = typed(batch.records, person.no)
        change = next((one.value("changeKind") for one in own if form_map(one.step_id)), "")
        print(
            f"{person.no} {change}：记录{len(own)}件；XML共{len(every)}值，机器不能知道的{len(needed)}值；"
            f"工作簿{alone[person.no]}格，有任免表时{len(cells)}格"
            f"（其中{_repeated(batch, person.no)}格同上一格，可向下填充）"
            f"；签名{sum(len(one.signatures) for one in own)}处"
        )
        if change == PROMOTED:
            most = max(most, len(cells))
            _tell_what_remains(cells)
    print(f"一名提拔干部本人的记录，最多要填{most}格（要求不超过{TARGET}）")
    return most


def _tell_what_remains(cells: Sequence[tuple[Path_, str]]) -> None:
    by_step = Counter(path[0] for path, _ in cells)
    by_field = Counter("/".join(part for part in path[1:3] if part != CONTENT) for path, _ in cells)
    print("    各步骤：" + "，".join(f"{step} {count}" for step, count in by_step.most_common(8)))
    print("    各字段：" + "，".join(f"{field} {count}" for field, count in by_field.most_common(12)))


def _repeated(batch: BatchRows, person_no: str) -> int:
    """Return how many cells of a person's records say what the cell above, of the same record, says."""
    count = 0
    for one in batch.records:
        if one.record.person_no == person_no:
            pairs = zip(one.rows, one.rows[1:], strict=False)
            count += sum(text == above.get(path) for above, row in pairs for path, text in row.items())
    return count


def _tell_batch(batch: BatchRows) -> None:
    people = sum(sum(map(bool, one)) for one in batch.people)
    shared = [one for one in batch.records if not one.record.person_no]
    cells = sum(1 for one in shared for _ in one.cells())
    once = len(batch.common) + len(batch.signers) + sum(map(len, batch.ways.values())) + 1
    print(
        f"整批只写一次：“人员”{len(batch.people)}人{people}格，“批次”和“责任人”{once}格；综合记录{len(shared)}件{cells}格"
    )


if __name__ == "__main__":
    sys.exit(main())
