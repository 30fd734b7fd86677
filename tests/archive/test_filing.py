"""Filing: who may, what is numbered, what stands on the shelf, and that the same case file gives the same bytes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from ocfl.storage_root import StorageRoot
from pypdf import PdfReader
from sqlalchemy import Row, select, text
from sqlalchemy.exc import IntegrityError

from archive.filing import FilingRun, file_batch, filing_lock, preview
from archive.pdf.pdfa import pdfa_faults
from archive.recover import gaps, recover, unfinished
from archive.register.case_folders import folder_of, read_record
from archive.register.case_queries import case_records
from archive.register.register import Register
from archive.register.tables import item, series, volume
from archive.shelf import stored_file
from archive.verify import verify
from jishi.errors import AnotherRunActive, Refused, TryLater
from jishi.settings import NumberSettings, Settings
from press.summary import person_report
from press.word import word_form
from tests.filled_home import BATCH, acceptance, copy_home


def run_in(settings: Settings, **changes: object) -> FilingRun:
    return FilingRun(settings, Register(settings.register_file), BATCH, replace(acceptance(settings), **changes))  # type: ignore[arg-type]


def test_every_person_gets_a_volume_the_batch_one_and_the_ballots_one(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        rows = connection.execute(select(volume).order_by(volume.c.seq)).all()
    assert [row.number for row in rows] == [
        "J012-WS·XR·GR·2026·Y-0001",
        "J012-WS·XR·GR·2026·Y-0002",
        "J012-WS·XR·ZH·2026·Y-0001",
        "J012-WS·XR·PJ·2026·D10-0001",
    ]
    assert {row.state for row in rows} == {"filed"}
    assert gaps(Register(filed.register_file)) == []


def test_the_shelf_is_valid_ocfl_object_by_object(filed: Settings) -> None:
    assert StorageRoot(root=str(filed.shelf)).validate()


def test_every_volume_passes_the_archive_page_guard_and_reads_back(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        rows = connection.execute(select(volume)).all()
    for row in rows:
        pdf = stored_file(filed.shelf / row.object_id, "volume.pdf")
        assert pdfa_faults(pdf) == ()
        reader = PdfReader(pdf)
        numbered = [label for label in reader.page_labels if label.isdigit()]
        assert numbered == [str(page) for page in range(1, row.pages + 1)]


def test_item_numbers_and_pages_run_without_gap_and_the_contents_page_says_the_same(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        first = connection.execute(select(volume).order_by(volume.c.seq)).first()
        assert first is not None
        items = connection.execute(select(item).where(item.c.volume == first.seq).order_by(item.c.number)).all()
    assert [one.number for one in items] == list(range(1, first.items + 1))
    assert items[0].record == "report"
    ends = [one.first_page + one.pages for one in items]
    assert [one.first_page for one in items] == [1, *ends[:-1]]
    reader = PdfReader(stored_file(filed.shelf / first.object_id, "volume.pdf"))
    front = "".join(
        page.extract_text() for page, label in zip(reader.pages, reader.page_labels, strict=True) if not label.isdigit()
    )
    for one in items[:-1]:
        assert re.search(rf"{one.date}\s*{one.first_page}(?!\d)", front), one.title


def items_of(filed: Settings, number: str) -> list[Row[Any]]:
    with Register(filed.register_file).reading() as connection:
        query = select(item).join(volume, volume.c.seq == item.c.volume).where(volume.c.number == number)
        return list(connection.execute(query.order_by(item.c.number)))


def test_who_answers_for_a_paper_with_a_number_is_the_unit_that_issued_it(filed: Settings) -> None:
    rows = items_of(filed, "J012-WS·XR·GR·2026·Y-0001")
    for row in (one for one in rows if one.manner != "made"):
        record = read_record(folder_of(filed, row.record))
        people = {person.org if row.doc_no else person.name for person in record.people.values()}
        assert row.responsible in people
    assert any(row.doc_no for row in rows)
    assert {row.responsible for row in rows if row.manner == "made"} == {filed.unit.name}


def test_ballots_are_catalogued_as_ballots_and_their_sheet_names_the_seal(filed: Settings) -> None:
    rows = items_of(filed, "J012-WS·XR·PJ·2026·D10-0001")
    assert all(re.search("所附.*票", row.title) for row in rows)
    with Register(filed.register_file).reading() as connection:
        number = "J012-WS·XR·PJ·2026·D10-0001"
        found = connection.execute(select(volume).where(volume.c.number == number)).one()
    text_of = "".join(
        page.extract_text() for page in PdfReader(stored_file(filed.shelf / found.object_id, "volume.pdf")).pages
    )
    for row in rows:
        seal = read_record(folder_of(filed, row.record)).value("sealNo")
        assert not seal or seal in text_of.replace("\n", "")


def test_the_last_sheet_says_when_others_file_than_the_acceptance_record_names(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        found = connection.execute(select(volume).where(volume.c.number == "J012-WS·XR·GR·2026·Y-0001")).one()
    last = PdfReader(stored_file(filed.shelf / found.object_id, "volume.pdf")).pages[-1].extract_text()
    record = next(
        read_record(folder_of(filed, row.record))
        for row in items_of(filed, found.number)
        if row.record.rpartition("/")[0].endswith("/S6-08")
    )
    hands = {mark.role: record.people[mark.person].name for mark in record.signatures}
    words = re.sub(r"\s", "", last)
    assert f"归档验收记录上立卷人为{hands['filer']}，验收人为{hands['acceptor']}" in words
    assert "本卷立卷人为周立，验收人为吴验" in words


def test_metadata_has_every_must_element_with_a_value(filed: Settings) -> None:
    must = ("聚合层次", "立档单位名称", "年度", "保管期限", "题名", "责任者", "日期", "密级", "计算机文件名",
            "计算机文件大小", "文件组合类型")  # fmt: skip
    for folder in sorted(path for path in filed.shelf.iterdir() if path.is_dir()):
        root = etree.parse(stored_file(folder, "metadata.xml")).getroot()
        for part in (*root.iter("案卷"), *root.iter("文件")):
            for name in must:
                if part.tag == "文件" and name.startswith("计算机") and part.find("电子属性") is None:
                    continue  # a made notice of sealed ballots has no file of its own beside the volume
                found = part.find(f".//{name}")
                assert found is not None, (folder.name, part.tag, name)
                assert found.text, (folder.name, part.tag, name)


def test_every_item_folder_holds_its_record_word_form_and_papers(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        rows = connection.execute(select(item, volume.c.object_id).join(volume, volume.c.seq == item.c.volume)).all()
    for row in rows:
        folder = filed.shelf / row.object_id
        if row.manner == "original":
            record = etree.parse(stored_file(folder, f"{row.folder}/record.xml")).getroot()
            assert record.get("recordId") == row.record
        if row.manner != "ballots":
            assert stored_file(folder, f"{row.folder}/form.docx").read_bytes()[:2] == b"PK"


def test_an_extract_shows_its_own_person_and_no_other_candidate(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        names = {row.no: row.name for row in connection.execute(text("SELECT no, name FROM person"))}
        rows = connection.execute(
            select(item, volume.c.object_id, volume.c.person_no)
            .join(volume, volume.c.seq == item.c.volume)
            .where(item.c.manner == "extract", item.c.record.contains("/S5-02/"))
        ).all()
    assert rows
    for row in rows:
        reader = PdfReader(stored_file(filed.shelf / row.object_id, "volume.pdf"))
        places = {label: place for place, label in enumerate(reader.page_labels)}
        shown = "".join(
            reader.pages[places[str(page)]].extract_text() for page in range(row.first_page, row.first_page + row.pages)
        )
        others = [name for no, name in names.items() if no != row.person_no]
        assert names[row.person_no] in shown.replace(" ", "")
        assert not any(name in shown.replace(" ", "") for name in others)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"acceptor": "周立"}, "两个人"),
        ({"acceptor": "周　立"}, "两个人"),
        ({"acceptor": " "}, "都要写明"),
        ({"blocking": 3}, "3处问题"),
        ({"content_digest": "other"}, "又有变动"),
    ],
)
def test_what_is_not_accepted_is_not_numbered(
    admitted_home: Path, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    with pytest.raises(Refused, match=words):
        file_batch(run_in(settings, **changes))
    with Register(settings.register_file).reading() as connection:
        assert connection.execute(select(series)).all() == []
    assert not any(path.is_dir() for path in settings.shelf.iterdir())


@pytest.mark.parametrize("point", ["built", "numbering"])
@pytest.mark.parametrize("fault", [Refused("后来的材料"), OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_stops_before_the_numbers_leaves_nothing_in_staging(
    admitted_home: Path, tmp_path: Path, point: str, fault: BaseException
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")

    def on_step(name: str) -> None:
        if name == point:
            raise fault

    with pytest.raises((Refused, TryLater, KeyboardInterrupt)):
        file_batch(replace(run_in(settings), on_step=on_step))
    assert list(settings.staging.iterdir()) == []
    assert unfinished(Register(settings.register_file)) == []


@pytest.mark.parametrize("point", ["numbered", "placed"])
def test_what_stops_after_the_numbers_keeps_the_volumes_for_recovery(
    admitted_home: Path, tmp_path: Path, point: str
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    register = Register(settings.register_file)

    def on_step(name: str) -> None:
        if name == point:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        file_batch(replace(run_in(settings), on_step=on_step))
    assert len(recover(settings, register).volumes_filed) == 4
    assert verify(settings, register).findings == ()


def test_a_number_that_would_not_read_back_is_not_given(admitted_home: Path, tmp_path: Path) -> None:
    found = copy_home(admitted_home, tmp_path / "home")
    for settings in (
        replace(found, unit=replace(found.unit, fonds="../../x")),
        replace(found, numbers=replace(found.numbers, rank_separator="0")),
    ):
        with pytest.raises(Refused, match="读得回来"):
            file_batch(run_in(settings))
    assert unfinished(Register(found.register_file)) == []


def test_separators_are_printed_on_every_page_while_register_and_shelf_keep_the_standard_ones(
    admitted_home: Path, tmp_path: Path
) -> None:
    found = copy_home(admitted_home, tmp_path / "home")
    settings = replace(found, numbers=NumberSettings(rank_separator="—", part_separator="-"))
    first = file_batch(run_in(settings))[0]
    assert str(first.number) == "J012-WS·XR·GR·2026·Y-0001"
    pages = PdfReader(stored_file(settings.shelf / first.number.file_name, "volume.pdf")).pages
    text_of = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    assert sum("J012—WS-XR-GR-2026-Y—0001" in words for words in text_of) >= first.pages
    assert not any("J012-WS·XR" in words for words in text_of)


def test_a_filed_batch_is_not_filed_again(filed: Settings) -> None:
    with pytest.raises(Refused, match="已经立卷"):
        preview(run_in(filed))


def test_two_filing_runs_do_not_meet(filed: Settings) -> None:
    with filing_lock(filed), pytest.raises(AnotherRunActive, match="正在运行"), filing_lock(filed):
        pass


def test_a_counter_moved_by_another_program_makes_the_volumes_be_built_again(
    admitted_home: Path, tmp_path: Path
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    moved: list[str] = []

    def on_step(point: str) -> None:
        if point == "built" and not moved:
            moved.append(point)
            with Register(settings.register_file).writing() as connection:
                connection.execute(text("INSERT INTO series VALUES ('J012', 'GR', 2026, 41)"))

    built = file_batch(replace(run_in(settings), on_step=on_step))
    assert [str(facts.number)[-4:] for facts in built if facts.kind == "GR"] == ["0042", "0043"]
    pdf = stored_file(settings.shelf / built[0].number.file_name, "volume.pdf")
    assert "Y-0042" in PdfReader(pdf).pages[0].extract_text().replace(" ", "")


def test_the_same_case_file_gives_the_same_bytes(admitted_home: Path, tmp_path: Path) -> None:
    digests = []
    for name in ("first", "second"):
        settings = copy_home(admitted_home, tmp_path / name)
        built = file_batch(run_in(settings))
        digests.append([facts.sha256 for facts in built])
        for facts in built:
            pdf = stored_file(settings.shelf / facts.number.file_name, "volume.pdf")
            assert hashlib.sha256(pdf.read_bytes()).hexdigest() == facts.sha256
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM volume",
        "DELETE FROM item",
        "DELETE FROM filing",
        "DELETE FROM record",
        "UPDATE volume SET number = 'x'",
        "UPDATE item SET first_page = 99 WHERE number = 1",
        "UPDATE series SET last = 0",
        "UPDATE volume SET state = 'void'",
        "UPDATE filing SET acceptor = filer",
    ],
)
def test_the_database_itself_keeps_numbers_and_rows(filed: Settings, statement: str) -> None:
    with pytest.raises(IntegrityError), Register(filed.register_file).writing() as connection:
        connection.execute(text(statement))


def test_roster_and_notebook_tell_of_every_record_they_should(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        row = connection.execute(select(volume).where(volume.c.kind == "ZH")).one()
        made = connection.execute(select(item).where(item.c.volume == row.seq, item.c.manner == "made")).all()
    reader = PdfReader(stored_file(filed.shelf / row.object_id, "volume.pdf"))
    places = {label: place for place, label in enumerate(reader.page_labels)}
    shown = {
        one.record: "".join(
            reader.pages[places[str(page)]].extract_text() for page in range(one.first_page, one.first_page + one.pages)
        )
        for one in made
    }
    assert "岚委任" in shown["roster"].replace(" ", "")
    assert "S5-01" in shown["notebook"]


def test_a_filed_report_tells_what_the_records_of_its_person_tell_and_each_once(filed: Settings) -> None:
    with Register(filed.register_file).reading() as connection:
        records = [read_record(case.folder) for case in case_records(connection, filed, BATCH)]
        rows = connection.execute(
            select(item, volume.c.object_id, volume.c.person_no)
            .join(volume, volume.c.seq == item.c.volume)
            .where(volume.c.kind == "GR")
        ).all()
    reports = [row for row in rows if row.record == "report"]
    for report in reports:
        pages = {row.record: str(row.first_page) for row in rows if row.volume == report.volume}
        due = person_report(records, report.person_no, {record.id: f"@{record.id}" for record in records})
        stored = stored_file(filed.shelf / report.object_id, f"{report.folder}/form.docx").read_bytes()
        assert stored == word_form(due.with_pages(pages, "综合卷"), unit=filed.unit)
    assert reports
