"""Every rule over the whole batch is broken by a mutation made for it, and by nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.acceptance.dossier import DocumentFact, DossierEntry, FileFact
from pipeline.rules.rule_files import rule_book
from tests.pipeline.test_rules_record import CASES as RECORD_CASES
from tests.rule_cases import (
    BATCH,
    EARLIER,
    LOCAL,
    NS,
    Case,
    broken,
    broken_alone,
    broken_among,
    case,
    edit,
    mutated,
    pick,
    records,
)


def _case(rule: str, edits: dict[str, tuple[str, ...]], **rest: object) -> Case:
    also = str(rest.pop("also", ""))
    return Case(rule, edits, also=frozenset(also.split()), **rest)  # type: ignore[arg-type]


REPORTED = (
    "c/reportKinds + <value>身边工作人员</value>",
    "c/reportKinds < <reportNo>岚组请〔2026〕9号</reportNo>",
    "c/reportNo < <reportedOn>2026-01-19</reportedOn>",
    "c/reply = 同意",
    "c/reply < <repliedOn>2026-01-21</repliedOn>",
)

CASES = [
    # S1
    case("R01", "S1-01", "c/initiatedOn = 2026-01-07"),
    case("R02", "S1-02", "c/units/entry[1]/org = 另一单位"),
    case("R02.before", "S1-02", "c/analysedOn = 2026-05-01"),
    case("CN-11", "S1-03", "c/lines/entry[1]/appointing = 9", "c/lines/entry[1]/over = true"),
    case("R04", "S1-03", "c/checkedOn = 2026-05-01"),
    case("R04.result", "S1-03", "c/result = 不通过"),
    case("R05", "S1-04", "c/unit = 另一单位"),
    case("R06", "S1-05#1", "c/leader/@ref = K-0099"),
    case("R07.covered", "S1-01", "c/vacancies/entry[1]/post = 另一职位"),
    _case("R08", {"S1-06#1": ("c/responses/entry[1] -",), "S1-06#2": ("c/responses/entry[1] -",)}),
    case("R09", "S1-07", "c/reportedOn = 2026-05-01"),
    case("R09.attitude", "S1-07", "c/attitude = 暂缓"),
    case("R10.barred", "001/S1-08", "c/qualify = 不符合"),
    case("CN-43", "001/S1-08", *REPORTED, "c/reply = 待复", also="R43"),
    case("CN-32.plan", "S1-09", "c/planned/person[@ref='K-260030001'] -"),
    # S2
    case("R13", "S2-01", "c/noticeOn = 2026-05-01"),
    case("CN-12.done", "S2-01", "c/post = 另一职位", also="R60"),
    case("R14.match", "S2-02表", "c/talks/entry[1]/on = 2026-01-23"),
    case("R15.listed", "S2-02表", "c/talks/entry[1] -"),
    case("CN-15.other", "S2-03", "c/seats = 9"),
    _case("CN-15", {"S2-03": ("c/seats = 9",), "001/S1-08": ("c/changeKind = 换届",)}),
    case("R16", "S2-03", "c/proposedOn = 2026-05-01"),
    _case("HN-01.reopened", {"S2-04": ("c/validMeeting = false",)}, also="R17"),
    case("R17", "S2-04", "c/validMeeting = false", also="HN-01.reopened"),
    case("R19", "S2-05", "c/issued = 999"),
    case("R21", "S2-06", "c/receivedOn = 2025-01-01"),
    case("R22.talk", "S2-07", "c/perCandidate/entry[1]/talkVotes = 1"),
    case("R22.meet", "S2-07", "c/perCandidate/entry[1]/meetVotes = 1"),
    case("R22.day", "S2-07", "c/resultOn = 2026-02-03"),
    case("CN-12", "S2-07", "c/perCandidate/entry[person/@ref='K-260030001'] -", also="R24"),
    case("CN-13", "S2-07", "c/resultOn = 2025-01-10", "c/validUntil = 2026-01-10"),
    # S3
    case("R24", "S2-07", "c/perCandidate/entry[1]/outcome = 不列为考察对象"),
    case(
        "CN-17", "001/S1-08", "c/kin + <entry><person ref='K-200001'/><relation>兄弟</relation></entry>", also="G10.kin"
    ),
    case("R26", "S3-02", "c/consultedOn = 2026-05-01"),
    case("CN-18", "S3-03", "c/noticeOn = 2026-05-01"),
    case("R37", "001/S3-10", "responsible[@role='inspect_member'][1]/@signKind = 打印姓名"),
    case("R37.eval", "001/S3-10", "c/evalRate = 1.00"),
    case("R37.rec", "001/S3-10", "c/recRate = 1.00"),
    case("HN-15", "001/S3-10", "c/feedbackBy/@ref = K-0001"),
    case("R28", "001/S3-04", "c/inquiry = 属实"),
    case("JX-01", "001/S3-05表", "c/political = 不合格"),
    case("CN-20a", "001/S3-06", "c/experience/state = 存疑"),
    case("R31.match", "001/S3-06", "c/birth/value = 1901-01-01"),
    case("CN-20b", "001/S3-07", "c/result = 隐瞒不报"),
    case("CN-20c", "001/S3-08", "c/opinion = 有异议"),
    case("CN-20d", "005/S3-08", "c/complaints/entry[1]/verifiable = true", "c/complaints/entry[1]/closedOn -"),
    case("DY-02", "005/S3-08", "c/complaints/entry[1]/result = 属实", "c/complaints/entry[1]/impact = 影响任职"),
    case("R35.replied", "001/S3-09", "c/inquiries/entry[1]/repliedOn -"),
    case("CN-22", "001/S3-09", "c/auditNeeded = true", "c/auditReportNo -"),
    case("R36", "001/S3-10", "c/proposal = 继续培养"),
    # S4
    _case("HN-03", {"S4-01#1": ("drop",)}, profile="HN"),
    _case("CN-24", {"S4-03": ("c/opinion = 逾期视为同意", "c/sentOn = 2026-05-20", "c/repliedOn -")}, also="R40"),
    _case("R40", {"S4-03": ("c/opinion = 逾期视为同意", "c/repliedOn -")}),
    case("R40.against", "S4-03", "c/opinion = 不同意"),
    case("R40.party", "001/S1-08", "c/partyJoin -"),
    case("R39", "S4-02#1", "c/perPerson/entry[1] -"),
    case("R38", "S4-01#2", "c/items/entry[1]/view = 缓议"),
    case("R41", "S4-04", "c/items/entry[1]/outcome = 暂缓"),
    case("R42", "001/S4-05", "c/submittedOn = 2026-05-01"),
    case("HN-04", "001/S4-05", "c/disciplineResult = 不通过", profile="HN"),
    case("R43", "001/S1-08", *REPORTED),
    # S5
    _case("CN-17.meeting", {"001/S1-08": ("c/kin + <entry><person ref='K-0005'/><relation>兄弟</relation></entry>",)}),
    case("CN-31.meeting", "S5-02", "c/meetingRef = 511000-2026-P003/S5-01/099", also="R45"),
    case("R47", "S5-02", "c/actual = 9"),
    case("R45", "S5-01", "c/items/entry[1] -"),
    case("R47.avoided", "S5-02", "c/results/entry[1]/avoided = 3"),
    case("R49", "S5-02", "c/results/entry[1]/passed = false"),
    _case("G05.decided", {"S5-04": ("c/entries/entry[1]/person/@ref = K-0099",)}, also="R49 R49.all R55.decided R52"),
    case("R49.all", "S5-04", "c/entries/entry[person/@ref='K-260030004'] -", also="R55.decided"),
    case("R49.day", "S5-04", "c/decidedOn = 2026-03-10", also="CN-41"),
    case("HN-06", "S5-03", "c/results/entry[1]/person/@ref = K-0099", also="R49.day"),
    case("R50", "S5-05", "c/sentOn = 2026-05-20"),
    case("R50.replied", "S5-05", "c/repliedOn -"),
    case("R51", "S5-05", "c/kind = 审批", "c/repliedOn = 2026-05-20"),
    # S6
    case("R52", "S6-01", "c/startOn = 2026-03-01"),
    case("R52.post", "S6-01", "c/entries/entry[1]/proposedPost = 另一职位"),
    case("CN-37", "001/S1-08", "c/qualify = 破格"),
    _case("R55.decided", {"S5-04": ("c/entries/entry[person/@ref='K-260030004'] -",)}, also="R49.all"),
    case("R55", "001/S6-04", "c/issuedOn = 2026-03-24", also="R53"),
    case("R53", "001/S6-02", "c/conclusion = 暂缓任职"),
    case("CN-41", "001/S6-04", "c/effectiveOn = 2026-03-01"),
    case("R56", "001/S6-04", "c/appointPost = 另一职位"),
    case("R56.probation", "002/S6-04", "c/probation = true", also="R58.waived"),
    case("R53.after", "001/S6-02", "c/concludedOn = 2026-03-17"),
    case("JX-03", "001/S6-05", "c/completedOn = 2026-05-20", profile="JX"),
    case("JX-04", "001/S6-05", "c/payMovedOn = 2026-05-20", profile="JX"),
    _case(
        "CN-39.set",
        {"001/S6-04": ("c/probation = false",), "S5-04": ("c/entries/entry[1]/probation = false",)},
        also="R60",
    ),
    _case("CN-40", {"001/S1-08": ("c/reserve = true",)}, today=dt.date(2028, 1, 1)),
    case("R58", "001/S6-06", "c/startOn = 2025-01-02", batch=EARLIER),
    case("R59", "001/S6-07", "c/assessedOn = 2026-12-01", batch=EARLIER),
    # general
    case("G05.name", "001/S3-09", "people/person[1]/@name = 另名"),
    _case("G05", {"004/S1-08": ("drop",)}, also="R60 G05.decided"),
    _case(
        "G05.twice",
        {"002/S1-08": ("people/person[@no]/@id = K-260030001", "c/photo -")},
        also="G05.decided G05.name R58.waived",
    ),
    _case(
        "G02",
        {},
        add=(
            ("S1-02", f"{BATCH}/S1-02/009", ("title = 领导班子分析研判报告",)),
            ("S1-02", f"{BATCH}/S1-02/010", ("title = 领导班子分析研判报告",)),
        ),
    ),
    _case("G02.once", {}, add=(("S1-01", f"{BATCH}/S1-01/002", ("title = 另一份启动呈批表，重复启动",)),)),
    case("G04", "S1-09", "occurredOn = 2026-01-14", "c/heldOn = 2026-01-14", also="R09"),
    _case("G04.sameDay", {"S5-02": ("occurredOn = 2026-03-13",)}),
    _case("NJ-04", {"NB": ("drop",)}),
    case("G07.range", "NB", "c/printedPages = 2"),
    case("G07.opened", "NB", "c/openedOn = 2026-05-01"),
    case("G07", "S1-04#2", "notebook/@pageFrom = 1"),
    case("G07.order", "S1-04#1", "occurredOn = 2026-05-01", "c/heardOn = 2026-05-01", also="G04"),
    case("G08.exists", "S1-03", "knowers < <correctionOf>511000-2026-P003/S1-03/099</correctionOf>"),
    _case("G10.kin", {"001/S1-08": ("c/kin + <entry><person ref='K-0028'/><relation>兄弟</relation></entry>",)}),
    _case(
        "G10.tellers",
        {
            "S5-02": ("responsible[@role='teller'][1]/@ref = K-0009",),
            "001/S1-08": ("c/kin + <entry><person ref='K-0009'/><relation>兄弟</relation></entry>",),
        },
        also="CN-17.meeting",
    ),
    _case("R60", {"001/S6-03": ("drop",)}),
    _case("R60.na", {"004/NA": ("c/steps + <value>S6-03</value>",), "004/S6-03": ("drop",)}),
    _case("R60.both", {"004/NA": ("c/steps + <value>S6-05</value>",)}),
    _case("NJ-03", {}, add=(("001/S6-08", f"{BATCH}-001/S6-08/002", ("title = 另一份全程纪实报告表及归档",)),)),
    _case(
        "R60.exempt", {"001/S3-07": ("drop",), "001/NA": ("c/steps + <value>S3-07</value>", "c/reasonKind = 规定豁免")}
    ),
    _case(
        "R60.stopped",
        {
            "S5-02": ("c/results/entry[person/@ref='K-260030004']/passed = false",),
            "S5-04": ("c/entries/entry[person/@ref='K-260030004'] -",),
            "004/S6-03": ("drop",),
            "004/S6-04": ("drop",),
            "004/S6-05": ("drop",),
            "004/NA": (
                "c/steps + <value>S6-03</value>",
                "c/steps + <value>S6-04</value>",
                "c/steps + <value>S6-05</value>",
            ),
        },
    ),
    _case("R58.waived", {"001/NA": ("c/steps + <value>S6-06</value>",)}),
    _case("R60.batch", {"批/S6-08": ("drop",)}),
    # localities
    case("R35", "001/S3-09", "c/inquiries/entry[dept='税务'] -", profile="XX"),
    case("R50.materials", "S5-05", "c/materials/value[.='干部任免审批表'] -", profile="XX"),
    case("G09.S2-05.base", "S2-04", "c/actual = 34", profile="XR"),
    case("NJ-06", "005/S6-08", "responsible[@role='supervisory_body_seal'] -", profile="NJ"),
    _case("AKS-04", {"S5-05": ("drop",)}, profile="AKS", also="R60"),
    case("AKS-07", "005/S6-02", "c/complaints/entry[1]/fedBackOn -", profile="AKS"),
    case("AKS-08", "005/S6-02", "c/complaints/entry[1]/receivedOn = 2025-12-01", profile="AKS"),
    case("AKS-09", "001/S3-09", "c/auditNeeded = false", profile="AKS"),
    case("DY-03", "S3-02", "c/members/entry/fullTime = false", profile="DY"),
    case("DY-04", "S1-01", "c/vacancies/entry[1]/postKind = 机关中层", profile="DY"),
    _case(
        "HN-07",
        {
            "S1-01": ("c/vacancies/entry[post='云溪县委书记']/postKind = 政府组成局正职",),
            "S5-03": ("attachment[contains(@kind,'演说')] -",),
        },
        profile="HN",
    ),
    case("HN-08", "001/S1-08", "c/curPostSince = 2024-01-01", "c/curPost = 某中心主任", profile="HN"),
    case("HN-09", "001/S1-08", "c/curPostSince = 2024-01-01", profile="HN"),
    case("HN-10", "006/S1-08", "c/curOrg = 云溪县松江镇", profile="HN"),
    case("HN-11", "001/S1-08", "c/birth = 1960-01-01", profile="XH", also="R31.match"),
    case("HN-12", "S1-03", "c/lines/entry[1]/currentLead = 6", "c/lines/entry[1]/currentNonLead = 0", profile="HN"),
    case("HN-12.reserve", "001/S1-08", "c/reserve = false", profile="HN"),
    case("HN-13", "S1-01", "c/vacancies/entry[1]/postKind = 专职党组书记", profile="HN"),
]

FACTS = {
    "G06": {"sha256": ""},
    "G06.digest": {"sha256": "0" * 64},
    "G06.seen": {"media_type": "image/png"},
}


@pytest.mark.parametrize("one", CASES, ids=[one.rule for one in CASES])
def test_a_mutation_breaks_exactly_its_rule(one: Case) -> None:
    batch, _ = mutated(one)
    assert broken(batch, one.profile, one.today) == {one.rule} | one.also


@pytest.mark.parametrize("batch", [BATCH, EARLIER])
@pytest.mark.parametrize("profile", ["CN", "NJ", "AKS", "HN", "DY", "JX", "QJ"])
def test_the_rehearsal_breaks_no_rule(profile: str, batch: str) -> None:
    whole = records(batch)
    assert {number: broken_alone(root, profile) for number, root in whole.items() if broken_alone(root, profile)} == {}
    assert broken(whole, profile) == set()


def _with_file(**wrong: str) -> set[str]:
    root = records()[f"{BATCH}/S1-03/001"]
    seen = [
        FileFact(node.get("id", ""), node.get("sha256", ""), int(node.get("bytes", "")), node.get("mediaType", ""))
        for node in root.iterfind("r:attachment", NS)
    ]
    seen[0] = replace(seen[0], **wrong)  # type: ignore[arg-type]
    return broken_among([DossierEntry(root, f"{BATCH}/S1-03/001", files=tuple(seen))])


@pytest.mark.parametrize("rule", FACTS)
def test_a_stored_file_that_differs_breaks_its_rule(rule: str) -> None:
    files = {"G06", "G06.digest", "G06.seen"}
    assert _with_file() & files == set()
    assert _with_file(**FACTS[rule]) & files == {rule}


def test_a_paper_that_differs_from_its_registration_breaks_its_rule() -> None:
    root = records()[f"{BATCH}/S1-03/001"]
    for actual, expected in (("a", set()), ("b", {"G12"}), ("", {"G12"})):
        entry = DossierEntry(root, f"{BATCH}/S1-03/001", documents=(DocumentFact("form.docx", "a", actual),))
        assert broken_among([entry]) & {"G12"} == expected


def test_a_rule_of_its_time_speaks_of_its_time_only() -> None:
    root = pick(records(), "001/S1-08")
    edit(root, "c/lastReviews/entry[1]/year = 2023", "c/lastReviews/entry[1]/result = 基本称职")
    assert broken_alone(root) == set()
    edit(
        root, "occurredOn = 2016-01-20", "recordedOn = 2016-01-20T10:00:00+08:00", "c/lastReviews/entry[1]/year = 2014"
    )
    assert {"CN-08.2014"} == broken_alone(root) & {"CN-08", "CN-08.2014"}


ELSEWHERE = {*FACTS, "G12", "CN-08.2014"}


def test_every_rule_has_its_mutation() -> None:
    assert set(rule_book(LOCAL).rules) == {one.rule for one in RECORD_CASES} | {one.rule for one in CASES} | ELSEWHERE
