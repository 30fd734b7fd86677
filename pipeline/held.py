"""What has come for a batch and is not admitted: what waits in waiting/ or in the drop folder, what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from archive.case_queries import Refusal
from archive.tables import waiting
from jishi import safe_xml
from jishi.case.ids import RecordId
from jishi.case.paper import Paper, paper_of
from jishi.errors import JishiError
from jishi.process import catalogue
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from pipeline.intake import pending
from pipeline.submission import Kind, kind_of


@dataclass(frozen=True, slots=True)
class Held:
    """A record that has come and is not admitted so far."""

    paper: Paper
    message: str
    """What it waits for."""


def held_records(settings: Settings, connection: Connection, batch_id: str) -> tuple[Held, ...]:
    """Return the records of a batch that wait; what cannot be read as one is left to the intake to refuse."""
    rows = connection.execute(select(waiting.c.token, waiting.c.message).where(waiting.c.batch == batch_id)).all()
    papers = [(settings.waiting / row.token / RECORD_FILE, row.message) for row in rows]
    papers += [(settings.drop / one.name, one.message) for one in pending(settings) if kind_of(one.name) is Kind.RECORD]
    return tuple(_among(papers, batch_id))


def slips(refused: Iterable[Refusal], person_no: str) -> dict[str, str]:
    """Return step → the slip of a submission that was refused and has not come again, relative to the home.

    Args:
        refused: the refusals of the batch that stand.
        person_no: whose; what was refused of the batch's counts where a step is not each person's own.
    """
    found = {}
    for one in refused:
        number = RecordId.of(one.record)
        step = catalogue().steps.get(number.step)
        if step is not None and (number.person_no == person_no or (not number.person_no and step.scope != "person")):
            found[step.id] = str(Path(one.place) / "slip.html")
    return found


def _among(papers: list[tuple[Path, str]], batch_id: str) -> Iterator[Held]:
    for path, message in papers:
        with suppress(OSError, ValueError, JishiError):
            paper = paper_of(safe_xml.parse(path.read_bytes(), path.name))
            if RecordId.of(paper.id).batch == batch_id:
                yield Held(paper, message)
