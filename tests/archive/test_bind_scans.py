"""Scanned papers in a volume: whole, upright, in their place; what breaks PDF/A is drawn anew and kept beside."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw

from archive.papers.images import open_paper, pictures
from archive.pdf.pdfa import pdfa_faults
from archive.volume.bind import BoundVolume, bind
from archive.volume.scans import Scan, UnshownPaper
from press.fonts import font_set
from press.typeset import Typesetter
from tests import bound_sheet

MM = 72 / 25.4
RED, GREEN, BLUE = (220, 0, 0), (0, 160, 0), (0, 0, 220)
FRONT = 2


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(font_set(system=False))


def marked(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a white picture with a red corner upper left and a green one upper right."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width // 4, height // 4), fill=RED)
    pen.rectangle((width - width // 4, 0, width, height // 4), fill=GREEN)
    return image.convert(mode)


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def near(seen: tuple[int, ...], meant: tuple[int, ...], apart: int = 12) -> bool:
    return all(abs(a - b) < apart for a, b in zip(seen, meant, strict=True))


def saved(path: Path, image: Image.Image, kind: str, **options: Any) -> Path:
    image.save(path, kind, **options)
    return path


def bound_with(folder: Path, typesetter: Typesetter, *scans: Scan) -> BoundVolume:
    sample = next(sample for sample in bound_sheet.samples() if sample.step_id == "S1-07")
    sheet = bound_sheet.sheet([bound_sheet.item(1, sample, scans)])
    return bind(sheet, typesetter.typeset_volume, folder / "volume.pdf")


def scanned_pages(volume: BoundVolume, count: int) -> list[Image.Image]:
    """Return the scanned pages as pictures: the last ones before the 备考表."""
    document = pdfium.PdfDocument(volume.pdf)
    last = len(document) - 1
    return [document[place].render(scale=1).to_pil().convert("RGB") for place in range(last - count, last)]


def corner(image: Image.Image, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Return where the middle of a coloured patch lies, as shares of width and height."""
    spots = [
        (x, y)
        for y in range(0, image.height, 3)
        for x in range(0, image.width, 3)
        if near(pixel(image, x, y), colour, 40)
    ]
    assert spots, "the patch is not on the page"
    return sum(x for x, _ in spots) / len(spots) / image.width, sum(y for _, y in spots) / len(spots) / image.height


def is_upright(image: Image.Image) -> bool:
    (red_x, red_y), (green_x, green_y) = corner(image, RED), corner(image, GREEN)
    return red_x < green_x and red_y < 0.55 and abs(red_y - green_y) < 0.02


@pytest.mark.parametrize(
    ("kind", "media_type", "mode"),
    [
        ("JPEG", "image/jpeg", "RGB"),
        ("JPEG", "image/jpeg", "CMYK"),
        ("PNG", "image/png", "RGB"),
        ("PNG", "image/png", "RGBA"),
        ("PNG", "image/png", "P"),
        ("TIFF", "image/tiff", "RGB"),
        ("PDF", "application/pdf", "RGB"),
    ],
)
def test_every_kind_of_paper_stands_upright_in_its_place(
    tmp_path: Path, typesetter: Typesetter, kind: str, media_type: str, mode: str
) -> None:
    path = saved(tmp_path / "paper", marked(800, 1100, mode), kind)
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, media_type, 1))
    (page,) = scanned_pages(volume, 1)
    assert page.height > page.width and is_upright(page)
    assert pdfa_faults(volume.pdf) == () and volume.warnings == ()


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
def test_grey_papers_are_shown(tmp_path: Path, typesetter: Typesetter, mode: str) -> None:
    image = Image.new("L", (600, 800), 255)
    ImageDraw.Draw(image).rectangle((0, 0, 300, 800), fill=0)
    image = (
        image.convert("I").point(lambda value: value * 256).convert("I;16") if mode == "I;16" else image.convert(mode)
    )
    path = saved(tmp_path / "paper.png", image, "PNG")
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "image/png", 1))
    (page,) = scanned_pages(volume, 1)
    middle = page.height // 2
    assert near(pixel(page, page.width // 2 - 60, middle), (0, 0, 0), 3)
    assert near(pixel(page, page.width // 2 + 60, middle), (255, 255, 255), 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photographed_page_is_turned_upright(tmp_path: Path, typesetter: Typesetter, orientation: int) -> None:
    upright = marked(600, 800)
    turns = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for turn in turns.get(orientation, []):
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "paper.jpg", stored, "JPEG", exif=exif)
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "image/jpeg", 1))
    (page,) = scanned_pages(volume, 1)
    assert page.height > page.width and is_upright(page)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_turn_of_a_pdf_page_is_kept(tmp_path: Path, typesetter: Typesetter, turned: int) -> None:
    image = marked(600, 800).rotate(turned, expand=True)
    path = saved(tmp_path / "flat.pdf", image, "PDF")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Rotate = turned
        pdf.save(path)
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "application/pdf", 1))
    (page,) = scanned_pages(volume, 1)
    assert page.height > page.width and is_upright(page)


