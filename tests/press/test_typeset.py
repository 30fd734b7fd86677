"""Archive forms: everything a form says is on the page, in Word as in PDF, and the same values give the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from jishi.errors import PartMissing
from jishi.procedure import procedure
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from jishi.settings import UnitSettings
from jishi.volume_kinds import usual_kinds
from press.fonts import font_set
from press.forms import Form, Grid, Pair, SignatureLine
from press.layout import laid_out
from press.record_form import form_of
from press.summary import (
    batch_roster,
    notebook_extract,
    person_report,
    process_table,
)
from press.typeset import Typesetter, TypesettingFailed, form_date, templates_folder
from press.word import word_form
from rehearsal.batch import build

PERSON = "511000-2026-P003-001"
MM = 72 / 25.4
UNIT = UnitSettings(name="岚江市委组织部", organ="中共岚江市委")


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(font_set(system=False), UNIT.organ, UNIT.name)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return [record_of(parse(sample.xml), sample.xml) for sample in build(6, scans=False)]


@pytest.fixture(scope="module")
def printed(typesetter: Typesetter, records: list[Record]) -> dict[str, tuple[Form, bytes]]:
    """Record id → its form and its archive PDF."""
    forms = {record.id: form_of(record) for record in records}
    return {key: (form, typesetter.typeset_form(form)) for key, form in forms.items()}


def pdf_text(pdf: bytes) -> str:
    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return flat("".join(re.sub(r"—\s*\d+\s*—", "", text) for text in pages))


def word_text(docx: bytes) -> str:
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(docx)).read("word/document.xml"))
    return flat("".join(node.text or "" for node in root.iter("{*}t")))


def paper_words(form: Form) -> str:
    return word_text(word_form(form, unit=UNIT))


def flat(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def said(form: Form) -> Iterator[str]:
    """Yield every label and every line of every value a form shows."""
    for label, value in form.pairs():
        yield label
        yield from value.split("\n")


def unsaid(form: Form, text: str) -> list[str]:
    return [part for part in said(form) if not stands_in(text, flat(part))]


def stands_in(text: str, value: str) -> bool:
    """Tell whether a value stands in a text, in one piece or, where its row broke over pages, in up to three."""
    for _ in range(3):
        length = next((length for length in range(len(value), 7, -1) if value[:length] in text), len(value))
        if value[:length] not in text:
            return False
        value = value[length:]
        if not value:
            return True
    return False


def spots(page: pdfium.PdfPage, letter: str) -> list[tuple[float, float]]:
    """Return left and lower edge of every place a letter stands on a page, in points from the lower left corner."""
    text = page.get_textpage()
    boxes = (text.get_charbox(place) for place, char in enumerate(text.get_text_range()) if char == letter)
    return [(box[0], box[1]) for box in boxes]


def outside(pdf: bytes) -> list[tuple[int, float, float]]:
    """Return page, left and lower edge of every piece of text that leaves the text area, page numbers apart."""
    found = []
    for number, page in enumerate(pdfium.PdfDocument(pdf), 1):
        width, height = page.get_size()
        left, right, top, bottom = (MM * edge for edge in ((30, 30, 28, 26) if width > height else (28, 26, 37, 35)))
        text = page.get_textpage()
        for place in range(text.count_rects()):
            x, y, far, high = text.get_rect(place)
            foot = y > 14 * MM and high < bottom
            if not foot and (x < left - 3 or far > width - right + 3 or high > height - top + 3 or y < bottom - 3):
                found.append((number, x, y))
    return found


def plain_form(**changes: object) -> Form:
    day = Pair("occurredOn", "发生日期", ("2026年3月18日",), False)
    papers = Grid("attachment", "凭证附件", ("name",), ("附件名称",), ())
    form = Form("standard", "表决结果报告单", "题名", "r", "秘密", "", (day,), (), (), (), papers)
    return replace(form, **changes)  # type: ignore[arg-type]


def test_every_record_says_the_same_in_word_and_in_pdf(printed: dict[str, tuple[Form, bytes]]) -> None:
    lost = {}
    for key, (form, pdf) in printed.items():
        for kind, text in (("pdf", pdf_text(pdf)), ("docx", word_text(word_form(form)))):
            if missing := unsaid(form, text):
                lost[key, kind] = missing
    assert lost == {}


def test_nothing_is_drawn_outside_the_text_area(printed: dict[str, tuple[Form, bytes]]) -> None:
    assert {key: spilled for key, (_, pdf) in printed.items() if (spilled := outside(pdf))} == {}


@pytest.mark.parametrize("paragraphs", [1, 24])
def test_long_prose_runs_over_pages_and_stays_inside(typesetter: Typesetter, paragraphs: int) -> None:
    prose = ("该同志政治立场坚定。" * (720 // paragraphs),) * paragraphs
    grid = Grid("talks", "谈话", ("code", "gist"), ("代码", "要点"), tuple((f"T{n}", "\n".join(prose)) for n in (1, 2)))
    form = plain_form(body=(Pair("p", "意见", prose, True), grid))
    pdf = typesetter.typeset_form(form)
    assert outside(pdf) == []
    assert len(pdfium.PdfDocument(pdf)) > 15


def test_a_list_of_very_many_names_stays_inside(typesetter: Typesetter) -> None:
    names = Pair("hearers", "听取意见人员", ("、".join(f"人员{n}" for n in range(900)),), False)
    pdf = typesetter.typeset_form(plain_form(body=(names,)))
    assert outside(pdf) == []
    assert unsaid(plain_form(), pdf_text(pdf)) == []


def test_no_date_breaks_at_the_end_of_a_line(typesetter: Typesetter, records: list[Record]) -> None:
    own = [record for record in records if not record.person_no or record.person_no == PERSON]
    words = Pair("p", "意见", tuple(f"{'自' * start}2026年11月17日至12月28日" for start in range(12, 36)), True)
    broken = []
    for form in (person_report(own, PERSON), plain_form(body=(words,))):
        pages = pypdf.PdfReader(io.BytesIO(typesetter.typeset_form(form))).pages
        broken += [
            cut
            for page in pages
            for cut in re.findall(r"\d\s*\n\s*[年月日]|[年月]\s*\n\s*\d+[月日]", page.extract_text())
        ]
    assert broken == []


def test_the_batch_covers_every_step_that_is_filed_with_it(records: list[Record]) -> None:
    steps = set(procedure().steps) - {"S6-06", "S6-07"}
    assert steps <= {record.step_id for record in records}


def test_an_extract_shows_its_note_and_only_the_persons_rows(typesetter: Typesetter, records: list[Record]) -> None:
    votes = next(record for record in records if record.step_id == "S5-02")
    form = form_of(votes, person_no=PERSON, note="摘录件：原件存综合卷")
    text = pdf_text(typesetter.typeset_form(form))
    others = [person.name for person in votes.people.values() if person.no and person.no != PERSON]
    results = next(block for block in form.body if block.key == "results")
    assert isinstance(results, Grid) and len(results.rows) == 1
    assert "（摘录件：原件存综合卷）" in text
    assert not [name for name in others if name in text]


def test_summary_documents_show_everything(typesetter: Typesetter, records: list[Record]) -> None:
    own = [record for record in records if not record.person_no or record.person_no == PERSON]
    for form in (
        person_report(own, PERSON),
        batch_roster(records),
        notebook_extract(records),
        process_table(procedure(), usual_kinds()),
    ):
        assert unsaid(form, pdf_text(typesetter.typeset_form(form))) == [], form.title


def test_the_same_form_gives_the_same_bytes_in_another_process(typesetter: Typesetter) -> None:
    program = (
        "import hashlib\n"
        "from press.fonts import font_set\n"
        "from press.forms import Form, Grid, Pair\n"
        "from press.typeset import Typesetter\n"
        "day = Pair('occurredOn', '发生日期', ('2026年3月18日',), False)\n"
        "papers = Grid('attachment', '凭证附件', ('name',), ('附件名称',), ())\n"
        "form = Form('standard', '表决结果报告单', '题名', 'r', '秘密', '', (day,), (), (), (), papers)\n"
        "typesetter = Typesetter(font_set(system=False), '中共岚江市委')\n"
        "print(hashlib.sha256(typesetter.typeset_form(form)).hexdigest())\n"
    )
    root = Path(__file__).parents[2]
    runs = [subprocess.check_output([sys.executable, "-c", program], cwd=root, text=True) for _ in range(2)]
    here = typesetter.typeset_form(plain_form())
    assert runs[0] == runs[1]
    assert typesetter.typeset_form(plain_form()) == here


def test_the_document_is_dated_with_its_record_not_with_today(typesetter: Typesetter) -> None:
    reader = pypdf.PdfReader(io.BytesIO(typesetter.typeset_form(plain_form())))
    assert reader.metadata is not None and reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == dt.date(2026, 3, 18)
    assert reader.metadata.title == "题名"


def test_a_form_without_any_date_is_refused() -> None:
    with pytest.raises(TypesettingFailed, match="没有日期"):
        form_date(plain_form(head=()))


def test_a_signature_date_serves_where_no_event_has_one() -> None:
    mark = SignatureLine("审核人", "周𬭎", "2026年4月2日", "手写签名扫描", "")
    assert form_date(plain_form(head=(), signatures=(mark,))) == dt.date(2026, 4, 2)


def test_a_character_without_glyph_stops_the_setting_and_is_named(typesetter: Typesetter) -> None:
    with pytest.raises(PartMissing, match=r"没有字体能画出 U\+E000"):
        typesetter.typeset_form(plain_form(subtitle="甲\ue000乙"))


def test_values_are_never_read_as_markup(typesetter: Typesetter) -> None:
    hostile = '#panic() $x$ *b* _i_ \\" ]] // /* @x <y> #sys.inputs = 标题'
    pair = Pair("p", "意见", (hostile,), True)
    assert flat(hostile) in pdf_text(typesetter.typeset_form(plain_form(body=(pair,))))


def test_the_compiler_survives_a_failed_document(typesetter: Typesetter) -> None:
    before = typesetter.typeset_form(plain_form())
    with pytest.raises(TypesettingFailed):
        typesetter.compile("no-such-template.typ", {}, document_date=dt.date(2026, 3, 18))
    assert typesetter.typeset_form(plain_form()) == before


def test_a_form_without_a_drawing_of_its_own_is_drawn_like_most(typesetter: Typesetter) -> None:
    assert typesetter.typeset_form(plain_form(template="S1-08")) == typesetter.typeset_form(plain_form())


def test_a_very_long_run_of_letters_stays_inside_its_cell(typesetter: Typesetter) -> None:
    run = "W" * 400
    pair = Pair("p", "网址", (run,), False)
    pdf = typesetter.typeset_form(plain_form(body=(pair,)))
    edges = [left for left, _ in spots(pdfium.PdfDocument(pdf)[0], "W")]
    assert run in pdf_text(pdf)
    assert len(edges) == 400 and max(edges) < 595 - 26 * MM


def test_a_long_table_repeats_its_head_on_every_page(typesetter: Typesetter) -> None:
    rows = tuple((f"人选{place}", str(place), "同意") for place in range(120))
    grid = Grid("results", "票数结果", ("person", "agree", "view"), ("人员", "同意票", "表决意见"), rows)
    reader = pypdf.PdfReader(io.BytesIO(typesetter.typeset_form(plain_form(body=(grid,)))))
    texts = [flat(page.extract_text()) for page in reader.pages]
    assert len(texts) > 2
    assert all("票数结果人员同意票表决意见" in text for text in texts)


def test_page_numbers_stand_outside_right_and_left_in_turn(typesetter: Typesetter) -> None:
    pair = Pair("p", "意见", ("该同志政治立场坚定。" * 30,) * 24, True)
    pdf = typesetter.typeset_form(plain_form(body=(pair,)))
    places = [min(left for left, low in spots(page, "—") if low < 110) > 297 for page in pdfium.PdfDocument(pdf)]
    assert places[:3] == [True, False, True]


def test_the_notice_speaks_for_the_committee(typesetter: Typesetter, records: list[Record]) -> None:
    form = next(form_of(record) for record in records if record.step_id == "S6-04" and record.person_no)
    text = pdf_text(typesetter.typeset_form(form))
    assert text.startswith("内部（据记录印制，以正本为准）中共岚江市委文件")
    assert "各有关单位：经研究，决定：" in text


@pytest.mark.parametrize("step_id", ["S6-01", "S6-04"])
def test_an_extract_or_copy_of_a_notice_is_its_record_and_no_notice(
    typesetter: Typesetter, records: list[Record], step_id: str
) -> None:
    record = next(record for record in records if record.step_id == step_id)
    whole, part = form_of(record), form_of(record, person_no=PERSON, note="摘录件：原件存综合卷")
    said_whole, said_part = ((pdf_text(typesetter.typeset_form(form)), paper_words(form)) for form in (whole, part))
    for text in said_whole:
        assert "据记录印制，以正本为准" in text and "经研究，" in text
    for text in said_part:
        assert "（摘录件：原件存综合卷）" in text
        assert "据记录印制" not in text and "经研究，" not in text and "公示期间" not in text
    assert unsaid(part, said_part[0]) == [] and unsaid(part, said_part[1]) == []


def test_the_public_notice_is_signed_by_the_organisation_department(
    typesetter: Typesetter, records: list[Record]
) -> None:
    form = next(form_of(record) for record in records if record.step_id == "S6-01")
    day = next(pair.lines[0] for pair in form.body if isinstance(pair, Pair) and pair.key == "startOn")
    for text in (pdf_text(typesetter.typeset_form(form)), paper_words(form)):
        assert f"{UNIT.name}{day}" in text


def test_an_exempted_notice_is_its_record_alone(typesetter: Typesetter, records: list[Record]) -> None:
    form = next(form_of(record) for record in records if record.step_id == "S6-01")
    exempt = replace(form, body=(*form.body, Pair("exemptReason", "豁免事由", ("换届时已公示",), True)))
    for text in (pdf_text(typesetter.typeset_form(exempt)), paper_words(exempt)):
        assert "经研究，" not in text and "换届时已公示" in text and "任前公示登记" in text


def fixed(text: str, form: Form) -> list[str]:
    """Return the runs of words a paper says besides its form's labels and values, and the numbers of cards."""
    text = re.sub("（[一二三四五六七八九十]+）", "\n", text)
    blocks = (*form.head, *form.body, *form.foot, form.attachments)
    told = {flat(part) for part in (*said(form), *(block.label for block in blocks), UNIT.name, UNIT.organ)} - {""}
    for part in sorted(told, key=len, reverse=True):
        text = text.replace(part, "\n")
    return re.findall(r"[\u3001-\uff5e]*[\u4e00-\u9fff][\u3001-\uff5e]+", text)


