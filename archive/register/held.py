"""What has come for a batch and is not admitted: what waits in waiting/ or in the drop folder, what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from archive.register.case_queries import Refusal
from archive.register.tables import waiting
from jishi import safe_xml
from jishi.case.ids import RecordId
from jishi.case.step_record import StepRecord, step_record_of
from jishi.errors import JishiError
from jishi.procedure import step_of
from jishi.records import RECORD_FILE
from jishi.settings import Settings


@dataclass(frozen=True, slots=True)
class Held:
    """A record that has come and is not admitted so far."""

    paper: StepRecord
    message: str
    """What it waits for."""


def held_records(
    settings: Settings, connection: Connection, batch_id: str, dropped: Iterable[tuple[Path, str]]
) -> tuple[Held, ...]:
    """Return the records of a batch that wait; what cannot be read as one is left to the intake to refuse.

    Args:
        settings: the home's settings.
        connection: to the register.
        batch_id: whose records.
        dropped: record files that still lie in the drop folder, and what each waits for.
    """
    rows = connection.execute(select(waiting.c.token, waiting.c.message).where(waiting.c.batch == batch_id)).all()
    papers = [(settings.waiting / row.token / RECORD_FILE, row.message) for row in rows]
    return tuple(_among([*papers, *dropped], batch_id))


def slips(refused: Iterable[Refusal], person_no: str) -> dict[str, str]:
    """Return step → the slip of a submission that was refused and has not come again, relative to the home.

    Args:
        refused: the refusals of the batch that stand.
        person_no: whose; what was refused of the batch's counts where a step is not each person's own.
    """
    found = {}
    for one in refused:
        number = RecordId.of(one.record)
        step = step_of(number.step)
        whose = number.person_no == person_no or (not number.person_no and step is not None and step.scope != "person")
        if step is not None and step.stage and whose:
            found[step.id] = str(Path(one.place) / "slip.html")
    return found


def _among(papers: list[tuple[Path, str]], batch_id: str) -> Iterator[Held]:
    for path, message in papers:
        with suppress(OSError, ValueError, JishiError):
            paper = step_record_of(safe_xml.parse(path.read_bytes(), path.name))
            if RecordId.of(paper.id).batch == batch_id:
                yield Held(paper, message)
