"""Marks on finished pages: every letter is drawn, embedded and found again, and everything fits its place."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from archive.pdf.pdfa import pdfa_faults
from archive.volume import marks
from archive.volume.bind import bind
from archive.volume.glyphs import alphabet_of
from archive.volume.scans import Scan
from archive.volume.volume_values import VolumeSheet
from jishi.errors import PartMissing, SettingsInvalid
from press.fonts import font_set
from press.looks import MarksLook, Stamp, look_of, stamp_file
from press.paper import MM
from press.typeset import Typesetter
from tests import bound_sheet


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(font_set(system=False))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    path = tmp_path_factory.mktemp("paper") / "paper.png"
    Image.new("L", (60, 80), 255).save(path)
    return bound_sheet.scan_of(path, "image/png", 1)


def sheet_with(paper: Scan, title: str) -> VolumeSheet:
    """Return a volume of one item with one paper of this title."""
    sample = next(sample for sample in bound_sheet.samples() if sample.step_id == "S1-07")
    return bound_sheet.sheet([bound_sheet.item(1, sample, [replace(paper, title=title)])])


def strip_of(volume: Path) -> str:
    """Return what the scanned page says above its paper."""
    document = pdfium.PdfDocument(volume)
    page = document[len(document) - 2]
    top = page.get_height()
    return str(page.get_textpage().get_text_bounded(top=top, bottom=top - 24 * MM))


def same(text: str) -> str:
    """Return a text as search compares it: composed, look-alikes as one, without white space and what is never seen."""
    kept = (one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in ("Cc", "Cf"))
    return "".join("".join(kept).split())


@pytest.mark.parametrize(
    "title",
    [
        "签名件 fi—ffi·AV/To",
        "王䶮㛃𬭎的鉴定",
        "cafe\u0301 và e\u0302\u0301",
        "⼈与人",
        "\u200b签\u00ad名\u2060件\ufeff",
        "（一）〔2026〕1号①Ⅳ％“件”",
        "a  b\u3000c\u00a0d\te",
    ],
)
def test_whatever_a_paper_is_called_stands_on_its_page(
    title: str, paper: Scan, tmp_path: Path, typesetter: Typesetter
) -> None:
    volume = bind(sheet_with(paper, title), typesetter.typeset_volume, tmp_path / "v.pdf").pdf
    assert same(f"附件：{title}　第1页/共1页") in same(strip_of(volume))
    assert pdfa_faults(volume) == ()


LETTERS = (*"签名件材料一丁七㐀王 \u3000\tWAfij0189.-/·—（）、：%", "e\u0301", "o\u0302", "fi", "⼈")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(letters=st.lists(st.sampled_from(LETTERS), max_size=15))
def test_any_title_stands_on_its_page(letters: list[str], paper: Scan, tmp_path: Path, typesetter: Typesetter) -> None:
    title = "".join(letters)[:18]
    volume = bind(sheet_with(paper, title), typesetter.typeset_volume, tmp_path / "v.pdf").pdf
    assert same(f"附件：{title}　第1页/共1页") in same(strip_of(volume))


def test_thousands_of_different_letters_are_all_drawn(paper: Scan, tmp_path: Path, typesetter: Typesetter) -> None:
    """A batch of two thousand people has that many in the names of its papers."""
    sheet = sheet_with(paper, "签名件")
    item, text = sheet.items[0], "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    papers = tuple(replace(paper, title=text[at : at + 15]) for at in range(0, 3000, 15))
    volume = bind(replace(sheet, items=(replace(item, scans=papers),)), typesetter.typeset_volume, tmp_path / "v.pdf")
    document = pdfium.PdfDocument(volume.pdf)
    seen = "".join(document[at].get_textpage().get_text_range() for at in range(len(document)))
    assert all(title in seen for title in (one.title for one in papers))


def test_a_character_no_face_draws_is_named(paper: Scan, tmp_path: Path, typesetter: Typesetter) -> None:
    with pytest.raises(PartMissing, match="😀"):
        bind(sheet_with(paper, "签名件😀"), typesetter.typeset_volume, tmp_path / "v.pdf")


def test_letters_stay_with_what_combines_with_them_and_white_space_is_none() -> None:
    alphabet = alphabet_of(["ab 一\u3000e\u0301\u200b", "—一a"])
    assert alphabet.plain == "ab一"
    assert alphabet.others == ("e\u0301", "—")


@pytest.mark.parametrize("kind", ["归档章", "档号章"])
def test_what_fills_the_stamp_in_stays_within_its_cells(
    kind: str, paper: Scan, tmp_path: Path, typesetter: Typesetter
) -> None:
    sheet = replace(sheet_with(paper, "签名件"), stamp=kind, fonds="全宗编号很长的号", matter="干部选拔任用工作纪实")
    page = pdfium.PdfDocument(bind(sheet, typesetter.typeset_volume, tmp_path / "v.pdf").pdf)[2]
    left, top = page.get_width() / 2 - 22.5 * MM, page.get_height() - 8 * MM
    words = page.get_textpage()
    boxes = [words.get_charbox(at) for at in range(words.count_chars()) if words.get_text_range(at, 1).strip()]
    stamped = [box for box in boxes if box[3] > top - 16 * MM and left - 5 < box[0] < left + 45 * MM]
    assert len(stamped) > 15
    for box_left, bottom, right, upper in stamped:
        column = (box_left - left) // (15 * MM)
        assert left + column * 15 * MM + 0.5 < box_left < right < left + (column + 1) * 15 * MM - 0.5
        row = (top - upper) // (8 * MM)
        assert top - (row + 1) * 8 * MM < bottom < upper < top - row * 8 * MM


def drawn_as(look: Stamp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every stamp look so."""
    monkeypatch.setattr(marks, "look_of", lambda kind, name: look if kind is Stamp else look_of(MarksLook, name))


