"""Bind a volume: cover, contents, items, scans and remarks into one PDF/A-3b, pages numbered and true.

Typst sets everything and leaves empty places for scanned pages; it also writes down on which page each item came to
stand. Then the scans are laid onto their places and the records are attached. The same sheet gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pikepdf

from archive.parts import PART_PAGES, Layout, Values, set_volume
from archive.scans import PDF, Frame, Scan, Sheets, lay, opened
from jishi.errors import ArchiveDamaged
from jishi.process import RETENTIONS, catalogue
from press.forms import PAGES, cited
from press.text_width import title_lines

__all__ = ["BoundItem", "BoundVolume", "Scan", "VolumeSheet", "bind"]

_MM = 72 / 25.4
_UPRIGHT = Frame(15 * _MM, 8 * _MM, 180 * _MM, 264 * _MM)
_WIDE = Frame(15 * _MM, 8 * _MM, 267 * _MM, 177 * _MM)
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class BoundItem:
    """One item (件) of a volume."""

    number: int
    """件号."""
    code: str
    """档号 of the item, as printed on its pages."""
    form: Mapping[str, Any]
    """Form.as_values() of its record."""
    title: str
    responsible: str
    doc_no: str
    date: str
    """Eight digits."""
    secrecy: str
    retention: str
    remarks: str = ""
    scans: tuple[Scan, ...] = ()
    xml: tuple[tuple[str, bytes], ...] = ()
    """Name and bytes of the records to embed."""


@dataclass(frozen=True, slots=True)
class VolumeSheet:
    """Everything a volume's paper shows."""

    number: str
    """档号 of the volume, as printed."""
    kind: str
    """GR, ZH or PJ."""
    title: str
    """案卷题名."""
    unit: str
    """立档单位名称."""
    fonds: str
    fonds_name: str
    year: str
    retention: str
    """Y, D30 or D10."""
    class_name: str
    """类目名称, printed on the cover."""
    class_code: str
    """类别号, such as WS·XR·GR."""
    sequence: str
    """案卷号."""
    secrecy: str
    from_date: str
    """Eight digits, like to_date."""
    to_date: str
    filer: str
    acceptor: str
    filed_on: dt.date
    remarks: tuple[str, ...] = ()
    """Paragraphs for the 备考表; what the binder has to add follows them."""
    rules: str = ""
    """The line that names profile and rule versions."""
    matter: str = "选任"
    """机构或问题, in the 归档章."""
    stamp: str = "归档章"
    items: tuple[BoundItem, ...] = ()
    metadata: bytes = b""
    """The volume's metadata XML."""


@dataclass(frozen=True, slots=True)
class BoundVolume:
    """A volume as it was bound."""

    pdf: Path
    pages: int
    """Pages with a 卷页号."""
    item_pages: tuple[tuple[int, int, int], ...]
    """件号, first 卷页号, number of pages, read back from the finished setting."""
    warnings: tuple[str, ...]
    """What was added to the 备考表, in Chinese."""


class VolumeSetter(Protocol):
    """Sets the volume template."""

    def __call__(self, values: Values, *, day: dt.date) -> bytes:
        """Return the PDF of these values, dated with this day."""


ELSEWHERE = {"GR": "综合卷", "ZH": "个人卷"}
"""Kind of volume → where a cited record is that is not in it."""


