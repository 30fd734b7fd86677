"""Alerts: one line per cause, raised by real records and by the clock, closed with evidence, kept for ever."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError

import cli
from archive.register import ledger
from archive.register.alert import Level
from archive.register.register import now
from archive.register.tables import alert, filing
from jishi.errors import NotFound, Refused
from jishi.findings import Finding, Grade, grade_in
from tests.alert_home import BATCH, QUIET, AlertHome, home_of, told
from tests.rule_cases import edit, pick, records

FIRST, SECOND = f"{BATCH}-001", f"{BATCH}-002"
RESULT, NOTICE = f"{FIRST}/S6-02/001", f"{FIRST}/S6-04/001"
FAILED = "c/conclusion = 暂缓任职"
PASSED = "c/conclusion = 不影响任职"


# One cause, one line


def test_a_batch_in_order_raises_nothing(home: AlertHome) -> None:
    assert home.refresh() == {}
    assert home.alerts.book.lines(closed=True) == ()


def test_a_notice_against_the_result_of_publicity_is_red_and_told_once(home: AlertHome) -> None:
    home.correct(RESULT, FAILED)
    assert home.refresh() == {"raised": ["R53"]}
    assert home.refresh() == {}
    line = home.line("R53")
    assert (line.level, line.record, line.person, line.batch) == (Level.RED, NOTICE, FIRST, BATCH)
    assert line.owner_label == "签发人"
    assert "公示结论为“暂缓任职”" in line.message
    assert line.raised_on == QUIET.isoformat()


def test_one_line_for_many_places_of_one_record(tmp_path: Path) -> None:
    batch = records(BATCH, 2)
    for place in ("#1", "#2"):
        del batch[pick(batch, f"S2-02谈{place}").get("recordId", "")]
    home = home_of(tmp_path / "home", batch.values())
    home.refresh()
    (line,) = home.lines("R14.match")
    assert line.message.endswith("（共2处）")
    assert (line.level, line.record) == (Level.RED, pick(batch, "S2-02表").get("recordId"))


def test_it_closes_by_itself_with_the_record_that_took_the_cause_away(home: AlertHome) -> None:
    failed = home.correct(RESULT, FAILED)
    home.refresh()
    mended = home.correct(failed, PASSED)
    assert home.refresh(QUIET + dt.timedelta(3)) == {"closed": ["R53"]}
    line = home.line("R53")
    assert (line.evidence, line.closed_by) == (mended, "预警")
    assert line.closed_on == (QUIET + dt.timedelta(3)).isoformat()


def test_a_correction_that_still_fails_is_the_same_cause(home: AlertHome) -> None:
    home.correct(f"{FIRST}/S6-02/001", "c/concludedOn = 2026-03-17")
    home.refresh()
    raised = home.line("R53.after")
    again = home.correct(f"{FIRST}/S6-02/002", "c/concludedOn = 2026-03-18")
    assert home.refresh() == {"changed": ["R53.after"]}
    assert home.line("R53.after") == replace(raised, record=again, message=home.line("R53.after").message)
    assert "2026-03-18" in home.line("R53.after").message


def test_a_line_kept_from_before_takes_its_source_as_it_is_told_now(home: AlertHome) -> None:
    home.correct(RESULT, FAILED)
    home.refresh()
    raised = home.line("R53")
    assert grade_in(raised.source) in set(Grade)
    with home.register.writing() as connection:
        connection.execute(update(alert).where(alert.c.id == raised.id).values(source="某条", verified=0))
    assert home.refresh(QUIET + dt.timedelta(1)) == {"changed": ["R53"]}
    assert home.line("R53") == raised


def test_a_cause_that_comes_back_is_a_new_line(home: AlertHome) -> None:
    failed = home.correct(RESULT, FAILED)
    home.refresh()
    mended = home.correct(failed, PASSED)
    home.refresh()
    home.correct(mended, FAILED)
    assert home.refresh() == {"raised": ["R53"]}
    first, second = home.lines("R53")
    assert first.cause == second.cause
    assert (first.open, second.open) == (False, True)
    assert first.evidence == mended


def test_a_warning_is_yellow_and_a_missing_paper_closes_it(tmp_path: Path) -> None:
    batch = records(BATCH, 2)
    late = pick(batch, "S5-05")
    del batch[late.get("recordId", "")]
    home = home_of(tmp_path / "home", batch.values())
    decided = dt.date(2026, 3, 16)
    assert home.refresh(decided) == {}
    assert home.refresh(dt.date(2026, 4, 20)) == {"raised": ["YJ-06"]}
    assert home.line("YJ-06").level is Level.ORANGE
    home.admit(late)
    assert home.refresh(dt.date(2026, 4, 20)) == {"closed": ["YJ-06"]}
    assert home.line("YJ-06").evidence == f"{BATCH}/S5-05/001"
    home.correct(f"{BATCH}/S5-05/001", "c/sentOn = 2026-04-17", "c/repliedOn = 2026-04-17")
    home.refresh(dt.date(2026, 4, 20))
    assert home.open() == {"R50": "黄"}


def test_an_exception_note_closes_the_red_line_and_is_its_evidence(home: AlertHome) -> None:
    home.correct(RESULT, FAILED)
    home.refresh()
    note = etree.parse(next(Path("schemas/appointment/EX/examples").glob("*.xml"))).getroot()
    edit(note, "c/rule = R53")
    note.set("recordId", f"{BATCH}/EX/001")
    home.admit(note)
    assert home.refresh() == {"closed": ["R53"]}
    assert home.line("R53").evidence == f"{BATCH}/EX/001"


def test_changed_rules_are_told_once_as_information(home: AlertHome) -> None:
    home.refresh()
    rules = replace(home.settings.rules, profile="NJ")
    other = AlertHome(replace(home.settings, rules=rules))
    assert other.alerts.stale(QUIET) == (BATCH,)
    assert other.refresh() == {"raised": ["YJ-00"]}
    assert other.line("YJ-00").level is Level.BLUE
    assert other.refresh() == {}
    assert home.refresh() == {"closed": ["YJ-00"]}


def test_steps_passed_over_are_told_when_the_decision_is_there(tmp_path: Path) -> None:
    batch = records(BATCH, 2)
    for root in [pick(batch, "001/S3-07"), *(root for number, root in batch.items() if "/S6-" in number)]:
        del batch[root.get("recordId", "")]
    home = home_of(tmp_path / "home", batch.values())
    home.refresh(dt.date(2026, 3, 17))
    line = home.line("YJ-07")
    assert (line.level, line.person) == (Level.YELLOW, FIRST)
    assert "S3-07" in line.message and "S6" not in line.message
    assert home.refresh(dt.date(2026, 4, 1))["changed"] == ["YJ-07"]
    assert home.line("YJ-07").level is Level.RED


# Refused and waiting submissions


def test_a_refusal_by_the_rules_is_red_until_the_record_is_in(home: AlertHome) -> None:
    number = f"{FIRST}/S6-03/002"
    home.refuse(number, Finding("G01", "缺少责任人签名：谈话人", record=number), Finding("G03", "补记", record=number))
    assert home.refresh() == {"raised": ["G01", "G03"]}
    line = home.line("G01")
    assert line.level is Level.RED and "缺少责任人签名：谈话人" in line.message
    root = home.record(f"{FIRST}/S6-03/001")
    root.set("recordId", number)
    root.set("occurrence", "2")
    edit(root, "title = 另一次任前谈话的谈话记录及承诺")
    home.admit(root)
    assert sorted(home.refresh()["closed"]) == ["G01", "G03"]
    assert home.line("G01").evidence == number


def test_a_number_in_the_case_file_sent_again_with_faults_is_no_news(home: AlertHome) -> None:
    for number in (f"{FIRST}/S6-03/001", f"{BATCH}/S2-04/001"):
        home.refuse(number, Finding("G01", "缺少责任人签名：谈话人", record=number))
        home.refuse(number, Finding("D-CONFLICT", "记录编号已被使用", record=number))
    assert home.refresh() == {}


def test_a_refusal_for_its_form_is_one_yellow_line(home: AlertHome) -> None:
    number = f"{FIRST}/S6-03/002"
    home.refuse(number, Finding("X-SCHEMA", "缺少题名"), Finding("X-SCHEMA", "缺少地点"))
    home.refresh()
    assert home.open() == {"X-SCHEMA": "黄"}
    assert home.line("X-SCHEMA").message.endswith("缺少题名（共2处）")


def test_a_refusal_closed_by_hand_speaks_again_only_when_it_happens_anew(home: AlertHome) -> None:
    number = f"{FIRST}/S6-03/002"
    home.refuse(number, Finding("G01", "缺少责任人签名：谈话人"))
    home.refresh()
    home.alerts.close(home.line("G01").id, "误投，已撤回", "周立", QUIET)
    assert home.refresh() == {}
    home.refuse(number, Finding("G01", "缺少责任人签名：谈话人"))
    assert home.refresh() == {"raised": ["G01"]}
    assert len(home.lines("G01")) == 2


def test_what_a_person_sent_back_is_no_news(home: AlertHome) -> None:
    home.refuse(f"{FIRST}/S6-03/002", Finding("D-PERSON", "由人退回：重复"))
    assert home.refresh() == {}


def test_a_record_that_waits_is_told_before_it_is_sent_back(home: AlertHome) -> None:
    root = home.record(f"{FIRST}/S6-03/001")
    number = f"{FIRST}/S6-03/003"
    root.set("recordId", number)
    root.set("occurrence", "3")
    edit(root, "knowers < <correctionReason>更正</correctionReason>",
         f"knowers < <correctionOf>{FIRST}/S6-03/002</correctionOf>")  # fmt: skip
    with pytest.raises(AssertionError, match="等待"):
        home.admit(root)
    day = dt.datetime.now().astimezone().date()
    assert "YJ-13" not in told(home.alerts.refresh(BATCH, day)).get("raised", [])
    near = day + dt.timedelta(days=home.settings.intake.wait_days - 2)
    assert "YJ-13" in told(home.alerts.refresh(BATCH, near))["raised"]
    assert home.line("YJ-13").record == number


# Closing by hand


def test_red_cannot_be_closed_by_hand_while_its_cause_stands(home: AlertHome) -> None:
    home.correct(RESULT, FAILED)
    home.refresh()
    with pytest.raises(Refused, match="红色预警，原因还在"):
        home.alerts.close(home.line("R53").id, "领导同意", "周立", QUIET)
    assert home.line("R53").open


def test_closed_by_hand_it_stays_closed_until_it_grows_worse(tmp_path: Path) -> None:
    batch = records(BATCH, 2)
    del batch[f"{BATCH}/S5-05/001"]
    home = home_of(tmp_path / "home", batch.values())
    due = dt.date(2026, 3, 26)
    home.refresh(due)
    line = home.line("YJ-06")
    assert (line.level, line.due_on) == (Level.YELLOW, due.isoformat())
    done = home.alerts.close(line.id, "已电话报告，材料在途", "周立", due)
    assert (done.closed_by, done.evidence) == ("周立", "已电话报告，材料在途")
    assert home.refresh(due) == {}
    assert home.refresh(due + dt.timedelta(days=1)) == {"raised": ["YJ-06"]}
    assert [one.level for one in home.lines("YJ-06")] == [Level.YELLOW, Level.ORANGE]


def test_evidence_must_be_given_and_a_record_named_must_be_there(home: AlertHome) -> None:
    home.refuse(f"{FIRST}/S6-03/002", Finding("X-SCHEMA", "缺少题名"))
    home.refresh()
    number = home.line("X-SCHEMA").id
    with pytest.raises(NotFound, match="没有记录"):
        home.alerts.close(number, f"{FIRST}/S6-03/009", "周立", QUIET)
    with pytest.raises(Refused, match="凭证"):
        home.alerts.close(number, " ", "周立", QUIET)
    with pytest.raises(NotFound, match="没有预警"):
        home.alerts.close("YJ-2026-9999", "已办", "周立", QUIET)
    home.alerts.close(number, f"{FIRST}/S6-03/001", "周立", QUIET)
    with pytest.raises(NotFound, match="已于2026-05-11由周立关闭"):
        home.alerts.close(number, "再关一次", "周立", QUIET)


def test_closing_what_has_gone_meanwhile_says_so(home: AlertHome) -> None:
    failed = home.correct(RESULT, FAILED)
    home.refresh()
    mended = home.correct(failed, PASSED)
    with pytest.raises(NotFound, match=mended):
        home.alerts.close(home.line("R53").id, "已改", "周立", QUIET)


# What is kept


def test_every_line_has_its_history_in_the_ledger(home: AlertHome) -> None:
    failed = home.correct(RESULT, FAILED)
    home.refresh()
    mended = home.correct(failed, PASSED)
    home.refresh()
    events = home.alerts.book.history(home.line("R53").id)
    assert [event["event"] for event in events] == ["alert-raised", "alert-closed"]
    assert json.loads(events[1]["detail"])["evidence"] == mended
    with home.register.reading() as connection:
        assert [line.seq for line in ledger.lines_of(connection) if not line.sound] == []


def test_the_catalogue_refuses_to_change_a_closed_line(home: AlertHome) -> None:
    home.refuse(f"{FIRST}/S6-03/002", Finding("X-SCHEMA", "缺少题名"))
    home.refresh()
    home.alerts.close(home.line("X-SCHEMA").id, "误投", "周立", QUIET)
    for change in (
        "DELETE FROM alert",
        "UPDATE alert SET evidence = 'x'",
        "UPDATE alert SET closed_on = ''",
        "UPDATE alert SET cause = 'x'",
        "UPDATE alert SET message = 'x'",
    ):
        with pytest.raises(IntegrityError, match="never"), home.register.writing() as connection:
            connection.execute(text(change))


def test_numbers_run_by_year(home: AlertHome) -> None:
    for place in (2, 3):
        home.refuse(f"{FIRST}/S6-03/00{place}", Finding("X-SCHEMA", "缺少题名"))
    home.refresh()
    home.refuse(f"{FIRST}/S6-03/004", Finding("X-SCHEMA", "缺少题名"))
    home.refresh(dt.date(2027, 1, 4))
    assert [line.id for line in home.alerts.book.lines()] == ["YJ-2026-0001", "YJ-2026-0002", "YJ-2027-0001"]


def test_nothing_is_written_on_a_batch_that_moved_on_meanwhile(
    home: AlertHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.correct(RESULT, FAILED)
    read = home.alerts._reader.read
    moved: list[str] = []

    def read_then_move(batch: str, today: dt.date) -> object:
        case = read(batch, today)
        if not moved:
            moved.append(home.correct(f"{FIRST}/S6-02/002", PASSED))
        return case

    monkeypatch.setattr(home.alerts._reader, "read", read_then_move)
    assert home.refresh() == {}
    assert moved


def test_only_batches_with_news_are_worked_out(home: AlertHome) -> None:
    assert home.alerts.stale(QUIET) == (BATCH,)
    home.refresh()
    assert home.alerts.stale(QUIET) == ()
    assert home.alerts.stale(QUIET + dt.timedelta(days=1)) == (BATCH,)
    home.refuse(f"{FIRST}/S6-03/002", Finding("X-SCHEMA", "缺少题名"))
    assert home.alerts.stale(QUIET) == (BATCH,)


def test_filing_settles_findings_and_lets_clocks_run_on(home: AlertHome) -> None:
    home.correct(f"{BATCH}/S5-05/001", "c/sentOn = 2026-04-17", "c/repliedOn = 2026-04-17")
    home.refresh()
    assert home.open() == {"R50": "黄"}
    with home.register.writing() as connection:
        connection.execute(insert(filing).values(
            batch=BATCH, filer="周立", acceptor="吴验", accepted_at=now(), content_digest="0" * 64,
            profile="CN", rules="0" * 16, report="{}",
        ))  # fmt: skip
    assert home.refresh() == {"closed": ["R50"]}
    assert home.line("R50").evidence == "第1版立卷验收（验收人吴验）"
    assert home.refresh(dt.date(2027, 3, 1)) == {"raised": ["YJ-12"]}


# The command


def _jishi(home: AlertHome, *words: str) -> Result:
    return CliRunner().invoke(cli.jishi, ["--home", str(home.settings.home), "alerts", *words])


def _real_today(home: AlertHome) -> None:
    """Keep the real day out of the test: what it brings by itself is worked out and set aside."""
    home.refresh(dt.date.today())


def test_the_command_lists_worst_first_and_ends_with_1_while_red(home: AlertHome) -> None:
    home.correct(RESULT, FAILED)
    home.refuse(f"{FIRST}/S6-03/002", Finding("X-SCHEMA", "缺少题名"))
    found = _jishi(home, "--json")
    assert found.exit_code == 1
    lines = json.loads(found.stdout)["alerts"]
    mine = [line for line in lines if line["rule"] in ("R53", "X-SCHEMA")]
    assert [line["level"] for line in mine] == ["红", "黄"]
    assert {"id", "owner", "raised_on", "record", "batch"} <= set(lines[0])
    shown = _jishi(home, BATCH, "--level", "黄")
    assert "缺少题名" in shown.stdout and "R53" not in shown.stdout
    assert "红1件" in _jishi(home).stderr


def test_closing_and_history_at_the_command(home: AlertHome) -> None:
    home.refuse(f"{FIRST}/S6-03/002", Finding("X-SCHEMA", "缺少题名"))
    _real_today(home)
    number = home.line("X-SCHEMA").id
    assert _jishi(home, "close", number, "--evidence", "误投", "--by", "周立").exit_code == 0
    assert number not in _jishi(home, "--json").stdout
    kept = json.loads(_jishi(home, "--all", "--json").stdout)["alerts"]
    assert [(line["evidence"], line["closed_by"]) for line in kept if line["id"] == number] == [("误投", "周立")]
    events = json.loads(_jishi(home, "show", number, "--json").stdout)["history"]
    assert [event["event"] for event in events] == ["alert-raised", "alert-closed"]
    assert "误投" in _jishi(home, "show", number).stdout


def test_another_day_is_a_preview_that_writes_nothing(home: AlertHome) -> None:
    found = json.loads(_jishi(home, "--today", "2027-05-01", "--json").stdout)
    assert found["preview"]
    assert [(line["rule"], line["level"]) for line in found["alerts"]] == [("YJ-12", "红")]
    assert home.alerts.book.lines(closed=True) == ()
    due = json.loads(_jishi(home, "--today", "2026-05-11", "--due", "400d", "--json").stdout)
    assert [(line["rule"], line["due_on"]) for line in due["coming"]] == [("YJ-12", "2027-03-12")]
    assert json.loads(_jishi(home, "--today", "2026-05-11", "--due", "30", "--json").stdout)["coming"] == []


def test_an_unknown_batch_and_a_wrong_number_of_days_are_told(home: AlertHome) -> None:
    assert isinstance(_jishi(home, "511000-2026-P099").exception, NotFound)
    assert _jishi(home, "--due", "soon").exit_code == 2
