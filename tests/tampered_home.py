"""A small home with a row in every table and a file of every kind, made through the commands' own code."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

from archive.filing import FilingRun, file_batch
from archive.register.register import Register
from archive.register.series import SeriesStart, start_series
from jishi.settings import Settings
from pipeline.alerts.batch_alerts import BatchAlerts
from pipeline.intake.watch import intake_once
from rehearsal.batch import build
from tests.filled_home import BATCH, acceptance
from tests.intake_home import drop, make, zipped

_OTHER = "511000-2026-P004"
_TODAY = dt.date(2027, 3, 20)
"""A day on which the rehearsal batch has alerts."""


def make_home_of_everything(home: Path) -> Settings:
    """Make a home: a batch filed, a series begun late, a record sent back, one doubled, one waiting, a zip, alerts."""
    settings = make(home)
    records = list(build(1, seed=1, scans=False))
    waits = next(one for one in build(1, seed=1, batch=_OTHER, scans=False) if one.step_id == "S5-02")
    drop(settings.drop, records[:-4])
    zipped(settings.drop / "包.zip", records[-4:])
    drop(settings.drop, [waits])
    intake_once(settings)
    again = next(one for one in records if one.attachments)
    drop(settings.drop / "再投", [again])
    (settings.drop / "坏.xml").write_bytes(records[0].xml.replace(b"<title>", b"<titel>", 1))
    intake_once(settings)
    register = Register(settings.register_file)
    start_series(register, SeriesStart("J012", "PJ", 2026, 57, "误写", "程舟", "冯越"))
    start_series(register, SeriesStart("J012", "PJ", 2026, 58, "前57卷手工编号", "程舟", "冯越"))
    file_batch(FilingRun(settings, register, BATCH, acceptance(settings)))
    desk = BatchAlerts(settings, register)
    desk.refresh(BATCH, _TODAY)
    line = next(one for one in desk.book.lines() if one.level != "红")
    desk.close(line.id, "已补", "程舟", _TODAY)
    at_rest(settings)
    return settings


def at_rest(settings: Settings) -> None:
    """Bring the register into its one file, so that a copy of it is whole."""
    with closing(sqlite3.connect(settings.register_file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
