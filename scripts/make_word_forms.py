"""Write templates/<form>/form.docx: the Word templates, from the descriptions below and word_styles.xml.

Run it after changing either: `.venv/bin/python scripts/make_word_forms.py`. A unit that wants another look opens a
form.docx in Word or WPS and changes it there; the tags in double braces are docxtpl's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from press.package import pack, package_of

HERE = Path(__file__).parent
TEMPLATES = HERE.parent / "templates"
UNITS = 60
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml."
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


# Paragraphs, cells, rows, tables ------------------------------------------------------------------------------


def paragraph(style: str, text: str = "", extra: str = "") -> str:
    """One paragraph; extra goes before its text, such as a colspan tag in a run of its own."""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{extra}{run}</w:p>'


def paragraphs_tag(tag: str) -> str:
    """A docxtpl tag that stands for its whole paragraph."""
    return f"<w:p><w:r><w:t>{{%p {tag} %}}</w:t></w:r></w:p>"


def rows_tag(tag: str) -> str:
    """A docxtpl tag that stands for its whole row."""
    return f"<w:tr><w:tc><w:p><w:r><w:t>{{%tr {tag} %}}</w:t></w:r></w:p></w:tc></w:tr>"


def cells_tag(tag: str) -> str:
    """A docxtpl tag that stands for its whole cell."""
    return f"<w:tc><w:p><w:r><w:t>{{%tc {tag} %}}</w:t></w:r></w:p></w:tc>"


def cell(span: int, content: str, merge: str = "", top: bool = False) -> str:
    """One cell of so many of the sixty columns; merge is restart or continue of a merge downwards."""
    joined = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    align = "" if top else '<w:vAlign w:val="center"/>'
    width = f'<w:tcW w:w="{span * 147}" w:type="dxa"/><w:gridSpan w:val="{span}"/>'
    return f"<w:tc><w:tcPr>{width}{joined}{align}</w:tcPr>{content}</w:tc>"


def row(*cells: str, height: int = 482, keep: bool = True, head: bool = False) -> str:
    """One row; a head is repeated on every page."""
    marks = ("<w:cantSplit/>" if keep else "") + f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>'
    return f"<w:tr><w:trPr>{marks}{'<w:tblHeader/>' if head else ''}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    """A table of sixty columns."""
    grid = '<w:gridCol w:w="147"/>' * UNITS
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Form"/><w:tblW w:w="8820" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def lines(name: str, style: str) -> str:
    """Every line of a value as its own paragraph."""
    return (
        paragraphs_tag(f"for line in {name}.lines") + paragraph(style, "{{ line }}") + paragraphs_tag("endfor")
    )  # fmt: skip


def loose_cells(name: str) -> str:
    """The cells of a laid-out row or head, each as wide as the values say."""
    span = "<w:r><w:t>{% colspan box.span %}</w:t></w:r>"
    inner = paragraphs_tag("for style, line in box.lines") + paragraph("{{ style }}", "{{ line }}", span)
    one = f'<w:tc><w:tcPr><w:vAlign w:val="center"/></w:tcPr>{inner}{paragraphs_tag("endfor")}</w:tc>'
    return cells_tag(f"for box in {name}") + one + cells_tag("endfor")


def block(name: str, captioned: bool = True) -> str:
    """The table of a laid-out block, and the gap that keeps it from the next."""
    heads = (
        rows_tag(f"if {name}.heads"),
        row(cell(UNITS, paragraph("Caption", f"{{{{ {name}.caption }}}}")), head=True) if captioned else "",
        row(loose_cells(f"{name}.heads"), head=True),
        rows_tag("endif"),
    )
    body = (
        rows_tag(f"for item in {name}.rows"),
        rows_tag("if item.keep"),
        row(loose_cells("item.cells")),
        rows_tag("else"),
        row(loose_cells("item.cells"), keep=False),
        rows_tag("endif"),
        rows_tag("endfor"),
    )
    return table(*heads, *body) + paragraph("Gap")


def blocks(name: str) -> str:
    """A list of blocks, one after the other."""
    return paragraphs_tag(f"for block in {name}") + block("block") + paragraphs_tag("endfor")


# Parts of forms -----------------------------------------------------------------------------------------------


def heading() -> str:
    """Title, 题名 and, on an extract or copy, the note that says so."""
    note = paragraphs_tag("if extract") + paragraph("Note", "（{{ extract }}）") + paragraphs_tag("endif")
    return titled() + paragraph("Subtitle", "{{ subtitle }}") + note


def titled() -> str:
    """The title, a long one broken by sense."""
    return paragraphs_tag("for line in title_lines") + paragraph("Title", "{{ line }}") + paragraphs_tag("endfor")


def label(key: str, span: int = 13, style: str = "Label") -> str:
    """The label of a field."""
    named = paragraphs_tag(f"for line in field.{key}.heads") + paragraph(style, "{{ line }}") + paragraphs_tag("endfor")
    return cell(span, named)


def value(key: str, span: int, style: str = "Mid") -> str:
    """The value of a field."""
    return cell(span, lines(f"field.{key}", style))


def one(key: str) -> str:
    """A row with one field."""
    return row(label(key), value(key, 47, "Value"))


def two(first: str, second: str) -> str:
    """A row with two fields."""
    return row(label(first), value(first, 17), label(second), value(second, 17))


def perhaps(key: str, content: str) -> str:
    """Rows that stand only when a field has a value."""
    return rows_tag(f"if field.{key} is defined") + content + rows_tag("endif")


def tally(*keys: str) -> str:
    """Numbers under their labels, side by side."""
    span = UNITS // len(keys)
    return row(*(label(key, span) for key in keys)) + row(*(value(key, span) for key in keys), height=567)


def matrix(key: str, columns: tuple[str, ...], rates: tuple[str, ...]) -> str:
    """The caption of a group at the left, its numbers under their labels, then related fields in the same manner."""
    left, count = 12, len(columns) + len(rates)
    spans = [(UNITS - left + place) // count for place in range(count)][::-1]
    cells = [
        cell(span, paragraph("LabelSmall", f"{{{{ label.{key}.{column} }}}}")) for span, column in zip(spans, columns)
    ]
    numbers = [cell(span, paragraph("Mid", f"{{{{ entries.{key}[0].{column} }}}}")) for span, column in zip(spans, columns)]
    cells += [label(rate, span, "LabelSmall") for span, rate in zip(spans[len(columns) :], rates, strict=True)]
    numbers += [value(rate, span) for span, rate in zip(spans[len(columns) :], rates, strict=True)]
    top = cell(left, paragraph("Label", f"{{{{ grid.{key}.caption }}}}"), "restart")
    return row(top, *cells) + row(cell(left, paragraph("Label"), "continue"), *numbers, height=567)


def grid_if_any(key: str) -> str:
    """The table of a field, when it has rows."""
    return paragraphs_tag(f"if grid['{key}'] is defined") + block(f"grid['{key}']") + paragraphs_tag("endif")


# The forms ----------------------------------------------------------------------------------------------------


def standard() -> str:
    """Any record: head, fields, signatures, papers, foot."""
    return heading() + blocks("head") + blocks("rest")


def tally_sheet() -> str:
    """S2-05 推荐情况统计表."""
    sheet = table(
        one("post"),
        two("tallyOn", "sealNo"),
        one("meetingRef"),
        tally("issued", "returned", "valid", "invalid"),
    )
    signers = table(two("tellers", "scrutineers"))
    return heading() + blocks("head") + sheet + paragraph("Gap") + grid_if_any("results") + signers + after()


def after() -> str:
    """What every own form ends with: all that it did not place."""
    return paragraph("Gap") + blocks("rest")


def appraisal() -> str:
    """S3-04 民主测评汇总表."""
    sheet = table(
        two("heldOn", "sealNo"),
        tally("expected", "actual", "issued", "returned", "valid"),
        matrix("grade", ("excellent", "competent", "basic", "incompetent"), ("excellentCompetentRate",)),
        matrix("moral", ("good", "fairly", "average", "poor"), ("moralNegative", "moralNegativeRate")),
    )
    end = table(
        one("inquiry"),
        perhaps("inquiryReport", one("inquiryReport")),
        two("tellers", "scrutineers"),
    )
    return heading() + blocks("head") + sheet + paragraph("Gap") + grid_if_any("reverse") + end + after()


def interview() -> str:
    """S3-05: the record of one talk, or the summary of all with the judgement of political quality."""
    talk = "entries.talks[0]"

    def told(key: str, span: int) -> tuple[str, str]:
        named = cell(13, paragraph("Label", f"{{{{ label.talks.{key} }}}}"))
        return named, cell(span, paragraph("Mid", f"{{{{ {talk}.{key} }}}}"))

    text = (
        paragraph("Lead", "{{ grid.talks.caption }}{{ label.talks.gist }}")
        + paragraphs_tag(f"for line in {talk}.gist.split('\\n')")
        + paragraph("Prose", "{{ line }}")
        + paragraphs_tag("endfor")
    )
    single = table(
        one("interviewers"),
        row(*told("code", 17), *told("category", 17)),
        row(*told("on", 17), *told("notebook", 17)),
        row(cell(UNITS, text, top=True), height=5300, keep=False),
    )
    political = table(
        perhaps("political", one("political")),
        perhaps(
            "politicalBasis",
            row(
                cell(UNITS, paragraph("Lead", "{{ field.politicalBasis.label }}") + lines("field.politicalBasis", "Prose"),
                     top=True),
                height=2800, keep=False,
            ),
        ),
    )  # fmt: skip
    whole = (
        table(one("interviewers"), totals("planned", "held"), totals("firstTalk", "lastTalk"),
              perhaps("selfInterviewOn", one("selfInterviewOn")))
        + paragraph("Gap") + grid_if_any("talks") + grid_if_any("survey")
        + paragraphs_tag("if field.political is defined or field.politicalBasis is defined")
        + political + paragraph("Gap") + paragraphs_tag("endif")
    )  # fmt: skip
    chosen = paragraphs_tag("if entries.talks|length == 1 and field.planned is not defined") + single + paragraph("Gap")
    return (
        heading() + blocks("head") + chosen + paragraphs_tag("else") + whole + paragraphs_tag("endif") + blocks("rest")
    )


def totals(first: str, second: str) -> str:
    """A row of two fields that a summary has."""
    return (
        rows_tag(f"if field.{first} is defined and field.{second} is defined") + two(first, second) + rows_tag("endif")
    )


def examination() -> str:
    """S3-10 考察材料: a report in sections, then what is recorded about it."""
    numbers = "一二三四五六七"
    keys = ("de", "neng", "qin", "ji", "lian", "shortcomings", "fourChecks")
    sections = "".join(
        paragraph("Level2", f"（{number}）{{{{ field.{key}.label }}}}") + lines(f"field.{key}", "Body")
        for number, key in zip(numbers, keys, strict=True)
    )
    whom = (
        paragraphs_tag("if fact.subject is defined")
        + paragraph("Body", "{{ fact.subject.text }}，{{ fact.subjectPost.text }}。")
        + paragraphs_tag("endif")
    )
    return heading() + whom + sections + register()


def register() -> str:
    """The page of a document where its record stands."""
    return paragraph("Register", "纪实登记") + blocks("head") + blocks("rest")


def meeting() -> str:
    """S5-01: minutes of the committee's meeting."""
    top = table(
        one("meetingNo"),
        two("heldOn", "expected"),
        two("chair", "introducer"),
        perhaps("observer", one("observer")),
    )
    speeches = paragraphs_tag("for block in grids['items.speeches']") + block("block") + paragraphs_tag("endfor")
    book = table(
        one("chairSpokeLast"),
        one("bookNo"),
        two("pageFrom", "pageTo"),
        perhaps("audioNo", one("audioNo")),
    )
    return (
        heading() + blocks("head") + top + paragraph("Gap") + grid_if_any("present") + grid_if_any("absent")
        + grid_if_any("items") + paragraphs_tag("if grids['items.speeches'] is defined") + speeches
        + paragraphs_tag("endif") + book + after()
    )  # fmt: skip


