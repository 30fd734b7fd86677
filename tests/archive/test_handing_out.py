"""Handing out: the pages asked for and nothing else, whatever hangs on them, and only from what was filed."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest

from archive.numbering import parse
from archive.pdf.links import destination_name, named_destinations
from archive.pdf.pdfa import pdfa_faults
from archive.reading.handing_out import HandedOut, hand_out
from archive.reading.pages import Cut, Excerpt, cut
from archive.reading.retrieve import Reader
from archive.reading.second_look import MoreThanAsked
from archive.register.register import Register
from archive.shelf import read_stored, stored_file
from archive.volume.bind import BoundVolume, bind
from jishi.errors import ArchiveDamaged, NotFound, Refused, TryLater
from jishi.settings import Settings
from press.fonts import font_set
from press.typeset import Typesetter
from proofs.get_leaks import Bound, bound, faults_of, structural_faults
from tests import bound_sheet
from tests.filled_home import copy_home

FIRST = "J012-WS·XR·GR·2026·Y-0001"
HIDDEN = b"what another page says"


def asked(settings: Settings, typed: str) -> HandedOut:
    return hand_out(settings, Register(settings.register_file), parse(typed))


@pytest.fixture(scope="module")
def volumes(filed: Settings) -> list[Bound]:
    return bound(filed, Register(filed.register_file))


def test_an_item_and_pages_hold_nothing_of_the_rest_of_the_volume(filed: Settings, volumes: list[Bound]) -> None:
    for origin in volumes:
        middle = origin.pages // 2
        numbers = [origin.items[place].number for place in (1, -1)]
        for typed in (*numbers, f"{origin.number}#{middle}-{middle + 3}"):
            got = asked(filed, typed)
            assert faults_of(got, origin) == []
            assert got.faults == ()


def test_a_page_alone_is_a_small_part_of_the_volume(filed: Settings, volumes: list[Bound]) -> None:
    assert len(asked(filed, FIRST + "#5").data) < len(volumes[0].data) / 8


def test_a_whole_volume_is_handed_out_as_it_was_filed(filed: Settings, volumes: list[Bound]) -> None:
    for origin in volumes:
        got = asked(filed, origin.number)
        assert got.data == origin.data
        assert got.sha256 == hashlib.sha256(origin.data).hexdigest()


def test_a_file_says_what_it_is_of_which_volume_and_claims_to_be_an_archive_file(filed: Settings) -> None:
    volume = asked(filed, FIRST)
    item = Reader(filed, Register(filed.register_file)).items(parse(FIRST + "-002"))[0]
    for typed, title, first in (
        (FIRST + "-002", item.title, item.first_page),
        (f"{FIRST}#{item.first_page}", item.title, item.first_page),
        (FIRST + "#1-20", "同志选拔任用", 1),
    ):
        got = asked(filed, typed)
        reader = pypdf.PdfReader(io.BytesIO(got.data))
        said = reader.metadata
        xmp = reader.xmp_metadata
        assert said and xmp and xmp.dc_title and xmp.dc_description
        assert title in str(said.title) and xmp.dc_title["x-default"] == said.title
        assert str(said["/Keywords"]) == got.number == xmp.dc_identifier == xmp.pdf_keywords
        assert said.subject == xmp.dc_description["x-default"] and FIRST in str(said.subject)
        assert xmp.dc_source == f"{FIRST} sha256:{volume.sha256}"
        assert reader.page_labels[0] == str(first)
        assert str(reader.root_object["/Lang"]) == "zh-CN"
        assert pdfa_faults(io.BytesIO(got.data)) == ()
        assert asked(filed, typed).data == got.data


def test_a_links_page_comes_along_with_it_or_the_link_goes(filed: Settings, volumes: list[Bound]) -> None:
    report, second = volumes[0].items[:2]
    alone = pypdf.PdfReader(io.BytesIO(asked(filed, report.number).data))
    targets = [note.get_object()["/Dest"][0] for page in alone.pages for note in page.get("/Annots", ())]
    assert all(alone.get_page_number(target.get_object()) is not None for target in targets)
    both = pypdf.PdfReader(io.BytesIO(asked(filed, f"{FIRST}#1-{second.first_page}").data))
    links = [note.get_object() for page in both.pages for note in page.get("/Annots", ())]
    assert len(both.pages) - 1 in {both.get_page_number(link["/Dest"][0].get_object()) for link in links}


def test_the_links_of_a_volume_lead_by_name_to_the_upper_edge_of_an_item(volumes: list[Bound]) -> None:
    document = pdfium.PdfDocument(volumes[0].data)
    begins = {document.get_page_label(place): place for place in range(len(document))}
    due = {begins[str(item.first_page)] for item in volumes[0].items}
    led = set()
    for page in document:
        at, link = pdfium_c.c_int(0), pdfium_c.FPDF_LINK()
        while pdfium_c.FPDFLink_Enumerate(page, at, link):
            destination = pdfium_c.FPDFLink_GetDest(document, link)
            place = pdfium_c.FPDFDest_GetDestPageIndex(document, destination)
            has = [pdfium_c.c_int(0) for _ in range(3)]
            left, top, zoom = (pdfium_c.FS_FLOAT(0) for _ in range(3))
            pdfium_c.FPDFDest_GetLocationInPage(destination, *has, left, top, zoom)
            assert top.value == pytest.approx(document[place].get_height(), abs=0.01)
            led.add(place)
    assert led and led <= due
    with pikepdf.open(io.BytesIO(volumes[0].data)) as pdf:
        names = list(named_destinations(pdf))
        assert names == sorted(names) == [destination_name(place) for place in range(1, len(due) + 1)]
        assert all(isinstance(note.Dest, pikepdf.String) for page in pdf.pages for note in page.obj.get("/Annots", ()))


@pytest.mark.parametrize(("typed", "words"), [
    ("J012-WS·XR·GR·2026·Y-0099", "没有档号"), (FIRST + "-099", "没有档号"), (FIRST + "#9999", "没有第9999页"),
    (FIRST + "-002#1", "没有第1页"), ("J012-WS·XR·GR·2026·Y-0099#1", "没有档号"),
])  # fmt: skip
def test_what_does_not_exist_is_said_so(filed: Settings, typed: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        asked(filed, typed)


# Only what was filed


def shelved(filed: Settings, tmp_path: Path) -> tuple[Settings, Path]:
    settings = copy_home(filed.home, tmp_path / "home")
    return settings, stored_file(settings.shelf / FIRST.replace("·", "."), "volume.pdf")


@pytest.mark.parametrize("linked", ["volume.pdf", "v1", ""])
def test_a_link_in_place_of_what_was_filed_is_refused(filed: Settings, tmp_path: Path, linked: str) -> None:
    settings, pdf = shelved(filed, tmp_path)
    folder = settings.shelf / FIRST.replace("·", ".")
    place = {"volume.pdf": pdf, "v1": folder / "v1", "": folder}[linked]
    shutil.move(place, tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    for typed in (FIRST, FIRST + "-002"):
        with pytest.raises(ArchiveDamaged, match="链接"):
            asked(settings, typed)


def test_the_bytes_compared_are_the_bytes_handed_out(filed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume changed between looking and taking cannot slip through: there is one reading."""
    read: list[Path] = []

    def reading(folder: Path, path: str) -> bytes:
        read.append(folder)
        return read_stored(folder, path) + (b"" if len(read) == 1 else b" ")

    monkeypatch.setattr("archive.reading.handing_out.read_stored", reading)
    assert asked(filed, FIRST + "-002").data
    assert len(read) == 1
    with pytest.raises(ArchiveDamaged, match="校验码"):
        asked(filed, FIRST + "-002")


