"""A batch judged: completeness, findings, the 61 requirements, exception notes."""

from __future__ import annotations

import datetime as dt

import pytest

from jishi.case.standing import State
from jishi.errors import SettingsInvalid
from jishi.findings import Severity
from jishi.procedure import procedure
from jishi.workdays import WorkCalendar
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.acceptance.verdict import Answer, BatchVerdict
from tests.rule_cases import BATCH, CALENDAR, EARLIER, NS, Records, edit, pick, profile_of, records


def _judge(batch: Records, profile: str = "CN", today: dt.date = dt.date(2026, 6, 1)) -> BatchVerdict:
    number = next(iter(batch)).split("/")[0][:16]
    entries = [DossierEntry(root, name) for name, root in batch.items()]
    one = profile_of(profile)
    return judge_batch(assemble(entries, batch=number, profile=one, today=today), one, CALENDAR)


def _answers(verdict: BatchVerdict) -> dict[str, Answer]:
    return {one.requirement.id: one.answer for one in verdict.requirements}


@pytest.fixture(scope="module")
def sound() -> BatchVerdict:
    return _judge(records())


def test_a_sound_batch_is_acceptable(sound: BatchVerdict) -> None:
    assert sound.acceptable
    assert sound.findings == ()
    assert (sound.batch, sound.profile, sound.started) == (BATCH, "CN", "2026-01-05")
    assert sound.version == profile_of("CN").version


def test_the_matrix_has_every_person_and_every_step(sound: BatchVerdict) -> None:
    assert [person.change for person in sound.people] == ["P", "F", "T", "X", "P", "P"]
    for person in sound.people:
        assert list(person.steps) == list(procedure().steps)
        assert person.missing == ()
        assert person.acceptable
    assert sound.people[0].steps["S6-07"].state is State.LATER
    assert sound.people[1].steps["S6-07"].state is State.NOT_APPLICABLE
    assert sound.people[1].steps["S6-07"].records == (f"{BATCH}-002/NA/001",)
    assert sound.people[0].steps["S1-03"].records == (f"{BATCH}/S1-03/001",)


def test_every_requirement_is_answered_and_says_what_it_rests_on(sound: BatchVerdict) -> None:
    assert [one.requirement.id for one in sound.requirements] == [f"R{number:02d}" for number in range(1, 62)]
    assert {need for need, answer in _answers(sound).items() if answer is not Answer.PASSED} == {
        "R51",
        "R58",
        "R59",
        "R61",
    }
    for one in sound.requirements:
        if one.answer is Answer.PASSED:
            assert one.records, one.requirement.id


def test_a_rule_that_never_fired_is_not_passed(sound: BatchVerdict) -> None:
    answers = {one.requirement.id: one for one in sound.requirements}
    assert answers["R51"].answer is Answer.NOT_APPLICABLE
    assert answers["R58"].answer is Answer.UNDETERMINED
    assert answers["R58"].later
    (leaving,) = [person for person in sound.people if person.change == "X"]
    own = {one.requirement.id: one.answer for one in leaving.requirements}
    assert own["R31"] is Answer.NOT_APPLICABLE
    assert own["R55"] is Answer.PASSED


def test_a_person_passes_only_what_was_judged_of_that_person(sound: BatchVerdict) -> None:
    own = [{one.requirement.id: one for one in person.requirements} for person in sound.people]
    notices, plenaries = (
        {node.get("no") for root in (pick(records(), step),) for node in root.iterfind("r:people/r:person[@no]", NS)}
        for step in ("S6-01", "S5-03")
    )
    for person, answers in zip(sound.people, own, strict=True):
        assert (answers["R52"].answer is Answer.PASSED) == (person.no in notices), person.no
        assert (answers["R48"].answer is Answer.PASSED) == (person.no in plenaries), person.no
        if answers["R52"].answer is not Answer.PASSED:
            assert (answers["R52"].answer, answers["R52"].records) == (Answer.NOT_APPLICABLE, ())
    assert 0 < len(notices) < len(sound.people)


def test_what_only_the_filed_volumes_show_is_open_and_says_who_looks(sound: BatchVerdict) -> None:
    (filed,) = [one for one in sound.requirements if one.requirement.id == "R61"]
    assert filed.answer is Answer.UNDETERMINED
    assert filed.reasons == ("电子卷的件数、页数、校验码立卷后由 jishi verify 核对",)


def test_one_who_is_not_in_the_notice_and_should_be_is_not_said_to_have_passed() -> None:
    batch = records()
    notice = pick(batch, "S6-01")
    edit(notice, "people/person[@id='K-260030001'] -", "c/entries/entry[person/@ref='K-260030001'] -")
    first = _judge(batch).people[0]
    answers = {one.requirement.id: one.answer for one in first.requirements}
    assert answers["R52"] is Answer.UNDETERMINED