def vote() -> str:
    """S5-02 表决结果报告单."""
    top = table(
        one("meetingRef"),
        two("method", "heldOn"),
        tally("expected", "actual", "reconsider"),
    )
    end = table(
        perhaps("splitReason", one("splitReason")),
        two("tellers", "scrutineers"),
        perhaps("sealNo", one("sealNo")),
    )
    return heading() + blocks("head") + top + paragraph("Gap") + grid_if_any("results") + end + after()


def notice() -> str:
    """S6-01 任前公示: the notice as it hangs out, then its record."""
    term = "公示期限：{{ fact.startOn.text }}至{{ fact.endOn.text }}（{{ fact.workdays.text }}个工作日）。"
    voice = (
        "公示期间，个人和单位均可通过来信、来电、来访等方式，向{{ unit }}反映公示对象的情况和问题。"
        "反映情况应当实事求是，以个人名义反映的，提倡署报真实姓名。"
    )
    table_of_people = paragraph("Gap") + block("grid.entries", captioned=False)
    sheet = (
        titled()
        + paragraph("Body", "为进一步扩大民主，广泛听取意见，根据《党政领导干部选拔任用工作条例》有关规定，"
                            "现将拟任职人选的有关情况公示如下：")
        + table_of_people + paragraph("Body", term) + paragraph("Body", voice)
        + paragraph("Body", "联系电话：{{ fact.phone.text }}")
        + paragraph("Body", "通讯地址：{{ fact.address.text }}")
        + paragraph("Organ", "{{ unit }}") + paragraph("Organ", "{{ fact.startOn.text }}")
    )  # fmt: skip
    exempt = titled() + paragraph("Body", "豁免公示：{{ fact.exemptReason.text }}。") + table_of_people
    subject = paragraph("Subtitle", "{{ subtitle }}")
    note = paragraphs_tag("if extract") + paragraph("Note", "（{{ extract }}）") + paragraphs_tag("endif")
    return (
        paragraphs_tag("if fact.exemptReason is defined") + exempt + paragraphs_tag("else") + sheet
        + paragraphs_tag("endif") + paragraph("Register", "纪实登记") + subject + note + blocks("head") + blocks("rest")
    )  # fmt: skip


