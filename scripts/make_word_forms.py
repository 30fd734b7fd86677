"""Write templates/<form>/form.docx: the Word templates, from the descriptions below and word_styles.xml.

Which layout a form has stands in its word.toml, the fixed words of documents in templates/shared/words.toml and in a
form's own words.toml, where the Typst forms find them too. Run it after changing any of these:
`.venv/bin/python scripts/make_word_forms.py`. A unit that wants another look opens a form.docx
in Word or WPS and changes it there; the tags in braces are docxtpl's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from word_package import parts_of, section
from word_xml import (
    ACROSS,
    UNITS,
    block,
    block_if_any,
    blocks,
    cell,
    either,
    either_rows,
    label,
    lines,
    loose_cells,
    one,
    paragraph,
    perhaps,
    row,
    table,
    tally,
    two,
    value,
    with_paragraphs,
    with_rows,
)

from press.looks import form_look
from press.package import pack, package_of

TEMPLATES = Path(__file__).parents[1] / "templates"
GAP = paragraph("Gap")


def said(folder: str, name: str = "words.toml") -> dict[str, Any]:
    """Return what a file of a folder of templates/ says."""
    return tomllib.loads((TEMPLATES / folder / name).read_text("utf-8"))


REPRINTED = paragraph("Reprinted", f"（{said('shared')['reprint']}）")


def titled() -> str:
    """Return the title, a long one broken by sense."""
    return lines("title_lines", "Title")


def note() -> str:
    """Return 题名 and, on an extract or copy, the words that say so."""
    return paragraph("Subtitle", "{{ subtitle }}") + with_paragraphs(
        "if extract", paragraph("Note", "（{{ extract }}）")
    )


def headed() -> str:
    """Return what every table form begins with."""
    return titled() + note() + blocks("head")


def documented(condition: str, document: str, tables: str = "") -> str:
    """Return a document and, on a page of its own, its record, where the condition holds; else the record alone.

    Args:
        condition: when there is a document.
        document: its text.
        tables: tables that stand in the document and in the record.
    """
    record = note() + blocks("head") + tables + blocks("rest")
    name = "{{ title }}登记"
    return either(condition, document + paragraph("Register", name), paragraph("Title", name)) + record


def worded(words: str, **given: str) -> str:
    """Return fixed words with tags where they name values; given are the tags that are no plain field."""
    return re.sub(r"\{(\w+)\}", lambda found: given.get(found[1], f"{{{{ fact.{found[1]}.text }}}}"), words)


def standard() -> str:
    """Return any record: head, fields, signatures, papers, foot."""
    return headed() + blocks("rest")


def tally_sheet() -> str:
    """Return 推荐情况统计表."""
    counts = table(
        one("post"), two("tallyOn", "sealNo"), one("meetingRef"), tally("issued", "returned", "valid", "invalid")
    )
    signers = table(two("tellers", "scrutineers"))
    return headed() + counts + GAP + block_if_any("results") + signers + GAP + blocks("rest")


def appraisal() -> str:
    """Return 民主测评汇总表."""
    counts = table(
        two("heldOn", "sealNo"),
        tally("expected", "actual", "issued", "returned", "valid"),
        _matrix("grade", ("excellent", "competent", "basic", "incompetent"), ("excellentCompetentRate",)),
        _matrix("moral", ("good", "fairly", "average", "poor"), ("moralNegative", "moralNegativeRate")),
    )
    end = table(one("inquiry"), perhaps("inquiryReport", one("inquiryReport")), two("tellers", "scrutineers"))
    return headed() + counts + GAP + block_if_any("reverse") + end + GAP + blocks("rest")


def _matrix(key: str, columns: tuple[str, ...], rates: tuple[str, ...]) -> str:
    """Return a group: its caption at the left, numbers under their labels, then related fields likewise."""
    left, count = 12, len(columns) + len(rates)
    spans = [(UNITS - left + place) // count for place in range(count)][::-1]
    ballots = list(zip(spans, columns, strict=False))
    shares = list(zip(spans[len(columns) :], rates, strict=True))
    heads = [cell(span, paragraph("LabelSmall", f"{{{{ label.{key}.{name} }}}}")) for span, name in ballots]
    heads += [label(name, span, "LabelSmall") for span, name in shares]
    counts = [cell(span, paragraph("Mid", f"{{{{ entries.{key}[0].{name} }}}}")) for span, name in ballots]
    counts += [value(name, span) for span, name in shares]
    top = cell(left, paragraph("Label", f"{{{{ grid.{key}.caption }}}}"), "restart")
    return row(top, *heads) + row(cell(left, paragraph("Label"), "continue"), *counts, height=567)


def interview() -> str:
    """Return 考察谈话记录: the record of one talk, or the summary of all with the judgement of political quality."""
    single = table(
        one("interviewers"),
        row(*_of_talk("code"), *_of_talk("category")),
        row(*_of_talk("on"), *_of_talk("notebook")),
        row(cell(UNITS, _gist(), top=True), height=5300, keep=False),
    )
    basis = paragraph("Lead", "{{ field.politicalBasis.label }}") + lines("field.politicalBasis.lines", "Prose")
    political = table(
        perhaps("political", one("political")),
        perhaps("politicalBasis", row(cell(UNITS, basis, top=True), height=2800, keep=False)),
    )
    totals = table(
        one("interviewers"),
        perhaps("planned held", two("planned", "held")),
        perhaps("firstTalk lastTalk", two("firstTalk", "lastTalk")),
        perhaps("selfInterviewOn", one("selfInterviewOn")),
    )
    judged = with_paragraphs("if field.political is defined or field.politicalBasis is defined", political + GAP)
    whole = totals + GAP + block_if_any("talks") + block_if_any("survey") + judged
    chosen = either("entries.talks|length == 1 and field.planned is not defined", single + GAP, whole)
    return headed() + chosen + blocks("rest")


def _of_talk(key: str) -> tuple[str, str]:
    named = cell(13, paragraph("Label", f"{{{{ label.talks.{key} }}}}"))
    return named, cell(17, paragraph("Mid", f"{{{{ entries.talks[0].{key} }}}}"))


def _gist() -> str:
    heading = paragraph("Lead", "{{ grid.talks.caption }}{{ label.talks.gist }}")
    return heading + lines("entries.talks[0].gist.split('\\n')", "Prose")


def examination() -> str:
    """Return 考察材料: a report in sections under its head, then what is recorded about it."""
    keys = ("de", "neng", "qin", "ji", "lian", "shortcomings", "fourChecks")
    sections = "".join(
        paragraph("Level1", f"{number}、{{{{ field.{key}.label }}}}") + lines(f"field.{key}.lines", "Body")
        for number, key in zip("一二三四五六七", keys, strict=True)
    )
    return headed() + sections + GAP + blocks("rest")


def meeting() -> str:
    """Return 会议记录: minutes of the committee's meeting."""
    top = table(
        one("meetingNo"),
        two("heldOn", "expected"),
        two("chair", "introducer"),
        perhaps("observer", one("observer")),
    )
    speeches = with_paragraphs("if grids['items.speeches'] is defined", blocks("grids['items.speeches']"))
    book = table(one("chairSpokeLast"), one("bookNo"), two("pageFrom", "pageTo"), perhaps("audioNo", one("audioNo")))
    people = block_if_any("present") + block_if_any("absent") + block_if_any("items")
    return headed() + top + GAP + people + speeches + book + GAP + blocks("rest")


