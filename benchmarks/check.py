"""Checking: one record against xmllint's XSD alone, fifty people within seconds, and how it grows to five hundred."""

from __future__ import annotations

import datetime as dt
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree

from archive.register.register import Register
from benchmarks.measure import Measured, at_most, cpu
from benchmarks.rounds import ROOT, samples
from jishi.record_types import procedure_folder
from jishi.workdays import calendar_from
from pipeline.acceptance.batch_check import check_batch
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.intake.validate import RecordJudge
from pipeline.rules.profiles import load_profile
from rehearsal.batch import SampleRecord, build
from tests.filled_home import BATCH, fill

TODAY = dt.date(2026, 4, 20)


def figures() -> Iterator[Measured]:
    """Yield the comparisons."""
    yield from _one_record()
    yield _fifty_people()
    yield _growth()


def _one_record() -> Iterator[Measured]:
    some = samples(50)
    judge = RecordJudge(load_profile("CN"), calendar_from(None))
    spent = []
    for one in some:
        start = time.process_time()
        root = etree.fromstring(one.xml)
        judge.judge(root, one.xml, "")
        spent.append(time.process_time() - start)
    median = statistics.median(spent)
    yield Measured("check of one dropped record, XSD + rules (CPU median)", f"{median * 1000:.2f} ms", "", "",
                 "≤ 1 ms", median <= 0.001)  # fmt: skip
    if not shutil.which("xmllint"):
        yield Measured("XSD + rules / xmllint --schema", "", "", "not run: no xmllint here", "≤ 3 ×", False)
        return
    ours = cpu(lambda: [judge.judge(etree.fromstring(one.xml), one.xml, "") for one in some]) / len(some)
    yield at_most("XSD + rules / xmllint --noout --schema, XSD only (CPU a record)", ours, _xmllint(some), 3)


def _xmllint(some: Sequence[SampleRecord]) -> float:
    """Return CPU seconds a record of xmllint over the same files, one call for each type."""
    by_type: dict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for place, one in enumerate(some):
            path = Path(folder) / f"{place:05d}.xml"
            path.write_bytes(one.xml)
            by_type[one.step_id].append(str(path))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for kind, files in by_type.items():
            schema = str(procedure_folder() / kind / "record.xsd")
            subprocess.run(["xmllint", "--noout", "--schema", schema, *files], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(some)


def _fifty_people() -> Measured:
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as folder:
        settings = fill(Path(folder) / "home", 50)
        start = time.perf_counter()
        verdict = check_batch(settings, Register(settings.register_file), BATCH, TODAY).verdict
        spent = time.perf_counter() - start
    name = f"jishi check, 50 people, {len(samples(50))} records from disk, {len(verdict.findings)} findings (wall)"
    return Measured(name, f"{spent:.2f} s", "", "", "≤ 5 s", spent <= 5)


def _growth() -> Measured:
    times = {}
    for people in (10, 50, 200, 500):
        entries = [DossierEntry(etree.fromstring(one.xml), one.record_id) for one in build(people, 1, scans=False)]
        times[people] = (cpu(lambda entries=entries: _judged(entries), 1), len(entries))  # type: ignore[misc]
    said = ", ".join(f"{people}: {spent:.2f} s ({spent / count * 1000:.2f} ms a record)"
                     for people, (spent, count) in times.items())  # fmt: skip
    rate = (times[500][0] / times[500][1]) / (times[50][0] / times[50][1])
    told = f"{rate:.2f} × a record from 50 to 500"
    return Measured("whole-dossier check by people (CPU)", said, "", told, "linear: ≤ 1.5 ×", rate <= 1.5)


def _judged(entries: Sequence[DossierEntry]) -> object:
    profile = load_profile("CN")
    return judge_batch(assemble(entries, batch=BATCH, profile=profile, today=TODAY), profile, calendar_from(None))