def test_with_the_supplement_probation_is_answered() -> None:
    verdict = _judge(records(EARLIER))
    assert verdict.acceptable
    assert {need for need, answer in _answers(verdict).items() if answer is not Answer.PASSED} == {"R51", "R61"}


def test_where_substance_is_left_to_a_person_it_is_said(sound: BatchVerdict) -> None:
    assert {one.requirement.id for one in sound.requirements if one.needs_a_person} == {"R08", "R30", "R36"}


@pytest.mark.parametrize("step", [step.id for step in procedure().steps.values() if step.id not in ("S6-06", "S6-07")])
def test_a_batch_with_one_step_missing_is_refused_and_the_step_named(step: str) -> None:
    batch = {number: root for number, root in records().items() if number.split("/")[1] != step}
    verdict = _judge(batch)
    assert not verdict.acceptable
    lacking = [one for one in verdict.blocking if one.rule == "R60" and step in one.finding.message]
    assert lacking
    assert {one.person for one in lacking} == {person.no for person in verdict.people if step in person.missing}


def test_a_step_missing_for_one_person_is_that_persons(sound: BatchVerdict) -> None:
    batch = records()
    del batch[f"{BATCH}-002/S6-03/001"]
    verdict = _judge(batch)
    (finding,) = verdict.blocking
    assert (finding.rule, finding.person) == ("R60", f"{BATCH}-002")
    assert "S6-03（任前谈话与廉政教育）" in finding.finding.message
    assert [person.no[-3:] for person in verdict.people if not person.acceptable] == ["002"]
    assert verdict.people[1].missing == ("S6-03",)
    own = {one.requirement.id: one.answer for one in verdict.people[1].requirements}
    assert own["R54"] is Answer.UNDETERMINED
    assert _answers(verdict)["R60"] is Answer.FAILED


def test_a_failed_requirement_names_its_findings_and_records() -> None:
    batch = records()
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    verdict = _judge(batch)
    (answered,) = [one for one in verdict.requirements if one.answer is Answer.FAILED]
    assert answered.requirement.id == "R32"
    assert [one.rule for one in answered.findings] == ["CN-20b"]
    assert f"{BATCH}-001/S3-07/001" in answered.records
    other = {one.requirement.id: one.answer for one in verdict.people[1].requirements}
    assert other["R32"] is Answer.PASSED


def test_missing_input_is_undetermined_and_blocks() -> None:
    batch = records()
    edit(pick(batch, "001/S3-05表"), "c/politicalBasis -")
    verdict = _judge(batch)
    (blocking,) = verdict.blocking
    assert (blocking.rule, blocking.undetermined) == ("R30", True)
    assert _answers(verdict)["R30"] is Answer.UNDETERMINED


def test_a_missing_signature_speaks_against_what_asks_for_it() -> None:
    batch = records()
    edit(pick(batch, "S1-03"), "responsible[1]/@signKind = 打印姓名")
    verdict = _judge(batch)
    assert [one.rule for one in verdict.blocking] == ["G01"]
    assert {need for need, answer in _answers(verdict).items() if answer is Answer.FAILED} == {"R04"}


def test_a_warning_does_not_block_but_asks_for_an_explanation() -> None:
    batch = records()
    edit(pick(batch, "S1-02"), "c/sources/value[position()>1] -")
    verdict = _judge(batch)
    assert verdict.acceptable
    assert [one.rule for one in verdict.to_explain] == ["R02.sources"]
    assert _answers(verdict)["R02"] is Answer.FAILED


def test_findings_come_worst_first_and_say_how_the_process_was_evaded() -> None:
    batch = records()
    edit(pick(batch, "S1-02"), "c/sources/value[position()>1] -")
    edit(pick(batch, "S5-02"), "c/method = 圈阅")
    verdict = _judge(batch)
    assert [one.finding.severity for one in verdict.findings] == sorted(
        (one.finding.severity for one in verdict.findings), key=["error", "warning", "info"].index
    )
    assert {one.evasion for one in verdict.findings} == {"变通", "简化"}


# Exception notes


