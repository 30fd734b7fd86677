from __future__ import annotations

import json

from lxml import html

from jishi.findings import Finding, Severity
from jishi.moments import moment_told
from pipeline.intake.slip import Slip, double_note, named

RECORD = "511000-2026-P003-007/S1-08/001"
FINDINGS = (
    Finding(
        "CN-02", "下一级任职经历不足两个职位", Severity.WARNING, source="CN-02 条例", grade="转载", requirement="R12"
    ),
    Finding("X-SCHEMA", "“题名”的值不合要求", file="记录.xml", line=12, place="题名", remedy="改为12至60字"),
    Finding("F-MISSING", "附件<script>alert(1)</script>没有随记录投递", place="凭证附件 att-1"),
)


def slip(findings: tuple[Finding, ...] = FINDINGS, record: str = RECORD) -> Slip:
    return Slip("abc-000001", "张三 & <李四>.xml", "2026-11-21T20:34:55+08:00", record, findings, "岚江市委组织部")


def text_of(page: str) -> str:
    return " ".join("".join(map(str, html.fromstring(page).itertext())).split())


def test_the_page_shows_every_finding_with_place_cure_and_source() -> None:
    text = text_of(slip().html())
    at = moment_told("2026-11-21T20:34:55+08:00")
    for part in (RECORD, "S1-08", at, "岚江市委组织部", "记录.xml，第12行，题名", "改为12至60字",
                 "CN-02 条例〔转载〕", "R12", "警告：下一级任职经历不足两个职位", "abc-000001"):  # fmt: skip
        assert part in text
    assert "共有2处必须改正，另有1处请留意" in text
    assert "+08:00" not in text


def test_a_source_is_told_without_our_marks() -> None:
    finding = Finding("G01", "缺签名", source="G01；内江文本（seed 001）：每件纪实材料由责任人员签名")
    text = text_of(slip((finding,)).html())
    assert "G01；内江文本：每件纪实材料由责任人员签名" in text
    assert "seed" not in text


def test_errors_come_before_warnings() -> None:
    text = text_of(slip().html())
    assert text.index("题名") < text.index("下一级任职经历")


def test_nothing_a_sender_wrote_becomes_markup() -> None:
    page = slip().html()
    assert "<script>" not in page
    assert "张三 & <李四>.xml" in text_of(page)


def test_a_place_given_as_a_path_is_worded_by_its_label() -> None:
    finding = Finding("X-SCHEMA", "缺少", place="/r:record/r:content/r:qualify")
    assert "资格结论（/r:record/r:content/r:qualify）" in text_of(slip((finding,)).html())


def test_a_submission_that_could_not_be_read_has_a_slip_without_record() -> None:
    text = text_of(slip((Finding("X-EMPTY", "文件是空的"),), record="").html())
    assert "记录编号" not in text
    assert "操作步骤" not in text


def test_a_record_number_of_an_unknown_step_does_not_stop_the_slip() -> None:
    assert "S9-99" in text_of(slip(record="511000-2026-P003/S9-99/001").html())


def test_machines_get_the_same_findings() -> None:
    values = json.loads(slip().json())
    assert values["outcome"] == "rejected"
    assert values["submission"] == "张三 & <李四>.xml"
    assert [one["code"] for one in values["findings"]] == ["CN-02", "X-SCHEMA", "F-MISSING"]
    assert values["findings"][1]["line"] == 12
    assert values["findings"][0]["grade"] == "转载"


def test_the_note_of_a_double_names_the_earlier_record() -> None:
    text, values = double_note("重投.xml", "2026-11-21T20:34:55+08:00", RECORD, f"内容与已收记录 {RECORD} 完全相同")
    assert RECORD in text.decode()
    assert json.loads(values)["record"] == RECORD


def test_findings_are_told_which_file_they_speak_of_unless_they_know_better() -> None:
    first, second = named([FINDINGS[0], FINDINGS[1]], "投.xml", RECORD)
    assert (first.file, second.file, second.record) == ("投.xml", "记录.xml", RECORD)
