"""Where the sources contradict each other (C1 to C18), two localities or two days judge the same records differently.

Each test takes records of the rehearsal, edits them once, and asks every side. Where the sources differ in something
no record is judged by, the test shows what stands in place of a rule; `NOT_JUDGED` says why there is none.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from jishi.errors import NotFound
from jishi.findings import Finding, Severity
from jishi.procedure import procedure
from jishi.record_types import procedure_folder, schemas_folder
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.intake.validate import RecordJudge
from pipeline.rules.inactive_rules import inactive_rules
from pipeline.rules.profiles import Profile, load_profile, profile_ids
from tests.rule_cases import CALENDAR, NS, TODAY, Records, broken, broken_alone, edit, pick, profile_of, records

SHIPPED = ("AKS", "CN", "DY", "HN", "JX", "NJ", "QJ")

NOT_JUDGED = {
    "C8": "环节名称只用于印制，各地记录的步骤代码相同；没有按地区改环节名称的表，规则也不看环节名称",
    "C10": "阿克苏“不满意率超过30%”的一侧（AKS-01）要等一报告两评议登记，目前只有衡南一侧在用",
    "C13": "2010年四项监督制度的条文没有取得，没有依它写规则；有效期的办法已有，取得条文后写成带validTo的规则即可",
    "C14": "各地对会议的叫法不同，没有按地区改步骤名称的表；不论叫什么，都不得在该会上决定任免",
    "C17": "渠道各地叫法不同，取并集，不判对错",
}
"""Where the sources differ in what no rule, or only one side's rule, can judge; the manual says the same."""


def _local(folder: Path, profile: str, text: str, rules: str = "") -> Profile:
    """Return a made-up locality under the national default."""
    (folder / f"{profile}.toml").write_text(f'id = "{profile}"\nname = "某地"\nparent = "CN"\n{text}', "utf-8")
    if rules:
        (folder / f"{profile}.sch").write_text(rules, "utf-8")
    return load_profile(profile, folder)


def _alone(root: etree._Element, profile: Profile) -> set[str]:
    """Return the record rules a record breaks under a profile, on the record's own day."""
    return {outcome.rule.id for outcome in RecordJudge(profile, CALENDAR).outcomes(root) if not outcome.passed}


def _whole(batch: Records, profile: Profile) -> set[str]:
    """Return the dossier rules a batch breaks under a profile."""
    entries = [DossierEntry(root, number) for number, root in batch.items()]
    dossier = assemble(entries, batch=entries[0].record_id[:16], profile=profile, today=TODAY)
    return {outcome.rule.id for outcome in profile.rule_set("dossier", CALENDAR).judge(dossier)}


def _by_locality(root: etree._Element, *profiles: str) -> dict[str, set[str]]:
    return {name: broken_alone(root, name) for name in profiles}


def _report(talk: tuple[int, int], meet: tuple[int, int]) -> etree._Element:
    """Return a recommendation report on one candidate with these votes of these ballots."""
    root = pick(records(), "S2-07")
    edit(root, "c/perCandidate/entry[position()>1] -")
    for name, (votes, base) in (("talk", talk), ("meet", meet)):
        rate = f"{10000 * votes // base / 100:.2f}"
        entry = f"c/perCandidate/entry/{name}"
        edit(root, f"{entry}Votes = {votes}", f"{entry}Base = {base}", f"{entry}Rate = {rate}")
    return root


def _morals(negative: int, inquiry: str = "") -> etree._Element:
    """Return an evaluation by 44 ballots with so many negative ones on morals."""
    root = pick(records(), "001/S3-04")
    edit(root, *(f"c/{name} = 44" for name in ("expected", "actual", "issued", "returned", "valid")))
    edit(root, "c/grade/* = 0", "c/grade/excellent = 44", "c/excellentCompetentRate = 100.00")
    edit(root, "c/moral/* = 0", f"c/moral/good = {44 - negative}", f"c/moral/average = {negative}")
    edit(root, f"c/moralNegative = {negative}", f"c/moralNegativeRate = {10000 * negative // 44 / 100:.2f}")
    if inquiry:
        edit(root, f"c/inquiry = {inquiry}", "c/inquiry < <inquiryReport att='att-1'/>")
    return root


