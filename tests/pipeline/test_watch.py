from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive.register.case_folders import folder_of
from archive.register.register import Register
from archive.register.tables import verdict
from jishi.durable import take
from jishi.errors import ExitCode, NotFound, PartMissing, SettingsInvalid, TryLater
from jishi.settings import Settings
from pipeline.intake.folder_events import polls
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.watch import Watcher, intake_once, reject_waiting
from tests.intake_home import codes, drop, file_name, make, outcomes, records_in, sample, samples, take_in, zipped

DAY = 86_400.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make(tmp_path / "home")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def verdicts(settings: Settings) -> list[tuple[str, str]]:
    with Register(settings.register_file).reading() as connection:
        return [(row.outcome, row.place) for row in connection.execute(verdict.select().order_by(verdict.c.seq))]


# What becomes of what is dropped


def test_a_dropped_batch_is_admitted_whole_and_nothing_is_left(settings: Settings) -> None:
    drop(settings.drop, samples())
    told = take_in(settings)
    assert {line.outcome.value for line in told} == {"admitted"}
    assert sorted(line.record for line in told) == sorted(one.record_id for one in samples())
    assert names(settings.drop) == names(settings.work) == []
    for one in samples():
        folder = folder_of(settings, one.record_id)
        assert (folder / "record.xml").read_bytes() == one.xml
        assert (folder / "form.docx").stat().st_size > 1000
        for paper in one.attachments:
            assert (folder / "attachments" / paper.name).read_bytes() == paper.data


def test_the_order_of_arrival_does_not_matter(settings: Settings) -> None:
    late = [one for one in samples() if one.step_id not in ("S1-01", "S1-08")]
    drop(settings.drop, late[:6])
    told = take_in(settings)
    assert {line.outcome.value for line in told} == {"waiting"}
    assert all("等待" in line.message for line in told)
    drop(settings.drop, [one for one in samples() if one.step_id in ("S1-01", "S1-08")])
    told = take_in(settings)
    assert {line.outcome.value for line in told} == {"admitted"}
    assert len(told) >= 6 + 2
    assert names(settings.waiting) == []


def test_a_folder_is_one_submission_and_goes_when_all_of_it_is_taken(settings: Settings) -> None:
    drop(settings.drop / "甲" / "里", samples()[:4])
    assert set(outcomes(take_in(settings)).values()) <= {"admitted", "waiting"}
    take_in(settings)
    assert names(settings.drop) == []


def test_a_zip_is_opened_its_records_admitted_and_the_zip_kept(settings: Settings) -> None:
    zipped(settings.drop / "材料.zip", samples(), "夹/")
    data = (settings.drop / "材料.zip").read_bytes()
    told = take_in(settings)
    assert {line.outcome.value for line in told} == {"admitted"}
    assert len(told) == len(samples())
    assert told[0].submission.startswith("材料.zip/夹/")
    (kept,) = (settings.home / "received").rglob("*.zip")
    assert kept.read_bytes() == data
    assert names(settings.work) == []


def test_files_in_a_zip_that_no_record_names_are_returned(settings: Settings) -> None:
    import zipfile

    zipped(settings.drop / "材料.zip", [sample("S1-01")])
    with zipfile.ZipFile(settings.drop / "材料.zip", "a") as archive:
        archive.writestr("读我.docx", b"PKsomething")
    told = take_in(settings)
    assert outcomes(told)[f"材料.zip/{file_name(sample('S1-01'))}"] == "admitted"
    (refused,) = (line for line in told if line.outcome.value == "rejected")
    assert codes(refused) == ["N-ORPHAN"]
    assert "读我.docx" in refused.message
    assert (settings.home / refused.place / "原件" / "读我.docx").read_bytes() == b"PKsomething"


def test_a_bad_zip_is_returned_whole(settings: Settings) -> None:
    (settings.drop / "坏.zip").write_bytes(b"PK\x03\x04 not really")
    (refused,) = take_in(settings)
    assert codes(refused) == ["Z-BROKEN"]
    assert (settings.home / refused.place / "原件" / "坏.zip").read_bytes() == b"PK\x03\x04 not really"


def test_a_record_in_a_zip_without_its_attachment_is_returned_at_once(settings: Settings) -> None:
    zipped(settings.drop / "缺.zip", [replace(sample("S1-01"), attachments=())])
    (refused,) = take_in(settings)
    assert set(codes(refused)) == {"F-MISSING"}