def test_word_and_pdf_have_the_same_fixed_words(printed: dict[str, tuple[Form, bytes]]) -> None:
    apart = {}
    for key, (form, pdf) in printed.items():
        texts = {"pdf": pdf_text(pdf), "docx": paper_words(form)}
        values = "\n".join(map(flat, said(form)))
        for kind, other in (("pdf", "docx"), ("docx", "pdf")):
            alone = [run for run in fixed(texts[kind], form) if run not in texts[other] and run not in values]
            if alone:
                apart[key, kind] = alone
    assert apart == {}


def signed_form(lines: int, papers: int, marks: int = 3) -> Form:
    """Return a form whose body takes so many lines, with so many attachments and signatures."""
    mark = SignatureLine("审核人", "周𬭎", "2026年4月2日", "手写签名扫描", "")
    rows = tuple((f"附件{number}", "文件", "2", "原件", "0123456789abcdef") for number in range(papers))
    heads = ("附件名称", "种类", "页数", "原件", "校验码前16位")
    return plain_form(
        body=tuple(Pair(f"p{line}", "事项", (f"第{line}行" * 12,), False) for line in range(lines)),
        foot=(Pair("formKind", "纪实方式", ("表" * 30,), False), Pair("knowers", "知悉范围", ("组织部长" * 9,), False)),
        signatures=(mark,) * marks,
        attachments=Grid("attachment", "凭证附件", ("name", "kind", "pages", "original", "sha256"), heads, rows),
    )


