"""A locality's own rules and parameters, from a folder its settings name; the example is the manual's, literally."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from archive.home import make_home
from archive.register.register import Register
from cli import main
from jishi.data_files import schemas_folder
from jishi.errors import ExitCode, NotFound, SettingsInvalid
from jishi.findings import Grade, Severity
from jishi.settings import Settings, load
from pipeline.acceptance.batch_check import check_batch
from pipeline.acceptance.verdict import Judged
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.watch import Watcher
from pipeline.rules.profiles import load_profile
from rehearsal.batch import SampleRecord
from tests.intake_home import codes, drop, outcomes, sample, take_in
from tests.rule_cases import BATCH, CALENDAR, broken, edit, pick, records

MANUAL = schemas_folder().parent / "docs" / "手册" / "05-本地规则.md"
SOURCE = "岚江市纪实实施办法（演练用，虚构）"


def _lay_example(folder: Path) -> Path:
    """Write the files the manual shows, each named in the line before it, into a folder."""
    blocks = re.findall(r"^文件 `([^`]+)`：\n\n```\w+\n(.*?)^```$", MANUAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == ["岚江.toml", "岚江-记录.sch", "岚江-批次.sch"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in blocks:
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a home whose jishi.toml names a folder with the manual's example."""
    home = make_home(tmp_path / "home").home
    _lay_example(home / "本地规则")
    path = home / "jishi.toml"
    text = path.read_text("utf-8")
    for old, new in (('profile = "CN"', 'profile = "LJ"'), ('local = ""', 'local = "本地规则"')):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    found = load(home)
    return replace(found, intake=replace(found.intake, settle_seconds=0.0, rescan_seconds=0.2, workers=1))


