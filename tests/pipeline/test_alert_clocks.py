"""The clocks of the alerts: when each begins to speak, on the day before and after, and that they are data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive.register.alert import Cause
from jishi.errors import SettingsInvalid
from jishi.workdays import WorkCalendar
from pipeline.alerts.clocks import load_clocks
from tests.alert_home import BATCH, home_of, reckoned
from tests.rule_cases import CALENDAR, EARLIER, NS, Records, edit, pick, profile_of, records

DAY = dt.timedelta(days=1)
FIRST = f"{BATCH}-001"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def cause(batch: Records, today: dt.date, rule: str, profile: str = "CN") -> Cause | None:
    """Return what a rule or clock calls for on a day, and see to it that it does so once."""
    found = [one for one in reckoned(batch, today, profile).causes if one.rule == rule]
    assert len(found) <= 1
    return found[0] if found else None


def level(batch: Records, today: dt.date, rule: str, profile: str = "CN") -> str:
    found = cause(batch, today, rule, profile)
    return found.level.value if found else ""


def without(*targets: str, batch: str = BATCH) -> Records:
    """Return a sound batch of one person less some records."""
    found = records(batch, 1)
    for target in targets:
        del found[pick(found, target).get("recordId", "")]
    return found


# A batch in order


def test_a_batch_that_goes_its_way_raises_nothing_pressing_on_any_day() -> None:
    whole = records(BATCH, 4)
    day_of = {number: root.findtext("r:occurredOn", "", NS) for number, root in whole.items()}
    first = day_of[f"{BATCH}/S1-01/001"]
    days = sorted({when for when in day_of.values() if when >= first})
    assert len(days) > 25
    for place, until in enumerate(days):
        so_far = {number: root for number, root in whole.items() if day_of[number] <= until}
        found = reckoned(so_far, day(until), ("CN", "AKS", "HN", "JX")[place % 4])
        assert [one for one in found.causes if one.level in ("红", "橙")] == [], until


# Probation


@pytest.mark.parametrize(
    ("starts", "due"),
    [("2026-02-28", "2027-02-28"), ("2028-02-29", "2029-02-28"), ("2027-12-31", "2028-12-31")],
)
def test_probation_speaks_thirty_days_before_and_grows_worse_after(starts: str, due: str) -> None:
    batch = records(BATCH, 1)
    edit(batch[f"{FIRST}/S6-04/001"], f"c/effectiveOn = {starts}")
    end = day(due)
    assert level(batch, end - 31 * DAY, "YJ-12") == ""
    assert level(batch, end - 30 * DAY, "YJ-12") == "黄"
    assert level(batch, end, "YJ-12") == "黄"
    assert level(batch, end + DAY, "YJ-12") == "橙"
    assert level(batch, end + 30 * DAY, "YJ-12") == "橙"
    assert level(batch, end + 31 * DAY, "YJ-12") == "红"
    found = cause(batch, end + 31 * DAY, "YJ-12")
    assert found is not None
    assert (found.due, found.person, found.owner) == (due, FIRST, "cadre_section")
    assert due in found.message
    assert cause(batch, end + 31 * DAY, "CN-40") is None


def test_the_day_in_the_trial_record_counts_and_an_extension_moves_it() -> None:
    batch = without("001/S6-07", "001/S6-08#2", batch=EARLIER)
    for number in [number for number in batch if "-001/S6-06/" in number]:
        edit(batch[number], "c/startOn = 2026-02-28", "c/dueOn = 2027-02-28")
    assert level(batch, day("2027-01-28"), "YJ-12") == ""
    assert level(batch, day("2027-01-29"), "YJ-12") == "黄"
    trial = batch[f"{EARLIER}-001/S6-06/001"]
    edit(trial, "c/checks < <extendedTo>2027-08-31</extendedTo>")
    assert level(batch, day("2027-03-01"), "YJ-12") == ""
    assert level(batch, day("2027-08-01"), "YJ-12") == "黄"


def test_the_assessment_closes_probation_and_is_its_evidence(tmp_path: Path) -> None:
    batch = records(EARLIER, 1)
    assessed = [batch.pop(number) for number in sorted(batch) if "/S6-07/" in number]
    home = home_of(tmp_path / "home", batch.values())
    raised = home.refresh(day("2026-03-18"), EARLIER)
    assert "YJ-12" in raised["raised"]
    home.admit(*assessed)
    assert "YJ-12" in home.refresh(day("2026-03-19"), EARLIER)["closed"]
    assert {line.evidence for line in home.lines("YJ-12")} == {root.get("recordId") for root in assessed}


def test_an_assessment_that_extends_does_not_end_the_clock() -> None:
    batch = records(EARLIER, 1)
    edit(batch[f"{EARLIER}-001/S6-07/001"], "c/result = 延长")
    assert level(batch, day("2026-03-25"), "YJ-12") == "橙"


def test_no_working_day_is_asked_for_in_a_year_nobody_knows() -> None:
    assert level(records(BATCH, 1), day("2036-01-01"), "YJ-12") == "红"


# The other clocks


@dataclass(frozen=True)
class Clock:
    """A clock, what sets it going, and what it says on which day."""

    rule: str
    says: str
    """Day=level pairs; a day alone says nothing."""
    gone: tuple[str, ...] = ()
    edits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    profile: str = "CN"


REPORTED = (
    "c/reportKinds + <value>身边工作人员</value>",
    "c/reportKinds < <reportNo>岚组请〔2026〕9号</reportNo>",
    "c/reportNo < <reportedOn>2026-01-19</reportedOn>",
    "c/reply = 待复",
)
COMPLAINT = (
    "c/complaints + <entry><regNo>JB-2026-0001</regNo><receivedOn>2026-02-01</receivedOn>"
    "<verifiable>false</verifiable></entry>"
)
OPEN_FEEDBACK = (
    "c/complaintsCount = 1",
    "c/complaints + <entry><regNo>JB-2026-0002</regNo><channel>信箱</channel><realName>true</realName>"
    "<receivedOn>2026-03-18</receivedOn><closedOn>2026-03-20</closedOn></entry>",
)
CLOCKS = [
    Clock("YJ-01", "2026-03-15 2026-03-16=黄 2026-03-30=黄", ("S5-01", "S5-02", "S5-04")),
    Clock("YJ-02", "2026-02-05 2026-02-06=黄 2026-02-09=黄 2026-02-10=橙", (), {"001/S1-08": REPORTED}),
    Clock("YJ-03", "2026-12-30 2026-12-31=黄 2027-01-30=黄 2027-01-31=橙", ("S3-01",),
          {"S2-07": ("c/validUntil = 2027-01-30",)}),
    Clock("YJ-04", "2026-03-22 2026-03-23=黄 2026-04-02=黄 2026-04-03=橙", (), {"001/S3-08": (COMPLAINT,)}),
    Clock("YJ-06", "2026-03-22 2026-03-23=黄 2026-03-26=黄 2026-03-27=橙", ("S5-05",)),
    Clock("YJ-06", "2026-03-22 2026-03-26=黄 2026-03-27=红", ("S5-05",), profile="AKS"),
    Clock("YJ-07", "2026-03-12=黄 2026-03-17=黄 2026-03-18=红", ("001/S3-07",)),
    Clock("YJ-08", "2026-03-22 2026-03-23=黄 2026-03-24=黄 2026-05-11=黄", ("001/S6-02",)),
    Clock("YJ-09", "2026-04-04 2026-04-05=黄 2026-04-08=黄 2026-04-09=橙", ("001/S6-05",), profile="JX"),
    Clock("YJ-09", "2026-05-11", ("001/S6-05",)),
    Clock("YJ-10", "2026-04-19 2026-04-20=黄 2026-04-27=黄 2026-04-28=橙", (),
          {"001/S6-05": ("c/payMovedOn -",)}, "JX"),
    Clock("YJ-11", "2027-02-24 2027-02-25=黄 2027-03-27=黄 2027-03-28=橙", (),
          {"001/S1-08": ("c/trainingMet = false",)}),
    Clock("YJ-AKS-01", "2026-03-30 2026-03-31=黄 2026-04-03=黄 2026-04-04=橙", (),
          {"001/S6-02": OPEN_FEEDBACK}, "AKS"),
    Clock("YJ-14", "2026-03-27=黄 2026-04-01=黄 2026-04-02=红", ("001/S6-03",)),
]  # fmt: skip


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: f"{clock.rule} {clock.profile}")
def test_a_clock_speaks_on_its_days(clock: Clock) -> None:
    batch = without(*clock.gone)
    for target, lines in clock.edits.items():
        edit(pick(batch, target), *lines)
    says = {when: says for when, _, says in (pair.partition("=") for pair in clock.says.split())}
    assert {when: level(batch, day(when), clock.rule, clock.profile) for when in says} == says


def test_a_counterpart_has_a_month_and_silence_before_that_is_no_consent() -> None:
    batch = records(BATCH, 6)
    edit(pick(batch, "S4-03"), "c/opinion = 逾期视为同意", "c/sentOn = 2026-03-01", "c/repliedOn -")
    assert level(batch, day("2026-03-20"), "YJ-05") == "黄"
    assert level(batch, day("2026-03-20"), "CN-24") == ""
    assert level(batch, day("2026-04-01"), "YJ-05") == ""


def test_working_days_of_an_unknown_year_are_refused_only_where_they_are_needed() -> None:
    batch = without("S5-05")
    edit(pick(batch, "S5-04"), "c/decidedOn = 2035-12-28")
    with pytest.raises(SettingsInvalid, match="2035年"):
        reckoned(batch, day("2036-01-01"))


# Clocks are data


CLOCK = """<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:rule="urn:jishi:rule:1"
  rule:level="alert" rule:source="本地规定" rule:grade="种子文本">
  <sch:ns prefix="r" uri="urn:jishi:record:1"/>
  <sch:pattern><sch:rule context="key('step', 'S6-03')">
    <sch:report id="BD-01" test="true()" rule:due="f:add-days(r:content/r:talkOn, 10)" rule:near="5"
      rule:owner="talker">谈话<sch:value-of select="r:content/r:talkOn"/>后十日内报备</sch:report>
  </sch:rule></sch:pattern>