def test_a_stamp_of_another_shape_is_drawn_as_its_file_says(
    paper: Scan, tmp_path: Path, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_row = replace(
        look_of(Stamp, stamp_file("归档章")), columns=(20.0, 10.0), rows=(10.0,), cells=(("案卷号", "页数"),)
    )
    drawn_as(one_row, monkeypatch)
    sheet = sheet_with(paper, "签名件")
    with pikepdf.open(bind(sheet, typesetter.typeset_volume, tmp_path / "v.pdf").pdf) as pdf:
        lines = [part for part in pikepdf.parse_content_stream(pdf.pages[2]) if str(part.operator) in ("re", "m", "s")]
        left, below, width, height = (float(number) / MM for number in lines[0].operands)
    assert [str(part.operator) for part in lines[:3]] == ["re", "m", "s"]
    assert (left, below, width, height) == pytest.approx((90, 297 - 8 - 10, 30, 10), abs=0.01)
    page = pdfium.PdfDocument(tmp_path / "v.pdf")[2].get_textpage()
    cells = [(90 * MM, 110 * MM), (110 * MM, 120 * MM)]
    words = [str(page.get_text_bounded(left, (297 - 18) * MM, right, (297 - 8) * MM)).strip() for left, right in cells]
    assert words == [sheet.sequence, "2"]


def test_a_stamp_with_a_cell_for_what_no_volume_has_is_told(
    paper: Scan, tmp_path: Path, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = replace(look_of(Stamp, stamp_file("归档章")), columns=(20.0,), rows=(10.0,), cells=(("页码",),))
    drawn_as(wrong, monkeypatch)
    with pytest.raises(SettingsInvalid, match=r"归档章\.toml cells 中的页码没有可填的内容；可用的有：全宗号"):
        bind(sheet_with(paper, "签名件"), typesetter.typeset_volume, tmp_path / "v.pdf")


def test_the_file_says_how_many_pages_it_has(paper: Scan, tmp_path: Path, typesetter: Typesetter) -> None:
    volume = bind(sheet_with(paper, "签名件"), typesetter.typeset_volume, tmp_path / "v.pdf").pdf
    with pikepdf.open(volume) as pdf:
        assert f"<xmpTPg:NPages>{len(pdf.pages)}<".encode() in pdf.Root.Metadata.read_bytes()


def test_what_the_compiler_forgot_it_sets_the_same_again(paper: Scan, tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = sheet_with(paper, "签名件")
    one = bind(sheet, typesetter.typeset_volume, tmp_path / "one.pdf").pdf
    typesetter.forget()
    assert bind(sheet, typesetter.typeset_volume, tmp_path / "two.pdf").pdf.read_bytes() == one.read_bytes()
