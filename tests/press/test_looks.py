"""The look of paper as data: every file of it is read whole, and what is wrong in one is told once, in Chinese."""

from __future__ import annotations

import shutil
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from jishi import data_files
from jishi.errors import SettingsInvalid
from jishi.settings import load
from press import looks
from press.looks import MARKS, TABLES, FormLook, MarksLook, Stamp, TableLook, colour, form_look, look_of, stamp_file
from press.typeset import templates_folder

STAMPS = sorted(path.stem for path in (templates_folder() / "volume" / "stamps").iterdir())
PLAIN = (templates_folder() / "volume" / "stamps" / "归档章.toml").read_text("utf-8")


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the templates' folder that looks are read from."""
    folder = tmp_path / "templates"
    shutil.copytree(templates_folder(), folder, ignore=shutil.ignore_patterns("*.docx", "*.typ", "__pycache__"))
    monkeypatch.setattr(data_files, "files", lambda _: folder)
    for read in (form_look, look_of):
        monkeypatch.setattr(looks, read.__name__, read.__wrapped__)
    return folder


def test_every_look_there_is_can_be_read() -> None:
    assert look_of(MarksLook, MARKS).number_size > look_of(MarksLook, MARKS).code_size
    assert look_of(TableLook, TABLES).label_room == 5
    for path in templates_folder().glob("*/form.toml"):
        assert form_look(path.parent.name) != FormLook(), path
    for name in STAMPS:
        assert colour(look_of(Stamp, stamp_file(name)).colour)


def test_a_form_that_says_nothing_stands_upright_like_most() -> None:
    assert form_look("S5-02") == form_look("standard") == FormLook()


def test_a_stamp_is_45_by_16_millimetres_as_both_standards_draw_it() -> None:
    for name in STAMPS:
        found = look_of(Stamp, stamp_file(name))
        assert (sum(found.columns), sum(found.rows)) == (45, 16)


def test_red_is_one_red() -> None:
    red = tomllib.loads((files("templates") / "shared" / "colours.toml").read_text("utf-8"))["red"]
    assert colour("red") == tuple(int(red[at : at + 2], 16) / 255 for at in (1, 3, 5))
    written = [path for path in templates_folder().rglob("*.typ") if red in path.read_text("utf-8")]
    assert written == []


def test_a_new_stamp_is_a_new_file(templates: Path) -> None:
    (templates / "volume" / "stamps" / "立卷章.toml").write_text(PLAIN.replace("top = 8", "top = 9"), "utf-8")
    home = templates.parent
    (home / "jishi.toml").write_text('[unit]\nfonds = "J012"\n[press]\nstamp = "立卷章"\n', "utf-8")
    assert looks.look_of(Stamp, stamp_file(load(home, {}).press.stamp)).top == 9
    (home / "jishi.toml").write_text('[unit]\nfonds = "J012"\n[press]\nstamp = "骑缝章"\n', "utf-8")
    with pytest.raises(SettingsInvalid, match="应留空，或为归档章、档号章、立卷章之一"):
        load(home, {})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("top = 8", ""), "缺少 top"),
        (("top = 8", 'top = "高"'), "top = '高' 应为数"),
        (("top = 8", "top = 14"), "章底应在纸边下28毫米之内"),
        (("rows = [8, 8]", "rows = [8]"), "cells 应为1行，每行3项"),
        (("columns = [15, 15, 15]", "columns = 45"), "columns = 45 应为方括号中的一列"),
        (("columns = [15, 15, 15]", "columns = [15, 15, -1]"), "应在0到300之间"),
        (("columns = [15, 15, 15]", "columns = [15, 15, 140]"), "章宽应在156毫米之内"),
        (('"件号"]', "7]"), "应为文字"),
        (("inset = 1", "inset = 8"), "inset 应小于每格宽度的一半"),
        (("size = 9", "size = 9\nsiez = 9"), "未知的项 siez"),
        (("size = 9", "size = = 9"), r"第\d+行不是正确的TOML"),
    ],
)
def test_what_is_wrong_in_a_stamp_is_told(change: tuple[str, str], fault: str, templates: Path) -> None:
    file = templates / "volume" / "stamps" / "归档章.toml"
    file.write_text(PLAIN.replace(*change, 1), "utf-8")
    with pytest.raises(SettingsInvalid, match=fault) as told:
        looks.look_of(Stamp, stamp_file("归档章"))
    assert str(file) in told.value.message


@pytest.mark.parametrize(
    ("file", "text", "read", "fault"),
    [
        ("check/form.toml", "lying = 1", lambda: looks.form_look("check"), "lying = 1 应为true或false"),
        ("check/form.toml", "inset = true", lambda: looks.form_look("check"), "inset = True 应为数"),
        (
            "volume/marks.toml",
            'face = "宋"',
            lambda: looks.look_of(MarksLook, MARKS),
            "缺少 number_size；缺少 number_top",
        ),
        (
            "volume/marks.toml",
            'face = "隶"',
            lambda: looks.look_of(MarksLook, MARKS),
            "face = '隶' 应为宋、黑、仿、楷、小标宋之一",
        ),
        ("shared/tables.toml", "beside = 0", lambda: looks.look_of(TableLook, TABLES), "beside = 0 应在1到100之间"),
        ("shared/colours.toml", 'red = "rot"', lambda: looks.colour("red"), "没有写明颜色 red"),
        ("shared/colours.toml", 'red = "#ff00"', lambda: looks.colour("red"), "没有写明颜色 red"),
        ("shared/colours.toml", "", lambda: looks.colour("red"), "没有写明颜色 red"),
    ],
)
def test_what_is_wrong_in_another_look_is_told(file: str, text: str, read: Any, fault: str, templates: Path) -> None:
    (templates / file).write_text(text, "utf-8")
    with pytest.raises(SettingsInvalid, match=fault) as told:
        read()
    assert str(templates / file) in told.value.message


def test_a_look_that_is_gone_or_no_text_is_told(templates: Path) -> None:
    with pytest.raises(SettingsInvalid, match="不在或读不出"):
        looks.look_of(Stamp, stamp_file("没有的章"))
    (templates / "check" / "form.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsInvalid, match="不是正确的TOML"):
        looks.form_look("check")


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=6,
)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*tomllib.loads(PLAIN), "?"]), VALUES))
def test_whatever_a_stamp_says_it_is_read_or_refused_in_words(changes: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looks, "_table", lambda _: tomllib.loads(PLAIN) | changes)
        try:
            assert isinstance(look_of.__wrapped__(Stamp, stamp_file("归档章")), Stamp)
        except SettingsInvalid as error:
            assert "处错误：" in error.message