</sch:schema>"""


def _local(tmp_path: Path, text: str) -> Path:
    (tmp_path / "alerts").mkdir(parents=True)
    (tmp_path / "alerts" / "本地.xml").write_text(text, "utf-8")
    return tmp_path


def test_a_locality_adds_a_clock_by_adding_a_file(tmp_path: Path) -> None:
    clocks = load_clocks(profile_of("CN"), CALENDAR, _local(tmp_path, CLOCK))
    assert "YJ-12" in clocks.ids and "BD-01" in clocks.ids


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('rule:owner="talker"', 'rule:owner="nobody"', "不是责任人代码"),
        ('rule:near="5"', 'rule:near="soon"', "near应为天数"),
        ('id="BD-01"', 'id="YJ-12"', "空缺或重复"),
        ("f:add-days(r:content/r:talkOn, 10)", "f:add-day(r:content/r:talkOn, 10)", "没有函数 f:add-day"),
        ('rule:grade="种子文本"', "", "grade（依据等级）应为官方文本"),
        ("<sch:pattern>", '<rule:hold rule="没有"/><sch:pattern>', "不是现有的规则"),
        ("<sch:pattern>", '<rule:hold rule="R05" until="S9-01"/><sch:pattern>', "until应为"),
        ("</sch:schema>", "", "不是格式正确的XML"),
        ('rule:near="5"', 'rule:near="5" rule:over="紫"', "over应为"),
        ('rule:near="5"', 'rule:near="5" rule:settles="S9-01"', "不是步骤"),
        ('rule:near="5"', 'rule:near="5" rule:absorbs="CN-999"', "不是现有的规则"),
        (' rule:due="f:add-days(r:content/r:talkOn, 10)"', "", "没有due"),
    ],
)
def test_a_wrong_clock_file_is_told_with_what_is_wrong(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    assert wrong in CLOCK
    with pytest.raises(SettingsInvalid, match=message):
        load_clocks(profile_of("CN"), WorkCalendar({}), _local(tmp_path, CLOCK.replace(wrong, right)))
