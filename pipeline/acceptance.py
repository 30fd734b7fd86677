"""Judge a batch before filing: what each person has of the 44 steps, every finding, and the 61 requirements."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree

from jishi.findings import Finding, Severity
from jishi.process import Requirement, catalogue
from jishi.record_types import NAMESPACE
from jishi.workdays import WorkCalendar
from pipeline.dossier import entries_of
from pipeline.profiles import Profile
from pipeline.rules import DOSSIER, Outcome
from pipeline.verdict import Answer, Answered, Cell, Judged, PersonVerdict, State, Verdict

__all__ = ["Answer", "Answered", "Cell", "Judged", "PersonVerdict", "State", "Verdict", "judge_batch"]

_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"


def judge_batch(dossier: etree._Element, profile: Profile, calendar: WorkCalendar) -> Verdict:
    """Judge a batch by its dossier.

    Args:
        dossier: as `pipeline.dossier.assemble` made it, with the same profile.
        profile: what the batch is judged by.
        calendar: which days are worked.

    Raises:
        SettingsInvalid: the calendar does not know a year the batch speaks of.
    """
    outcomes = [*_outcomes(dossier, profile, calendar)]
    notes = tuple(_notes(dossier, outcomes, profile))
    judged = [_judged(outcome, notes) for outcome in outcomes if not outcome.passed]
    judged += [finding for note in notes for finding in note.faults]
    tallies = _tallies(outcomes, judged)
    people = tuple(_person(node, judged, tallies) for node in dossier.iterfind(f"{_D}roster/{_D}person"))
    steps = [item for person in people for item in person.steps.items()]
    return Verdict(
        batch=dossier.get("batch", ""),
        profile=profile.id,
        version=profile.version,
        started=dossier.get("started", ""),
        people=people,
        findings=tuple(sorted(judged, key=_weight)),
        requirements=tuple(_answers(tallies, None, steps)),
    )


_WEIGHTS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def _weight(judged: Judged) -> tuple[int, str, str, str]:
    return _WEIGHTS[judged.finding.severity], judged.person, judged.finding.record, judged.rule


# Running the rules


def _outcomes(dossier: etree._Element, profile: Profile, calendar: WorkCalendar) -> Iterator[Outcome]:
    """Yield what every rule in force when the batch began says; of later rules only what fails, as information."""
    started = dossier.get("started", "")
    day = dt.date.fromisoformat(started) if started else dt.date.fromisoformat(dossier.get("today", "")[:10])
    rules = profile.rule_set("record", calendar)
    found = [outcome for record in entries_of(dossier) for outcome in rules.judge(record, trace=True)]
    found += profile.rule_set("dossier", calendar).judge(dossier, trace=True)
    for outcome in found:
        if outcome.rule.valid_on(day):
            yield outcome
        elif not outcome.passed and outcome.rule.valid_from > day:
            later = f"（{outcome.rule.valid_from.isoformat()}起的规定，本批次不适用）{outcome.message}"
            yield replace(outcome, severity=Severity.INFO, message=later)


# Exception notes


@dataclass(frozen=True, slots=True)
class _Note:
    """A signed exception note (EX)."""

    record: str
    person: str
    rules: frozenset[str]
    """Ids of rules or requirements it names and may excuse."""
    faults: tuple[Judged, ...]

    def covers(self, outcome: Outcome) -> bool:
        """Tell whether it names the rule, for this person or, as a note of the batch, for anybody."""
        return bool(self.rules & outcome.rule.answers) and self.person in ("", outcome.person)


def _notes(dossier: etree._Element, outcomes: Iterable[Outcome], profile: Profile) -> Iterator[_Note]:
    void = {one.record for one in outcomes if not one.passed and one.severity is Severity.ERROR}
    known = frozenset(name for rule in profile.book.rules.values() for name in rule.answers)
    fixed = frozenset(profile.lists().get("notExcusable", ()))
    for record in entries_of(dossier):
        if record.get("stepId") == "EX":
            named = frozenset(re.findall(r"[A-Z]+-?[0-9A-Za-z.\-]+", record.findtext(f"{_R}content/{_R}rule", "")))
            number, person = record.get("recordId", ""), record.findtext(f"{_R}personId", "")
            good = frozenset() if number in void else (named & known) - fixed
            faults = [f"例外说明所写的规则{name}不存在" for name in sorted(named - known)]
            faults += [f"规则{name}不得以例外说明豁免" for name in sorted(named & fixed)]
            faults += ["例外说明没有写明规则编号"] if not named else []
            yield _Note(number, person, good, tuple(_note_fault(text, number, person) for text in faults))


def _note_fault(message: str, record: str, person: str) -> Judged:
    remedy = "核对规则编号；不得豁免的须改正"
    finding = Finding("X-EXCEPTION", message, Severity.WARNING, record=record, remedy=remedy)
    return Judged(finding, "X-EXCEPTION", person, False, "", "")


def _judged(outcome: Outcome, notes: Iterable[_Note]) -> Judged:
    note = next((note.record for note in notes if outcome.record != note.record and note.covers(outcome)), "")
    rule = outcome.rule
    return Judged(outcome.finding(), rule.id, outcome.person, rule.undetermined, note, rule.evasion)


# The requirements


@dataclass(slots=True)
class _Tally:
    """What was said to one requirement about one person, or about the batch."""

    records: set[str]
    tried: bool
    against: list[Judged]


_Tallies = dict[tuple[str, str], _Tally]


def _tallies(outcomes: Iterable[Outcome], judged: Iterable[Judged]) -> _Tallies:
    found: _Tallies = defaultdict(lambda: _Tally(set(), False, []))
    for outcome in outcomes:
        if outcome.rule.requirement:
            tally = found[outcome.rule.requirement, outcome.person]
            tally.tried = True
            tally.records.add(outcome.record)
    for one in judged:
        for need in _needs(one):
            found[need, one.person].against.append(one)
    return found


def _needs(judged: Judged) -> tuple[str, ...]:
    """Return the requirements a finding speaks against; a missing signature speaks against all that ask for one."""
    if judged.finding.requirement:
        return (judged.finding.requirement,)
    step = catalogue().steps.get(judged.finding.record.partition("/")[2][:5])
    if judged.rule != "G01" or step is None:
        return ()
    return tuple(need.id for need in step.requirements if "签" in need.text)


def _answers(tallies: _Tallies, person: str | None, steps: Iterable[tuple[str, Cell]]) -> Iterator[Answered]:
    """Answer the 61 for one person with what was said of the batch, or with None for the batch as a whole."""
    by_need: dict[str, list[_Tally]] = defaultdict(list)
    for (need, whose), tally in tallies.items():
        if person is None or whose in ("", person):
            by_need[need].append(tally)
    cells: dict[str, list[Cell]] = defaultdict(list)
    for step, cell in steps:
        cells[step].append(cell)
    for requirement in catalogue().requirements.values():
        yield _answered(requirement, by_need.get(requirement.id, []), cells[requirement.step])


def _answered(requirement: Requirement, tallies: list[_Tally], cells: list[Cell]) -> Answered:
    against = tuple(judged for part in tallies for judged in part.against)
    counted = [one for one in against if not one.exception and _counts(one, requirement)]
    tried = any(part.tried for part in tallies)
    states = {cell.state for cell in cells}
    later = State.LATER in states
    if any(not one.undetermined for one in counted):
        answer = Answer.FAILED
    elif counted or State.MISSING in states or (later and not tried):
        answer = Answer.UNDETERMINED
    else:
        answer = Answer.PASSED if tried else Answer.NOT_APPLICABLE
    records = {record for part in tallies for record in part.records} | {one.finding.record for one in against}
    if tried and not records - {""}:  # rules that ask a person, not a record, rest on the step's own records
        records = {record for cell in cells for record in cell.records}
    return Answered(requirement, answer, tuple(sorted(records - {""})), against, later)


def _counts(judged: Judged, requirement: Requirement) -> bool:
    severity = judged.finding.severity
    return severity is Severity.ERROR or (severity is Severity.WARNING and requirement.severity == "warning")


# The people


def _person(node: etree._Element, judged: Iterable[Judged], tallies: _Tallies) -> PersonVerdict:
    no = node.get("no", "")
    steps = {need.get("step", ""): _cell(need) for need in node.iterfind(f"{_D}need")}
    return PersonVerdict(
        no=no,
        name=node.get("name", ""),
        change=node.get("change", ""),
        steps=steps,
        findings=tuple(sorted((one for one in judged if one.person == no), key=_weight)),
        requirements=tuple(_answers(tallies, no, steps.items())),
    )


def _cell(need: etree._Element) -> Cell:
    state = State(need.get("state", ""))
    records = need.get("na", "") if state is State.NOT_APPLICABLE else need.get("records", "")
    return Cell(state, tuple(records.split()))
