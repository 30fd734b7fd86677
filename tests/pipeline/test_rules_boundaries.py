"""The boundary vectors and worked cases of the rule tables, on real records."""

from __future__ import annotations

import datetime as dt

import pytest
from lxml import etree

from jishi.workdays import WorkCalendar
from pipeline.rules.xpath_functions import functions
from tests.rule_cases import BATCH, CALENDAR, NS, Records, broken, broken_alone, edit, pick, profile_of, records

PRESENT = "<entry><person ref='{0}'/><avoided>false</avoided></entry>"


def _meeting(expected: int, present: int) -> etree._Element:
    """Return minutes with so many members expected and present, each with a word on the first person."""
    root = pick(records(), "S5-01")
    keep = [node.get("ref") for node in root.iterfind("r:content/r:present/r:entry/r:person", NS)]
    edit(root, f"c/expected = {expected}", "c/items/entry[position()>1] -", "c/absent/entry -")
    chair = root.find("r:content/r:chair", NS)
    assert chair is not None
    members = [ref for ref in keep if ref != chair.get("ref")][: present - 1]
    members += [f"K-90{place}" for place in range(present - 1 - len(members))]
    edit(root, "c/present/entry -", "c/items/entry/speeches/entry -")
    for place, ref in enumerate([*members, str(chair.get("ref"))], start=1):
        edit(root, f"c/present + <entry><person ref='{ref}'/><avoided>false</avoided></entry>")
        speech = f"<entry><speaker ref='{ref}'/><order>{place}</order><view>同意</view><gist>同意。</gist></entry>"
        edit(root, f"c/items/entry/speeches + {speech}")
    return root


@pytest.mark.parametrize(
    ("present", "expected", "enough"),
    [(8, 11, True), (7, 11, False), (6, 9, True), (5, 9, False), (9, 13, True), (8, 13, False)],
)
def test_two_thirds_must_be_present(present: int, expected: int, enough: bool) -> None:
    assert broken_alone(_meeting(expected, present)) == (set() if enough else {"CN-26"})


@pytest.mark.parametrize(
    ("agree", "expected", "passes"), [(6, 11, True), (5, 11, False), (7, 12, True), (6, 12, False)]
)
def test_more_than_half_of_those_expected_must_agree(agree: int, expected: int, passes: bool) -> None:
    root = pick(records(), "S5-02")
    defer = 8 - agree
    edit(
        root,
        f"c/expected = {expected}",
        "c/actual = 8",
        "c/results/entry[position()>1] -",
        f"c/results/entry/agree = {agree}",
        f"c/results/entry/defer = {defer}",
    )
    edit(root, "c/results < <splitReason>多数成员认为可以表决</splitReason>")
    edit(root, "c/results/entry/passed = true")
    assert broken_alone(root) == (set() if passes else {"CN-28"})
    edit(root, "c/results/entry/passed = false")
    assert broken_alone(root) == ({"CN-28"} if passes else set())


@pytest.mark.parametrize(("actual", "enough"), [(36, True), (35, False)])
def test_four_in_five_must_attend_where_the_locality_says_so(actual: int, enough: bool) -> None:
    root = pick(records(), "S2-04")
    edit(root, "c/expected = 45", f"c/actual = {actual}", f"c/issued = {actual}", "c/validMeeting = true")
    assert broken_alone(root, "HN") == (set() if enough else {"HN-01"})
    assert broken_alone(root, "CN") == set()


def _report(talk: tuple[int, int], meet: tuple[int, int]) -> etree._Element:
    root = pick(records(), "S2-07")
    edit(root, "c/perCandidate/entry[position()>1] -")
    entry = "c/perCandidate/entry"
    for name, (votes, base) in (("talk", talk), ("meet", meet)):
        rate = f"{(10000 * votes // base) / 100:.2f}"
        edit(root, f"{entry}/{name}Votes = {votes}", f"{entry}/{name}Base = {base}", f"{entry}/{name}Rate = {rate}")
    return root


@pytest.mark.parametrize(
    ("talk", "meet", "enough"),
    [((16, 50), (16, 50), True), ((16, 50), (15, 50), False), ((9, 30), (16, 50), False), ((10, 30), (16, 50), True)],
)
def test_both_rates_must_exceed_thirty_percent(talk: tuple[int, int], meet: tuple[int, int], enough: bool) -> None:
    assert broken_alone(_report(talk, meet), "HN") == (set() if enough else {"HN-02"})
    assert broken_alone(_report(talk, meet), "CN") == set()


