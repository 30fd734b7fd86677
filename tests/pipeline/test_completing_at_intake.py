"""Records as people write them, dropped for real: taken, completed, what was sent kept, and all of it told."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select

from archive.reading.admitted import admitted_record
from archive.register.case_folders import folder_of
from archive.register.opening import open_register
from archive.register.tables import ledger, verdict
from archive.verify import verify
from jishi.findings import Severity
from jishi.records import R
from jishi.settings import Settings
from pipeline.intake import watch
from pipeline.intake.verdict_line import VerdictLine
from rehearsal.batch import SampleRecord
from tests.intake_home import codes, drop, file_name, make, sample, samples, take_in, zipped

Edit = Callable[[etree._Element], None]


def edited(one: SampleRecord, *edits: Edit) -> bytes:
    root = etree.fromstring(one.xml)
    for edit in edits:
        edit(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def put(settings: Settings, one: SampleRecord, *edits: Edit, name: str = "") -> bytes:
    """Drop a record as somebody wrote it, its papers beside it."""
    drop(settings.drop, [one])
    (settings.drop / file_name(one)).unlink()
    data = edited(one, *edits)
    (settings.drop / (name or file_name(one))).write_bytes(data)
    return data


def without(*keys: str) -> Edit:
    def edit(root: etree._Element) -> None:
        for node in root.iterfind(f"{R}attachment"):
            for key in keys:
                node.attrib.pop(key)

    return edit


def text(path: str, value: str) -> Edit:
    def edit(root: etree._Element) -> None:
        node = root.find("/".join(f"{R}{part}" for part in path.split("/")))
        assert node is not None
        node.text = value

    return edit


def rewritten(path: str, write: Callable[[str], str]) -> Edit:
    def edit(root: etree._Element) -> None:
        node = root.find("/".join(f"{R}{part}" for part in path.split("/")))
        assert node is not None and node.text
        node.text = write(node.text)

    return edit


def by_its_file(root: etree._Element) -> None:
    signature, paper = root.find(f"{R}responsible"), root.find(f"{R}attachment")
    assert signature is not None and paper is not None
    signature.set("signRef", paper.get("file", ""))


def stepless(root: etree._Element) -> None:
    del root.attrib["stepId"]


def naming_a_form(root: etree._Element) -> None:
    etree.SubElement(root, f"{R}attachment", id="att-99", name="任免表", kind="任免表", file="卢思乔.lrmx")


def attribute(path: str, key: str, value: str) -> Edit:
    def edit(root: etree._Element) -> None:
        node = root if not path else root.find("/".join(f"{R}{part}" for part in path.split("/")))
        assert node is not None
        node.set(key, value)

    return edit


def name_of(one: SampleRecord, path: str) -> tuple[str, str]:
    """Return the name and number of whom an element of a record refers to."""
    root = etree.fromstring(one.xml)
    node = root.find("/".join(f"{R}{part}" for part in path.split("/")))
    assert node is not None
    key = node.get("ref", "")
    person = root.find(f"{R}people/{R}person[@id='{key}']")
    assert person is not None
    return person.get("name", ""), key


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Make a home that has the batch opened and its roster."""
    settings = make(tmp_path / "库")
    drop(settings.drop, [one for one in samples() if one.step_id in ("S1-01", "S1-08")])
    assert {line.outcome.value for line in take_in(settings)} == {"admitted"}
    return settings


def only(told: list[VerdictLine]) -> VerdictLine:
    (line,) = told
    return line


def admitted_root(settings: Settings, one: SampleRecord) -> etree._Element:
    return etree.fromstring((folder_of(settings, one.record_id) / "record.xml").read_bytes())


def said(root: etree._Element) -> list[object]:
    return [(node.tag, sorted(node.items()), (node.text or "").strip()) for node in root.iter()]


