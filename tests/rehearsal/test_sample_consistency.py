from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

import pytest
from lxml import etree

from jishi.procedure import procedure
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from jishi.steps import Step
from jishi.workdays import calendar_from
from rehearsal.batch import build

CALENDAR = calendar_from(None)
SIZES = [1, 6, 13]
LATER = {"S6-06", "S6-07"}


@cache
def everything(people: int) -> tuple[Record, ...]:
    return tuple(record_of(parse(sample.xml), sample.xml) for sample in build(people, scans=False))


@cache
def records(people: int) -> tuple[Record, ...]:
    """Return the records in force: what was corrected is left out."""
    corrected = {record.correction_of for record in everything(people)}
    return tuple(record for record in everything(people) if record.id not in corrected)


def of_step(people: int, step: str) -> list[Record]:
    return [record for record in records(people) if record.step_id == step]


def only(people: int, step: str, person_no: str = "") -> Record:
    (found,) = (record for record in of_step(people, step) if record.person_no == person_no)
    return found


def number(node: etree._Element, key: str) -> int:
    return int(node.findtext(f"{{*}}{key}") or "0")


def refs(node: etree._Element, path: str) -> list[str]:
    return [found.get("ref", "") for found in node.iterfind(path)]


def day(record: Record, path: str) -> dt.date:
    return dt.date.fromisoformat(record.value(path))


@pytest.mark.parametrize("people", SIZES)
def test_every_role_of_the_catalogue_signs_as_often_as_it_must(people: int) -> None:
    for record in records(people):
        signed: dict[str, set[str]] = defaultdict(set)
        for signature in record.signatures:
            signed[signature.role].add(signature.person)
        for signer in record.step.signers:
            assert len(signed[signer.role]) >= signer.least, (record.id, signer.role)


@pytest.mark.parametrize("people", SIZES)
def test_every_signature_is_dated_and_points_to_a_paper(people: int) -> None:
    for record in records(people):
        papers = {paper.id for paper in record.attachments}
        for signature in record.signatures:
            assert signature.attachment in papers
            assert signature.kind != "打印姓名"
            assert record.occurred_on.isoformat() <= signature.signed_on <= record.recorded_on[:10]


def test_the_whole_team_signs_plan_and_report() -> None:
    teams = {ref: record for record in of_step(13, "S3-02") for ref in refs(record.content, "{*}objects/{*}person")}
    for report in of_step(13, "S3-10"):
        assert report.subject is not None
        plan = teams[report.subject.id]
        members = set(refs(plan.content, "{*}members/{*}entry/{*}person"))
        assert members <= {signature.person for signature in report.signatures}
        pledge = next(paper.id for paper in plan.attachments if paper.kind == "考察责任书")
        assert members <= {sign.person for sign in plan.signatures if sign.attachment == pledge}


def test_every_department_asked_signs_its_answer() -> None:
    for record in of_step(13, "S3-09"):
        asked = list(record.entries("inquiries"))
        heads = {signature.person for signature in record.signatures if signature.role == "dept_head"}
        assert len(heads) == len(asked)


def covered(step: Step, person_no: str, people: int) -> bool:
    """Tell whether a step is on record for a person."""
    found = of_step(people, step.id)
    if step.scope == "batch":
        return bool(found)
    if step.scope == "person" or step.id == "S6-08":
        return any(record.person_no == person_no for record in found)
    return any(record.mentions(person_no) for record in found)


@pytest.mark.parametrize("people", [*SIZES, 29])
def test_every_step_of_every_person_is_on_record_or_explained_but_never_both(people: int) -> None:
    explained: dict[str, set[str]] = defaultdict(set)
    for record in of_step(people, "NA"):
        explained[record.person_no] |= {node.text or "" for node in record.content.iterfind("{*}steps/{*}value")}
    decision = only(people, "S5-04")
    keys = {person.no: key for key, person in decision.people.items()}
    waiting = {
        key for entry in decision.entries("entries") for key in refs(entry, "{*}person")
        if entry.findtext("{*}probation") == "true"
    }  # fmt: skip
    for roster in of_step(people, "S1-08"):
        for step in procedure().steps.values():
            excused = step.id in explained[roster.person_no] | explained[""]
            awaited = step.id in LATER and keys[roster.person_no] in waiting
            assert covered(step, roster.person_no, people) + excused + awaited == 1, (roster.person_no, step.id)


