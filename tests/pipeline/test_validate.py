"""One record judged: its type, its schema with every fault in Chinese, then the rules one record suffices for."""

from __future__ import annotations

from collections import Counter

import pytest
from lxml import etree

from jishi.errors import SettingsInvalid
from jishi.findings import Severity
from jishi.record_types import type_ids
from jishi.safe_xml import parse
from pipeline.intake.schema_faults import schema_of
from pipeline.intake.validate import RecordJudge
from tests.rule_cases import BATCH, CALENDAR, EARLIER, NS, edit, pick, profile_of, records

PEOPLE, PAPER = "{urn:jishi:record:1}people", "{urn:jishi:record:1}attachment"
SAMPLED = sorted({number.split("/")[1]: number for number in records()}.values())
"""One record of each step."""


@pytest.fixture(scope="module")
def judge() -> RecordJudge:
    return RecordJudge(profile_of("CN"), CALENDAR)


def _again(root: etree._Element) -> etree._Element:
    """Return a record as it comes from a file, with lines of its own."""
    return parse(etree.tostring(root))


@pytest.mark.parametrize("batch", [BATCH, EARLIER])
def test_every_record_of_the_rehearsal_is_clean(judge: RecordJudge, batch: str) -> None:
    assert {number: judge.judge(root) for number, root in records(batch).items() if judge.judge(root)} == {}


@pytest.mark.parametrize("type_id", type_ids())
def test_every_type_has_a_schema_that_compiles_once(type_id: str) -> None:
    assert schema_of(type_id) is schema_of(type_id)


@pytest.mark.parametrize(
    "data",
    [
        b"<foo/>",
        b'<record xmlns="urn:jishi:record:1"/>',
        b'<record xmlns="urn:jishi:record:1" stepId="S9-99"/>',
        b"<record/>",
    ],
)
def test_what_is_no_record_is_told_so(judge: RecordJudge, data: bytes) -> None:
    (found,) = judge.judge(parse(data), data, "a.xml")
    assert (found.code, found.severity, found.file) == ("X-TYPE", Severity.ERROR, "a.xml")


SCHEMA = [
    ("S1-03", "title = 短", "“题名”（title）的值“短”不合要求，应为至少12字", "题名"),
    (
        "S1-03",
        "occurredOn = 2026-13-01",
        "“发生日期”（occurredOn）的值“2026-13-01”不合要求，应为1900年至2999年间的日期，如2026-03-18",
        "发生日期",
    ),
    ("S1-03", "c/checkedOn -", "此处应为“核定日期”（checkedOn），现为“预审明细”（lines）", "预审明细"),
    ("S1-03", "c/result = 行", "“结果”（result）的值“行”不在允许的值之中：通过、附条件通过、不通过", "结果"),
    ("S1-03", "c/opinion < <extra/>", "此处不应出现“extra”", ""),
    (
        "S1-03",
        "c/lines/entry[1]/removing = -1",
        "“拟免职数”（removing）的值“-1”不合要求，应为非负整数",
        "预审明细 第1项 拟免职数",
    ),
    (
        "S1-03",
        "c/lines/entry[2]/over = 是",
        "“是否超职数”（over）的值“是”不合要求，应为true（是）或false（否）",
        "预审明细 第2项 是否超职数",
    ),
    ("S1-03", "c/lines/entry -", "“预审明细”（lines）缺少下级元素，应有：一项（entry）", "预审明细"),
    ("S1-03", "recorder/@ref = K-nope", "所引人员“K-nope”不在“所涉人员”之中", "纪实人员"),
    ("S1-03", "responsible[1]/@signRef = att-99", "签名凭证“att-99”不是本记录的附件", "责任人签名"),
    ("S2-04", "c/ballotForm/@att = att-99", "所引附件“att-99”不是本记录的附件", "票样"),
    (
        "001/S1-08",
        "personId = 511000-2026-P003-099",
        "纪实编号“511000-2026-P003-099”不在“所涉人员”之中，本人须列入并写明纪实编号（no）",
        "纪实编号",
    ),
    ("S1-03", "attachment[2]/@id = att-1", "“att-1”重复（附件编号）", "凭证附件 att-1"),
    ("S1-03", "attachment[1]/@foo = 1", "“凭证附件”（attachment）的属性“foo”：没有这个属性", "凭证附件 att-1"),
    (
        "S1-03",
        "attachment[1]/@bytes = 0",
        "“凭证附件”（attachment）的属性“字节数”（bytes）的值“0”不合要求，应为正整数",
        "凭证附件 att-1",
    ),
    (
        "S1-03",
        "@recordId = abc",
        "记录的属性“记录编号”（recordId）的值“abc”不合要求，应为记录编号，如511000-2026-P003-007/S3-05/012",
        "",
    ),
    (
        "S2-05",
        "c/results/entry[1]/rate = 101",
        "“得票率”（rate）的值“101”不合要求，应为不大于100",
        "票数结果 第1项 得票率",
    ),
    (
        "S2-05",
        "c/results/entry[1]/rate = 50.123",
        "“得票率”（rate）的值“50.123”不合要求，应为最多2位小数",
        "票数结果 第1项 得票率",
    ),
    ("S1-03", "c/checkedBy + <x/>", "“核定人”（checkedBy）不应有内容", "核定人"),
    ("S1-03", "c/opinion + <x/>", "“意见”（opinion）只应写文字，不应有下级元素", "意见"),
    (
        "S1-03",
        "formKind = 表 纸",
        "“纪实方式”（formKind）的值“纸”不在允许的值之中：表、记录、票、报告、笔记本、公示、方案、函、文件、名单、清单",
        "纪实方式",
    ),
]