@pytest.mark.parametrize("papers", [0, 1, 4])
def test_signatures_stay_together_and_take_one_row_along_and_no_more(typesetter: Typesetter, papers: int) -> None:
    turned = 0
    for lines in range(8, 30):
        texts = [
            flat(page.extract_text())
            for page in pypdf.PdfReader(io.BytesIO(typesetter.typeset_form(signed_form(lines, papers)))).pages
        ]
        last = next(text for text in texts if "责任人签名" in text)
        assert last.count("手写签名扫描") == 3
        before = last.partition("责任人签名")[0]
        assert ("知悉范围" if papers == 0 else f"附件{papers - 1}") in before
        turned += len(texts) == 2 and not ("纪实方式" in before if papers < 2 else f"附件{papers - 2}" in before)
    assert turned


def test_more_signatures_than_a_page_holds_run_over_pages(typesetter: Typesetter) -> None:
    pdf = typesetter.typeset_form(signed_form(20, 2, marks=60))
    assert outside(pdf) == []
    assert pdf_text(pdf).count("手写签名扫描") == 60


def measured(values: Any) -> Any:
    """Return laid-out values without the heights that were reckoned, so that every row is measured."""
    if isinstance(values, dict):
        heights = {"height": 0.0, "caption_height": 0.0, "head_height": 0.0}
        plain = {key: heights[key] if key in heights else measured(value) for key, value in values.items()}
        if "heights" not in values:
            return plain
        return plain | {"heights": [0.0] * len(values["heights"]), "bare": [False] * len(values["bare"])}
    return [measured(value) for value in values] if isinstance(values, list) else values