@pytest.mark.parametrize("people", SIZES)
def test_no_mandatory_step_is_explained_away_and_no_foreign_one_done(people: int) -> None:
    codes = procedure().change_codes
    changes = {record.person_no: codes[record.value("changeKind")] for record in of_step(people, "S1-08")}
    for record in of_step(people, "NA"):
        for node in record.content.iterfind("{*}steps/{*}value"):
            if record.person_no:
                need = procedure().steps[node.text or ""].applies[changes[record.person_no]]
                assert need != "mandatory", (record.id, node.text)
    for record in records(people):
        if record.person_no and record.step_id in procedure().steps:
            assert record.step.applies[changes[record.person_no]] != "none", record.id


@pytest.mark.parametrize("people", [1, 6, 29])
def test_steps_follow_one_another_as_the_catalogue_says(people: int) -> None:
    days: dict[tuple[str, str], list[dt.date]] = defaultdict(list)
    for record in records(people):
        days["", record.step_id].append(record.occurred_on)
        if record.person_no:
            days[record.person_no, record.step_id].append(record.occurred_on)
    for (person, step_id), mine in days.items():
        for before in procedure().all_types[step_id].after:
            theirs = days.get((person, before.step), [])
            if theirs and before.check != "none":
                assert max(mine) >= max(theirs), (person, step_id, before.step)
                assert before.check == "last" or min(mine) >= min(theirs), (person, step_id, before.step)
                assert not before.same_day or set(mine) <= set(theirs)


def test_the_batch_opens_with_its_first_record() -> None:
    assert min(record.occurred_on for record in records(13)) == day(only(13, "S1-01"), "initiatedOn")


@pytest.mark.parametrize("people", SIZES)
def test_everything_happens_on_working_days_and_is_written_down_in_time(people: int) -> None:
    for record in records(people):
        recorded = dt.date.fromisoformat(record.recorded_on[:10])
        assert CALENDAR.is_workday(record.occurred_on), record.id
        late = record.root.findtext("{*}lateReason")
        assert bool(late) == (CALENDAR.between(record.occurred_on, recorded) > 3), record.id


def test_a_batch_has_a_late_record_and_a_corrected_one() -> None:
    assert any(record.root.findtext("{*}lateReason") for record in everything(6))
    correction = next(record for record in everything(6) if record.correction_of)
    old = next(record for record in everything(6) if record.id == correction.correction_of)
    assert correction.root.findtext("{*}correctionReason")
    assert (old.step_id, old.occurrence + 1) == (correction.step_id, correction.occurrence)
    assert old.value("replyNo") != correction.value("replyNo")


@pytest.mark.parametrize("people", [6, 50])
def test_notebook_pages_are_registered_and_written_once_in_order(people: int) -> None:
    books = {record.value("bookNo"): int(record.value("printedPages")) for record in of_step(people, "NB")}
    written: dict[str, list[tuple[int, int, dt.date]]] = defaultdict(list)
    for record in records(people):
        book = record.root.find("{*}notebook")
        if book is not None:
            pages = (int(book.get("pageFrom", "0")), int(book.get("pageTo", "0")), record.occurred_on)
            written[book.get("bookNo", "")].append(pages)
        if record.step_id == "S5-01":
            span = (int(record.value("pageFrom")), int(record.value("pageTo")), record.occurred_on)
            written[record.value("bookNo")].append(span)
    assert set(written) == set(books)
    for name, claims in written.items():
        claims.sort()
        assert claims[0][0] == 1
        assert claims[-1][1] <= books[name]
        assert all(after[0] == before[1] + 1 and after[2] >= before[2] for before, after in pairwise(claims)), name


@pytest.mark.parametrize("people", SIZES)
def test_single_talks_and_their_summary_agree(people: int) -> None:
    for step in ("S2-02", "S3-05"):
        single: Counter[tuple[str, str]] = Counter()
        listed: Counter[tuple[str, str]] = Counter()
        for record in of_step(people, step):
            kinds = (record.root.findtext("{*}formKind") or "").split()
            pages = {
                (node.get("bookNo", ""), node.get("pageFrom", ""))
                for node in record.content.iterfind("{*}talks/{*}entry/{*}notebook")
            }
            if "表" in kinds:
                assert record.root.find("{*}notebook") is None
                listed.update(pages)
            else:
                header = record.root.find("{*}notebook")
                assert header is not None
                assert {(header.get("bookNo", ""), header.get("pageFrom", ""))} == pages
                single.update(pages)
        assert single == listed
        assert set(single.values()) == {1}