def vote() -> str:
    """Return 表决结果报告单."""
    top = table(one("meetingRef"), two("method", "heldOn"), tally("expected", "actual", "reconsider"))
    end = table(
        perhaps("splitReason", one("splitReason")),
        two("tellers", "scrutineers"),
        perhaps("sealNo", one("sealNo")),
    )
    return headed() + top + GAP + block_if_any("results") + end + GAP + blocks("rest")


def notice(words: Mapping[str, Any]) -> str:
    """Return 任前公示: the notice as it hung out, then its record; of an exemption or an extract the record."""
    people = GAP + block("grid.entries", captioned=False)
    after = "".join(paragraph("Body", worded(text, unit="{{ unit }}")) for text in words["after"])
    signed = paragraph("Organ", "{{ unit }}") + paragraph("Organ", "{{ fact.startOn.text }}")
    posted = REPRINTED + titled() + paragraph("Body", worded(words["opening"])) + people + after + signed
    return documented("not extract and fact.exemptReason is not defined", posted, block_if_any("entries"))


def appointment(words: Mapping[str, Any]) -> str:
    """Return 任免通知, laid out by GB/T 9704, then its record; of an extract or a copy the record."""
    trial = f"{{% if fact.probation.text == '是' %}}{words['trial']}{{% endif %}}"
    appointed = paragraph("Body", worded(words["appointed"], trial=trial))
    removed = paragraph("Body", worded(words["removed"]))
    decided = with_paragraphs("if fact.appointPost is defined", appointed)
    decided += with_paragraphs("if fact.removePost is defined", removed)
    head = paragraph("RedHead", "{{ organ }}文件") + paragraph("DocNo", "{{ fact.docNo.text }}")
    empty = paragraph("BodyFlush")
    text = (
        lines("subtitle_lines", "Title")
        + empty
        + paragraph("BodyFlush", words["addressed"])
        + paragraph("Body", words["opening"])
        + decided
        + paragraph("Body", worded(words["effective"]))
    )
    signed = paragraph("Organ", "{{ organ }}") + paragraph("Organ", "{{ fact.issuedOn.text }}")
    issued = REPRINTED + with_paragraphs("if organ", head) + text + empty + empty + _imprint() + signed
    speaks = "fact.subject is defined and (fact.appointPost is defined or fact.removePost is defined)"
    return either(speaks, documented("not extract", issued), standard())


