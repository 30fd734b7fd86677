"""Profiles are data: inherited, versioned, and refused with every fault named when they are wrong."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from jishi.errors import NotFound, SettingsInvalid
from jishi.findings import Severity
from jishi.procedure import procedure
from jishi.record_types import schemas_folder
from pipeline.rules.inactive_rules import inactive_rules
from pipeline.rules.profiles import diff, load_profile, profile_ids
from tests.rule_cases import CALENDAR, LOCAL, edit, pick, records

SOUND = 'id = "ZZ"\nname = "某地"\nparent = "CN"\n'


def _local(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_text(text, "utf-8")
    return folder


def _faults(folder: Path, profile: str = "CN") -> list[tuple[str, int, str]]:
    with pytest.raises(SettingsInvalid) as caught:
        load_profile(profile, folder)
    return [(Path(one.file).name, one.line, one.message) for one in caught.value.findings]


def test_the_shipped_profiles_are_all_there() -> None:
    assert profile_ids() == ("AKS", "CN", "DY", "HN", "JX", "NJ", "QJ")


@pytest.mark.parametrize(
    ("profile", "name", "value"),
    [
        ("CN", "recAttendMin", 0), ("HN", "recAttendMin", 80), ("HN", "recMeetOver", 30), ("DY", "recMeetReach", 50),
        ("HN", "bwhMin", 3), ("CN", "bwhMin", 1), ("HN", "disciplineListReview", True), ("NJ", "publicityDays", 5),
        ("HN", "publicityExempt", ()), ("AKS", "moralNeg", 50), ("DY", "disciplineTest", True),
        ("JX", "handoverDays", 7), ("JX", "relationMonths", 1), ("AKS", "observerRequired", True),
        ("NJ", "recordLagDays", 3),
    ],
)  # fmt: skip
def test_a_locality_says_only_what_differs(profile: str, name: str, value: object) -> None:
    assert load_profile(profile).parameters[name] == value


def test_every_parameter_has_a_chinese_name() -> None:
    for profile in profile_ids():
        one = load_profile(profile)
        assert set(one.parameters) == set(one.labels)


def test_the_version_changes_with_parameters_and_rules_only(tmp_path: Path) -> None:
    first = load_profile("ZZ", _local(tmp_path, ZZ_toml=SOUND)).version
    assert load_profile("ZZ", _local(tmp_path, ZZ_toml=SOUND + "# 注\n")).version == first
    assert load_profile("ZZ", _local(tmp_path, ZZ_toml=SOUND + "[parameters]\nbwhMin = 2\n")).version != first
    assert first != load_profile("CN").version


def test_two_profiles_are_compared() -> None:
    found = diff(load_profile("CN"), load_profile("DY"))
    assert found["recMeetReach"] == (0, 50)
    assert found["disciplineTest"] == (False, True)
    assert "bwhMin" not in found
    assert found["规则文件 dossier"] == ((), ("DY.sch",))


def test_an_unknown_profile_is_not_found() -> None:
    with pytest.raises(NotFound, match="现有：AKS、CN"):
        load_profile("QQ")


def test_a_profile_of_another_time_is_not_taken(tmp_path: Path) -> None:
    old = SOUND + "validFrom = 2010-01-01\nvalidTo = 2015-12-31\n[parameters]\nbwhMin = 2\n"
    new = SOUND + "validFrom = 2016-01-01\n[parameters]\nbwhMin = 4\n"
    folder = _local(tmp_path, old_toml=old, new_toml=new)
    assert load_profile("ZZ", folder, dt.date(2012, 1, 1)).parameters["bwhMin"] == 2
    assert load_profile("ZZ", folder, dt.date(2026, 1, 1)).parameters["bwhMin"] == 4
    assert load_profile("ZZ", folder).parameters["bwhMin"] == 4
    with pytest.raises(NotFound, match="2009-01-01"):
        load_profile("ZZ", folder, dt.date(2009, 1, 1))


def test_an_override_changes_or_silences_a_rule(tmp_path: Path) -> None:
    root = pick(records(), "S1-03")
    edit(root, "secrecy -")
    for word, expected in (("error", [Severity.ERROR]), ("info", [Severity.INFO]), ("off", [])):
        folder = _local(tmp_path, ZZ_toml=f'{SOUND}[rules]\n"G11" = "{word}"\n')
        rules = load_profile("ZZ", folder).rule_set("record", CALENDAR)
        assert [one.severity for one in rules.judge(root)] == expected


RULES = """<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:rule="urn:jishi:rule:1"
  rule:level="record" rule:profile="ZZ" rule:source="本地规定" rule:verified="yes">
  <sch:ns prefix="r" uri="urn:jishi:record:1"/>
  <sch:pattern><sch:rule context="/r:record[@stepId = 'S1-03']">
    <sch:assert id="ZZ-01" test="{test}" rule:remedy="改">本地规则：{text}</sch:assert>
  </sch:rule></sch:pattern>
