"""Intake: CPU a record against the bare sum of its parts, and what ten thousand at once do to memory and to counts."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import lxml.isoschematron as isoschematron
from docxtpl import DocxTemplate
from jinja2 import Environment
from lxml import etree

from archive.home import make_home
from archive.reading.status import overview
from archive.register.register import Register
from benchmarks.family import run
from benchmarks.measure import Measured, at_most, cpu
from benchmarks.rounds import ROOT, records, samples
from jishi.record_types import procedure_folder, type_ids
from jishi.settings import UnitSettings
from jishi.workdays import calendar_from
from pipeline.rules.profiles import load_profile
from pipeline.rules.schematron import FUNCTIONS, SCHEMATRON
from pipeline.rules.xpath_functions import functions
from press.package import pack, package_of
from press.record_form import form_of
from press.word import template_bytes, template_name, word_template
from press.word_values import values_of
from rehearsal.batch import write

SMALL, LARGE = 40, 400
"""People: about 1,000 and 10,000 records."""


def figures() -> Iterator[Measured]:
    """Yield CPU, memory and completeness."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as folder:
        small = _take_in(Path(folder) / "small", SMALL)
        large = _take_in(Path(folder) / "large", LARGE)
    bare = _bare_sum()
    name = (
        f"intake of {large['records']} records at once / bare parse + XSD + isoschematron + cached docx (CPU a record)"
    )
    yield at_most(name, large["cpu"] / large["records"], bare, 2.5)
    each = (large["cpu"] - small["cpu"]) / (large["records"] - small["records"])
    start = max(0.0, small["cpu"] - each * small["records"])
    counted = f"{start:.2f} s, and {each * 1000:.2f} ms a record"
    yield Measured(
        "of which start-up once (processes, fonts, rules and templates)", counted, "", "", "told, no aim", True
    )
    name = f"peak memory of the largest process, {large['records']} records / {small['records']} records"
    yield at_most(name, large["peak"], small["peak"], 1.2, "MiB")
    lost = large["records"] - large["admitted"]
    counts = f"{large['admitted']} admitted, {large['duplicate']} twice, {lost} lost, {large['seconds']:.0f} s"
    yield Measured(f"{large['records']} records dropped at once", counts, "", f"{lost} lost", "0 lost, 0 twice",
                 lost == 0 and not large["duplicate"])  # fmt: skip


def _take_in(home: Path, people: int) -> dict[str, Any]:
    settings = make_home(home)
    dropped = write(settings.drop, people, 1, scans=False)
    words = [sys.executable, "-m", "benchmarks.intake_child", str(home)]
    cost = run(words, ROOT)
    said: dict[str, Any] = json.loads(cost.out)
    stored = overview(Register(settings.register_file)).counts["admitted"]
    assert stored == said["admitted"], (stored, said)
    return said | {"records": dropped, "cpu": cost.cpu, "peak": cost.peak}


def _bare_sum() -> float:
    """Return CPU seconds a record of parsing, XSD, isoschematron and a Word form rendered from ready values."""
    namespace = etree.FunctionNamespace(FUNCTIONS)
    namespace.prefix = "f"
    for name, function in functions(calendar_from(None)).items():
        namespace[name] = function
    folder = procedure_folder()
    schemas = {kind: etree.XMLSchema(file=str(folder / kind / "record.xsd")) for kind in type_ids()}
    general = _schematron(folder / "rules" / "record.sch")
    own = {
        kind: _schematron(folder / kind / "rules.sch") for kind in type_ids() if (folder / kind / "rules.sch").exists()
    }
    some = samples(SMALL)
    parsed = [etree.fromstring(one.xml) for one in some]
    judged = cpu(lambda: [_judge(one.xml, one.step_id, schemas, general, own) for one in some])
    return (judged + _word_sum()) / len(parsed)


def _schematron(path: Path) -> isoschematron.Schematron:
    """Return lxml's own Schematron of one of our files, the profile's parameters set as global values."""
    document = etree.parse(path)
    last = document.getroot().findall(f"{{{SCHEMATRON}}}ns")[-1]
    for name, value in load_profile("CN").parameters.items():
        words = f"' {' '.join(value)} '" if isinstance(value, tuple) else f"'{value}'"
        said = str(int(value)) if isinstance(value, int) else words
        last.addnext(etree.Element(f"{{{SCHEMATRON}}}let", name=f"P.{name}", value=said))
    return isoschematron.Schematron(document)


def _judge(
    xml: bytes,
    kind: str,
    schemas: dict[str, etree.XMLSchema],
    general: isoschematron.Schematron,
    own: dict[str, isoschematron.Schematron],
) -> bool:
    root = etree.fromstring(xml)
    schemas[kind].validate(root)
    sound = general.validate(root)
    return sound and (kind not in own or own[kind].validate(root))


def _word_sum() -> float:
    """Return CPU seconds of writing a Word file for every record, values ready."""
    found = [form_of(record) for record in records(SMALL)]
    templates = {name: CachedDocx(name) for name in {template_name(form) for form in found}}
    ready = [
        (templates[name], values_of(form, word_template(name).placed, UnitSettings()))
        for form in found
        for name in [template_name(form)]
    ]
    return cpu(lambda: [template.render(values) for template, values in ready])


class CachedDocx:
    """A template as docxtpl prepares it, compiled once by plain jinja2; unchanged parts are compressed once."""

    def __init__(self, name: str) -> None:
        engine = DocxTemplate(io.BytesIO(template_bytes(name)))
        engine.init_docx()
        plain = Environment(autoescape=True)
        self._texts = {"word/document.xml": plain.from_string(engine.patch_xml(engine.get_xml()))}
        for kind in (engine.HEADER_URI, engine.FOOTER_URI):
            for _, part in engine.get_headers_footers(kind):
                source = engine.patch_xml(engine.get_part_xml(part))
                self._texts[str(part.partname).lstrip("/")] = plain.from_string(source)
        stream = io.BytesIO()
        engine.docx.save(stream)
        with zipfile.ZipFile(stream) as saved:
            self._fixed = [pack(part, saved.read(part)) for part in saved.namelist() if part not in self._texts]

    def render(self, values: Mapping[str, Any]) -> bytes:
        """Return the Word file."""
        texts = [pack(part, text.render(values).encode(), level=6) for part, text in self._texts.items()]
        return package_of([*self._fixed, *texts])
