from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree

from jishi.errors import RecordRejected
from jishi.findings import errors_among
from jishi.procedure import procedure
from jishi.record_types import record_type
from jishi.records import Person, R
from pipeline.clerk.draft_defaults import form_kinds
from pipeline.clerk.drafting import Drafted, draft_all
from pipeline.clerk.form_to_record import form_map
from pipeline.clerk.forms_folder import find_forms
from pipeline.clerk.lrmx import write_lrmx
from pipeline.clerk.workbook import blank_workbook, sheet_name
from pipeline.clerk.workbook_columns import FIRST_ROW, KEY_ROW, LABEL_ROW, columns_of
from pipeline.clerk.workbook_reading import read_filled
from pipeline.intake.validate import record_faults
from tests.lrmx_forms import form, photo

BATCH = "511000-2026-P003"
NOW = dt.datetime(2026, 2, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
PEOPLE = (
    Person("K-06", f"{BATCH}-006", "马简循", "岚江市林业和园林局", "规划财务科科长"),
    Person("K-22", "", "赵亦汀", "中共岚江市委组织部", "副部长"),
    Person("K-28", "", "黎砚章", "中共岚江市委组织部", "干部一科三级主任科员"),
    Person("K-30", "", "郑怀川", "中共岚江市委组织部", "干部监督科副科长"),
    Person("K-26", "", "史承笙", "中共岚江市委组织部", "干部监督科科长"),
    Person("K-31", "", "史承笙", "岚江市水务局", "局长"),
)
MEETING = {
    "title": "岚江市林业和园林局副局长职位会议推荐记录", "occurredOn": "2026年1月30日", "place": "大会议室",
    "content/post": "岚江市林业和园林局副局长", "content/heldOn": "2026.1.30", "content/chair": "赵亦汀",
    "content/expected": "43", "content/actual": "41人", "content/issued": "４１",
    "content/ballotForm": "空白推荐票样张",
    "content/agenda": "说明条件，填写推荐票。", "content/validMeeting": "是", "people": "马简循",
}  # fmt: skip
ROSTER = {
    "personId": "马简循", "occurredOn": "20260121", "place": "干部监督科", "content/changeKind": "提拔",
    "content/identity": "公务员", "content/curOrg": "岚江市林业和园林局", "content/curLevel": "乡科级正职",
    "content/curPostSince": "2019.8.1", "content/sameLevelSince": "2017-8-1",
    "content/targetOrg": "岚江市林业和园林局", "content/targetLevel": "县处级副职", "content/targetHead": "否",
    "content/keyPost": "否", "content/leadersInCharge": "赵亦汀、黎砚章", "content/electedPost": "否",
    "content/lowerLevelPosts": "4", "content/grassrootsYears": "9", "content/inProbation": "否",
    "content/previousException": "否", "content/levelJump": "0", "content/trainingMet": "是", "content/reserve": "是",
    "content/qualify": "符合", "content/reply": "不需报告", "attachment/kind": "任免审批表草稿",
}  # fmt: skip
SIGNERS = {"主持人": "赵亦汀", "记录人": "黎砚章", "审核人": "郑怀川", "干部监督科负责人": "史承笙（K-26）"}


class Filled:
    """A workbook being filled as people do."""

    def __init__(self, *types: str) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(blank_workbook(types, PEOPLE, BATCH)))
        self.put("批次", {"recorder": "黎砚章", "secrecy": "内部", "knowers": "组织部长、经办（纪实）人员"})
        for place, (role, names) in enumerate(SIGNERS.items()):
            self.put("责任人", {"step": "", "role": role, "people": names}, place)

    def put(self, sheet: str, cells: Mapping[str, object], row: int = 0) -> None:
        keys = [str(cell.value or "").partition("/")[2] for cell in self._sheet(sheet)[KEY_ROW + 1]]
        for key, value in cells.items():
            self._sheet(sheet).cell(FIRST_ROW + 1 + row, keys.index(key) + 1).value = value

    def drafted(self, folder: Path) -> Drafted:
        path = folder / "批次.xlsx"
        self.book.save(path)
        return draft_all(read_filled(path), find_forms([folder]), NOW)

    def _sheet(self, name: str) -> Any:
        step = procedure().all_types.get(name)
        return self.book[sheet_name(step) if step else name]


