"""The examples beside every record type: one valid record, and the same with a telling fault.

`python -m rehearsal.examples` writes them anew from the made-up batch of six people.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from jishi.record_types import procedure_folder, type_ids
from rehearsal.batch import DEFAULT_BATCH, build
from rehearsal.blanks import blank
from rehearsal.composer import Composed
from rehearsal.exceptions import exception
from rehearsal.faults import FAULTS, faulty
from rehearsal.plan import StoryPlan
from rehearsal.scans import scan

PEOPLE, SEED = 6, 1
EARLIER_BATCH = "511000-2025-P003"
"""The batch whose year of probation has passed."""
INVALID = "invalid-X-SCHEMA.xml"


def valid_examples(scans: bool = True) -> dict[str, bytes]:
    """Return record type → the record that says most among those of the made-up batch."""
    best: dict[str, bytes] = {}
    for step, xml in _records(scans):
        if _weight(xml) > _weight(best.get(step, b"")):
            best[step] = xml
    return best


def _records(scans: bool) -> Iterator[tuple[str, bytes]]:
    yield from ((record.step_id, record.xml) for record in build(PEOPLE, SEED, scans=scans))
    later = build(PEOPLE, SEED, batch=EARLIER_BATCH, scans=scans, supplement=True)
    yield from ((record.step_id, record.xml) for record in later if record.step_id in ("S6-06", "S6-07"))
    note = Composed(exception(StoryPlan(PEOPLE, SEED, DEFAULT_BATCH)), DEFAULT_BATCH, scan if scans else blank)
    yield "EX", note.xml


def _weight(xml: bytes) -> int:
    """Return how much a record says, its list of attachments left out."""
    return len(xml.partition(b"<attachment")[0])


def invalid_example(type_id: str, valid: bytes) -> bytes:
    """Return a valid record spoilt by the fault of its type, which a comment at its head tells."""
    fault = FAULTS[type_id]
    root = faulty(etree.fromstring(valid), fault)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- 反例：{fault.says} -->\n'
    return head.encode() + etree.tostring(root, encoding="UTF-8") + b"\n"


def write_examples(folder: Path) -> int:
    """Write both examples of every record type below the schemas' folder.

    Returns:
        The number of files written.
    """
    valid = valid_examples()
    for type_id in type_ids():
        place = folder / type_id / "examples"
        place.mkdir(exist_ok=True)
        (place / "valid.xml").write_bytes(valid[type_id])
        (place / INVALID).write_bytes(invalid_example(type_id, valid[type_id]))
    return 2 * len(type_ids())


if __name__ == "__main__":
    print(f"已写出{write_examples(procedure_folder())}个示例")
