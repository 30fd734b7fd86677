"""The parts of a Word template around its text: styles, page, header, footer, relations."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

STYLES = Path(__file__).parent / "word_styles.xml"
COLOURS = tomllib.loads((Path(__file__).parents[1] / "templates" / "shared" / "colours.toml").read_text("utf-8"))
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_MARGINS = (("top", 40), ("left", 57), ("bottom", 40), ("right", 57))
_INDENTS = {"left": "left", "right": "right", "firstLine": "first"}
_PAGES = {
    False: '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"'
    ' w:header="1304" w:footer="1247" w:gutter="0"/>',
    True: '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1588" w:right="1984" w:bottom="1474"'
    ' w:left="2098" w:header="850" w:footer="794" w:gutter="0"/>',
}
"""A4 upright and across with the margins of GB/T 9704-2012; across, the head lies at the binding edge."""


def section(across: bool = False) -> str:
    """Return the page of a section: paper, margins, line grid, its header and footer."""
    first = 3 if across else 1
    ends = "".join(
        f'<w:{kind}Reference w:type="{side}" r:id="{kind}{place}"/>'
        for kind in ("header", "footer")
        for place, side in ((first, "default"), (first + 1, "even"))
    )
    return f'<w:sectPr>{ends}{_PAGES[across]}<w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>'


def parts_of(body: str) -> dict[str, str]:
    """Return every part of a template, by name.

    Args:
        body: the text, ending with its section.
    """
    places = [place for place in (1, 2, 3, 4) if f'r:id="header{place}"' in body]
    names = [f"{kind}{place}" for kind in ("header", "footer") for place in places]
    inner = [(name, _LINKS + name[:-1], f"{name}.xml") for name in names]
    inner += [(name, _LINKS + name, f"{name}.xml") for name in ("styles", "settings")]
    outer = [
        ("document", f"{_LINKS}officeDocument", "word/document.xml"),
        ("core", f"{_PACKAGE}relationships/metadata/core-properties", "docProps/core.xml"),
    ]
    ends = {f"word/header{place}.xml": _header("Head" if place < 3 else "HeadAcross") for place in places}
    ends |= {f"word/footer{place}.xml": _footer("FootEven" if place % 2 == 0 else "FootOdd") for place in places}
    return {
        "[Content_Types].xml": _content_types(list(ends)),
        "_rels/.rels": _relations(outer),
        "word/document.xml": f"{XML}<w:document {_W} {_R}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations(inner),
        "word/styles.xml": _styles(),
        "word/settings.xml": _SETTINGS,
        **ends,
        "docProps/core.xml": _CORE,
    }


def _styles() -> str:
    known = etree.parse(STYLES).getroot()
    own = "".join(_style(node) for node in known.iterfind("style"))
    sides = [(side, 8) for side in ("top", "left", "bottom", "right")] + [("insideH", 4), ("insideV", 4)]
    borders = "".join(f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>' for side, size in sides)
    margins = "".join(f'<w:{side} w:w="{size}" w:type="dxa"/>' for side, size in _MARGINS)
    return (
        f'{XML}<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>{_fonts("仿宋_GB2312")}<w:kern w:val="0"/>'
        '<w:sz w:val="24"/><w:szCs w:val="24"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>'
        '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        "</w:style>"
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>{own}"
        '<w:style w:type="table" w:styleId="Form"><w:name w:val="纪实表格"/><w:basedOn w:val="TableNormal"/><w:tblPr>'
        f"<w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )


def _fonts(face: str, latin: str = "Times New Roman") -> str:
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{face}" w:cs="{latin}"/>'


def _style(node: etree._Element) -> str:
    points = float(node.get("pt", "12"))
    size = f'<w:sz w:val="{points * 2:g}"/><w:szCs w:val="{points * 2:g}"/>'
    colour = f'<w:color w:val="{_hex(node.get("colour", ""))}"/>' if node.get("colour") else ""
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
        yield f"<w:pBdr>{_rules(node)}</w:pBdr>"
    if node.get("tab"):
        yield f'<w:tabs><w:tab w:val="right" w:pos="{node.get("tab")}"/></w:tabs>'
    yield '<w:wordWrap w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
    if not node.get("grid"):
        yield '<w:snapToGrid w:val="0"/>'
    space = "".join(f' w:{side}="{float(node.get(side, "0")) * 20:g}"' for side in ("before", "after"))
    yield f'<w:spacing{space} w:line="{float(node.get("line", "18")) * 20:g}" w:lineRule="exact"/>'
    if indents := {side: int(node.get(name, "0")) for side, name in _INDENTS.items() if node.get(name)}:
        chars = (f' w:{side}Chars="{size}" w:{side}="{size * points / 5:g}"' for side, size in indents.items())
        yield f"<w:ind{''.join(chars)}/>"
    if node.get("jc"):
        yield f'<w:jc w:val="{node.get("jc")}"/>'


def _rules(node: etree._Element) -> str:
    """Return the lines above and below a paragraph: rules="both", else only below."""
    marks = f'w:val="single" w:sz="{node.get("weight", "12")}" w:space="{node.get("space", "8")}" w:color='
    colour = _hex(node.get("rule", ""))
    above = f'<w:top {marks}"{colour}"/>' if node.get("rules") == "both" else ""
    return f'{above}<w:bottom {marks}"{colour}"/>'


def _hex(colour: str) -> str:
    """Return a colour as Word writes it: one of paper by its name, any other as it is."""
    return str(COLOURS.get(colour, colour)).removeprefix("#").upper()


def _header(style: str) -> str:
    """Return a page head: 密级 at the left, the number at the right."""
    mark = '<w:r><w:t xml:space="preserve">{{ secrecy }}</w:t></w:r><w:r><w:tab/></w:r>'
    named = "{% if '/' in record_id %}记录编号：{% elif record_id %}编号：{% endif %}{{ record_id }}"
    number = f'<w:r><w:t xml:space="preserve">{named}</w:t></w:r>'
    return f'{XML}<w:hdr {_W} {_R}><w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{mark}{number}</w:p></w:hdr>'


def _footer(style: str) -> str:
    """Return a page foot: the page number between dashes."""
    dash = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    page = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    inner = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>{dash.format("— ")}{page}{dash.format(" —")}'
    return f"{XML}<w:ftr {_W} {_R}><w:p>{inner}</w:p></w:ftr>"


def _content_types(ends: list[str]) -> str:
    kinds = {f"word/{name}.xml": f"{_MAIN}{kind}+xml" for name, kind in _NAMED.items()}
    kinds |= {name: f"{_MAIN}{'header' if 'header' in name else 'footer'}+xml" for name in ends}
    kinds["docProps/core.xml"] = "application/vnd.openxmlformats-package.core-properties+xml"
    parts = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    xml = '<Default Extension="xml" ContentType="application/xml"/>'
    return f'{XML}<Types xmlns="{_PACKAGE}content-types">{rels}{xml}{parts}</Types>'


def _relations(targets: list[tuple[str, str, str]]) -> str:
    inner = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in targets)
    return f'{XML}<Relationships xmlns="{_PACKAGE}relationships">{inner}</Relationships>'


_NAMED = {"document": "document.main", "styles": "styles", "settings": "settings"}
_SETTINGS = (
    f'{XML}<w:settings {_W}><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)
_CORE = (
    f'{XML}<cp:coreProperties xmlns:cp="{_PACKAGE}metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:language>zh-CN</dc:language></cp:coreProperties>'
)
