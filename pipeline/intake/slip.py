"""退回单: why a submission was not taken, on one page for people and as JSON for machines; and the note of a double."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from jishi.findings import Finding, Severity, errors_among, source_told
from jishi.moments import moment_told
from jishi.procedure import step_of
from jishi.record_types import record_type, type_ids

MOST = 200
"""So many findings are told of one submission."""
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class Slip:
    """Everything a refusal tells."""

    token: str
    name: str
    """What it was dropped as."""
    at: str
    record: str
    """记录编号, where it could be read."""
    findings: tuple[Finding, ...]
    unit: str
    """The unit that refuses."""

    @property
    def step(self) -> str:
        """Id and name of the step, where the record tells one that exists."""
        parts = self.record.split("/")
        known = step_of(parts[1]) if len(parts) == 3 else None
        return f"{known.id} {known.name}" if known else ""

    def html(self) -> str:
        """Return the page for people."""
        found = sorted(self.findings, key=lambda one: _ORDER[one.severity])
        errors = len(errors_among(found))
        return _template().render(
            name=self.name, record=self.record, step=self.step, at=moment_told(self.at), unit=self.unit,
            token=self.token, errors=errors, others=len(found) - errors, findings=[self._shown(one) for one in found],
        )  # fmt: skip

    def json(self) -> bytes:
        """Return the same for machines."""
        values = {
            "outcome": "rejected", "token": self.token, "submission": self.name, "record": self.record, "at": self.at,
            "findings": [one.as_json() for one in self.findings],
        }  # fmt: skip
        return _json(values)

    def _shown(self, one: Finding) -> dict[str, Any]:
        step = self.step.partition(" ")[0]
        place = _worded(one.place, step)
        where = "，".join(filter(None, [one.file, f"第{one.line}行" if one.line else "", place]))
        return {
            "severity": one.severity.value, "severity_label": one.severity.label, "message": one.message,
            "code": one.code, "where": where, "remedy": one.remedy, "requirement": one.requirement,
            "source": source_told(one.source, one.grade) if one.source else "",
        }  # fmt: skip


def double_note(name: str, at: str, record: str, message: str) -> tuple[bytes, bytes]:
    """Return the note put beside a double, for people and for machines.

    Args:
        name: what it was dropped as.
        at: when.
        record: the record it doubles.
        message: the answer it got.
    """
    text = f"投递名称：{name}\n投递时间：{moment_told(at)}\n结果：重复，未再收取\n说明：{message}\n已收记录：{record}\n"
    values = {"outcome": "duplicate", "submission": name, "at": at, "record": record, "message": message}
    return text.encode("utf-8"), _json(values)


def named(findings: Sequence[Finding], name: str, record: str) -> tuple[Finding, ...]:
    """Return findings that all tell which file and record they speak of; of very many the first, errors before others.

    What is kept, printed and told of one submission stays of a size people and the register can bear.
    """
    told: Sequence[Finding] = findings
    if len(findings) > MOST:
        chosen = sorted(findings, key=lambda one: _ORDER[one.severity])[:MOST]
        told = [*chosen, Finding("X-MORE", f"另有{len(findings) - MOST}处未列出", severity=Severity.INFO,
                                 remedy="改正以上各处后再投，其余的会再列出")]  # fmt: skip
    return tuple(replace(one, file=one.file or name, record=one.record or record) for one in told)


def _json(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def _worded(place: str, step: str) -> str:
    """Return a place in words: the label of the last element of an XPath, else the place as it is."""
    if not place.startswith("/") or step not in type_ids():
        return place
    last = place.rpartition("/")[2].partition("[")[0].rpartition(":")[2].lstrip("@")
    label = record_type(step).labels().get(last, "")
    return f"{label}（{place}）" if label else place


@cache
def _template() -> Template:
    source = (files("templates") / "slip" / "slip.html.j2").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        source
    )
