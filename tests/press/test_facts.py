"""What summaries say of each step: as data, told the same as ever, and every fault in it named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from jishi.data_files import template_file
from jishi.errors import SettingsInvalid
from jishi.procedure import procedure
from jishi.records import record_of
from jishi.safe_xml import parse
from press import facts, facts_check
from press.case_paths import CasePath
from press.facts import Wording, fact_sheet
from press.facts_check import fact_faults, summaries
from press.forms import Form, Grid, Pair
from press.summary import person_report
from rehearsal.batch import build
from tests.rule_cases import edit, pick
from tests.rule_cases import records as cases

TOLD = Path(__file__).with_name("report_told.txt")
"""What the report tells of the first candidate of the sample, fact by fact; after a change that is meant to show,
write it anew: `python -m tests.press.test_facts`."""
CASE = etree.fromstring(
    "<case name='甲'><A><day>1日</day><row><entry><n>3</n><who own='true'>甲</who></entry>"
    "<entry><n>5</n><who>乙</who></entry></row></A><A latest='true'><day>2日</day></A></case>"
)


def told_lines(form: Form) -> Iterator[str]:
    """Yield a line for each fact and each row of a form, but for what is told step by step."""
    for part in (*form.head, *form.body, *form.foot):
        if isinstance(part, Pair):
            yield f"{part.key} {part.label}：{'／'.join(part.lines)}"
        elif isinstance(part, Grid) and part.key != "register":
            yield from (f"{part.key} {part.label}：{'｜'.join(row)}" for row in (part.columns, *part.rows))


def told_of_the_first() -> str:
    records = [record_of(parse(sample.xml), sample.xml) for sample in build(6, scans=False)]
    number = min(record.person_no for record in records if record.person_no)
    return "\n".join(told_lines(person_report(records, number))) + "\n"


def test_the_report_of_the_sample_tells_what_it_always_told() -> None:
    assert told_of_the_first() == TOLD.read_text("utf-8")


def test_how_somebody_was_competed_for_is_told_of_him_alone() -> None:
    batch = cases()
    raced = (
        "<competition><announcedOn>2026-01-15</announcedOn><appliedUntil>2026-01-22</appliedUntil>"
        "<applicants>9</applicants><qualified>7</qualified><examinedOn>2026-01-26</examinedOn>"
        "<interviewedOn>2026-01-28</interviewedOn></competition>"
    )
    edit(pick(batch, "S1-01"), "c/selectionMode = 竞争上岗")
    edit(pick(batch, "S3-01"), f"c/objects/entry[1]/basis < {raced}")
    parts = [record_of(root, etree.tostring(root)) for root in batch.values()]
    first, second, *_ = sorted({record.person_no for record in parts if record.person_no})
    course = (
        "公告日期2026年1月15日，报名截止日期2026年1月22日，报名人数9，资格审查合格人数7，"
        "考试（测评）日期2026年1月26日，面试日期2026年1月28日"
    )
    told = [line for no in (first, second) for line in told_lines(person_report(parts, no)) if "competition" in line]
    assert told == [
        f"S2.competition 竞争性选拔综合情况：竞争上岗，{course}",
        "S2.competition 竞争性选拔综合情况：竞争上岗",
    ]


def test_the_report_has_a_section_for_every_stage_in_order() -> None:
    stages = [section.stage for section in fact_sheet("report").sections if section.stage]
    assert stages == [stage.id for stage in procedure().stages]


def test_words_are_filled_in_and_left_unsaid_where_nothing_is_found() -> None:
    assert Wording("第{A[1]/day}").of(CASE, {}) == "第1日"
    assert Wording("第{A[1]/day}，{A/night}").of(CASE, {}) == "第1日，"
    assert Wording("夜里{A/night}").of(CASE, {}) == ""
    assert Wording("只有字").of(CASE, {}) == "只有字"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("f:said(A/night, A[@latest]/day, '无')", "2日"),
        ("f:said(A/night, '无')", "无"),
        ("f:join(A/day)", "1日、2日"),
        ("f:span(A[1]/day, A[2]/day)", "1日至2日"),
        ("f:span(A[1]/day, A[1]/day)", "1日"),
        ("A[1]/row/entry[who/@own]/n", "3"),
        ("count(A[1]/row/entry[number(n) > number($it/A[1]/row/entry[1]/n)]) + 1", "2"),
    ],
)
def test_an_xpath_asks_the_case(path: str, said: str) -> None:
    assert CasePath(path).text(CASE, {}) == said


@pytest.fixture
def spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return what replaces a text in the report's facts."""
    text = template_file("report/facts.xml").read_text("utf-8")
    (tmp_path / "report").mkdir()
    (tmp_path / "facts.xsd").write_bytes(template_file("facts.xsd").read_bytes())
    for module in (facts, facts_check):
        monkeypatch.setattr(module, "template_file", tmp_path.joinpath)

    def spoil(old: str, new: str) -> None:
        assert old in text
        (tmp_path / "report" / "facts.xml").write_text(text.replace(old, new, 1), "utf-8")

    return spoil


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('of="S1-03"', 'of="S1-33"', "没有步骤S1-33"),
        ('signed="S6-08"', 'signed="S7-08"', "没有步骤S7-08"),
        ('fields="lastReviews"', 'fields="lastReview"', "S1-08的记录里没有lastReview这一项"),
        ("{superiorNo}", "{superiorNr}", "“superiorNr”里的superiorNr既不是步骤，也不是哪种记录里的项"),
        ("{superiorNo}", "{superiorNo", "“{superiorNo”里的花括号没有成对"),
        ("{superiorNo}", "{superiorNo[}", "“superiorNo[”不是正确的XPath"),
        ("f:span(", "f:spam(", "里的f:spam没有这个函数"),
        ('stage="S4"', 'stage="S8"', "没有环节S8"),
        ('<cell>{rank}</cell>', "", "表有7列，第"),
        ('<column key="gist"', '<column key="guest"', "column的key的值“guest”不对，可用的有：step、days"),
        ("<subtitle ", "<subtitel ", "不是格式正确的XML"),
        ("<head>", "<head colour='red'>", "head的colour：没有这个属性"),
    ],
)  # fmt: skip
def test_every_fault_in_a_summary_s_words_is_told_in_chinese(
    spoilt: Callable[[str, str], None], old: str, new: str, said: str
) -> None:
    spoilt(old, new)
    found = [fault for fault in fact_faults("report") if said in fault.message]
    assert found, [fault.message for fault in fact_faults("report")]
    assert found[0].line > 0


@pytest.mark.parametrize(("old", "new"), [("{superiorNo}", "{superiorNo[}"), ("<subtitle ", "<subtitel ")])
def test_a_summary_that_cannot_be_read_is_refused_by_name(
    spoilt: Callable[[str, str], None], old: str, new: str
) -> None:
    spoilt(old, new)
    with pytest.raises(SettingsInvalid, match=r"report/facts\.xml 读不出或写法不对，可用 jishi doctor 逐处查看"):
        fact_sheet.__wrapped__("report")


@pytest.mark.parametrize("form", summaries())
def test_what_the_shipped_summaries_say_has_no_fault(form: str) -> None:
    assert fact_faults(form) == []


if __name__ == "__main__":
    TOLD.write_text(told_of_the_first(), "utf-8")