@pytest.mark.parametrize("people", [6, 13, 50])
def test_nominations_add_up_and_those_chosen_lead(people: int) -> None:
    meetings = {record.id: record for record in of_step(people, "S2-04")}
    for tally in of_step(people, "S2-05"):
        meeting = meetings[tally.value("meetingRef")]
        numbers = {key: number(tally.content, key) for key in ("issued", "returned", "valid", "invalid")}
        assert number(meeting.content, "actual") == number(meeting.content, "issued") == numbers["issued"]
        assert 100 * numbers["issued"] >= 80 * number(meeting.content, "expected")
        assert numbers["valid"] + numbers["invalid"] == numbers["returned"] <= numbers["issued"]
        for entry in tally.entries("results"):
            chosen = bool(tally.people[refs(entry, "{*}candidate")[0]].no)
            assert number(entry, "votes") <= numbers["valid"]
            assert chosen == (2 * number(entry, "votes") > numbers["valid"])
            hundredths = round(float(entry.findtext("{*}rate") or "") * 100)
            assert abs(hundredths * numbers["valid"] - 10000 * number(entry, "votes")) * 2 <= numbers["valid"]


def test_rates_in_the_report_are_those_of_the_tallies() -> None:
    rates = {}
    for tally in of_step(13, "S2-05"):
        for entry in tally.entries("results"):
            rates[refs(entry, "{*}candidate")[0]] = entry.findtext("{*}rate")
    for report in of_step(13, "S3-10"):
        assert report.subject is not None
        vote = only(13, "S3-04", report.person_no)
        assert report.value("recRate") == (rates.get(report.subject.id) or "")
        assert report.value("evalRate") == vote.value("excellentCompetentRate")


@pytest.mark.parametrize("people", [6, 50])
def test_votes_of_confidence_add_up(people: int) -> None:
    for record in of_step(people, "S3-04"):
        valid = number(record.content, "valid")
        for part in ("grade", "moral"):
            node = record.content.find(f"{{*}}{part}")
            assert node is not None
            assert sum(int(child.text or "0") for child in node) == valid
        assert valid <= number(record.content, "returned") <= number(record.content, "issued")


@pytest.mark.parametrize("people", [1, 6, 70])
def test_the_committee_decides_by_more_than_half_of_those_expected(people: int) -> None:
    sessions = {record.id: record for record in of_step(people, "S5-01")}
    passed: list[str] = []
    for ballot in of_step(people, "S5-02"):
        session = sessions.pop(ballot.value("meetingRef"))
        present = list(session.entries("present"))
        withdrawn = sum(entry.findtext("{*}avoided") == "true" for entry in present)
        expected, actual = number(ballot.content, "expected"), number(ballot.content, "actual")
        assert actual == len(present)
        assert 3 * actual >= 2 * expected
        discussed = [refs(entry, "{*}person")[0] for entry in session.entries("items")]
        assert discussed == [refs(entry, "{*}person")[0] for entry in ballot.entries("results")]
        for entry in ballot.entries("results"):
            votes = sum(number(entry, key) for key in ("agree", "against", "abstain", "defer"))
            assert votes == actual - number(entry, "avoided")
            assert number(entry, "avoided") == withdrawn
            assert 2 * number(entry, "agree") > expected
        passed += discussed
    assert sessions == {}
    assert sorted(passed) == sorted(refs(only(people, "S5-04").content, "{*}entries/{*}entry/{*}person"))


def test_everybody_present_speaks_and_the_chair_speaks_last() -> None:
    for session in of_step(13, "S5-01"):
        present = {
            refs(entry, "{*}person")[0]
            for entry in session.entries("present")
            if entry.findtext("{*}avoided") == "false"
        }
        chair = refs(session.content, "{*}chair")[0]
        for item in session.entries("items"):
            speeches = item.findall("{*}speeches/{*}entry")
            speakers = [refs(entry, "{*}speaker")[0] for entry in speeches]
            assert set(speakers) == present
            assert speakers[-1] == chair
            assert [number(entry, "order") for entry in speeches] == list(range(1, len(speeches) + 1))


