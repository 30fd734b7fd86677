"""The faces at hand: what they draw, what does not come back from a printed text, what stands in."""

from __future__ import annotations

import io
import json
import random
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
import typst
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pylopdf_fonts_zh_cn import serif_path

from jishi.errors import PartMissing
from press.fonts import FontSet, font_set, usual_character
from press.forms import Form, Grid, Pair
from press.typeset import Typesetter

SUITE = Path(__file__).parents[1] / "suites" / "naughty-strings.json"
SPACES = " \t\n\r\u00a0\u2002\u2003\u3000"


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    return font_set(system=False)


def printed(fonts: FontSet, values: list[str]) -> str:
    """Return the text a second library reads from a form showing these values, without white space."""
    pairs = tuple(Pair(f"p{place}", "值", (value,), True) for place, value in enumerate(values))
    day = Pair("occurredOn", "发生日期", ("2026年3月18日",), False)
    papers = Grid("attachment", "凭证附件", ("name",), ("附件名称",), ())
    form = Form("standard", "表", "题名", "r", "", "", (day,), pairs, (), (), papers)
    pdf = Typesetter(fonts).typeset_form(form)
    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return flat("".join(re.sub(r"—\s*\d+\s*—", "", text) for text in pages))


def flat(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def test_rare_characters_of_names_are_drawn(fonts: FontSet) -> None:
    assert fonts.unprintable("李㛃、王䶮、周𬭎、〇、〔2026〕、阿依古丽·买买提，“引号”——……①％℃") == ()


def test_unprintable_characters_are_named_once_in_order_of_appearance(fonts: FontSet) -> None:
    assert fonts.unprintable("甲\ue000乙😀丙\ue000") == ("\ue000", "😀")


@pytest.mark.parametrize(
    "character",
    ["\x07", "\ufffe", "\u200b", "\u202e", "\ufeff", "\u00ad", "\ue000", "😀", "\u0301", "\u2f00", "\uf98e", "\u2015"],
    ids=lambda char: f"U+{ord(char):04X}",
)
def test_characters_that_do_not_survive_printing_are_named(fonts: FontSet, character: str) -> None:
    assert fonts.unprintable(f"前{character}后") == (character,)


def test_look_alikes_are_named_and_the_usual_character_is_not(fonts: FontSet) -> None:
    assert fonts.unprintable("⼀人一表") == ("⼀",)
    assert usual_character("⼀") == "一"
    assert usual_character("甲") == ""


def test_white_space_is_always_printable(fonts: FontSet) -> None:
    assert fonts.unprintable(SPACES) == ()


def test_everything_called_printable_comes_back_from_the_pdf(fonts: FontSet) -> None:
    letters = sorted(fonts.printable - set(SPACES))
    random.Random(7).shuffle(letters)
    values = ["".join(letters[place : place + 60]) for place in range(0, 9000, 60)]
    text = printed(fonts, values)
    assert [value for value in values if value not in text] == []


def test_symbols_beside_each_other_come_back_too(fonts: FontSet) -> None:
    symbols = sorted(char for char in fonts.printable if unicodedata.category(char)[0] in "PSNZ" and char not in SPACES)
    choose = random.Random(3)
    values = ["".join(choose.choices(symbols, k=40)) for _ in range(120)]
    text = printed(fonts, values)
    assert [value for value in values if value not in text] == []


def test_every_naughty_string_survives_or_is_named(fonts: FontSet) -> None:
    strings = [text for text in json.loads(SUITE.read_text("utf-8")) if text.strip()]
    kept = [text for text in strings if not fonts.unprintable(text)]
    text = printed(fonts, kept)
    assert len(kept) > 250
    assert [value for value in kept if flat(value) not in text] == []


def test_without_other_faces_song_stands_in_and_says_so(fonts: FontSet) -> None:
    assert fonts.stand_ins == {"仿": "Noto Serif SC", "楷": "Noto Serif SC", "小标宋": "Noto Serif SC"}
    assert fonts.report()[0] == "宋：Noto Serif SC"
    assert fonts.report()[2] == "仿：Noto Serif SC（替代字体）"


def test_a_face_in_the_units_folder_takes_its_role(tmp_path: Path) -> None:
    data = serif_path().read_bytes().replace("Noto Serif SC".encode("utf-16-be"), "FangSong Test".encode("utf-16-be"))
    (tmp_path / "fang.otf").write_bytes(data)
    found = font_set(str(tmp_path), system=False)
    assert found.chains["仿"][0] == "FangSong Test"
    assert "仿" not in found.stand_ins and "楷" in found.stand_ins
    assert printed(found, ["李㛃"]).endswith("李㛃")


def test_an_empty_or_absent_font_folder_is_reported(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "no"):
        with pytest.raises(PartMissing, match="字体目录"):
            font_set(str(folder), system=False)


def test_what_is_printable_is_read_from_the_faces_themselves(fonts: FontSet) -> None:
    assert len(fonts.printable) > 30000
    assert "㛃" in fonts.printable and "\ue000" not in fonts.printable


def test_a_face_with_an_old_mapping_table_is_read_too(fonts: FontSet, tmp_path: Path) -> None:
    """Format 4 knows the first plane only; 仿宋_GB2312 has no other."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "lisu"])
    builder.setupCharacterMap({0xA4D0: "lisu"})
    assert {table.format for table in builder.font["cmap"].tables} == {4}
    builder.setupGlyf({name: TTGlyphPen(None).glyph() for name in (".notdef", "lisu")})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "lisu": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "FangSong Test", "styleName": "Regular", "psName": "FangSong"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "old.ttf")
    found = font_set(str(tmp_path), system=False)
    assert found.chains["仿"][0] == "FangSong Test"
    assert found.printable - fonts.printable == {"\ua4d0"}


@pytest.mark.parametrize("damage", [b"maxp", b"cmap"])
def test_a_damaged_face_of_the_unit_is_named(
    damage: bytes, fonts: FontSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Noto Serif SC".encode("utf-16-be"), "FangSong Test".encode("utf-16-be")
    (tmp_path / "fang.otf").write_bytes(serif_path().read_bytes().replace(*name))
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[
        str(serif_path().parent), str(tmp_path)])  # fmt: skip
    monkeypatch.setattr(typst, "Fonts", lambda **_: found)
    (tmp_path / "fang.otf").write_bytes((tmp_path / "fang.otf").read_bytes().replace(damage, b"none", 1))
    with pytest.raises(PartMissing, match=r"fang\.otf 读不出或不完整"):
        font_set(str(tmp_path), system=False)


def test_a_figure_advances_about_half_an_em(fonts: FontSet) -> None:
    letters = fonts.letters["宋"]
    assert all(0.4 < letters.least[point] < letters.most[point] < 0.6 for point in b"0123456789")


def test_a_face_without_measures_is_named(fonts: FontSet, tmp_path: Path) -> None:
    bare = tmp_path / "bare.otf"
    bare.write_bytes(serif_path().read_bytes().replace(b"hmtx", b"none", 1))
    lacking = replace(fonts, faces=tuple(replace(face, path=bare) for face in fonts.faces))
    with pytest.raises(PartMissing, match=r"bare\.otf"):
        _ = lacking.letters


@pytest.mark.parametrize("role", ["仿", "黑"])
def test_no_code_is_set_wider_or_narrower_than_reckoned(fonts: FontSet, role: str) -> None:
    chance = random.Random(role)
    codes = ["".join(chance.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ-/.:%", k=24)) for _ in range(300)]
    page = b"""#set text(font: json(bytes(sys.inputs.at("faces"))), size: 100pt, fallback: false)
#context [#metadata(json(bytes(sys.inputs.at("codes"))).map(code => measure(code).width.pt()))<widths>]"""
    inputs = {"faces": json.dumps(fonts.chains[role]), "codes": json.dumps(codes)}
    compiler = typst.Compiler(page, font_paths=fonts.typst_fonts, ignore_system_fonts=True, sys_inputs=inputs)
    widths = json.loads(compiler.query("<widths>", field="value", one=True))
    letters = fonts.letters[role]
    for code, width in zip(codes, widths, strict=True):
        least, most = (sum(map(bounds.__getitem__, code.encode())) for bounds in (letters.least, letters.most))
        assert least <= width / 100 <= most, code