def _note(batch: Records, rule: str, person: str = "") -> str:
    """Add a signed exception note, made from a note that steps do not apply."""
    root = pick(records(), "002/NA")
    owner = f"{BATCH}-{person}" if person else BATCH
    number = f"{owner}/EX/001"
    root.set("recordId", number)
    root.set("stepId", "EX")
    edit(
        root,
        "title = 关于该事项的例外说明及审批件",
        "c/* -",
        f"c + <rule>{rule}</rule>",
        "c + <figures>如实写明</figures>",
    )
    approver = root.find("r:recorder", NS)
    assert approver is not None
    edit(root, "c + <reason>确有特殊情况，已集体研究</reason>", "c + <basis>部务会纪要</basis>")
    edit(root, f"c + <approvedBy ref='{approver.get('ref')}'/>", "c + <approvedOn>2026-04-01</approvedOn>")
    signed = "signedOn='2026-04-01' signKind='签批件' signRef='att-1'"
    signer = f"<responsible role='org_head' ref='{approver.get('ref')}' {signed}/>"
    edit(root, f"people < {signer}", "responsible/@signedOn = 2026-04-01", "responsible/@signRef = att-1")
    edit(root, "personId -")
    if person:
        edit(root, f"batch < <personId>{owner}</personId>")
        edit(root, f"people/person[@no]/@no = {owner}")
    batch[number] = root
    return number


@pytest.mark.parametrize("named", ["CN-20b", "R32", "CN-20b、CN-36"])
def test_a_signed_note_excuses_the_rule_it_names(named: str) -> None:
    batch = records()
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    number = _note(batch, named, "001")
    verdict = _judge(batch)
    assert verdict.acceptable
    assert [(one.rule, one.exception) for one in verdict.overridden] == [("CN-20b", number)]
    assert _answers(verdict)["R32"] is Answer.PASSED


def test_a_persons_note_does_not_excuse_another_person() -> None:
    batch = records()
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    _note(batch, "CN-20b", "002")
    assert not _judge(batch).acceptable


def test_a_note_of_the_batch_excuses_everybody() -> None:
    batch = records()
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    edit(pick(batch, "002/S3-07"), "c/result = 隐瞒不报")
    _note(batch, "CN-20b")
    assert len(_judge(batch).overridden) == 2


def test_a_note_that_is_not_signed_excuses_nothing() -> None:
    batch = records()
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    edit(batch[_note(batch, "CN-20b", "001")], "responsible[@role='org_head']/@signKind = 打印姓名")
    assert {one.rule for one in _judge(batch).blocking} == {"CN-20b", "G01"}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("CN-98", "例外说明所写的规则CN-98不存在"),
        ("G01", "规则G01不得以例外说明豁免"),
        ("某规则", "例外说明没有写明规则编号"),
    ],
)
def test_a_note_that_cannot_excuse_is_told(named: str, said: str) -> None:
    batch = records()
    edit(pick(batch, "S1-03"), "responsible[1]/@signKind = 打印姓名")
    _note(batch, named)
    verdict = _judge(batch)
    assert [one.rule for one in verdict.blocking] == ["G01"]
    assert [one.finding.message for one in verdict.findings if one.rule == "X-EXCEPTION"] == [said]


# Time


def test_a_batch_is_judged_by_the_rules_of_its_first_day() -> None:
    batch = records()
    edit(pick(batch, "S1-01"), "c/initiatedOn = 2016-01-05")
    verdict = _judge(batch)
    assert verdict.started == "2016-01-05"
    edit(pick(batch, "001/S1-08"), "c/lastReviews/entry[1]/result = 基本称职", "c/lastReviews/entry[1]/year = 2025")
    found = {one.rule: one.finding for one in _judge(batch).findings}
    assert found["CN-08.2014"].severity is Severity.ERROR
    assert found["CN-08"].severity is Severity.INFO
    assert found["CN-08"].message.startswith("（2019-03-17起的规定，本批次不适用）")


def test_probation_long_over_without_assessment_blocks() -> None:
    verdict = _judge(records(), today=dt.date(2027, 5, 1))
    assert {one.rule for one in verdict.blocking} == {"CN-40"}
    assert {one.person[-3:] for one in verdict.blocking} == {"001", "005", "006"}


def test_a_year_without_a_calendar_stops_the_work() -> None:
    batch = records()
    edit(pick(batch, "S1-03"), "recordedOn = 2031-01-13T18:08:00+08:00")
    with pytest.raises(SettingsInvalid, match=r"202[78]"):
        _judge(batch)


def test_a_holiday_of_the_locality_counts() -> None:
    one = profile_of("CN")
    entries = [DossierEntry(root, name) for name, root in records().items()]
    dossier = assemble(entries, batch=BATCH, profile=one, today=dt.date(2026, 6, 1))
    verdict = judge_batch(dossier, one, WorkCalendar({dt.date(2026, 3, 18): False, dt.date(2026, 3, 19): False}))
    assert {found.rule for found in verdict.blocking} == {"CN-36", "G09.S6-01"}


def test_an_empty_dossier_is_not_acceptable() -> None:
    one = profile_of("CN")
    verdict = judge_batch(assemble([], batch=BATCH, profile=one, today=dt.date(2026, 6, 1)), one, CALENDAR)
    assert not verdict.acceptable
