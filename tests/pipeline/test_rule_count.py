"""How much of the rules the mutations cover: every assertion, every requirement; what is left to a person is named."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from jishi.data_files import schemas_folder
from jishi.findings import Grade
from jishi.procedure import procedure
from jishi.record_types import procedure_folder, role_labels
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.acceptance.requirements import ON_THE_SHELF
from pipeline.acceptance.verdict import Answer
from pipeline.rules.inactive_rules import inactive_rules
from pipeline.rules.profiles import profile_ids
from pipeline.rules.rule_files import rule_book
from tests.pipeline.test_rules_dossier import APPROVAL, ELSEWHERE
from tests.pipeline.test_rules_dossier import CASES as DOSSIER_CASES
from tests.pipeline.test_rules_record import CASES as RECORD_CASES
from tests.rule_cases import CALENDAR, LOCAL, TODAY, Case, Records, case, edit, mutated, pick, profile_of, records

CASES = (*RECORD_CASES, *DOSSIER_CASES)
RULES = rule_book(LOCAL).rules
MANUAL = schemas_folder().parent / "docs" / "手册" / "02-规则与配置.md"

NEEDS_A_PERSON = {
    "R08": ("干部科负责人", "分管副部长", "组织部长"),
    "R30": ("谈话人", "考察组组长"),
    "R36": ("考察组组长", "考察组成员"),
}
"""What a machine answers in part only, and whose signatures on the step's papers stand for the rest."""

OWN = {
    "R46": case("CN-28", "S5-02", "c/results/entry[1]/agree = 5", "c/results/entry[1]/defer = 5"),
    "R51": case("R51", "S5-05", "c/kind = 审批", *APPROVAL, "c/reply = 同意", "c/repliedOn = 2026-05-20"),
}
"""Where the mutation made for the rule speaks against another requirement too."""

BREAKS = {
    "R01": "R01.adhoc", "R02": "R02.sources", "R03": "G09.S1-03", "R04": "R04.superior", "R05": "R05.hearers",
    "R06": "R06", "R07": "R07", "R08": "R08.reason", "R09": "R09", "R10": "R10", "R11": "R11.none",
    "R12": "R12.quorum", "R13": "R13.people", "R14": "R14.two", "R15": "R15.actual", "R16": "CN-15.other",
    "R17": "R17.count", "R18": "R18.papers", "R19": "R19.returned", "R20": "R20.apart", "R21": "CN-14",
    "R22": "G09.S2-07.until", "R23": "R23.seven", "R24": "R24.equal", "R25": "R25.declared", "R26": "R26",
    "R27": "R27.days", "R28": "R28.sum", "R29": "R29.two", "R30": "R30", "R31": "R31.two", "R32": "CN-20b.given",
    "R33": "R33.days", "R34": "R34.days", "R35": "R35.days", "R36": "CN-23", "R37": "R37.feedback",
    "R38": "R38.quorum", "R39": "R39", "R40": "R40.deemed", "R41": "R41.only", "R42": "R42.eight", "R43": "R43",
    "R44": "R44.count", "R45": "CN-27.stated", "R46": "CN-28", "R47": "CN-31", "R48": "CN-33", "R49": "R49.issuer",
    "R50": "R50.reply", "R51": "R51", "R52": "G09.S6-01", "R53": "R53.count", "R54": "CN-42", "R55": "R55.number",
    "R56": "R56.legal", "R57": "R57.days", "R58": "HN-16", "R59": "R59.team", "R60": "R60.missing",
    "R61": "CN-52",
}  # fmt: skip
"""Requirement → the rule whose mutation changes the answer to this requirement and to no other."""

SIX = {"R34", "R40", "R48"}
"""Requirements whose mutation needs the whole sample; for the others one person is enough."""


def _answers(batch: Records, one: Case) -> dict[str, Answer]:
    profile = profile_of(one.profile)
    entries = [DossierEntry(root, number) for number, root in batch.items()]
    dossier = assemble(entries, batch=entries[0].record_id[:16], profile=profile, today=one.today)
    return {told.requirement.id: told.answer for told in judge_batch(dossier, profile, CALENDAR).requirements}


@cache
def _sound(profile: str, batch: str, people: int) -> dict[str, Answer]:
    return _answers(records(batch, people), Case("", {}, profile, batch=batch, today=TODAY))


def _spoiled(one: Case, people: int) -> Records:
    batch = records(one.batch, people)
    for target, edits in one.edits.items():
        edit(pick(batch, target), *edits)
    return batch


@pytest.mark.parametrize("need", BREAKS)
def test_a_mutation_breaks_exactly_this_requirement(need: str) -> None:
    one = OWN.get(need) or next(found for found in CASES if found.rule == BREAKS[need])
    assert RULES[one.rule].requirement == need
    people = 6 if need in SIX else 1
    sound = _sound(one.profile, one.batch, people)
    spoiled = _answers(_spoiled(one, people), one)
    # What shows only on the shelf is open before filing; breaking its rule must then say that it fails.
    before, after = (Answer.UNDETERMINED, Answer.FAILED) if need in ON_THE_SHELF else (Answer.PASSED, spoiled[need])
    assert sound[need] in (before, Answer.NOT_APPLICABLE)
    assert spoiled[need] is after
    assert after in (Answer.FAILED, Answer.UNDETERMINED)
    assert {name for name in sound if sound[name] is not spoiled[name]} == {need}


