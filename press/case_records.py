"""The records that tell one candidate's case, or a batch's, as words ready for a summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from functools import cached_property
from itertools import groupby

from lxml import etree

from jishi.case.ids import RecordId
from jishi.case.standing import Standing, State
from jishi.case.step_record import StepRecord, step_record_of, text_at
from jishi.procedure import procedure
from jishi.records import Record
from jishi.steps import Deed, Says
from press.case_tree import case_tree, record_tree
from press.forms import Grid, Pair, chinese_date
from press.record_form import form_of


class Told:
    """One record's content in words: a field by key, a table's rows by key."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.form = form_of(record)

    @cached_property
    def tree(self) -> etree._Element:
        """The record in words, for facts to be told from."""
        return record_tree(self.record, self.form)

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

    def tree(self, steps: Iterable[str]) -> etree._Element:
        """Return what the records of some steps say, as a tree to be asked by XPath."""
        return case_tree(self._head(), (told for step in steps for told in self._trees(step)))

    def _head(self) -> dict[str, str]:
        days = [record.occurred_on for record in self.records]
        until = {"until": chinese_date(max(days).isoformat())} if days else {}
        known = {"no": self.person_no, "name": self.name, "batch": RecordId.of(self.person_no).batch}
        return known | until

    def _trees(self, step: str) -> Iterator[tuple[etree._Element, str, bool]]:
        latest = self.last(step)
        return ((one.tree, self._key(one.record), one is latest) for one in self.of(step))

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

    def reason(self, step_id: str) -> str:
        """Return why a step does not apply, as the “不适用”说明 that covers it says; "" without one."""
        note = self.absences.get(step_id)
        return text_at(note.root, Says.REASON) if note else ""

    def absence(self, *steps: str) -> str:
        """Return what is printed where a fact has no record: why it does not apply, or that it is missing."""
        for step_id in steps:
            if step_id in self.absences:
                return f"{State.NOT_APPLICABLE.label}（{self.reason(step_id)}）"
            if self.state(step_id) is State.NOT_APPLICABLE:
                return f"{State.NOT_APPLICABLE.label}（不涉及本人）"
        return self.state(steps[0]).label

    def _key(self, record: Record) -> str:
        return next((person.id for person in record.people.values() if person.no == self.person_no), "")