# Votes and attendance


@pytest.mark.parametrize(
    ("talk", "meet", "found"),
    [
        ((20, 50), (20, 50), {"DY": {"DY-01"}}),
        ((15, 50), (30, 50), {"HN": {"HN-02"}}),
        ((15, 50), (15, 50), {"HN": {"HN-02"}, "DY": {"DY-01"}}),
        ((30, 50), (30, 50), {}),
    ],
)
def test_c1_what_share_of_votes_is_enough(
    talk: tuple[int, int], meet: tuple[int, int], found: dict[str, set[str]]
) -> None:
    root = _report(talk, meet)
    assert {name: ids for name, ids in _by_locality(root, *SHIPPED).items() if ids} == found


def test_c1_the_national_default_has_no_rate_and_only_warns_of_fewer_votes_than_peers() -> None:
    root = pick(records(), "S2-07")
    edit(root, "c/perCandidate/entry[1]/meetVotes = 4", "c/perCandidate/entry[1]/meetRate = 11.43")
    (told,) = [one for one in RecordJudge(profile_of("CN"), CALENDAR).outcomes(root) if not one.passed]
    assert (told.rule.id, told.severity) == ("R22.peers", Severity.WARNING)
    assert {name: profile_of("CN").parameters[name] for name in ("recTalkOver", "recMeetOver", "recMeetReach")} == {
        "recTalkOver": 0, "recMeetOver": 0, "recMeetReach": 0
    }  # fmt: skip


def test_c2_how_many_must_attend() -> None:
    root = pick(records(), "S2-04")
    edit(root, "c/expected = 45", "c/actual = 35", "c/issued = 35", "c/validMeeting = true")
    assert _by_locality(root, *SHIPPED) == {name: {"HN-01"} if name == "HN" else set() for name in SHIPPED}
    edit(root, "c/validMeeting = false")
    assert _by_locality(root, *SHIPPED) == {name: set() if name == "HN" else {"G09.S2-04"} for name in SHIPPED}


def test_c10_thirty_percent_is_a_floor_of_votes_here_and_a_ceiling_of_dissatisfaction_there() -> None:
    root = _report((15, 50), (16, 50))
    assert _by_locality(root, "HN", "AKS") == {"HN": {"HN-02"}, "AKS": set()}
    aksu = tomllib.loads((procedure_folder() / "profiles" / "AKS.toml").read_text("utf-8"))["parameters"]
    assert not [name for name in aksu if name.startswith("rec")]
    assert "AKS-01" in {one.id for one in inactive_rules()}
    assert "C10" in NOT_JUDGED


@pytest.mark.parametrize(
    ("votes", "negative", "dongying", "aksu"),
    [(20, 21, set(), set()), (19, 21, {"DY-01"}, set()), (20, 22, set(), {"AKS-03", "AKS-03.noted"})],
)
def test_c11_fifty_percent_of_votes_and_fifty_percent_of_negative_marks_are_two_lines(
    votes: int, negative: int, dongying: set[str], aksu: set[str]
) -> None:
    report, morals = _report((20, 40), (votes, 40)), _morals(negative)
    assert broken_alone(report, "DY") | broken_alone(morals, "DY") == dongying
    assert broken_alone(report, "AKS") | broken_alone(morals, "AKS") == aksu


def test_c11_negative_marks_alone_bar_nobody_what_the_inquiry_finds_does() -> None:
    assert broken_alone(_morals(22, "不属实"), "AKS") == {"AKS-03.noted"}
    assert broken_alone(_morals(22, "不属实"), "DY") == set()
    batch = records()
    edit(pick(batch, "001/S3-04"), "c/inquiry = 属实")
    assert broken(batch, "AKS") == {"R28"}


# Who must be shown, voted on, asked


def test_c3_who_is_exempt_from_publicity() -> None:
    root = pick(records(), "S6-01")
    edit(root, "c/evidence < <exemptReason>换届考察已公示</exemptReason>")
    assert _by_locality(root, *SHIPPED) == {name: {"CN-38"} if name == "HN" else set() for name in SHIPPED}
    assert "HN-05" in profile_of("HN").book.rules["CN-38"].answers


