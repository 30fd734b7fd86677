"""A procedure as a folder of data: several beside each other, and every fault of one told in Chinese."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from jishi.case.ids import BatchId
from jishi.case.step_record import asks_content
from jishi.errors import SettingsInvalid
from jishi.procedure import beside, does, procedure, procedure_of, procedures, said_at
from jishi.procedure_check import procedure_faults
from jishi.record_types import procedure_folder
from jishi.steps import Deed, Says

REGISTER = """<?xml version="1.0" encoding="UTF-8"?>
<procedure xmlns="urn:jishi:procedure:1" id="register" name="监督信息登记" version="2026-11">
  <dossier name="登记册" ids="{unit}-JD{year}" places="[0-9]{3}" example="J012-JD2026">
    <part name="unit" label="全宗号" pattern="[A-Z][0-9]{3}"/>
    <part name="year" label="年" pattern="20[0-9]{2}"/>
  </dossier>
  <change code="P" name="提拔"/>
  <stage id="D1" name="登记" wording="ours">
    <item id="I01" name="登记" wording="ours">
      <step id="D1-01" deeds="opens" called="开册记录" name="开册" wording="ours" scope="batch" archive="batch"
            retention="D30" repeats="once">
        <form title="开册表" manner="表"/>
        <field is="start" at="openedOn"/>
        <signer role="handler"/>
        <signers>经办人员</signers>
        <applies change="P" need="mandatory"/>
        <necessity>必备</necessity>
        <repetition>一次</repetition>
        <requirement id="R01" severity="error" wording="ours">开册</requirement>
      </step>
    </item>
  </stage>
  <supplement id="DN" name="说明" wording="ours" scope="either" archive="own" retention="Y">
    <form title="说明" manner="表"/>
    <signer role="handler"/>
  </supplement>
