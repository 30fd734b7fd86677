"""Cut pages out of a bound volume into a file of their own that holds them and nothing else.

The file is made anew from what is wanted, never by taking away from the volume what is not.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pikepdf

from archive.pdf.links import named_destinations, target_of, top_of
from archive.pdf.pdfa import pdfa_faults
from archive.reading.drawn import keep_drawn
from jishi.errors import ArchiveDamaged

_OF_A_PAGE = ("/Contents", "/Resources", "/Group", "/UserUnit")
_PRINTED = 4
"""The flag of an annotation that PDF/A asks for."""
_CREATOR = "纪实 jishi"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is cut out of a volume, and what the file says of itself."""

    first: int
    """卷页号, like last."""
    last: int
    title: str
    number: str
    """档号 of what was asked for, pages behind #."""
    origin: str
    """The volume it is taken from, and which of its pages."""
    source: str
    """档号 and digest of the volume."""
    record: str = ""
    """Name of the embedded file that comes along; empty for none."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A file cut out of a volume."""

    data: bytes
    faults: tuple[str, ...]
    """Why it does not claim to be PDF/A-3b, in Chinese; empty when it does."""


def cut(volume: bytes, excerpt: Excerpt) -> Cut:
    """Return some pages of a volume as a file that holds these pages and nothing else of the volume.

    Links among the pages work, links to others are gone. Fonts, pictures and forms come along as far as the pages draw
    them, letters as far as the pages show them. The same pages of the same volume give the same bytes.

    Args:
        volume: a bound volume; its page labels say which page carries which 卷页号.
        excerpt: what is wanted of it.

    Raises:
        ArchiveDamaged: the volume does not hold these pages, or does not open.
        Refused: what one of the pages draws cannot be read.
    """
    try:
        with pikepdf.open(io.BytesIO(volume)) as source, pikepdf.new() as made:
            _take(source, made, _places(source, excerpt))
            _describe(source, made, excerpt)
            if excerpt.record:
                _attach(source, made, excerpt.record)
            return _claimed(made, source.pdf_version)
    except pikepdf.PdfError as error:
        raise ArchiveDamaged(f"{excerpt.origin} 读不出，可能已损坏；请停止使用并报告档案管理员") from error


def _places(source: pikepdf.Pdf, excerpt: Excerpt) -> list[int]:
    """Return where in the file the pages stand, from 0."""
    places = {str(page.label): place for place, page in enumerate(source.pages)}
    wanted = range(excerpt.first, excerpt.last + 1)
    if missing := [number for number in wanted if str(number) not in places]:
        raise ArchiveDamaged(f"{excerpt.source.split()[0]} 的卷文件中没有第{missing[0]}页，与登记不符")
    return [places[str(number)] for number in wanted]


def _take(source: pikepdf.Pdf, made: pikepdf.Pdf, places: list[int]) -> None:
    """Bring pages over, and the links among them."""
    pages = [source.pages[place] for place in places]
    keep_drawn(source, pages)
    for page in pages:
        made.pages.append(pikepdf.Page(made.copy_foreign(source.make_indirect(_page_alone(page)))))
    new = {page.obj.objgen: place for place, page in enumerate(pages)}
    named = named_destinations(source)
    for place, page in enumerate(pages):
        if links := _links(made, page, named, new):
            made.pages[place].obj.Annots = pikepdf.Array(links)


def _page_alone(page: pikepdf.Page) -> pikepdf.Dictionary:
    """Return what makes a page's look, and nothing that leads elsewhere."""
    alone = pikepdf.Dictionary(
        Type=pikepdf.Name.Page, MediaBox=page.mediabox, CropBox=page.cropbox, Rotate=page.rotation
    )
    for key in _OF_A_PAGE:
        if key in page.obj:
            alone[key] = page.obj[key]
    return alone


def _links(
    made: pikepdf.Pdf, page: pikepdf.Page, named: Mapping[str, pikepdf.Object], new: Mapping[tuple[int, int], int]
) -> list[pikepdf.Dictionary]:
    """Return a page's links to pages that come along, leading to their new places."""
    found = ((note, target_of(note, named)) for note in page.obj.get("/Annots", ()))
    return [
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=note.Rect,
            Border=[0, 0, 0],
            F=_PRINTED,
            Dest=top_of(made, new[target.objgen]),
        )
        for note, target in found
        if target is not None and target.objgen in new
    ]


def _describe(source: pikepdf.Pdf, made: pikepdf.Pdf, excerpt: Excerpt) -> None:
    """Say what the file is, in which language, and which 卷页号 its pages carry."""
    made.Root.Lang = pikepdf.String(str(source.Root.get("/Lang", "zh-CN")))
    made.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    labels = pikepdf.Dictionary(S=pikepdf.Name.D, St=excerpt.first)
    made.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, labels]))
    if "/OutputIntents" in source.Root:
        made.Root.OutputIntents = made.copy_foreign(source.make_indirect(source.Root.OutputIntents))
    told = {"/Title": excerpt.title, "/Subject": excerpt.origin, "/Keywords": excerpt.number, "/Creator": _CREATOR}
    made.trailer.Info = made.make_indirect(pikepdf.Dictionary(told))
    with made.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:title"], xmp["dc:description"] = excerpt.title, excerpt.origin
        xmp["dc:identifier"], xmp["dc:source"] = excerpt.number, excerpt.source
        xmp["dc:language"] = {str(made.Root.Lang)}
        xmp["pdf:Keywords"], xmp["xmp:CreatorTool"] = excerpt.number, _CREATOR


def _attach(source: pikepdf.Pdf, made: pikepdf.Pdf, name: str) -> None:
    """Bring one embedded file over, associated as it was."""
    if name not in source.attachments:
        raise ArchiveDamaged(f"卷文件内没有 {name}，与登记不符；请停止使用并报告档案管理员")
    spec = made.copy_foreign(source.attachments[name].obj)
    files = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String(name), spec]))
    made.Root.Names = pikepdf.Dictionary(EmbeddedFiles=files)
    made.Root.AF = pikepdf.Array([spec])


def _claimed(made: pikepdf.Pdf, version: str) -> Cut:
    """Return the file, claiming PDF/A-3b where the guard sees nothing against it."""
    with made.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["pdfaid:part"], xmp["pdfaid:conformance"] = "3", "B"
    data = _saved(made, version)
    if not (faults := pdfa_faults(io.BytesIO(data))):
        return Cut(data, ())
    with made.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        del xmp["pdfaid:part"], xmp["pdfaid:conformance"]
    return Cut(_saved(made, version), faults)


def _saved(made: pikepdf.Pdf, version: str) -> bytes:
    out = io.BytesIO()
    made.save(out, min_version=version, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
