"""The records that tell one candidate's case, or a batch's, as words ready for a summary."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from functools import cached_property
from itertools import groupby

from lxml import etree

from jishi.case.standing import Standing, State
from jishi.case.step_record import StepRecord, step_record_of
from jishi.procedure import Deed, procedure
from jishi.records import R, Record
from press.forms import Grid, Pair
from press.record_form import form_of


class Told:
    """One record's content in words: a field by key, a table's rows by key."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.form = form_of(record)
        self._rows: dict[str, list[dict[str, str]]] = {}

    @cached_property
    def paper(self) -> StepRecord:
        """The record as far as standing asks, read once for all candidates."""
        return step_record_of(self.record.root, self.record.id)

    def pair(self, key: str) -> Pair | None:
        """Return a field, or None where the record does not have it."""
        return next((part for part in self.form.body if isinstance(part, Pair) and part.key == key), None)

    def __getitem__(self, key: str) -> str:
        """Return a field's text on one line, or "" where the record does not have it."""
        pair = self.pair(key)
        return "".join(pair.lines) if pair else ""

    def grid(self, key: str) -> Grid | None:
        """Return the table of a list field, or None where the record does not have it."""
        return next((part for part in self.form.body if isinstance(part, Grid) and part.key == key), None)

    def rows(self, key: str) -> list[dict[str, str]]:
        """Return a table's rows, each as column key → text."""
        if key not in self._rows:
            grid = self.grid(key)
            self._rows[key] = [dict(zip(grid.keys, row, strict=True)) for row in grid.rows] if grid else []
        return self._rows[key]

    def signers(self, *roles: str) -> list[str]:
        """Return the names of those who signed, in the record's order, each once."""
        marks = [mark for mark in self.record.signatures if not roles or mark.role in roles]
        names = [self.name(mark.person) for mark in marks]
        return list(dict.fromkeys(names))

    def name(self, key: str) -> str:
        """Return the name behind a person key."""
        person = self.record.people.get(key)
        return person.name if person else key


class CaseRecords:
    """The records that count for one candidate (or, without one, for the batch): superseded ones left out.

    Args:
        records: every record of the batch and of the person; records of others may be among them, and one twice.
        person_no: 纪实编号 of the candidate, or "" for the batch.
        told: what was told before, by 记录编号; the batch's records are told once for all its candidates.
    """

    def __init__(
        self, records: Iterable[Record], person_no: str = "", told: MutableMapping[str, Told] | None = None
    ) -> None:
        each = {record.id: record for record in records}
        known = sorted(each.values(), key=lambda record: (record.step.order, record.occurred_on, record.id))
        replaced = {record.correction_of for record in known}
        self.person_no = person_no
        self.records = [record for record in known if record.id not in replaced]
        self._by_step = {step: list(same) for step, same in groupby(self.records, lambda record: record.step_id)}
        self._told: MutableMapping[str, Told] = {} if told is None else told
        self._found: dict[str, list[Told]] = {}
        self._standing = Standing(map(self._paper, self.records))

    def of(self, step_id: str) -> list[Told]:
        """Return the records of a step that tell of the candidate, in order of date."""
        if step_id not in self._found:
            self._found[step_id] = self._find(step_id)
        return self._found[step_id]

    def _paper(self, record: Record) -> StepRecord:
        known = self._told.get(record.id)
        return known.paper if known is not None else step_record_of(record.root, record.id)

    def _find(self, step_id: str) -> list[Told]:
        about = {paper.id for paper in self._standing.about(self.person_no, step_id)}
        return [self.told(record) for record in self._by_step.get(step_id, ()) if record.id in about]

    def last(self, step_id: str) -> Told | None:
        """Return the latest record of a step, the candidate's own before the batch's, or None."""
        found = self.of(step_id)
        own = [one for one in found if one.record.person_no]
        return (own or found)[-1] if found else None

    def told(self, record: Record) -> Told:
        """Return a record in words, worked out once."""
        if record.id not in self._told:
            self._told[record.id] = Told(record)
        return self._told[record.id]

    def own_rows(self, told: Told, key: str, column: str = "person") -> list[dict[str, str]]:
        """Return the rows of a table that speak of the candidate."""
        grid = told.grid(key)
        if grid is None:
            return []
        entries = told.record.entries(key)
        rows = zip(entries, told.rows(key), strict=True)
        return [row for entry, row in rows if _refers(entry.find(f"{R}{column}"), self._key(told.record))]

    @cached_property
    def roster(self) -> Told | None:
        """The candidate's roster entry: who it is and what is planned."""
        return self.last(procedure().that(Deed.ENROLS))

    @cached_property
    def name(self) -> str:
        """The candidate's name."""
        subject = self.roster.record.subject if self.roster else None
        return subject.name if subject else self.person_no

    @cached_property
    def absences(self) -> dict[str, Record]:
        """Step → the “不适用”说明 that covers it."""
        notes = {record.id: record for record in self._by_step.get(procedure().that(Deed.WAIVES), ())}
        waivers = ((step, self._standing.waiver(self.person_no, step)) for step in procedure().steps)
        return {step: notes[waiver] for step, waiver in waivers if waiver}

    def state(self, step_id: str) -> State:
        """Return how the candidate stands to a step."""
        return self._standing.of(self.person_no, step_id).state

    def absence(self, *steps: str) -> str:
        """Return what is printed where a fact has no record: why it does not apply, or that it is missing."""
        for step_id in steps:
            if step_id in self.absences:
                return f"{State.NOT_APPLICABLE.label}（{self.told(self.absences[step_id])['reasonKind']}）"
            if self.state(step_id) is State.NOT_APPLICABLE:
                return f"{State.NOT_APPLICABLE.label}（不涉及本人）"
        return self.state(steps[0]).label

    def absence_of(self, deed: Deed) -> str:
        """Return what is printed where no step that does something has a record."""
        return self.absence(*procedure().steps_that(deed))

    def _key(self, record: Record) -> str:
        return next((person.id for person in record.people.values() if person.no == self.person_no), "")


def _refers(node: etree._Element | None, key: str) -> bool:
    return node is not None and bool(key) and node.get("ref") == key