@pytest.mark.parametrize(("meet", "enough"), [((21, 41), True), ((20, 41), False), ((20, 40), True), ((19, 40), False)])
def test_half_must_be_reached(meet: tuple[int, int], enough: bool) -> None:
    assert broken_alone(_report((6, 6), meet), "DY") == (set() if enough else {"DY-01"})


@pytest.mark.parametrize(("negative", "touches"), [(22, True), (21, False)])
def test_half_of_negative_votes_on_morals_calls_for_an_inquiry(negative: int, touches: bool) -> None:
    root = _morals(negative)
    assert broken_alone(root, "AKS") == ({"AKS-03", "AKS-03.noted"} if touches else set())
    assert broken_alone(root, "CN") == set()


def _morals(negative: int) -> etree._Element:
    root = pick(records(), "001/S3-04")
    for name in ("expected", "actual", "issued", "returned", "valid"):
        edit(root, f"c/{name} = 44")
    edit(root, "c/grade/* = 0", "c/grade/excellent = 44", "c/excellentCompetentRate = 100.00")
    edit(root, "c/moral/* = 0", f"c/moral/good = {44 - negative}", f"c/moral/average = {negative}")
    edit(root, f"c/moralNegative = {negative}", f"c/moralNegativeRate = {(10000 * negative // 44) / 100:.2f}")
    return root


@pytest.mark.parametrize(("settled", "valid"), [("2026-02-05", True), ("2026-02-06", False)])
def test_a_recommendation_holds_for_one_year(settled: str, valid: bool) -> None:
    batch = records()
    edit(pick(batch, "S2-07"), "c/resultOn = 2025-02-05", "c/validUntil = 2026-02-05")
    edit(pick(batch, "S3-01"), f"occurredOn = {settled}", f"c/heldOn = {settled}")
    assert ("CN-13" in broken(batch)) is not valid


def test_a_late_decision_does_not_age_the_recommendation() -> None:
    batch = records()
    edit(pick(batch, "S2-07"), "c/resultOn = 2025-03-01", "c/validUntil = 2026-03-01")
    _decide(batch, "2026-03-19")
    assert "CN-13" not in broken(batch)


def _decide(batch: Records, day: str) -> None:
    """Move the committee's sessions, votes and decision to a day."""
    for number, root in batch.items():
        step = number.split("/")[1]
        if step in ("S5-01", "S5-02", "S5-03"):
            edit(root, f"occurredOn = {day}", f"c/heldOn = {day}")
        elif step == "S5-04":
            edit(root, f"occurredOn = {day}", f"c/decidedOn = {day}")


@pytest.mark.parametrize(
    ("start", "due"), [("2026-02-28", 20270228), ("2028-02-29", 20290228), ("2026-03-31", 20270331)]
)
def test_probation_ends_after_twelve_months(start: str, due: int) -> None:
    assert functions(CALENDAR)["add-months"](None, start, 12) == due


@pytest.mark.parametrize(
    ("stored", "votes", "base", "right"),
    [
        ("62.86", 22, 35, True),
        ("62.85", 22, 35, True),
        ("62.84", 22, 35, False),
        ("62.87", 22, 35, False),
        ("66.67", 2, 3, True),
        ("66.66", 2, 3, True),
        ("33.33", 1, 3, True),
        ("33.34", 1, 3, False),
        ("12.5", 1, 8, True),
        ("0", 0, 0, True),
        ("1", 0, 0, False),
        ("", 1, 2, False),
    ],
)  # fmt: skip
def test_a_rate_is_cut_or_rounded_in_whole_numbers(stored: str, votes: int, base: int, right: bool) -> None:
    assert functions(CALENDAR)["rate-ok"](None, stored, float(votes), float(base)) is right


# Worked cases


def test_t1_a_poor_turnout_voids_the_meeting_until_it_is_reopened() -> None:
    batch = records()
    first = pick(batch, "S2-04")
    edit(first, "c/expected = 45", "c/actual = 35", "c/issued = 35")
    assert broken_alone(first, "HN") == {"HN-01"}
    edit(first, "c/validMeeting = false")
    assert broken_alone(first, "HN") == set()
    assert "R17.reopened" in broken(batch, "HN")
    again = pick(records(), "S2-04")
    number = f"{BATCH}/S2-04/{again.get('occurrence', '')}9"
    again.set("recordId", number)
    batch[number] = again
    assert "R17.reopened" not in broken(batch, "HN")