def roots(drafted: Drafted) -> list[etree._Element]:
    assert [str(one) for one in errors_among(drafted.findings)] == []
    return [etree.fromstring(one.xml) for one in drafted.drafts]


def value(root: etree._Element, path: str) -> str:
    return root.findtext("/".join(f"{R}{part}" for part in path.split("/")), "")


def test_a_blank_workbook_has_a_column_for_every_field_with_its_label_and_is_the_same_each_time() -> None:
    types = ("S1-08", "S2-04", "S5-01")
    data = blank_workbook(types)
    assert data == blank_workbook(types)
    book = openpyxl.load_workbook(io.BytesIO(data))
    for type_id in types:
        sheet = book[sheet_name(procedure().all_types[type_id])]
        labels = [cell.value for cell in sheet[LABEL_ROW + 1]]
        assert labels == [one.field.label for one in columns_of(type_id)]
        assert {field.label for field in record_type(type_id).fields if not field.children} <= set(labels)
        assert sheet.row_dimensions[KEY_ROW + 1].hidden


def test_enumerations_roles_and_people_are_chosen_from_lists() -> None:
    book = openpyxl.load_workbook(io.BytesIO(blank_workbook(("S1-08",))))
    sheet = book[sheet_name(procedure().all_types["S1-08"])]
    keys = {cell.value: cell.column_letter for cell in sheet[KEY_ROW + 1]}
    lists = {
        str(one.sqref).split(":")[0].rstrip("0123456789"): one.formula1 for one in sheet.data_validations.dataValidation
    }
    kinds, people = lists[keys["S1-08/content/changeKind"]], lists[keys["S1-08/recorder"]]
    column = kinds.split("$")[1]
    assert [cell.value for cell in book["可选值"][column] if cell.value] == list(procedure().changes.values())
    assert people.startswith("'人员'!$A")
    assert keys["S1-08/title"] not in lists


@pytest.mark.parametrize("type_id", procedure().all_types)
def test_every_record_type_has_a_sheet_and_its_way_of_recording_is_known(type_id: str) -> None:
    assert all(one.field.label for one in columns_of(type_id))
    assert form_kinds(procedure().all_types[type_id])


