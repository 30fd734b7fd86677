from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jishi import safe_xml
from jishi.errors import RecordRejected
from jishi.findings import Severity
from pipeline.clerk.forms_folder import find_forms
from pipeline.clerk.lrm import read_lrm
from pipeline.clerk.lrmx import AppointmentForm, FormPart, read_lrmx, write_lrmx
from pipeline.clerk.lrmx_elements import lrmx_elements
from pipeline.clerk.photo import photo_findings
from tests.lrmx_forms import form, lrm_row, newer, photo

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=12
)
_NAMES = st.sampled_from([*(one.name for one in lrmx_elements()), "XinYuanSu", "Qita_1"])
_LEAVES = st.builds(
    FormPart,
    _NAMES,
    _TEXT,
    st.just(()),
    st.lists(st.tuples(st.sampled_from(["a", "b"]), _TEXT), max_size=1).map(tuple),
    _TEXT,
)
_PARTS = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        FormPart, _NAMES, _TEXT, st.lists(inner, min_size=1, max_size=4).map(tuple), st.just(()), _TEXT
    ),
    max_leaves=12,
)


@given(st.lists(_PARTS, max_size=6), _TEXT)
def test_whatever_a_form_holds_comes_back_in_place_and_order(parts: list[FormPart], text: str) -> None:
    name = FormPart("XingMing", "马简循")
    whole = AppointmentForm(FormPart("Person", text, (name, *parts)))
    assert read_lrmx(write_lrmx(whole)) == whole


def test_elements_nobody_told_us_of_and_remarks_are_kept() -> None:
    newest = newer(write_lrmx(form(photo())))
    again = read_lrmx(write_lrmx(newest))
    assert again == newest
    assert [one.name for one in again.unknown()] == ["XinYuanSu"]
    assert again.value("DaoLingNianYue") == "204108"
    assert b"<!-- \xe5\xa4\x87\xe6\xb3\xa8 -->" in write_lrmx(again)


def test_a_form_tells_its_fields_people_and_photo() -> None:
    read = read_lrmx(write_lrmx(form(photo())))
    assert (read.name, read.value("XingBie"), read.photo) == ("马　简循", "女", photo())
    assert [one.value("XingMing") for one in read.relatives()] == ["廖疏微", "邱映川"]


def test_what_was_changed_stands_where_editors_write_it() -> None:
    changed = newer(write_lrmx(form())).with_values({"MinZu": "汉族", "GaiGeQianRenZhiNianLingJieXian": "60"})
    names = [one.name for one in changed.root.children]
    assert changed.value("MinZu") == "汉族"
    assert (
        names.index("ChengBaoDanWei")
        < names.index("GaiGeQianRenZhiNianLingJieXian")
        < names.index("JiSuanNianLingShiJian")
    )
    assert [one.name for one in changed.unknown()] == ["XinYuanSu"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "X-EMPTY"),
        (b"<Person><XingMing>a</XingMing>", "X-SYNTAX"),
        (b'<!DOCTYPE Person [<!ENTITY a "b">]><Person><XingMing>&a;</XingMing></Person>', "X-DOCTYPE"),
        (b"<Person>" + b"<a>" * 70 + b"</a>" * 70 + b"</Person>", "X-DEPTH"),
        (b"<Person>" + b"<a/>" * 6000 + b"</Person>", "X-PARTS"),
        (b" " * (safe_xml.MAX_BYTES + 1) + b"<", "X-SIZE"),
        (b"<record/>", "X-LRMX"),
        (b"<Person><XingMing> </XingMing></Person>", "X-LRMX"),
    ],
)
def test_what_is_no_harmless_form_is_refused_with_one_finding(data: bytes, code: str) -> None:
    with pytest.raises(RecordRejected) as caught:
        read_lrmx(data, "甲.lrmx")
    (finding,) = caught.value.findings
    assert finding.code == code
    assert finding.file == "甲.lrmx"
    assert finding.remedy


def test_a_photo_that_is_no_base64_is_told() -> None:
    with pytest.raises(RecordRejected, match="base64"):
        _ = form(ZhaoPian="不是图像").photo


@pytest.mark.parametrize(
    ("picture", "severity", "words"),
    [
        (photo(), None, ""),
        (photo(kind="PNG"), None, ""),
        (photo(300, 300), Severity.INFO, "宽高比"),
        (photo(kind="GIF"), Severity.ERROR, "应是JPEG或PNG"),
        (photo()[:120], Severity.ERROR, "打不开"),
        (b"", Severity.WARNING, "没有照片"),
    ],
)
def test_a_photo_is_a_picture_of_four_by_five(picture: bytes, severity: Severity | None, words: str) -> None:
    found = list(photo_findings(picture, "甲.lrmx"))
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(words in one.message for one in found)


def test_a_form_of_version_two_is_read_with_its_people_and_the_photo_beside_it(tmp_path: Path) -> None:
    (tmp_path / "马简循.lrm").write_bytes(lrm_row())
    (tmp_path / "马简循.pic").write_bytes(photo())
    (found,) = find_forms([tmp_path]).forms
    read = found.form
    assert read.photo == photo()
    assert (read.value("QuanRiZhiJiaoYu_XueLi"), read.value("ZaiZhiJiaoYu_XueLi")) == ("大学", "研究生")
    assert read.value("ZaiZhiJiaoYu_XueLi_BiYeYuanXiaoXi") == "省委党校"
    assert read.value("JianLi").splitlines()[1].startswith("2007.07--")
    assert [(one.value("ChengWei"), one.value("ZhengZhiMianMao")) for one in read.relatives()] == [
        ("丈夫", "群众"),
        ("女儿", ""),
    ]
    assert read_lrmx(write_lrmx(read)) == read


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'"',
        b"\xff\xff\xff",
        '"甲","乙"'.encode("gb18030"),
        b"<Person/>",
        lrm_row()[:-6],
        ('"' + '","' * 400 + '"').encode(),
    ],
)
def test_what_is_no_form_of_version_two_is_refused(data: bytes) -> None:
    with pytest.raises(RecordRejected) as caught:
        read_lrm(data, name="甲.lrm")
    (finding,) = caught.value.findings
    assert finding.code == "X-LRM"
    assert ".lrmx" in finding.remedy


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_of_version_two_fail_otherwise(data: bytes) -> None:
    try:
        read_lrm(data)
    except RecordRejected as error:
        assert error.findings


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "好.lrmx").write_bytes(write_lrmx(form()))
    (tmp_path / "坏.lrmx").write_bytes(b"<Person>")
    (tmp_path / "说明.txt").write_bytes(b"x")
    found = find_forms([tmp_path])
    assert [one.path.name for one in found.forms] == ["好.lrmx"]
    assert [one.file for one in found.findings] == ["坏.lrmx"]
