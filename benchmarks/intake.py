"""Intake: CPU a record against the bare sum of its parts, and what ten thousand at once do to memory and to counts."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree, isoschematron

from archive.catalogue import Catalogue
from archive.home import make_home
from benchmarks.measure import Figure, at_most, cpu
from benchmarks.rounds import ROOT, samples
from jishi.record_types import schemas_folder, type_ids
from jishi.settings import UnitSettings
from jishi.workdays import calendar_from
from pipeline.schematron import FUNCTIONS
from pipeline.status import overview
from pipeline.xpath_functions import functions
from press.forms import form_of
from press.word import template_name, word_template
from press.word_values import values_of
from rehearsal.batch import write

SMALL, LARGE = 40, 400
"""People: about 1,000 and 10,000 records."""


def figures() -> Iterator[Figure]:
    """Yield CPU, memory and completeness."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as folder:
        small = _take_in(Path(folder) / "small", SMALL)
        large = _take_in(Path(folder) / "large", LARGE)
    records = small["records"]
    bare = _bare_sum() * records
    yield at_most(f"intake of {records} records / bare parse + XSD + isoschematron + cached docx (CPU a record)",
                  small["cpu"] / records, bare / records, 2.5)  # fmt: skip
    for part in ("peak_main", "peak_worker"):
        name = f"{part.replace('_', ' ')} at {large['records']} records / at {records} (MiB)"
        yield at_most(name, large[part], small[part], 1.2, "MiB")
    lost = large["records"] - large["admitted"]
    counts = f"{large['admitted']} admitted, {large['duplicate']} twice, {lost} lost, {large['seconds']:.0f} s"
    yield Figure(f"{large['records']} records dropped at once", counts, "", f"{lost} lost", "0 lost, 0 twice",
                 lost == 0 and not large["duplicate"])  # fmt: skip


def _take_in(home: Path, people: int) -> dict[str, Any]:
    settings = make_home(home)
    records = write(settings.drop, people, 1, scans=False)
    words = [sys.executable, "-m", "benchmarks.intake_child", str(home)]
    said: dict[str, Any] = json.loads(subprocess.run(words, check=True, capture_output=True, cwd=ROOT).stdout)
    stored = overview(Catalogue(settings.catalogue_file)).counts["admitted"]
    assert stored == said["admitted"], (stored, said)
    return said | {"records": records}


def _bare_sum() -> float:
    """Return CPU seconds a record of parsing, XSD, isoschematron and a Word form rendered from ready values."""
    namespace = etree.FunctionNamespace(FUNCTIONS)
    namespace.prefix = "f"
    for name, function in functions(calendar_from(None)).items():
        namespace[name] = function
    folder = schemas_folder()
    schemas = {kind: etree.XMLSchema(file=str(folder / kind / "record.xsd")) for kind in type_ids()}
    general = isoschematron.Schematron(etree.parse(folder / "rules" / "record.sch"))
    own = {
        kind: isoschematron.Schematron(etree.parse(folder / kind / "rules.sch"))
        for kind in type_ids()
        if (folder / kind / "rules.sch").exists()
    }
    some = samples(SMALL)
    parsed = [etree.fromstring(one.xml) for one in some]
    judged = cpu(lambda: [_judge(one.xml, one.step_id, schemas, general, own) for one in some])
    return (judged + _word_sum()) / len(parsed)


def _judge(
    xml: bytes,
    kind: str,
    schemas: dict[str, etree.XMLSchema],
    general: isoschematron.Schematron,
    own: dict[str, isoschematron.Schematron],
) -> None:
    root = etree.fromstring(xml)
    schemas[kind].validate(root)
    general.validate(root)
    if kind in own:
        own[kind].validate(root)


def _word_sum() -> float:
    from benchmarks.rounds import records

    ready = []
    for record in records(SMALL):
        form = form_of(record)
        template = word_template(template_name(form))
        ready.append((template, values_of(form, template.placed, UnitSettings())))
    return cpu(lambda: [template.render(values) for template, values in ready])
