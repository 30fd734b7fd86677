"""验收报告: everybody and the batch against the 61, the figures of what passed, what ran and what did not."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import pytest
from lxml import etree
from pypdf import PdfReader

from jishi.procedure import procedure
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.figures import figures_of
from pipeline.acceptance.judge import judge_batch
from pipeline.acceptance.report import acceptance_form, group_of
from pipeline.acceptance.verdict import Answer, BatchVerdict
from pipeline.acceptance.verdict_words import steps_told
from pipeline.rules.inactive_rules import inactive_rules
from press.fonts import font_set
from press.forms import Form, Grid, Pair
from press.layout import laid_out
from press.typeset import Typesetter
from press.word import word_form
from tests.rule_cases import BATCH, CALENDAR, NS, Records, edit, pick, profile_of, records

NEEDS = [f"R{number:02d}" for number in range(1, 62)]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def dossier(batch: Records, profile: str = "CN") -> etree._Element:
    entries = [DossierEntry(root, name) for name, root in batch.items()]
    return assemble(entries, batch=BATCH, profile=profile_of(profile), today=dt.date(2026, 6, 1))


def judged(batch: Records, profile: str = "CN") -> BatchVerdict:
    return judge_batch(dossier(batch, profile), profile_of(profile), CALENDAR)


@pytest.fixture(scope="module")
def sound() -> BatchVerdict:
    return judged(records())


@pytest.fixture(scope="module")
def faulty() -> BatchVerdict:
    batch = records()
    del batch[f"{BATCH}-002/S6-03/001"]
    edit(pick(batch, "S1-02"), "c/sources/value[position()>1] -")
    edit(pick(batch, "S5-02"), "c/method = 圈阅")
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    return judged(batch, "HN")


def grid(form: Form, key: str) -> list[dict[str, str]]:
    found = next(part for part in form.body if isinstance(part, Grid) and part.key == key)
    return [dict(zip(found.keys, row, strict=True)) for row in found.rows]


def text(form: Form, key: str) -> str:
    parts = (*form.head, *form.body, *form.foot)
    return "\n".join(next(part.lines for part in parts if isinstance(part, Pair) and part.key == key))


def test_batch_and_every_person_have_sixty_one_rows_with_one_of_four_answers(faulty: BatchVerdict) -> None:
    form = acceptance_form(faulty)
    words = {answer.value for answer in Answer}
    for owner in ("", *(f"{person.no}." for person in faulty.people)):
        rows = grid(form, f"{owner}requirements")
        assert [row["need"] for row in rows] == NEEDS
        assert {row["answer"].rstrip("＊") for row in rows} <= words
    for answered, row in zip(faulty.requirements, grid(form, "requirements"), strict=True):
        assert row["answer"].rstrip("＊") == answered.answer.value
        assert row["text"] == answered.requirement.text


def test_the_head_says_by_which_rules_of_which_day_and_what_came_of_it(faulty: BatchVerdict) -> None:
    form = acceptance_form(faulty)
    told = {
        key: text(form, key) for key in ("batch", "profile", "rules", "started", "occurredOn", "errors", "warnings")
    }
    assert told == {
        "batch": BATCH,
        "profile": "衡南（HN）",
        "rules": profile_of("HN").version,
        "started": "2026年1月5日",
        "occurredOn": "2026年6月1日",
        "errors": f"{len(faulty.blocking)}处",
        "warnings": "1处",
    }
    assert text(form, "result") == "不能验收：3处错误须先解决"
    assert "本系统拟定，不是规定原文" in text(form, "note")
    assert "须由人判断" in text(form, "note")


def test_what_passed_tells_the_figures_of_its_record(sound: BatchVerdict) -> None:
    rows = {row["need"]: row for row in grid(acceptance_form(sound), f"{BATCH}-001.requirements")}
    vote = pick(records(), "S5-02").find("r:content", NS)
    assert vote is not None
    own = next(entry for entry in vote.iterfind("r:results/r:entry", NS))
    assert f"同意票{own.findtext('r:agree', '', NS)}票" in rows["R46"]["figures"]
    assert f"应到人数{vote.findtext('r:expected', '', NS)}人" in rows["R46"]["figures"]
    notice = pick(records(), "S6-01").find("r:content", NS)
    assert notice is not None
    assert f"工作日数{notice.findtext('r:workdays', '', NS)}" in rows["R52"]["figures"]
    assert "公示期（工作日）5" in rows["R52"]["figures"]


def test_a_person_s_row_tells_that_person_s_votes(sound: BatchVerdict) -> None:
    form = acceptance_form(sound)
    results = pick(records(), "S2-07").findall("r:content/r:perCandidate/r:entry", NS)
    people = {node.get("id"): node.get("no") for node in pick(records(), "S2-07").iterfind("r:people/r:person", NS)}
    for entry in results:
        person = entry.find("r:person", NS)
        assert person is not None
        if no := people[person.get("ref")]:
            row = next(row for row in grid(form, f"{no}.requirements") if row["need"] == "R22")
            assert f"谈话得票{entry.findtext('r:talkVotes', '', NS)}" in row["figures"].split("；")


def test_a_success_is_never_told_in_words_of_failure() -> None:
    words = re.compile("早于|晚于|不足|不符|超过|没有|不得|不是|只有")
    root = dossier(records(), "HN")
    profile = profile_of("HN")
    outcomes = [*profile.rule_set("dossier", CALENDAR).judge(root, trace=True)]
    for record in root.iterfind("d:records/d:entry/r:record", NS):
        outcomes += profile.rule_set("record", CALENDAR).judge(record, trace=True)
    labels = {label.replace("，0为不设", "") for label in profile.labels.values()}
    told = [figure for outcome in outcomes if outcome.passed for figure in figures_of(outcome, profile.labels)]
    assert len(set(told)) > 300
    assert [figure for figure in told if words.search(figure) and not any(map(figure.startswith, labels))] == []


def test_what_failed_is_told_with_message_and_the_grades_of_its_sources(faulty: BatchVerdict) -> None:
    form = acceptance_form(faulty)
    rows = {row["need"]: row for row in grid(form, "requirements")}
    assert rows["R02"]["answer"] == "不通过"
    assert rows["R02"]["figures"].startswith("警告：分析依据来源只有1种，不少于两种")
    for answered in faulty.requirements:
        assert rows[answered.requirement.id]["source"].endswith(f"〔{answered.grade}〕")
    assert "seed" not in "".join(row["source"] for row in rows.values())


def test_findings_stand_by_rule_table_with_person_source_and_evasion(faulty: BatchVerdict) -> None:
    form = acceptance_form(faulty)
    groups = [part.key for part in form.body if part.key.startswith("findings.")]
    assert groups == ["findings.R", "findings.CN"]
    (missing, warning) = grid(form, "findings.R")
    assert (missing["severity"], missing["rule"], missing["evasion"]) == ("错误", "R60", "越过")
    assert missing["person"] == faulty.people[1].name
    assert (warning["severity"], warning["person"], warning["records"]) == ("警告", "全批", "S1-02/001")
    assert {(row["rule"], row["evasion"]) for row in grid(form, "findings.CN")} == {
        ("CN-31", "变通"),
        ("CN-20b", "越过"),
    }
    assert all(row["source"] and row["exception"] == "无" for key in groups for row in grid(form, key))


def test_without_findings_it_says_so(sound: BatchVerdict) -> None:
    form = acceptance_form(sound)
    assert text(form, "findings.none") == "没有不通过的规则"
    assert text(form, "exceptions") == "没有例外说明"
    assert text(form, "result") == "可以验收"


def test_rules_that_did_not_fire_are_counted_apart_and_named(sound: BatchVerdict) -> None:
    form = acceptance_form(sound)
    for row in grid(form, "ran.groups"):
        assert int(row["rules"]) == int(row["fired"]) + int(row["idle"]), row
        assert int(row["tried"]) == int(row["passed"]) + int(row["failed"]), row
    idle = re.split("[、：。]", text(form, "idle"))
    assert {one.rule.id for one in sound.rules if not one.tried} == set(idle) - {idle[0], ""}
    assert "R58" in idle
    assert "不算通过" in text(form, "idle")
    assert sum(int(row["failed"]) for row in grid(form, "ran.groups")) == 0


def test_rules_of_the_tables_without_a_register_are_not_in_force(faulty: BatchVerdict) -> None:
    listed = {row["id"] for row in grid(acceptance_form(faulty), "inactive")}
    assert listed == {one.id for one in inactive_rules() if group_of(one.id) in ("CN", "HN")}
    assert listed.isdisjoint({one.rule.id for one in faulty.rules})


def test_the_forty_four_steps_are_told_in_a_line(faulty: BatchVerdict) -> None:
    for person in faulty.people:
        counted = [int(number) for number in re.findall(r"(\d+)步", steps_told(person))]
        assert sum(counted) == len(procedure().steps) == 44
    assert "缺1步：S6-03" in steps_told(faulty.people[1])
    assert "待补充归档2步：S6-06至S6-07" in steps_told(faulty.people[0])


def test_pages_are_cited_only_for_the_volume(sound: BatchVerdict) -> None:
    alone = acceptance_form(sound)
    assert not any("@" in value for _, value in alone.pairs())
    assert not any("pages" in part.keys for part in alone.body if isinstance(part, Grid))
    (row,) = [row for row in grid(acceptance_form(sound, cited=True), "requirements") if row["need"] == "R46"]
    assert row["pages"].split("、")[0] == f"@{BATCH}/S5-02/001"
    assert row["records"].split("\n")[0] == "S5-02/001"


def test_a_single_finding_stays_a_row_whose_page_can_be_cited() -> None:
    batch = records()
    edit(pick(batch, "001/S3-07"), "c/result = 隐瞒不报")
    form = acceptance_form(judged(batch), cited=True)
    (row,) = grid(form, "findings.CN")
    assert row["pages"] == f"@{BATCH}-001/S3-07/001"
    assert not any(block.get("cards") for block in laid_out(form.as_values())["body"])


def test_the_signers_are_named_where_they_are_known(sound: BatchVerdict) -> None:
    assert text(acceptance_form(sound, filer="周立", acceptor="吴验"), "acceptor").strip().startswith("吴验（签名）")
    assert text(acceptance_form(sound), "filer").strip().startswith("（签名）")


def test_word_and_pdf_show_all_of_it(faulty: BatchVerdict) -> None:
    form = acceptance_form(faulty)
    with zipfile.ZipFile(io.BytesIO(word_form(form))) as parts:
        body = etree.fromstring(parts.read("word/document.xml"))
    shown = "".join("".join(node.text or "" for node in body.iter(f"{W}t")).split())
    assert not [value for _, value in form.pairs() if "".join(value.split()) not in shown]
    pdf = PdfReader(io.BytesIO(Typesetter(font_set(system=False)).typeset_form(form)))
    assert pdf.pages[0].mediabox.width > pdf.pages[0].mediabox.height
    printed = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    assert all(f"{person.name}{person.no}" in printed for person in faulty.people)
    assert printed.count("R61S6-08") == len(faulty.people)


def test_the_same_verdict_gives_the_same_form(faulty: BatchVerdict) -> None:
    assert acceptance_form(faulty) == acceptance_form(faulty)