def bind(sheet: VolumeSheet, setter: VolumeSetter, out: Path, most: int = PART_PAGES) -> BoundVolume:
    """Write a volume's PDF and return where its items stand.

    Args:
        sheet: everything the volume shows and holds; at least one item.
        setter: sets the volume template with some values, dated with a day.
        out: the file to write, replaced when it exists; its folder must be there.
        most: about as many pages are set in one run.

    Raises:
        ArchiveDamaged: a scan differs from what was registered or does not open.
        PartMissing: a character has no glyph.
        TypesettingFailed: a template is wrong.
    """
    with ExitStack() as stack:
        scans = {
            (item.number, place): opened(scan, stack) for item in sheet.items for place, scan in enumerate(item.scans)
        }
        warnings = tuple(sheets.warning for sheets in scans.values() if sheets.warning)
        pdf, layout = set_volume(_values(sheet, scans, warnings), partial(setter, day=sheet.filed_on), most)
        stack.enter_context(pdf)
        _lay_scans(pdf, layout, scans)
        _attach_all(pdf, sheet, scans)
        _label_pages(pdf, layout)
        _write_outline(pdf, sheet, layout)
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return BoundVolume(out, layout.pages, layout.item_pages(), warnings)


def _values(sheet: VolumeSheet, scans: Mapping[tuple[int, int], Sheets], warnings: Iterable[str]) -> dict[str, Any]:
    retention = RETENTIONS[sheet.retention]
    return {
        **{key: getattr(sheet, key) for key in _PRINTED},
        "title_lines": title_lines(sheet.title),
        "filed_on": f"{sheet.filed_on.year}年{sheet.filed_on.month}月{sheet.filed_on.day}日",
        "retention": retention,
        "retention_name": retention if sheet.retention == "Y" else f"定期{retention}",
        "remarks": [_remark(line) for line in (*sheet.remarks, *warnings)],
        "count": len(sheet.items),
        "items": [_item_values(index, item, sheet, scans) for index, item in enumerate(sheet.items)],
        "entries": [{key: getattr(item, key) for key in _LISTED} for item in sheet.items],
    }


def _remark(line: str) -> str:
    """Return a line of 备考表 as a sentence, every step with its name behind its code."""
    said = _STEP.sub(_named, line.strip())
    return said if said.endswith(("。", "！", "？")) else f"{said}。"


def _named(code: re.Match[str]) -> str:
    step = catalogue().steps.get(code[0])
    told = step is None or code.string[code.end() :].lstrip().startswith(step.name)
    return code[0] if step is None or told else f"{code[0]} {step.name}"


_STEP = re.compile(r"(?<![\w/-])S\d-\d\d(?![\w/-])", re.ASCII)
_PRINTED = (
    "number", "kind", "title", "unit", "fonds", "fonds_name", "year", "class_name", "class_code", "sequence",
    "secrecy", "from_date", "to_date", "filer", "acceptor", "rules", "matter", "stamp",
)  # fmt: skip


_LISTED = ("number", "doc_no", "responsible", "title", "date", "remarks")
"""What 卷内文件目录 says of an item."""


def _with_citations(form: Mapping[str, Any], sheet: VolumeSheet) -> dict[str, Any]:
    """Return a form whose citations name items by index, for the template to print their pages."""
    places = {item.form["record_id"]: f"@{index}" for index, item in enumerate(sheet.items)}
    body = [_cited(block, places, sheet.kind) if _cites(block) else block for block in form["body"]]
    return {**form, "body": body}


def _cites(block: Mapping[str, Any]) -> bool:
    """Tell whether a block is a table with a page column that names records; a list may have pages of its own."""
    if PAGES not in block.get("keys", ()):
        return False
    column = block["keys"].index(PAGES)
    return any(row[column].startswith("@") for row in block["rows"])


def _cited(grid: Mapping[str, Any], places: Mapping[str, str], kind: str) -> dict[str, Any]:
    column, elsewhere = grid["keys"].index(PAGES), ELSEWHERE.get(kind, "")
    rows = [(*row[:column], cited(row[column], places, elsewhere), *row[column + 1 :]) for row in grid["rows"]]
    return {**grid, "rows": rows, "cited": column}


def _item_values(
    index: int, item: BoundItem, sheet: VolumeSheet, scans: Mapping[tuple[int, int], Sheets]
) -> dict[str, Any]:
    return {
        "index": index,
        "number": item.number,
        "label": f"{item.number:03d}",
        "code": item.code,
        "form": _with_citations(item.form, sheet),
        "scans": [
            {"label": _shortened(scan.title), "pages": list(scans[item.number, place].landscape)}
            for place, scan in enumerate(item.scans)
        ],
    }