def test_rows_whose_height_is_reckoned_stand_exactly_as_if_measured(
    typesetter: Typesetter, records: list[Record]
) -> None:
    one_of_each = {record.step_id: record for record in records}.values()
    own = [record for record in records if not record.person_no or record.person_no == PERSON]
    given = 0
    for form in (*map(form_of, one_of_each), person_report(own, PERSON), batch_roster(records)):
        values = laid_out(form.as_values())
        given += json.dumps(values) != json.dumps(measured(values))
        day = form_date(form)
        reckoned = typesetter.compile("shared/single.typ", values, document_date=day)
        assert reckoned == typesetter.compile("shared/single.typ", measured(values), document_date=day), form.title
    assert given > 40


SIGNS = "，。、（）《》【】〔〕：；！？％—.:/-% 王一々〇㛃𬭎的"
WORDS = ["同志", "任职", "12", "AB", "x", "85%", "16:33", "3月5日", "2025年", "2026年3月5日", "S2-04", "第55—56页"]
PIECES = st.one_of(st.sampled_from("会议研究决定"), st.sampled_from([*SIGNS, *WORDS, "岚组纪〔2026〕3号"]))
LINES = st.lists(PIECES, min_size=1, max_size=60).map("".join)
PAIRS = st.builds(
    Pair, st.just("p"), st.just("事项"), st.lists(LINES, min_size=1, max_size=3).map(tuple), st.booleans()
)
CELLS = st.lists(PIECES, min_size=1, max_size=14).map("".join)
ROWS = st.lists(st.tuples(*[CELLS] * 5), min_size=13, max_size=13).map(tuple)


