"""Judge a batch before filing: what each person has of the 44 steps, every finding, and the 61 requirements."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from jishi.findings import Finding, Severity
from jishi.process import Requirement, catalogue
from jishi.record_types import NAMESPACE, shared_choices
from jishi.workdays import WorkCalendar
from pipeline.dossier import entries_of
from pipeline.figures import figures_of
from pipeline.profiles import Profile
from pipeline.rules import DOSSIER, LEVELS, Outcome, Rule, severity_of
from pipeline.verdict import (
    Answer,
    Answered,
    Cell,
    ExceptionNote,
    Judged,
    PersonVerdict,
    RuleCount,
    State,
    Verdict,
)

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
    day = _day_of_rules(dossier)
    in_force = [rule for rule in _rules(profile) if rule.valid_on(day)]
    outcomes = [*_outcomes(dossier, profile, calendar, day)]
    notes = tuple(_notes(dossier, outcomes, profile))
    judged = [_judged(outcome, notes) for outcome in outcomes if not outcome.passed]
    judged += [finding for note in notes for finding in note.faults]
    tallies = _tallies(outcomes, judged, profile.labels)
    sources = _sources(in_force)
    people = tuple(_person(node, judged, tallies, sources) for node in dossier.iterfind(f"{_D}roster/{_D}person"))
    steps = [item for person in people for item in person.steps.items()]
    return Verdict(
        batch=dossier.get("batch", ""),
        profile=profile.id,
        version=profile.version,
        profile_name=profile.name,
        line=profile.line,
        judged_on=dossier.get("today", ""),
        secrecy=_secrecy(dossier),
        started=dossier.get("started", ""),
        people=people,
        findings=tuple(sorted(judged, key=_weight)),
        requirements=tuple(_answers(tallies, None, steps, sources)),
        rules=tuple(_counts_of(in_force, outcomes)),
        notes=notes,
    )


def _secrecy(dossier: etree._Element) -> str:
    order = shared_choices("Secrecy")
    marks = {record.findtext(f"{_R}secrecy", "") for record in entries_of(dossier)}
    return next((mark for mark in reversed(order) if mark in marks), "")


_WEIGHTS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def _weight(judged: Judged) -> tuple[int, str, str, str]:
    return _WEIGHTS[judged.finding.severity], judged.person, judged.finding.record, judged.rule


# Running the rules


def _day_of_rules(dossier: etree._Element) -> dt.date:
    """Return the day the batch was opened, or today where its opening record is not there."""
    return dt.date.fromisoformat(dossier.get("started", "") or dossier.get("today", "")[:10])


def _rules(profile: Profile) -> Iterator[Rule]:
    """Yield the rules of a profile that it has not turned off."""
    for level in LEVELS:
        for part in profile.book.of(level, profile.line):
            yield from (rule for rule in part.rules if severity_of(rule, profile.overrides))


def _outcomes(dossier: etree._Element, profile: Profile, calendar: WorkCalendar, day: dt.date) -> Iterator[Outcome]:
    """Yield what every rule in force on a day says; of later rules only what fails, as information."""
    rules = profile.rule_set("record", calendar)
    found = [outcome for record in entries_of(dossier) for outcome in rules.judge(record, trace=True)]
    found += profile.rule_set("dossier", calendar).judge(dossier, trace=True)
    for outcome in found:
        if outcome.rule.valid_on(day):
            yield outcome
        elif not outcome.passed and outcome.rule.valid_from > day:
            later = f"（{outcome.rule.valid_from.isoformat()}起的规定，本批次不适用）{outcome.message}"
            yield replace(outcome, severity=Severity.INFO, message=later)


def _counts_of(in_force: Iterable[Rule], outcomes: Iterable[Outcome]) -> Iterator[RuleCount]:
    tried, failed = Counter[str](), Counter[str]()
    for outcome in outcomes:
        tried[outcome.rule.id] += 1
        failed[outcome.rule.id] += not outcome.passed
    for rule in in_force:
        yield RuleCount(rule, tried[rule.id], failed[rule.id])


# Exception notes


def _notes(dossier: etree._Element, outcomes: Iterable[Outcome], profile: Profile) -> Iterator[ExceptionNote]:
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
            told = tuple(_note_fault(text, number, person) for text in faults)
            yield ExceptionNote(number, person, tuple(sorted(named)), good, told)


def _note_fault(message: str, record: str, person: str) -> Judged:
    remedy = "核对规则编号；不得豁免的须改正"
    finding = Finding("X-EXCEPTION", message, Severity.WARNING, record=record, remedy=remedy)
    return Judged(finding, "X-EXCEPTION", person, False, "", "")


def _judged(outcome: Outcome, notes: Iterable[ExceptionNote]) -> Judged:
    rule = outcome.rule
    covering = (note.record for note in notes if note.covers(rule, outcome.person) and note.record != outcome.record)
    note = next(covering, "")
    return Judged(outcome.finding(), rule.id, outcome.person, rule.undetermined, note, rule.evasion)


# The requirements


@dataclass(slots=True)
class _Tally:
    """What was said to one requirement about one person, or about the batch."""

    records: set[str] = field(default_factory=set)
    tried: int = 0
    against: list[Judged] = field(default_factory=list)
    figures: dict[str, None] = field(default_factory=dict)
    """In order, each once."""


_Tallies = dict[tuple[str, str], _Tally]
_Sources = Mapping[str, tuple[str, bool]]
"""Requirement → what the rules that answer it rest on, and whether all of it was checked."""


def _sources(in_force: Iterable[Rule]) -> _Sources:
    found: dict[str, tuple[dict[str, None], list[bool]]] = defaultdict(lambda: ({}, []))
    for rule in in_force:
        words, verified = found[rule.requirement]
        words.update(dict.fromkeys(rule.source.split("；")))
        verified.append(rule.verified)
    return {need: ("；".join(words), all(verified)) for need, (words, verified) in found.items()}


def _tallies(outcomes: Iterable[Outcome], judged: Iterable[Judged], labels: Mapping[str, str]) -> _Tallies:
    found: _Tallies = defaultdict(_Tally)
    for outcome in outcomes:
        if outcome.rule.requirement:
            tally = found[outcome.rule.requirement, outcome.person]
            tally.tried += 1
            tally.records.add(outcome.record)
            tally.figures.update(dict.fromkeys(figures_of(outcome, labels)))
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


def _answers(
    tallies: _Tallies, person: str | None, steps: Iterable[tuple[str, Cell]], sources: _Sources
) -> Iterator[Answered]:
    """Answer the 61 for one person with what was said of the batch, or with None for the batch as a whole."""
    by_need: dict[str, list[_Tally]] = defaultdict(list)
    for (need, whose), tally in tallies.items():
        if person is None or whose in ("", person):
            by_need[need].append(tally)
    cells: dict[str, list[Cell]] = defaultdict(list)
    for step, cell in steps:
        cells[step].append(cell)
    for requirement in catalogue().requirements.values():
        need = requirement.id
        told = [tallies[need, whose].figures for whose in (person or "", "") if (need, whose) in tallies]
        figures = tuple(dict.fromkeys(figure for part in told for figure in part))
        answered = _answered(requirement, by_need.get(need, []), cells[requirement.step])
        source, verified = sources.get(need, ("", False))
        yield replace(answered, figures=figures, source=source, verified=verified)


def _answered(requirement: Requirement, tallies: list[_Tally], cells: list[Cell]) -> Answered:
    against = tuple(judged for part in tallies for judged in part.against)
    counted = [one for one in against if not one.exception and _counts(one, requirement)]
    tried = sum(part.tried for part in tallies)
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
    return Answered(requirement, answer, tuple(sorted(records - {""})), against, later, tried)


def _counts(judged: Judged, requirement: Requirement) -> bool:
    severity = judged.finding.severity
    return severity is Severity.ERROR or (severity is Severity.WARNING and requirement.severity == "warning")


# The people


def _person(node: etree._Element, judged: Iterable[Judged], tallies: _Tallies, sources: _Sources) -> PersonVerdict:
    no = node.get("no", "")
    steps = {need.get("step", ""): _cell(need) for need in node.iterfind(f"{_D}need")}
    return PersonVerdict(
        no=no,
        name=node.get("name", ""),
        change=node.get("change", ""),
        steps=steps,
        findings=tuple(sorted((one for one in judged if one.person == no), key=_weight)),
        requirements=tuple(_answers(tallies, no, steps.items(), sources)),
    )


def _cell(need: etree._Element) -> Cell:
    state = State(need.get("state", ""))
    records = need.get("na", "") if state is State.NOT_APPLICABLE else need.get("records", "")
    return Cell(state, tuple(records.split()))