</sch:schema>
"""


def test_a_locality_adds_rules_and_parameters_without_touching_the_product(tmp_path: Path) -> None:
    table = SOUND + '[parameters]\nmostLines = 3\n[labels]\nmostLines = "最多行数"\n'
    rules = RULES.format(test="count(r:content/r:lines/r:entry) &lt;= $P.mostLines", text="行数过多")
    folder = _local(tmp_path, ZZ_toml=table, ZZ_sch=rules)
    root = pick(records(), "S1-03")
    (found,) = load_profile("ZZ", folder).rule_set("record", CALENDAR).judge(root)
    assert (found.rule.id, found.message, found.rule.source) == ("ZZ-01", "本地规则：行数过多", "本地规定")
    assert list(load_profile("CN", folder).rule_set("record", CALENDAR).judge(root)) == []


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    bad = 'id = "ZZ"\nname = "某地"\nparent = "CM"\n[parameters]\nbwhMim = 2\npublicityDays = "五"\nbwhMin = 1.5\n'
    bad += '[rules]\n"CN-99" = "error"\n"CN-36" = "loud"\n'
    broken = RULES.format(test="count(r:content", text="甲")
    unknown = RULES.format(test="$P.nothing and f:nothing(.)", text="乙").replace("ZZ-01", "ZZ-02")
    folder = _local(tmp_path, ZZ_toml=bad, syntax_toml="id = \n", a_sch=broken, b_sch=unknown, c_sch="<sch:schema")
    assert _faults(folder) == [
        ("c.sch", 1, _starting("规则文件不是格式正确的XML")),
        ("ZZ.toml", 7, "参数 bwhMin 的值应为整数、真假、文字或文字列表"),
        ("ZZ.toml", 10, "规则 CN-36 只可设severity为error、warning、info、off之一"),
        ("syntax.toml", 1, _starting("配置文件不是正确的TOML")),
        ("ZZ.toml", 3, "上级配置 CM 不存在"),
        ("ZZ.toml", 5, "未知的参数 bwhMim，是否指 bwhMin？；新参数须在[labels]写明中文名称"),
        ("ZZ.toml", 6, "参数 publicityDays 应为整数，现为文字"),
        ("ZZ.toml", 9, _starting("没有规则 CN-99")),
        ("a.sch", 5, _starting("XPath有误")),
        ("b.sch", 5, "没有参数 nothing"),
        ("b.sch", 5, "没有函数 f:nothing"),
    ]


class _starting(str):
    """A text that equals every text beginning with it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str(other).startswith(str(self))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SOUND + "colour = 1\n", 4, "未知的项 colour"),
        ('name = "某地"\nparent = "CN"\n', 0, "缺少id"),
        ('id = "ZZ"\nname = "某地"\n', 0, '配置 ZZ 没有上级，应写 parent = "CN"'),
        (SOUND + "validFrom = 2020-01-01\nvalidTo = 2019-01-01\n", 4, "validFrom晚于validTo"),
        (SOUND + 'validFrom = "2020-01-01"\n', 4, "validFrom应为日期，如 2019-03-17"),
        (SOUND + "parameters = 3\n", 4, "parameters应为一节（[parameters]）"),
        (SOUND + '[labels]\nfoo = "甲"\n', 5, "[labels]中的 foo 没有值"),
        (SOUND + '[parameters]\ndocNoPattern = "it\'s \\"x\\""\n', 5, "参数 docNoPattern 的值不可同时含单引号和双引号"),
        ('id = "ZZ"\nname = "某地"\nparent = "ZZ"\n', 3, "配置 ZZ 的上级绕成了圈"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    assert ("ZZ.toml", line, message) in _faults(_local(tmp_path, ZZ_toml=text))


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("volumes = 3\n", 4, "volumes应为一节（[volumes]）"),
        ('[volumes]\nkinds = "PD"\n', 5, _starting('kinds应为卷种代码的列表，如 kinds = ["GR"]；现有：GR（个人卷）')),
        ("[volumes]\nkinds = []\n", 5, _starting("kinds应为卷种代码的列表")),
        ('[volumes]\nkinds = ["PD", "QQ"]\n', 5, _starting("没有卷种 QQ；现有：GR（个人卷）、ZH（综合卷）")),
        ('[volumes]\nkinds = ["PD", "PD"]\n', 5, "kinds中同一卷种写了两次"),
        ('[volumes.QQ]\nretention = "Y"\n', 4, _starting("没有卷种 QQ；现有：")),
        ("[volumes]\nGR = 3\n", 5, "GR 应为一节（[volumes.GR]）"),
        ('[volumes.GR]\nretentoin = "Y"\n', 5, "卷种 GR 未知的项 retentoin，是否指 retention？"),
        ('[volumes.GR]\ncolour = "红"\n', 5, "卷种 GR 未知的项 colour；可以改的有：retention、stamp、title"),
        ("[volumes.GR]\nretention = 30\n", 5, "卷种 GR 的 retention 应为文字"),
        ('[volumes.GR]\nretention = "D20"\n', 5,
         "卷种 GR 的 retention = “D20” 应为Y（永久）、D30（30年）、D10（10年）之一"),
        ('[volumes.GR]\nstamp = "方章"\n', 5, "卷种 GR 的 stamp = “方章” 应为归档章、档号章之一"),
        ('[volumes.ZH]\ntitle = "{name}"\n', 5, _starting("卷种 ZH 的 title = “{name}” 中的{name}没有可填的内容")),
    ],
)  # fmt: skip
def test_what_is_wrongly_said_of_volumes_is_refused_with_its_line(
    tmp_path: Path, table: str, line: int, message: str
) -> None:
    assert _faults(_local(tmp_path, ZZ_toml=SOUND + table)) == [("ZZ.toml", line, message)]


