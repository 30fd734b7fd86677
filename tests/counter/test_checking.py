"""What check tells of a batch really taken in, what an exception note can and cannot excuse, what is filed of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfReader
from sqlalchemy import select

import cli
from archive.filing import FilingRun, file_batch
from archive.pdf.pdfa import pdfa_faults
from archive.register.case_folders import folder_of
from archive.register.cases import CaseFiles, Outcome, admission_of
from archive.register.register import Register
from archive.register.tables import filing, item, volume
from archive.shelf import stored_file
from counter.checking import Wish, accepted, check, report
from counter.output import Output
from jishi.errors import ArchiveDamaged, FaultsFound, NotFound, Refused
from jishi.findings import Grade
from jishi.records import record_of
from jishi.safe_xml import parse
from jishi.settings import Settings
from pipeline.acceptance.batch_check import check_batch
from press.record_form import form_of
from press.word import word_form
from rehearsal.batch import SampleFile, SampleRecord
from rehearsal.blanks import blank
from rehearsal.composer import Composed
from rehearsal.exceptions import exception
from rehearsal.plan import StoryPlan
from tests.filled_home import copy_home
from tests.intake_home import drop, make, outcomes, samples, take_in

BATCH = "511000-2026-P003"
PERSON = f"{BATCH}-001"
NOTE = f"{BATCH}/EX/001"
R = "{urn:jishi:record:1}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def note(rule: str) -> SampleRecord:
    """Return a signed exception note of the batch about a rule."""
    draft = exception(StoryPlan(1, 1, BATCH))
    made = Composed(replace(draft, content={**draft.content, "rule": rule}), BATCH, blank)
    return SampleRecord(made.record_id, "EX", "", made.xml, tuple(SampleFile(*file) for file in made.files))


def unsigned(sample: SampleRecord) -> SampleRecord:
    """Return a record on which the names are only printed."""
    root = etree.fromstring(sample.xml)
    for mark in root.iterfind(f"{R}responsible"):
        mark.set("signKind", "打印姓名")
    return replace(sample, xml=etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


@dataclass(frozen=True)
class Desk:
    """A home with one person's batch taken in."""

    settings: Settings

    @property
    def register(self) -> Register:
        return Register(self.settings.register_file)

    def take(self, sample: SampleRecord) -> str:
        """Drop one record and return what became of it."""
        drop(self.settings.drop, [sample])
        (outcome,) = outcomes(take_in(self.settings)).values()
        return outcome

    def admit(self, sample: SampleRecord) -> None:
        """Put a record into the case file past the intake, as an older version with fewer rules might have."""
        folder = self.settings.work / "t99999"
        (folder / "attachments").mkdir(parents=True)
        for paper in sample.attachments:
            (folder / "attachments" / paper.name).write_bytes(paper.data)
        record = record_of(parse(sample.xml, sample.record_id), sample.xml)
        docx = word_form(form_of(record))
        (folder / "record.xml").write_bytes(sample.xml)
        (folder / "form.docx").write_bytes(docx)
        admission = admission_of(record, "t99999", "t99999.xml", hashlib.sha256(docx).hexdigest())
        (verdict,) = CaseFiles(self.settings, self.register).admit([admission])
        assert verdict.outcome is Outcome.ADMITTED

    def tell(self, wish: Wish | None = None, as_json: bool = False) -> None:
        check(self.settings, self.register, BATCH, wish or Wish(), Output(as_json))

    def report(self) -> dict[str, Any]:
        return report(check_batch(self.settings, self.register, BATCH, dt.date(2026, 6, 1)).verdict)


def copy_of(original: Path, home: Path) -> Desk:
    copy_home(original, home)
    return Desk(make(home))


@pytest.fixture(scope="module")
def lacking_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a batch that lacks the talk before appointment (S6-03)."""
    settings = make(tmp_path_factory.mktemp("lacking") / "home")
    drop(settings.drop, [one for one in samples() if one.step_id != "S6-03"])
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}
    return settings.home


@pytest.fixture(scope="module")
def whole_home(lacking_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a batch that lacks nothing; only to be read."""
    desk = copy_of(lacking_home, tmp_path_factory.mktemp("whole") / "home")
    assert desk.take(next(one for one in samples() if one.step_id == "S6-03")) == "admitted"
    return desk.settings.home


@pytest.fixture
def lacking(lacking_home: Path, tmp_path: Path) -> Desk:
    return copy_of(lacking_home, tmp_path / "home")