@pytest.mark.parametrize(("target", "change", "message", "place"), SCHEMA, ids=[change for _, change, _, _ in SCHEMA])
def test_a_schema_fault_is_told_once_in_chinese_with_its_place(
    judge: RecordJudge, target: str, change: str, message: str, place: str
) -> None:
    root = pick(records(), target)
    edit(root, change)
    (found,) = judge.judge(_again(root), b"", "a.xml")
    assert (found.code, found.message, found.place) == ("X-SCHEMA", message, place)
    assert found.line > 0
    assert target.rpartition("/")[2] in found.remedy


def test_a_missing_attribute_is_named(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    paper = root.find("r:attachment", NS)
    assert paper is not None
    del paper.attrib["sha256"]
    assert [one.message for one in judge.judge(_again(root))] == [
        "“凭证附件”（attachment）缺少必填属性“校验码”（sha256）"
    ]


def test_a_line_break_in_a_line_is_told(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    place = root.find("r:place", NS)
    assert place is not None
    place.text = "一\n二"
    assert "一行文字，不可换行" in judge.judge(_again(root))[0].message


def test_a_role_not_known_lists_the_roles_in_chinese(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "responsible[1]/@role = boss")
    assert "chair（主持人）" in judge.judge(_again(root))[0].message


def test_all_schema_faults_are_told_at_once(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "title = 短", "c/result = 行", "c/lines/entry[1]/over = 是")
    assert [one.place for one in judge.judge(_again(root))] == ["题名", "预审明细 第1项 是否超职数", "结果"]


def test_a_schema_fault_hides_no_fault_against_the_rules(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "title = 短", "c/lines/entry[1]/over = true")
    assert [one.code for one in judge.judge(_again(root))] == ["X-SCHEMA", "G09"]


def test_what_rules_say_of_a_field_that_cannot_be_read_is_left_out(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "c/lines/entry[1]/over = 也许")
    assert [one.code for one in judge.judge(_again(root))] == ["X-SCHEMA"]


def test_a_missing_element_hides_no_wrong_value_after_it(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "c/checkedOn -", "c/lines/entry[1]/over = 也许", "c/result = 行", "place -")
    told = [one.message for one in judge.judge(_again(root))]
    assert [one.partition("，现为")[0] for one in told[:2]] == [
        "此处应为“地点”（place）", "此处应为“核定日期”（checkedOn）"
    ]  # fmt: skip
    assert ["是否超职数" in told[2], "结果" in told[3], len(told)] == [True, True, 4]


def test_elements_in_wrong_order_are_told_once_and_their_values_are_judged(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    content = root.find("r:content", NS)
    assert content is not None
    content.append(content[0])
    edit(root, "c/lines/entry[1]/over = true")
    assert [one.code for one in judge.judge(_again(root))] == ["X-SCHEMA", "G09"]


def test_twenty_references_to_somebody_not_listed_are_one_finding(judge: RecordJudge) -> None:
    root = pick(records(), "S2-05")
    people = root.find("r:people", NS)
    assert people is not None
    counts = Counter(node.get("ref", "") for node in root.iter("*") if node.get("ref"))
    wanted, times = counts.most_common(1)[0]
    people.remove(next(one for one in people if one.get("id") == wanted))
    (found, *others) = [one for one in judge.judge(_again(root)) if one.code == "X-SCHEMA"]
    assert times > 1
    assert f"所引人员“{wanted}”不在“所涉人员”之中（共{times}处：" in found.message
    assert [one for one in others if wanted in one.message] == []


@pytest.mark.parametrize("number", SAMPLED)
def test_whatever_is_missing_is_one_finding_and_no_rule_speaks_of_it(judge: RecordJudge, number: str) -> None:
    whole = records()[number]
    count = len(list(whole.iter("*")))
    for place in range(3, count, max(1, count // 9)):
        root = _again(whole)
        node = list(root.iter("*"))[place]
        parent = node.getparent()
        assert parent is not None
        if parent.tag == PEOPLE or node.tag == PAPER:
            continue  # others refer to it, so that as many things are wrong
        parent.remove(node)
        found = judge.judge(root)
        if any(one.code == "X-SCHEMA" for one in found):
            assert [one.code for one in found] == ["X-SCHEMA"], (node.tag, found)


def test_without_its_people_a_record_is_not_blamed_for_every_reference(judge: RecordJudge) -> None:
    root = pick(records(), "S2-05")
    edit(root, "people -")
    (found,) = judge.judge(_again(root))
    assert "所涉人员" in found.message


def test_all_that_a_paper_lacks_is_one_finding_and_papers_that_lack_the_same_are_told_together(
    judge: RecordJudge,
) -> None:
    root = pick(records(), "S1-03")
    papers = root.findall("r:attachment", NS)
    for paper in papers:
        for key in ("kind", "original"):
            del paper.attrib[key]
    (found,) = judge.judge(_again(root))
    assert "“种类”（kind）、“是否原件”（original）" in found.message
    assert f"共{len(papers)}处：凭证附件 att-1" in found.message


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ("c/heldOn = 大约三月", "写成2026年3月5日、2026.3.5、2026-03-05或20260305"),
        ("c/validMeeting = 也许", "写是或否"),
        ("c/actual = 很多", "只写数字"),
        ("c/heldOn -", "补上“召开日期”，或调整次序；“召开日期”写日期，如2026年3月5日"),
        ("c/chair/@ref = 某人", "写“所涉人员”中的人员编号或姓名；不在其中的，先在“所涉人员”中补上"),
        ("responsible[1]/@role = boss", "可用的值："),
    ],
)
def test_a_finding_says_what_to_write(judge: RecordJudge, change: str, remedy: str) -> None:
    root = pick(records(), "S2-04")
    edit(root, change)
    assert judge.judge(_again(root))[0].remedy.startswith(remedy)


def test_a_rule_finding_carries_figures_place_remedy_and_source(judge: RecordJudge) -> None:
    root = pick(records(), "S5-02")
    edit(root, "c/results/entry[2]/agree = 5", "c/results/entry[2]/defer = 5")
    found = next(one for one in judge.judge(_again(root), b"", "a.xml") if one.code == "CN-28")
    assert "同意5票、应到会成员11人" in found.message
    assert (found.place, found.requirement, found.grade) == ("票数结果 第2项", "R46", "转载")
    assert found.record == f"{BATCH}/S5-02/001"
    assert "条例" in found.source
    assert found.remedy
    assert found.line > 0


def test_a_warning_is_told_as_a_warning(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "secrecy -")
    assert [(one.code, one.severity) for one in judge.judge(root)] == [("G11", Severity.WARNING)]


def test_a_late_record_with_a_reason_is_in_order(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "recordedOn = 2026-02-21T09:00:00+08:00", "knowers < <lateReason>经办人出差</lateReason>")
    assert judge.judge(root) == ()


@pytest.mark.parametrize(("day", "late"), [("2026-01-15", False), ("2026-01-16", True)])
def test_the_lag_is_counted_in_working_days(judge: RecordJudge, day: str, late: bool) -> None:
    root = pick(records(), "S1-03")
    edit(root, f"recordedOn = {day}T09:00:00+08:00")
    assert [one.code for one in judge.judge(root)] == (["G03"] if late else [])


def test_a_year_without_a_calendar_stops_the_work(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    edit(root, "occurredOn = 2031-01-06", "recordedOn = 2031-01-07T09:00:00+08:00")
    with pytest.raises(SettingsInvalid, match="2031"):
        judge.judge(root)


@pytest.mark.parametrize("day", ["-0044-03-15", "12026-01-05", "0001-01-01", "1899-12-31", "9999-01-01", "3000-01-01"])
def test_a_date_of_no_calendar_is_a_finding(judge: RecordJudge, day: str) -> None:
    root = pick(records(), "S1-03")
    edit(root, f"occurredOn = {day}")
    (fault,) = judge.judge(_again(root))
    assert fault.code == "X-SCHEMA"
    assert fault.message == f"“发生日期”（occurredOn）的值“{day}”不合要求，应为1900年至2999年间的日期，如2026-03-18"


def test_judging_leaves_the_record_as_it_was(judge: RecordJudge) -> None:
    root = pick(records(), "S1-03")
    before = etree.tostring(root)
    judge.judge(root)
    assert etree.tostring(root) == before
