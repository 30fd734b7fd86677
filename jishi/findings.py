"""What is wrong with a record, a batch or an archive: coded, placed, worded, with the way out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

_SEED = re.compile(r"（seed \d+）")
"""The mark by which rule data cites a text of the project's library."""
_GRADE = re.compile(r"〔([^〔〕]+)〕$")


class Grade(StrEnum):
    """How far a rule's source can be trusted: what was read to write it down."""

    OFFICIAL = "官方文本"
    ANSWERS = "官方问答"
    REPRINT = "转载"
    LOCAL = "种子文本"
    """A locality's public text the product was asked for from."""
    OURS = "设计（勾稽）"
    """Ours: that records and figures agree, or what we chose."""
    UNSEEN = "未见"
    """No text was found that says so."""


class Severity(StrEnum):
    """How much a finding weighs: an error blocks, a warning needs an explanation, info is told."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        """The Chinese word printed for it."""
        return {"error": "错误", "warning": "警告", "info": "提示"}[self.value]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, said once, with its place and its cure."""

    code: str
    """Stable code: G01, CN-26, X-SCHEMA, F-DIGEST …"""
    message: str
    """What is wrong, in Chinese, with the actual figures."""
    severity: Severity = Severity.ERROR
    file: str = ""
    """Name of the file it was found in."""
    record: str = ""
    """记录编号 of the record concerned."""
    line: int = 0
    """Line in that file, 1-based; 0 when unknown."""
    place: str = ""
    """XPath or field label inside the file."""
    remedy: str = ""
    """What to do about it."""
    source: str = ""
    """The clause or seed it rests on."""
    grade: str = ""
    """How far the source can be trusted, one of Grade; empty where there is no source."""
    requirement: str = ""
    """R01–R61 where the finding answers one."""

    def __str__(self) -> str:
        whose = self.file or (f"记录{self.record}" if self.record else "")
        where = "，".join(filter(None, [whose, f"第{self.line}行" if self.line else "", self.place]))
        parts = [f"[{self.code}] {self.message}{graded(self.grade)}"]
        if where:
            parts.append(f"位置：{where}")
        if self.remedy:
            parts.append(f"处理：{self.remedy}")
        return "；".join(parts)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values, empty parts left out."""
        return {key: value for key, value in asdict(self).items() if value not in ("", 0)}


def finding_of(values: Mapping[str, Any]) -> Finding:
    """Return the finding that plain JSON values tell; the other way round than Finding.as_json."""
    return Finding(**{**values, "severity": Severity(values["severity"])})


def errors_among(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that block, in their order."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def graded(grade: str) -> str:
    """Return a grade as it stands behind what rests on it; nothing where there is none."""
    return f"〔{grade}〕" if grade else ""


def source_told(source: str, grade: str = "") -> str:
    """Return a source as people read it: without our marks, with its grade behind it.

    Args:
        source: the clause or text as rule data cites it.
        grade: how far it can be trusted, one of Grade, or several joined where it is several sources.
    """
    return _SEED.sub("", source) + graded(grade)


def grade_in(told: str) -> str:
    """Return the grade that stands behind a source as people read it, or ""."""
    found = _GRADE.search(told)
    return found[1] if found else ""