def test_a_volume_that_cannot_be_read_or_stands_nowhere_is_said_so(filed: Settings, tmp_path: Path) -> None:
    settings, pdf = shelved(filed, tmp_path)
    pdf.unlink()
    os.mkfifo(pdf)
    with pytest.raises(ArchiveDamaged, match="不在架上"):
        asked(settings, FIRST)
    with Register(settings.register_file).writing() as connection:
        connection.exec_driver_sql("update volume set state = 'numbered' where kind = 'PJ'")
    with pytest.raises(TryLater, match="jishi recover"):
        asked(settings, "J012-WS·XR·PJ·2026·D10-0001")


# Whatever hangs on a page


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> BoundVolume:
    folder = tmp_path_factory.mktemp("small")
    sheet = bound_sheet.personal_sheet(folder, 2)
    return bind(sheet, Typesetter(font_set(system=False)).typeset_volume, folder / "volume.pdf")


def hidden(pdf: pikepdf.Pdf) -> pikepdf.Stream:
    return pdf.make_stream(HIDDEN, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


def hidden_form(pdf: pikepdf.Pdf) -> pikepdf.Stream:
    box = pikepdf.Array([0, 0, 9, 9])
    return pdf.make_stream(b"% " + HIDDEN, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=box)


def annotated(pdf: pikepdf.Pdf, page: pikepdf.Page, **said: Any) -> None:
    note = pikepdf.Dictionary({"/Type": pikepdf.Name.Annot, "/Rect": [0, 0, 9, 9]})
    for key, value in said.items():
        note[f"/{key}"] = value
    page.obj.Annots = pikepdf.Array([pdf.make_indirect(note)])


def to_another(pdf: pikepdf.Pdf) -> pikepdf.Array:
    pdf.pages[-1].obj.Kept = hidden(pdf)
    return pikepdf.Array([pdf.pages[-1].obj, pikepdf.Name.Fit])


def a_link_that_holds_a_page(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    annotated(pdf, page, Subtype=pikepdf.Name.Link, Dest=to_another(pdf))


def a_link_that_acts(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=to_another(pdf))
    annotated(pdf, page, Subtype=pikepdf.Name.Link, A=action)


def a_link_by_name(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    tree = pikepdf.Array([pikepdf.String("x"), pikepdf.Dictionary(D=to_another(pdf))])
    pdf.Root.Names.Dests = pikepdf.Dictionary(Names=tree)
    annotated(pdf, page, Subtype=pikepdf.Name.Link, Dest=pikepdf.String("x"))


def a_form_field(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    field = pikepdf.Dictionary(Kids=pikepdf.Array(), V=hidden(pdf))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([pdf.make_indirect(field)]))
    annotated(pdf, page, Subtype=pikepdf.Name.Widget, Parent=pdf.Root.AcroForm.Fields[0], P=pdf.pages[-1].obj)


def a_file_attached_to_a_page(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    annotated(
        pdf, page, Subtype=pikepdf.Name.FileAttachment, FS=pikepdf.Dictionary(EF=pikepdf.Dictionary(F=hidden(pdf)))
    )
    page.obj.AF = pikepdf.Array([page.obj.Annots[0].FS])


def a_thread(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    bead = pdf.make_indirect(pikepdf.Dictionary(P=to_another(pdf)[0]))
    page.obj.B = pikepdf.Array([bead])
    pdf.Root.Threads = pikepdf.Array([pikepdf.Dictionary(F=bead)])


def structure(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    page.obj.StructParents = 0
    pdf.Root.StructTreeRoot = pikepdf.Dictionary(K=hidden(pdf), ParentTree=pikepdf.Dictionary(Nums=[0, hidden(pdf)]))


def private_data(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    for key in ("/PieceInfo", "/Thumb", "/Metadata", "/AA", "/SeparationInfo", "/Unheard"):
        page.obj[key] = hidden(pdf)


def private_data_of_a_picture(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    form = hidden_form(pdf)
    form.write(b"q Q")
    form.PieceInfo, form.Metadata, form.Ref = hidden(pdf), hidden(pdf), to_another(pdf)[0]
    page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Seen)
    page.contents_add(b"/Seen Do")


def private_data_of_a_font(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    for font in page.obj.Resources.Font.values():
        font.PieceInfo, font.Unheard = hidden(pdf), hidden(pdf)


def private_data_of_a_state(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    mask = hidden_form(pdf)
    mask.write(b"1 g 0 0 900 900 re f")
    mask.BBox, mask.PieceInfo = pikepdf.Array([0, 0, 900, 900]), hidden(pdf)
    mask.Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency, CS=pikepdf.Name.DeviceGray)
    state = pikepdf.Dictionary(SMask=pikepdf.Dictionary(S=pikepdf.Name.Luminosity, G=mask), Unheard=hidden(pdf))
    page.add_resource(state, pikepdf.Name.ExtGState, pikepdf.Name.Seen)
    page.contents_add(b"/Seen gs", prepend=True)


def resources_of_all_pages(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    page.add_resource(hidden_form(pdf), pikepdf.Name.XObject, pikepdf.Name.Other)
    for kind in (pikepdf.Name.Pattern, pikepdf.Name.Shading, pikepdf.Name.Properties, pikepdf.Name.ExtGState):
        page.add_resource(hidden(pdf), kind, pikepdf.Name.Other)


def inherited_resources(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    resources_of_all_pages(pdf, page)
    page.obj.Parent.Resources = page.obj.Resources
    del page.obj["/Resources"]


def resources_of_a_drawn_form(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    form = hidden_form(pdf)
    form.write(b"q Q")
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Other=hidden_form(pdf), Myself=form))
    page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Seen)
    page.contents_add(b"/Seen Do")


def an_object_nobody_holds(pdf: pikepdf.Pdf, page: pikepdf.Page) -> None:
    pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Page, Contents=hidden(pdf)))


@pytest.mark.parametrize("hanging", [
    a_link_that_holds_a_page, a_link_that_acts, a_link_by_name, a_form_field, a_file_attached_to_a_page, a_thread,
    structure, private_data, private_data_of_a_picture, private_data_of_a_font, private_data_of_a_state,
    resources_of_all_pages, inherited_resources,
    resources_of_a_drawn_form, an_object_nobody_holds,
], ids=lambda one: one.__name__)  # fmt: skip
def test_what_hangs_on_a_page_stays_in_the_volume(
    small: BoundVolume, hanging: Callable[[pikepdf.Pdf, pikepdf.Page], None]
) -> None:
    whole = io.BytesIO()
    with pikepdf.open(small.pdf) as pdf:
        page = next(page for page in pdf.pages if str(page.label) == "2")
        hanging(pdf, page)
        pdf.save(whole)
    data = cut(whole.getvalue(), Excerpt(2, 3, "题名", "档号", "案卷", "来源")).data
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    assert list(structural_faults(reader, HandedOut(data, "", "", "", 2, 3))) == []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not any(isinstance(one, pikepdf.Stream) and HIDDEN in one.read_bytes() for one in pdf.objects)
    assert drawn(data, 0) == drawn(whole.getvalue(), 3)


def drawn(data: bytes, place: int) -> bytes:
    return bytes(pdfium.PdfDocument(data)[place].render(scale=0.5).to_pil().tobytes())


def test_a_page_whose_content_cannot_be_read_is_not_taken_out_alone(small: BoundVolume) -> None:
    whole = io.BytesIO()
    with pikepdf.open(small.pdf) as pdf:
        page = next(page for page in pdf.pages if str(page.label) == "2")
        page.obj.Contents = pdf.make_stream(b"no such data", Filter=pikepdf.Name.FlateDecode)
        pdf.save(whole, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    with pytest.raises(Refused, match="请取整卷"):
        cut(whole.getvalue(), Excerpt(2, 2, "题名", "档号", "案卷", "来源"))


def test_a_file_with_a_fault_does_not_claim_to_be_an_archive_file(small: BoundVolume) -> None:
    whole = io.BytesIO()
    with pikepdf.open(small.pdf) as pdf:
        del pdf.Root.OutputIntents
        pdf.save(whole)
    done = cut(whole.getvalue(), Excerpt(1, 1, "题名", "档号", "案卷", "来源"))
    assert done.faults == ("缺少输出意图（OutputIntent）",)
    xmp = pypdf.PdfReader(io.BytesIO(done.data)).xmp_metadata
    assert xmp and xmp.pdfaid_part is None and xmp.dc_title == {"x-default": "题名"}


def test_a_volume_without_the_pages_it_should_have_is_damaged(small: BoundVolume) -> None:
    with pytest.raises(ArchiveDamaged, match="没有第999页"):
        cut(small.pdf.read_bytes(), Excerpt(999, 999, "题名", "档号", "案卷", "来源"))
    with pytest.raises(ArchiveDamaged, match="读不出"):
        cut(b"%PDF-1.7 no more", Excerpt(1, 1, "题名", "档号", "案卷", "来源"))


def test_a_second_library_refuses_what_holds_more_than_was_asked_for(
    filed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = asked(filed, FIRST).data
    monkeypatch.setattr("archive.reading.handing_out.cut", lambda *_: Cut(whole, ()))
    with pytest.raises(MoreThanAsked, match="没有交出"):
        asked(filed, f"{FIRST}#1")
    monkeypatch.setattr("archive.reading.handing_out.cut", lambda *_: Cut(whole[:2000], ()))
    with pytest.raises(MoreThanAsked, match="读不出"):
        asked(filed, f"{FIRST}#1")
