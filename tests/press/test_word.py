"""Word forms: byte-equal to docxtpl, nothing of the form lost, the same bytes every time."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from docxtpl import DocxTemplate
from jinja2 import UndefinedError
from lxml import etree

from jishi.errors import PartMissing
from jishi.procedure import procedure
from jishi.record_types import Field, record_type, type_ids
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from jishi.settings import UnitSettings
from press.forms import Form, Grid
from press.record_form import form_of
from press.word import template_bytes, template_name, word_form, word_template
from press.word_values import values_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NUMBER = "511000-2026-P003-007"
NAMES = ("李㛃", "王䶮", "欧阳𬭎", "张&晓<明>", '陈"志"远')
PROSE = "第一段：坚持原则，敢于担当，群众反映较好。" * 8 + "\n第二段\t有制表符；A&B < C > D ‘引号’。"
SUITE = Path(__file__).parents[1] / "suites" / "naughty-strings.json"


def text_for(field: Field) -> str:
    """Return a value of the field's type that is told apart from other values where its type allows."""
    plain = {
        "Text": PROSE,
        "date": "2026-03-18",
        "Count": "7",
        "PositiveCount": "3",
        "Percent": "62.50",
        "boolean": "true",
        "RecordId": "511000-2026-P003/S5-01/001",
        "StepId": "S3-04",
        "Year": "2025",
    }
    return field.choices[-1] if field.choices else plain.get(field.kind, f"{field.label}某值&{field.key}")


def element(field: Field, entries: int, whole: bool) -> str:
    """Return one field as XML, with so many entries in every list."""
    inner = {
        "PersonRef": "",
        "FileRef": "",
        "SomePeople": '<person ref="K-1"/><person ref="K-2"/>',
        "PersonList": '<person ref="K-3"/>',
        "FileList": '<file att="a-1"/>',
        "LineList": "<value>材料甲</value><value>材料乙</value>",
        "AnyLines": "",
        "StepList": "<value>S2-06</value><value>S5-03</value>",
        "enums": "".join(f"<value>{escape(choice)}</value>" for choice in field.choices),
    }
    marks = {
        "PersonRef": ' ref="K-1"',
        "FileRef": ' att="a-1"',
        "NotebookPages": ' bookNo="BJ-1" pageFrom="2" pageTo="5"',
    }
    children = "".join(element(child, entries, whole) for child in field.children if whole or child.required)
    if field.kind == "list":
        content = f"<entry>{children}</entry>" * max(entries, field.least)
    elif field.kind == "group":
        content = children
    else:
        content = inner[field.kind] if field.kind in inner else "" if field.kind in marks else escape(text_for(field))
    return f"<{field.key}{marks.get(field.kind, '')}>{content}</{field.key}>"


def sample(step_id: str, entries: int = 2, whole: bool = True, content: str = "") -> Record:
    """Return a record of a type with every field, or with those only that must be there."""
    step = procedure().all_types[step_id]
    fields = record_type(step_id).fields
    content = content or "".join(element(field, entries, whole) for field in fields if whole or field.required)
    person = step.scope in ("person", "both")
    people = "".join(
        f'<person id="K-{place}" name="{escape(name, {chr(34): "&quot;"})}" org="示例局" post="副局长"'
        f"{f' no={chr(34)}{NUMBER}{chr(34)}' if place == 1 else ''}/>"
        for place, name in enumerate(NAMES, start=1)
    )
    extra = "<secrecy>秘密</secrecy><knowers><role>org_head</role></knowers>"
    data = (
        f'<record xmlns="urn:jishi:record:1" recordId="{NUMBER if person else NUMBER[:16]}/{step_id}/001" '
        f'stepId="{step_id}" occurrence="1"><batch>{NUMBER[:16]}</batch>'
        f"{f'<personId>{NUMBER}</personId>' if person else ''}<title>某市某年第三批干部调整的记录</title>"
        "<occurredOn>2026-03-18</occurredOn><recordedOn>2026-03-18T17:20:00+08:00</recordedOn><place>三楼会议室</place>"
        f'<recorder ref="K-4"/><people>{people}</people>'
        '<responsible role="org_head" ref="K-5" signedOn="2026-03-19" signKind="电子签名" signRef="a-1"/>'
        f"<formKind>表 记录</formKind>{extra if whole else ''}<content>{content}</content>"
        '<attachment id="a-1" name="呈批件" kind="扫描件" file="a.pdf" mediaType="application/pdf" bytes="9" '
        f'sha256="{"0123456789abcdef" * 4}" pages="2" original="true"/></record>'
    ).encode()
    return record_of(parse(data), data)


