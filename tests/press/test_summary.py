"""Documents about many records: everything a case comes to, and nothing invented where a record is missing."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from docxtpl import DocxTemplate
from lxml import etree

from jishi.procedure import procedure
from jishi.records import R, Record, record_of
from jishi.safe_xml import parse
from jishi.settings import UnitSettings
from jishi.volume_kinds import usual_kinds
from press.case_records import CaseRecords
from press.forms import Form, Grid, Pair
from press.record_form import form_of
from press.summary import (
    batch_roster,
    notebook_extract,
    person_report,
    process_table,
)
from press.word import template_bytes, template_name, word_form, word_template
from press.word_values import values_of
from rehearsal.batch import build

BATCH = "511000-2026-P003"
FIRST = f"{BATCH}-001"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@cache
def batch() -> tuple[Record, ...]:
    return tuple(record_of(parse(sample.xml), sample.xml) for sample in build(6, scans=False))


def grid(form: Form, key: str) -> Grid:
    return next(part for part in form.body if isinstance(part, Grid) and part.key == key)


def text(form: Form, key: str) -> str:
    pairs = (*form.head, *form.body, *form.foot)
    return "\n".join(next(part.lines for part in pairs if isinstance(part, Pair) and part.key == key))


def row(form: Form, step_id: str) -> dict[str, str]:
    register = grid(form, "register")
    cells = next(cells for cells in register.rows if cells[0].startswith(step_id))
    return dict(zip(register.keys, cells, strict=True))


def without(*steps: str) -> list[Record]:
    return [record for record in batch() if record.step_id not in steps]


def summaries() -> dict[str, Form]:
    people = sorted({record.person_no for record in batch() if record.person_no})
    reports = {f"report {number[-3:]}": person_report(batch(), number) for number in people}
    return reports | {
        "notebook": notebook_extract(batch()),
        "roster": batch_roster(batch()),
        "process": process_table(procedure(), usual_kinds()),
    }


def words(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    return "".join("".join(node.text or "" for node in body.iter(f"{W}t")).split())


def test_the_report_goes_through_the_stages_in_the_order_of_the_form_in_use() -> None:
    report = person_report(batch(), FIRST)
    headings = [part.label for part in report.body if part.kind == "section"]
    assert headings == ["拟任人选基本情况", "动议", "民主推荐", "考察", "酝酿", "讨论决定", "任用", "步骤登记"]
    assert [pair.label for pair in report.foot] == [
        "纪实人员", "审核人员", "呈报单位意见（盖章）", "监督机构复核意见（盖章）"
    ]  # fmt: skip


def test_the_register_has_every_step_once_and_in_order() -> None:
    register = grid(person_report(batch(), FIRST), "register")
    assert [cells[0].split()[0] for cells in register.rows] == list(procedure().steps)


def test_records_of_batch_and_person_are_numbered_series_by_series() -> None:
    listed = row(person_report(batch(), FIRST), "S6-08")["records"]
    assert listed.split("\n") == [f"{FIRST}/S6-08/001", f"{BATCH}/S6-08/001"]


def test_many_records_of_one_series_are_told_by_first_and_last() -> None:
    talks = row(person_report(batch(), FIRST), "S2-02")["records"]
    assert re.fullmatch(rf"{BATCH}/S2-02/\d{{3}}\n至\d{{3}}，共\d+件", talks)


def test_a_record_given_twice_counts_once() -> None:
    assert person_report([*batch(), *batch()], FIRST) == person_report(batch(), FIRST)
    assert row(person_report([*batch(), *batch()], FIRST), "S1-08")["records"] == f"{FIRST}/S1-08/001"


def test_the_report_tells_where_the_photo_is() -> None:
    assert text(person_report(batch(), FIRST), "basic.photo") == "见S1-08附件“照片”"


def test_a_report_tells_the_votes_of_its_own_candidate_only() -> None:
    report = person_report(batch(), FIRST)
    (vote,) = grid(report, "S5.votes").rows
    ballot = next(one for one in batch() if one.step_id == "S5-02" and one.mentions(FIRST))
    key = next(person.id for person in ballot.people.values() if person.no == FIRST)
    entry = next(one for one in ballot.entries("results") if one.find(f"{R}person").get("ref") == key)  # type: ignore[union-attr]
    assert vote[3:8] == tuple(
        entry.findtext(f"{R}{name}") for name in ("agree", "against", "abstain", "defer", "avoided")
    )


def test_both_ways_of_recommendation_are_told_with_rank() -> None:
    ways = grid(person_report(batch(), FIRST), "S2.ways")
    assert [cells[0] for cells in ways.rows] == ["谈话调研推荐", "会议推荐"]
    assert all(cells[-1].isdigit() for cells in ways.rows)


def test_a_step_nobody_recorded_is_missing_and_one_explained_is_not_applicable() -> None:
    report = person_report(without("S3-06"), FIRST)
    assert row(report, "S3-06")["state"] == "缺"
    assert text(report, "S3.audit") == "缺"
    explained = row(person_report(batch(), FIRST), "S4-03")
    assert (explained["state"], explained["records"]) == ("不适用", f"{FIRST}/NA/001")


def test_the_end_of_a_probation_still_running_is_pending_not_missing() -> None:
    assert row(person_report(batch(), FIRST), "S6-07")["state"] == "待补充归档"


def test_a_whole_batch_has_no_missing_step_for_anybody() -> None:
    for number in sorted({record.person_no for record in batch() if record.person_no}):
        register = grid(person_report(batch(), number), "register")
        assert not [cells[0] for cells in register.rows if cells[-1] == "缺"], number


def test_pages_come_from_the_volume() -> None:
    pages = {f"{FIRST}/S1-08/001": "12"}
    assert row(person_report(batch(), FIRST, pages), "S1-08")["pages"] == "12"
    assert row(person_report(batch(), FIRST), "S1-08")["pages"] == ""


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    old = next(record for record in batch() if record.step_id == "S1-08" and record.person_no == FIRST)
    root = parse(etree.tostring(old.root))
    sex = root.find(f"{R}content/{R}sex")
    assert sex is not None
    sex.text = "男" if sex.text == "女" else "女"
    new = replace(record_of(root, etree.tostring(root)), id=f"{FIRST}/S1-08/002", correction_of=old.id)
    assert text(person_report([*batch(), new], FIRST), "basic.sex") == sex.text


def test_signatures_at_the_foot_are_those_of_the_candidate_s_own_filing() -> None:
    report = person_report(batch(), FIRST)
    filing = next(record for record in batch() if record.id == f"{FIRST}/S6-08/001")
    assert report.signatures == form_of(filing).signatures
    assert report.signatures[0].name in text(report, "foot.recorder")


def test_a_report_before_filing_is_unsigned() -> None:
    report = person_report(without("S6-08"), FIRST)
    assert (report.signatures, text(report, "foot.unit")) == ((), "未签")


def test_the_highest_secrecy_counts() -> None:
    marks = {record.secrecy for record in batch()}
    assert person_report(batch(), FIRST).secrecy == next(mark for mark in ("机密", "秘密", "内部") if mark in marks)


def test_every_notebook_is_listed_with_its_pages_in_order() -> None:
    extract = notebook_extract(batch())
    registered = {record.value("bookNo") for record in batch() if record.step_id == "NB"}
    assert {part.key for part in extract.body if part.kind == "section"} == {f"book.{number}" for number in registered}
    for part in extract.body:
        if isinstance(part, Grid):
            firsts = [int(cells[0].partition("—")[0]) for cells in part.rows]
            assert firsts == sorted(firsts)


def test_a_meeting_stands_in_every_book_it_names() -> None:
    old = next(record for record in batch() if record.step_id == "S5-01")
    root = parse(etree.tostring(old.root))
    for node in root.findall(f"{R}notebook"):
        root.remove(node)
    book = etree.SubElement(root, f"{R}notebook", bookNo="Z9", pageFrom="3", pageTo="4")
    meeting = record_of(root, etree.tostring(root))
    sections = [part.key for part in notebook_extract([meeting]).body if part.kind == "section"]
    assert sections == sorted([f"book.{meeting.value('bookNo')}", f"book.{book.get('bookNo')}"])


def test_pages_nobody_claims_are_named() -> None:
    lost = next(record for record in batch() if record.step_id == "S3-05" and record.id.endswith("/002"))
    note = next(lost.root.iterfind(f"{R}notebook"))
    extract = notebook_extract([record for record in batch() if record is not lost])
    gaps = [part.lines[0] for part in extract.body if isinstance(part, Pair) and part.key == "unwritten"]
    assert f"{note.get('pageFrom')}—{note.get('pageTo')}" in gaps


def test_the_roster_names_everybody_once() -> None:
    people = grid(batch_roster(batch()), "people")
    assert [cells[1] for cells in people.rows] == [f"{BATCH}-{number:03}" for number in range(1, 7)]
    assert {cells[9] for cells in people.rows} <= {"通过", "未通过"}


def test_the_process_table_says_whose_wording_it_is() -> None:
    table = process_table(procedure(), usual_kinds())
    grids = [part for part in table.body if isinstance(part, Grid)]
    wording = {cells[1].split()[0]: cells[-1] for part in grids for cells in part.rows}
    assert {step for step, whose in wording.items() if whose == "原文"} == {"S1-04", "S1-05", "S1-06"}
    assert len(wording) == 44
    assert sum(cells[2].count("\n") + 1 for part in grids for cells in part.rows) == 61
    assert "本系统拟定" in text(table, "note")


@pytest.mark.parametrize("name", summaries())
def test_a_summary_s_word_file_shows_every_pair_and_is_byte_equal_to_docxtpl(name: str) -> None:
    form = summaries()[name]
    docx = word_form(form)
    shown = words(docx)
    assert not [value for _, value in form.pairs() if "".join(value.split()) not in shown]
    assert not {label for label, _ in form.pairs() if "".join(label.split()) not in shown}
    with zipfile.ZipFile(io.BytesIO(docx)) as mine, zipfile.ZipFile(io.BytesIO(by_docxtpl(form))) as theirs:
        names = [part for part in mine.namelist() if part != "docProps/core.xml"]
        assert {part: mine.read(part) for part in names} == {part: theirs.read(part) for part in names}


def by_docxtpl(form: Form) -> bytes:
    name = template_name(form)
    context: dict[str, Any] = values_of(form, word_template(name).placed, UnitSettings())
    engine = DocxTemplate(io.BytesIO(template_bytes(name)))
    engine.render(context, autoescape=True)
    stream = io.BytesIO()
    engine.save(stream)
    return stream.getvalue()


def test_every_record_of_a_batch_shows_all_its_pairs_in_word() -> None:
    for record in batch():
        form = form_of(record)
        shown = words(word_form(form))
        assert not [value for _, value in form.pairs() if "".join(value.split()) not in shown], record.id


def test_an_absence_never_hides_a_record_about_the_person() -> None:
    case = CaseRecords(batch(), FIRST)
    assert not {step for step in case.absences if any(one.record.person_no for one in case.of(step))}