def test_volumes_are_inherited_key_by_key_and_change_no_rule(tmp_path: Path) -> None:
    parent = SOUND + '[volumes]\nkinds = ["PD", "PJ"]\n[volumes.PD]\nretention = "D30"\n'
    child = SOUND.replace("ZZ", "ZY").replace('"CN"', '"ZZ"') + '[volumes.PD]\ntitle = "{organ}第{serial}批"\n'
    folder = _local(tmp_path, ZZ_toml=parent, ZY_toml=child)
    one, plain = load_profile("ZY", folder), load_profile("CN")
    assert [(kind.code, kind.retention, kind.title("X")) for kind in one.volumes] == [
        ("PD", "D30", "{organ}第{serial}批"), ("PJ", "D10", plain.volumes[2].title())
    ]  # fmt: skip
    without = load_profile("ZZ", _local(tmp_path, ZZ_toml=SOUND)).version
    assert load_profile("ZZ", _local(tmp_path, ZZ_toml=parent)).version == without
    assert [kind.code for kind in plain.volumes] == ["GR", "ZH", "PJ"]


def test_what_the_manual_writes_of_volumes_is_taken_as_written(tmp_path: Path) -> None:
    page = (schemas_folder().parent / "docs" / "手册" / "02-规则与配置.md").read_text("utf-8")
    (table,) = (block for block in re.findall(r"```toml\n(.*?)```", page, re.S) if block.startswith("[volumes]"))
    found = load_profile("ZZ", _local(tmp_path, ZZ_toml=SOUND + table)).volumes
    assert [(kind.code, kind.retention, kind.stamp) for kind in found] == [
        ("PD", "D30", "档号章"), ("PJ", "D10", "归档章")
    ]  # fmt: skip