def appointment() -> str:
    """S6-04 任免通知, laid out by GB/T 9704, then its record."""
    both = "任免职", "任职", "免职"
    kind = (
        f"{{% if fact.appointPost is defined and fact.removePost is defined %}}{both[0]}"
        f"{{% elif fact.appointPost is defined %}}{both[1]}{{% else %}}{both[2]}{{% endif %}}"
    )
    name = "{% if fact.subject is defined %}{{ fact.subject.text }}同志{% endif %}"
    probation = "{% if fact.probation.text == '是' %}，按规定实行试用期{% endif %}"
    imprint = (
        '<w:p><w:pPr><w:pStyle w:val="Imprint"/><w:framePr w:w="8844" w:hSpace="0" w:wrap="around" w:vAnchor="margin" '
        'w:hAnchor="margin" w:xAlign="center" w:yAlign="bottom"/></w:pPr><w:r><w:t xml:space="preserve">　{{ unit }}</w:t></w:r>'
        '<w:r><w:tab/></w:r><w:r><w:t xml:space="preserve">{{ fact.issuedOn.text }}印发　</w:t></w:r></w:p>'
    )
    sheet = (
        paragraph("RedHead", "{{ organ }}文件") + paragraph("DocNo", "{{ fact.docNo.text }}")
        + paragraph("Title", f"{{{{ organ }}}}关于{name}{kind}的通知") + paragraph("BodyFlush")
        + paragraph("BodyFlush", "各有关单位：")
        + paragraph("Body", "经研究，决定：")
        + paragraphs_tag("if fact.appointPost is defined")
        + paragraph("Body", f"{name}任{{{{ fact.appointPost.text }}}}{probation}。") + paragraphs_tag("endif")
        + paragraphs_tag("if fact.removePost is defined")
        + paragraph("Body", f"免去{name}的{{{{ fact.removePost.text }}}}职务。") + paragraphs_tag("endif")
        + paragraph("Body", "以上任免自{{ fact.effectiveOn.text }}起计算。")
        + paragraph("BodyFlush") + paragraph("BodyFlush") + imprint
        + paragraph("Organ", "{{ organ }}") + paragraph("Organ", "{{ fact.issuedOn.text }}")
    )  # fmt: skip
    record = paragraph("Subtitle", "{{ subtitle }}")
    note = paragraphs_tag("if extract") + paragraph("Note", "（{{ extract }}）") + paragraphs_tag("endif")
    return sheet + paragraph("Register", "纪实登记") + record + note + blocks("head") + blocks("rest")