def test_a_double_is_moved_aside_with_a_note_that_names_the_first(settings: Settings) -> None:
    one = sample("S1-01")
    drop(settings.drop, [one])
    take_in(settings)
    drop(settings.drop, [one])
    (double,) = take_in(settings)
    assert double.outcome.value == "duplicate"
    folder = settings.home / double.place
    assert folder.is_relative_to(settings.duplicate)
    assert one.record_id in (folder / "note.txt").read_text("utf-8")
    assert json.loads((folder / "note.json").read_bytes())["record"] == one.record_id
    assert (folder / "record.xml").read_bytes() == one.xml
    assert verdicts(settings)[-1] == ("duplicate", double.place)


def test_the_same_number_with_other_content_is_returned(settings: Settings) -> None:
    one = sample("S1-01")
    drop(settings.drop, [one])
    take_in(settings)
    other = replace(one, xml=one.xml.replace(b"</place>", "（另）</place>".encode()))
    drop(settings.drop, [other])
    (refused,) = take_in(settings)
    assert codes(refused) == ["D-CONFLICT"]
    assert (settings.home / refused.place / "原件" / file_name(one)).read_bytes() == other.xml


def test_a_returned_record_keeps_its_papers_and_can_be_dropped_again_as_it_lies(settings: Settings) -> None:
    one = sample("S1-01")
    broken = replace(one, xml=one.xml.replace(b"<place>", b"<platz>").replace(b"</place>", b"</platz>"))
    drop(settings.drop, [broken])
    (refused,) = take_in(settings)
    folder = settings.home / refused.place
    assert set(names(folder)) == {"claim.json", "slip.html", "slip.json", "原件"}
    assert json.loads((folder / "slip.json").read_bytes())["record"] == one.record_id
    assert "退回单" in (folder / "slip.html").read_text("utf-8")
    originals = folder / "原件"
    (originals / file_name(one)).write_bytes(one.xml)
    originals.rename(settings.drop / "改正")
    assert outcomes(take_in(settings)) == {f"改正/{file_name(one)}": "admitted"}


def test_all_findings_of_a_record_are_told_schema_and_attachments_together(settings: Settings) -> None:
    one = sample("S1-01")
    first, *others = one.attachments
    broken = replace(
        one,
        xml=one.xml.replace(b"<place>", b"<platz>").replace(b"</place>", b"</platz>"),
        attachments=(replace(first, data=first.data + b"x"), *others),
    )
    drop(settings.drop, [broken])
    (refused,) = take_in(settings)
    assert {"X-SCHEMA", "F-DIGEST"} <= set(codes(refused))


def test_characters_that_cannot_be_printed_are_named(settings: Settings) -> None:
    one = sample("S1-01")
    drop(settings.drop, [replace(one, xml=one.xml.replace(b"</place>", "\U0001f600⼈</place>".encode()))])
    (refused,) = take_in(settings)
    assert codes(refused) == ["X-GLYPH"]
    assert "U+1F600" in refused.message
    assert "应写作“人”" in refused.message


def test_a_shared_attachment_serves_every_record_that_names_it(settings: Settings) -> None:
    first, second = sample("S1-01"), sample("S1-02")
    paper = first.attachments[0]
    own = second.attachments[0]
    shared = second.xml.replace(own.name.encode(), paper.name.encode())
    assert shared != second.xml
    both = replace(second, xml=shared, attachments=second.attachments[1:])
    drop(settings.drop, [both, first])
    take_in(settings)
    assert (folder_of(settings, first.record_id) / "attachments" / paper.name).exists()
    assert names(settings.drop) == []


# Waiting


def test_a_record_waits_in_the_drop_until_its_attachments_are_there(settings: Settings) -> None:
    one = sample("S1-01")
    drop(settings.drop, [replace(one, attachments=())])
    (told,) = take_in(settings)
    assert told.outcome.value == "waiting"
    assert one.attachments[0].name in told.message
    drop(settings.drop, [one])
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}


def test_what_waits_in_the_drop_is_told_once_and_again_only_when_the_reason_changes(settings: Settings) -> None:
    one = sample("S1-01")
    drop(settings.drop, [replace(one, attachments=())])
    told: list[VerdictLine] = []
    watcher = Watcher(settings, told.append)
    watcher.run(until_idle=True)
    watcher.run(until_idle=True)
    assert len(told) == 1
    first = one.attachments[0]
    (settings.drop / first.name).write_bytes(first.data)
    watcher.run(until_idle=True)
    watcher.close()
    assert len(told) == 2


def test_a_record_whose_attachments_never_came_is_returned_with_what_there_was(settings: Settings) -> None:
    one = sample("S1-01")
    assert len(one.attachments) > 1
    drop(settings.drop, [replace(one, attachments=one.attachments[:1])])
    (refused,) = take_in(settings, wall=lambda: time.time() + 7.5 * DAY)
    assert set(codes(refused)) == {"F-MISSING"}
    assert tree(settings.home / refused.place / "原件") == sorted([file_name(one), one.attachments[0].name])


