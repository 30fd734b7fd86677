"""Obstacles: what stands in one record's way stops no other, and a run told to stop waits for nobody."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jishi.errors import ExitCode, NotFound, TryLater
from jishi.settings import Settings
from pipeline.intake.drop_folder import pending
from pipeline.intake.watch import intake_once
from tests.command_line import command
from tests.intake_home import drop, file_name, make, outcomes, sample, samples, take_in, zipped

PATIENCE = 600.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make(tmp_path / "home")


def closed_to_us(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make files unreadable; permissions would not do it where the tests run as root."""
    real = os.access

    def access(path: Any, mode: int, **options: Any) -> bool:
        return Path(path).name not in names and real(path, mode, **options)

    monkeypatch.setattr("pipeline.intake.drop_folder.os.access", access)


def test_what_may_not_be_read_is_not_taken_and_stops_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [one for one in samples() if one.attachments and one.step_id != "S1-01"][:2]
    drop(settings.drop, samples())
    zipped(settings.drop / "包.zip", [sample("S1-02")])
    closed_to_us(monkeypatch, first.attachments[0].name, "包.zip")
    told = outcomes(take_in(settings))
    assert told[file_name(second)] == "admitted"
    waiting = {one.name: one.message for one in pending(settings)}
    assert waiting[file_name(first)] == f"附件{first.attachments[0].name}暂时不能读取：没有权限"
    assert waiting["包.zip"] == "暂时不能读取：没有权限"
    monkeypatch.undo()
    assert outcomes(take_in(settings))[file_name(first)] == "admitted"


def test_a_record_that_cannot_be_examined_now_stops_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = sample("S1-02")
    real = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        if path.name == "form.docx" and bad.xml == (path.parent / "record.xml").read_bytes():
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    drop(settings.drop, samples())
    told: list[Any] = []
    with pytest.raises(TryLater):
        intake_once(settings, report=told.append)
    admitted = {line.submission for line in told if line.outcome.value == "admitted"}
    assert admitted == {file_name(one) for one in samples()} - {file_name(bad)}
    monkeypatch.undo()
    assert outcomes(take_in(settings)) == {file_name(bad): "admitted"}


def test_a_zip_that_cannot_be_opened_now_stops_no_other(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped(settings.drop / "坏.zip", [sample("S1-02")])
    drop(settings.drop, [sample("S1-01")])

    def unpack(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("pipeline.intake.claiming.unpack", unpack)
    assert outcomes(take_in(settings)) == {file_name(sample("S1-01")): "admitted"}
    monkeypatch.undo()
    assert "admitted" in outcomes(take_in(settings)).values()


def test_a_full_disk_costs_no_open_file_and_leaves_no_hollow_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings.drop, samples())
    real, before = os.write, len(list(Path("/proc/self/fd").iterdir()))

    def write(handle: int, data: bytes) -> int:
        if b'"kind"' in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    monkeypatch.setattr("pipeline.intake.claims.os.write", write)
    with pytest.raises(TryLater):
        take_in(settings)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
    assert not [path for path in settings.work.iterdir() if path.is_dir()]
    monkeypatch.undo()
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}


def test_a_file_of_a_year_no_calendar_has_is_listed_and_taken(settings: Settings) -> None:
    drop(settings.drop, [sample("S1-01")])
    (settings.drop / "孤.txt").write_text("无人引用")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.intake.listing.os.scandir", _far_future)
        assert all(one.since < "9999" for one in pending(settings))


_SCANDIR = os.scandir


@contextmanager
def _far_future(folder: Path) -> Iterator[Iterator[Any]]:
    class Item:
        def __init__(self, item: os.DirEntry[str]) -> None:
            self.name = item.name
            self._item = item

        def stat(self, *, follow_symlinks: bool) -> SimpleNamespace:
            real = self._item.stat(follow_symlinks=follow_symlinks)
            far = {"st_mtime": 1e14, "st_ctime": 1e14, "st_mtime_ns": 10**23, "st_ctime_ns": 10**23}
            return SimpleNamespace(st_size=real.st_size, st_mode=real.st_mode, **far)

    with _SCANDIR(folder) as listing:
        yield (Item(item) for item in listing)


def test_a_link_somebody_names_is_refused_with_words(settings: Settings, tmp_path: Path) -> None:
    link = tmp_path / "链接.xml"
    link.symlink_to(tmp_path / "别处.xml")
    with pytest.raises(NotFound, match="链接或特殊文件"):
        intake_once(settings, [link])


# Real processes


def started(settings: Settings, *words: str, **options: Any) -> subprocess.Popen[bytes]:
    quick = {"JISHI_INTAKE_SETTLE_SECONDS": "0", "JISHI_INTAKE_RESCAN_SECONDS": "0.2"}
    return subprocess.Popen(command(settings.home, *words), env={**os.environ, **quick}, **options)


def eventually(condition: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_watcher_whose_output_cannot_be_written_works_on(settings: Settings) -> None:
    drop(settings.drop, [sample("S1-01")])
    for name in ("甲.xml", "乙.xml", "丙.xml"):
        (settings.drop / name).write_text("<bad/>")
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = started(settings, "watch", "--json", stdout=full, stderr=subprocess.DEVNULL)
    eventually(lambda: len(list(settings.rejected.glob("*/原件/*.xml"))) == 3)
    eventually(lambda: any(settings.cases.rglob("record.xml")))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == ExitCode.TERMINATED


def test_a_watcher_told_to_stop_does_not_wait_for_one_that_sleeps(settings: Settings) -> None:
    drop(settings.drop, [sample("S1-01")])
    process = started(settings, "watch", "--json", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: any(settings.cases.rglob("record.xml")))
    handle = os.open(settings.work / ".verdicts", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    drop(settings.drop, [sample("S1-02")])
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == ExitCode.TERMINATED
    os.close(handle)
    take_in(settings)
    assert len(list(settings.cases.rglob("record.xml"))) == 2


def test_an_intake_told_to_stop_leaves_with_the_code_that_says_so_and_goes_on_next_time(tmp_path: Path) -> None:
    settings = make(tmp_path / "home")
    batch = samples(24)
    drop(settings.drop, batch)
    process = started(settings, "intake", "--json", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    # While nobody reads, the pipe fills and holds it within its first group.
    assert select.select([process.stdout], [], [], PATIENCE)[0]
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    lines = process.stdout.read().splitlines()
    assert process.wait(PATIENCE) == ExitCode.TERMINATED
    process.stdout.close()
    assert len(lines) < len(batch) - 1
    take_in(settings)
    assert len(list(settings.cases.rglob("record.xml"))) == len(batch)


def test_a_signal_to_the_whole_group_lets_the_workers_finish_their_chunk(tmp_path: Path) -> None:
    settings = make(tmp_path / "home")
    drop(settings.drop, samples(8))
    said, told = tmp_path / "said", tmp_path / "told"
    with said.open("wb") as errors, told.open("wb") as lines:
        process = started(settings, "watch", "--json", stdout=lines, stderr=errors, start_new_session=True)
    eventually(lambda: told.stat().st_size > 0)
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(PATIENCE) == ExitCode.TERMINATED
    assert "意外退出" not in said.read_text("utf-8")
    assert "Traceback" not in said.read_text("utf-8")
    take_in(settings)
    assert len(list(settings.cases.rglob("record.xml"))) == len(samples(8))