def _imprint() -> str:
    """Return 版记: who printed it and when, between lines at the foot of the page."""
    frame = 'w:w="8844" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" w:xAlign="center" w:yAlign="bottom"'
    texts = ("　{{ unit }}", "{{ fact.issuedOn.text }}印发　")
    runs = "<w:r><w:tab/></w:r>".join(f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' for text in texts)
    return f'<w:p><w:pPr><w:pStyle w:val="Imprint"/><w:framePr {frame}/></w:pPr>{runs}</w:p>'


def report() -> str:
    """Return 全程纪实报告表: one grid, stage by stage, the seals at its foot, then the steps on paper across."""
    beside = loose_cells("item.cells")
    first = row(cell(4, paragraph("Label", "{{ part.label }}"), "restart", upright=True), beside)
    next_one = row(cell(4, paragraph("Label"), "continue"), beside)
    rows = with_rows("for item in part.rows", either_rows("loop.first", first, next_one))
    seals = row(_seal("recorder"), _seal("reviewer"), height=1300) + row(
        _seal("unit"), _seal("supervisor"), height=1700
    )
    turn = f'<w:p><w:pPr><w:pStyle w:val="Gap"/>{section()}</w:pPr></w:p>'
    grid = table(with_rows("for part in sections", rows))
    return headed() + grid + GAP + table(seals) + turn + block_if_any("register", ACROSS) + blocks("tail", ACROSS)


def _seal(key: str) -> str:
    name = f"field['foot.{key}']"
    return cell(30, paragraph("Lead", f"{{{{ {name}.label }}}}") + lines(f"{name}.lines", "Value"), top=True)


def across() -> str:
    """Return a document of wide tables: notebook, roster, process."""
    return titled() + note() + blocks("head", ACROSS) + blocks("rest", ACROSS)


LAYOUTS: tuple[Callable[[], str], ...] = (
    standard, tally_sheet, appraisal, interview, examination, meeting, vote, report, across,
)  # fmt: skip
DOCUMENTS: tuple[Callable[[Mapping[str, Any]], str], ...] = (notice, appointment)
"""Layouts that print the fixed words of their form."""


def described(form: str) -> str:
    """Return the description of a form, by the layout its word.toml names."""
    layout = said(form, "word.toml")["layout"]
    if (document := {one.__name__: one for one in DOCUMENTS}.get(layout)) is not None:
        return document(said(form))
    return {one.__name__: one for one in LAYOUTS}[layout]()


def templates() -> dict[str, dict[str, str]]:
    """Return the parts of every template, by folder."""
    names = sorted(path.parent.name for path in TEMPLATES.glob("*/word.toml"))
    looks = {name: form_look(name) for name in names}
    ends = {name: section(across=look.lying or look.across) for name, look in looks.items()}
    return {name: parts_of(described(name) + ends[name]) for name in names}


def main() -> None:
    """Write every template."""
    for name, parts in templates().items():
        target = TEMPLATES / name / "form.docx"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(package_of(pack(part, text.encode()) for part, text in parts.items()))
        print(f"templates/{name}/form.docx  {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