def test_overlapping_validity_is_refused(tmp_path: Path) -> None:
    first, second = SOUND + "validTo = 2020-12-31\n", SOUND + "validFrom = 2020-06-01\n"
    faults = _faults(_local(tmp_path, a_toml=first, b_toml=second))
    assert faults == [("b.toml", 4, "配置 ZZ 的有效期与a.toml重叠")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('rule:level="record"', 'rule:level="page"', "规则文件的level应为record或dossier，现为“page”"),
        ('rule:source="本地规定"', "", "ZZ-01 没有source（依据）"),
        ('rule:verified="yes"', "", "ZZ-01 的verified应为yes或no，现为“”"),
        ('id="ZZ-01"', 'id="ZZ-01" role="fatal"', "ZZ-01 的role应为error、warning或info，现为“fatal”"),
        ('id="ZZ-01"', 'id="ZZ-01" rule:requirement="R99"', "ZZ-01 的requirement“R99”不在目录的61条之中"),
        ('id="ZZ-01"', 'id="ZZ-01" rule:evasion="绕"', "ZZ-01 的evasion应为越过、简化或变通，现为“绕”"),
        ('id="ZZ-01"', 'id="ZZ-01" rule:outcome="maybe"', "ZZ-01 的outcome只可为undetermined，现为“maybe”"),
        ('id="ZZ-01"', 'id="ZZ-01" rule:validFrom="2020"', "ZZ-01 的validFrom“2020”不是日期"),
        ('id="ZZ-01"', 'id="G01"', _starting("规则编号 G01 重复")),
        ('id="ZZ-01"', "", "assert或report没有id"),
        ('rule:profile="ZZ"', 'rule:profile="QQ"', "规则文件所属的配置 QQ 不存在"),
    ],
)
def test_a_wrong_rule_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    rules = RULES.format(test="true()", text="甲").replace(old, new)
    faults = _faults(_local(tmp_path, ZZ_toml=SOUND, ZZ_sch=rules))
    assert [text for _, _, text in faults] == [message]


def test_an_edited_local_file_is_read_again(tmp_path: Path) -> None:
    folder = _local(tmp_path, ZZ_toml=SOUND + "[parameters]\nbwhMin = 2\n")
    assert load_profile("ZZ", folder).parameters["bwhMin"] == 2
    _local(tmp_path, ZZ_toml=SOUND + "[parameters]\nbwhMin = 22\n")
    assert load_profile("ZZ", folder).parameters["bwhMin"] == 22


TABLES = {"CN": 53, "NJ": 6, "HN": 16, "DY": 7, "AKS": 10, "JX": 13}


def test_every_rule_of_the_tables_is_in_force_or_listed_as_waiting() -> None:
    tables = {f"{table}-{number:02d}" for table, last in TABLES.items() for number in range(1, last + 1)}
    tables = tables - {"CN-20"} | {f"CN-20{part}" for part in "abcd"} | {f"G{number:02d}" for number in range(1, 13)}
    in_force = {name for rule in load_profile("CN").book.rules.values() for name in rule.answers}
    assert tables - in_force == {one.id for one in inactive_rules()} & tables
    assert set(procedure().requirements) <= in_force


def test_rules_that_wait_for_a_register_are_listed_and_not_in_force() -> None:
    waiting = {one.id for one in inactive_rules()}
    assert {"CN-45", "AKS-01", "JX-05"} <= waiting
    in_force = {name for rule in load_profile("CN", LOCAL).book.rules.values() for name in rule.answers}
    assert waiting & in_force == set()
