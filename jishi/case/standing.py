"""进度: how a person stands to a step. The one definition, for board, check, report, tracing and alerts alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from jishi.case.ids import RecordId
from jishi.case.step_record import StepRecord
from jishi.procedure import does, procedure
from jishi.steps import Deed, Step


class State(StrEnum):
    """How a person stands to a step."""

    DONE = "done"
    NOT_APPLICABLE = "na"
    LATER = "later"
    WAITING = "waiting"
    """A record has come, but waits: in the drop folder or for another record. Not done, so far."""
    MISSING = "missing"

    @property
    def label(self) -> str:
        """The Chinese word printed for it."""
        return _WORDS[self][0]

    @property
    def mark(self) -> str:
        """The sign that stands for it in a matrix."""
        return _WORDS[self][1]

    @property
    def open(self) -> bool:
        """Tell whether the step is still to be recorded before the batch can be accepted."""
        return self in (State.MISSING, State.WAITING)


_WORDS = {
    State.DONE: ("已记", "●"),
    State.NOT_APPLICABLE: ("不适用", "－"),
    State.LATER: ("待补充归档", "…"),
    State.WAITING: ("等待", "待"),
    State.MISSING: ("缺", "缺"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One person, one step."""

    state: State
    records: tuple[str, ...] = ()
    """What makes it done, or the “不适用”说明 that covers it."""
    waived_by: str = ""
    """The “不适用”说明 that covers the step, also where it was done all the same."""
    lacks: str = ""
    """Where it is open and there is something, though not enough: what is missing, in words."""
    held: tuple[str, ...] = ()
    """记录编号 of what has come and waits."""


