"""What the rules say when records they compare with are not there: nothing false, and no figure that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from lxml import etree

from jishi.case.standing import State
from jishi.procedure import procedure
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.acceptance.verdict import Answer, BatchVerdict
from pipeline.rules.rule import RuleOutcome, RuleSet
from pipeline.rules.rule_files import RuleFile
from tests.rule_cases import BATCH, CALENDAR, EARLIER, TODAY, Records, edit, pick, profile_of, records

PROFILES = ("CN", "AKS", "HN")
STEPS = (*((step,) for step in procedure().all_types), ("S5-04", "S6-04"), ("S5-01", "S5-02", "S5-04"))
_ORDER = re.compile("早于|晚于|距|不在.*之间|不在.*之内")
_OPTIONAL = ("substring('", "@previous", "@name")
"""What a figure's expression holds where it may rightly be empty: words of one case only, what went before, names."""


def _without(steps: tuple[str, ...], batch: str) -> Records:
    return {number: root for number, root in records(batch).items() if number.split("/")[1] not in steps}


def _dossier(batch: Records, profile: str) -> etree._Element:
    entries = [DossierEntry(root, number) for number, root in batch.items()]
    return assemble(entries, batch=entries[0].record_id[:16], profile=profile_of(profile), today=TODAY)


def _files(profile: str) -> dict[bytes, RuleFile]:
    return {
        etree.tostring(part.root): part for part in profile_of(profile).book.of("dossier", profile_of(profile).line)
    }


@cache
def _rules(profile: str) -> RuleSet:
    """Return a profile's rules; of a locality only those it adds, the others are judged under CN."""
    of = profile_of(profile)
    if profile == "CN":
        return of.rule_set("dossier", CALENDAR)
    own = [part for root, part in _files(profile).items() if root not in _files("CN")]
    rules = [rule for part in own for rule in part.rules]
    return RuleSet([part.root for part in own], rules, "dossier", of.parameters, of.overrides, CALENDAR)


def _outcomes(batch: Records, profile: str) -> Iterator[RuleOutcome]:
    yield from _rules(profile).judge(_dossier(batch, profile), trace=True)


@cache
def _sound(batch: str, profile: str) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return what every rule had before it where nothing is missing."""
    return {(one.rule.id, one.record, one.person): one.values for one in _outcomes(records(batch), profile)}


def _judged(batch: Records) -> BatchVerdict:
    return judge_batch(_dossier(batch, "CN"), profile_of("CN"), CALENDAR)


def _emptied(one: RuleOutcome, before: tuple[str, ...]) -> Iterator[str]:
    """Yield the expressions that gave a figure while everything was there, and give none now."""
    for figure, was, now in zip(one.rule.figures, before, one.values, strict=False):
        if was and not now and not any(mark in figure.select for mark in _OPTIONAL):
            yield figure.select


def _faults(one: RuleOutcome, before: dict[tuple[str, str, str], tuple[str, ...]]) -> Iterator[str]:
    """Yield what is wrong with what a rule says where something is missing."""
    words = "".join((*one.values, one.message))
    yield from (mark for mark in ("NaN", "（无日期）", "“”") if mark in words)
    if one.record or one.person:
        yield from _emptied(one, before.get((one.rule.id, one.record, one.person), ()))
    if not one.passed and _ORDER.search(one.message):
        yield "said to come too early or too late"


@pytest.mark.parametrize("steps", STEPS, ids="+".join)
@pytest.mark.parametrize(("batch", "profiles"), [(BATCH, PROFILES), (EARLIER, ("CN",))], ids=["batch", "earlier"])
def test_without_a_step_every_rule_says_what_is_true_or_that_it_cannot_say(
    steps: tuple[str, ...], batch: str, profiles: tuple[str, ...]
) -> None:
    left = _without(steps, batch)
    for profile in profiles:
        before, told = _sound(batch, profile), [*_outcomes(left, profile)]
        assert [(one.rule.id, fault, one.message) for one in told for fault in _faults(one, before)] == [], profile
        judged = {(one.rule.id, one.record, one.person) for one in told}
        silent = {key for key in before if key[1] in left and key not in judged}
        # What a rule says of a person's kin, or of what only S1-08 tells, has no subject without S1-08.
        assert silent == set() or steps == ("S1-08",), profile


def test_without_the_decision_what_is_compared_with_it_is_open() -> None:
    verdict = _judged(_without(("S5-04",), BATCH))
    answers = {one.requirement.id: one for one in verdict.requirements}
    for need in ("R49", "R50", "R52", "R56"):
        assert answers[need].answer is Answer.UNDETERMINED, need
    assert answers["R50"].reasons == ("缺少作比较的记录，没有作判断",)
    assert {one.rule for one in verdict.blocking} == {"R60", "R55.decided"}
    assert verdict.to_explain == ()


@pytest.mark.parametrize("steps", [("S6-04",), ("S5-04", "S6-04")], ids="+".join)
def test_without_the_appointment_the_steps_of_probation_are_still_to_come(steps: tuple[str, ...]) -> None:
    verdict = _judged(_without(steps, BATCH))
    promoted = [person for person in verdict.people if person.change == "P"]
    assert {person.steps[step].state for person in promoted for step in ("S6-06", "S6-07")} == {State.LATER}
    assert {person.missing for person in verdict.people} == {steps}


def test_a_decision_without_probation_leaves_its_steps_missing_until_they_are_covered() -> None:
    batch = _without(("S6-04",), BATCH)
    edit(pick(batch, "S5-04"), "c/entries/entry[person/@ref='K-260030001']/probation = false")
    assert _judged(batch).people[0].missing == ("S6-04", "S6-06", "S6-07")


def test_a_message_with_a_figure_nobody_could_reckon_is_told_as_our_fault() -> None:
    schema = etree.fromstring(
        '<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:rule="urn:jishi:rule:1">'
        '<sch:ns prefix="r" uri="urn:jishi:record:1"/><sch:ns prefix="d" uri="urn:jishi:dossier:1"/>'
        '<sch:pattern><sch:rule context="/r:record"><sch:assert id="ZZ" test="false()">'
        '距决定<sch:value-of select="number(r:nothing)"/>日</sch:assert></sch:rule></sch:pattern></sch:schema>'
    )
    model = next(iter(profile_of("CN").book.rules.values()))
    rules = RuleSet([schema], [replace(model, id="ZZ", undetermined=False)], "record", {}, {}, CALENDAR)
    (told,) = rules.judge(records()[f"{BATCH}/S1-01/001"])
    assert told.rule.undetermined
    assert told.record == f"{BATCH}/S1-01/001"
    assert told.message == "规则ZZ算不出所比较的数，没有作出判断；这是本系统规则文件的毛病，不是材料的"
