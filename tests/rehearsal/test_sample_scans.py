from __future__ import annotations

import io
import zlib
from functools import cache

import pikepdf
import pypdf
import pypdfium2
import pytest
from PIL import Image

from jishi.records import Record, record_of
from jishi.safe_xml import parse
from rehearsal.batch import SampleRecord, build
from rehearsal.blanks import blank
from rehearsal.drafts import BALLOTS, Paper
from rehearsal.ink import seal, signature
from rehearsal.pdf import Mask, PdfSheet, pdf_of
from rehearsal.scans import scan
from rehearsal.sheets import on_sheet, printed, sort_of


@cache
def scanned() -> tuple[SampleRecord, ...]:
    return tuple(build(3))


def test_every_attachment_opens_and_has_as_many_pages_as_told() -> None:
    for sample in scanned():
        for paper, file in zip(record_of(parse(sample.xml), sample.xml).attachments, sample.attachments, strict=True):
            if paper.media_type == "application/pdf":
                with pikepdf.open(io.BytesIO(file.data)) as document:
                    assert len(document.pages) == paper.pages
                    assert document.check_pdf_syntax() == []
            else:
                image = Image.open(io.BytesIO(file.data))
                image.load()
                assert (image.get_format_mimetype(), paper.pages) == (paper.media_type, 1)


def test_pdf_jpeg_and_png_all_occur() -> None:
    endings = {file.name.rpartition(".")[2] for sample in scanned() for file in sample.attachments}
    assert endings == {"pdf", "jpg", "png"}


def test_no_two_attachments_have_the_same_bytes() -> None:
    files = [file.data for sample in scanned() for file in sample.attachments]
    assert len(files) == len(set(files))


def test_every_ballot_bundle_has_several_pages() -> None:
    bundles = [
        paper.pages
        for sample in scanned()
        for paper in record_of(parse(sample.xml), sample.xml).attachments
        if paper.kind.endswith("票（密封）")
    ]
    assert bundles
    assert min(bundles) > 1


def bundles(step: str, kind: str) -> list[tuple[Record, int]]:
    records = [record_of(parse(one.xml), one.xml) for one in scanned() if one.step_id == step]
    return [(record, paper.pages) for record in records for paper in record.attachments if paper.kind == kind]


@pytest.mark.parametrize(
    ("step", "kind", "count"),
    [
        ("S2-05", "推荐票（密封）", "returned"),
        ("S3-04", "测评票（密封）", "returned"),
        ("S5-02", "表决票（密封）", "actual"),
    ],
)
def test_a_bundle_has_as_many_sheets_as_its_ballots_take(step: str, kind: str, count: str) -> None:
    assert bundles(step, kind)
    assert all(pages == -(-int(record.value(count)) // BALLOTS) for record, pages in bundles(step, kind))


def test_the_last_sheet_carries_the_rest_only() -> None:
    assert [on_sheet("ballots", 10, number) for number in range(3)] == [4, 4, 2]
    assert [on_sheet("signin", 41, number) for number in range(2)] == [28, 13]
    full, rest = (dark(printed("", "ballots", "表决", 0, many)) for many in (4, 2))
    assert rest < 0.6 * full


def test_every_sort_of_vote_has_ballots_of_its_own() -> None:
    assert [sort_of(kind) for kind in ("测评票样", "表决票（密封）", "空白推荐票样张")] == ["测评", "表决", "推荐"]
    assert len({printed("", "ballot", sort, 0, 4).data for sort in ("测评", "表决", "推荐")}) == 3


def test_sheets_that_look_alike_are_drawn_once() -> None:
    assert printed("", "signin", "1", 1, 28) is printed("", "signin", "1", 1, 28)


def dark(mask: Mask) -> int:
    return sum(8 - byte.bit_count() for byte in zlib.decompress(mask.data))


@pytest.mark.parametrize(
    "look", ["page", "ballot", "signin", "notebook", "ballots", "form", "colour", "screen", "photo"]
)
def test_a_paper_is_drawn_the_same_twice(look: str) -> None:
    paper = Paper("谈话记录", look=look)
    first = scan(paper, "511000-2026-P003-001/S3-05/001", "考察谈话记录", ["李㛃"])
    assert first == scan(paper, "511000-2026-P003-001/S3-05/001", "考察谈话记录", ["李㛃"])
    assert first[2] != scan(paper, "511000-2026-P003-002/S3-05/001", "考察谈话记录", ["李㛃"])[2]


def test_a_sealed_page_shows_red_and_a_signed_one_blue() -> None:
    paper = Paper("任免通知", seal="中共岚江市委")
    *_, data = scan(paper, "511000-2026-P003-001/S6-04/001", "任免通知", ["张三"])
    pixels = pypdfium2.PdfDocument(data)[0].render(scale=1).to_pil().convert("RGB").get_flattened_data()
    assert sum(red > 150 and green < 90 and blue < 90 for red, green, blue in pixels) > 800
    assert sum(blue > 90 and red < 60 and green < 70 for red, green, blue in pixels) > 60


def test_hands_and_seals_differ_from_one_another() -> None:
    assert signature("李㛃") != signature("王䶮")
    assert seal("中共岚江市委") != seal("岚江市水务局")


def test_the_second_reader_reads_what_the_first_does() -> None:
    data = pdf_of([PdfSheet(), PdfSheet((0.9, 0.9, 0.9))], "mark")
    assert len(pypdf.PdfReader(io.BytesIO(data), strict=True).pages) == 2


def test_blank_papers_are_tiny_and_keep_their_page_count() -> None:
    suffix, media, data = blank(Paper("推荐票（密封）", pages=9, look="ballots"), "511000-2026-P003/S2-05/001", "", [])
    assert (suffix, media) == (".pdf", "application/pdf")
    assert len(data) < 4000
    assert len(pypdf.PdfReader(io.BytesIO(data), strict=True).pages) == 9