def test_c3_an_exemption_frees_from_the_length_where_it_is_allowed() -> None:
    root = pick(records(), "S6-01")
    edit(root, "c/endOn = 2026-03-18", "c/workdays = 2", "c/evidence < <exemptReason>特殊岗位</exemptReason>")
    assert _by_locality(root, "CN", "HN") == {"CN": set(), "HN": {"CN-36", "CN-38"}}


@pytest.mark.parametrize("kind", ["乡镇党委书记", "乡镇长", "政府组成局正职"])
def test_c4_which_posts_the_full_committee_votes_on(kind: str) -> None:
    batch = records()
    edit(pick(batch, "S1-01"), f"c/vacancies/entry[post='岚江市水务局副局长']/postKind = {kind}")
    assert {name: broken(batch, name) for name in SHIPPED} == {
        name: {"HN-06"} if name == "HN" else set() for name in SHIPPED
    }


def test_c16_which_departments_are_asked(tmp_path: Path) -> None:
    batch = records()
    edit(pick(batch, "001/S3-09"), "c/inquiries/entry[dept='卫生健康'] -")
    with_health = _local(tmp_path, "YA", '[parameters]\ninquiryDepts = ["公安", "卫生健康"]\n')
    without = _local(tmp_path, "YB", '[parameters]\ninquiryDepts = ["公安", "税务"]\n')
    assert (_whole(batch, with_health), _whole(batch, without), broken(batch, "CN")) == ({"R35"}, set(), set())


def test_c12_competitive_selection_is_for_need_here_and_the_rule_there(tmp_path: Path) -> None:
    batch = records()
    first = pick(batch, "S1-01")
    edit(first, "c/vacancies/entry[1]/postKind = 机关中层")
    assert {name: broken(batch, name) for name in ("CN", "DY")} == {"CN": set(), "DY": {"DY-04"}}
    edit(first, "c/selectionMode = 竞争上岗")
    for plan in ("1", "2", "3"):
        if f"511000-2026-P003/S1-06/00{plan}" in batch:
            edit(pick(batch, f"S1-06#{plan}"), "c/positions/entry/mode = 竞争上岗")
    assert {name: "DY-04" in broken(batch, name) for name in ("CN", "DY")} == {"CN": False, "DY": False}
    freely = _local(tmp_path, "YC", '[parameters]\ncompetitivePolicy = ""\n')
    assert (broken_alone(first, "CN"), _alone(first, freely)) == ({"R01.competitive"}, set())
    assert profile_of("CN").book.rules["R01.competitive"].severity is Severity.WARNING


def test_c15_how_often_the_department_meets() -> None:
    batch = {number: root for number, root in records().items() if not number.endswith("/S4-01/001")}
    assert {name: broken(batch, name) for name in SHIPPED} == {
        name: {"HN-03"} if name == "HN" else set() for name in SHIPPED
    }


# Days and terms


def test_c5_how_soon_a_report_is_answered(tmp_path: Path) -> None:
    old = "validTo = 2019-05-12\n[parameters]\nreportReplyDays = 10\n"
    new = "validFrom = 2019-05-13\n"
    (tmp_path / "SC-2009.toml").write_text(f'id = "SC"\nname = "某省"\nparent = "CN"\n{old}', "utf-8")
    (tmp_path / "SC-2019.toml").write_text(f'id = "SC"\nname = "某省"\nparent = "CN"\n{new}', "utf-8")
    root = pick(records(), "001/S1-08")
    edit(
        root,
        "c/reportKinds + <value>身边工作人员</value>",
        "c/reportKinds < <reportNo>岚组请〔2026〕9号</reportNo>",
        "c/reportNo < <reportedOn>2026-01-05</reportedOn>",
        "c/reply = 同意",
        "c/reply < <repliedOn>2026-01-21</repliedOn>",
    )
    found = {year: _alone(root, load_profile("SC", tmp_path, dt.date(year, 6, 1))) for year in (2012, 2026)}
    assert found == {2012: {"CN-44"}, 2026: set()}


