"""What the rules make of cases from practice: the lawful one stays silent, the breach beside it is named alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest

from jishi.case.standing import Standing, State
from jishi.case.step_record import step_record_of
from jishi.findings import Severity
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.rules.copied_text import copied
from pipeline.rules.rule_files import rule_book
from tests.pipeline.test_rules_record import SMALL_UNIT
from tests.rule_cases import (
    BATCH,
    CALENDAR,
    TODAY,
    Records,
    broken,
    broken_alone,
    edit,
    found,
    pick,
    profile_of,
    records,
)

TALKS_ONLY = ("c/mode = 仅谈话调研", SMALL_UNIT)
ASKED_FIRST = (
    "c/reportKinds + <value>未经推荐由组织提名</value>",
    "c/reportKinds < <reportNo>岚组请〔2026〕9号</reportNo>",
    "c/reportNo < <reportedOn>2026-01-19</reportedOn>",
    "c/reply = 同意",
    "c/reply < <repliedOn>2026-01-21</repliedOn>",
    "attachment[1]/@kind = 上级批复",
)


def _changed(edits: Mapping[str, tuple[str, ...]]) -> Records:
    batch = records()
    for target, lines in edits.items():
        edit(pick(batch, target), *lines)
    return batch


# Recommendation


@pytest.mark.parametrize(("until", "late"), [("2026-02-04", True), ("2026-02-05", False), ("2026-03-01", False)])
def test_a_recommendation_must_hold_when_the_object_is_settled_not_when_the_meeting_decides(
    until: str, late: bool
) -> None:
    batch = _changed({"S2-07": (f"c/validUntil = {until}",)})
    assert pick(batch, "S3-01").findtext("{*}content/{*}heldOn") == "2026-02-05"
    assert broken(batch) == ({"CN-13"} if late else set())


def test_a_recommendation_for_no_particular_post_may_serve_another_one() -> None:
    moved = {"S3-01": ("c/objects/entry[1]/targetPost = 另一职位",)}
    assert broken(_changed(moved)) == {"CN-13.post"}
    assert broken(_changed(moved | {"S2-01": ("c/order < <direction>非定向推荐</direction>",)})) == set()


@pytest.mark.parametrize(("actual", "told"), [(30, set()), (29, {"R17.attended"})])
def test_two_thirds_are_to_attend_a_recommendation(actual: int, told: set[str]) -> None:
    root = pick(records(), "S2-04")
    edit(root, "c/expected = 45", f"c/actual = {actual}", f"c/issued = {actual}", "c/validMeeting = true")
    assert broken_alone(root) == told
    assert rule_book().rules["R17.attended"].severity is Severity.WARNING


def test_no_meeting_is_called_only_where_all_three_conditions_hold() -> None:
    root = pick(records(), "S2-01")
    edit(root, *TALKS_ONLY)
    assert broken_alone(root) == set()
    for name in ("fewPeople", "sameScope", "concentrated"):
        one = copy.deepcopy(root)
        edit(one, f"c/noMeeting/{name} = false")
        assert broken_alone(one) == {"CN-12.talks"}


def test_nobody_skips_the_recommendation_by_his_own_words() -> None:
    exempt = {
        "S2-07": ("c/perCandidate/entry[person/@ref='K-260030001'] -",),
        "S3-01": ("c/objects/entry[1]/basis < <exemptBasis>特殊岗位，由组织提名</exemptBasis>",),
        "001/S3-10": ("c/recRate -",),
    }
    assert broken(_changed(exempt)) == {"CN-12", "R24.exempt"}
    assert broken(_changed(exempt | {"001/S1-08": ASKED_FIRST})) == set()
    pending = (*ASKED_FIRST[:3], "c/reply = 待复", ASKED_FIRST[5])
    assert {"CN-12", "R24.exempt"} <= broken(_changed(exempt | {"001/S1-08": pending}))


def test_equal_numbers_need_an_exception_note_and_at_a_change_of_term_have_no_excuse() -> None:
    assert rule_book().rules["CN-15.other"].severity is Severity.ERROR
    term = {"001/S1-08": ("c/changeKind = 换届",)}
    assert broken(_changed(term)) == {"R24.term"}
    assert broken(_changed(term | {"S3-01": ("c/seats = 3",)})) == set()


def test_a_competition_tells_of_notice_entries_examination_and_interview_in_their_order() -> None:
    raced = (
        "<competition><announcedOn>2026-01-15</announcedOn><appliedUntil>2026-01-22</appliedUntil>"
        "<applicants>9</applicants><qualified>7</qualified><examinedOn>2026-01-26</examinedOn>"
        "<interviewedOn>2026-01-28</interviewedOn></competition>"
    )
    kept = {
        "S1-01": ("c/selectionMode = 竞争上岗",),
        "S3-01": (f"c/objects/entry/basis < {raced}",),
    }
    assert broken(_changed(kept)) == set()
    assert broken(_changed({"S1-01": kept["S1-01"]})) == {"R24.competition"}
    late = (*kept["S3-01"], "c/objects/entry[1]/competition/interviewedOn = 2026-03-01")
    assert broken(_changed(kept | {"S3-01": late})) == {"R24.competition"}


# Who may be put forward


@pytest.mark.parametrize(
    ("entry", "barred"),
    [
        ("<kind>免职</kind><from>2024-01-10</from>", False),
        ("<kind>免职</kind><from>2024-02-20</from>", True),
        ("<kind>留党察看</kind><from>2023-01-01</from>", True),
        ("<kind>调整职务</kind><from>2025-06-01</from>", True),
        ("<kind>调整职务</kind><from>2025-01-01</from>", False),
        ("<kind>诫勉</kind><from>2020-01-01</from><affectsUse>true</affectsUse>", True),
        ("<kind>党纪警告</kind><from>2020-01-01</from><until>2026-06-30</until>", True),
        ("<kind>党纪警告</kind><from>2025-06-01</from><until>2026-01-01</until>", False),
    ],
)
def test_a_sanction_bars_as_long_as_its_kind_or_the_decision_says(entry: str, barred: bool) -> None:
    root = pick(records(), "001/S1-08")
    edit(root, f"c/disciplines + <entry>{entry}</entry>")
    assert broken_alone(root) == ({"CN-10", "R10"} if barred else set())


def test_who_lost_his_post_may_move_on_his_level_after_a_year_and_rise_after_two() -> None:
    lost = "c/disciplines + <entry><kind>免职</kind><from>2024-10-01</from></entry>"
    for change, barred in (("进一步使用", False), ("提拔", True)):
        root = pick(records(), "001/S1-08")
        edit(root, f"c/changeKind = {change}", lost)
        assert ("CN-10" in broken_alone(root)) is barred


@pytest.mark.parametrize(
    ("since", "level", "told"),
    [
        ("2016-01-20", "县处级副职", {"CN-48"}),
        ("2016-02-20", "县处级副职", set()),
        ("2010-01-20", "乡科级正职", set()),
    ],
)
def test_ten_years_in_a_post_are_reached_on_the_day(since: str, level: str, told: set[str]) -> None:
    root = pick(records(), "002/S1-08")
    edit(root, f"c/curPostSince = {since}", "c/sameLevelSince = 2016-02-01", f"c/curLevel = {level}")
    assert broken_alone(root) & {"CN-48"} == told


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        (("currentLead = 5",), {"CN-11"}),
        (("currentLead = 5", "appointing < <appointingNonLead>1</appointingNonLead>"), set()),
        (("currentLead = 5", "removing = 1"), set()),
        (("currentLead = 5", "removing = 1", "appointing < <removingNonLead>1</removingNonLead>"), {"CN-11"}),
        (("currentNonLead = 3", "appointing < <appointingNonLead>1</appointingNonLead>"), {"CN-11"}),
    ],
)
def test_a_vacant_post_that_leads_nobody_makes_no_room_for_a_leader(edits: tuple[str, ...], told: set[str]) -> None:
    line = "c/lines/entry[1]"
    batch = _changed({"S1-03": (*(f"{line}/{one}" for one in edits), f"{line}/over = {str(bool(told)).lower()}")})
    assert broken(batch) == told
    assert broken_alone(pick(batch, "S1-03")) == set()


def test_whether_a_post_is_a_key_post_is_said_alike() -> None:
    assert broken(_changed({"005/S1-08": ("c/keyPost = false",)})) == {"R10.key"}
    both = {"005/S1-08": ("c/keyPost = false",), "S1-01": ("c/vacancies/entry/keyPost = false",)}
    assert broken(_changed(both)) == set()


# Vetting


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("c/birth/value = 1984-11-20", "出生年月"),
        ("c/workStart/value = 2006-08-01", "参加工作时间"),
        ("c/partyJoin/value = 2007年7月", "入党时间"),
        ("c/partyJoin/value = 非中共党员", "入党时间"),
        ("c/education/value = 大学，农学学士", "学历学位"),
        ("c/experienceCount = 3", "经历段数"),
        ("c/identity/value = 参公管理人员", "身份"),
    ],
)
def test_three_ages_two_histories_one_identity_are_all_compared(line: str, named: str) -> None:
    batch = _changed({"001/S3-06": (line,)})
    assert broken(batch) == {"R31.match"}
    assert named in _said(batch, "R31.match")


@pytest.mark.parametrize("written", ["2007年6月", "2007-06-01", "2007.06", "200706", "2007年06月；民建"])
def test_a_month_is_the_same_however_it_is_written(written: str) -> None:
    assert broken(_changed({"001/S3-06": (f"c/partyJoin/value = {written}",)})) == set()


def _said(batch: Records, rule: str) -> str:
    dossier = assemble(
        [DossierEntry(root, number) for number, root in batch.items()],
        batch=BATCH,
        profile=profile_of("CN"),
        today=TODAY,
    )
    judged = profile_of("CN").rule_set("dossier", CALENDAR).judge(dossier)
    return next(one.message for one in judged if one.rule.id == rule)


@pytest.mark.parametrize(
    ("phase", "day", "told"),
    [
        ("动议初审", "2026-01-19", set()),
        ("动议初审", "2026-02-12", {"R31.phase"}),
        ("考察复审", "2026-02-11", set()),
        ("考察复审", "2026-01-15", {"R31.phase"}),
    ],
)
def test_the_file_may_be_looked_at_when_the_motion_is_made(phase: str, day: str, told: set[str]) -> None:
    batch = records()
    root = copy.deepcopy(pick(batch, "001/S3-06"))
    number = f"{BATCH}-001/S3-06/002"
    root.set("recordId", number)
    root.set("occurrence", "2")
    edit(root, f"c/fileNo < <phase>{phase}</phase>", f"c/auditedOn = {day}", f"occurredOn = {day}")
    batch[number] = root
    assert broken(batch) == told


def test_an_own_candidate_has_the_second_pair_of_signatures() -> None:
    own = pick(records(), "001/S3-08")
    edit(own, "c/unitConclusion < <signedFor>本级管理人选</signedFor>")
    assert broken_alone(own) == {"G01"}
    edit(
        own,
        "responsible[@role='unit_secretary']/@role = leader_in_charge",
        "responsible[@role='unit_discipline']/@role = organ_discipline",
    )
    assert broken_alone(own) == set()
    edit(own, "responsible[@role='organ_discipline']/@ref = K-0001")
    edit(own, "responsible[@role='leader_in_charge']/@ref = K-0001")
    assert broken_alone(own) == {"CN-21"}


def test_declared_matters_are_asked_of_those_who_declare_only() -> None:
    batch = records()
    del batch[f"{BATCH}-001/S3-07/001"]
    assert broken(batch) == {"R60"}
    edit(pick(batch, "001/S1-08"), "c/targetLevel = 乡科级正职", "c/curLevel = 乡科级副职")
    assert broken(batch) == set()
    person = f"{BATCH}-001"
    assert Standing(map(step_record_of, batch.values())).of(person, "S3-07").state is State.NOT_APPLICABLE


LONG = "该同志" + "主持编制流域治理规划并组织实施，协调解决征地补偿、管线迁改和资金缺口，" * 3


def test_only_a_long_passage_two_people_share_is_copied() -> None:
    papers = {"甲": (LONG, "作风扎实。"), "乙": ("另外，" + LONG[:90],), "丙": (LONG[:40] + "完全另写一段。",)}
    assert set(copied(papers, 80)) == {"甲", "乙"}
    assert copied(papers, 80)["乙"].other == "甲"
    assert LONG.startswith(copied(papers, 80)["乙"].text)
    assert set(copied(papers, 30)) == {"甲", "乙", "丙"}
    assert not copied(papers, 0)


def test_a_passage_runs_across_blanks_but_not_across_sections() -> None:
    assert copied({"甲": (LONG,), "乙": (" ".join(LONG),)}, 80)
    assert not copied({"甲": (LONG[:50], LONG[50:100]), "乙": (LONG[:100],)}, 80)


# Completeness and localities


def test_a_note_that_a_step_does_not_apply_contradicts_the_record_of_it() -> None:
    assert broken(_changed({"001/NA": ("c/steps + <value>S2-04</value>",)})) == {"R60.both"}


def test_materials_are_those_of_an_approval_where_it_is_one() -> None:
    asked = ("c/kind = 审批", "c/reply = 同意")
    assert broken(_changed({"S5-05": asked})) == {"R50.materials"}
    assert "请示、本人档案、会议纪要、讨论记录、民主推荐情况" in _said(_changed({"S5-05": asked}), "R50.materials")


SERVED = ("c/curPostSince = 2023-07-01",)


@pytest.mark.parametrize(
    ("org", "told"),
    [("岚江市乡村振兴局", {"HN-09"}), ("岚江市水务局", {"HN-09"}), ("云溪县晓渡乡", set()), ("芦汀街道办事处", set())],
)
def test_a_township_is_told_by_its_name_not_by_a_sign_in_it(org: str, told: set[str]) -> None:
    batch = _changed({"001/S1-08": (*SERVED, f"c/targetOrg = {org}")})
    assert broken(batch, "HN") & {"HN-08", "HN-09"} == told


def test_two_heads_of_any_one_body_are_not_moved_together() -> None:
    head = ("c/curOrg = 云溪县水利局", "c/curLevel = 乡科级正职")
    moved = {
        "001/S1-08": (*head, "c/curPost = 云溪县水利局局长"),
        "006/S1-08": (*head, "c/curPost = 云溪县水利局党组书记"),
    }
    assert broken(_changed(moved), "HN") & {"HN-10"} == {"HN-10"}
    section = moved | {"006/S1-08": (*head, "c/curPost = 云溪县水利局办公室主任")}
    assert broken(_changed(section), "HN") & {"HN-10"} == set()


@pytest.mark.parametrize(("person", "told"), [("001", {"HN-04"}), ("003", set())])
def test_the_list_put_to_the_discipline_commission_is_of_those_to_be_promoted(person: str, told: set[str]) -> None:
    root = {f"{person}/S4-05": ("c/disciplineResult = 不通过",)}
    assert broken(_changed(root), "HN") == told


def test_a_meeting_after_the_plan_was_put_forward_does_not_count_among_the_three() -> None:
    day = ("occurredOn = 2026-03-12", "recordedOn = 2026-03-12T17:00:00+08:00", "c/heldOn = 2026-03-12")
    assert "HN-03" in broken(_changed({"S4-01#2": day}), "HN")


@pytest.mark.parametrize("step", ["S1-05", "S1-07", "S1-09", "S4-01", "S4-02", "S4-04"])
def test_hearing_planning_and_asking_are_written_in_the_notebook_in_neijiang(step: str) -> None:
    root = pick(records(), step)
    kinds = "".join(node.text or "" for node in found(root, "r:formKind"))
    edit(root, f"formKind = {' '.join(one for one in kinds.split() if one != '笔记本') or '记录'}", "notebook -")
    assert broken_alone(root, "NJ") == {"G07.needed"}
    assert broken_alone(root, "CN") == set()
