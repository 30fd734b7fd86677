"""Records printed to be signed: hands under content with room, codes at the edges, nothing that comes later."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pypdfium2 as pdfium
import pytest
import zxingcpp
from lxml import etree

from jishi.procedure import procedure
from jishi.records import R, Record, record_of
from jishi.safe_xml import parse
from jishi.sheet_code import SheetCode
from press.coded_sheet import coded_sheet
from press.draft import Draft
from press.fonts import font_set
from press.paper import MM, UPRIGHT
from press.signing_form import CHECK_SHEET, signing_form
from press.typeset import Typesetter
from proofs.signing_pages import has_content_above, values_of
from rehearsal.batch import build


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(font_set(system=False), "中共岚江市委", "岚江市委组织部")


@cache
def records() -> dict[tuple[str, str], Record]:
    """Return one record of every kind of form."""
    found: dict[tuple[str, str], Record] = {}
    for supplement in (False, True):
        for sample in build(6, scans=False, batch="511000-2025-P003", supplement=supplement):
            record = record_of(parse(sample.xml), sample.xml)
            found.setdefault((record.step_id, record.form_title), record)
    return found


@pytest.fixture(scope="module")
def prints(typesetter: Typesetter) -> dict[tuple[str, str], Draft]:
    return {key: coded_sheet(record, typesetter) for key, record in records().items()}


def words_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document)


def test_every_step_has_a_print(prints: dict[tuple[str, str], Draft]) -> None:
    assert {step for step, _ in prints} >= set(procedure().steps)


def test_every_signature_page_has_content_above_and_every_place_has_room(
    prints: dict[tuple[str, str], Draft],
) -> None:
    seals = 0
    for key, draft in prints.items():
        record = records()[key]
        assert len(draft.cells) == len(record.signatures), key
        for cell in draft.cells:
            least = (45.0, 45.0) if cell.signatory.seals else (30.0, 12.0)
            assert (cell.box.width, cell.box.height) >= least and cell.box.height >= least[1], (key, cell)
            seals += cell.signatory.seals
        for page in {cell.page for cell in draft.cells}:
            top = min(cell.box.y for cell in draft.cells if cell.page == page)
            assert has_content_above(draft.pdf, page, top, values_of(signing_form(record))), (key, page)
    assert seals >= 2


def test_cells_lie_where_nothing_is_printed(prints: dict[tuple[str, str], Draft]) -> None:
    for key, draft in prints.items():
        document = pdfium.PdfDocument(draft.pdf)
        for cell in draft.cells:
            scale, box = 4.0, cell.box
            image = document[cell.page - 1].render(scale=scale * 25.4 / 72, grayscale=True).to_pil()
            edges = (box.x + 0.6, box.y + 0.6, box.x + box.width - 0.6, box.y + box.height - 0.6)
            inner = image.crop([round(edge * scale) for edge in edges])
            assert inner.getextrema() == (255, 255), (key, cell)
            outer = image.crop([round((edge + way) * scale) for edge, way in zip(edges, (-1, -1, 1, 1), strict=True)])
            assert outer.getextrema()[0] < 128, (key, cell)


def test_each_page_has_two_codes_outside_the_text_that_say_which_page_it_is(
    prints: dict[tuple[str, str], Draft],
) -> None:
    for draft in list(prints.values())[::4]:
        document = pdfium.PdfDocument(draft.pdf)
        for number, page in enumerate(document, 1):
            image = page.render(scale=200 / 72, grayscale=True).to_pil()
            read = {found.text: found.position for found in zxingcpp.read_barcodes(image)}
            expected = dict(draft.codes(number))
            assert set(read) == {str(code) for code in expected}
            for code, box in expected.items():
                assert SheetCode.read(str(code)) == code
                assert abs(read[str(code)].top_left.x / 200 * 25.4 - box.x) < 1
                assert abs(read[str(code)].top_left.y / 200 * 25.4 - box.y) < 1
                assert box.width == 14
            (width, height) = draft.sizes[number - 1]
            assert (round(width), round(height)) in {(210, 297), (297, 210)}
            first, last = expected.values()
            assert first.y + first.height <= UPRIGHT.top
            assert last.x >= width - UPRIGHT.right


def test_the_same_content_gives_the_same_bytes_before_and_after_it_is_signed(typesetter: Typesetter) -> None:
    record = next(record for record in records().values() if record.attachments and len(record.signatures) > 1)
    root = copy.deepcopy(record.root)
    for node in root.findall(f"{R}attachment"):
        root.remove(node)
    for mark in root.iter(f"{R}responsible"):
        for name in ("signedOn", "signKind", "signRef"):
            mark.attrib.pop(name, "")
    unsigned = record_of(root, etree.tostring(root))
    other = Typesetter(typesetter.fonts, "中共岚江市委", "岚江市委组织部")
    assert coded_sheet(unsigned, typesetter) == coded_sheet(record, other)
    assert coded_sheet(unsigned, typesetter).pdf == coded_sheet(record, other).pdf


def test_what_comes_later_is_not_printed(prints: dict[tuple[str, str], Draft]) -> None:
    for key, draft in prints.items():
        words = words_of(draft.pdf)
        assert "纪实时间" not in words and "凭证附件" not in words, key
        assert "att-" not in words, key
        for paper in records()[key].attachments:
            assert paper.sha256[:16] not in words


def test_outgoing_papers_have_a_check_sheet_with_their_whole_digest_and_others_have_none(
    prints: dict[tuple[str, str], Draft],
) -> None:
    outgoing = {key for key in prints if procedure().all_types[key[0]].outgoing}
    assert len(outgoing) >= 6
    for key, draft in prints.items():
        words = "".join(words_of(draft.pdf).split())
        assert (CHECK_SHEET in words) == (key in outgoing), key
        assert (draft.digest.upper() in words) == (key in outgoing), key
        assert (f"{key[1]}{CHECK_SHEET}" in words) == (key in outgoing), key


def test_the_papers_a_step_asks_for_stand_below_the_signatures(prints: dict[tuple[str, str], Draft]) -> None:
    for key, draft in prints.items():
        asked = procedure().all_types[key[0]].evidence
        if not asked:
            continue
        document = pdfium.PdfDocument(draft.pdf)
        lowest = max(cell.box.y + cell.box.height for cell in draft.cells if cell.page == len(draft.sizes))
        page = document[len(draft.sizes) - 1]
        text = page.get_textpage()
        at = text.search("应附材料").get_next()[0]
        assert (page.get_height() - text.get_charbox(at)[3]) / MM > lowest, key


def test_many_hands_stand_two_in_a_row_and_still_have_room(typesetter: Typesetter) -> None:
    record = max(records().values(), key=lambda each: len(each.signatures))
    root = copy.deepcopy(record.root)
    last = root.findall(f"{R}responsible")[-1]
    for _ in range(14):
        last.addnext(copy.deepcopy(last))
    crowded = record_of(root, etree.tostring(root))
    draft = coded_sheet(crowded, typesetter)
    assert len(draft.cells) == len(crowded.signatures) >= 15
    assert len({cell.page for cell in draft.cells}) == 1
    assert min(cell.box.height for cell in draft.cells) >= 12
    assert min(cell.box.width for cell in draft.cells) >= 30
    top = min(cell.box.y for cell in draft.cells)
    assert has_content_above(draft.pdf, draft.cells[0].page, top, values_of(signing_form(crowded)))


def test_no_hand_stands_below_a_table_that_lies_on_pages_of_its_own(typesetter: Typesetter) -> None:
    record = next(record for (step, _), record in records().items() if step == "S1-01")
    root = copy.deepcopy(record.root)
    entry = root.findall(f".//{R}entry")[-1]
    for _ in range(18):
        entry.addnext(copy.deepcopy(entry))
    longer = record_of(root, etree.tostring(root))
    draft = coded_sheet(longer, typesetter)
    assert any(width > height for width, height in draft.sizes)
    [page] = {cell.page for cell in draft.cells}
    top = min(cell.box.y for cell in draft.cells)
    assert has_content_above(draft.pdf, page, top, values_of(signing_form(longer)))


def test_a_long_prose_comes_along_to_its_signatures(typesetter: Typesetter) -> None:
    record = next(record for record in records().values() if "考察材料" in record.form_title)
    root = copy.deepcopy(record.root)
    prose = max(root.iter(), key=lambda node: len(node.text or ""))
    for extra in range(0, 400, 80):
        prose.text = (prose.text or "") + "认真负责，群众公认。" * (extra // 10)
        longer = record_of(root, etree.tostring(root))
        draft = coded_sheet(longer, typesetter)
        for page in {cell.page for cell in draft.cells}:
            top = min(cell.box.y for cell in draft.cells if cell.page == page)
            assert has_content_above(draft.pdf, page, top, values_of(signing_form(longer))), extra


def test_remarks_stay_below_the_content_and_the_rest_of_the_header_above(typesetter: Typesetter) -> None:
    record = next(iter(records().values()))
    root = copy.deepcopy(record.root)
    note = etree.Element(f"{R}remarks")
    note.text = "会上另有说明"
    content = root.find(f"{R}content")
    assert content is not None
    content.addprevious(note)
    form = signing_form(record_of(root, etree.tostring(root))).form
    assert form.body[-1].key == "remarks"
    assert form.foot == ()
    assert {"formKind", "recorder"} <= {pair.key for pair in form.head}
    assert replace(form, body=()).signatures == ()
