"""The watcher's clerk: when it works, that a real watcher raises alerts by itself, and that trouble stays small."""

from __future__ import annotations

import datetime as dt
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from archive.register.alert import Change
from jishi.errors import ExitCode
from pipeline.alerts.clerk import AlertClerk
from rehearsal.batch import SampleRecord
from tests.alert_home import BATCH, QUIET, AlertHome, told
from tests.command_line import command
from tests.intake_home import drop, make, samples
from tests.rule_cases import edit

PATIENCE = 600.0
NOTICE, RESULT = f"{BATCH}-001/S6-04/001", f"{BATCH}-001/S6-02/001"


class Recording(AlertClerk):
    """A clerk that only writes down what it would ask of its process."""

    def __init__(self, home: AlertHome) -> None:
        self.now = 0.0
        self.day = QUIET
        self.asked: list[tuple[str, ...]] = []
        super().__init__(home.settings, lambda _: None, today=lambda: self.day, clock=lambda: self.now)

    def _ask(self, batches: tuple[str, ...], day: dt.date) -> None:
        self.asked.append(batches)
        for batch in batches:
            self._touched.pop(batch, None)
            self._worked[batch] = self.now


def settled(home: AlertHome) -> Recording:
    """Return a clerk that has looked through everything once."""
    clerk = Recording(home)
    clerk.turn(calm=True)
    clerk.asked.clear()
    return clerk


# When it works


def test_everything_is_looked_through_at_the_start_and_each_new_day(home: AlertHome) -> None:
    clerk = Recording(home)
    clerk.turn(calm=True)
    clerk.turn(calm=True)
    assert clerk.asked == [("",)]
    clerk.day += dt.timedelta(days=1)
    clerk.turn(calm=True)
    assert clerk.asked == [("",), ("",)]


def test_a_burst_is_worked_out_once_when_it_has_calmed(home: AlertHome) -> None:
    clerk = settled(home)
    for _ in range(400):
        clerk.now += 0.5
        clerk.touch(NOTICE)
        clerk.turn(calm=False)
    assert clerk.asked == []
    clerk.turn(calm=True)
    clerk.turn(calm=True)
    assert clerk.asked == [(BATCH,)]


def test_a_batch_that_is_quiet_does_not_wait_for_the_others(home: AlertHome) -> None:
    clerk = settled(home)
    clerk.touch("511000-2026-P001-004/S1-08/001")
    for _ in range(10):
        clerk.now += 1
        clerk.touch(NOTICE)
        clerk.turn(calm=False)
    assert clerk.asked == [("511000-2026-P001",)]


def test_a_batch_that_never_calms_is_worked_out_in_the_end(home: AlertHome) -> None:
    clerk = settled(home)
    for _ in range(700):
        clerk.now += 1
        clerk.touch(NOTICE)
        clerk.turn(calm=False)
    assert clerk.asked == [(BATCH,)] * 2


# The process beside the watcher


def worked(clerk: AlertClerk, done: Callable[[], bool]) -> None:
    """Turn until something is done."""
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, "the clerk does not answer"
        clerk.turn(calm=True)
        time.sleep(0.02)


@pytest.fixture
def clerk(home: AlertHome) -> Iterator[tuple[AlertClerk, list[Change]]]:
    changes: list[Change] = []
    found = AlertClerk(home.settings, changes.append, today=lambda: QUIET)
    yield found, changes
    found.close()


def test_it_tells_what_became_of_the_alerts_and_ends_when_told(
    home: AlertHome, clerk: tuple[AlertClerk, list[Change]]
) -> None:
    desk, changes = clerk
    home.correct(RESULT, "c/conclusion = 暂缓任职")
    worked(desk, lambda: bool(changes) and not desk.busy)
    assert told(changes) == {"raised": ["R53"]}
    home.correct(f"{BATCH}-001/S6-02/002", "c/conclusion = 不影响任职")
    desk.touch(NOTICE)
    worked(desk, lambda: len(changes) > 1)
    assert changes[1].alert.evidence == f"{BATCH}-001/S6-02/003"
    desk.close()
    desk.close()


def test_a_clerk_that_dies_is_replaced(home: AlertHome, clerk: tuple[AlertClerk, list[Change]]) -> None:
    desk, changes = clerk
    worked(desk, lambda: not desk.busy)
    assert desk._process is not None and desk._process.pid is not None
    os.kill(desk._process.pid, signal.SIGKILL)
    desk._process.join()
    home.correct(RESULT, "c/conclusion = 暂缓任职")
    desk.touch(RESULT)
    worked(desk, lambda: bool(changes))
    assert told(changes) == {"raised": ["R53"]}


def test_what_a_leaving_process_did_not_hear_is_asked_again(home: AlertHome) -> None:
    changes: list[Change] = []
    desk = AlertClerk(home.settings, changes.append, today=lambda: QUIET, linger=0.1)
    try:
        worked(desk, lambda: not desk.busy)
        assert desk._process is not None
        desk._process.join(PATIENCE)
        assert desk._process.exitcode == 0
        home.correct(RESULT, "c/conclusion = 暂缓任职")
        desk._asked = (BATCH,)
        worked(desk, lambda: bool(changes))
    finally:
        desk.close()
    assert told(changes) == {"raised": ["R53"]}


def test_rules_that_are_wrong_stop_no_watcher(home: AlertHome, caplog: pytest.LogCaptureFixture) -> None:
    rules = replace(home.settings.rules, profile="没有")
    desk = AlertClerk(replace(home.settings, rules=rules), lambda _: None, today=lambda: QUIET)
    try:
        worked(desk, lambda: not desk.busy)
    finally:
        desk.close()
    assert "没有" in caplog.text and "预警" in caplog.text


# A real watcher


class Watching:
    """A watcher in a process of its own, and its stream."""

    def __init__(self, home: Path) -> None:
        settings = {"JISHI_INTAKE_SETTLE_SECONDS": "0", "JISHI_INTAKE_RESCAN_SECONDS": "0.3"}
        self._process = subprocess.Popen(
            command(home, "watch", "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **settings},
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def next_alert(self) -> dict[str, Any]:
        """Return the next alert in the stream; verdicts are passed over."""
        while True:
            value = json.loads(self._lines.get(timeout=PATIENCE))
            if "alert" in value:
                return dict(value["alert"])
            assert value["outcome"] == "admitted", value

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


def edited(one: SampleRecord, *edits: str) -> SampleRecord:
    root = etree.fromstring(one.xml)
    edit(root, *edits)
    return replace(one, xml=etree.tostring(root, encoding="utf-8"))


def test_a_watcher_raises_alerts_in_its_stream_and_closes_them(tmp_path: Path) -> None:
    settings = make(tmp_path / "home")
    whole = {one.record_id: one for one in samples(1)}
    decided = whole.pop(f"{BATCH}/S5-04/001")
    drop(settings.drop, whole.values())
    watching = Watching(settings.home)
    try:
        raised = watching.next_alert()
        while raised["rule"] != "R55.decided":
            raised = watching.next_alert()
        assert (raised["event"], raised["level"], raised["record"]) == ("raised", "红", NOTICE)
        drop(settings.drop, [decided])
        closed = watching.next_alert()
        while closed["event"] != "closed" or closed["id"] != raised["id"]:
            closed = watching.next_alert()
        assert closed["evidence"] == decided.record_id
    finally:
        code = watching.stop()
    assert code == ExitCode.TERMINATED
    assert not AlertHome(settings).lines("R55.decided")[-1].open