def test_every_rule_and_every_requirement_has_its_mutation(capsys: pytest.CaptureFixture[str]) -> None:
    covered = {one.rule for one in CASES} | ELSEWHERE
    assert covered == set(RULES)
    assert list(BREAKS) == list(procedure().requirements)
    alone = sum(not one.also for one in CASES) + len(ELSEWHERE)
    grades = Counter(rule.grade for rule in RULES.values())
    told = f"{alone}条只违反它自己，{len(RULES) - alone}条必然连带说同一件事的别的规则"
    assert told in MANUAL.read_text("utf-8")
    with capsys.disabled():
        print(
            f"\n变异检验：规则 {len(covered & set(RULES))} of {len(RULES)} 条各有一处改动违反它"
            f"（{told}）；"
            f"纪实要求 {len(BREAKS)} of {len(procedure().requirements)} 条各有一处改动恰好只改变它的结论；"
            f"须由人判断 {len(NEEDS_A_PERSON)} 条：{'、'.join(NEEDS_A_PERSON)}；"
            f"未启用 {len(inactive_rules())} 条；依据：{'，'.join(f'{grade} {grades[grade]} 条' for grade in Grade)}"
        )


def test_no_case_is_broken_before_its_mutation() -> None:
    """The shipped profiles are tested with the rules themselves; here the tests' own localities, case by case."""
    for one in CASES:
        if one.profile not in profile_ids():
            before, after = _firings(records(one.batch), one), _firings(mutated(one)[0], one)
            assert {rule for rule, _ in after - before} == {one.rule} | one.also
            assert not before - after


def _firings(batch: Records, one: Case) -> Counter[tuple[str, str]]:
    profile = profile_of(one.profile)
    entries = [DossierEntry(root, number) for number, root in batch.items()]
    dossier = assemble(entries, batch=one.batch, profile=profile, today=one.today)
    return Counter((found.rule.id, found.person) for found in profile.rule_set("dossier", CALENDAR).judge(dossier))


def test_what_a_machine_cannot_judge_is_signed_for_by_named_roles() -> None:
    partly = {need.id: need for need in procedure().requirements.values() if need.machine != "yes"}
    assert set(partly) == set(NEEDS_A_PERSON)
    page = MANUAL.read_text("utf-8")
    for name, roles in NEEDS_A_PERSON.items():
        step = procedure().steps[partly[name].step]
        assert tuple(role_labels()[signer.role] for signer in step.signers) == roles
        assert f"| {name} | {step.id} {step.name} | {partly[name].text} | {'、'.join(roles)} |" in page


def test_the_manual_counts_as_the_rule_files_do() -> None:
    page = MANUAL.read_text("utf-8")
    shipped = rule_book().rules.values()
    weights = Counter(rule.severity.label for rule in shipped)
    levels = Counter(rule.level for rule in shipped)
    places = Counter(rule.profile for rule in shipped if rule.profile)
    local = sum(places.values())
    told = "、".join(f"{profile_of(name).name}（{name}）{places[name]}条" for name in ("NJ", "AKS", "HN", "DY", "JX"))
    assert (
        f"共{len(shipped)}条：只看一件记录的{levels['record']}条，看整个批次的{levels['dossier']}条；"
        f"错误{weights['错误']}条、警告{weights['警告']}条、提示{weights['提示']}条；"
        f"全国通用的{len(shipped) - local}条，只属于某地的{local}条（{told}）"
    ) in page
    grades = Counter(rule.grade for rule in shipped)
    assert [grade for grade in Grade if not re.search(rf"\| {grade} \|[^|]+\| {grades[grade]}条 \|", page)] == []
    for one in inactive_rules():
        assert f"| {one.id} | {one.text} | {one.needs} |" in page


def test_a_locality_is_cited_by_its_own_rules_only_and_they_judge_nobody_else() -> None:
    names = [profile_of(name).name for name in profile_ids() if name != "CN"]
    shared = [rule for rule in rule_book().rules.values() if not rule.profile]
    assert [rule.id for rule in shared if "seed" in rule.source or any(name in rule.source for name in names)] == []
    assert [rule.id for rule in shared if rule.grade == Grade.LOCAL] == []
    assert [rule.id for rule in shared if "做法" in rule.source and rule.grade != Grade.OURS] == []
    for rule in rule_book().rules.values():
        if rule.profile:
            assert rule.grade == Grade.LOCAL
            judged_by = [one for one in profile_ids() if rule in profile_of(one).rules]
            assert judged_by == [rule.profile]


def test_every_local_rule_is_broken_under_its_own_profile() -> None:
    under = {(one.profile, one.rule) for one in CASES}
    assert [
        rule.id
        for rule in RULES.values()
        if rule.profile and not any(rule.profile in profile_of(name).line for name, told in under if told == rule.id)
    ] == []


def test_no_clock_of_every_profile_cites_a_locality() -> None:
    shared = (procedure_folder() / "alerts" / "clocks.xml").read_text("utf-8")
    assert "seed" not in shared
    assert Grade.LOCAL not in shared


def test_the_manual_names_every_parameter() -> None:
    page = MANUAL.read_text("utf-8")
    for profile in profile_ids():
        for name, label in profile_of(profile).labels.items():
            assert f"| {label} | `{name}` |" in page
