"""The material of every comparison: the rehearsal batch, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jishi import safe_xml
from jishi.records import Record, record_of
from rehearsal.batch import SampleRecord, build

ROOT = Path(__file__).resolve().parent.parent


@cache
def samples(people: int) -> tuple[SampleRecord, ...]:
    """Return the submissions of a batch, with small real attachments."""
    return tuple(build(people, seed=1, scans=False))


@cache
def records(people: int) -> list[Record]:
    """Return the records of a batch."""
    return [record_of(safe_xml.parse(one.xml, one.record_id), one.xml) for one in samples(people)]
