from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from lxml import etree

from archive.home import make_home
from jishi.records import R
from pipeline.clerk.forms_folder import read_form
from pipeline.clerk.lrmx import write_lrmx
from pipeline.clerk.workbook_columns import FIRST_ROW, KEY_ROW
from rehearsal.batch import build
from tests.command_line import answer
from tests.filled_home import BATCH, copy_home
from tests.lrmx_forms import form, newer, photo

PERSON = f"{BATCH}-001"


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    (tmp_path / "任免表").mkdir()
    (tmp_path / "任免表" / "马简循.lrmx").write_bytes(write_lrmx(form(photo())))
    return tmp_path / "任免表"


def put(path: Path, sheet: str, **cells: str) -> None:
    book = openpyxl.load_workbook(path)
    (found,) = (one for one in book if one.title.startswith(sheet))
    keys = [str(cell.value or "").rpartition("/")[2] for cell in found[KEY_ROW + 1]]
    for key, value in cells.items():
        found.cell(FIRST_ROW + 1, keys.index(key) + 1).value = value
    book.save(path)


def test_a_workbook_is_written_filled_and_turned_into_drafts(tmp_path: Path, forms: Path) -> None:
    book = tmp_path / "批次.xlsx"
    code, said, _ = answer(
        tmp_path, "blank", "--xlsx", "S3-03", "-o", str(book), "--batch", BATCH, "--lrmx", str(forms)
    )
    assert code == 0
    assert "人员已填1人" in said
    assert answer(tmp_path, "blank", "--xlsx", "S3-03", "-o", str(book))[0] == 9  # nothing is written over
    put(book, "人员", id="K-06")
    put(book, "S3-03", personId="马简循", occurredOn="2026.2.10")
    code, said, _ = answer(tmp_path, "fill", str(book), "-o", str(tmp_path / "草稿"))
    assert code == 3
    assert "工作表“S3-03" in said
    assert "没有填" in said
    assert not (tmp_path / "草稿").exists()


def test_a_sound_workbook_becomes_drafts_that_can_be_printed(tmp_path: Path) -> None:
    book = tmp_path / "批次.xlsx"
    answer(tmp_path, "blank", "--xlsx", "S2-04", "-o", str(book), "--batch", BATCH)
    put(book, "人员", name="赵亦汀", id="K-22")
    put(book, "责任人", role="记录人", people="赵亦汀")
    meeting = {
        "title": "岚江市林业和园林局副局长职位会议推荐记录", "occurredOn": "2026年1月30日", "place": "大会议室",
        "recorder": "赵亦汀", "post": "副局长", "heldOn": "2026.1.30", "chair": "赵亦汀", "validMeeting": "是",
        "expected": "43", "actual": "41", "issued": "41", "ballotForm": "空白推荐票样张", "agenda": "填写推荐票。",
    }  # fmt: skip
    put(book, "S2-04", **meeting)
    code, said, data = answer(tmp_path, "fill", str(book), "-o", str(tmp_path / "草稿"), "--json")
    assert code == 0, said
    assert json.loads(data) == [f"{BATCH}/S2-04/001"]
    (draft,) = (tmp_path / "草稿").iterdir()
    assert answer(tmp_path, "fill", str(book), "-o", str(tmp_path / "草稿"))[0] == 9
    assert answer(tmp_path, "render", str(draft), "-o", str(tmp_path / "待签.docx"))[0] == 0


def test_a_record_is_completed_from_the_papers_beside_it_and_may_then_be_dropped(tmp_path: Path) -> None:
    (sample, *_) = build(1, seed=1)
    folder = tmp_path / "草稿"
    folder.mkdir()
    root = etree.fromstring(sample.xml)
    for node in root.iterfind(f"{R}attachment"):
        for key in ("bytes", "sha256", "pages", "mediaType"):
            node.attrib.pop(key)
    root.find(f"{R}responsible").set("role", "组织部长")  # type: ignore[union-attr]
    (folder / "记录.xml").write_bytes(etree.tostring(root, encoding="UTF-8"))
    for paper in sample.attachments:
        (folder / paper.name).write_bytes(paper.data)
    before = (folder / "记录.xml").read_bytes()
    code, said, data = answer(tmp_path, "fill", str(folder / "记录.xml"), "-o", str(tmp_path / "待投"), "--json")
    assert code == 0, said
    assert len(json.loads(data)) == 4 * len(sample.attachments) + 1
    assert "要补正" not in said
    assert (folder / "记录.xml").read_bytes() == before
    home = make_home(tmp_path / "home")
    for path in (tmp_path / "待投").iterdir():
        shutil.copy(path, home.drop / path.name)
    assert answer(home.home, "intake")[0] == 0
    assert [path.name for path in (home.cases).rglob("record.xml")] == ["record.xml"]


