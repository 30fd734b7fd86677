"""A home with a drop folder, rehearsal records to drop into it, and an account of where every file went."""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from archive.home import make_home
from jishi.settings import Settings
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.watch import Watcher
from rehearsal.batch import SampleRecord, build

OURS = {"form.docx", "claim.json", "ledger.head", "slip.html", "slip.json", "note.txt", "note.json"}
PLACES = ("drop", "work", "waiting", "rejected", "duplicate", "cases", "received")


def make(home: Path, **intake: Any) -> Settings:
    """Make a home whose drop settles at once and which examines in this process, unless told otherwise."""
    settings = make_home(home)
    chosen = {"settle_seconds": 0.0, "rescan_seconds": 0.2, "workers": 1, **intake}
    return replace(settings, intake=replace(settings.intake, **chosen))


@cache
def samples(people: int = 1, batch: str = "511000-2026-P003") -> tuple[SampleRecord, ...]:
    """Return the records of a small rehearsal batch."""
    return tuple(build(people, seed=1, batch=batch, scans=False))


def sample(step: str, people: int = 1) -> SampleRecord:
    """Return the first rehearsal record of a step."""
    return next(one for one in samples(people) if one.step_id == step)


def file_name(one: SampleRecord) -> str:
    """Return the name a record is dropped under."""
    return one.record_id.replace("/", "_") + ".xml"


def drop(folder: Path, records: Iterable[SampleRecord]) -> None:
    """Drop records with their attachments beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in records:
        for paper in one.attachments:
            (folder / paper.name).write_bytes(paper.data)
        (folder / file_name(one)).write_bytes(one.xml)


def zipped(path: Path, records: Iterable[SampleRecord], folder: str = "") -> None:
    """Drop records as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in records:
            for paper in one.attachments:
                archive.writestr(folder + paper.name, paper.data)
            archive.writestr(folder + file_name(one), one.xml)


def take_in(settings: Settings, **options: Any) -> list[VerdictLine]:
    """Work until nothing is ready, and return what was told."""
    told: list[VerdictLine] = []
    watcher = Watcher(settings, told.append, **options)
    try:
        watcher.run(until_idle=True)
    finally:
        watcher.close()
    return told


def outcomes(told: Iterable[VerdictLine]) -> dict[str, str]:
    """Return submission → its last outcome."""
    return {line.submission: line.outcome.value for line in told}


def codes(line: VerdictLine) -> list[str]:
    """Return the codes of a verdict's findings."""
    return [one.code for one in line.findings]


def digests(settings: Settings) -> Counter[str]:
    """Count every file that is not of our own making, by content, wherever in the home it stands."""
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in kept_files(settings))


def kept_files(settings: Settings) -> Iterator[Path]:
    """Yield every file in the home that was dropped."""
    for place in PLACES:
        for path in sorted((settings.home / place).rglob("*")):
            if path.is_file() and path.name not in OURS and not path.name.startswith("."):
                yield path


def records_in(settings: Settings, place: str) -> Counter[str]:
    """Count the record files standing in one place, by content."""
    found = (path for path in (settings.home / place).rglob("*.xml") if path.is_file())
    return Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in found)