def test_a_page_lying_wide_gets_a_lying_page(tmp_path: Path, typesetter: Typesetter) -> None:
    path = saved(tmp_path / "wide.jpg", marked(1100, 800), "JPEG")
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "image/jpeg", 1))
    (page,) = scanned_pages(volume, 1)
    assert page.width > page.height and is_upright(page)


def test_papers_stay_below_the_strip_with_number_and_name(tmp_path: Path, typesetter: Typesetter) -> None:
    image = Image.new("RGB", (2000, 3000), BLUE)
    path = saved(tmp_path / "blue.png", image, "PNG")
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "image/png", 1, "会议签到册"))
    (page,) = scanned_pages(volume, 1)
    rows = [y for y in range(page.height) if pixel(page, page.width // 2, y) == BLUE]
    assert rows[0] > 24 * MM and rows[-1] < page.height - 7 * MM
    text = re.sub(r"\s", "", pypdf.PdfReader(volume.pdf).pages[-2].extract_text())
    assert "附件：会议签到册第1页/共1页" in text and f"{bound_sheet.NUMBER}-001" in text


def test_a_small_photograph_stays_small(tmp_path: Path, typesetter: Typesetter) -> None:
    path = saved(tmp_path / "photo.jpg", Image.new("RGB", (200, 280), BLUE), "JPEG")
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "image/jpeg", 1))
    (page,) = scanned_pages(volume, 1)
    middle = int(page.height * 0.53)
    row = [x for x in range(page.width) if near(pixel(page, x, middle), BLUE, 60)]
    assert 130 < len(row) < 160


