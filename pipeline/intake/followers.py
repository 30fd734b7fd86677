"""Findings that only follow from another one, left out of what is told."""

from __future__ import annotations

from collections.abc import Iterable

from jishi.findings import Finding
from pipeline.intake.schema_words import LACKS

_FORM = ("X-SCHEMA", "X-TYPE")
_PAPERS = ("F-", "N-")


def breaks_form(findings: Iterable[Finding]) -> bool:
    """Tell whether a record breaks its schema or is of no type."""
    return any(one.code in _FORM for one in findings)


def without_followers(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without those on what the record does not say of a paper that is missing or cannot be shown."""
    told = tuple(findings)
    unsound = {one.place for one in told if one.code.startswith(_PAPERS) and one.place}
    return tuple(one for one in told if not (one.code == "X-SCHEMA" and LACKS in one.message and one.place in unsound))
