"""The guard over PDF/A-3b: quiet on what the press makes, loud on each single fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from archive.pdf.pdfa import page_faults, pdfa_faults
from archive.volume.bind import bind
from press.fonts import font_set
from press.typeset import Typesetter
from tests import bound_sheet


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    sheet = bound_sheet.personal_sheet(folder, 1)
    return bind(sheet, Typesetter(font_set(system=False)).typeset_volume, folder / "volume.pdf").pdf


def no_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def no_xmp(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Metadata


def other_part(pdf: pikepdf.Pdf) -> None:
    data = pdf.Root.Metadata.read_bytes().replace(b"<pdfaid:part>3<", b"<pdfaid:part>1<")
    pdf.Root.Metadata = pdf.make_stream(data, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


def other_title(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Title"] = "另一个题名"


def no_font(pdf: pikepdf.Pdf) -> None:
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and str(item.get("/Type", "")) == "/FontDescriptor":
            for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                if key in item:
                    del item[key]


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))


def named_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array())


def launch(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("a.exe"))
    note = pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=pikepdf.Array([0, 0, 9, 9]), A=action)
    pdf.pages[0].obj.Annots = pikepdf.Array([note])


def unrelated(pdf: pikepdf.Pdf) -> None:
    del pdf.attachments["metadata.xml"].obj["/AFRelationship"]


def unassociated(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.AF


def outside(pdf: pikepdf.Pdf) -> None:
    image = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, F=pikepdf.String("a.jpg"))
    pdf.pages[0].add_resource(image, pikepdf.Name.XObject, pikepdf.Name.Outside)


def deep_cmyk(pdf: pikepdf.Pdf) -> None:
    inner = pdf.make_stream(b"1 0 0 0 k 0 0 9 9 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    outer = pdf.make_stream(b"/In Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(In=inner))
    pdf.pages[0].add_resource(outer, pikepdf.Name.XObject, pikepdf.Name.Outer)


def cmyk_picture(pdf: pikepdf.Pdf) -> None:
    image = pdf.make_stream(b"\0\0\0\0", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
    image.ColorSpace = pikepdf.Name.DeviceCMYK
    pdf.pages[0].add_resource(image, pikepdf.Name.XObject, pikepdf.Name.Ink)


def layers(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array(), D=pikepdf.Dictionary())


def test_a_bound_volume_has_no_fault(clean: Path) -> None:
    assert pdfa_faults(clean) == ()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (no_intent, "缺少输出意图"),
        (no_xmp, "XMP没有声明PDF/A-3B"),
        (other_part, "XMP没有声明PDF/A-3B"),
        (other_title, "文档信息与XMP不一致：Title"),
        (no_font, "字体未嵌入"),
        (script, "含有动作JavaScript"),
        (named_script, "含有JavaScript"),
        (launch, "含有动作Launch"),
        (unrelated, "没有说明关系：metadata.xml"),
        (unassociated, "没有与文档关联"),
        (outside, "内容取自外部文件"),
        (deep_cmyk, "使用了DeviceCMYK颜色"),
        (cmyk_picture, "使用了DeviceCMYK颜色"),
        (layers, "可选内容图层"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_single_fault_is_named(
    clean: Path, tmp_path: Path, damage: Callable[[pikepdf.Pdf], None], fault: str
) -> None:
    path = tmp_path / "damaged.pdf"
    with pikepdf.open(clean) as pdf:
        damage(pdf)
        pdf.save(path)
    assert any(fault in found for found in pdfa_faults(path))


def test_a_locked_file_is_named(clean: Path, tmp_path: Path) -> None:
    for user, fault in (("", "文件已加密"), ("secret", "打开需要口令")):
        path = tmp_path / f"locked{user}.pdf"
        with pikepdf.open(clean) as pdf:
            pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user=user))
        assert any(fault in found for found in pdfa_faults(path))


def test_a_file_that_is_no_pdf_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.pdf"
    path.write_bytes(b"nothing")
    assert "不是完整的PDF" in pdfa_faults(path)[0]


def test_a_missing_identifier_is_named(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "bare.pdf"
    with pikepdf.open(clean) as pdf:
        pdf.save(path, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = path.read_bytes()
    start = data.rindex(b"/ID [")
    path.write_bytes(data[:start] + b" " * (data.index(b"]", start) + 1 - start) + data[data.index(b"]", start) + 1 :])
    assert "缺少文件标识（/ID）" in pdfa_faults(path)


def test_pages_taken_over_are_judged_without_the_files_own_claims(clean: Path) -> None:
    with pikepdf.open(clean) as pdf:
        no_intent(pdf)
        no_xmp(pdf)
        assert page_faults(pdf) == ()
