"""Scans of signed prints dropped into a home: alone they find their records, with their record they are looked into."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.reading.retrieve import Reader
from archive.reading.trace import trace
from archive.register.case_folders import folder_of, read_record
from archive.register.cases import Outcome
from archive.register.register import Register
from archive.verify import verify
from counter.output import Output
from counter.signing import print_sheet
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from jishi.settings import Settings
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.watch import Watcher, intake_once
from pipeline.sheets.sent import SentSheets
from press.coded_sheet import coded_sheet
from press.draft import Draft
from press.typeset import typesetter_of
from proofs.scanner import Harm
from rehearsal.batch import SampleRecord
from tests.intake_home import codes, drop, file_name, make, sample, take_in
from tests.pipeline.test_sheets import CLEAN, scan, stack

OPENING = "S1-01"
LATER = "S1-02"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make(tmp_path / "home")


def scan_of(one: SampleRecord) -> str:
    """Return the name of the paper that a sample record gives for its signatures."""
    record = record_of(parse(one.xml), one.xml)
    return next(paper.file for paper in record.attachments if paper.id == record.signatures[0].attachment)


def unsigned(one: SampleRecord) -> bytes:
    """Return a record as a clerk has it before it is signed: only the days are there."""
    return re.sub(r' (signKind|signRef)="[^"]*"', "", one.xml.decode()).encode()


def send(settings: Settings, desk: Path, one: SampleRecord, xml: bytes | None = None) -> Draft:
    """Print a record with all its papers but the scan beside it."""
    desk.mkdir(exist_ok=True)
    for paper in one.attachments:
        if paper.name != scan_of(one):
            (desk / paper.name).write_bytes(paper.data)
    path = desk / file_name(one)
    path.write_bytes(one.xml if xml is None else xml)
    print_sheet(settings.home, str(path), desk / "送签件.pdf", None, Output(False))
    return print_of(settings, path.read_bytes())


def print_of(settings: Settings, xml: bytes) -> Draft:
    return coded_sheet(record_of(parse(xml), xml), typesetter_of(settings))


def pages_of(draft: Draft, *, harm: Harm = CLEAN, empty: Sequence[int] = ()) -> list[Any]:
    return [scan(draft, page, harm=harm, empty=empty) for page in range(1, len(draft.sizes) + 1)]


def drop_scan(settings: Settings, data: bytes, name: str = "扫描0001.pdf") -> None:
    (settings.drop / name).write_bytes(data)


def slip_of(settings: Settings, line: VerdictLine) -> list[dict[str, str]]:
    values = json.loads((settings.home / line.place / "slip.json").read_text("utf-8"))
    found: list[dict[str, str]] = values["findings"]
    return found


def admitted(settings: Settings, one: SampleRecord) -> Record:
    return read_record(folder_of(settings, one.record_id))


def test_a_scan_dropped_alone_completes_its_record(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    draft = send(settings, tmp_path / "desk", one)
    data = stack(*pages_of(draft, harm=replace(CLEAN, skew=3, upside_down=True)))
    drop_scan(settings, data)
    told = take_in(settings)
    assert [(line.outcome, line.record) for line in told] == [(Outcome.ADMITTED, one.record_id)]
    record = admitted(settings, one)
    scans = {paper.id: paper for paper in record.attachments if paper.kind == "启动呈批件"}
    assert len(scans) == len(draft.sizes) and {mark.attachment for mark in record.signatures} <= scans.keys()
    assert hashlib.sha256(data).hexdigest()[:16] in next(iter(scans.values())).name
    assert codes(told[0]).count("S-SIGNED") == 1
    register = Register(settings.register_file)
    assert Reader(settings, register).proofs(one.record_id)[0].startswith("版面核对有笔迹：")
    assert verify(settings, register).findings == ()
    assert list(SentSheets(settings).all()) == []
    [kept] = [path for path in settings.received.rglob("*") if path.is_file()]
    assert kept.read_bytes() == data
    assert list(settings.drop.iterdir()) == []


def test_tracing_tells_how_signatures_were_proved(settings: Settings, tmp_path: Path) -> None:
    one, roster = sample(OPENING), sample("S1-08")
    draft = send(settings, tmp_path / "desk", one)
    drop_scan(settings, stack(*pages_of(draft)))
    take_in(settings)
    drop(settings.drop, [roster])
    take_in(settings)
    links = trace(settings, Register(settings.register_file), roster.person_no).links
    told = {link.record: link.proofs for link in links}
    assert told[roster.record_id] == () and told[one.record_id][0].startswith("版面核对有笔迹：")


def test_the_content_digest_of_a_completed_record_is_that_of_its_draft(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    draft = send(settings, tmp_path / "desk", one)
    drop_scan(settings, stack(*pages_of(draft)))
    take_in(settings)
    assert print_of(settings, (folder_of(settings, one.record_id) / "record.xml").read_bytes()).pdf == draft.pdf


def test_an_empty_cell_is_named_and_the_record_waits_until_it_is_signed(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    draft = send(settings, tmp_path / "desk", one)
    page = draft.cells[0].page
    drop_scan(settings, stack(*pages_of(draft, empty=[0])))
    [line] = take_in(settings)
    told = {finding["code"]: finding["message"] for finding in slip_of(settings, line)}
    mine = draft.cells[0].signatory
    assert told["S-EMPTY"] == f"第{page}页{mine.label}{mine.name}的签名栏没有笔迹"
    assert "S-JOINED" in told and not folder_of(settings, one.record_id).exists()
    [waiting] = SentSheets(settings).all()
    assert waiting.record == one.record_id and waiting.lacks == (told["S-EMPTY"],)
    drop_scan(settings, stack(scan(draft, page)), "补签.pdf")
    assert [line.outcome for line in take_in(settings)] == [Outcome.ADMITTED]


def test_a_mixed_stack_is_split_and_what_is_strange_in_it_is_named(settings: Settings, tmp_path: Path) -> None:
    first, second, unsent = sample(OPENING), sample(LATER), sample("S1-03")
    drafts = [send(settings, tmp_path / one.step_id, one) for one in (first, second)]
    foreign = print_of(settings, unsent.xml)
    old = print_of(settings, first.xml.replace("启动".encode(), "开启".encode(), 1))
    mixed = [*pages_of(drafts[1]), scan(foreign), *pages_of(drafts[0]), scan(old)]
    drop_scan(settings, stack(*mixed, tiff=True), "一叠.tif")
    told = take_in(settings)
    done = {line.record: line for line in told if line.outcome is Outcome.ADMITTED}
    assert done.keys() == {first.record_id, second.record_id}
    [line] = [line for line in told if line.outcome is Outcome.REJECTED]
    assert sorted(finding["code"] for finding in slip_of(settings, line)) == [
        "S-FOREIGN", "S-JOINED", "S-JOINED", "S-OLD"
    ]  # fmt: skip
    kept = [path for path in settings.received.rglob("*") if path.is_file()]
    assert [path.suffix for path in kept] == [".tif"]


def test_a_paper_without_codes_waits_for_its_record_as_before(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    send(settings, tmp_path / "desk", one)
    drop_scan(settings, one.attachments[0].data, "附件.pdf")
    [line] = take_in(settings)
    assert line.outcome is Outcome.WAITING and "没有记录引用" in line.message
    assert (settings.drop / "附件.pdf").exists()


def test_without_days_of_signing_or_papers_a_record_waits_and_is_completed_when_printed_again(
    settings: Settings, tmp_path: Path
) -> None:
    one, desk = sample(OPENING), tmp_path / "desk"
    undated = re.sub(rb' signedOn="[^"]*"', b"", unsigned(one))
    bare = re.sub(rb"  <attachment [^>]*/>\n", b"", undated, count=1)
    draft = send(settings, desk, one, bare)
    drop_scan(settings, stack(*pages_of(draft)))
    [line] = take_in(settings)
    assert "S-DAY" in {finding["code"] for finding in slip_of(settings, line)}
    dated = re.sub(rb"  <attachment [^>]*/>\n", b"", unsigned(one), count=1)
    assert send(settings, desk, one, dated).pdf == draft.pdf
    assert [line.outcome for line in take_in(settings)] == [Outcome.ADMITTED]


@pytest.mark.parametrize("step", ["claimed", "joined", "received", "durable", "admitted"])
def test_a_crash_at_any_point_loses_no_page_and_admits_once(settings: Settings, tmp_path: Path, step: str) -> None:
    class Crash(BaseException):
        pass

    def crash(passed: str) -> None:
        if passed == step:
            raise Crash

    one = sample(OPENING)
    draft = send(settings, tmp_path / "desk", one)
    drop_scan(settings, stack(*pages_of(draft)))
    watcher = Watcher(settings, on_step=crash)
    with pytest.raises(Crash):
        watcher.run(until_idle=True)
    watcher.close()
    take_in(settings)
    assert admitted(settings, one).id == one.record_id
    assert len([path for path in settings.received.rglob("*") if path.is_file()]) == 1
    assert not any(path.is_file() for path in settings.rejected.rglob("*"))
    assert not any(path.is_file() for path in settings.duplicate.rglob("*"))


# With its record


def with_scan(one: SampleRecord, data: bytes, pages: int) -> SampleRecord:
    """Return a record whose signatures cite a scan."""
    name, old = scan_of(one), next(paper for paper in one.attachments if paper.name == scan_of(one))
    text = one.xml.decode()
    text = text.replace(hashlib.sha256(old.data).hexdigest(), hashlib.sha256(data).hexdigest())
    text = re.sub(rf'(file="{re.escape(name)}"[^>]*?bytes=")\d+', rf"\g<1>{len(data)}", text)
    text = re.sub(rf'(file="{re.escape(name)}"[^>]*?pages=")\d+', rf"\g<1>{pages}", text)
    papers = tuple(replace(paper, data=data) if paper.name == name else paper for paper in one.attachments)
    return replace(one, xml=text.encode(), attachments=papers)


@pytest.mark.parametrize(("empty", "code"), [((), "S-SIGNED"), ((0,), "S-EMPTY")])
def test_a_scan_that_comes_with_its_record_is_looked_into(
    settings: Settings, tmp_path: Path, empty: tuple[int, ...], code: str
) -> None:
    one = sample(OPENING)
    draft = send(settings, tmp_path / "desk", one)
    data = stack(*pages_of(draft, empty=empty))
    drop(settings.drop, [with_scan(one, data, len(draft.sizes))])
    [line] = take_in(settings)
    assert line.outcome is (Outcome.REJECTED if empty else Outcome.ADMITTED)
    assert code in codes(line)


def test_a_scan_that_is_not_the_print_is_admitted_and_said_to_be_unchecked(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    send(settings, tmp_path / "desk", one)
    drop(settings.drop, [one])
    [line] = take_in(settings)
    assert line.outcome is Outcome.ADMITTED and "S-PLAIN" in codes(line)


def test_a_record_signed_on_an_older_print_is_refused(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    send(settings, tmp_path / "desk", one)
    old = print_of(settings, one.xml.replace("启动".encode(), "开启".encode(), 1))
    drop(settings.drop, [with_scan(one, stack(*pages_of(old)), len(old.sizes))])
    [line] = take_in(settings)
    assert line.outcome is Outcome.REJECTED and "S-OLD" in codes(line)


def test_a_scan_named_on_the_command_line_is_taken_and_stays_where_it_is(settings: Settings, tmp_path: Path) -> None:
    one = sample(OPENING)
    draft = send(settings, tmp_path / "desk", one)
    path, plain = tmp_path / "扫描.pdf", tmp_path / "附件.pdf"
    path.write_bytes(stack(*pages_of(draft)))
    plain.write_bytes(one.attachments[0].data)
    told: list[VerdictLine] = []
    intake_once(settings, [path, plain], told.append)
    assert [(line.outcome, line.submission) for line in told] == [
        (Outcome.WAITING, "附件.pdf"), (Outcome.ADMITTED, file_name(one))
    ]  # fmt: skip
    assert path.exists() and plain.exists()