def _changed(one: SampleRecord, *edits: str) -> SampleRecord:
    root = etree.fromstring(one.xml)
    edit(root, *edits)
    return replace(one, xml=etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _take(settings: Settings, *more: SampleRecord) -> list[VerdictLine]:
    drop(settings.drop, [sample("S1-01"), sample("S1-08"), *more])
    return take_in(settings)


def _checked(settings: Settings) -> dict[str, Judged]:
    verdict = check_batch(settings, Register(settings.register_file), BATCH, dt.date(2026, 6, 1)).verdict
    assert (verdict.profile, verdict.profile_name) == ("LJ", "岚江市（演练）")
    return {judged.rule: judged for judged in verdict.findings}


# The manual's example at work


def test_the_example_adds_to_the_national_default_and_changes_nothing_else(tmp_path: Path) -> None:
    folder = _lay_example(tmp_path / "本地规则")
    own, default = load_profile("LJ", folder), load_profile("CN", folder)
    assert own.line == ("LJ", "CN")
    assert set(own.parameters) - set(default.parameters) == {"leastChannels", "publicityWithin"}
    changed = {name for name, value in default.parameters.items() if own.parameters[name] != value}
    assert changed == {"publicityDays"}
    assert (own.labels["leastChannels"], own.overrides) == ("公示渠道最少种数", {"CN-48": "info"})
    assert default.version == load_profile("CN").version != own.version
    ours, product = (
        {rule for level in ("record", "dossier") for rule in one.rule_set(level, CALENDAR).rules}
        for one in (own, default)
    )
    assert ours == product | {"LJ-01", "LJ-02"}
    assert not product & {"LJ-01", "LJ-02"}


def test_an_override_changes_how_much_a_rule_of_the_product_weighs(tmp_path: Path) -> None:
    root = pick(records(), "005/S1-08")
    edit(root, "c/curPostSince = 2014-01-01", "c/sameLevelSince = 2014-01-01")
    folder = _lay_example(tmp_path)
    weights = {
        name: [one.severity for one in load_profile(name, folder).rule_set("record", CALENDAR).judge(root)]
        for name in ("CN", "LJ")
    }
    assert weights == {"CN": [Severity.WARNING], "LJ": [Severity.INFO]}


def test_records_that_keep_the_local_rules_are_admitted(settings: Settings) -> None:
    told = _take(settings, sample("S5-04"), sample("S6-01"))
    assert set(outcomes(told).values()) == {"admitted"}
    assert not {"LJ-01", "LJ-02"} & set(_checked(settings))


def test_a_record_that_breaks_a_local_rule_is_sent_back_with_its_id_and_source(settings: Settings) -> None:
    told = _take(settings, _changed(sample("S6-01"), "c/channels/value[1] -"))
    (back,) = [line for line in told if line.outcome.value == "rejected"]
    assert codes(back) == ["LJ-01"]
    (finding,) = back.findings
    assert (finding.message, finding.remedy) == ("公示渠道1种，少于2种", "增加公示渠道，重新公示")
    assert (finding.source, finding.requirement, finding.grade) == (SOURCE, "R52", Grade.OFFICIAL)
    (slip,) = settings.rejected.rglob("slip.html")
    assert "LJ-01" in slip.read_text("utf-8")
    assert SOURCE in slip.read_text("utf-8")


def test_the_same_record_is_admitted_where_the_locality_is_another(settings: Settings) -> None:
    elsewhere = replace(settings, rules=replace(settings.rules, profile="CN"))
    told = _take(elsewhere, _changed(sample("S6-01"), "c/channels/value[1] -"))
    assert set(outcomes(told).values()) == {"admitted"}


def test_a_parameter_of_the_product_raised_by_the_locality_is_held_to(settings: Settings) -> None:
    late = _changed(sample("S6-01"), "c/endOn = 2026-03-23", "c/workdays = 5")
    told = _take(settings, late)
    (back,) = [line for line in told if line.outcome.value == "rejected"]
    assert [(one.code, one.message) for one in back.findings] == [("CN-36", "公示期5个工作日，不足6个工作日")]


def test_a_batch_that_breaks_a_local_rule_is_told_its_id_and_source(settings: Settings) -> None:
    late = ("c/startOn = 2026-03-25", "c/endOn = 2026-04-01", "c/workdays = 6")
    dates = ("occurredOn = 2026-03-25", "recordedOn = 2026-03-25T17:00:00+08:00", "responsible/@signedOn = 2026-03-25")
    told = _take(settings, sample("S5-04"), _changed(sample("S6-01"), *late, *dates))
    assert set(outcomes(told).values()) == {"admitted"}, [line.findings for line in told]
    judged = _checked(settings)["LJ-02"]
    assert judged.finding.message == "决定2026-03-12，2026-03-25才开始公示，超过5个工作日"
    assert (judged.finding.severity, judged.blocks) == (Severity.WARNING, False)
    assert (judged.finding.source, judged.finding.record) == (SOURCE, f"{BATCH}/S6-01/001")


def test_a_local_rule_of_a_later_day_is_only_mentioned_for_an_earlier_batch(settings: Settings) -> None:
    path = settings.home / "本地规则" / "岚江-批次.sch"
    text = path.read_text("utf-8").replace('rule:validFrom="2026-01-01"', 'rule:validFrom="2026-02-01"')
    path.write_text(text.replace("&lt;= $P.publicityWithin", "&lt;= 0"), "utf-8")
    _take(settings, sample("S5-04"), sample("S6-01"))
    finding = _checked(settings)["LJ-02"].finding
    assert finding.severity is Severity.INFO
    assert finding.message.startswith("（2026-02-01起的规定，本批次不适用）决定2026-03-12，2026-03-17才开始公示")


def test_a_batch_is_judged_by_the_profile_of_the_day_it_was_opened(settings: Settings) -> None:
    folder = settings.home / "本地规则"
    now = (folder / "岚江.toml").read_text("utf-8")
    old = now.replace("validFrom = 2020-01-01", "validTo = 2026-01-31").replace("Within = 5", "Within = 0")
    (folder / "旧.toml").write_text(old, "utf-8")
    (folder / "岚江.toml").write_text(now.replace("2020-01-01", "2026-02-01"), "utf-8")
    _take(settings, sample("S5-04"), sample("S6-01"))
    assert _checked(settings)["LJ-02"].finding.message.endswith("超过0个工作日")
    (folder / "旧.toml").unlink()
    with pytest.raises(NotFound, match=r"2026-01-05有效的规则配置 LJ"):
        _checked(settings)


def test_the_product_is_not_touched(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in schemas_folder().rglob("*.*") if path.suffix != ".pyc"}
    load_profile("LJ", _lay_example(tmp_path))
    assert broken(records()) == set()
    assert before == {path: path.stat().st_mtime_ns for path in before}


# What is wrong in the folder


WRONG: dict[str, tuple[Callable[[str], str], str, int, str]] = {
    "syntax of a rule file": (
        lambda text: text.replace("</sch:pattern>", ""), "岚江-记录.sch", 12, "规则文件不是格式正确的XML",
    ),
    "syntax of a profile": (
        lambda text: text.replace('name = "', "name = "), "岚江.toml", 2, "配置文件不是正确的TOML",
    ),
    "unknown parameter in a profile": (
        lambda text: text.replace("publicityDays", "publicityDay"), "岚江.toml", 8,
        "未知的参数 publicityDay，是否指 publicityDays？；新参数须在[labels]写明中文名称",
    ),
    "unknown parameter in a rule": (
        lambda text: text.replace("&gt;= $P.leastChannels", "&gt;= $P.leastChanels"), "岚江-记录.sch", 9,
        "没有参数 leastChanels",
    ),
    "unknown rule": (lambda text: text.replace("CN-48", "CN-480"), "岚江.toml", 17, "没有规则 CN-480，是否指 CN-48"),
    "missing parent": (lambda text: text.replace('"CN"', '"CM"'), "岚江.toml", 3, "上级配置 CM 不存在"),
    "profile of a rule file": (
        lambda text: text.replace('rule:profile="LJ"', 'rule:profile="LK"'), "岚江-批次.sch", 2,
        "规则文件所属的配置 LK 不存在",
    ),
    "a number taken": (
        lambda text: text.replace('id="LJ-01"', 'id="LJ-02"'), "岚江-记录.sch", 9,
        "规则编号 LJ-02 重复，已见于岚江-批次.sch第12行",
    ),
}  # fmt: skip


def _spoil(settings: Settings, name: str) -> tuple[str, int, str]:
    change, file, line, message = WRONG[name]
    path = settings.home / "本地规则" / file
    text = path.read_text("utf-8")
    assert change(text) != text
    path.write_text(change(text), "utf-8")
    return file, line, message


def _told(error: SettingsInvalid) -> list[tuple[str, int, str]]:
    return [(Path(one.file).name, one.line, one.message) for one in error.findings]


@pytest.mark.parametrize("name", WRONG)
def test_a_fault_in_the_folder_is_told_with_file_and_line(settings: Settings, name: str) -> None:
    file, line, message = _spoil(settings, name)
    with pytest.raises(SettingsInvalid) as caught:
        load_profile("LJ", settings.home / "本地规则")
    found = [(where, at) for where, at, text in _told(caught.value) if text.startswith(message)]
    assert (file, line) in found
    assert str(settings.home / "本地规则" / file) in {one.file for one in caught.value.findings}


def _overlap(settings: Settings) -> tuple[str, int, str]:
    folder = settings.home / "本地规则"
    text = (folder / "岚江.toml").read_text("utf-8")
    (folder / "后.toml").write_text(text.replace("2020-01-01", "2024-01-01"), "utf-8")
    return "后.toml", 4, "配置 LJ 的有效期与岚江.toml重叠"


def _five_faults(settings: Settings) -> set[tuple[str, int, str]]:
    """Put one fault of each kind in the folder, each in a place of its own."""
    folder = settings.home / "本地规则"
    found = {_overlap(settings), _spoil(settings, "unknown parameter in a rule")}
    (folder / "甲.toml").write_text('id = "LA"\nname = "甲"\nparent = "CM"\n', "utf-8")
    (folder / "乙.toml").write_text('id = "LB"\nname = "乙"\nparent = "CN"\n[rules]\n"ZZ-99" = "off"\n', "utf-8")
    (folder / "丙.toml").write_text('id = "LC"\nname = "丙"\nparent = "CN"\n[parameters]\nxyzzy = 1\n', "utf-8")
    (folder / "丁.sch").write_text("<sch:schema\n", "utf-8")
    return found | {
        ("甲.toml", 3, "上级配置 CM 不存在"),
        ("乙.toml", 5, "没有规则 ZZ-99"),
        ("丙.toml", 5, "未知的参数 xyzzy；新参数须在[labels]写明中文名称"),
        ("丁.sch", 2, "规则文件不是格式正确的XML"),
    }


def _all_told(error: SettingsInvalid, expected: set[tuple[str, int, str]]) -> bool:
    told = _told(error)
    lacking = [
        (file, line, message)
        for file, line, message in expected
        if not any((file, line) == (where, at) and text.startswith(message) for where, at, text in told)
    ]
    return not lacking and len(told) == len(expected) and f"有{len(expected)}处错误" in error.message


def test_checking_stops_and_lists_every_fault(settings: Settings) -> None:
    _take(settings)
    expected = _five_faults(settings)
    with pytest.raises(SettingsInvalid) as caught:
        _checked(settings)
    assert caught.value.exit_code is ExitCode.SETTINGS
    assert _all_told(caught.value, expected), _told(caught.value)


def test_intake_stops_lists_every_fault_and_takes_the_record_up_when_they_are_mended(settings: Settings) -> None:
    folder = settings.home / "本地规则"
    expected = _five_faults(settings)
    with pytest.raises(SettingsInvalid) as caught:
        _take(settings)
    assert _all_told(caught.value, expected), _told(caught.value)
    assert not [*settings.rejected.rglob("*.xml")]
    for path in folder.iterdir():
        path.unlink()
    _lay_example(folder)
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}


def test_the_watcher_does_not_start_with_wrong_rules(settings: Settings) -> None:
    _overlap(settings)
    with pytest.raises(SettingsInvalid):
        watcher = Watcher(settings)
        try:
            watcher.run(until_idle=True)
        finally:
            watcher.close()


def _run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["jishi", "--home", str(settings.home), *words])
    with pytest.raises(SystemExit) as caught:
        main()
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_the_command_line_leaves_with_8_and_lists_every_fault_as_json(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = _five_faults(settings)
    assert _run(settings, monkeypatch, "profile", "list", "--json") == ExitCode.SETTINGS
    out, err = capsys.readouterr()
    for file, line, message in expected:
        assert re.search(rf'"message": "{re.escape(message)}.*?{re.escape(file)}",\s*"line": {line}\b', out, re.DOTALL)
    assert f"有{len(expected)}处错误" in err
    assert "Traceback" not in out + err


def test_the_command_line_lists_every_fault_at_a_terminal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = _five_faults(settings)
    _run(settings, monkeypatch, "profile", "list")
    out, err = capsys.readouterr()
    lacking = [file for file, _, message in expected if file not in out + err or message not in out + err]
    assert not lacking
