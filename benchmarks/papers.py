"""Papers at intake: CPU a page beyond what their records cost, taken over as they are and drawn anew."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf

from archive.home import make_home
from benchmarks.family import run
from benchmarks.measure import Measured
from benchmarks.rounds import ROOT
from jishi.records import R
from jishi.safe_xml import parse
from rehearsal.batch import SampleRecord, build

PEOPLE = 6


def figures() -> Iterator[Measured]:
    """Yield what a page costs."""
    scanned = list(build(PEOPLE, 1))
    bare = _intake(list(build(PEOPLE, 1, scans=False)))
    pages = sum(int(node.get("pages", "0")) for one in scanned for node in parse(one.xml).iter(f"{R}attachment"))
    for name, records in (("taken over as they are", scanned), ("all drawn anew", [_stamped(one) for one in scanned])):
        each = 1000 * (_intake(records) - bare) / pages
        row = f"intake with papers, {pages} pages {name} (CPU a page beyond the records)"
        yield Measured(row, f"{each:.2f} ms", "", "", "told, no aim", True)


def _intake(records: list[SampleRecord]) -> float:
    """Return the CPU seconds of taking records in, all processes together."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as folder:
        settings = make_home(Path(folder) / "home")
        for one in records:
            for paper in one.attachments:
                (settings.drop / paper.name).write_bytes(paper.data)
            (settings.drop / f"{one.record_id.replace('/', '_')}.xml").write_bytes(one.xml)
        cost = run([sys.executable, "-m", "benchmarks.intake_child", str(settings.home)], ROOT)
        assert json.loads(cost.out)["admitted"] == len(records), cost.out
        return cost.cpu


def _stamped(one: SampleRecord) -> SampleRecord:
    """Return a record whose PDFs carry a stamp as annotation on every page."""
    xml, papers = one.xml, []
    for paper in one.attachments:
        data = _with_stamps(paper.data) if paper.data.startswith(b"%PDF") else paper.data
        xml = xml.replace(hashlib.sha256(paper.data).hexdigest().encode(), hashlib.sha256(data).hexdigest().encode())
        xml = xml.replace(f'bytes="{len(paper.data)}"'.encode(), f'bytes="{len(data)}"'.encode())
        papers.append(type(paper)(paper.name, data))
    return SampleRecord(one.record_id, one.step_id, one.person_no, xml, tuple(papers))


def _with_stamps(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        look = pdf.make_stream(b"1 0 0 rg 0 0 100 100 re f")
        look.Type, look.Subtype, look.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 100, 100])
        for page in pdf.pages:
            note = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Stamp,
                Rect=pikepdf.Array([250, 400, 350, 500]),
                F=4,
                AP=pikepdf.Dictionary(N=look),
            )
            page.obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
        stream = io.BytesIO()
        pdf.save(stream, static_id=True)
        return stream.getvalue()
