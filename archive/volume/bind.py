"""Bind a volume: cover, contents, items, scans and remarks into one PDF/A-3b, pages numbered and true.

Typst sets what is printed. Here its pages and those of the scans are put behind each other, get their marks, and the
records are attached. The same sheet gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain
from pathlib import Path
from typing import Protocol

import pikepdf

from archive.papers.kinds import PDF
from archive.pdf.links import destination_name, name_destinations, top_of
from archive.volume.glyphs import Pen, alphabet_of
from archive.volume.marks import Marker, words_of
from archive.volume.parts import PART_PAGES, PLACE, Setting, Values, set_volume
from archive.volume.scans import Frame, Sheets, Watch, lay, opened
from archive.volume.volume_values import BoundItem, VolumeSheet, printed_values
from press.paper import LYING, MM, UPRIGHT

_UPRIGHT = Frame(15 * MM, 8 * MM, 180 * MM, 264 * MM)
_WIDE = Frame(15 * MM, 8 * MM, 267 * MM, 177 * MM)
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_OF_THE_FILE = ("/Metadata", "/Lang", "/OutputIntents", "/ViewerPreferences")
_PAGE_COUNT = re.compile(rb"(?<=<xmpTPg:NPages>)\d+")

_Scans = Mapping[tuple[int, int], Sheets]
"""件号 and place among the item's scans → the scan, opened."""


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


def bind(
    sheet: VolumeSheet, setter: VolumeSetter, out: Path, most: int = PART_PAGES, watch: Watch | None = None
) -> BoundVolume:
    """Write a volume's PDF and return where its items stand.

    Args:
        sheet: everything the volume shows and holds; at least one item.
        setter: sets the volume template with some values, dated with a day.
        out: the file to write, replaced when it exists; its folder must be there.
        most: about as many pages are set in one run.
        watch: bounds what each scan costs; knows those of superseded records that cannot be shown.

    Raises:
        ArchiveDamaged: a scan differs from what was registered.
        UnshownPaper: a scan cannot be shown.
        PartMissing: a character has no glyph.
        TypesettingFailed: a template is wrong.
    """
    watch = watch or Watch()
    with ExitStack() as stack:
        scans = {
            (item.number, place): opened(scan, stack, watch)
            for item in sheet.items
            for place, scan in enumerate(item.scans)
        }
        warnings = tuple(sheets.warning for sheets in scans.values() if sheets.warning)
        placards = (line for sheets in scans.values() for line in sheets.placard)
        alphabet = alphabet_of(chain(words_of(sheet), placards))
        values = printed_values(sheet, warnings, alphabet.as_values())
        counts = {key: len(sheets.landscape) for key, sheets in scans.items()}
        scanned = [sum(counts[item.number, place] for place in range(len(item.scans))) for item in sheet.items]
        setting = set_volume(values, scanned, partial(setter, day=sheet.filed_on), most)
        volume = stack.enter_context(_opened_like(setting.whole))
        _join(volume, setting, Marker(sheet, Pen(setting.specimen, alphabet, volume)), scans, watch)
        _lead_links(volume, sheet, setting)
        _attach_all(volume, sheet, scans)
        _label_pages(volume, setting)
        _write_outline(volume, sheet, setting, counts)
        volume.save(
            out,
            min_version=setting.whole.pdf_version,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    pages = tuple((item.number, *place) for item, place in zip(sheet.items, setting.places, strict=True))
    return BoundVolume(out, setting.total, pages, warnings)


def _opened_like(whole: pikepdf.Pdf) -> pikepdf.Pdf:
    """Return a file without pages that says of itself what another says."""
    volume = pikepdf.new()
    for key in _OF_THE_FILE:
        volume.Root[key] = volume.copy_foreign(whole.make_indirect(whole.Root[key]))
    volume.trailer.Info = volume.copy_foreign(whole.make_indirect(whole.trailer.Info))
    return volume


def _join(volume: pikepdf.Pdf, setting: Setting, marker: Marker, scans: _Scans, watch: Watch) -> None:
    """Put all pages behind each other, with their marks, the scanned ones where they belong."""
    volume.pages.extend(setting.front)
    for item, forms, place in zip(marker.sheet.items, setting.forms, setting.places, strict=True):
        for own, form in enumerate(forms, 1):
            volume.pages.append(form)
            marker.mark_form(volume.pages[-1], item, place, own)
        opened_ones = [scans[item.number, order] for order in range(len(item.scans))]
        _join_scans(volume, item, place[0] + len(forms), marker, opened_ones, watch)
    volume.pages.extend(setting.back)
    metadata = volume.Root.Metadata
    metadata.write(_PAGE_COUNT.sub(str(len(volume.pages)).encode(), metadata.read_bytes()))


def _join_scans(
    volume: pikepdf.Pdf, item: BoundItem, number: int, marker: Marker, scans: Sequence[Sheets], watch: Watch
) -> None:
    """Put the scanned pages of an item behind its form, numbered from here."""
    for sheets in scans:
        pages = [volume.add_blank_page(page_size=(LYING if wide else UPRIGHT).size) for wide in sheets.landscape]
        lay(sheets, pages, _UPRIGHT, _WIDE, volume, watch)
        marker.mark_scan(pages, item, number, sheets.scan.title)
        marker.mark_placard(pages, sheets.placard)
        number += len(pages)


def _lead_links(volume: pikepdf.Pdf, sheet: VolumeSheet, setting: Setting) -> None:
    """Let the links, each of which names an item by its index, lead to its page by the item's name."""
    names = [destination_name(item.number) for item in sheet.items]
    name_destinations(volume, dict(zip(names, setting.begins, strict=True)))
    for page in volume.pages:
        for note in page.obj.get("/Annots", ()):
            note.Dest = pikepdf.String(names[int(str(note.A.URI).removeprefix(PLACE))])
            del note["/A"]


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


def _label_pages(pdf: pikepdf.Pdf, setting: Setting) -> None:
    """Let a viewer's page box show the 卷页号: cover and contents named, items from 1, then the 备考表."""
    labels = [
        (0, pikepdf.Dictionary(P=pikepdf.String("封面"))),
        (1, pikepdf.Dictionary(P=pikepdf.String("目录"), S=pikepdf.Name.D)),
        (setting.begins[0], pikepdf.Dictionary(S=pikepdf.Name.D)),
        (setting.end, pikepdf.Dictionary(P=pikepdf.String("备考表"))),
    ]
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([part for label in labels for part in label]))


def _write_outline(
    pdf: pikepdf.Pdf, sheet: VolumeSheet, setting: Setting, counts: Mapping[tuple[int, int], int]
) -> None:
    """Let a viewer's side bar lead to cover, contents, every item with its papers, and the 备考表."""
    with pdf.open_outline() as outline:
        outline.root += [_entry(pdf, "案卷封面", 0), _entry(pdf, "卷内文件目录", 1)]
        for item, forms, begin in zip(sheet.items, setting.forms, setting.begins, strict=True):
            entry = _entry(pdf, f"{item.number:03d} {item.title}", begin)
            scanned = (counts[item.number, place] for place in range(len(item.scans)))
            pages = accumulate(scanned, initial=begin + len(forms))
            entry.children += [
                _entry(pdf, f"附件：{scan.title}", page) for scan, page in zip(item.scans, pages, strict=False)
            ]
            entry.is_closed = True
            outline.root.append(entry)
        outline.root.append(_entry(pdf, "卷内备考表", setting.end))


def _entry(pdf: pikepdf.Pdf, title: str, page: int) -> pikepdf.OutlineItem:
    return pikepdf.OutlineItem(title, top_of(pdf, page))