def test_kin_on_the_committee_leaves_the_room() -> None:
    roster = [record for record in of_step(13, "S1-08") if refs(record.content, "{*}kin/{*}entry/{*}person")]
    assert len(roster) == 1
    kin = refs(roster[0].content, "{*}kin/{*}entry/{*}person")[0]
    for session in of_step(13, "S5-01"):
        entries = [entry for entry in session.entries("present") if entry.findtext("{*}avoided") == "true"]
        absent = [refs(entry, "{*}person")[0] for entry in entries]
        assert absent == ([kin] if session.mentions(roster[0].person_no) else [])


@pytest.mark.parametrize("people", SIZES)
def test_publicity_lasts_and_appointments_follow_it(people: int) -> None:
    decided = day(only(people, "S5-04"), "decidedOn")
    entries = {
        refs(entry, "{*}person")[0]: (entry.findtext("{*}appoint") or "", entry.findtext("{*}remove") or "")
        for entry in only(people, "S5-04").entries("entries")
    }
    for notice in of_step(people, "S6-01"):
        start, end = day(notice, "startOn"), day(notice, "endOn")
        assert decided <= start
        assert CALENDAR.inclusive(start, end) == number(notice.content, "workdays") >= 5
        assert all(end < day(order, "issuedOn") for order in of_step(people, "S6-04"))
    for order in of_step(people, "S6-04"):
        assert order.subject is not None
        assert day(order, "effectiveOn") == decided
        assert (order.value("appointPost"), order.value("removePost")) == entries[order.subject.id]
        handover = only(people, "S6-05", order.person_no)
        assert CALENDAR.between(day(order, "issuedOn"), day(handover, "completedOn")) <= 7


@pytest.mark.parametrize("people", SIZES)
def test_the_department_meets_three_times_on_different_days(people: int) -> None:
    held = {day(record, "heldOn") for step in ("S1-09", "S4-01") for record in of_step(people, step)}
    assert len(held) == 3


def test_every_opinion_heard_is_answered_in_the_proposal() -> None:
    heard = {record.id for step in ("S1-04", "S1-05") for record in of_step(13, step)}
    for proposal in of_step(13, "S1-06"):
        answered = [entry.findtext("{*}opinionRef") for entry in proposal.entries("responses")]
        assert sorted(heard) == sorted(filter(None, answered))


def test_leaders_in_charge_are_heard_and_asked_about_every_post() -> None:
    heard = {refs(record.content, "{*}leader")[0] for record in of_step(13, "S1-05")}
    asked = {
        (refs(record.content, "{*}leader")[0], ref)
        for record in of_step(13, "S4-02")
        for ref in refs(record.content, "{*}perPerson/{*}entry/{*}person")
    }
    assert heard >= set(refs(only(13, "S1-01").content, ".//{*}leadersInCharge/{*}person"))
    for roster in of_step(13, "S1-08"):
        if roster.value("changeKind") != "免职或到龄退出":
            assert roster.subject is not None
            assert {
                (leader, roster.subject.id) for leader in refs(roster.content, "{*}leadersInCharge/{*}person")
            } <= asked


@pytest.mark.parametrize("people", SIZES)
def test_nobody_signs_about_themselves_except_to_confirm(people: int) -> None:
    for record in records(people):
        for signature in record.signatures:
            if record.people[signature.person].no:
                assert signature.role in ("candidate", "handover_from")
                assert record.people[signature.person].no == record.person_no


@pytest.mark.parametrize("people", SIZES)
def test_people_get_their_number_only_with_the_roster(people: int) -> None:
    early = {"S1-01", "S1-02", "S1-03", "S1-04", "S1-05", "S1-06", "S1-07", "NB"}
    for record in records(people):
        numbered = [person for person in record.people.values() if person.no]
        assert not (record.step_id in early and numbered), record.id


@pytest.mark.parametrize("people", SIZES)
def test_required_papers_are_attached(people: int) -> None:
    wanted = {
        "S1-07": "批示件",
        "S2-04": "会议签到册",
        "S2-05": "推荐票（密封）",
        "S3-02": "考察责任书",
        "S3-04": "测评票（密封）",
        "S5-02": "表决票（密封）",
        "S6-04": "干部任免审批表",
    }
    for record in records(people):
        if record.step_id in wanted:
            assert wanted[record.step_id] in {paper.kind for paper in record.attachments}, record.id


def test_titles_tell_events_apart() -> None:
    seen = Counter((record.person_no, record.step_id, record.title) for record in records(13))
    assert [key for key, count in seen.items() if count > 1] == []