def _shortened(title: str) -> str:
    return title if len(title) <= 18 else title[:17] + "…"


def _lay_scans(pdf: pikepdf.Pdf, layout: Layout, scans: Mapping[tuple[int, int], Sheets]) -> None:
    pages = list(pdf.pages)
    for key, sheets in scans.items():
        places = [pages[number - 1] for number in layout.scans[key]]
        try:
            lay(sheets, places, _UPRIGHT, _WIDE, pdf)
        except (pikepdf.PdfError, OSError, ValueError) as error:
            raise ArchiveDamaged(f"附件《{sheets.scan.title}》装订失败：{error}") from error


def _attach_all(pdf: pikepdf.Pdf, sheet: VolumeSheet, scans: Mapping[tuple[int, int], Sheets]) -> None:
    if sheet.metadata:
        _attach(pdf, "metadata.xml", sheet.metadata, "application/xml", "案卷元数据", "Data", sheet.filed_on)
    for item in sheet.items:
        for name, data in item.xml:
            label = f"第{item.number}件记录"
            _attach(pdf, f"{item.number:03d}-{name}", data, "application/xml", label, "Source", sheet.filed_on)
        for place, scan in enumerate(item.scans):
            if scans[item.number, place].faults:
                name = f"{item.number:03d}-{place + 1:02d}-{scan.title}.pdf"
                data = scan.path.read_bytes()
                _attach(pdf, name, data, PDF, f"第{item.number}件附件原文件", "Source", sheet.filed_on)


def _attach(pdf: pikepdf.Pdf, name: str, data: bytes, media_type: str, label: str, relation: str, day: dt.date) -> None:
    """Embed a file and associate it with the document, dated with the filing day so that bytes stay the same."""
    safe = _UNSAFE.sub("_", name)
    moment = f"D:{day:%Y%m%d}000000Z"
    spec = pikepdf.AttachedFileSpec(
        pdf,
        data,
        filename=safe,
        description=label,
        mime_type=media_type,
        creation_date=moment,
        mod_date=moment,
    )
    spec.obj.AFRelationship = pikepdf.Name("/" + relation)
    pdf.attachments[safe] = spec
    pdf.Root.AF.append(pdf.attachments[safe].obj)


def _label_pages(pdf: pikepdf.Pdf, layout: Layout) -> None:
    """Let a viewer's page box show the 卷页号: cover and contents named, items from 1, then the 备考表."""
    labels = [
        (0, pikepdf.Dictionary(P=pikepdf.String("封面"))),
        (1, pikepdf.Dictionary(P=pikepdf.String("目录"), S=pikepdf.Name.D)),
        (layout.front, pikepdf.Dictionary(S=pikepdf.Name.D)),
        (layout.end - 1, pikepdf.Dictionary(P=pikepdf.String("备考表"))),
    ]
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([part for label in labels for part in label]))


def _write_outline(pdf: pikepdf.Pdf, sheet: VolumeSheet, layout: Layout) -> None:
    """Let a viewer's side bar lead to cover, contents, every item with its papers, and the 备考表."""
    starts = dict(layout.items)
    with pdf.open_outline() as outline:
        outline.root.append(_entry("案卷封面", 1))
        outline.root.append(_entry("卷内文件目录", 2))
        for item in sheet.items:
            entry = _entry(f"{item.number:03d} {item.title}", starts[item.number])
            for place, scan in enumerate(item.scans):
                entry.children.append(_entry(f"附件：{scan.title}", layout.scans[item.number, place][0]))
            entry.is_closed = True
            outline.root.append(entry)
        outline.root.append(_entry("卷内备考表", layout.end))


def _entry(title: str, page: int) -> pikepdf.OutlineItem:
    return pikepdf.OutlineItem(title, page - 1, "XYZ")