def unlike(settings: Settings) -> list[str]:
    """Return the codes of what verifying finds altered or out of place."""
    return [one.code for one in verify(settings, open_register(settings)).findings if one.severity is Severity.ERROR]


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
AS_PEOPLE_WRITE: dict[str, tuple[Edit, ...]] = {
    "no sizes, digests and pages": (without("bytes", "sha256", "pages"),),
    "no formats": (without("mediaType", "bytes"),),
    "a day": (rewritten("content/heldOn", lambda day: "{}年{}月{}日".format(*day.split("-"))),),
    "a yes": (text("content/validMeeting", "是"),),
    "a figure": (rewritten("content/actual", lambda figures: f"{figures.translate(WIDE)}人"),),
    "a role": (attribute("responsible", "role", "主持人"), text("knowers/role", "组织部长")),
    "small letters": (attribute("", "recordId", "511000-2026-p003/s2-04/001"), attribute("", "stepId", "s2-04"),
                      text("batch", "５１１０００-2026-p003")),
    "no step": (stepless,),
    "a paper by its file": (by_its_file,),
}  # fmt: skip


@pytest.mark.parametrize("edits", AS_PEOPLE_WRITE.values(), ids=AS_PEOPLE_WRITE)
def test_a_record_as_people_write_it_is_taken_completed_and_what_was_sent_is_kept(
    home: Settings, edits: tuple[Edit, ...]
) -> None:
    one = sample("S2-04")
    sent = put(home, one, *edits)
    line = only(take_in(home))
    assert (line.outcome.value, codes(line)) == ("admitted", ["X-COMPLETED"])
    folder = folder_of(home, one.record_id)
    assert (folder / "sent.xml").read_bytes() == sent
    assert (folder / "record.xml").read_bytes() != sent
    assert said(admitted_root(home, one)) == said(etree.fromstring(one.xml))
    assert unlike(home) == []


def test_what_was_completed_is_told_at_admission_and_shown_ever_after(home: Settings) -> None:
    one = sample("S2-04")
    sent = put(home, one, without("bytes"), text("content/validMeeting", "是"))
    line = only(take_in(home))
    papers = len(one.attachments)
    assert f"系统补全了{papers + 1}处：" in line.findings[0].message
    assert "会议是否有效：“是”作“true”" in line.findings[0].message
    assert "sent.xml" in line.findings[0].remedy
    shown = admitted_record(home, open_register(home), one.record_id)
    assert shown.completed == line.findings[0].message
    assert Path(shown.sent).read_bytes() == sent
    with open_register(home).reading() as connection:
        (kept,) = connection.scalars(select(verdict.c.findings).where(verdict.c.record == one.record_id))
        (detail,) = connection.scalars(select(ledger.c.detail).where(ledger.c.subject == one.record_id))
    assert json.loads(kept)[0]["code"] == "X-COMPLETED"
    assert json.loads(detail)["sent"] == hashlib.sha256(sent).hexdigest()
    assert json.loads(detail)["findings"] == hashlib.sha256(kept.encode()).hexdigest()


def test_a_complete_record_is_kept_byte_for_byte_and_nothing_is_said_of_completing(home: Settings) -> None:
    one = sample("S2-04")
    drop(home.drop, [one])
    line = only(take_in(home))
    folder = folder_of(home, one.record_id)
    assert (folder / "record.xml").read_bytes() == one.xml
    assert (line.findings, (folder / "sent.xml").exists()) == ((), False)
    with open_register(home).reading() as connection:
        (kept,) = connection.scalars(select(verdict.c.findings).where(verdict.c.record == one.record_id))
        (detail,) = connection.scalars(select(ledger.c.detail).where(ledger.c.subject == one.record_id))
    assert kept == "[]"
    assert not {"sent", "findings"} & json.loads(detail).keys()