def test_a_file_nobody_named_is_returned_after_the_wait(settings: Settings) -> None:
    (settings.drop / "散页.pdf").write_bytes(b"%PDF-")
    (told,) = take_in(settings)
    assert (told.outcome.value, told.message) == ("waiting", "没有记录引用")
    (refused,) = take_in(settings, wall=lambda: time.time() + 7.5 * DAY)
    assert codes(refused) == ["N-ORPHAN"]
    assert (settings.home / refused.place / "原件" / "散页.pdf").read_bytes() == b"%PDF-"


def test_a_record_that_waited_too_long_for_another_is_returned(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings.drop, [sample("S1-02")])
    assert set(outcomes(take_in(settings)).values()) == {"waiting"}
    monkeypatch.setattr("pipeline.intake.verdicts.now", lambda: "2099-01-01T00:00:00+08:00")
    (refused,) = take_in(settings)
    assert codes(refused) == ["D-WAIT"]
    assert "S1-01" in refused.message
    assert names(settings.waiting) == []
    assert (settings.home / refused.place / "原件" / file_name(sample("S1-02"))).exists()


def test_a_person_may_return_what_waits(settings: Settings) -> None:
    drop(settings.drop, [sample("S1-02")])
    take_in(settings)
    (token,) = names(settings.waiting)
    told: list[VerdictLine] = []
    summary = reject_waiting(settings, [token], "该批次已取消", told.append)
    assert (summary.rejected, summary.exit_code) == (1, ExitCode.REJECTED)
    assert "该批次已取消" in told[0].message
    with pytest.raises(NotFound, match=token):
        reject_waiting(settings, [token], "再退一次")


def test_temporary_names_and_hidden_files_are_left_alone_for_ever(settings: Settings) -> None:
    for name in ("r.xml.part", "r.xml.tmp", ".r.xml"):
        (settings.drop / name).write_bytes(sample("S1-01").xml)
    take_in(settings, wall=lambda: time.time() + 99 * DAY)
    assert sorted(path.name for path in settings.drop.iterdir()) == [".r.xml", "r.xml.part", "r.xml.tmp"]


