"""People read Chinese words where JSON keeps the codes."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from archive.register.cases import Outcome
from counter.output import Output
from counter.profiles import print_diff, print_profile
from pipeline.intake.run_report import RunReport
from pipeline.intake.verdict_line import VerdictLine


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_log_tells_an_outcome_in_chinese(outcome: Outcome, caplog: pytest.LogCaptureFixture) -> None:
    line = VerdictLine("2026-11-21T20:34:55+08:00", "记录.xml", outcome, "", "说明")
    with caplog.at_level(logging.INFO, "jishi.intake"):
        RunReport(lambda _: None).hear(line)
    (said,) = (record.message for record in caplog.records)
    words = {"admitted": "已收", "duplicate": "重复", "rejected": "退回", "waiting": "等待"}
    assert said == f"记录.xml　{words[outcome.value]}　说明"


def test_a_difference_of_profiles_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_diff(tmp_path, "HN", "DY", Output())
    said = capsys.readouterr().out
    assert "整个批次的规则文件" in said
    assert "不用" in said
    assert not {"off", "dossier", "info"} & set(said.split())


def test_a_difference_of_profiles_keeps_its_codes_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_diff(tmp_path, "HN", "DY", Output(as_json=True))
    assert json.loads(capsys.readouterr().out)["规则 HN-11"] == {"HN": "off", "DY": None}


def test_a_profile_names_its_sources_without_our_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_profile(tmp_path, "HN", Output())
    said = capsys.readouterr().out
    assert "衡南县干部选拔任用文本；" in said
    assert "有效票（valid）" in said