def test_a_complete_record_is_not_looked_at_for_completing(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.examiner.completed", lambda *_: pytest.fail("looked at"))
    drop(home.drop, samples())
    assert {line.outcome.value for line in take_in(home)} <= {"admitted", "duplicate"}


def test_somebody_of_the_record_may_be_named_however_the_name_is_spaced(home: Settings) -> None:
    one = sample("S2-04")
    name, key = name_of(one, "recorder")
    put(home, one, attribute("recorder", "ref", f" {name[0]}　{name[1:]}"))
    assert only(take_in(home)).outcome.value == "admitted"
    assert admitted_root(home, one).find(f"{R}recorder[@ref='{key}']") is not None


def test_somebody_only_the_case_files_know_is_listed_as_they_know_him(home: Settings) -> None:
    one = sample("S2-04")
    theirs = etree.fromstring(sample("S1-08").xml).iterfind(f"{R}people/{R}person")
    listed = {node.get("id") for node in etree.fromstring(one.xml).iterfind(f"{R}people/{R}person")}
    person = next(node for node in theirs if node.get("id") not in listed and not node.get("no"))
    put(home, one, attribute("recorder", "ref", person.get("name", "")))
    line = only(take_in(home))
    assert (
        f"所涉人员：补“{person.get('name')}”（{person.get('org')}，{person.get('post')}）" in line.findings[0].message
    )
    found = admitted_root(home, one).find(f"{R}people/{R}person[@id='{person.get('id')}']")
    assert found is not None and sorted(found.items()) == sorted(person.items())


def test_somebody_listed_by_name_alone_gets_the_number_the_case_files_know_him_by(home: Settings) -> None:
    one = sample("S2-04")
    name, key = name_of(sample("S1-01"), "recorder")
    if name_of(one, "recorder") != (name, key):
        pytest.skip("the sample has another recorder")

    def nameless(root: etree._Element) -> None:
        person = root.find(f"{R}people/{R}person[@id='{key}']")
        assert person is not None
        del person.attrib["id"]
        for node in root.iter("*"):
            if node.get("ref") == key:
                node.set("ref", name)

    put(home, one, nameless)
    line = only(take_in(home))
    assert line.outcome.value == "admitted"
    assert f"人员“{name}”：补人员编号“{key}”" in line.findings[0].message


def test_somebody_of_another_unit_with_a_known_name_is_not_taken_for_him(home: Settings) -> None:
    one = sample("S2-04")
    _, key = name_of(sample("S1-01"), "recorder")

    def stranger(root: etree._Element) -> None:
        person = root.find(f"{R}people/{R}person[@id='{key}']")
        assert person is not None
        del person.attrib["id"]
        person.set("org", "远江市民政局")

    sent = put(home, one, stranger)
    line = only(take_in(home))
    assert line.outcome.value == "rejected"
    assert any("人员编号" in found.message for found in line.findings)
    assert sent in [path.read_bytes() for path in (home.rejected).rglob("*.xml")]


def test_a_completed_record_that_comes_again_is_a_double_and_goes_back_as_it_was_sent(home: Settings) -> None:
    one = sample("S2-04")
    put(home, one, without("bytes"))
    take_in(home)
    again = put(home, one, without("pages"))
    line = only(take_in(home))
    assert line.outcome.value == "duplicate"
    assert [path.read_bytes() for path in home.duplicate.rglob("*.xml")] == [again]
    assert unlike(home) == []


def test_a_completed_record_that_contradicts_another_goes_back_as_it_was_sent(home: Settings) -> None:
    one = sample("S2-04")
    drop(home.drop, [one])
    take_in(home)
    sent = put(home, one, without("bytes"), text("place", "另一处会议室"))
    line = only(take_in(home))
    assert codes(line) == ["D-CONFLICT"]
    assert [path.read_bytes() for path in home.rejected.rglob("*.xml")] == [sent]


def test_a_record_that_waits_is_completed_once_and_admitted_with_what_was_sent(tmp_path: Path) -> None:
    settings = make(tmp_path / "库")
    one = sample("S2-04")
    sent = put(settings, one, without("bytes", "sha256"))
    assert only(take_in(settings)).outcome.value == "waiting"
    assert unlike(settings) == []
    drop(settings.drop, [sample("S1-01")])
    told = {line.record: line for line in take_in(settings)}
    assert codes(told[one.record_id]) == ["X-COMPLETED"]
    assert (folder_of(settings, one.record_id) / "sent.xml").read_bytes() == sent
    assert unlike(settings) == []


def test_a_changed_original_is_found_by_verifying(home: Settings) -> None:
    one = sample("S2-04")
    put(home, one, without("bytes"))
    take_in(home)
    (folder_of(home, one.record_id) / "sent.xml").write_bytes(b"<record/>")
    assert unlike(home) == ["A-CASE"]


@pytest.mark.parametrize("point", ["claimed", "durable", "admitted", "finished"])
def test_a_crash_on_the_way_of_a_completed_record_loses_nothing_of_what_was_sent(home: Settings, point: str) -> None:
    class Crash(BaseException):
        pass

    def stop(step: str) -> None:
        if step == point:
            raise Crash

    one = sample("S2-04")
    sent = put(home, one, without("bytes"))
    with pytest.raises(Crash):
        take_in(home, on_step=stop)
    take_in(home)
    folder = folder_of(home, one.record_id)
    assert (folder / "sent.xml").read_bytes() == sent
    assert list(home.work.glob("*-*")) == []
    assert unlike(home) == []


# What cannot be completed


def test_all_faults_of_all_layers_are_told_at_once_judged_on_the_completed_record(home: Settings) -> None:
    one = sample("S2-04")
    sent = put(home, one, without("bytes", "pages"), text("content/heldOn", "大约三月"),
               text("content/validMeeting", "是"), text("content/actual", "1人"))  # fmt: skip
    line = only(take_in(home))
    assert line.outcome.value == "rejected"
    errors = [found for found in line.findings if found.severity.value == "error"]
    assert errors[0].place == "召开日期"
    assert errors[0].remedy.startswith("写成2026年3月5日")
    assert {found.code for found in errors} > {"X-SCHEMA"}
    assert [found for found in errors if "字节数" in found.message or "会议是否有效" in found.message] == []
    assert [path.read_bytes() for path in home.rejected.rglob("*.xml")] == [sent]


def test_of_a_missing_paper_only_that_it_is_missing_is_told(home: Settings) -> None:
    one = sample("S2-04")
    drop(home.work.parent / "别处", [one])
    elsewhere = home.work.parent / "别处"
    (elsewhere / file_name(one)).write_bytes(edited(one, without("bytes", "sha256", "pages")))
    (elsewhere / one.attachments[0].name).unlink()
    line = only(take_in_paths(home, elsewhere))
    assert codes(line) == ["F-MISSING"]


def take_in_paths(settings: Settings, path: Path) -> list[VerdictLine]:
    told: list[VerdictLine] = []
    watch.intake_once(settings, [path], told.append)
    return told


# 任免表


@pytest.mark.parametrize("name", ["卢思乔.lrmx", "卢思乔.LRMX", "卢思乔.lrm", "卢思乔.pic"])
def test_a_form_dropped_alone_goes_back_at_once_with_what_to_do_with_it(home: Settings, name: str) -> None:
    home.drop.mkdir(exist_ok=True)
    (home.drop / name).write_bytes(b"<Person><XingMing/></Person>")
    line = only(take_in(home))
    assert (line.outcome.value, codes(line)) == ("rejected", ["N-FORMAT"])
    assert "jishi fill" in line.findings[0].remedy
    assert [path.read_bytes() for path in home.rejected.rglob(name)] == [b"<Person><XingMing/></Person>"]


def test_a_form_beside_a_record_that_does_not_name_it_goes_back_and_the_record_is_taken(home: Settings) -> None:
    one = sample("S2-04")
    drop(home.drop, [one])
    (home.drop / "卢思乔.lrmx").write_bytes(b"<Person/>")
    assert {line.submission: line.outcome.value for line in take_in(home)} == {
        file_name(one): "admitted", "卢思乔.lrmx": "rejected"
    }  # fmt: skip


def test_a_form_a_record_names_stays_with_that_record(home: Settings) -> None:
    one = sample("S2-04")
    put(home, one, naming_a_form)
    (home.drop / "卢思乔.lrmx").write_bytes(b"<Person/>")
    line = only(take_in(home))
    assert line.outcome.value == "rejected"
    assert [path.read_bytes() for path in home.rejected.rglob("卢思乔.lrmx")] == [b"<Person/>"]


def test_a_form_in_a_zip_is_told_how_it_is_used(home: Settings) -> None:
    zipped(home.drop / "包.zip", [sample("S2-04")])
    with zipfile.ZipFile(home.drop / "包.zip", "a") as archive:
        archive.writestr("卢思乔.lrmx", "<Person/>")
    line = next(line for line in take_in(home) if line.outcome.value == "rejected")
    assert codes(line) == ["N-ORPHAN"]
    assert "jishi fill" in line.findings[0].remedy
