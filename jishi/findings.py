"""What is wrong with a record, a batch or an archive: coded, placed, worded, with the way out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

UNVERIFIED = "（依据未核）"
"""The mark of a clause whose wording nobody has checked against the official text."""
_SEED = re.compile(r"（seed \d+）")
"""The mark by which rule data cites a text of the project's library."""


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
    verified: bool = True
    """False where the text of the clause was not checked against the official wording."""
    requirement: str = ""
    """R01–R61 where the finding answers one."""

    def __str__(self) -> str:
        whose = self.file or (f"记录{self.record}" if self.record else "")
        where = "，".join(filter(None, [whose, f"第{self.line}行" if self.line else "", self.place]))
        mark = "" if self.verified else UNVERIFIED
        parts = [f"[{self.code}] {self.message}{mark}"]
        if where:
            parts.append(f"位置：{where}")
        if self.remedy:
            parts.append(f"处理：{self.remedy}")
        return "；".join(parts)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values, empty parts left out."""
        return {key: value for key, value in asdict(self).items() if value is False or value not in ("", 0)}


def finding_of(values: Mapping[str, Any]) -> Finding:
    """Return the finding that plain JSON values tell; the other way round than Finding.as_json."""
    return Finding(**{**values, "severity": Severity(values["severity"])})


def errors_among(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that block, in their order."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def source_told(source: str, verified: bool = True) -> str:
    """Return a source as people read it: without our marks, with the mark of a clause nobody has checked.

    Args:
        source: the clause or text as rule data cites it.
        verified: whether its wording was checked against the official text.
    """
    return _SEED.sub("", source) + ("" if verified else UNVERIFIED)