def document_of(docx: bytes) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return etree.fromstring(archive.read("word/document.xml"))


def words(node: etree._Element) -> str:
    """Return the text of an element as a reader sees it, a line for every paragraph."""
    lines = []
    for paragraph in node.iter(f"{W}p"):
        signs = {f"{W}tab": "\t", f"{W}br": "\n"}
        lines.append(
            "".join(part.text or "" if part.tag == f"{W}t" else signs.get(part.tag, "") for part in paragraph.iter())
        )
    return "\n".join(lines)


def squeezed(text: str) -> str:
    return "".join(text.split())


def forms() -> Iterator[tuple[str, Form]]:
    for step_id in type_ids():
        yield f"{step_id} whole", form_of(sample(step_id))
        yield f"{step_id} least", form_of(sample(step_id, entries=1, whole=False))
        yield f"{step_id} empty lists", form_of(sample(step_id, entries=0), note="摘录：只留本人各行")


FORMS = dict(forms())


def values(form: Form) -> dict[str, Any]:
    return values_of(form, word_template(template_name(form)).placed, UnitSettings())


def by_docxtpl(name: str, context: dict[str, Any]) -> bytes:
    engine = DocxTemplate(io.BytesIO(template_bytes(name)))
    engine.render(context, autoescape=True)
    stream = io.BytesIO()
    engine.save(stream)
    return stream.getvalue()


def parts(docx: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names))
        return {name: archive.read(name) for name in names if name != "docProps/core.xml"}


@pytest.mark.parametrize("case", [case for case in FORMS if not case.endswith("lists")])
def test_every_part_is_byte_equal_to_what_docxtpl_writes(case: str) -> None:
    context = values(FORMS[case])
    name = template_name(FORMS[case])
    assert parts(word_template(name).render(context)) == parts(by_docxtpl(name, context))


@pytest.mark.parametrize(
    "text", ["两\n行", "制\t表", "回\r\n车", "a&b<c>d\"e'f", "", " ", "{{ x }} {% y %}", "𬭎㛃䶮", "换\f页"]
)
def test_odd_values_stay_byte_equal_to_docxtpl(text: str) -> None:
    context = values(FORMS["EX whole"]) | {"subtitle": text, "extract": text}
    if "\f" in text:
        context |= {"record_id": ""}
    mine = parts(word_template("standard").render(context | {"record_id": "x"}))
    assert mine == parts(by_docxtpl("standard", context | {"record_id": "x"}))


@pytest.mark.parametrize("case", FORMS)
def test_every_pair_of_the_form_stands_in_the_document(case: str) -> None:
    form = FORMS[case]
    text = squeezed(words(document_of(word_form(form))))
    wanted = Counter(squeezed(value) for _, value in form.pairs() if value.strip())
    short = {value: text.count(value) for value, count in wanted.items() if text.count(value) < count}
    assert not short
    assert not {label for label, _ in form.pairs() if squeezed(label) not in text}


@pytest.mark.parametrize("case", FORMS)
def test_rows_fill_the_width_and_cells_hold_a_paragraph(case: str) -> None:
    body = document_of(word_form(FORMS[case]))
    for table in body.iter(f"{W}tbl"):
        assert len(table.findall(f"{W}tblGrid/{W}gridCol")) == 60
        assert table.findall(f"{W}tr")
        for row in table.iterfind(f"{W}tr"):
            assert sum(int(span.get(f"{W}val", "")) for span in row.iter(f"{W}gridSpan")) == 60
        follower = table.getnext()
        assert follower is not None
        assert follower.tag == f"{W}p"
    assert all(cell[-1].tag == f"{W}p" for cell in body.iter(f"{W}tc"))


def test_the_same_form_gives_the_same_bytes() -> None:
    assert word_form(FORMS["S1-08 whole"]) == word_form(form_of(sample("S1-08")))