def test_a_file_is_taken_only_after_it_stood_still(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = replace(settings, intake=replace(settings.intake, settle_seconds=10.0))
    clock = [0.0]
    monkeypatch.setattr("pipeline.intake.watch.time.monotonic", lambda: clock[0])
    path = slow.drop / file_name(sample("S1-01"))
    drop(slow.drop, [replace(sample("S1-01"), xml=b"")])
    told: list[VerdictLine] = []
    watcher = Watcher(slow, told.append)
    xml = sample("S1-01").xml
    for start in range(0, len(xml), len(xml) // 4 + 1):
        with path.open("ab") as stream:
            stream.write(xml[start : start + len(xml) // 4 + 1])
        watcher._look()
        clock[0] += 9.0
        watcher._look()
        assert told == []
    clock[0] += 9.0
    watcher._look()
    watcher.close()
    assert outcomes(told) == {path.name: "admitted"}


# Obstacles


def test_nothing_is_taken_while_the_disk_is_too_full(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = make(tmp_path / "home", free_mb=1 << 40)
    drop(settings.drop, [sample("S1-01")])
    watcher = Watcher(settings)
    with caplog.at_level(logging.WARNING, "jishi.intake"):
        watcher._look()
        watcher._look()
    watcher.close()
    assert file_name(sample("S1-01")) in names(settings.drop)
    assert [record.message for record in caplog.records if "暂停收取" in record.message] != []
    assert len(caplog.records) == 1


def test_once_tells_that_the_disk_is_too_full(tmp_path: Path) -> None:
    settings = make(tmp_path / "home", free_mb=1 << 40, rescan_seconds=0.01)
    drop(settings.drop, [sample("S1-01")])
    with pytest.raises(TryLater, match="磁盘"):
        intake_once(settings)


def test_a_group_the_catalogue_could_not_take_is_taken_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.register.cases import CaseFiles

    original = CaseFiles.admit
    failures = [TryLater("目录库正忙"), OSError(5, "I/O")]

    def failing(self: CaseFiles, admissions: object) -> object:
        if failures:
            raise failures.pop()
        return original(self, admissions)  # type: ignore[arg-type]

    monkeypatch.setattr(CaseFiles, "admit", failing)
    drop(settings.drop, samples()[:5])
    told = take_in(settings)
    assert len(outcomes(told)) == 5
    assert not failures
    assert names(settings.work) == []


def test_one_record_that_breaks_the_program_is_returned_and_the_others_are_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.register.cases import CaseFiles

    original = CaseFiles.admit

    def failing(self: CaseFiles, admissions: list[object]) -> object:
        if any(one.step == "S1-02" for one in admissions):  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return original(self, admissions)  # type: ignore[arg-type]

    monkeypatch.setattr(CaseFiles, "admit", failing)
    chosen = [sample("S1-01"), sample("S1-02"), sample("S1-08")]
    drop(settings.drop, chosen)
    told = take_in(settings)
    assert [outcomes(told)[file_name(one)] for one in chosen] == ["admitted", "rejected", "admitted"]
    assert [codes(line) for line in told if line.outcome.value == "rejected"] == [["P-BUG"]]


def test_one_record_that_breaks_the_examination_is_returned(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.intake.examiner.word_form", lambda form, unit: 1 / 0)
    drop(settings.drop, [sample("S1-01")])
    (refused,) = take_in(settings)
    assert codes(refused) == ["P-BUG"]


def test_a_file_that_is_busy_now_is_taken_later(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [TryLater("busy")]

    def busy(source: Path, target: Path) -> None:
        if failures and source.parent == settings.drop:
            raise failures.pop()
        take(source, target)

    monkeypatch.setattr("jishi.transfer.take", busy)
    drop(settings.drop, [sample("S1-01")])
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}
    assert not failures


@pytest.mark.parametrize("place", [".", "work", "cases/inner", ".."])
def test_a_drop_folder_that_overlaps_the_home_is_refused(tmp_path: Path, place: str) -> None:
    settings = make(tmp_path / "home")
    wrong = replace(settings, intake=replace(settings.intake, drop=place))
    with pytest.raises(SettingsInvalid, match="drop"):
        Watcher(wrong)


# Once


def test_once_copies_what_lies_elsewhere_and_leaves_it_there(settings: Settings, tmp_path: Path) -> None:
    chosen = [sample("S1-01"), sample("S1-02")]
    drop(tmp_path / "外", chosen)
    before = tree(tmp_path / "外")
    told: list[VerdictLine] = []
    summary = intake_once(settings, [tmp_path / "外"], told.append)
    assert (summary.admitted, summary.rejected, summary.exit_code) == (2, 0, ExitCode.OK)
    assert outcomes(told) == {f"外/{file_name(one)}": "admitted" for one in chosen}
    assert tree(tmp_path / "外") == before


def test_once_takes_a_single_file_or_zip_from_elsewhere(settings: Settings, tmp_path: Path) -> None:
    drop(tmp_path, [sample("S1-01")])
    zipped(tmp_path / "b.zip", [sample("S1-02")])
    summary = intake_once(settings, [tmp_path / file_name(sample("S1-01")), tmp_path / "b.zip"])
    assert summary.admitted == 2


def test_once_takes_what_is_named_inside_the_drop_and_nothing_else(settings: Settings) -> None:
    drop(settings.drop, [sample("S1-01"), sample("S1-02")])
    told: list[VerdictLine] = []
    intake_once(settings, [settings.drop / file_name(sample("S1-01"))], told.append)
    assert outcomes(told) == {file_name(sample("S1-01")): "admitted"}
    assert file_name(sample("S1-02")) in names(settings.drop)


def test_once_returns_a_copy_of_what_lacks_an_attachment(settings: Settings, tmp_path: Path) -> None:
    drop(tmp_path / "外", [replace(sample("S1-01"), attachments=())])
    summary = intake_once(settings, [tmp_path / "外" / file_name(sample("S1-01"))])
    assert (summary.rejected, summary.exit_code) == (1, ExitCode.REJECTED)
    assert (tmp_path / "外" / file_name(sample("S1-01"))).exists()


# Watching


@pytest.mark.parametrize("how", ["native", "polling"])
def test_a_running_watcher_sees_what_comes_however_it_comes(tmp_path: Path, how: str) -> None:
    settings = make(tmp_path / "home", watcher=how, rescan_seconds=0.3)
    watcher = Watcher(settings)
    worker = threading.Thread(target=watcher.run)
    worker.start()
    drop(tmp_path / "outside", [sample("S1-01")])
    drop(settings.drop, [sample("S1-02")])
    (tmp_path / "outside").rename(settings.drop / "夹")
    wait_for(lambda: watcher.summary.admitted == 2)
    watcher.stop(ExitCode.TERMINATED)
    worker.join(600)
    watcher.close()
    assert not worker.is_alive()
    assert watcher.summary.admitted == 2


def test_the_log_says_how_the_folder_is_watched_and_why(settings: Settings) -> None:
    assert polls(settings)[0] is False
    asked = replace(settings, intake=replace(settings.intake, watcher="polling"))
    assert polls(asked) == (True, "设置为polling")


def test_a_network_mount_is_polled(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.folder_events.is_network", lambda path: True)
    monkeypatch.setattr("pipeline.intake.folder_events.file_system", lambda path: "cifs")
    assert polls(settings) == (True, "位于网络盘（cifs），系统事件不可靠")


def test_without_events_the_regular_look_finds_everything(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_watches(self: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("watchdog.observers.api.BaseObserver.start", no_watches)
    watcher = Watcher(settings)
    worker = threading.Thread(target=watcher.run)
    worker.start()
    drop(settings.drop, [sample("S1-01")])
    wait_for(lambda: watcher.summary.admitted == 1)
    watcher.stop()
    worker.join(600)
    watcher.close()
    assert watcher.summary.admitted == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_watcher_after_the_group_in_hand(tmp_path: Path, number: signal.Signals, code: int) -> None:
    settings = make(tmp_path / "home")
    drop(settings.drop, samples())
    command = [sys.executable, "-m", "tests.crash.intake_child", str(settings.home), "watch", "0"]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    assert watching.stdout.readline() == "claimed\n"
    watching.send_signal(number)
    assert watching.wait(600) == code
    watching.stdout.close()
    assert names(settings.work) == []
    assert sum(records_in(settings, place).total() for place in ("drop", "cases", "waiting")) == len(samples())


def test_a_zip_broken_off_by_an_obstacle_goes_on_without_a_restart(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.register.cases import CaseFiles

    original = CaseFiles.admit
    calls: list[int] = []

    def failing(self: CaseFiles, admissions: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise TryLater("目录库正忙")
        return original(self, admissions)  # type: ignore[arg-type]

    monkeypatch.setattr(CaseFiles, "admit", failing)
    monkeypatch.setattr("pipeline.intake.claiming.GROUP", 4)
    zipped(settings.drop / "材料.zip", samples())
    told = take_in(settings)
    assert list(outcomes(told).values()) == ["admitted"] * len(samples())
    assert names(settings.work) == []


# Workers


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.intake.workers._FEW", 40)


@pytest.mark.usefixtures("pooled")
def test_workers_and_this_process_come_to_the_same_verdicts(tmp_path: Path) -> None:
    alone, together = make(tmp_path / "a"), make(tmp_path / "b", workers=2)
    chosen = list(samples(4))[:70]
    broken = replace(chosen[5], xml=chosen[5].xml[:200])
    for settings in (alone, together):
        drop(settings.drop, [*chosen[:5], broken, *chosen[6:]])
    first, second = (sorted((line.submission, line.outcome.value, line.message) for line in take_in(settings))
                     for settings in (alone, together))  # fmt: skip
    assert first == second
    assert {outcome for _, outcome, _ in first} >= {"admitted", "rejected"}


@pytest.mark.usefixtures("pooled")
def test_a_worker_that_is_killed_costs_no_record(tmp_path: Path) -> None:
    settings = make(tmp_path / "home", workers=2)
    drop(settings.drop, samples(4)[:70])
    watcher = Watcher(settings)
    killed: list[int] = []

    def kill(group: object) -> object:
        result = submit(group)  # type: ignore[arg-type]
        pool = watcher._taking_in.workers._pool
        if pool is not None and not killed:
            killed.extend(pool._processes)
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
        return result

    submit = watcher._taking_in.workers.submit
    watcher._taking_in.workers.submit = kill  # type: ignore[method-assign, assignment]
    watcher.run(until_idle=True)
    watcher.close()
    assert killed
    assert watcher.summary.rejected == 0
    assert watcher.summary.admitted + watcher.summary.waiting == 70


@pytest.mark.usefixtures("pooled")
def test_workers_that_cannot_start_blame_the_machine_and_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(tmp_path / "home", workers=2)
    drop(settings.drop, samples(4)[:60])
    monkeypatch.setattr("pipeline.intake.workers._begin", os._exit)
    monkeypatch.setattr("pipeline.intake.isolated_examiner._serve", os._exit)
    watcher = Watcher(settings)
    with pytest.raises(PartMissing, match="没有退回任何材料"):
        watcher.run(until_idle=True)
    watcher.close()
    assert names(settings.rejected) == []
    monkeypatch.undo()
    assert len(take_in(settings)) == 60


def wait_for(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
