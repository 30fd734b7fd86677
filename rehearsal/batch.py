"""The door of the rehearsal room: a complete made-up batch, as records or as submissions in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jishi.errors import SettingsInvalid
from rehearsal.blanks import blank
from rehearsal.composer import Composed
from rehearsal.dropping import drop
from rehearsal.plan import StoryPlan
from rehearsal.procedure import drafts
from rehearsal.scans import scan
from rehearsal.schedule import knows

DEFAULT_BATCH = "511000-2026-P003"
MOST_PEOPLE = 2000
_FIRST_YEAR = 2005


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One attachment as a file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One record with its attachments, ready to be dropped."""

    record_id: str
    step_id: str
    person_no: str
    """纪实编号 of the person it is about; empty for a batch record."""
    xml: bytes
    attachments: tuple[SampleFile, ...]


def build(
    people: int, seed: int = 1, *, batch: str = DEFAULT_BATCH, scans: bool = True, supplement: bool = False
) -> Iterator[SampleRecord]:
    """Yield a complete, made-up batch, record by record in the order of the procedure.

    The same arguments give the same bytes. Only the plan of the batch is held in memory, never its records.

    Args:
        people: how many people, from 1 to 2000; from four on, all kinds of change of an ordinary batch occur.
        seed: which of the many possible batches.
        batch: number of the batch; its year sets the dates.
        scans: draw attachments like scanned pages; else they are tiny, nearly empty PDFs.
        supplement: instead of the batch, what comes a year later for those on probation (S6-06, S6-07, S6-08).

    Raises:
        ValueError: the number of people is out of range.
        SettingsInvalid: the working calendar does not know a year the batch needs.
    """
    if not 1 <= people <= MOST_PEOPLE:
        raise ValueError(f"人数应在1至{MOST_PEOPLE}之间，实为{people}")
    _refuse_unknown_year(batch, later=int(supplement))
    return _records(StoryPlan(people, seed, batch), scans, supplement)


def _refuse_unknown_year(batch: str, later: int) -> None:
    """Refuse before the first record is written, and name a batch whose years are all known.

    Args:
        batch: its number.
        later: how many years after the batch's own its last papers come.
    """
    region, named, serial = batch.split("-")
    needed = int(named) + later
    if knows(needed):
        return
    year = next((year for year in range(needed - 1, _FIRST_YEAR - 1, -1) if knows(year + later)), _FIRST_YEAR)
    words, both = ("的试用期到", "，写批次和试用期材料都加") if later else ("在", "，加")
    raise SettingsInvalid(
        f"批次 {batch} {words}{needed}年，演练用的国家工作日历还没有该年的节假日安排，未写任何文件；"
        f"请换一个年份早些的批次{both} --batch {region}-{year}-{serial}"
    )


def _records(plan: StoryPlan, scans: bool, supplement: bool) -> Iterator[SampleRecord]:
    render = scan if scans else blank
    for draft in drafts(plan, supplement):
        composed = Composed(draft, plan.batch, render)
        files = tuple(SampleFile(name, data) for name, data in composed.files)
        owner = draft.subject.no if draft.subject else ""
        yield SampleRecord(composed.record_id, draft.step, owner, composed.xml, files)


def write(
    folder: Path,
    people: int,
    seed: int = 1,
    *,
    batch: str = DEFAULT_BATCH,
    scans: bool = True,
    supplement: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write a complete, made-up batch into a folder as submissions: files, some folders, some zips.

    Args:
        folder: where the submissions shall stand; made when missing.
        people: as for build.
        seed: as for build.
        batch: as for build.
        scans: as for build.
        supplement: as for build.
        progress: told the number of records written so far.

    Returns:
        The number of records written.

    Raises:
        ValueError: the number of people is out of range.
        SettingsInvalid: the working calendar does not know a year the batch needs.
    """
    return drop(build(people, seed, batch=batch, scans=scans, supplement=supplement), folder, progress)
