from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jishi.record_types import Field, record_type, type_ids
from jishi.records import Person
from pipeline.clerk.drafting import draft_all
from pipeline.clerk.forms_folder import FoundForms
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.workbook_columns import is_parted, sheet_fields
from pipeline.clerk.workbook_reading import FilledWorkbook, RoleRow
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_record import Entry, Written, WrittenRecord, WrittenValue
from pipeline.clerk.written_values import canonical, canonical_of, checked, shown

NOW = dt.datetime(2026, 2, 1, 9, 30, tzinfo=dt.UTC)
FIELDS = {one.kind: one for type_id in type_ids() for one in record_type(type_id).fields if not is_parted(one)}
ODD = st.one_of(
    st.sampled_from(
        ["", "²", "１", "本人", "甲", "甲（乙）", "（）", "、、", "2026年", "-1", "0", "1e9", "true", "组织部长"]
    ),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=9
    ),
)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("boolean", "是", "true"), ("boolean", " 否 ", "false"), ("boolean", "√", "true"), ("boolean", "无", "false"),
        ("Absence", "无", "true"), ("Absence", "有", "false"), ("Count", "４１人", "41"), ("Count", "1,200", "1200"),
        ("Count", "3.0", "3"), ("Percent", "96.23%", "96.23"), ("Percent", "20.00", "20.00"),
        ("Year", "2025年度", "2025"),
        ("Role", "组织部长", "org_head"), ("Role", "呈报单位(盖章)", "reporting_unit_seal"), ("Role", "chair", "chair"),
        ("FormKinds", "记录＋票", "记录 票"), ("FormKinds", "记录、票", "记录 票"),
        ("MediaType", "PDF", "application/pdf"),
        ("MediaType", "jpg", "image/jpeg"), ("PostLevel", "县处级 副职", "县处级副职"),
        ("SignKind", "手写签名扫描", "手写签名扫描"),
        ("Line", " 一行 ", "一行"), ("PersonNo", "５１１０００-2026-P003-007", "511000-2026-P003-007"),
    ],
)  # fmt: skip
def test_words_of_people_become_values_of_records(kind: str, text: str, value: str) -> None:
    assert canonical(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "remedy"),
    [("boolean", "大概", "写是或否"), ("Absence", "是", "写无或有"), ("Count", "约四十", "只写数字"),
     ("Role", "局长", "可用的值：党委（党组）、"),
     ("date", "2026年3月", "补上日"), ("Secrecy", "绝密", "可用的值：公开、内部、秘密、机密")],
)  # fmt: skip
def test_what_is_unclear_is_told_with_what_may_stand_there(kind: str, text: str, remedy: str) -> None:
    with pytest.raises(Unclear) as caught:
        canonical(kind, text)
    assert caught.value.remedy.startswith(remedy)


@given(st.sampled_from(sorted(FIELDS)), ODD)
def test_any_text_in_any_field_is_a_value_or_told(kind: str, text: str) -> None:
    one = FIELDS[kind]
    try:
        value = checked(kind, text, one.choices)
    except Unclear as error:
        assert error.message and error.remedy
    else:
        assert canonical_of(one, shown(one, value)) == value


@pytest.mark.parametrize("type_id", ["S1-08", "S2-04", "S5-01", "NA"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_stands_in_the_cells_drafting_ends_with_a_draft_or_findings(type_id: str, data: st.DataObject) -> None:
    person = Person("K-1", "511000-2026-P003-001", "甲", "", "")
    record = WrittenRecord(type_id, _entry(sheet_fields(type_id), data))
    signers = {("", "chair"): RoleRow((Written("甲", ""),), Entry({}))}
    book = FilledWorkbook("511000-2026-P003", KnownPeople([person]), (person,), {}, signers, (record,), ())
    drafted = draft_all(book, FoundForms((), ()), NOW)
    assert len(drafted.drafts) == (not drafted.findings)
    assert all(one.message and one.remedy for one in drafted.findings)


def _entry(fields: tuple[Field, ...], data: st.DataObject) -> Entry:
    values: dict[str, WrittenValue] = {}
    for one in fields:
        if one.kind == "list":
            values[one.key] = tuple(_entry(one.children, data) for _ in range(data.draw(st.integers(0, 1))))
        elif is_parted(one):
            values[one.key] = _entry(one.children, data)
        elif text := data.draw(ODD):
            values[one.key] = Written(text, one.label)
    return Entry(values)