def test_c6_from_which_day_an_appointment_runs(tmp_path: Path) -> None:
    batch = records()
    effect = pick(batch, "001/S6-04")
    decided = pick(batch, "S5-04").findtext("r:content/r:decidedOn", "", NS)
    issued = effect.findtext("r:content/r:issuedOn", "", NS)
    assert decided < issued  # both days are kept in the records
    from_notice = _local(tmp_path, "YD", '[parameters]\neffectiveFrom = "发文之日"\n')
    assert (broken(batch, "CN"), _whole(batch, from_notice)) == (set(), set())
    edit(effect, f"c/effectiveOn = {issued}")
    assert (broken(batch, "CN"), _whole(batch, from_notice)) == ({"CN-41"}, set())


@pytest.mark.parametrize(
    ("day", "found"), [("2014-01-13", set()), ("2019-03-16", {"CN-08.2014"}), ("2019-03-17", set())]
)
def test_c7_how_far_back_annual_reviews_count(day: str, found: set[str]) -> None:
    root = pick(records(), "001/S1-08")
    edit(root, f"occurredOn = {day}", f"recordedOn = {day}T10:00:00+08:00")
    edit(root, "c/lastReviews/entry[1]/year = 2016", "c/lastReviews/entry[1]/result = 基本称职")
    edit(root, "c/lastReviews/entry[2]/year = 2018", "c/lastReviews/entry[3]/year = 2017")
    if day < "2015":
        edit(root, "c/lastReviews/entry[1]/year = 2012")
    assert broken_alone(root) & {"CN-08", "CN-08.2014"} == found


def test_c7_the_year_before_counts_under_both_texts() -> None:
    for day, found in (("2019-03-16", "CN-08.2014"), ("2019-03-17", "CN-08")):
        root = pick(records(), "001/S1-08")
        edit(root, f"occurredOn = {day}", f"recordedOn = {day}T10:00:00+08:00")
        edit(root, "c/lastReviews/entry[1]/year = 2018", "c/lastReviews/entry[1]/result = 基本称职")
        assert broken_alone(root) & {"CN-08", "CN-08.2014"} == {found}


def _reaching(batch: Records, profile: str) -> list[str]:
    """Return the last three digits of those told to have reached the age, each by information only."""
    entries = [DossierEntry(root, number) for number, root in batch.items()]
    dossier = assemble(entries, batch=entries[0].record_id[:16], profile=profile_of(profile), today=TODAY)
    found = [*profile_of(profile).rule_set("dossier", CALENDAR).judge(dossier)]
    assert {(one.rule.id, one.severity) for one in found} <= {("HN-11", Severity.INFO)}
    return sorted(one.person[-3:] for one in found)


@pytest.mark.parametrize(
    ("birth", "sex", "told"),
    [("1972-01-01", "男", ["001"]), ("1974-01-01", "男", []), ("1974-01-01", "女", ["001"])],
)
def test_c9_ages_of_leaving_office_are_history_and_off_unless_asked_for(birth: str, sex: str, told: list[str]) -> None:
    batch = records()
    edit(pick(batch, "001/S1-08"), f"c/birth = {birth}", f"c/sex = {sex}")
    edit(pick(batch, "001/S3-06"), f"c/birth/value = {birth}")
    # 004 is older than that, and is leaving: nobody need be told.
    assert {name: _reaching(batch, name) for name in (*SHIPPED, "XH")} == {name: [] for name in SHIPPED} | {"XH": told}
    assert (profile_of("HN").overrides["HN-11"], profile_of("XH").overrides["HN-11"]) == ("off", "info")


def test_c18_how_long_a_handover_may_take() -> None:
    batch = records()
    edit(pick(batch, "001/S6-05"), "c/completedOn = 2026-05-20", "c/payMovedOn = 2026-05-20")
    assert {name: broken(batch, name) for name in SHIPPED} == {
        name: {"JX-03", "JX-04"} if name == "JX" else set() for name in SHIPPED
    }


# Names, channels and regimes: nothing to decide, but something to hold


def test_c8_stages_are_named_once_and_steps_keep_their_ids_everywhere() -> None:
    assert [stage.name for stage in procedure().stages] == ["动议", "民主推荐", "考察", "酝酿", "讨论决定", "任用"]
    root = pick(records(), "S4-04")
    edit(root, "@stageId = S5")
    assert _by_locality(root, *SHIPPED) == {name: {"X-STEP"} for name in SHIPPED}
    rules = [*procedure_folder().glob("rules/*.sch"), *procedure_folder().glob("*/rules.sch")]
    rules += procedure_folder().glob("profiles/*.sch")
    tests = [(node.get("id"), node.get("test", "")) for path in rules for node in etree.parse(path).iter("{*}assert")]
    assert {name for name, test in tests if re.search(r"@stageId|f:stage", test)} == {"X-STEP", "X-STEP.supplement"}
    assert "C8" in NOT_JUDGED