def test_names_chinese_values_and_days_become_what_a_record_holds(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("S2-04", MEETING)
    (root,) = roots(filled.drafted(tmp_path))
    assert root.get("recordId") == f"{BATCH}/S2-04/001"
    assert (value(root, "occurredOn"), value(root, "content/heldOn")) == ("2026-01-30", "2026-01-30")
    assert (value(root, "content/actual"), value(root, "content/validMeeting")) == ("41", "true")
    assert root.find(f"{R}content/{R}chair").get("ref") == "K-22"  # type: ignore[union-attr]
    assert value(root, "formKind") == "记录 票"
    assert value(root, "recordedOn") == "2026-02-01T09:30:00+08:00"
    names = {node.get("name") for node in root.iterfind(f"{R}people/{R}person")}
    assert names == {"黎砚章", "马简循", "赵亦汀"}
    assert [(node.get("role"), node.get("ref")) for node in root.iterfind(f"{R}responsible")] == [
        ("chair", "K-22"), ("recorder", "K-28"),
    ]  # fmt: skip
    assert [node.get("kind") for node in root.iterfind(f"{R}attachment")] == list(procedure().steps["S2-04"].evidence)


def test_a_draft_lacks_nothing_but_what_its_files_and_signing_bring(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("S2-04", MEETING)
    (draft,) = filled.drafted(tmp_path).drafts
    root = etree.fromstring(draft.xml)
    for node in root.iterfind(f"{R}attachment"):
        node.attrib.update({"mediaType": "application/pdf", "bytes": "1", "sha256": "0" * 64, "pages": "1"})
    assert record_faults(root) == ()
    assert draft.file == f"{BATCH}_S2-04_001.xml"


def test_an_appointment_form_fills_what_the_workbook_leaves_empty_and_brings_the_photo(tmp_path: Path) -> None:
    (tmp_path / "马简循.lrmx").write_bytes(write_lrmx(form(photo())))
    filled = Filled("S1-08")
    filled.put("S1-08", ROSTER)
    (draft,) = filled.drafted(tmp_path).drafts
    root = etree.fromstring(draft.xml)
    assert root.get("recordId") == f"{BATCH}-006/S1-08/001"
    assert value(root, "title") == "马简循同志干部资格审查表（含选拔任用有关事项报告表）"
    assert (value(root, "content/sex"), value(root, "content/birth")) == ("女", "1981-08-16")
    assert len(root.findall(f"{R}content/{R}resume/{R}entry")) == 3
    paper = root.find(f"{R}content/{R}photo").get("att")  # type: ignore[union-attr]
    assert [node.get("file") for node in root.iterfind(f"{R}attachment") if node.get("id") == paper] == [
        draft.pictures[0][0]
    ]
    assert draft.pictures[0][1] == photo()


def test_where_workbook_and_form_differ_that_is_told_and_the_workbook_holds(tmp_path: Path) -> None:
    (tmp_path / "马简循.lrmx").write_bytes(write_lrmx(form(photo())))
    filled = Filled("S1-08")
    filled.put("S1-08", ROSTER | {"content/nation": "汉族", "content/sex": "女"})
    drafted = filled.drafted(tmp_path)
    (difference,) = (one for one in drafted.findings if one.code == "D-LRMX")
    assert "民族：工作簿写“汉族”" in difference.message
    assert "“羌族”" in difference.message
    assert "工作表“S1-08" in difference.place
    assert value(roots(drafted)[0], "content/nation") == "汉族"


def test_every_fault_is_told_at_once_with_sheet_cell_label_and_what_to_write(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("S2-04", MEETING | {
        "occurredOn": "2026年2月30日", "content/chair": "无此人", "content/actual": "约四十",
        "content/validMeeting": "大概", "content/post": None, "content/ballotForm": "没有的附件",
        "title": "太短"})  # fmt: skip
    drafted = filled.drafted(tmp_path)
    told = {one.message.split("：")[0]: one for one in drafted.findings}
    assert len(told) == len(drafted.findings)
    assert set(told) == {
        "发生日期", "主持人", "实到人数", "会议是否有效", "职务没有填", "票样", "题名",
    }  # fmt: skip
    for one in drafted.findings:
        assert one.code == "X-CELL"
        assert one.place.startswith("工作表“S2-04 会议推荐”")
        assert one.remedy
    assert told["会议是否有效"].remedy == "写是或否"
    assert drafted.drafts == ()


def test_two_people_of_one_name_are_told_apart_by_unit_or_number(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("S2-04", MEETING | {"content/chair": "史承笙"})
    (fault, *_) = filled.drafted(tmp_path).findings
    assert "史承笙（K-26，中共岚江市委组织部）" in fault.message
    filled.put("S2-04", {"content/chair": "史承笙（岚江市水务局）"})
    (root,) = roots(filled.drafted(tmp_path))
    assert root.find(f"{R}content/{R}chair").get("ref") == "K-31"  # type: ignore[union-attr]


def test_rows_below_a_record_go_on_with_its_lists(tmp_path: Path) -> None:
    filled = Filled("S1-08")
    family = ("丈夫", "廖疏微"), ("女儿", "吴松棣"), ("父亲", "马言乔")
    for place, (relation, name) in enumerate(family):
        more = {"content/family/relation": relation, "content/family/name": name, "content/family/work": "退休"}
        filled.put("S1-08", (ROSTER | {"content/nation": "汉族"} if not place else {}) | more, place)
    (tmp_path / "马简循.lrmx").write_bytes(write_lrmx(form(photo())))
    (root,) = roots(filled.drafted(tmp_path))
    names = [node.text for node in root.iterfind(f"{R}content/{R}family/{R}entry/{R}name")]
    assert names == [name for _, name in family]


def test_counts_follow_one_another_and_one_taken_twice_is_told(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    for place in range(3):
        filled.put("S2-04", MEETING, place)
    assert [one.record_id[-3:] for one in filled.drafted(tmp_path).drafts] == ["001", "002", "003"]
    filled.put("S2-04", {"occurrence": 1}, 2)
    (fault,) = filled.drafted(tmp_path).findings
    assert "次序" in fault.message
    assert "已有第1次" in fault.message


def test_one_row_without_a_role_tells_how_all_signed(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    signed = {
        "responsible/signedOn": "2026.1.30",
        "responsible/signKind": "手写签名扫描",
        "responsible/signRef": "会议记录",
    }
    filled.put("S2-04", MEETING | signed)
    (root,) = roots(filled.drafted(tmp_path))
    number = next(node.get("id") for node in root.iterfind(f"{R}attachment") if node.get("kind") == "会议记录")
    for node in root.iterfind(f"{R}responsible"):
        assert (node.get("signedOn"), node.get("signKind"), node.get("signRef")) == (
            "2026-01-30",
            "手写签名扫描",
            number,
        )


def test_how_and_on_what_is_signed_is_said_once_and_counts_with_the_day_only(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("责任人", {"signKind": "手写签名扫描"}, 8)
    filled.put("责任人", {"step": "S2-04", "signRef": "会议记录"}, 9)
    filled.put("责任人", {"step": "S2-04", "role": "记录人", "signKind": "电子签名"}, 10)
    filled.put("S2-04", MEETING)
    filled.put("S2-04", MEETING | {"responsible/signedOn": "2026.1.30"}, 1)
    unsigned, signed = roots(filled.drafted(tmp_path))
    assert all(set(node.keys()) == {"role", "ref"} for node in unsigned.iterfind(f"{R}responsible"))
    assert [node.get("signKind") for node in signed.iterfind(f"{R}responsible")] == ["手写签名扫描", "电子签名"]
    kinds = {node.get("id"): node.get("kind") for node in signed.iterfind(f"{R}attachment")}
    assert {kinds[node.get("signRef")] for node in signed.iterfind(f"{R}responsible")} == {"会议记录"}


def test_a_role_nobody_is_named_for_is_told(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("责任人", {"role": "记录人", "people": None}, 1)
    filled.put("S2-04", MEETING)
    (fault,) = filled.drafted(tmp_path).findings
    assert "记录人没有指定是谁" in fault.message
    assert "“责任人”表" in fault.remedy


def test_people_without_number_doubled_numbers_and_a_wrong_batch_are_told(tmp_path: Path) -> None:
    filled = Filled("S2-04")
    filled.put("人员", {"name": "甲"}, 6)
    filled.put("人员", {"name": "乙", "id": "K-22"}, 7)
    filled.put("批次", {"batch": "2026第3批"})
    told = [(one.message, one.place) for one in filled.drafted(tmp_path).findings]
    assert ("人员编号没有填", "工作表“人员”B11") in told
    assert ("人员编号：K-22已是赵亦汀的编号", "工作表“人员”B12") in told
    assert any("不是批次编号" in words for words, _ in told)


def test_a_workbook_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "别的.xlsx")
    with pytest.raises(RecordRejected, match="不是本系统的工作簿"):
        read_filled(tmp_path / "别的.xlsx")


def test_a_step_that_takes_from_forms_is_data() -> None:
    assert [step for step in procedure().all_types if form_map(step)] == ["S1-08"]
