"""The 61 requirements, answered for a batch and for each of its people from what the rules said.

An answer about a person rests on what was said of that person, and on what was said of records that name the person
or nobody; what a rule said of a record that names others only was not judged for this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jishi.case.ids import RecordId
from jishi.case.standing import Cell, State
from jishi.findings import Severity
from jishi.procedure import procedure
from jishi.steps import Requirement
from pipeline.acceptance.figures import figures_of
from pipeline.acceptance.verdict import Answer, Answered, Judged
from pipeline.rules.rule import Rule, RuleOutcome

ON_THE_SHELF = {"R61": "电子卷的件数、页数、校验码立卷后由 jishi verify 核对"}
"""Requirement → what of it shows only in the volumes, which no check of the case file can tell."""
_LACKING = "缺少作比较的记录，没有作判断"
_UNNAMED = "该步骤的记录没有写到本人"


@dataclass(slots=True)
class _Tally:
    """What was said to one requirement about one record, or about a person or the batch where no record is named."""

    record: str = ""
    tried: int = 0
    lacking: int = 0
    against: list[Judged] = field(default_factory=list)
    figures: dict[str, None] = field(default_factory=dict)
    """In order, each once."""


_Tallies = dict[str, dict[str, _Tally]]
"""Requirement → record → what was said."""


class Answers:
    """Answers the requirements from what a judging said."""

    def __init__(
        self,
        outcomes: Iterable[RuleOutcome],
        judged: Iterable[Judged],
        in_force: Iterable[Rule],
        labels: Mapping[str, str],
        named: Mapping[str, frozenset[str]],
    ) -> None:
        """Sort what was said by person, requirement and record.

        Args:
            outcomes: everything the rules said.
            judged: what was found against the records.
            in_force: the rules that were run.
            labels: parameter of the profile → its Chinese name.
            named: record of the batch → 纪实编号 of the candidates it names.
        """
        self._named = named
        self._sources = _sources_of(in_force)
        self._told: dict[str, _Tallies] = defaultdict(lambda: defaultdict(dict))
        for outcome in outcomes:
            if outcome.rule.requirement:
                _count(self._tally(outcome.person, outcome.rule.requirement, outcome.record), outcome, labels)
        for one in judged:
            for need in _needs(one):
                self._tally(one.person, need, one.finding.record).against.append(one)

    def of_batch(self, cells: Mapping[str, list[Cell]]) -> Iterator[Answered]:
        """Yield the 61 for the batch as a whole; the figures are the batch's own.

        Args:
            cells: step → how each person stands to it.
        """
        for requirement in procedure().requirements.values():
            told = [tally for part in self._told.values() for tally in part.get(requirement.id, {}).values()]
            figures = _figures(self._told[""].get(requirement.id, {}).values())
            yield self._answered(requirement, told, cells.get(requirement.step, []), figures)

    def of_person(self, no: str, change: str, cells: Mapping[str, Cell]) -> Iterator[Answered]:
        """Yield the 61 for one person.

        Args:
            no: 纪实编号.
            change: code of the kind of change.
            cells: step → how the person stands to it.
        """
        for requirement in procedure().requirements.values():
            need, cell = requirement.id, cells[requirement.step]
            applies = procedure().steps[requirement.step].applies.get(change)
            waived = cell.state is State.NOT_APPLICABLE or applies == "none"
            shared = self._told[""].get(need, {}).values()
            told = [*self._told[no].get(need, {}).values()]
            told += [one for one in shared if self._concerns(one, no, waived)]
            unnamed = bool(shared) and cell.state is State.DONE and applies == "mandatory"
            yield self._answered(requirement, told, [cell], _figures(told), unnamed)

    def _tally(self, person: str, need: str, record: str) -> _Tally:
        return self._told[person][need].setdefault(record, _Tally(record))

    def _concerns(self, tally: _Tally, no: str, waived: bool) -> bool:
        """Tell whether what was said of the batch is about a person; a step not theirs only by name."""
        names = self._named.get(tally.record, frozenset())
        return no in names if names or waived else True

    def _answered(
        self,
        requirement: Requirement,
        told: list[_Tally],
        cells: list[Cell],
        figures: tuple[str, ...],
        unnamed: bool = False,
    ) -> Answered:
        against = tuple(judged for part in told for judged in part.against)
        tried = sum(part.tried for part in told)
        states = {cell.state for cell in cells}
        lacking = states != {State.NOT_APPLICABLE} and any(part.lacking for part in told)
        reasons = _reasons(requirement, tried, lacking, unnamed and not told)
        later = State.LATER in states
        open_ = bool(reasons) or any(state.open for state in states) or (later and not tried)
        counted = [one for one in against if not one.exception and _counts(one, requirement)]
        source, verified = self._sources.get(requirement.id, ("", False))
        return Answered(
            requirement=requirement,
            answer=_answer(counted, open_, tried),
            records=_records(told, against, tried, cells),
            findings=against,
            later=later,
            tried=tried,
            figures=figures,
            source=source,
            verified=verified,
            reasons=reasons,
        )


def _count(tally: _Tally, outcome: RuleOutcome, labels: Mapping[str, str]) -> None:
    tally.lacking += outcome.lacking
    tally.tried += not outcome.lacking
    if not outcome.lacking:
        tally.figures.update(dict.fromkeys(figures_of(outcome, labels)))


def _sources_of(in_force: Iterable[Rule]) -> Mapping[str, tuple[str, bool]]:
    """Return requirement → what the rules that answer it rest on, and whether all of it was checked."""
    found: dict[str, tuple[dict[str, None], list[bool]]] = defaultdict(lambda: ({}, []))
    for rule in in_force:
        words, verified = found[rule.requirement]
        words.update(dict.fromkeys(rule.source.split("；")))
        verified.append(rule.verified)
    return {need: ("；".join(words), all(verified)) for need, (words, verified) in found.items()}


def _needs(judged: Judged) -> tuple[str, ...]:
    """Return the requirements a finding speaks against; a missing signature speaks against all that ask for one."""
    if judged.finding.requirement:
        return (judged.finding.requirement,)
    step = procedure().steps.get(RecordId.of(judged.finding.record).step)
    if judged.rule != "G01" or step is None:
        return ()
    return tuple(need.id for need in step.requirements if "签" in need.text)


def _figures(told: Iterable[_Tally]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(figure for part in told for figure in part.figures))


def _reasons(requirement: Requirement, tried: int, lacking: bool, unnamed: bool) -> tuple[str, ...]:
    """Return why nothing final can be said, where the steps' states do not tell it."""
    stored = ON_THE_SHELF.get(requirement.id, "") if tried else ""
    return tuple(filter(None, [_LACKING * lacking, _UNNAMED * unnamed, stored]))


def _answer(counted: Iterable[Judged], open_: bool, tried: int) -> Answer:
    undetermined = [one.undetermined for one in counted]
    if not all(undetermined):
        return Answer.FAILED
    if undetermined or open_:
        return Answer.UNDETERMINED
    return Answer.PASSED if tried else Answer.NOT_APPLICABLE


def _counts(judged: Judged, requirement: Requirement) -> bool:
    severity = judged.finding.severity
    return severity is Severity.ERROR or (severity is Severity.WARNING and requirement.severity == "warning")


def _records(told: Iterable[_Tally], against: Iterable[Judged], tried: int, cells: Iterable[Cell]) -> tuple[str, ...]:
    found = {part.record for part in told if part.tried} | {one.finding.record for one in against}
    if tried and not found - {""}:  # rules that ask a person, not a record, rest on the step's own records
        found = {record for cell in cells for record in cell.records}
    return tuple(sorted(found - {""}))
