from __future__ import annotations

from pathlib import Path

from lxml import etree

from jishi.record_types import record_type, type_ids
from jishi.records import Person, R, record_of
from pipeline.clerk.form_to_record import FormFill, fill_from, form_map
from pipeline.clerk.forms_folder import FoundForm
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.lrmx import AppointmentForm, read_lrmx, write_lrmx
from pipeline.clerk.lrmx_elements import elements_by_name, only_element
from pipeline.clerk.record_to_form import form_of_record
from pipeline.clerk.written_record import Written
from tests.lrmx_forms import form, newer, photo

(ROSTER,) = (type_id for type_id in type_ids() if form_map(type_id))
NOBODY = KnownPeople([])


def filled(given: AppointmentForm, known: KnownPeople = NOBODY) -> FormFill:
    return fill_from(FoundForm(given, Path("马简循.lrmx")), ROSTER, known)


def texts(fill: FormFill) -> dict[str, str]:
    return {key: one.text for key, one in fill.values.items() if isinstance(one, Written)}


def rows(fill: FormFill, key: str) -> list[dict[str, str]]:
    found = fill.values[key]
    assert isinstance(found, tuple)
    return [{name: one.text(name) for name in one.values} for one in found]


def test_the_map_names_only_fields_of_the_type_and_elements_of_the_form() -> None:
    fields = {one.key: one for one in record_type(ROSTER).fields}
    elements = set(elements_by_name())
    map_ = form_map(ROSTER)
    assert set(map_["values"]) | set(map_["joined"]) | set(map_["people"]) | set(map_["periods"]) <= set(fields)
    assert (
        set(map_["values"].values()) | {one for g in map_["joined"].values() for part in g for one in part} <= elements
    )
    for key, said in map_["people"].items():
        assert set(said) == {child.key for child in fields[key].children}
        assert set(said.values()) == {one.name for one in only_element("people").of}


def test_plain_fields_are_filled_the_day_of_birth_from_the_identity_number() -> None:
    said = texts(filled(form(photo())))
    assert (said["sex"], said["nation"], said["birth"]) == ("女", "羌族", "1981-08-16")
    assert (said["workStart"], said["partyJoin"]) == ("2003-07-01", "2004-12-01")
    assert (said["education"], said["degree"]) == ("大学，管理学学士", "管理学学士")
    assert said["curPost"] == "岚江市林业和园林局规划财务科科长"


def test_what_could_not_be_taken_over_as_it_stands_is_told() -> None:
    told = [one.message for one in filled(form(ShenFenZheng="511000198203162345")).findings]
    assert any("“民建”不是日期" in words for words in told)
    assert any("与身份证号中的1982-03-16不一致" in words for words in told)
    assert any("只写到月，按当月1日填" in words for words in told)
    assert any("没有照片" in words for words in told)


def test_the_resume_is_parted_into_periods_and_remarks_go_on_with_the_one_before() -> None:
    periods = rows(filled(form(photo())), "resume")
    assert periods[0] == {"from": "2003-07-01", "to": "2007-07-01", "content": "望川县麦浪镇人民政府工作员"}
    assert periods[1]["content"] == "月洼区委办公室科员（其间：2010.03--2010.06在市委党校学习）"
    assert periods[2] == {"from": "2019-08-01", "content": "岚江市林业和园林局规划财务科科长"}


def test_years_are_read_one_by_one_and_together() -> None:
    years = rows(filled(form(photo())), "lastReviews")
    assert years == [
        {"year": "2025", "result": "优秀"}, {"year": "2024", "result": "优秀"}, {"year": "2023", "result": "称职"}
    ]  # fmt: skip
    assert rows(filled(form(NianDuKaoHeJieGuo="2025年度基本称职。")), "lastReviews")[0]["result"] == "基本称职"
    told = filled(form(NianDuKaoHeJieGuo="2024年合格；2025年优秀")).findings
    assert any("看不出2024年的等次" in one.message for one in told)


def test_the_family_is_taken_over_and_who_is_of_the_batch_too_is_kin_and_told() -> None:
    leader = Person("K-0008", "", "邱映川", "中共岚江市委员会", "统战部部长")
    fill = filled(form(photo()), KnownPeople([leader]))
    assert [one["relation"] for one in rows(fill, "family")] == ["丈夫", "表兄"]
    assert rows(fill, "family")[1]["birth"] == "1979-02-11"
    assert rows(fill, "kin") == [{"person": "邱映川", "relation": "表兄"}]
    assert any("同名，已列入回避亲属" in one.message for one in fill.findings)
    assert rows(filled(form(photo())), "kin") == []


def test_a_photo_that_is_none_is_told_and_not_taken() -> None:
    fill = filled(form(photo(kind="GIF")))
    assert fill.picture == b""
    assert any(one.code == "F-PHOTO" for one in fill.findings)
    assert filled(form(photo())).picture == photo()


def test_a_record_written_as_a_form_fills_the_same_record_again() -> None:
    data = (record_type(ROSTER).folder / "examples" / "valid.xml").read_bytes()
    record = record_of(etree.fromstring(data), data)
    again = filled(read_lrmx(write_lrmx(form_of_record(record, photo()))))
    for key, text in texts(again).items():
        # The form has months only; of the day of birth it has none without an identity number.
        assert text[:7] == record.value(key)[:7] if key == "birth" else text == record.value(key)
    for key in ("resume", "family", "lastReviews"):
        entries = [{c.tag[len(R) :]: c.text for c in entry} for entry in record.entries(key)]
        assert rows(again, key) == entries


def test_an_original_keeps_what_the_record_does_not_gainsay() -> None:
    data = (record_type(ROSTER).folder / "examples" / "valid.xml").read_bytes()
    record = record_of(etree.fromstring(data), data)
    original = newer(write_lrmx(form_of_record(record, photo()).with_values({
        "RuDangShiJian": "200412；民建", "JiangChengQingKuang": "无", "MinZu": "汉族"})))  # fmt: skip
    exported = form_of_record(record, photo(), FoundForm(original, Path("马简循.lrmx")))
    assert exported.value("MinZu") == record.value("nation") == "羌族"
    assert exported.value("RuDangShiJian") == "200412；民建"
    assert exported.value("JiangChengQingKuang") == "无"
    assert exported.unknown() == original.unknown()
    assert [one.name for one in exported.root.children] == [one.name for one in original.root.children]


def test_open_periods_end_in_seven_blanks_and_two_more_part_them_from_the_words() -> None:
    data = (record_type(ROSTER).folder / "examples" / "valid.xml").read_bytes()
    lines = form_of_record(record_of(etree.fromstring(data), data)).value("JianLi").splitlines()
    assert lines[0].startswith("2003.07--2007.07  望川县")
    assert lines[-1].startswith("2019.08--" + " " * 9 + "岚江市")