@pytest.fixture
def whole(whole_home: Path) -> Desk:
    return Desk(make(whole_home))


# What is told


def test_a_missing_step_blocks_and_is_told_first(lacking: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FaultsFound, match="不能验收：1处错误须先解决"):
        lacking.tell()
    lines = capsys.readouterr().out.splitlines()
    (name,) = [one["name"] for one in lacking.report()["people"]]
    assert lines[0].startswith(f"批次 {BATCH}　规则配置 全国通用（CN）")
    assert lines[1] == f"缺步骤　{PERSON} {name}：S6-03 任前谈话与廉政教育"
    assert lines[2].startswith("错误〔越过〕")
    assert "[R60] 缺步骤S6-03" in lines[2]
    told = "\n".join(lines[3:])
    assert [f"R{number:02d}" for number in range(1, 62) if f"R{number:02d} " not in told] == []


def test_a_whole_batch_is_told_with_its_figures(whole: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    whole.tell()
    shown = capsys.readouterr()
    assert f"批次 {BATCH} 可以验收；警告0处，例外0处，共1人" in shown.err
    assert "应到人数" in shown.out
    told = "".join(shown.out.split())
    assert [grade for grade in Grade if grade not in told] == [Grade.LOCAL]


@pytest.mark.parametrize("asked", [PERSON, "001"])
def test_one_person_is_told_alone(whole: Desk, capsys: pytest.CaptureFixture[str], asked: str) -> None:
    whole.tell(Wish(person=asked))
    shown = capsys.readouterr()
    assert "待补充归档2步：S6-06至S6-07" in shown.out
    assert f"{PERSON} " in shown.err
    assert "本人没有错误" in shown.err
    whole.tell(Wish(person=asked), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["no"], len(told["steps"]), len(told["requirements"])) == (PERSON, 44, 61)


def test_an_unknown_person_is_answered_with_the_roster(whole: Desk) -> None:
    with pytest.raises(NotFound, match=f"没有“099”.*{PERSON}"):
        whole.tell(Wish(person="099"))


def test_quiet_says_only_the_conclusion(whole: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    whole.tell(Wish(quiet=True))
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)


def test_json_is_complete_and_one_value_even_when_blocked(
    lacking: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["jishi", "--home", str(lacking.settings.home), "check", BATCH, "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["acceptable"], told["errors"], len(told["requirements"])) == (False, 1, 61)
    (person,) = told["people"]
    assert person["missing"] == ["S6-03"]
    assert [one["id"] for one in person["requirements"]] == [one["id"] for one in told["requirements"]]
    ran = {one["rule"]: one for one in told["rules_run"]}
    assert (ran["R60"]["failed"], ran["R58"]["tried"]) == (1, 0)
    assert {one["id"] for one in told["rules_inactive"]}.isdisjoint(ran)


def test_the_report_is_written_as_word_and_pdf(whole: Desk, tmp_path: Path) -> None:
    papers = (tmp_path / "验收报告.docx", tmp_path / "验收报告.pdf")
    whole.tell(Wish(quiet=True, papers=papers))
    assert "验收报告" in words_of(papers[0].read_bytes())
    assert "验收报告" in PdfReader(papers[1]).pages[0].extract_text()


def test_one_person_s_paper_tells_of_nobody_else(lacking: Desk, tmp_path: Path) -> None:
    paper = tmp_path / "验收报告.docx"
    with pytest.raises(FaultsFound):
        lacking.tell(Wish(quiet=True, person=PERSON, papers=(paper,)))
    words = words_of(paper.read_bytes())
    (name,) = [one["name"] for one in lacking.report()["people"]]
    assert f"{name}61条纪实要求" in words
    assert "本人有1处错误" in words
    assert "缺步骤S6-03" in words
    assert "规则执行情况" not in words
    assert "一、全批61条纪实要求" not in words


def words_of(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as parts:
        body = etree.fromstring(parts.read("word/document.xml"))
    return "".join(node.text or "" for node in body.iter(f"{W}t"))


# Exception notes


def test_blocked_means_not_numbered(lacking: Desk) -> None:
    acceptance = accepted(lacking.settings, lacking.register, BATCH, "周立", "吴验")
    assert acceptance.blocking == 1
    with pytest.raises(Refused, match="1处问题"):
        file_batch(FilingRun(lacking.settings, lacking.register, BATCH, acceptance))
    with lacking.register.reading() as connection:
        assert connection.execute(select(volume)).all() == []


def test_a_signed_note_lifts_the_block_and_is_counted_and_listed(
    lacking: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lacking.take(note("R60")) == "admitted"
    told = lacking.report()
    assert (told["acceptable"], told["errors"], told["overridden"]) == (True, 0, 1)
    (listed,) = told["exceptions"]
    assert (listed["record"], listed["rules"], listed["used"]) == (NOTE, ["R60"], 1)
    (covered,) = [one for one in told["findings"] if one["exception"]]
    assert (covered["rule"], covered["exception"], covered["blocks"]) == ("R60", NOTE, False)
    lacking.tell()
    shown = capsys.readouterr()
    assert f"例外（{NOTE}）〔越过〕　{PERSON}　[R60] 缺步骤S6-03" in shown.out
    assert "例外1处" in shown.err


def test_what_is_excused_is_not_thereby_known(lacking: Desk) -> None:
    lacking.take(note("R60"))
    answers = {one["id"]: one for one in lacking.report()["requirements"]}
    assert answers["R54"]["answer"] == "未定"
    assert answers["R60"]["against"][0]["exception"] == NOTE


def test_an_unsigned_note_is_turned_away(lacking: Desk) -> None:
    assert lacking.take(unsigned(note("R60"))) == "rejected"
    assert lacking.report()["errors"] == 1


def test_an_unsigned_note_in_the_case_file_excuses_nothing(lacking: Desk) -> None:
    lacking.admit(unsigned(note("R60")))
    told = lacking.report()
    assert (told["acceptable"], told["overridden"]) == (False, 0)
    assert (told["exceptions"][0]["excuses"], told["exceptions"][0]["used"]) == ([], 0)
    assert {"R60", "G01"} <= {one["rule"] for one in told["findings"] if one["blocks"]}


def test_what_may_not_be_excused_is_not(whole_home: Path, tmp_path: Path) -> None:
    desk = copy_of(whole_home, tmp_path / "home")
    decision = next(one for one in samples() if one.step_id == "S5-04")
    paper = next((folder_of(desk.settings, decision.record_id) / "attachments").iterdir())
    paper.chmod(0o644)
    paper.write_bytes(b"%PDF-1.4 altered")
    assert "G06.digest" in {one["rule"] for one in desk.report()["findings"] if one["blocks"]}
    assert desk.take(note("G06")) == "admitted"
    told = desk.report()
    assert (told["acceptable"], told["overridden"], told["exceptions"][0]["used"]) == (False, 0, 0)
    assert told["exceptions"][0]["faults"] == ["规则G06不得以例外说明豁免"]
    assert "X-EXCEPTION" in {one["rule"] for one in told["findings"] if one["severity"] == "warning"}


def test_a_note_about_another_rule_does_not_help(lacking: Desk) -> None:
    lacking.take(note("CN-36"))
    told = lacking.report()
    assert (told["errors"], told["overridden"], told["exceptions"][0]["used"]) == (1, 0, 0)


# What is filed


def test_report_and_note_are_filed_in_the_batch_volume(lacking: Desk) -> None:
    lacking.take(note("R60"))
    acceptance = accepted(lacking.settings, lacking.register, BATCH, "周立", "吴验")
    assert any(NOTE in line for line in acceptance.explanations)
    file_batch(FilingRun(lacking.settings, lacking.register, BATCH, acceptance, workers=1))
    with lacking.register.reading() as connection:
        (batch,) = connection.execute(select(volume).where(volume.c.kind == "ZH")).all()
        items = connection.execute(select(item).where(item.c.volume == batch.seq).order_by(item.c.number)).all()
        kept = json.loads(connection.execute(select(filing.c.report)).scalar_one())
    assert [(one.manner, one.record) for one in items[:2]] == [("made", "roster"), ("made", "check")]
    (excused,) = [one for one in items if one.record == NOTE]
    assert excused.manner == "original"
    assert (kept["overridden"], kept["exceptions"][0]["record"]) == (1, NOTE)
    folder = lacking.settings.shelf / batch.object_id
    assert pdfa_faults(stored_file(folder, "volume.pdf")) == ()
    _pages_are_cited(stored_file(folder, "volume.pdf"), items[1], excused)
    filed_words = words_of(stored_file(folder, "items/002/form.docx").read_bytes())
    assert f"EX/001{excused.first_page}R60" in filed_words


def _pages_are_cited(pdf: Path, paper: Any, excused: Any) -> None:
    """See that the report's rows tell the volume pages of their records, and lead there."""
    reader = PdfReader(pdf)
    own = range(paper.first_page, paper.first_page + paper.pages)
    pages = [page for page, label in zip(reader.pages, reader.page_labels, strict=True) if label in map(str, own)]
    text = "".join("".join(page.extract_text().split()) for page in pages)
    assert "验收报告" in text
    assert f"EX/001{excused.first_page}R60" in text
    assert "个人卷" in text
    assert "@511000" not in text
    assert str(excused.first_page) in _targets(reader, pages)


def _targets(reader: PdfReader, pages: Sequence[Any]) -> set[str]:
    links = [note.get_object() for page in pages for note in page.get("/Annots", ())]
    named = reader.named_destinations
    places = (reader.get_destination_page_number(named[link["/Dest"]]) for link in links)
    return {reader.page_labels[place] for place in places if place is not None}


# What was altered, and what is filed


def _home_of_one(whole_home: Path, home: Path) -> tuple[Desk, Path]:
    desk = copy_of(whole_home, home)
    decision = next(one for one in samples() if one.step_id == "S5-04")
    return desk, folder_of(desk.settings, decision.record_id)


def _altered(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\n")


def test_an_altered_record_is_named_and_not_to_be_used(
    whole_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, folder = _home_of_one(whole_home, tmp_path / "home")
    before = hashlib.sha256((folder / "record.xml").read_bytes()).hexdigest()
    _altered(folder / "record.xml")
    after = hashlib.sha256((folder / "record.xml").read_bytes()).hexdigest()
    (told,) = [one for one in desk.report()["findings"] if one["blocks"]]
    assert (told["rule"], told["record"], told["remedy"]) == ("G12", f"{BATCH}/S5-04/001", "停止使用，从备份恢复")
    assert told["message"] == f"记录原件record.xml被改动：登记的校验码{before[:12]}…，现为{after[:12]}…"
    with pytest.raises(FaultsFound):
        desk.tell()
    assert f"位置：记录{BATCH}/S5-04/001；处理：停止使用，从备份恢复" in capsys.readouterr().out


def test_an_altered_word_form_is_not_taken_for_the_record(whole_home: Path, tmp_path: Path) -> None:
    desk, folder = _home_of_one(whole_home, tmp_path / "home")
    _altered(folder / "form.docx")
    (told,) = [one for one in desk.report()["findings"] if one["blocks"]]
    assert told["message"].startswith("由记录印成的Word文书form.docx被改动：")
    (folder / "form.docx").unlink()
    (told,) = [one for one in desk.report()["findings"] if one["blocks"]]
    assert "文件已不在" in told["message"]


def test_the_word_form_told_of_can_be_printed_the_same_again(whole: Desk, tmp_path: Path) -> None:
    decision = next(one for one in samples() if one.step_id == "S5-04")
    folder = folder_of(whole.settings, decision.record_id)
    stored = (folder / "record.xml").read_bytes()
    again = word_form(form_of(record_of(parse(stored, decision.record_id), stored)))
    assert again == (folder / "form.docx").read_bytes()


def test_a_record_that_can_no_longer_be_read_is_named(whole_home: Path, tmp_path: Path) -> None:
    desk, folder = _home_of_one(whole_home, tmp_path / "home")
    (folder / "record.xml").chmod(0o644)
    (folder / "record.xml").write_bytes(b"<record")
    with pytest.raises(ArchiveDamaged, match=f"记录{BATCH}/S5-04/001的原件.*从备份恢复"):
        desk.report()


def test_an_altered_attachment_is_called_altered(whole_home: Path, tmp_path: Path) -> None:
    desk, folder = _home_of_one(whole_home, tmp_path / "home")
    paper = next((folder / "attachments").iterdir())
    _altered(paper)
    (told,) = [one for one in desk.report()["findings"] if one["blocks"]]
    assert told["rule"] == "G06.digest"
    assert told["message"].startswith(f"附件{paper.name}被改动：")
    assert told["record"] == f"{BATCH}/S5-04/001"


def test_a_filed_batch_is_said_to_be_filed(
    whole_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = copy_of(whole_home, tmp_path / "home")
    acceptance = accepted(desk.settings, desk.register, BATCH, "周立", "吴验")
    file_batch(FilingRun(desk.settings, desk.register, BATCH, acceptance, workers=1))
    desk.tell()
    shown = capsys.readouterr()
    numbers = desk.report()["filed"]
    assert numbers
    assert all(number.rpartition("-")[0] in shown.err for number in numbers)
    assert f"批次 {BATCH} 已经立卷：" in shown.err
    assert "可以验收" not in shown.err
