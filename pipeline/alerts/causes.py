"""What calls for an alert in a batch: findings that stand now, clocks, refused submissions, rules that changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archive.register.alert import Cause, Level
from archive.register.case_queries import Refusal
from archive.register.later_records import LaterRecords
from jishi.case.ids import RecordId
from jishi.findings import Grade, Severity, source_told
from jishi.procedure import procedure_for, step_of
from pipeline.acceptance.dossier import entries_of
from pipeline.acceptance.verdict import Judged
from pipeline.alerts.case import AlertCase
from pipeline.alerts.clocks import Running
from pipeline.rules.rule import DOSSIER

_D = f"{{{DOSSIER}}}"
_LEVELS = {Severity.ERROR: Level.RED, Severity.WARNING: Level.YELLOW, Severity.INFO: Level.BLUE}
_BY_HAND = "D-PERSON"
"""Code of a refusal that a person pronounced; it is no news to anybody."""
_OTHERWISE = "cadre_section"
_MOST_RECORDS = 5


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a batch calls for on one day."""

    causes: tuple[Cause, ...]
    """Worst first."""
    coming: tuple[Cause, ...]
    """Clocks that run, but for which it is too early."""
    settled: Mapping[str, str]
    """Cause → evidence, for findings that an exception note or a filing has settled."""
    idle: bool
    """True where only news can bring alerts, not the passing of days: filed, and no clock runs."""


def reckon(case: AlertCase, today: dt.date, opening_rules: str) -> Reckoning:
    """Find everything that calls for an alert.

    Args:
        case: the batch, read with the same day.
        today: the day it is.
        opening_rules: digest of the rules the batch was first judged by.
    """
    clocks, absorbed = _absorbed(case, today)
    settled: dict[str, str] = {}
    causes = [*_found(case, absorbed, settled), *_refused(case.refusals, case)]
    coming: list[Cause] = []
    for running, worst in clocks:
        level = running.level(today)
        cause = _of_clock(running, worst if level is None else max(level, worst, key=_weight), case)
        (coming if level is None else causes).append(cause)
    if opening_rules != case.profile.version and case.filed is None:
        causes.append(_of_rules(case, opening_rules))
    if case.later.words:
        causes.append(_of_later(case.later))
    causes.sort(key=lambda one: (-one.level.weight, one.due, one.key))
    idle = case.filed is not None and not clocks and not causes
    return Reckoning(tuple(causes), tuple(sorted(coming, key=lambda one: one.due)), settled, idle)


def _weight(level: Level) -> int:
    return level.weight


# Clocks


def _absorbed(case: AlertCase, today: dt.date) -> tuple[list[tuple[Running, Level]], set[int]]:
    """Pair every clock with the worst level of the findings that say the same, and tell which these are."""
    pairs, absorbed = [], set()
    for running in case.running:
        same = [one for one in case.verdict.findings if one.rule in running.clock.absorbs and _alike(one, running)]
        absorbed |= {id(one) for one in same}
        passed = [_LEVELS[one.finding.severity] for one in same if today > running.due and not one.exception]
        pairs.append((running, max(passed, key=_weight, default=Level.BLUE)))
    return pairs, absorbed


def _alike(judged: Judged, running: Running) -> bool:
    return judged.person == running.person if running.person else judged.finding.record == running.record


def _of_clock(running: Running, level: Level, case: AlertCase) -> Cause:
    clock = running.clock
    record = case.first.get(running.record, running.record)
    return Cause(
        key="|".join((clock.id, record, running.person, running.place)),
        level=level,
        rule=clock.id,
        message=running.message,
        record=running.record,
        person=running.person,
        owner=clock.owner,
        due=running.due.isoformat(),
        source=source_told(clock.source, clock.grade),
        verified=clock.grade != Grade.UNSEEN,
        settled_by=clock.settles,
    )


# Findings


