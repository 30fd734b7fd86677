"""What intake takes, a volume shows as its source does; what cannot be shown is refused at intake with one finding."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from archive.papers.drawing import use_own_faces
from archive.papers.kinds import HEAD, kind_of
from archive.papers.opening import opened
from archive.pdf.pdfa import pdfa_faults
from archive.volume.bind import bind
from archive.volume.scans import Scan
from jishi.findings import Finding
from jishi.records import Attachment
from pipeline.intake.attachments import AttachmentChecker
from press.fonts import font_set
from press.typeset import Typesetter
from tests import bound_sheet
from tests.paper_cases import DRAWN, GREYS, LEAVES, OFD, PDF, REFUSED, SHOWN, TIFF, page, stamped, written

CHINESE = {
    "song": (PDF, lambda: written(b"STSong-Light", b"UniGB-UCS2-H", "同意任职".encode("utf-16-be"))),
    "gbk": (PDF, lambda: written(b"SimSun", b"GBK-EUC-H", "同意任职".encode("gbk"))),
}
TAKEN = {**SHOWN, **LEAVES, **GREYS, **DRAWN, **CHINESE}
RED, GREEN, BLUE, BLACK = (220, 0, 0), (0, 160, 0), (0, 0, 255), (0, 0, 0)


@pytest.fixture(scope="module")
def checker() -> Iterator[AttachmentChecker]:
    found = AttachmentChecker(seconds=20.0, max_mb=64)
    yield found
    found.close()


def findings(checker: AttachmentChecker, folder: Path, media_type: str, data: bytes) -> list[Finding]:
    (folder / "材料.pdf").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    paper = Attachment("att-1", "材料", "凭证", "材料.pdf", media_type, len(data), digest, 1, True)
    return checker.check([paper], folder)


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_volume_can_show_is_refused_at_intake_in_chinese(
    checker: AttachmentChecker, tmp_path: Path, name: str
) -> None:
    media_type, make, code = REFUSED[name]
    (found,) = findings(checker, tmp_path, media_type, make())
    assert found.code == code
    assert found.remedy.startswith("请") or "请" in found.remedy
    assert not any(word in found.message for word in ("Error", "error", "decode", "qpdf", "tempfile"))


@pytest.mark.parametrize("name", TAKEN)
def test_what_can_be_shown_is_taken(checker: AttachmentChecker, tmp_path: Path, name: str) -> None:
    media_type, make = TAKEN[name]
    assert findings(checker, tmp_path, media_type, make()) == []


# All of them in one volume, each beside its source


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image.Image]:
    """Return the filed page of every paper that is taken, by name."""
    folder = tmp_path_factory.mktemp("papers")
    scans = []
    for name, (media_type, make) in TAKEN.items():
        path = folder / name
        path.write_bytes(make())
        scans.append(Scan(path, media_type, 1, name, hashlib.sha256(path.read_bytes()).hexdigest()))
    sample = next(sample for sample in bound_sheet.samples() if sample.step_id == "S1-07")
    sheet = bound_sheet.sheet([bound_sheet.item(1, sample, scans)])
    volume = bind(sheet, Typesetter(font_set(system=False)).typeset_volume, folder / "volume.pdf")
    assert pdfa_faults(volume.pdf) == ()
    document = pdfium.PdfDocument(volume.pdf)
    pages = range(2 + volume.pages - len(scans), 2 + volume.pages)
    return {name: shown(document, place) for name, place in zip(TAKEN, pages, strict=True)}


def shown(document: pdfium.PdfDocument, place: int) -> Image.Image:
    image: Image.Image = document[place].render(scale=1).to_pil().convert("RGB")
    return image


def spots(image: Image.Image, colour: tuple[int, int, int]) -> list[tuple[float, float]]:
    """Return where a colour stands on a filed page, as shares of its width and height, below the strip of marks."""
    found = []
    for y in range(75, image.height, 3):
        for x in range(0, image.width, 3):
            pixel = image.getpixel((x, y))
            assert isinstance(pixel, tuple)
            if all(abs(a - b) < 60 for a, b in zip(pixel, colour, strict=True)):
                found.append((x / image.width, y / image.height))
    return found


def middle(image: Image.Image, colour: tuple[int, int, int]) -> tuple[float, float]:
    found = spots(image, colour)
    assert found, "the colour is not on the page"
    return sum(x for x, _ in found) / len(found), sum(y for _, y in found) / len(found)


@pytest.mark.parametrize("name", [*SHOWN, *DRAWN])
def test_a_page_shows_bar_and_square_where_its_source_does(filed: dict[str, Image.Image], name: str) -> None:
    plain, page_of_it = filed["bars"], filed[name]
    assert page_of_it.size == plain.size
    whole = (0.03, 0.07) if "without a size" in name else (0.02, 0.02)
    for colour in (BLUE, (255, 0, 0)):
        (x, y), (right_x, right_y) = middle(page_of_it, colour), middle(plain, colour)
        assert abs(x - right_x) < whole[0] and abs(y - right_y) < whole[1]


@pytest.mark.parametrize("name", DRAWN)
def test_a_stamp_is_seen_whatever_kind_of_note_it_is(filed: dict[str, Image.Image], name: str) -> None:
    assert len(spots(filed[name], BLACK)) > 500


def test_a_page_with_a_stamp_is_as_large_as_without(filed: dict[str, Image.Image]) -> None:
    assert len(spots(filed["stamp"], BLUE)) == pytest.approx(len(spots(filed["bars"], BLUE)), rel=0.1)


@pytest.mark.parametrize("name", LEAVES)
def test_a_picture_stands_upright_in_its_colours_and_proportions(filed: dict[str, Image.Image], name: str) -> None:
    page_of_it = filed[name]
    assert page_of_it.height > page_of_it.width
    (red_x, red_y), (green_x, green_y) = middle(page_of_it, RED), middle(page_of_it, GREEN)
    assert red_x < green_x and abs(red_y - green_y) < 0.01
    across, down = zip(*spots(page_of_it, RED), strict=True)
    width, height = (max(across) - min(across)) * page_of_it.width, (max(down) - min(down)) * page_of_it.height
    assert width / height == pytest.approx(103 / 120, rel=0.12)


@pytest.mark.parametrize("name", GREYS)
def test_deep_greys_are_neither_black_nor_white(filed: dict[str, Image.Image], name: str) -> None:
    page_of_it = filed[name].convert("L")
    assert page_of_it.height > page_of_it.width
    histogram = page_of_it.histogram()
    total = page_of_it.width * page_of_it.height
    assert sum(histogram[250:]) > 0.6 * total and 0.005 * total < sum(histogram[:180]) < 0.3 * total


@pytest.mark.parametrize("name", CHINESE)
def test_chinese_without_an_embedded_face_is_drawn_with_ours(filed: dict[str, Image.Image], name: str) -> None:
    page_of_it = filed[name].crop((0, 75, filed[name].width, filed[name].height)).convert("L")
    assert sum(page_of_it.histogram()[:128]) > 200


def test_a_machine_without_fonts_draws_the_same(tmp_path: Path) -> None:
    """Pdfium is told of no font of the machine, so what it draws is the same everywhere."""
    use_own_faces()
    path = tmp_path / "song.pdf"
    path.write_bytes(CHINESE["song"][1]())
    with opened(path, PDF) as paper:
        paper.prove()
        (picture,) = paper.pictures()
    assert len(picture.data) > 4000


def test_two_pictures_and_embedded_data_are_remarked_on(tmp_path: Path) -> None:
    for name, words in (("two pictures", "另含1幅图像"), ("data behind the page", "内嵌1个数据文件")):
        media_type, make = TAKEN[name]
        path = tmp_path / "paper"
        path.write_bytes(make())
        with opened(path, media_type) as paper:
            assert words in "".join(paper.remarks)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypheic", "HEIC"), (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"), (b"BM" + bytes(30), "BMP"),
        (b"II+\0\x08\0\0\0", "BigTIFF"), (b"<!DOCTYPE html>", "网页"), (b"Rar!\x1a\x07\0", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"), (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "Word"),
        (b"PK\x03\x04" + bytes(26) + b"OFD.xml", "OFD"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"", "空文件"), (bytes(500), "空字节"),
    ],
)  # fmt: skip
def test_a_kind_of_file_is_called_by_its_name_and_says_what_to_do(head: bytes, name: str) -> None:
    found = kind_of(head[:HEAD])
    assert name in found.name and "请" in found.remedy


def test_a_large_fax_is_taken_within_the_one_bound_on_pixels(checker: AttachmentChecker, tmp_path: Path) -> None:
    from tests.paper_cases import file_of

    data = file_of(Image.new("1", (14_000, 13_500), 1), "TIFF", compression="group4")
    assert findings(checker, tmp_path, TIFF, data) == []
    palette = file_of(Image.new("P", (14_000, 13_500)), "PNG", compress_level=1)
    assert [one.code for one in findings(checker, tmp_path, "image/png", palette)] == ["F-BOMB"]


def test_an_ofd_must_name_the_pdf_that_shows_it_and_be_one(checker: AttachmentChecker, tmp_path: Path) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Doc_0/Document.xml", "<x/>" * 2000)
        archive.writestr("OFD.xml", '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>')
    papers = []
    for number, (name, kind, data) in enumerate((("a.ofd", OFD, packed.getvalue()), ("a.pdf", PDF, page())), 1):
        (tmp_path / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        papers.append(Attachment(f"att-{number}", name, "凭证", name, kind, len(data), digest, 1, True))
    ofd, pdf = papers
    assert checker.check([ofd._replace(shown_by="att-2"), pdf], tmp_path) == []
    for alone in ([ofd], [ofd, pdf], [ofd._replace(shown_by="att-1"), pdf]):
        (found,) = checker.check(alone, tmp_path)
        assert found.code == "F-OFD" and "PDF" in found.remedy
    (tmp_path / "a.ofd").write_bytes(data := b"PK\x03\x04OFD.xml" + bytes(90))
    broken = ofd._replace(bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), shown_by="att-2")
    (found,) = checker.check([broken, pdf], tmp_path)
    assert found.code == "F-TYPE" and "OFD" in found.message


def test_a_stamped_small_page_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a5.pdf"
    path.write_bytes(stamped(box=b"[0 0 420 595]"))
    with opened(path, PDF) as paper:
        (picture,) = paper.pictures()
    width, height = picture.shown
    assert (width * picture.unit, height * picture.unit) == pytest.approx((420, 595), rel=0.01)