def test_every_page_of_a_paper_gets_its_own_place(tmp_path: Path, typesetter: Typesetter) -> None:
    leaves = [Image.new("RGB", (600, 800), colour) for colour in (RED, GREEN, BLUE)]
    tiff = saved(tmp_path / "three.tif", leaves[0], "TIFF", save_all=True, append_images=leaves[1:])
    pdf = saved(tmp_path / "three.pdf", leaves[0], "PDF", save_all=True, append_images=leaves[1:])
    volume = bound_with(
        tmp_path,
        typesetter,
        bound_sheet.scan_of(tiff, "image/tiff", 3, "甲"),
        bound_sheet.scan_of(pdf, "application/pdf", 3, "乙"),
    )
    colours = [pixel(page, page.width // 2, page.height // 2) for page in scanned_pages(volume, 6)]
    for seen, meant in zip(colours, (RED, GREEN, BLUE) * 2, strict=True):
        assert near(seen, meant)


def test_the_data_of_a_jpeg_and_a_plain_png_is_taken_over_unchanged(tmp_path: Path) -> None:
    jpeg = saved(tmp_path / "a.jpg", marked(300, 400), "JPEG")
    png = saved(tmp_path / "a.png", marked(300, 400), "PNG")
    (from_jpeg,) = pictures(open_paper(jpeg, "image/jpeg"))
    (from_png,) = pictures(open_paper(png, "image/png"))
    assert from_jpeg.data == jpeg.read_bytes()
    assert from_png.data in png.read_bytes()


def text_pdf(path: Path, *, font: bytes = b"Helvetica", content: bytes = b"") -> Path:
    """Write a one-page PDF that names a font without carrying it."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    face = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/" + font.decode())
    )
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=face)) if font else pikepdf.Dictionary()
    page.obj.Contents = pdf.make_stream(content or b"BT /F1 60 Tf 80 600 Td (EVIDENCE) Tj ET")
    pdf.save(path)
    return path


def with_note(path: Path) -> Path:
    """Write a PDF whose stamp is an annotation."""
    text_pdf(path, font=b"", content=b"0 0 1 rg 100 100 50 50 re f")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        look = pdf.make_stream(b"1 0 0 rg 0 0 100 100 re f")
        look.Type, look.Subtype, look.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 100, 100])
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Stamp,
            Rect=pikepdf.Array([250, 400, 350, 500]),
            F=4,
            AP=pikepdf.Dictionary(N=look),
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
        pdf.save(path)
    return path


def with_script(path: Path) -> Path:
    text_pdf(path, font=b"", content=b"0 0 1 rg 100 100 300 300 re f")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.save(path)
    return path


def locked(path: Path) -> Path:
    text_pdf(path, font=b"", content=b"0 0 1 rg 100 100 300 300 re f")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="secret", user=""))
    return path


CMYK = b"0 1 1 0 k 100 100 300 300 re f"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (text_pdf, "字体未嵌入：Helvetica"),
        (lambda path: text_pdf(path, font=b"", content=CMYK), "使用了DeviceCMYK颜色"),
        (with_note, "带有批注、印章或表单域"),
        (with_script, "含有动作JavaScript"),
    ],
    ids=["font", "cmyk", "annotation", "script"],
)
def test_what_breaks_pdf_a_is_drawn_anew_named_and_kept_beside(
    tmp_path: Path, typesetter: Typesetter, make: Callable[[Path], Path], reason: str
) -> None:
    path = make(tmp_path / "foreign.pdf")
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "application/pdf", 1, "复函"))
    (warning,) = volume.warnings
    reader = pypdf.PdfReader(volume.pdf)
    assert reason in warning and warning in re.sub(r"\s", "", reader.pages[-1].extract_text())
    assert reader.attachments["001-01-复函.pdf"] == [path.read_bytes()]
    assert pdfa_faults(volume.pdf) == ()
    (page,) = scanned_pages(volume, 1)
    assert min(min(pixel(page, x, y)) for x in range(60, 540, 4) for y in range(120, 780, 4)) < 90


def test_a_stamp_put_on_as_annotation_is_still_seen(tmp_path: Path, typesetter: Typesetter) -> None:
    path = with_note(tmp_path / "stamped.pdf")
    volume = bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "application/pdf", 1))
    (page,) = scanned_pages(volume, 1)
    assert corner(page, (255, 0, 0))[0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("name", "media_type", "words"),
    [("a.pdf", "application/pdf", "已损坏"), ("a.jpg", "image/jpeg", "已损坏"), ("a.tif", "image/tiff", "不能识别")],
)
def test_a_file_that_does_not_open_is_refused_by_its_name(
    tmp_path: Path, typesetter: Typesetter, name: str, media_type: str, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"not a paper at all")
    with pytest.raises(UnshownPaper, match=rf"附件《签名件》.*{words}.*{name}.*没有编出任何号"):
        bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, media_type, 1))


def test_a_locked_or_cut_off_pdf_is_refused(tmp_path: Path, typesetter: Typesetter) -> None:
    whole = io.BytesIO()
    marked(600, 800).save(whole, "PDF")
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    for path, words in ((cut, "已损坏"), (locked(tmp_path / "locked.pdf"), "加了密码")):
        with pytest.raises(UnshownPaper, match=words):
            bound_with(tmp_path, typesetter, bound_sheet.scan_of(path, "application/pdf", 1))