def test_no_date_in_the_package_but_the_record_s_own() -> None:
    with zipfile.ZipFile(io.BytesIO(word_form(FORMS["S1-01 whole"]))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2026-03-18T00:00:00Z") == 2


def test_a_value_the_template_names_and_nobody_gives_is_an_error() -> None:
    context = values(FORMS["EX whole"])
    del context["subtitle"]
    with pytest.raises((UndefinedError, KeyError)):
        word_template("standard").render(context)


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(PartMissing, match="S9-99"):
        word_template("S9-99")


def test_an_own_form_is_used_where_there_is_one() -> None:
    assert template_name(FORMS["S3-04 whole"]) == "S3-04"
    assert template_name(FORMS["S3-06 whole"]) == "standard"


def test_the_notice_speaks_in_the_name_of_the_unit() -> None:
    docx = word_form(FORMS["S6-04 whole"], unit=UnitSettings(name="某区委组织部", organ="中共某区委"))
    text = words(document_of(docx))
    assert "中共某区委文件" in text
    assert "某区委组织部" in text


def test_an_extract_says_so() -> None:
    assert "摘录：只留本人各行" in words(document_of(word_form(FORMS["S5-02 empty lists"])))


def test_groups_that_have_the_same_fields_are_one_table_with_their_labels_in_front() -> None:
    (table,) = (part for part in FORMS["S3-06 whole"].body if isinstance(part, Grid) and part.key == "birth")
    assert table.columns == ("项目", "认定值", "状态")
    assert [row[0] for row in table.rows] == ["出生年月", "参加工作时间", "入党时间", "学历学位", "经历", "身份"]
    assert table.rows[0][1] == "2026年3月18日"
    apart = [part.label for part in FORMS["S3-04 whole"].body if isinstance(part, Grid)]
    assert {"等次票数", "德的测评票数"} <= set(apart)


def kept_with_next(row: etree._Element) -> bool:
    styles = [mark.get(f"{W}val", "") for mark in row.iter(f"{W}pStyle")]
    return all(style.endswith("Kept") or style == "Caption" for style in styles)


@pytest.mark.parametrize("case", [case for case in FORMS if case.endswith("whole")])
def test_signatures_come_last_and_stay_with_the_row_before_them(case: str) -> None:
    form = FORMS[case]
    if not form.signatures:
        pytest.skip("nobody signs this")
    *_, before, marks = document_of(word_form(form)).iter(f"{W}tbl")
    rows = marks.findall(f"{W}tr")
    assert squeezed(words(rows[0])) == "责任人签名"
    assert [kept_with_next(row) for row in rows] == [True] * (len(rows) - 1) + [False]
    assert kept_with_next(before.findall(f"{W}tr")[-1])
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def naughty_strings() -> list[str]:
    """Return the strings of the suite that XML 1.0 can hold, as its parser gives them back."""
    kept = []
    for text in json.loads(SUITE.read_text("utf-8")):
        try:
            node = etree.Element("x")
            node.text = text
        except ValueError:
            continue
        kept.append(text)
    return kept


def test_naughty_strings_come_back_from_the_word_file_as_they_were() -> None:
    strings = [text for text in naughty_strings() if text]
    entries = "".join(f'<entry><person ref="K-1"/><view>{escape(text)}</view></entry>' for text in strings)
    record = sample("S1-04", content=f"<unit>某局</unit><speakers>{entries}</speakers>")
    told = [view.text for view in record.root.iter("{urn:jishi:record:1}view")]
    body = document_of(word_form(form_of(record)))
    rows = [row.findall(f"{W}tc") for row in body.iter(f"{W}tr")]
    shown = [words(cells[1]) for cells in rows if len(cells) == 2 and words(cells[0]) == NAMES[0]]
    assert len(strings) > 500
    assert shown == told == strings


def test_only_the_compiler_uses_docxtpl() -> None:
    rooms = [Path(__file__).parents[2] / room for room in ("jishi", "press", "archive", "pipeline", "rehearsal")]
    users = {path.name for room in rooms for path in room.rglob("*.py") if "docxtpl import" in path.read_text("utf-8")}
    assert users == {"word.py"}