FORMS = {
    "standard": standard,
    "S2-05": tally_sheet,
    "S3-04": appraisal,
    "S3-05": interview,
    "S3-10": examination,
    "S5-01": meeting,
    "S5-02": vote,
    "S6-01": notice,
    "S6-04": appointment,
}


# The package --------------------------------------------------------------------------------------------------


def styles() -> str:
    """styles.xml from word_styles.xml."""
    known = etree.parse(HERE / "word_styles.xml").getroot()
    own = "".join(_style(node) for node in known.iterfind("style"))
    borders = "".join(f'<w:{side} w:val="single" w:sz="8" w:space="0" w:color="000000"/>' for side in
                      ("top", "left", "bottom", "right"))  # fmt: skip
    inside = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in
                     ("insideH", "insideV"))  # fmt: skip
    margins = "".join(
        f'<w:{side} w:w="{size}" w:type="dxa"/>'
        for side, size in (("top", 40), ("left", 57), ("bottom", 40), ("right", 57))
    )
    return (
        f"{XML}<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>{_fonts('仿宋_GB2312')}"
        '<w:kern w:val="0"/><w:sz w:val="24"/><w:szCs w:val="24"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
        '</w:rPrDefault><w:pPrDefault><w:pPr><w:wordWrap w:val="0"/><w:autoSpaceDE w:val="0"/>'
        '<w:autoSpaceDN w:val="0"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>{own}"
        '<w:style w:type="table" w:styleId="Form"><w:name w:val="纪实表格"/><w:basedOn w:val="TableNormal"/><w:tblPr>'
        f"<w:tblBorders>{borders}{inside}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )


def _fonts(face: str, latin: str = "Times New Roman") -> str:
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{face}" w:cs="{latin}"/>'


def _style(node: etree._Element) -> str:
    points = float(node.get("pt", "12"))
    size = f'<w:sz w:val="{points * 2:g}"/><w:szCs w:val="{points * 2:g}"/>'
    colour = f'<w:color w:val="{node.get("colour")}"/>' if node.get("colour") else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{node.get("id")}"><w:name w:val="{node.get("name")}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{"".join(_paragraph_marks(node, points))}</w:pPr>'
        f"<w:rPr>{_fonts(node.get('face', ''), node.get('latin', 'Times New Roman'))}{colour}{size}</w:rPr></w:style>"
    )


