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

from archive.papers.kinds import kind_of
from jishi import safe_xml
from jishi.procedure import procedure
from jishi.record_types import record_type
from jishi.records import R, Record, record_of
from pipeline.clerk.completing import PaperFacts, complete
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
from proofs.clerk_rows import BatchRows, RecordRows, batch_rows, overlay
from rehearsal.batch import SampleRecord, build

NOW = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def write_workbook(batch: BatchRows, path: Path) -> None:
    """Write a batch into a blank workbook, cell by cell, as Excel would keep it."""
    types = list(dict.fromkeys(one.record.step_id for one in batch.records))
    path.write_bytes(blank_workbook(types, batch.people, batch.batch))
    book = openpyxl.load_workbook(path)
    for place, key in enumerate(_keys(book[BATCH_SHEET])):
        if text := batch.common.get(key, ""):
            book[BATCH_SHEET].cell(FIRST_ROW + 1, place + 1, text)
    for row, ((step, role), names) in enumerate(batch.signers.items(), start=FIRST_ROW + 1):
        for column, text in enumerate((step, role, names), start=1):
            book[SIGNERS_SHEET].cell(row, column, text)
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
    entries = [{c.tag[len(R) :]: c.text or "" for c in one} for one in record.entries(key)]
    return isinstance(value, tuple) and entries == [{k: v.text for k, v in one.values.items() if isinstance(v, Written)} for one in value]


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
    return next((f"{a}≠{b}" for a, b in zip(mine, theirs, strict=False) if a != b), "" if len(mine) == len(theirs) else "长短不同")


def _facts(
    record: Record, sample: SampleRecord, root: etree._Element, pictures: Mapping[str, bytes]
) -> dict[str, PaperFacts]:
    """Return what the files of a draft are, as intake would see them."""
    data = {file.name: file.data for file in sample.attachments} | dict(pictures)
    by_kind = {one.kind: one.pages for one in record.attachments}
    names = {node.get("file", ""): node.get("kind", "") for node in root.iterfind(f"{R}attachment")}
    return {
        name: PaperFacts(kind_of(data[name][:2048]).media_type, len(data[name]), hashlib.sha256(data[name]).hexdigest(), by_kind[kind])
        for name, kind in names.items() if name in data
    }  # fmt: skip


def _comparable(root: etree._Element) -> list[str]:
    """Return a record in lines, without what signing brings and the order of people and papers."""
    kinds = {node.get("id"): node.get("kind", "") for node in root.iterfind(f"{R}attachment")}
    lines = []
    for node in root.iter(etree.Element):
        tag = node.tag[len(R) :]
        values = dict(node.attrib)
        if tag in ("recordedOn", "person") and tag == "recordedOn":
            continue
        for key in ("signedOn", "signKind", "signRef", "id", "name", "file") if tag in ("responsible", "attachment") else ():
            values.pop(key, None)
        if "att" in values:
            values["att"] = kinds[values["att"]]
        lines.append(f"{tag} {sorted(values.items())} {(node.text or '').strip()}")
    moving = ("person ", "responsible ", "attachment ")
    return [one for one in lines if not one.startswith(moving)] + sorted(one for one in lines if one.startswith(moving))


# Counted


def leaves(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield every value that stands in a record's XML: attributes, and texts of elements without parts."""
    for node in root.iter(etree.Element):
        yield from ((f"{node.tag[len(R) :]}@{key}", str(value)) for key, value in node.attrib.items())
        if not len(node) and (node.text or "").strip():
            yield node.tag[len(R) :], (node.text or "").strip()


def main() -> int:
    samples = list(build(6, seed=1, scans=False))
    records = [record_of(safe_xml.parse(one.xml), one.xml) for one in samples]
    by_id = {one.record_id: one for one in samples}
    batch = batch_rows(records)
    before = {one.record.id: sum(1 for _ in one.cells()) for one in batch.records}
    with tempfile.TemporaryDirectory() as folder:
        forms = write_forms(batch.records, by_id, Path(folder))
        drop_what_forms_say(batch.records, forms, KnownPeople(batch.people))
        path = Path(folder) / "批次.xlsx"
        write_workbook(batch, path)
        drafted = draft_all(read_filled(path), forms, NOW)
    wrong = {one.id: said for one in records if (said := given_back(one, by_id[one.id], drafted))}
    for finding in drafted.findings:
        if finding.severity.value == "error": print(finding)
    for number, said in list(wrong.items())[:20]:
        print(f"{number}：{said}")
    print(f"工作簿写回记录：{len(records) - len(wrong)} of {len(records)}")
    report(records, batch, before)
    return int(bool(wrong))


def report(records, batch, before):
    for person in [p for p in batch.people if p.no]:
        own=[r for r in records if r.person_no==person.no]
        rows=[r for r in batch.records if r.record.person_no==person.no]
        change=next((r.value("changeKind") for r in own if form_map(r.step_id)),"")
        xml=sum(1 for r in own for _ in leaves(r.root))
        cells=sum(1 for r in rows for _ in r.cells())
        print(person.no,change,"records",len(own),"xml",xml,"workbook",sum(before[r.id] for r in own),"with lrmx",cells)
        c=Counter(); 
        for r in rows:
            for path,_ in r.cells(): c[r.record.step_id, "/".join(path[:2])]+=1
        if change=="提拔":
            d=Counter(); e=Counter()
            for (s,p),n in c.items(): d[s]+=n; e[p]+=n
            print("   ",d.most_common(12)); print("   ",e.most_common(25))


if __name__ == "__main__":
    sys.exit(main())