</procedure>
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a locality's own folder with a procedure.xml."""
    folder = tmp_path / "register"
    folder.mkdir()
    (folder / "procedure.xml").write_text(REGISTER, "utf-8")
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the shipped procedure that may be spoilt."""
    folder = tmp_path / procedure_folder().name
    shutil.copytree(procedure_folder(), folder)
    return folder


def spoil(folder: Path, old: str, new: str) -> int:
    """Replace a text that stands in procedure.xml once or more where it stands first; return its line."""
    text = (folder / "procedure.xml").read_text("utf-8")
    assert old in text
    (folder / "procedure.xml").write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_folder_of_a_locality_s_own_is_one_more_procedure(own: Path) -> None:
    known = procedures((own,))
    assert list(known) == ["appointment", "register"]
    assert known["register"].that(Deed.OPENS) == "D1-01"
    assert known["register"].that(Deed.ENROLS) == ""
    assert list(procedures()) == ["appointment"]


def test_each_procedure_writes_its_numbers_in_its_own_way(own: Path) -> None:
    numbers = procedures((own,))["register"].numbers
    found = numbers.dossier.fullmatch("J012-JD2026")
    assert found is not None
    assert found.groupdict() == {"unit": "J012", "year": "2026"}
    assert numbers.told == "全宗号-JD年"
    assert numbers.record.fullmatch("J012-JD2026/D1-01/001")
    assert numbers.record.fullmatch("J012-JD2026-001/D1-01/001") is None
    assert numbers.person.fullmatch("J012-JD2026-001") is None


def test_a_step_belongs_to_one_procedure_only(own: Path) -> None:
    (own / "procedure.xml").write_text(REGISTER.replace('id="D1-01"', f'id="{procedure().that(Deed.OPENS)}"'), "utf-8")
    with pytest.raises(SettingsInvalid, match=r"步骤代码 S1-01（appointment） 已为其他业务所用"):
        procedures((own,))


def test_two_procedures_do_not_share_an_id(own: Path) -> None:
    (own / "procedure.xml").write_text(REGISTER.replace('id="register"', 'id="appointment"'), "utf-8")
    with pytest.raises(SettingsInvalid, match=r"业务代码 appointment 已为 .*appointment 所用"):
        procedures((own,))


@pytest.mark.parametrize("text", ["<procedure", "<procedure/>", REGISTER.replace('deeds="opens"', 'deeds="digs"')])
def test_a_procedure_that_cannot_be_read_is_refused_by_name(own: Path, text: str) -> None:
    (own / "procedure.xml").write_text(text, "utf-8")
    with pytest.raises(SettingsInvalid, match=r"procedure\.xml 读不出或写法不对，可用 jishi doctor 逐处查看"):
        procedures((own,))


def test_a_step_is_found_with_its_procedure_and_what_it_does() -> None:
    opening = procedure().that(Deed.OPENS)
    assert procedure_of(opening) is procedure()
    assert procedure_of("S9-99") is None
    assert does(opening, Deed.OPENS)
    assert not does(opening, Deed.ENROLS)
    assert not does("S9-99", Deed.OPENS)
    enrolling = beside(opening, Deed.ENROLS)
    assert enrolling is not None
    assert enrolling.id == procedure().that(Deed.ENROLS)
    assert said_at(enrolling.id, Says.POST).endswith("}targetPost")
    assert said_at(opening, Says.POST) == ""


def test_content_is_asked_for_where_standing_rests_on_it() -> None:
    asked = {step for step in procedure().all_types if asks_content(step)}
    assert asked == {"S1-08", "S2-01", "S2-02", "S2-03", "S2-04", "S2-05", "S3-05", "S5-04", "S6-04", "NA"}


def test_a_dossier_number_tells_its_parts() -> None:
    assert BatchId.parse("511000-2026-P003").parts == {"region": "511000", "year": "2026", "serial": "003"}


def test_the_shipped_procedure_has_no_fault() -> None:
    assert procedure_faults(procedure_folder()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('deeds="opens"', 'deeds="opens" colour="red"', "step的colour：没有这个属性"),
        ('scope="batch" archive', 'scope="bach" archive', "step的scope的值“bach”不对，可用的有：batch、person"),
        ('deeds="files"', 'deeds="fyles"', "step的deeds的值“fyles”不对"),
        ('<form title="动议启动呈批表"', '<from title="动议启动呈批表"', "此处应为form，现为from"),
        ('id="S1-02" name', 'id="S1-01" name', "step的“S1-01”重复"),
        ('<after step="S1-01"/>', '<after step="S9-01"/>', "after所指的“S9-01”不存在"),
        ('repeats="once">', 'repeats="once">一次', "step里不应直接写文字"),
        ('<dossier name="批次"', "<dossier", "dossier缺少属性name"),
        ('deeds="appoints"', 'deeds="appoints decides"', "S6-04的deeds“decides”不止一步有，只能有一步"),
        ('deeds="opens"', "", "没有一步的deeds写明opens：不知道哪件记录开始一个批次（档）"),
        ('<field is="waived" at="steps/value"/>', "", "NA的deeds有“waives”，却没有写明field“waived”在记录的哪里"),
        ('at="targetPost"', 'at="targetPosts"', "S1-08的记录里没有targetPosts这一项"),
        ('people="kin/entry/person"', 'people="kin/person"', "S1-08的记录里没有kin/person这一项"),
        ('is="first"', 'is="book"', "S5-01的field“book”写了两次"),
        ('<signer role="org_head"/>', '<signer role="org_hed"/>', "S1-01的责任角色org_hed不在types.xsd的Role之中"),
        ('when="r:content/r:acceptedOn"', 'when="r:content/["', "S6-08的signer的when“r:content/[”不是正确的XPath"),
        ('example="511000-2026-P003"', 'example="511000-26-P003"', "dossier的example“511000-26-P003”不合ids的式样"),
        ("P{serial}", "P{sorial}", "dossier的ids、people、places或part的pattern写法不对"),
        ('people="[0-9]{3,4}"', 'people="[A-Z]{3}"', "dossier的people应容得下001"),
        ('id="NB"', 'id="NC"', "types.xsd的TypeId不收“NC”；两处的式样须一致"),
        ('id="NB"', 'id="NC"', "有记录类型文件夹NB，procedure.xml里没有这一步"),
        ("<procedure ", "<proc ", "第5行的开始标签<proc>应以</proc>结束"),
    ],
)  # fmt: skip
def test_every_fault_of_a_procedure_is_told_in_chinese_with_its_line(
    copied: Path, old: str, new: str, said: str
) -> None:
    spoil(copied, old, new)
    found = [fault for fault in procedure_faults(copied) if said in fault.message]
    assert found, [fault.message for fault in procedure_faults(copied)]
    assert found[0].line > 0
    assert found[0].file.endswith("procedure.xml")
    for fault in procedure_faults(copied):
        assert re.search(r"[\u4e00-\u9fff]", fault.message)
        assert not re.search(r"[Ee]lement|facet|attribute|Expected", fault.message), fault.message


def test_a_record_type_that_is_missing_is_named(copied: Path) -> None:
    shutil.rmtree(copied / "NB")
    (fault,) = procedure_faults(copied)
    assert "NB没有记录类型：缺少" in fault.message


def test_a_fault_is_told_at_its_line(copied: Path) -> None:
    line = spoil(copied, '<signer role="org_head"/>', '<signer role="org_hed"/>')
    assert [fault.line for fault in procedure_faults(copied)] == [line]


def test_a_folder_without_a_procedure_is_told(tmp_path: Path) -> None:
    (fault,) = procedure_faults(tmp_path)
    assert fault.message == "文件不在或读不出"