class Standing:
    """How the people of a batch stand to its steps."""

    def __init__(
        self, papers: Iterable[StepRecord], *, held: Iterable[StepRecord] = (), supplementary: Collection[str] = ()
    ) -> None:
        """Sort the papers by step and person.

        Args:
            papers: the current records of the batch, corrected ones left out; of the people asked about at least.
            held: what has come and waits, in the drop folder or for another record.
            supplementary: 纪实编号 of those whose supplement after probation is being filed now.
        """
        self._papers = sorted(papers, key=lambda paper: RecordId.of(paper.id).order)
        self._own: dict[tuple[str, str], list[StepRecord]] = defaultdict(list)
        self._waived: dict[tuple[str, str], str] = {}
        for paper in self._papers:
            self._own[paper.person, paper.step].append(paper)
            self._waived |= {(paper.person, step): paper.id for step in paper.waives}
        self._entries = {paper.person: paper for paper in self._papers if does(paper.step, Deed.ENROLS)}
        self._held = tuple(held)
        self._later = self._on_probation() - frozenset(supplementary)

    @property
    def people(self) -> tuple[str, ...]:
        """The 纪实编号 of everybody a paper is about or names, in order."""
        named = {no for paper in self._papers for no in (paper.person, *paper.people) if no}
        return tuple(sorted(named))

    def every(self, step_id: str) -> list[StepRecord]:
        """Return all records of a step, whoever they are about."""
        return [paper for paper in self._papers if paper.step == step_id]

    def shared(self, step_id: str) -> list[StepRecord]:
        """Return the batch's own records of a step."""
        return self._own.get(("", step_id), [])

    def naming(self, person: str, step_id: str) -> list[StepRecord]:
        """Return the records of a step that are a person's own or name the person; for "" the batch's own."""
        own = self._own.get((person, step_id), [])
        return [*own, *(paper for paper in self.shared(step_id) if paper.names(person))] if person else own

    def about(self, person: str, step_id: str) -> list[StepRecord]:
        """Return the records of a step that tell of a person: the person's own first, then the batch's.

        Of the batch's they are those that name the person, those about the post planned for the person, and those
        that name nobody. The last two do not count for somebody who notes that a step he need not take does not apply.
        """
        if not person:
            return self.shared(step_id)
        shared = (paper for paper in self.shared(step_id) if self.tells_of(paper, person))
        return [*self._own.get((person, step_id), []), *shared]

    def tells_of(self, paper: StepRecord, person: str) -> bool:
        """Tell whether a record, be it corrected or still waiting, tells of a person, as `about` has it."""
        if paper.names(person) or paper.person:
            return paper.names(person)
        step = procedure().all_types[paper.step]
        excused = (person, paper.step) in self._waived and self.need(person, step) != "mandatory"
        return not excused and not self._is_of_others(paper, person, step)

    def of(self, person: str, step_id: str) -> Cell:
        """Return how a person stands to one of the 44 steps."""
        step = procedure().steps[step_id]
        found = [paper for paper in self.about(person, step_id) if self._counts(paper, person, step)]
        waiver = self.waiver(person, step_id)
        if any(paper.summary for paper in found):
            return Cell(State.DONE, tuple(paper.id for paper in found), waiver)
        if waiver or self._is_foreign(person, step):
            return Cell(State.NOT_APPLICABLE, (waiver,) if waiver else (), waiver)
        later, held = self.is_later(person, step_id), self._held_for(person, step)
        if later and not held:
            return Cell(State.LATER)
        lacks = "" if later else self._lacks(person, step, len(found))
        return Cell(State.WAITING if held else State.MISSING, lacks=lacks, held=held)

    def waiver(self, person: str, step_id: str) -> str:
        """Return the “不适用”说明 that covers a step for a person, its own before the batch's; or ""."""
        return self._waived.get((person, step_id)) or self._waived.get(("", step_id), "")

    def need(self, person: str, step: Step) -> str:
        """Return whether a person's kind of change asks for a step: mandatory | conditional | none."""
        entry = self._entries.get(person)
        return step.applies.get(entry.change if entry else "", "conditional")

    def is_later(self, person: str, step_id: str) -> bool:
        """Tell whether a step waits for the end of a probation."""
        return does(step_id, Deed.FOLLOWS_PROBATION) and person in self._later

    def _is_of_others(self, paper: StepRecord, person: str, step: Step) -> bool:
        """Tell whether a record of the batch that does not name a person is about others, or about another post."""
        if (paper.people and (step.scope == "both" or not paper.post)) or does(paper.step, Deed.REGISTERS_NOTEBOOKS):
            return True
        entry = self._entries.get(person)
        return entry is not None and not paper.same_post(entry.post)

    def _counts(self, paper: StepRecord, person: str, step: Step) -> bool:
        """Tell whether a record about a person counts for the step, by the step's scope."""
        if step.scope == "person" or Deed.FILES in step.deeds:
            return paper.person == person
        return step.scope == "batch" or paper.names(person)

    def _is_foreign(self, person: str, step: Step) -> bool:
        """Tell whether a kind of change does not know a step of the batch, which was taken for others."""
        return step.scope == "batch" and bool(self.shared(step.id)) and self.need(person, step) == "none"

    def _held_for(self, person: str, step: Step) -> tuple[str, ...]:
        held = (paper for paper in self._held if paper.step == step.id and self.tells_of(paper, person))
        return tuple(paper.id for paper in held if self._counts(paper, person, step))

    def _lacks(self, person: str, step: Step, talks: int) -> str:
        if talks:
            return f"有{talks}件单次谈话，缺汇总"
        others = self.shared(step.id) if step.scope != "person" and Deed.FILES not in step.deeds else []
        if step.scope == "batch" and any(paper.post for paper in others):
            return f"缺该职位的{step.id}，已有的是其他职位的"
        return f"已有的{step.id}没有写到本人" if others and self.need(person, step) == "mandatory" else ""

    def _on_probation(self) -> frozenset[str]:
        """Return whose probation runs or is to come, so that its steps are not missing yet.

        The letter that appoints says so; while there is none the decision, and before that the kind of change.
        """
        said: dict[str, bool] = {}
        for deed in (Deed.DECIDES, Deed.APPOINTS):
            for paper in self._papers:
                if does(paper.step, deed):
                    said |= paper.probation
        later = procedure().steps_that(Deed.FOLLOWS_PROBATION)
        applies = procedure().steps[later[0]].applies if later else {}
        kinds = dict.fromkeys(self.people, "") | {no: entry.change for no, entry in self._entries.items()}
        return frozenset(no for no, change in kinds.items() if said.get(no, applies.get(change, "none") != "none"))
