"""Who works a drop folder: on any disk, for one home, and known to the next who comes."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from archive.register.case_folders import folder_of
from jishi.errors import SettingsInvalid
from jishi.settings import Settings
from pipeline.intake.watch import Watcher
from pipeline.intake.watchers import OWNER_MARK, living_watchers, watching
from tests.command_line import command
from tests.intake_home import digests, drop, make, outcomes, records_in, sample, samples, take_in, zipped
from tests.other_disk import other_disk as other_disk

ROOT = Path(__file__).resolve().parents[2]


def dropping_at(settings: Settings, folder: Path) -> Settings:
    """Return settings whose drop folder lies elsewhere, written down so that other homes can read them."""
    said = (settings.home / "jishi.toml").read_text("utf-8")
    (settings.home / "jishi.toml").write_text(said.replace('drop = "drop"', f'drop = "{folder}"'), "utf-8")
    return replace(settings, intake=replace(settings.intake, drop=str(folder)))


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != OWNER_MARK)


def test_a_drop_folder_on_another_disk_is_worked_like_any(tmp_path: Path, other_disk: Path) -> None:
    settings = dropping_at(make(tmp_path / "home"), other_disk)
    drop(other_disk, samples()[:6])
    drop(other_disk / "夹", samples()[6:9])
    zipped(other_disk / "包.zip", samples()[9:12])
    (other_disk / "坏.xml").write_text("<bad/>")
    (other_disk / "link.xml").symlink_to("/etc/hostname")
    told = outcomes(take_in(settings))
    take_in(settings)
    assert {name for name, outcome in told.items() if outcome == "rejected"} == {"坏.xml", "link.xml"}
    assert left(other_disk) == []
    kept = records_in(settings, "cases") + records_in(settings, "waiting")
    assert kept.total() == 12
    for one in samples()[:2]:
        for paper in one.attachments:
            assert (folder_of(settings, one.record_id) / "attachments" / paper.name).read_bytes() == paper.data


def test_papers_shared_by_records_on_another_disk_serve_both(tmp_path: Path, other_disk: Path) -> None:
    settings = dropping_at(make(tmp_path / "home"), other_disk)
    first, second = sample("S1-01"), sample("S1-02")
    paper, own = first.attachments[0], second.attachments[0]
    shared = second.xml.replace(own.name.encode(), paper.name.encode())
    drop(other_disk, [replace(second, xml=shared, attachments=second.attachments[1:]), first])
    take_in(settings)
    assert left(other_disk) == []
    assert (folder_of(settings, first.record_id) / "attachments" / paper.name).exists()


@pytest.mark.parametrize("point", ["claimed", "durable", "unpacked"])
def test_a_kill_while_a_drop_on_another_disk_is_worked_loses_nothing(
    tmp_path: Path, other_disk: Path, point: str
) -> None:
    settings = dropping_at(make(tmp_path / "home"), other_disk)
    drop(other_disk, samples()[:20])
    zipped(other_disk / "包.zip", samples()[20:24])
    words = [sys.executable, "-m", "tests.crash.intake_child", str(settings.home), point, "1"]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    take_in(settings)
    take_in(settings)
    assert left(other_disk) == []
    assert (records_in(settings, "cases") + records_in(settings, "waiting")).total() == 24
    assert records_in(settings, "duplicate").total() == records_in(settings, "rejected").total() == 0


def test_what_waits_for_an_attachment_on_another_disk_lies_where_it_lay(tmp_path: Path, other_disk: Path) -> None:
    settings = dropping_at(make(tmp_path / "home"), other_disk)
    drop(other_disk, [replace(sample("S1-01"), attachments=())])
    before = left(other_disk)
    take_in(settings)
    assert left(other_disk) == before


def test_two_homes_on_one_drop_folder_are_told_and_the_second_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "共享"
    shared.mkdir()
    first, second = (dropping_at(make(tmp_path / name), shared) for name in "ab")
    drop(shared, samples()[:2])
    Watcher(first).close()
    with pytest.raises(SettingsInvalid, match=str(first.home)):
        Watcher(second)
    done = subprocess.run(command(second.home, "doctor"), capture_output=True, check=False)
    assert done.returncode == 8
    assert "另一个档案库" in done.stdout.decode().replace("\n", "")
    assert digests(second).total() == 0
    Watcher(first).close()


def test_a_drop_folder_whose_home_is_gone_or_takes_from_elsewhere_is_free(tmp_path: Path) -> None:
    shared = tmp_path / "共享"
    shared.mkdir()
    first, second, third = (dropping_at(make(tmp_path / name), shared) for name in "abc")
    Watcher(first).close()
    said = (first.home / "jishi.toml").read_text("utf-8")
    (first.home / "jishi.toml").write_text(said.replace(str(shared), "drop"), "utf-8")
    Watcher(second).close()
    shutil.move(second.home, tmp_path / "moved")
    Watcher(third).close()


def test_a_drop_folder_of_another_host_s_home_is_not_taken_over(tmp_path: Path) -> None:
    shared = tmp_path / "共享"
    shared.mkdir()
    settings = dropping_at(make(tmp_path / "a"), shared)
    (shared / OWNER_MARK).write_text("/srv/纪实\n别的主机\n", "utf-8")
    with pytest.raises(SettingsInvalid, match="别的主机"):
        Watcher(settings)


def test_a_second_watcher_is_told_of_the_first_and_works_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make(tmp_path / "home")
    with watching(settings.work) as others:
        assert others == ()
        assert list(living_watchers(settings.work)) == [os.getpid()]
        watcher = Watcher(settings)
        watcher.stop()
        with caplog.at_level(logging.WARNING, "jishi.intake"):
            watcher.run()
        watcher.close()
    assert f"已有看守进程 pid {os.getpid()}" in caplog.text


def test_the_mark_of_a_watcher_that_died_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".watching-99999999").touch()
    assert list(living_watchers(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("ignored", "ends"), [(False, True), (True, False)], ids=["terminal closed", "nohup"])
def test_a_closed_terminal_ends_the_watcher_like_sigterm_unless_it_was_told_to_outlive_it(
    tmp_path: Path, ignored: bool, ends: bool
) -> None:
    settings = make(tmp_path / "home")
    quick = {**os.environ, "JISHI_INTAKE_SETTLE_SECONDS": "0", "JISHI_INTAKE_RESCAN_SECONDS": "0.2"}
    heard = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)  # a child begins with ours
    process = subprocess.Popen(command(settings.home, "watch"), stderr=subprocess.PIPE, env=quick)
    signal.signal(signal.SIGHUP, heard)
    assert process.stderr is not None
    assert "看守".encode() in process.stderr.readline()
    process.send_signal(signal.SIGHUP)
    if not ends:
        drop(settings.drop, [sample("S1-01")])
        while "已收".encode() not in process.stderr.readline():
            assert process.poll() is None
        process.terminate()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(600) == 143
    assert "已停止看守" in said


def test_a_record_that_cannot_be_read_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make(tmp_path / "home")
    drop(settings.drop, [sample("S1-01")])

    def closed(path: Path) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pipeline.intake.drop_folder.needs_of", closed)
    told = {line.submission: line.message for line in take_in(settings)}
    assert any("暂时不能读取：没有权限" in words for words in told.values())