def _found(case: AlertCase, absorbed: set[int], settled: dict[str, str]) -> Iterator[Cause]:
    """Yield one cause for each rule, record and person; what is settled already is told with its evidence."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    reached = _reached(case)
    for one in case.verdict.findings:
        until = case.holds.get(one.rule)
        if id(one) in absorbed or not (until is None or reached[one.person].intersection(until)):
            continue
        key = "|".join((one.rule, case.first.get(one.finding.record, one.finding.record), one.person))
        if one.exception or _filed_with(one, case):
            settled[key] = one.exception or (case.filed.words if case.filed else "")
        else:
            groups[key].append(one)
    for key, same in groups.items():
        yield _of_findings(key, same)


def _reached(case: AlertCase) -> Mapping[str, set[str]]:
    """Return for every person, and under no name for the batch, the steps there are records of."""
    reached: dict[str, set[str]] = defaultdict(set)
    reached[""] = {record.get("stepId", "") for record in entries_of(case.dossier)}
    for need in case.dossier.iterfind(f"{_D}roster/{_D}person/{_D}need[@state='done']"):
        person = need.getparent()
        assert person is not None
        reached[person.get("no", "")].add(need.get("step", ""))
    return reached


def _filed_with(judged: Judged, case: AlertCase) -> bool:
    """Tell whether a finding was before the acceptor's eyes: its record, or all it rests on, was filed."""
    if case.filed is None:
        return False
    admitted = case.admitted.get(judged.finding.record)
    return admitted is None or dt.datetime.fromisoformat(admitted) <= dt.datetime.fromisoformat(case.filed.at)


def _of_findings(key: str, same: list[Judged]) -> Cause:
    worst = max(same, key=lambda one: _LEVELS[one.finding.severity].weight)
    finding = worst.finding
    own = RecordId.of(finding.record).step
    need = procedure_for(finding.record or worst.person).requirements.get(finding.requirement)
    answering = need.step if need else own
    more = f"（共{len(same)}处）" if len(same) > 1 else ""
    return Cause(
        key=key,
        level=_LEVELS[finding.severity],
        rule=worst.rule,
        message=finding.message + more,
        record=finding.record,
        person=worst.person,
        owner=_lead(own or answering),
        source=source_told(finding.source, finding.grade),
        verified=finding.grade != Grade.UNSEEN,
        settled_by=(answering,) if answering else (),
    )


def _lead(step: str) -> str:
    """Return the role that signs a step first, who is to see to it."""
    found = step_of(step)
    return found.signers[0].role if found and found.signers else _OTHERWISE


# Refusals and rules


def _refused(refusals: Iterable[Refusal], case: AlertCase) -> Iterator[Cause]:
    """Yield a red cause for each rule a refused record breaks, else one yellow cause for its faults of form."""
    rules = {rule.code: rule for rule in case.profile.book.rules.values()}
    for one in refusals:
        errors = [found for found in one.findings if found.get("severity") == Severity.ERROR]
        broken = {found["code"]: found for found in reversed(errors) if found["code"] in rules}
        for code, found in broken.items():
            yield _of_refusal(one, Level.RED, code, found["message"], str(found.get("source", "")),
                              str(found.get("grade", "")))  # fmt: skip
        if errors and not broken and errors[0]["code"] != _BY_HAND:
            more = f"（共{len(errors)}处）" if len(errors) > 1 else ""
            yield _of_refusal(one, Level.YELLOW, errors[0]["code"], errors[0]["message"] + more, "", "")


def _of_refusal(one: Refusal, level: Level, code: str, message: str, source: str, grade: str) -> Cause:
    number = RecordId.of(one.record)
    return Cause(
        key="|".join(("退回", code if level is Level.RED else "", one.record)),
        level=level,
        rule=code,
        message=f"投递的记录{one.record}被退回，尚未补投：{message}",
        record=one.record,
        person=number.person_no,
        owner=_lead(number.step) if level is Level.RED else "handler",
        source=source_told(source, grade),
        verified=grade != Grade.UNSEEN,
        settled_by=(number.step,) if number.step else (),
        binding=False,
        mark=one.verdict,
    )


def _of_rules(case: AlertCase, opening: str) -> Cause:
    return Cause(
        key=f"规则|{case.profile.version}",
        level=Level.BLUE,
        rule="YJ-00",
        message=f"批次开办以来规则有变：规则集由{opening}变为{case.profile.version}，请复核已收记录",
        owner=_OTHERWISE,
        source="设计",
    )


def _of_later(later: LaterRecords) -> Cause:
    records = (*later.corrections, *later.others)
    return Cause(
        key="立卷后|",
        level=Level.YELLOW,
        rule="YJ-15",
        message=f"{later.words}：{'、'.join(records[:_MOST_RECORDS])}" + ("等" if len(records) > _MOST_RECORDS else ""),
        record=records[0],
        owner=_OTHERWISE,
        source="设计",
    )