def test_c14_whatever_the_meeting_is_called_nothing_is_decided_there() -> None:
    batch = records()
    root = pick(batch, "S4-04")
    edit(root, "title = 书记办公会酝酿本批次人选会议记录")
    assert _by_locality(root, *SHIPPED) == {name: set() for name in SHIPPED}
    edit(root, "c/items/entry[1]/outcome = 决定任免")
    assert _by_locality(root, *SHIPPED) == {name: {"R41.only"} for name in SHIPPED}
    assert "C14" in NOT_JUDGED


CHANNELS = ("信箱", "来信来访", "电话12380", "短信", "网络")


def test_c17_every_channel_of_either_list_is_taken_everywhere() -> None:
    assert {name: [_channel_faults(name, one) for one in CHANNELS] for name in SHIPPED} == {
        name: [()] * len(CHANNELS) for name in SHIPPED
    }
    (fault,) = _channel_faults("AKS", "口头转告")
    assert (fault.severity, fault.place) == (Severity.ERROR, "内容 举报件 第1项 渠道")
    assert all(one in fault.message for one in CHANNELS)


def _channel_faults(profile: str, channel: str) -> tuple[Finding, ...]:
    root = pick(records(), "005/S6-02")
    edit(root, f"c/complaints/entry/channel = {channel}")
    whole = etree.fromstring(etree.tostring(root))
    return RecordJudge(profile_of(profile), CALENDAR).judge(whole)


REGIME = """<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:rule="urn:jishi:rule:1"
  rule:level="record" rule:profile="YE" rule:source="某项旧制度" rule:verified="yes">
  <sch:ns prefix="r" uri="urn:jishi:record:1"/>
  <sch:pattern><sch:rule context="/r:record[@stepId = 'S1-01']">
    <sch:assert id="YE-OLD" rule:validTo="2026-01-04" test="false()">旧制度</sch:assert>
    <sch:assert id="YE-NOW" rule:validFrom="2026-01-05" rule:validTo="2026-01-31" test="false()">现制度</sch:assert>
    <sch:assert id="YE-NEW" rule:validFrom="2026-02-01" test="false()">新制度</sch:assert>
  </sch:rule></sch:pattern>
</sch:schema>
"""


def test_c13_a_regime_speaks_of_its_time_and_a_later_one_is_only_mentioned(tmp_path: Path) -> None:
    profile = _local(tmp_path, "YE", "", REGIME)
    entries = [DossierEntry(root, number) for number, root in records().items()]
    dossier = assemble(entries, batch=entries[0].record_id[:16], profile=profile, today=TODAY)
    verdict = judge_batch(dossier, profile, CALENDAR)
    assert verdict.started == "2026-01-05"
    told = {one.rule: (one.finding.severity, one.finding.message) for one in verdict.findings}
    assert told == {
        "YE-NOW": (Severity.ERROR, "现制度"),
        "YE-NEW": (Severity.INFO, "（2026-02-01起的规定，本批次不适用）新制度"),
    }
    with pytest.raises(NotFound, match="2011-12-31"):
        load_profile("AKS", on=dt.date(2011, 12, 31))
    assert load_profile("AKS", on=dt.date(2012, 1, 1)).id == "AKS"
    assert "C13" in NOT_JUDGED


# All of them


def test_every_contradiction_has_its_test() -> None:
    named = {int(match[1]) for name in globals() if (match := re.match(r"test_c(\d+)_", name))}
    assert named == set(range(1, 19))
    assert {int(name[1:]) for name in NOT_JUDGED} < named
    assert profile_ids() == SHIPPED


def test_the_manual_says_where_nothing_is_judged() -> None:
    page = (schemas_folder().parent / "docs" / "手册" / "02-规则与配置.md").read_text("utf-8")
    for name, reason in NOT_JUDGED.items():
        assert f"| {name} |" in page
        assert reason in page
