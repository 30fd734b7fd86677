"""Stacks of scans: every page finds its print, every hand and every empty cell is told, whatever the copier did."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from jishi.findings import Finding
from pipeline.sheets.recognise import recognise
from pipeline.sheets.seen import InkMark, RecognisedSheet, Stray
from press.draft import Draft
from proofs.scanner import Harm, as_pdf, as_tiff, back, press_seal, printed, scanned, strike_out, write_name
from proofs.sheets import drafts_of, run_stack, shuffled

Page = tuple[Image.Image, Harm]
CLEAN = Harm()


@pytest.fixture(scope="module")
def drafts() -> dict[str, Draft]:
    return drafts_of(1)


@pytest.fixture(scope="module")
def voted(drafts: dict[str, Draft]) -> Draft:
    """Return a print of one page with many hands."""
    return max((draft for draft in drafts.values() if len(draft.sizes) == 1), key=lambda draft: len(draft.cells))


@pytest.fixture(scope="module")
def sealed(drafts: dict[str, Draft]) -> Draft:
    """Return a print with places for seals."""
    return next(draft for draft in drafts.values() if any(cell.signatory.seals for cell in draft.cells))


def scan(draft: Draft, page: int = 1, *, harm: Harm = CLEAN, empty: Sequence[int] = ()) -> Page:
    """Return a page with a hand in each cell but those named, as it comes off the copier."""
    return scanned(signed(draft, page, empty, harm.dpi), harm, random.Random(5), next(draft.codes(page))[1]), harm


def signed(
    draft: Draft, page: int, empty: Sequence[int] = (), dpi: int = 200
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    paper = printed(pdfium.PdfDocument(draft.pdf), page - 1, dpi)
    for place, cell in enumerate(draft.cells):
        if cell.page == page and place not in empty:
            if cell.signatory.seals:
                press_seal(
                    paper, (cell.box.x + cell.box.width / 2, cell.box.y + cell.box.height / 2), dpi, random.Random(1)
                )
            else:
                write_name(paper, cell.box, dpi, random.Random(place), leaving=place % 2 == 0)
    return paper


def stack(*pages: Page, tiff: bool = False) -> bytes:
    return (as_tiff if tiff else as_pdf)([image for image, _ in pages], [harm for _, harm in pages])


def sheets(found: Sequence[RecognisedSheet | Stray]) -> list[RecognisedSheet]:
    return [each for each in found if isinstance(each, RecognisedSheet)]


def strays(found: Sequence[RecognisedSheet | Stray]) -> list[Finding]:
    return [each.finding for each in found if isinstance(each, Stray)]


def marks(sheet: RecognisedSheet) -> list[InkMark]:
    return [seen.mark for seen in sheet.cells]


@pytest.mark.parametrize("seed", [2, 3])
def test_a_mixed_stack_in_any_order_is_joined_and_every_cell_told(drafts: dict[str, Draft], seed: int) -> None:
    faces = shuffled(drafts, 1, seed)[0][:7]
    outcome = run_stack(drafts, faces, seed, 200)
    assert outcome.wrong == []
    assert outcome.joined == outcome.pages == 7
    assert outcome.right == outcome.cells > 6
    assert outcome.dropped_backs == outcome.blank_backs


def test_an_empty_cell_is_named_with_whose_it_is(drafts: dict[str, Draft], voted: Draft) -> None:
    [sheet] = sheets(recognise(stack(scan(voted, empty=[2])), drafts.get))
    assert marks(sheet) == [InkMark.NONE if place == 2 else InkMark.SEEN for place in range(len(voted.cells))]
    [finding] = sheet.findings
    mine = voted.cells[2].signatory
    assert finding.code == "S-EMPTY"
    assert finding.message == f"第1页{mine.label}{mine.name}的签名栏没有笔迹"
    assert finding.record == voted.record_id and finding.place == "扫描件第1页" and finding.remedy


def test_a_place_for_a_seal_without_one_is_named(drafts: dict[str, Draft], sealed: Draft) -> None:
    place = next(place for place, cell in enumerate(sealed.cells) if cell.signatory.seals)
    page = sealed.cells[place].page
    [sheet] = sheets(recognise(stack(scan(sealed, page, empty=[place])), drafts.get))
    told = [finding.message for finding in sheet.findings if finding.code == "S-EMPTY"]
    assert told == [f"第{page}页{sealed.cells[place].signatory.label}的盖章处没有印迹"]


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_the_edge_of_a_seal_beside_an_empty_cell_is_no_hand(drafts: dict[str, Draft], voted: Draft, mode: str) -> None:
    everyone = range(len(voted.cells))
    paper = signed(voted, 1, everyone)
    box = voted.cells[1].box
    press_seal(paper, (box.x + box.width + 13, box.y + 6), 200, random.Random(3))
    harm = replace(CLEAN, mode=mode)
    [sheet] = sheets(recognise(stack((scanned(paper, harm, random.Random(5)), harm)), drafts.get))
    assert marks(sheet) == [InkMark.NONE] * len(voted.cells)


def test_a_stroke_through_an_unused_cell_a_line_beyond_it_and_dust_are_no_hand(
    drafts: dict[str, Draft], voted: Draft
) -> None:
    paper = signed(voted, 1, range(len(voted.cells)))
    strike_out(paper, voted.cells[0].box, 200, random.Random(1))
    box, scale = voted.cells[1].box, 200 / 25.4
    below = (round((box.x + 20) * scale), round((box.y + box.height) * scale))
    cv2.line(paper, below, (below[0] + 30, below[1] - round(3 * scale)), (20, 20, 20), 5)
    for spot in range(12):
        cv2.circle(paper, (below[0] + 20 * spot, below[1] - round(6 * scale)), 1, (20, 20, 20), -1)
    [sheet] = sheets(recognise(stack((scanned(paper, CLEAN, random.Random(5)), CLEAN)), drafts.get))
    assert marks(sheet)[:2] == [InkMark.NONE, InkMark.NONE]


def test_what_bleeds_through_from_the_back_is_no_hand(drafts: dict[str, Draft], voted: Draft) -> None:
    harm = replace(CLEAN, bleeding=True)
    [sheet] = sheets(recognise(stack(scan(voted, harm=harm, empty=range(len(voted.cells)))), drafts.get))
    assert marks(sheet) == [InkMark.NONE] * len(voted.cells)


@pytest.mark.parametrize(
    "harm",
    [
        Harm(upside_down=True, skew=4.5),
        Harm(stapled=True, skew=-5, stretch=1.01),
        Harm(stapled=True, punched=True, mode="1"),
        Harm(tilt=10, skew=2),
        Harm(tilt=10, stapled=True, skew=-2),
        Harm(noise=12, quality=40, stretch=0.99),
        Harm(dpi=300),
    ],
    ids=str,
)
def test_a_page_is_read_however_it_was_scanned(drafts: dict[str, Draft], voted: Draft, harm: Harm) -> None:
    [sheet] = sheets(recognise(stack(scan(voted, harm=harm, empty=[1])), drafts.get))
    assert marks(sheet) == [InkMark.NONE if place == 1 else InkMark.SEEN for place in range(len(voted.cells))]
    assert sheet.pages[0].turn == (180 if harm.upside_down else 0)


def test_missing_and_doubled_pages_are_named(drafts: dict[str, Draft]) -> None:
    draft = max(drafts.values(), key=lambda each: len(each.sizes))
    found = recognise(stack(scan(draft, 2), scan(draft, 1), scan(draft, 2), tiff=True), drafts.get)
    [sheet] = sheets(found)
    assert [(page.page, page.place) for page in sheet.pages] == [(1, 2), (2, 1)]
    assert sheet.missing == tuple(range(3, len(draft.sizes) + 1))
    told = next(finding for finding in sheet.findings if finding.code == "S-MISSING")
    assert "缺第3页" in told.message
    [double] = strays(found)
    assert double.code == "S-DOUBLE" and double.message.startswith("是送签件第2页，与扫描件第1页重复")


def test_foreign_and_superseded_prints_are_named(drafts: dict[str, Draft], voted: Draft, sealed: Draft) -> None:
    changed = replace(voted, digest="f" * 64)
    known = {changed.record_id: changed}
    found = recognise(stack(scan(voted), scan(sealed)), known.get)
    assert sheets(found) == []
    old, foreign = strays(found)
    assert old.code == "S-OLD" and "FFFFFFFFFFFFFFFF" in old.message and old.record == voted.record_id
    assert foreign.code == "S-FOREIGN" and sealed.record_id in foreign.message


def test_two_prints_on_one_page_are_named(drafts: dict[str, Draft], voted: Draft, sealed: Draft) -> None:
    one, two = (printed(pdfium.PdfDocument(draft.pdf), 0, 200) for draft in (voted, sealed))
    one[one.shape[0] // 2 :] = two[one.shape[0] // 2 :]
    [finding] = strays(recognise(stack((scanned(one, CLEAN, random.Random(5)), CLEAN)), drafts.get))
    assert finding.code == "S-MIXED"
    assert voted.record_id in finding.message and sealed.record_id in finding.message


def test_blank_backs_are_dropped_behind_faces_only_and_backs_with_content_are_told(
    drafts: dict[str, Draft], voted: Draft
) -> None:
    blank = back(CLEAN, random.Random(1)), CLEAN
    paper = np.full((2339, 1654, 3), 250, np.uint8)
    cv2.putText(paper, "see over", (300, 800), cv2.FONT_HERSHEY_SIMPLEX, 3, (30, 30, 30), 6)
    written = scanned(paper, CLEAN, random.Random(2)), CLEAN
    found = recognise(stack(blank, scan(voted), blank, blank, written), drafts.get)
    [sheet] = sheets(found)
    assert sheet.pages[0].backs == (3,)
    assert [(each.place, each.finding.code) for each in found if isinstance(each, Stray)] == [
        (1, "S-BLANK"),
        (4, "S-BLANK"),
        (5, "S-CODELESS"),
    ]
    again = recognise(stack(scan(voted), written), drafts.get)
    assert "第1页的背面有内容" in strays(again)[0].message


def test_a_coarse_scan_that_cannot_be_read_says_so(drafts: dict[str, Draft], voted: Draft) -> None:
    image, _ = scan(voted)
    small = image.resize((500, 707))
    [finding] = strays(recognise(stack((small, Harm(dpi=60)), tiff=True), drafts.get))
    assert finding.code == "S-COARSE" and "200 dpi" in finding.remedy


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04word/", b"%PDF-1.7 nothing", b"\xff\xd8\xff\xe0 broken", b"II*\0\x08\0\0\0\xff\xff"]
)
def test_what_is_no_scan_is_named_and_harms_nothing(drafts: dict[str, Draft], data: bytes) -> None:
    [stray] = recognise(data, drafts.get)
    assert isinstance(stray, Stray)
    assert stray.place == 0
    assert stray.finding.code in {"S-TYPE", "F-BROKEN", "F-TYPE"}
    assert stray.finding.remedy


def test_the_file_is_read_where_it_lies_and_named(drafts: dict[str, Draft], voted: Draft, tmp_path: Path) -> None:
    file = tmp_path / "扫描 001.jpg"
    image, _ = scan(voted, empty=[0])
    image.save(file, "JPEG", quality=70)
    before = file.read_bytes()
    [sheet] = sheets(recognise(file, drafts.get))
    assert {finding.file for finding in sheet.findings} == {file.name}
    assert file.read_bytes() == before


def test_a_print_that_no_longer_looks_like_the_scan_is_not_looked_into(
    drafts: dict[str, Draft], voted: Draft, sealed: Draft
) -> None:
    other = replace(voted, pdf=max(drafts.values(), key=lambda each: len(each.pdf)).pdf)
    known = {voted.record_id: other}
    [sheet] = sheets(recognise(stack(scan(voted)), known.get))
    assert sheet.cells == ()
    assert [finding.code for finding in sheet.findings] == ["S-UNLIKE"]


def test_a_stack_that_takes_too_long_is_given_up(drafts: dict[str, Draft], voted: Draft) -> None:
    [stray] = recognise(stack(scan(voted)), drafts.get, seconds=0.001)
    assert isinstance(stray, Stray)
    assert stray.finding.code == "F-LIMIT" and "扫描件在时限内没有打开" in stray.finding.message