def test_t2_exactly_thirty_percent_is_not_more() -> None:
    assert broken_alone(_report((9, 30), (16, 50)), "HN") == {"HN-02"}


@pytest.mark.parametrize("profile", ["DY", "HN"])
def test_t3_twenty_of_forty_passes_both(profile: str) -> None:
    assert broken_alone(_report((20, 40), (20, 40)), profile) == set()


def test_t4_five_of_eleven_is_no_decision() -> None:
    batch = records()
    vote = pick(batch, "S5-02")
    edit(vote, "c/results/entry[1]/agree = 5", "c/results/entry[1]/defer = 5")
    assert broken_alone(vote) == {"CN-28", "CN-30"}
    edit(vote, "c/results/entry[1]/passed = false")
    assert broken_alone(vote) == set()
    assert broken(batch) == {"R49"}


@pytest.mark.parametrize(("holiday", "days"), [(None, 5), (dt.date(2026, 3, 23), 4)])
def test_t5_publicity_counts_whole_working_days(holiday: dt.date | None, days: int) -> None:
    root = pick(records(), "S6-01")
    edit(root, "c/startOn = 2026-03-19", "c/endOn = 2026-03-25", f"c/workdays = {days}")
    calendar = WorkCalendar({holiday: False} if holiday else {})
    found = {one.rule.id for one in profile_of("CN").rule_set("record", calendar).judge(root)}
    assert found == (set() if days == 5 else {"CN-36"})


def test_t6_a_notice_on_the_last_day_of_publicity_is_too_early() -> None:
    batch = records()
    end = pick(batch, "S6-01").findtext("r:content/r:endOn", "", NS)
    edit(pick(batch, "001/S6-04"), f"c/issuedOn = {end}", f"occurredOn = {end}")
    rules = profile_of("CN").book.rules
    found = broken(batch)
    assert "R55" in found
    assert {"R52", "CN-36"} <= rules["R55"].answers


def test_t7_a_recommendation_of_the_year_before_last_is_stale() -> None:
    batch = records()
    edit(pick(batch, "S2-07"), "c/resultOn = 2025-01-10", "c/validUntil = 2026-01-10")
    assert broken(batch) == {"CN-13"}


def test_t8_kin_at_the_table_must_withdraw() -> None:
    batch = records()
    edit(pick(batch, "001/S1-08"), "c/kin + <entry><person ref='K-0005'/><relation>兄弟</relation></entry>")
    assert broken(batch) == {"CN-17.meeting"}


def test_t9_a_typed_name_is_no_signature() -> None:
    root = pick(records(), "S1-03")
    edit(root, "responsible[1]/@signKind = 打印姓名")
    (found,) = profile_of("CN").rule_set("record", CALENDAR).judge(root)
    assert "CN-49" in found.rule.answers
    assert found.message == "缺少责任人签名：审核人"


def test_t10_morals_inquired_and_unfounded_pass_with_a_warning() -> None:
    root = _morals(22)
    edit(root, "c/inquiry = 不属实", "c/inquiry < <inquiryReport att='att-1'/>")
    assert broken_alone(root, "AKS") == {"AKS-03.noted"}
    batch = records()
    edit(pick(batch, "001/S3-04"), "c/inquiry = 属实")
    assert broken(batch, "AKS") == {"R28"}
    assert "AKS-03" in profile_of("AKS").book.rules["R28"].answers


def test_t11_two_talks_are_two_records() -> None:
    root = pick(records(), "S3-05谈")
    talk = "<entry><code>T9</code><category>班子成员</category><on>2026-02-09</on><gist>另谈一次</gist></entry>"
    edit(root, f"c/talks/entry[1] < {talk}")
    assert broken_alone(root) == {"CN-50"}


def test_t12_no_archive_number_before_acceptance() -> None:
    root = pick(records(), "001/S6-08")
    edit(root, "c/reviewNote < <archiveCode>J012-WS·XR·GR·2026·Y-0007</archiveCode>")
    assert broken_alone(root) == {"CN-52"}