def glyphs(pdf: bytes) -> tuple[str, list[float]]:
    """Return what stands on all pages, and where: four edges a character, in points."""
    said, places = "", list[float]()
    for number, page in enumerate(pdfium.PdfDocument(pdf)):
        text = page.get_textpage()
        said += f"{number}{text.get_text_range()}"
        places += [edge for at in range(text.count_chars()) for edge in text.get_charbox(at)]
    return said, places


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(PAIRS, min_size=20, max_size=20), rows=ROWS)
def test_lines_that_are_foretold_break_as_foretold(typesetter: Typesetter, pairs: list[Pair], rows: Any) -> None:
    heads = ("甲项", "乙项", "丙项", "丁项", "戊项")
    form = plain_form(body=(*pairs, Grid("g", "一览表", ("a", "b", "c", "d", "e"), heads, rows)))
    values, day = laid_out(form.as_values()), dt.date(2026, 3, 18)
    said, places = glyphs(typesetter.compile("shared/single.typ", values, document_date=day))
    other, elsewhere = glyphs(typesetter.compile("shared/single.typ", measured(values), document_date=day))
    assert said == other
    assert places == pytest.approx(elsewhere, abs=0.01)


def test_every_own_form_has_its_template() -> None:
    names = {path.parent.name for path in templates_folder().glob("*/form.typ")}
    assert {"standard", "check", "S3-10", "S6-04"} <= names
