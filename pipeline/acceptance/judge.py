"""Judge a batch before filing: what each person has of the 44 steps, every finding, and the 61 requirements."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lxml import etree

from jishi.case.secrecy import highest
from jishi.case.standing import Cell, State
from jishi.case.step_record import text_at
from jishi.findings import Finding, Severity
from jishi.procedure import does
from jishi.record_types import NAMESPACE
from jishi.steps import Deed, Says
from jishi.workdays import WorkCalendar
from pipeline.acceptance.dossier import entries_of
from pipeline.acceptance.requirements import Answers
from pipeline.acceptance.verdict import (
    BatchVerdict,
    ExceptionNote,
    Judged,
    PersonVerdict,
    RuleCount,
)
from pipeline.rules.profiles import Profile
from pipeline.rules.rule import DOSSIER, LEVELS, Rule, RuleOutcome, severity_of

_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"


def judge_batch(dossier: etree._Element, profile: Profile, calendar: WorkCalendar) -> BatchVerdict:
    """Judge a batch by its dossier.

    Args:
        dossier: as `pipeline.acceptance.dossier.assemble` made it, with the same profile.
        profile: what the batch is judged by.
        calendar: which days are worked.

    Raises:
        SettingsInvalid: the calendar does not know a year the batch speaks of.
    """
    day = _day_of_rules(dossier)
    in_force = [rule for rule in _rules(profile) if rule.valid_on(day)]
    outcomes = [*_outcomes(dossier, profile, calendar, day)]
    notes = tuple(_notes(dossier, outcomes, profile))
    judged = [_judged(outcome, notes) for outcome in outcomes if not (outcome.passed or outcome.lacking)]
    judged += [finding for note in notes for finding in note.faults]
    answers = Answers(outcomes, judged, in_force, profile.labels, _named(dossier))
    of_person = _by_person(judged)
    people = tuple(_person(node, of_person, answers) for node in dossier.iterfind(f"{_D}roster/{_D}person"))
    return BatchVerdict(
        batch=dossier.get("batch", ""),
        profile=profile.id,
        version=profile.version,
        profile_name=profile.name,
        line=profile.line,
        judged_on=dossier.get("today", ""),
        secrecy=highest(record.findtext(f"{_R}secrecy", "") for record in entries_of(dossier)),
        started=dossier.get("started", ""),
        people=people,
        findings=tuple(sorted(judged, key=_weight)),
        requirements=tuple(answers.of_batch(_by_step(people))),
        rules=tuple(_counts_of(in_force, outcomes)),
        notes=notes,
    )


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


def _outcomes(dossier: etree._Element, profile: Profile, calendar: WorkCalendar, day: dt.date) -> Iterator[RuleOutcome]:
    """Yield what every rule in force on a day says; of later rules only what fails, as information."""
    rules = profile.rule_set("record", calendar)
    found = [outcome for record in entries_of(dossier) for outcome in rules.judge(record, trace=True)]
    found += profile.rule_set("dossier", calendar).judge(dossier, trace=True)
    for outcome in found:
        if outcome.rule.valid_on(day):
            yield outcome
        elif not (outcome.passed or outcome.lacking) and outcome.rule.valid_from > day:
            later = f"（{outcome.rule.valid_from.isoformat()}起的规定，本批次不适用）{outcome.message}"
            yield replace(outcome, severity=Severity.INFO, message=later)


def _counts_of(in_force: Iterable[Rule], outcomes: Iterable[RuleOutcome]) -> Iterator[RuleCount]:
    tried, failed = Counter[str](), Counter[str]()
    for outcome in outcomes:
        tried[outcome.rule.id] += not outcome.lacking
        failed[outcome.rule.id] += not (outcome.passed or outcome.lacking)
    for rule in in_force:
        yield RuleCount(rule, tried[rule.id], failed[rule.id])


# Exception notes


def _notes(dossier: etree._Element, outcomes: Iterable[RuleOutcome], profile: Profile) -> Iterator[ExceptionNote]:
    faulty = (one for one in outcomes if not (one.passed or one.lacking))
    void = {one.record for one in faulty if one.severity is Severity.ERROR}
    known = frozenset(name for rule in profile.book.rules.values() for name in rule.answers)
    fixed = frozenset(profile.lists().get("notExcusable", ()))
    for record in entries_of(dossier):
        if does(record.get("stepId", ""), Deed.EXCUSES):
            named = frozenset(re.findall(r"[A-Z]+-?[0-9A-Za-z.\-]+", text_at(record, Says.RULES)))
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


def _judged(outcome: RuleOutcome, notes: Iterable[ExceptionNote]) -> Judged:
    rule = outcome.rule
    covering = (note.record for note in notes if note.covers(rule, outcome.person) and note.record != outcome.record)
    note = next(covering, "")
    return Judged(outcome.finding(), rule.id, outcome.person, rule.undetermined, note, rule.evasion)


# The people


def _named(dossier: etree._Element) -> dict[str, frozenset[str]]:
    """Return record of the batch → 纪实编号 of the candidates it names."""
    return {
        record.get("recordId", ""): frozenset(
            one.get("no", "") for one in record.iterfind(f"{_R}people/{_R}person[@no]")
        )
        for record in entries_of(dossier)
    }


def _by_person(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        found[one.person].append(one)
    return found


def _by_step(people: Iterable[PersonVerdict]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = defaultdict(list)
    for person in people:
        for step, cell in person.steps.items():
            found[step].append(cell)
    return found


def _person(node: etree._Element, judged: Mapping[str, list[Judged]], answers: Answers) -> PersonVerdict:
    no, change = node.get("no", ""), node.get("change", "")
    steps = {need.get("step", ""): _cell(need) for need in node.iterfind(f"{_D}need")}
    return PersonVerdict(
        no=no,
        name=node.get("name", ""),
        change=change,
        steps=steps,
        findings=tuple(sorted(judged.get(no, []), key=_weight)),
        requirements=tuple(answers.of_person(no, change, steps)),
    )


def _cell(need: etree._Element) -> Cell:
    waiver, records, held = need.get("na", ""), need.get("records", ""), tuple(need.get("held", "").split())
    state = State.WAITING if held else State(need.get("state", ""))
    told = waiver if state is State.NOT_APPLICABLE else records
    return Cell(state, tuple(told.split()), waiver, need.get("lacks", ""), held)