def test_a_fault_is_json_for_programs(tmp_path: Path) -> None:
    book = tmp_path / "批次.xlsx"
    answer(tmp_path, "blank", "--xlsx", "S2-06", "-o", str(book))
    put(book, "S2-06", occurredOn="明天")
    code, _, data = answer(tmp_path, "fill", str(book), "-o", str(tmp_path / "草稿"), "--json")
    assert code == 3
    assert {one["code"] for one in json.loads(data)["findings"]} == {"X-CELL"}


def test_an_untouched_workbook_says_that_nothing_is_filled(tmp_path: Path) -> None:
    book = tmp_path / "批次.xlsx"
    answer(tmp_path, "blank", "--xlsx", "S2-06", "-o", str(book), "--batch", BATCH)
    code, said, _ = answer(tmp_path, "fill", str(book), "-o", str(tmp_path / "草稿"))
    assert code == 10
    assert "一件记录也没有填" in said


@pytest.mark.parametrize("words", [("S2-04", "S1-08"), (), ("S2-04", "-o", "甲.xml")])
def test_one_blank_record_at_a_time_goes_to_the_screen(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, said, _ = answer(tmp_path, "blank", *words)
    assert code == 2
    assert "--xlsx" in said


def test_a_roster_is_compared_and_each_difference_is_a_row(tmp_path: Path, forms: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("姓名", "民族", "性别"))
    book.active.append(("马简循", "汉族", "女"))
    book.save(tmp_path / "名册.xlsx")
    code, said, data = answer(tmp_path, "compare", str(tmp_path / "名册.xlsx"), str(forms), "--json")
    assert code == 1
    assert [(one["label"], one["in_roster"], one["in_form"]) for one in json.loads(data)] == [("民族", "汉族", "羌族")]
    assert "1处不一致，涉及1人" in said
    book.active["B2"] = "羌族"
    book.save(tmp_path / "名册.xlsx")
    code, said, _ = answer(tmp_path, "compare", str(tmp_path / "名册.xlsx"), str(forms))
    assert code == 0
    assert "逐项一致" in said


def test_an_admitted_roster_entry_is_exported_and_an_original_keeps_its_other_fields(
    admitted_home: Path, tmp_path: Path
) -> None:
    home = copy_home(admitted_home, tmp_path / "home").home
    code, said, _ = answer(home, "export", "--lrmx", PERSON, "-o", str(tmp_path / "出"))
    assert code == 0, said
    (path,) = (tmp_path / "出").iterdir()
    exported = read_form(path)
    assert exported.value("XianRenZhiWu")
    assert exported.relatives()
    original = newer(write_lrmx(exported.with_values({"JiangChengQingKuang": "无"})))
    (tmp_path / "原.lrmx").write_bytes(write_lrmx(original))
    words = ("export", "--lrmx", PERSON, "-o", str(tmp_path / "再"), "--original", str(tmp_path / "原.lrmx"))
    assert answer(home, *words)[0] == 0
    (path,) = (tmp_path / "再").iterdir()
    assert read_form(path) == original


def test_who_has_no_roster_entry_is_told(admitted_home: Path, tmp_path: Path) -> None:
    home = copy_home(admitted_home, tmp_path / "home").home
    for number, words in ((f"{BATCH}-999", "没有"), ("马简循", "不是纪实编号")):
        code, said, _ = answer(home, "export", "--lrmx", number, "-o", str(tmp_path / "出"))
        assert code == 10
        assert words in said
    assert not (tmp_path / "出").exists()


def test_a_record_without_sizes_and_digests_is_taken_and_shown_with_what_was_completed(tmp_path: Path) -> None:
    make_home(tmp_path / "库")
    one = next(iter(build(1, seed=1, batch=BATCH, scans=False)))
    root = etree.fromstring(one.xml)
    for paper in root.iterfind(f"{R}attachment"):
        for key in ("bytes", "sha256", "pages"):
            del paper.attrib[key]
    sent = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    (tmp_path / "投").mkdir()
    (tmp_path / "投" / "启动.xml").write_bytes(sent)
    for scan in one.attachments:
        (tmp_path / "投" / scan.name).write_bytes(scan.data)
    code, _, data = answer(tmp_path / "库", "intake", str(tmp_path / "投"))
    assert code == 0
    assert json.loads(data)["findings"][0]["code"] == "X-COMPLETED"
    code, _, data = answer(tmp_path / "库", "show", one.record_id)
    said = data.decode()
    assert code == 0
    assert "补全：系统补全了" in said
    assert "的字节数：补" in said
    assert "档号：（未立卷）" in said
    shown = json.loads(answer(tmp_path / "库", "show", one.record_id.lower(), "--json")[2])
    assert Path(shown["sent"]).read_bytes() == sent
    assert shown["signers"]
    assert answer(tmp_path / "库", "show", f"{BATCH}/S2-04/099")[0] == 10
