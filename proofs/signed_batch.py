"""A whole batch goes out to be signed and comes back as scans alone: every record is taken in, with every hand seen.

`python -m proofs.signed_batch` prints all records of one person's batch, signs and harms every page, drops all as three
mixed stacks into a home, and wants every record admitted, its signatures proved, nothing left; prints `n of n`.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from archive.home import make_home
from archive.reading.retrieve import Reader
from archive.register.register import Register
from archive.verify import verify
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from jishi.settings import Settings
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.watch import intake_once
from pipeline.sheets.drafts import Reprints
from pipeline.sheets.sent import SentSheets
from press.draft import Draft
from proofs.scanner import as_pdf, some_harm
from proofs.sheets import shuffled, signed_scan
from rehearsal.batch import SampleRecord, build

STACKS, SEED = 3, 5


def main() -> int:
    """Send, sign, scan, drop, and count."""
    with tempfile.TemporaryDirectory(prefix="jishi-signed-") as folder:
        settings = make_home(Path(folder) / "home")
        settings = replace(settings, intake=replace(settings.intake, settle_seconds=0.0, workers=1))
        drafts = _sent(settings, Path(folder) / "desk")
        pages = _dropped(settings, drafts)
        start = time.monotonic()
        told: list[VerdictLine] = []
        intake_once(settings, report=told.append)
        seconds = time.monotonic() - start
        register = Register(settings.register_file)
        admitted = {line.record for line in told if line.outcome.value == "admitted"}
        proved = [one for one in drafts if one in admitted and Reader(settings, register).proofs(one)]
        left = [one.record for one in SentSheets(settings).all()]
        faults = verify(settings, register).findings
    print(f"{pages} pages in {STACKS} stacks taken in within {seconds:.0f} s; still out: {left}; faults: {len(faults)}")
    print(f"{len(proved)} of {len(drafts)}")
    return int(len(proved) != len(drafts) or bool(left) or bool(faults))


def _sent(settings: Settings, desk: Path) -> dict[str, Draft]:
    """Keep every record as printing keeps it, all its papers beside it but the one that is to be signed."""
    desk.mkdir()
    sent, prints, drafts = SentSheets(settings), Reprints(settings), {}
    for sample in build(1, SEED, scans=False):
        record = record_of(parse(sample.xml), sample.xml)
        path = desk / f"{record.id.replace('/', '_')}.xml"
        path.write_bytes(sample.xml)
        _lay_papers(desk, sample, record)
        sent.send(record.id, path, [paper.file for paper in record.attachments])
        drafts[record.id] = prints.of(record)
    return drafts


def _lay_papers(desk: Path, sample: SampleRecord, record: Record) -> None:
    scan = next(paper.file for paper in record.attachments if paper.id == record.signatures[0].attachment)
    for paper in sample.attachments:
        if paper.name != scan:
            (desk / paper.name).write_bytes(paper.data)


def _dropped(settings: Settings, drafts: dict[str, Draft]) -> int:
    """Drop every page signed, scanned and harmed; return how many."""
    source = random.Random(SEED)
    stacks = shuffled(drafts, STACKS, SEED)
    for number, faces in enumerate(stacks):
        harms = [some_harm(source) for _ in faces]
        scans = [
            signed_scan(drafts[record_id], page, harm, source, set(), leaving_empty=0.0)
            for (record_id, page), harm in zip(faces, harms, strict=True)
        ]
        (settings.drop / f"扫描{number}.pdf").write_bytes(as_pdf(scans, harms))
    return sum(map(len, stacks))


if __name__ == "__main__":
    sys.exit(main())
