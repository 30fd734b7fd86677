"""The settings that say whose archive this is, against those of the last filing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from archive.register.ledger import LedgerLine
from jishi.findings import Finding, Severity
from jishi.settings import SETTINGS_FILE, Settings

_RENEWED = frozenset({"retention_approval"})
"""Says by what was filed, not whose archive it is: what is kept how long is approved anew from time to time."""


def unit_faults(settings: Settings, lines: Sequence[LedgerLine]) -> Iterator[Finding]:
    """Yield a warning for every item of [unit] that is another than when a batch was last filed."""
    last: Mapping[str, str] = next((line.detail["unit"] for line in reversed(lines) if "unit" in line.detail), {})
    now = asdict(settings.unit)
    for key in sorted((last.keys() & now.keys()) - _RENEWED):
        if last[key] != now[key]:
            words = f"设置 [unit] {key} 现为“{now[key]}”，最近一次立卷时为“{last[key]}”"
            yield Finding("A-UNIT", words, severity=Severity.WARNING, place=SETTINGS_FILE,
                          remedy="确是单位变更的可以不管；否则改回来再立卷")  # fmt: skip
