"""A bound volume: numbers that agree everywhere, a second reader that finds everything, the same bytes twice."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2 as pdfium
import pytest

from archive.pdf.pdfa import pdfa_faults
from archive.volume.bind import BoundVolume, bind
from archive.volume.scans import UnshownPaper
from archive.volume.volume_values import VolumeSheet
from jishi.errors import ArchiveDamaged
from press.fonts import font_set
from press.summary import person_report
from press.typeset import Typesetter
from tests import bound_sheet

MM = 72 / 25.4
FRONT = 2
"""Cover and one page of contents."""

REMARKS = (
    "本卷材料齐全。",
    "缺照片底片，已说明",
    "王䶮试用期未满，S6-06 试用期管理、S6-07 期满后补充归档",
    "见 511000-2026-P003/S1-08/001",
)


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(font_set(system=False), "中共岚江市委")


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory, typesetter: Typesetter) -> tuple[VolumeSheet, BoundVolume]:
    folder = tmp_path_factory.mktemp("volume")
    sheet = bound_sheet.personal_sheet(folder)
    sheet = replace(sheet, remarks=REMARKS)
    return sheet, bind(sheet, typesetter.typeset_volume, folder / "volume.pdf")


def texts(bound: BoundVolume) -> list[str]:
    return [flat(page.extract_text()) for page in pypdf.PdfReader(bound.pdf).pages]


def flat(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_items_follow_each_other_without_gap(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    expected = 1
    for item, (number, first, count) in zip(sheet.items, volume.item_pages, strict=True):
        assert (number, first) == (item.number, expected)
        assert count > sum(scan.pages for scan in item.scans)
        expected += count
    assert volume.pages == expected - 1


def test_every_numbered_page_carries_the_items_code_and_its_own_number(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    pages = texts(volume)
    codes = {item.number: item.code for item in sheet.items}
    for number, first, count in volume.item_pages:
        for page in range(first, first + count):
            assert f"{page}{codes[number]}" in pages[FRONT + page - 1]


def test_cover_contents_and_remarks_carry_no_page_number(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    pages = texts(volume)
    assert len(pages) == FRONT + volume.pages + 1
    for page in (*pages[:FRONT], pages[-1]):
        assert not any(item.code in page for item in sheet.items)


def test_the_contents_list_first_pages_and_for_the_last_item_first_and_last(
    bound: tuple[VolumeSheet, BoundVolume],
) -> None:
    sheet, volume = bound
    contents = texts(volume)[1]
    for item, (_, first, count) in zip(sheet.items, volume.item_pages, strict=True):
        last = f"—{first + count - 1}" if item is sheet.items[-1] else ""
        assert flat(f"{item.number}{item.responsible}{item.title}{item.date}{first}{last}") in contents


def test_cover_and_remarks_give_the_same_totals(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    pages = texts(volume)
    assert f"件数{len(sheet.items)}件" in pages[0] and f"页数{volume.pages}页" in pages[0]
    assert f"本卷共{len(sheet.items)}件，{volume.pages}页。" in pages[-1]
    assert "缺照片底片，已说明。" in pages[-1] and sheet.number in pages[-1]
    assert "王䶮试用期未满，S6-06试用期管理、S6-07试用期满考核与正式任职期满后补充归档。" in pages[-1]
    assert "见511000-2026-P003/S1-08/001。" in pages[-1]
    assert "2026年1月5日" in pages[0] and "永久" in pages[0]


def test_the_stamp_stands_above_the_text_on_first_pages_only(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    _, volume = bound
    firsts = {first for _, first, _ in volume.item_pages}
    document = pdfium.PdfDocument(volume.pdf)
    for number in range(1, volume.pages + 1):
        page = document[FRONT + number - 1]
        strip = page.get_textpage().get_text_bounded(
            left=82.5 * MM, right=127.5 * MM, top=page.get_height() - 8 * MM, bottom=page.get_height() - 24 * MM
        )
        assert ("选任" in strip) == (number in firsts)


def test_the_stamp_says_fonds_year_item_matter_period_and_pages(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    _, volume = bound
    pages = texts(volume)
    for number, first, count in volume.item_pages:
        assert f"J0122026{number:03d}选任永久{count}" in pages[FRONT + first - 1]


def test_the_stamp_is_a_red_frame_filled_in_with_black(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    page = pdfium.PdfDocument(bound[1].pdf)[FRONT]
    shown = page.render(scale=4).to_pil().convert("RGB")
    left, top, right, bottom = (round(4 * MM * edge) for edge in (82, 7.5, 128, 24.5))
    found = {colour for _, colour in shown.crop((left, top, right, bottom)).getcolors(1 << 20)}
    assert any(red > 150 and max(green, blue) < 80 for red, green, blue in found)
    assert any(max(colour) < 40 for colour in found)


def test_the_other_stamp_names_class_volume_and_first_page(tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = replace(bound_sheet.personal_sheet(tmp_path, 2), stamp="档号章")
    volume = bind(sheet, typesetter.typeset_volume, tmp_path / "v.pdf")
    number, first, _ = volume.item_pages[1]
    assert f"J012WS·XR·GR00072026{number:03d}{first}" in texts(volume)[FRONT + first - 1]


def test_the_outline_leads_to_every_part(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    reader = pypdf.PdfReader(volume.pdf)
    found: list[tuple[str, int]] = []
    papers: list[str] = []
    for entry in reader.outline:
        if isinstance(entry, list):
            papers += [str(inner.title) for inner in entry if not isinstance(inner, list)]
        else:
            found.append((str(entry.title), (reader.get_destination_page_number(entry) or 0) + 1))
    items = [
        (f"{item.number:03d} {item.title}", FRONT + first)
        for item, (_, first, _) in zip(sheet.items, volume.item_pages, strict=True)
    ]
    last = FRONT + volume.pages + 1
    assert found == [("案卷封面", 1), ("卷内文件目录", 2), *items, ("卷内备考表", last)]
    assert papers == [f"附件：{scan.title}" for item in sheet.items for scan in item.scans]


def test_a_viewers_page_box_shows_the_page_number_of_the_volume(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    _, volume = bound
    labels = pypdf.PdfReader(volume.pdf).page_labels
    assert labels == ["封面", "目录1", *map(str, range(1, volume.pages + 1)), "备考表"]


def test_records_and_metadata_are_embedded_byte_for_byte(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    embedded = {name: data[0] for name, data in pypdf.PdfReader(volume.pdf).attachments.items()}
    expected = {f"{item.number:03d}-{name}": data for item in sheet.items for name, data in item.xml}
    assert embedded == {"metadata.xml": sheet.metadata, **expected}
    with pikepdf.open(volume.pdf) as pdf:
        relations = {str(spec.UF): str(spec.AFRelationship) for spec in pdf.Root.AF}
    assert relations["metadata.xml"] == "/Data"
    assert set(relations.values()) == {"/Data", "/Source"} and len(relations) == len(embedded)


def test_the_volume_keeps_its_claim_to_pdf_a(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    assert pdfa_faults(bound[1].pdf) == ()


def test_rare_characters_of_names_are_on_the_paper(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    pages = texts(bound[1])
    assert "李㛃同志" in pages[0] and "王䶮" in pages[-1] and "周𬭎" in pages[-1]


def test_the_same_sheet_gives_the_same_bytes_in_two_processes(
    bound: tuple[VolumeSheet, BoundVolume], tmp_path: Path
) -> None:
    program = (
        "import sys, hashlib\n"
        "from pathlib import Path\n"
        "from archive.volume.bind import bind\n"
        "from press.fonts import font_set\n"
        "from press.typeset import Typesetter\n"
        "from tests.bound_sheet import personal_sheet\n"
        "folder = Path(sys.argv[1])\n"
        "typesetter = Typesetter(font_set(system=False), '中共岚江市委')\n"
        "volume = bind(personal_sheet(folder), typesetter.typeset_volume, folder / 'v.pdf')\n"
        "print(hashlib.sha256(volume.pdf.read_bytes()).hexdigest())\n"
    )
    root = Path(__file__).parents[2]
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        digests.add(subprocess.check_output([sys.executable, "-c", program, tmp_path / name], cwd=root, text=True))
    assert len(digests) == 1


def test_binding_again_in_one_process_gives_the_same_bytes(tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = bound_sheet.personal_sheet(tmp_path, 2)
    bind(sheet, typesetter.typeset_volume, tmp_path / "one.pdf")
    bind(replace(sheet, title="另一卷的题名，长度也够了"), typesetter.typeset_volume, tmp_path / "other.pdf")
    bind(sheet, typesetter.typeset_volume, tmp_path / "two.pdf")
    assert digest(tmp_path / "one.pdf") == digest(tmp_path / "two.pdf") != digest(tmp_path / "other.pdf")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_long_contents_shift_the_items_and_all_numbers_still_agree(tmp_path: Path, typesetter: Typesetter) -> None:
    short = [sample for sample in bound_sheet.samples() if sample.step_id == "S2-02"]
    items = [bound_sheet.item(number, short[number % len(short)]) for number in range(1, 46)]
    volume = bind(bound_sheet.sheet(items), typesetter.typeset_volume, tmp_path / "v.pdf")
    pages = texts(volume)
    front = len(pages) - volume.pages - 1
    assert front > FRONT
    number, first, _ = volume.item_pages[-1]
    assert f"{first}{items[-1].code}" in pages[front + first - 1]
    assert f"J0122026{number:03d}" in pages[front + first - 1]


def test_the_report_cites_pages_of_its_own_volume(tmp_path: Path, typesetter: Typesetter) -> None:
    records = [bound_sheet.record(sample) for sample in bound_sheet.samples()]
    own = [record for record in records if record.person_no in ("", bound_sheet.PERSON)]
    report = person_report(own, bound_sheet.PERSON, pages={record.id: f"@{record.id}" for record in own})
    sheet = bound_sheet.personal_sheet(tmp_path, 3)
    first = replace(sheet.items[0], form=report.as_values(), scans=(), xml=(), title="全程纪实报告表（测试用）")
    others = [replace(item, number=item.number + 1) for item in sheet.items]
    volume = bind(replace(sheet, items=(first, *others)), typesetter.typeset_volume, tmp_path / "v.pdf")
    step = others[0].form["record_id"].split("/")[1]
    count = volume.item_pages[0][2]
    register = "".join(texts(volume)[FRONT : FRONT + count])
    assert re.search(rf"{re.escape(step)}/001(至\d+，共\d+件)?{volume.item_pages[1][1]}等?已记", register)
    assert "S1-01/001综合卷已记" in register
    assert "@511000" not in register


def test_the_papers_own_page_number_starts_anew_with_each_item(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    _, volume = bound
    pages = texts(volume)
    for _, first, _ in volume.item_pages:
        assert "—1—" in pages[FRONT + first - 1]


def test_every_scanned_page_says_which_of_how_many_it_is(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    sheet, volume = bound
    said = [tuple(map(int, found)) for text in texts(volume) for found in re.findall(r"第(\d+)页/共(\d+)页", text)]
    papers = [scan.pages for item in sheet.items for scan in item.scans]
    assert max(papers) > 1
    assert said == [(leaf, count) for count in papers for leaf in range(1, count + 1)]


def test_a_paper_with_another_number_of_pages_is_refused(tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = bound_sheet.personal_sheet(tmp_path, 1)
    item = sheet.items[0]
    wrong = replace(item, scans=(replace(item.scans[0], pages=item.scans[0].pages + 1), *item.scans[1:]))
    with pytest.raises(UnshownPaper, match="登记为"):
        bind(replace(sheet, items=(wrong,)), typesetter.typeset_volume, tmp_path / "v.pdf")


def test_a_missing_paper_is_refused(tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = bound_sheet.personal_sheet(tmp_path, 1)
    sheet.items[0].scans[0].path.unlink()
    with pytest.raises(ArchiveDamaged, match="读不出"):
        bind(sheet, typesetter.typeset_volume, tmp_path / "v.pdf")


def test_the_volume_opens_in_a_strict_reader(bound: tuple[VolumeSheet, BoundVolume]) -> None:
    data = bound[1].pdf.read_bytes()
    assert len(pypdf.PdfReader(io.BytesIO(data), strict=True).pages) == FRONT + bound[1].pages + 1
    with pikepdf.open(bound[1].pdf) as pdf:
        assert pdf.check_pdf_syntax() == []