def _paragraph_marks(node: etree._Element, points: float) -> Iterator[str]:
    """Yield a style's paragraph properties in the order the schema wants."""
    if node.get("keep"):
        yield "<w:keepNext/>"
    if node.get("page"):
        yield "<w:pageBreakBefore/>"
    if node.get("rule"):
        rule = f'w:val="single" w:sz="{node.get("weight", "12")}" w:space="{node.get("space", "8")}" w:color="{node.get("rule")}"'
        above = f"<w:top {rule}/>" if node.get("floor") else ""
        yield f"<w:pBdr>{above}<w:bottom {rule}/></w:pBdr>"
    if node.get("tab"):
        yield f'<w:tabs><w:tab w:val="right" w:pos="{node.get("tab")}"/></w:tabs>'
    yield '<w:wordWrap w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
    if not node.get("grid"):
        yield '<w:snapToGrid w:val="0"/>'
    space = "".join(f' w:{side}="{float(node.get(side, "0")) * 20:g}"' for side in ("before", "after"))
    yield f'<w:spacing{space} w:line="{float(node.get("line", "18")) * 20:g}" w:lineRule="exact"/>'
    indents = {side: int(node.get(short, "0")) for side, short in _INDENTS.items() if node.get(short)}
    if indents:
        marks = "".join(f' w:{side}Chars="{hundredths}" w:{side}="{hundredths * points / 5:g}"'
                        for side, hundredths in indents.items())  # fmt: skip
        yield f"<w:ind{marks}/>"
    if node.get("jc"):
        yield f'<w:jc w:val="{node.get("jc")}"/>'


