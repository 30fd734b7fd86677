from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from jishi.errors import RecordRejected
from pipeline.clerk import spreadsheets
from pipeline.clerk.forms_folder import find_forms
from pipeline.clerk.lrmx import write_lrmx
from pipeline.clerk.roster_table import differences, not_listed, read_roster, without_form
from pipeline.clerk.spreadsheets import read_workbook
from tests.lrmx_forms import form

HEAD = ("序号", "姓 名", "出生年月\n（岁）", "民族", "入党时间", "单位及职务", "备注")
SAME = (1, "马简循", dt.date(1981, 8, 16), "羌族", "2004.12；民建", "岚江市林业和园林局规划财务科科长", "")


def roster(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "任免表").mkdir()
    (tmp_path / "任免表" / "马简循.lrmx").write_bytes(write_lrmx(form()))
    return tmp_path


def test_columns_are_known_by_what_units_call_them_and_the_rest_is_told(folder: Path) -> None:
    table = read_roster(roster(folder / "名册.xlsx", ("干部名册",), (), HEAD, SAME))
    assert [one.name for one in table.rows] == ["马简循"]
    assert set(table.rows[0].values) == {"XingMing", "ChuShengNianYue", "MinZu", "RuDangShiJian", "XianRenZhiWu"}
    assert table.ignored == ("序号", "备注")


def test_days_names_and_blanks_written_otherwise_are_no_difference(folder: Path) -> None:
    table = read_roster(roster(folder / "名册.xlsx", HEAD, SAME))
    assert list(differences(table, find_forms([folder / "任免表"]))) == []


def test_each_difference_is_told_with_person_column_and_cell(folder: Path) -> None:
    changed = (1, "马　简循", "1981.09", "汉族", "200412；民建", "岚江市林业和园林局规划财务科科长", "")
    other = (2, "金舟", "1980.01", "汉族", "", "某局", "")
    table = read_roster(roster(folder / "名册.xlsx", HEAD, changed, other))
    forms = find_forms([folder / "任免表"])
    found = [(one.label, one.in_roster, one.in_form, one.place) for one in differences(table, forms)]
    assert found == [
        ("出生年月", "1981.09", "198108", "工作表“Sheet”C2"), ("民族", "汉族", "羌族", "工作表“Sheet”D2"),
    ]  # fmt: skip
    assert without_form(table, forms) == ["金舟"]
    assert not_listed(table, forms) == []


def refused(path: Path) -> str:
    with pytest.raises(RecordRejected) as caught:
        read_roster(path)
    (finding,) = caught.value.findings
    assert finding.code == "X-TABLE"
    assert finding.file == path.name
    assert finding.remedy
    return finding.message


def test_old_and_locked_workbooks_are_called_by_name(tmp_path: Path) -> None:
    (tmp_path / "名册.et").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert ".xls、WPS的.et" in refused(tmp_path / "名册.et")


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    for data in (b"", b"PK\x03\x04", b"a,b\n1,2\n"):
        (tmp_path / "名册.xlsx").write_bytes(data)
        assert "不是.xlsx工作簿，或已损坏" in refused(tmp_path / "名册.xlsx")
    with zipfile.ZipFile(tmp_path / "名册.xlsx", "w") as archive:
        archive.writestr("a.txt", "x")
    assert "不是完好的.xlsx工作簿" in refused(tmp_path / "名册.xlsx")
    assert "读不出：不存在" in refused(tmp_path / "没有.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unopened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "名册.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * (65 << 20))
    assert "展开后超过" in refused(tmp_path / "名册.xlsx")


def test_entities_and_endless_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = roster(tmp_path / "名册.xlsx", HEAD, *(SAME for _ in range(9)))
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 5)
    assert "超过5行" in refused(path)
    monkeypatch.undo()
    evil = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for one in source.infolist():
            data = source.read(one)
            if one.filename.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data
            target.writestr(one.filename, data)
    path.write_bytes(evil.getvalue())
    assert "DOCTYPE" in refused(path)


def test_a_sheet_without_names_is_told_which_headings_there_are(tmp_path: Path) -> None:
    assert "表头" in refused(roster(tmp_path / "名册.xlsx", ("甲", "乙"), (1, 2)))


def test_cells_are_read_as_people_write_them(tmp_path: Path) -> None:
    path = roster(tmp_path / "值.xlsx", (dt.datetime(2026, 3, 5), 20260305, 3.0, 0.9623, True, " 甲 ", None))
    book = openpyxl.load_workbook(path)
    book.active["D1"].number_format = "0.00%"
    book.save(path)
    (sheet,) = read_workbook(path)
    assert sheet.rows[0][:6] == ("2026-03-05", "20260305", "3", "96.23%", "是", "甲")
