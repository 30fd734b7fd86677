from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from archive.register.register import Register
from archive.register.tables import record, verdict
from jishi.settings import Settings
from rehearsal.batch import SampleRecord
from tests.intake_home import digests, drop, kept_files, make, records_in, samples, take_in, zipped

ENDS = ("waiting", "rejected", "duplicate", "cases")


def start(settings: Settings, point: str, nth: int = 1, workers: int = 1) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.crash.intake_child", str(settings.home), point, str(nth), str(workers)]
    return subprocess.Popen(command)


def fill(settings: Settings) -> Counter[str]:
    """Drop every kind of submission; return what must be found again, by content."""
    chosen = list(samples())
    flat, folder, packed = chosen[:20], chosen[20:26], chosen[26:30]
    broken = [replace(one, xml=one.xml[:-30], attachments=()) for one in chosen[30:33]]
    drop(settings.drop, [*flat, *broken])
    drop(settings.drop / "夹", folder)
    zipped(settings.drop / "包.zip", packed)
    with zipfile.ZipFile(settings.drop / "包.zip", "a") as archive:
        archive.writestr("无主.pdf", b"%PDF-nobody")
    (settings.drop / "坏.zip").write_bytes(b"PK\x03\x04 not a zip")
    doubled = replace(chosen[0], attachments=())
    drop(settings.drop / "再", [replace(doubled, xml=chosen[0].xml, attachments=chosen[0].attachments)])
    inside = (
        [one.xml for one in packed] + [paper.data for one in packed for paper in one.attachments] + [b"%PDF-nobody"]
    )
    return digests(settings) + Counter(hashlib.sha256(data).hexdigest() for data in inside)


def check(settings: Settings, expected: Counter[str], records: Counter[str]) -> None:
    """Every file dropped is there once, every record in one end, and the register says the same."""
    assert digests(settings) == expected
    assert list((settings.home / "work").glob("[!.]*")) == []
    assert list((settings.home / "drop").rglob("*.xml")) == []
    assert sum((records_in(settings, place) for place in ENDS), start=Counter[str]()) == records
    with Register(settings.register_file).reading() as connection:
        admitted = {row.sha256: row.state for row in connection.execute(record.select())}
        places = [row.place for row in connection.execute(verdict.select()) if row.place]
    assert set(admitted.values()) == {"admitted"}
    assert Counter(admitted) != Counter() and set(admitted) == set(records_in(settings, "cases"))
    assert len(places) == len(set(places))
    for place in places:
        assert (settings.home / place).is_dir()
    noted = {place.split("/")[0] for place in places}
    assert noted == {"rejected", "duplicate"}
    ends = [path for path in (settings.home / "rejected").iterdir() if path.is_dir()]
    assert {f"rejected/{path.name}" for path in ends} == {place for place in places if place.startswith("rejected/")}
    assert all((path / "slip.html").exists() and (path / "slip.json").exists() for path in ends)


def xml_count(settings: Settings, packed: list[SampleRecord]) -> Counter[str]:
    dropped = Counter(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in kept_files(settings) if path.suffix == ".xml"
    )
    return dropped + Counter(hashlib.sha256(one.xml).hexdigest() for one in packed)


POINTS = [
    ("claimed", 1),
    ("claimed", 2),
    ("durable", 1),
    ("admitted", 1),
    ("admitted", 2),
    ("slipped", 1),
    ("noted", 1),
    ("finished", 1),
    ("unpacked", 1),
    ("received", 1),
]


@pytest.mark.parametrize(("point", "nth"), POINTS)
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path, point: str, nth: int) -> None:
    settings = make(tmp_path / "home")
    expected = fill(settings)
    records = xml_count(settings, list(samples())[26:30])
    assert start(settings, point, nth).wait(600) == -signal.SIGKILL
    take_in(settings)
    check(settings, expected, records)


@pytest.mark.parametrize(("point", "nth"), [("durable", 1), ("noted", 1), ("durable", 3), ("noted", 2)])
def test_a_kill_while_a_zip_or_its_rest_is_returned_loses_neither(tmp_path: Path, point: str, nth: int) -> None:
    settings = make(tmp_path / "home")
    (settings.drop / "一.zip").write_bytes(b"PK\x03\x04 not a zip")
    zipped(settings.drop / "二.zip", samples()[:1])
    with zipfile.ZipFile(settings.drop / "二.zip", "a") as archive:
        archive.writestr("夹/无主.pdf", b"%PDF-nobody")
    kept = Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in settings.drop.iterdir())
    assert start(settings, point, nth).wait(600) == -signal.SIGKILL
    take_in(settings)
    found = {str(path.relative_to(settings.rejected)).partition("/")[2] for path in settings.rejected.rglob("*.*")}
    assert found >= {"原件/一.zip", "原件/夹/无主.pdf"}
    assert kept <= digests(settings)
    assert records_in(settings, "cases").total() == 1
    assert list((settings.home / "work").glob("[!.]*")) == []


def test_three_watchers_on_one_drop_admit_each_record_once(tmp_path: Path) -> None:
    settings = make(tmp_path / "home")
    chosen = samples(12)[:300]
    assert len(chosen) == 300
    drop(settings.drop, chosen)
    expected = digests(settings)
    children = [start(settings, "none") for _ in range(3)]
    assert [child.wait(600) for child in children] == [0, 0, 0]
    take_in(settings)
    assert digests(settings) == expected
    found = records_in(settings, "cases") + records_in(settings, "waiting")
    assert found == Counter(hashlib.sha256(one.xml).hexdigest() for one in chosen)
    with Register(settings.register_file).reading() as connection:
        rows = connection.execute(verdict.select()).all()
    assert Counter(row.outcome for row in rows if row.outcome != "waiting") == {
        "admitted": records_in(settings, "cases").total()
    }
    assert list((settings.home / "work").glob("[!.]*")) == []