_INDENTS = {"left": "left", "right": "right", "firstLine": "first"}


def header() -> str:
    """The page head: 密级 at the left, 记录编号 at the right."""
    mark = '<w:r><w:t xml:space="preserve">{{ secrecy }}</w:t></w:r><w:r><w:tab/></w:r>'
    number = '<w:r><w:t xml:space="preserve">{% if record_id %}记录编号：{{ record_id }}{% endif %}</w:t></w:r>'
    return f'{XML}<w:hdr {W} {R}><w:p><w:pPr><w:pStyle w:val="Head"/></w:pPr>{mark}{number}</w:p></w:hdr>'


def footer(style: str) -> str:
    """The page number between dashes."""
    dash = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    inner = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>{dash.format("— ")}{page}{dash.format(" —")}'
    return f"{XML}<w:ftr {W} {R}><w:p>{inner}</w:p></w:ftr>"


def document(body: str) -> str:
    """document.xml: the body on A4 with the margins of GB/T 9704."""
    ends = "".join(
        f'<w:{kind}Reference w:type="{side}" r:id="{kind}{place}"/>'
        for kind in ("header", "footer")
        for place, side in ((1, "default"), (2, "even"))
    )
    section = (
        f'<w:sectPr>{ends}<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" '
        'w:left="1588" w:header="1304" w:footer="1247" w:gutter="0"/><w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>'
    )
    return f"{XML}<w:document {W} {R}><w:body>{body}{section}</w:body></w:document>"


SETTINGS = (
    f'{XML}<w:settings {W}><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)
CORE = (
    f'{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:language>zh-CN</dc:language></cp:coreProperties>'
)
KINDS = {
    "word/document.xml": f"{MAIN}document.main+xml",
    "word/styles.xml": f"{MAIN}styles+xml",
    "word/settings.xml": f"{MAIN}settings+xml",
    "word/header1.xml": f"{MAIN}header+xml",
    "word/header2.xml": f"{MAIN}header+xml",
    "word/footer1.xml": f"{MAIN}footer+xml",
    "word/footer2.xml": f"{MAIN}footer+xml",
    "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
}


def content_types() -> str:
    """[Content_Types].xml."""
    parts = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in KINDS.items())
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'{XML}<Types xmlns="{types}">{defaults}{parts}</Types>'


def relations(*targets: tuple[str, str, str]) -> str:
    """A .rels part from (id, kind, target)."""
    inner = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in targets)
    return f'{XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'


def parts_of(body: str) -> dict[str, str]:
    """Every part of a template, by name."""
    inner = [
        (f"{kind}{place}", f"{LINKS}{kind}", f"{kind}{place}.xml") for kind in ("header", "footer") for place in (1, 2)
    ]
    inner += [(name, f"{LINKS}{name}", f"{name}.xml") for name in ("styles", "settings")]
    properties = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    return {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relations(
            ("document", f"{LINKS}officeDocument", "word/document.xml"), ("core", properties, "docProps/core.xml")
        ),
        "word/document.xml": document(body),
        "word/_rels/document.xml.rels": relations(*inner),
        "word/styles.xml": styles(),
        "word/settings.xml": SETTINGS,
        "word/header1.xml": header(),
        "word/header2.xml": header(),
        "word/footer1.xml": footer("FootOdd"),
        "word/footer2.xml": footer("FootEven"),
        "docProps/core.xml": CORE,
    }


def main() -> None:
    """Write every template."""
    for name, form in FORMS.items():
        target = TEMPLATES / name / "form.docx"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(package_of(pack(part, text.encode()) for part, text in parts_of(form()).items()))
        print(f"{target.relative_to(TEMPLATES.parent)}  {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
