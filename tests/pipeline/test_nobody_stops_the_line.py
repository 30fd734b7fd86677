"""One submission costs itself only: whatever goes wrong with it, the others are taken and nothing is lost."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from jishi.errors import CalendarUnknown, PartMissing
from jishi.settings import Settings
from jishi.workdays import WorkCalendar
from pipeline.intake.claims import Claim, read_claim
from pipeline.intake.drop_folder import pending
from pipeline.intake.examiner import Examined, Examiner
from pipeline.intake.isolated_examiner import IsolatedExaminer
from pipeline.intake.submission import Kind
from pipeline.intake.watch import Watcher
from tests.intake_home import codes, digests, drop, file_name, make, outcomes, sample, samples, take_in, zipped

FIRST = sample("S1-01")
OTHERS = samples()[1:4]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make(tmp_path / "home")


# Our own faults


def failing(*_: object, **__: object) -> Any:
    raise RuntimeError("boom")


STEPS = {
    "opening a zip": ("pipeline.intake.claiming.unpack", "坏.zip"),
    "the records of a zip": ("pipeline.intake.claiming.Claiming._members", "坏.zip"),
    "looking at a paper": ("pipeline.intake.claiming.Claiming._paper_fault", "孤.pdf"),
    "reading a record": ("pipeline.intake.examiner.safe_xml.parse", "坏.xml"),
    "judging a record": ("pipeline.intake.validate.RecordJudge.judge", "坏.xml"),
    "the letters of a record": ("pipeline.intake.examiner.Examiner._letters", "坏.xml"),
    "its attachments": ("pipeline.intake.attachments.AttachmentChecker.look", "坏.xml"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_of_ours_in_any_step_refuses_this_one_and_keeps_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target, name = STEPS[step]
    if name.endswith(".zip"):
        zipped(settings.drop / name, [OTHERS[0]])
    else:
        (settings.drop / name).write_bytes(OTHERS[0].xml.replace(b"<attachment", b"<a") if name[-3:] == "xml" else b"x")
    before = digests(settings)
    monkeypatch.setattr(target, failing)
    told = take_in(settings, wall=lambda: time.time() + 8 * 86_400)
    assert [codes(line) for line in told if line.outcome.value == "rejected"] == [["P-BUG"]]
    monkeypatch.undo()
    assert before - digests(settings) == {} or name.endswith(".zip")
    drop(settings.drop, [FIRST])
    assert outcomes(take_in(settings)) == {file_name(FIRST): "admitted"}


def test_a_refusal_that_fails_too_leaves_the_submission_alone_and_stops_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.drop / "坏.zip").write_bytes(b"PK")
    drop(settings.drop, [FIRST])
    monkeypatch.setattr("pipeline.intake.verdicts.Verdicts._papers", failing)
    assert outcomes(take_in(settings)) == {file_name(FIRST): "admitted"}
    assert [path.name for path in settings.work.iterdir() if path.is_dir()] != []
    monkeypatch.undo()
    assert [codes(line) for line in take_in(settings)] == [["Z-BROKEN"]]


def test_a_fault_while_taking_leaves_the_thing_in_the_drop_and_takes_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.intake.claims import Claims

    def take(desk: Claims, path: Path, *rest: Any) -> Claim:
        return failing() if path.name == "坏.xml" else whole(desk, path, *rest)

    whole = Claims.take
    monkeypatch.setattr(Claims, "take", take)
    (settings.drop / "坏.xml").write_bytes(b"<a/>")
    drop(settings.drop, [FIRST])
    watcher = Watcher(settings)
    watcher._look()
    watcher.close()
    assert watcher.summary.admitted == 1
    assert (settings.drop / "坏.xml").exists()


# What stands in work/


@pytest.mark.parametrize(
    "note",
    [b"", b"{", b"[" * 100_000, b"[]", b'{"kind": "record"}', b'{"kind": "x", "name": 1, "at": 2, "files": 3}', b"\xff",
     json.dumps({"kind": "record", "name": "x", "at": "2026-01-01", "origin": "", "files": ["../../x"]}).encode()],
)  # fmt: skip
def test_no_note_of_a_claim_stops_a_start_and_what_it_belongs_to_is_brought_to_its_verdict(
    settings: Settings, note: bytes
) -> None:
    for token, name, data in (
        ("0123abcd-000001", "record.xml", b"<a/>"), ("0123abcd-000002", "parcel.zip", b"PK"),
        ("0123abcd-000003", "原件", b""), ("0123abcd-000004", "fremd.bin", b"x"),
    ):  # fmt: skip
        folder = settings.work / token
        folder.mkdir(parents=True)
        (folder / "claim.json").write_bytes(note)
        if data:
            (folder / name).write_bytes(data)
        else:
            (folder / name).mkdir()
            (folder / name / "孤.pdf").write_bytes(b"x")
    drop(settings.drop, [FIRST])
    told = take_in(settings)
    assert outcomes(told).pop(file_name(FIRST)) == "admitted"
    assert sorted(code for line in told for code in codes(line)) == ["N-ORPHAN", "X-TYPE", "Z-BROKEN"]
    assert (settings.work / "0123abcd-000004" / "fremd.bin").exists()


def test_strange_things_in_work_stop_no_start(settings: Settings) -> None:
    settings.work.mkdir(parents=True, exist_ok=True)
    (settings.work / "0123abcd-000001").write_bytes(b"a file where a folder should be")
    (settings.work / ".0123abce.lock").mkdir()
    (settings.work / "夹").mkdir()
    (settings.work / "0123abcf-000001").mkdir()
    os.mkfifo(settings.work / "0123abcf-000001" / "claim.json")
    (settings.waiting / "0123abcd-000001").mkdir(parents=True)
    drop(settings.drop, [FIRST])
    assert outcomes(take_in(settings)) == {file_name(FIRST): "admitted"}


# A process of its own


def hanging(settings: Settings, line: Connection) -> None:
    line.send("ready")
    line.recv()
    signal.pause()


def dying(settings: Settings, line: Connection) -> None:
    line.send("ready")
    line.recv()
    os._exit(9)


def never_ready(settings: Settings, line: Connection) -> None:
    os._exit(9)


def examined(settings: Settings, stopping: Callable[[], bool] = lambda: False, seconds: float = 60.0) -> Examined:
    claim = Claim("0123abcd-000001", Kind.RECORD, "r.xml", "2026-11-21T20:34:55+08:00", "")
    apart = IsolatedExaminer(settings, stopping, seconds)
    try:
        return apart.examine(claim)
    finally:
        apart.close()


@pytest.mark.parametrize(("serve", "code"), [(hanging, "P-TIME"), (dying, "P-CRASH")])
def test_a_record_that_stalls_or_kills_its_process_is_one_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, serve: Callable[..., None], code: str
) -> None:
    monkeypatch.setattr("pipeline.intake.isolated_examiner._serve", serve)
    assert [one.code for one in examined(settings, seconds=0.1).findings] == [code]


def test_a_process_that_fails_over_a_known_good_record_blames_the_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.intake.isolated_examiner._serve", never_ready)
    with pytest.raises(PartMissing, match="没有退回任何材料"):
        examined(settings)


def test_a_stop_is_heard_while_a_record_stalls(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.isolated_examiner._serve", hanging)
    assert "停止" in examined(settings, stopping=lambda: True).obstacle


def test_a_large_record_is_examined_apart_and_comes_to_the_same_verdict(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.intake.workers._LARGE", 1000)
    drop(settings.drop, [FIRST, *OTHERS])
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}


# What waits for the administrator


def test_a_year_the_calendar_does_not_know_waits_seen_by_all_and_stops_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: WorkCalendar, day: dt.date) -> bool:
        raise CalendarUnknown(f"工作日历没有{day.year}年的节假日安排", day.year)

    monkeypatch.setattr(WorkCalendar, "is_workday", unknown)
    many = samples()[:20]
    drop(settings.drop, many)
    (settings.drop / "坏.xml").write_bytes(b"<a/>")
    told = take_in(settings)
    assert [line.submission for line in told if line.outcome.value == "rejected"] == ["坏.xml"]
    waiting = [line for line in told if line.outcome.value == "waiting" and "工作日历" in line.message]
    assert waiting
    shown = {one.name: one.message for one in pending(settings)}
    assert all("工作日历没有2026年" in shown[line.submission] for line in waiting)
    assert take_in(settings)  # another start tries again, and still nothing is refused
    monkeypatch.undo()
    told = take_in(settings)
    assert {line.outcome.value for line in told} == {"admitted"}
    assert pending(settings) == []
    assert len(list(settings.cases.rglob("record.xml"))) == len(many)


@pytest.mark.parametrize("year", [1950, 2200])
def test_a_year_no_calendar_will_ever_know_is_the_records_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    def unknown(*_: object) -> bool:
        raise CalendarUnknown("没有", year)

    monkeypatch.setattr("pipeline.intake.validate.RecordJudge.judge", unknown)
    drop(settings.drop, [FIRST])
    (refused,) = take_in(settings)
    assert codes(refused) == ["G03.year"]
    assert str(year) in refused.message


def test_a_day_that_has_not_come_yet_is_told(settings: Settings) -> None:
    day = (dt.date.today() + dt.timedelta(days=1)).isoformat()
    text = FIRST.xml.decode()
    place = text.index("<recordedOn>") + len("<recordedOn>")
    drop(settings.drop, [FIRST])
    (settings.drop / file_name(FIRST)).write_text(text[:place] + day + text[place + 10 :], "utf-8")
    (refused,) = take_in(settings)
    assert "G03.future" in codes(refused)
    assert any(f"纪实时间{day}还没有到" in one.message for one in refused.findings)


def test_an_examiner_that_runs_out_of_memory_refuses_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.intake.validate.RecordJudge.judge", full)
    drop(settings.drop, [FIRST])
    examiner = Examiner(settings)
    watcher = Watcher(settings)
    (claim,) = [
        claim
        for group in watcher._taking_in.claiming.from_drop(watcher._drop.scan(lambda *_: True).ready)
        for claim in group
    ]
    assert examiner.examine([claim])[0].obstacle == "内存不足"
    examiner.close()
    watcher.close()
    assert read_claim(settings.work / claim.token) == claim
