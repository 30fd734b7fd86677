"""Word forms: the compiled path against docxtpl's own render of the same templates and values."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from docxtpl import DocxTemplate

from benchmarks.measure import Measured, at_least, cpu
from benchmarks.rounds import records
from jishi.settings import UnitSettings
from press.forms import STANDARD, Form
from press.looks import drawn_by
from press.record_form import form_of
from press.summary import person_report
from press.word import template_bytes, template_name, word_template
from press.word_values import values_of

STEP_FORMS = 60


def figures() -> Iterator[Measured]:
    """Yield the step form and the 全程纪实报告表."""
    found = records(6)
    steps = [form_of(record) for record in found if drawn_by(record.step_id) == STANDARD][:STEP_FORMS]
    yield _compare("docx, step form (CPU a document)", steps)
    numbers = sorted({record.person_no for record in found if record.person_no})
    yield _compare("docx, 全程纪实报告表 (CPU a document)", [person_report(found, no) for no in numbers])


def _compare(name: str, forms: list[Form]) -> Measured:
    ready = []
    for form in forms:
        template = template_name(form)
        ready.append((template, values_of(form, word_template(template).placed, UnitSettings())))
    ours = cpu(lambda: [word_template(one).render(values) for one, values in ready for _ in range(10)])
    peer = cpu(lambda: [_docxtpl(one, values) for one, values in ready])
    return at_least(name, ours / (10 * len(ready)), peer / len(ready), 20)


def _docxtpl(name: str, values: Mapping[str, Any]) -> bytes:
    template = DocxTemplate(io.BytesIO(template_bytes(name)))
    template.render(values, autoescape=True)
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()
