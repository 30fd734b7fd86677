from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jishi.errors import RecordRejected
from jishi.plain_files import open_plain
from pipeline.intake.submission import (
    Kind,
    attachments_of,
    doubled_names,
    kind_of,
    name_fault,
    needs_of,
    path_fault,
    plain_stem,
)
from pipeline.intake.zips import Limits, unpack

LIMITS = Limits(file_bytes=8 << 20, total_bytes=64 << 20)
RECORD = (
    b'<record xmlns="urn:jishi:record:1" stepId="S1-08"><attachment file="a.pdf"/><attachment file="../b"/></record>'
)
Fill = Callable[[zipfile.ZipFile], None]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("记录.xml", Kind.RECORD),
        ("记录.XML", Kind.RECORD),
        ("材料.zip", Kind.PARCEL),
        ("扫描.pdf", Kind.PAPER),
        ("没有扩展名", Kind.PAPER),
        ("记录.xml.part", Kind.PASSING),
        ("记录.TMP", Kind.PASSING),
        (".隐藏.xml", Kind.PASSING),
        ("~$表.xml", Kind.LITTER),
    ],
)
def test_a_name_tells_what_it_stands_for(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../a.pdf", "N-PATH"),
        ("a/b.pdf", "N-PATH"),
        ("a\\b.pdf", "N-PATH"),
        ("..", "N-PATH"),
        ("", "N-PATH"),
        ("a\nb.pdf", "N-CONTROL"),
        ("a\0b.pdf", "N-CONTROL"),
        ("fdp.\u202eexe.pdf", "N-CONTROL"),
        ("字" * 67 + ".pdf", "N-LONG"),
        ("CON", "N-DEVICE"),
        ("nul.pdf", "N-DEVICE"),
        ("Com1 .x.pdf", "N-DEVICE"),
        ("LPT9.tif", "N-DEVICE"),
        ("a:b.pdf", "N-CHARACTER"),
        ("a?.pdf", "N-CHARACTER"),
        ("a.pdf ", "N-CHARACTER"),
        ("a.pdf.", "N-CHARACTER"),
        (os.fsdecode(b"\xc8\xcb.pdf"), "N-ENCODING"),
    ],
)
def test_an_unsafe_name_is_a_finding(name: str, code: str) -> None:
    fault = name_fault(name)
    assert fault is not None
    assert fault.code == code
    assert fault.remedy
    assert fault.message.isprintable()


@pytest.mark.parametrize(
    "name", ["考察材料（终稿）·李㛃.pdf", "console.pdf", "com10.pdf", "字" * 65 + ".pdf", "a..b.pdf", "𠮷.png"]
)
def test_an_ordinary_name_is_no_finding(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/etc/passwd", "N-ABSOLUTE"),
        ("C:/a.pdf", "N-ABSOLUTE"),
        ("a/../../b.xml", "N-PARENT"),
        ("/".join("abcdefghijklmnopq"), "N-DEPTH"),
        ("好/aux/a.pdf", "N-DEVICE"),
        ("a//b.pdf", "N-PATH"),
    ],
)
def test_an_unsafe_path_is_a_finding(path: str, code: str) -> None:
    fault = path_fault(path)
    assert fault is not None
    assert fault.code == code


def test_names_that_differ_only_by_case_or_composition_are_one_finding_each() -> None:
    found = list(doubled_names(["a.PDF", "A.pdf", "b.pdf", "é.pdf", "e\u0301.pdf"]))
    assert [one.code for one in found] == ["N-CASE", "N-CASE"]


@pytest.mark.parametrize(
    ("name", "stem"), [("夹/记录 1.xml", "记录_1"), ("a\nb.xml", "a_b"), ("..", "_"), ("", "_"), ("字" * 99, "字" * 30)]
)
def test_the_folder_name_made_from_a_name_is_harmless(name: str, stem: str) -> None:
    assert plain_stem(name) == stem


def test_a_record_tells_its_step_and_the_attachments_that_may_be_looked_for(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_bytes(RECORD)
    needs = needs_of(tmp_path / "r.xml")
    assert (needs.step, needs.files, needs.order) == ("S1-08", ("a.pdf",), 1)


def test_a_file_that_is_no_xml_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_bytes(b"no xml at all")
    assert needs_of(tmp_path / "r.xml").files == ()


def test_attachments_are_read_from_a_record_that_breaks_its_schema() -> None:
    from jishi.safe_xml import parse

    root = parse(b'<record xmlns="urn:jishi:record:1"><attachment file="a" bytes="many" pages="2"/></record>')
    (one,) = attachments_of(root)
    assert (one.file, one.bytes, one.pages) == ("a", 0, 2)


def test_links_and_pipes_are_never_opened(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"secret")
    (tmp_path / "link").symlink_to("target")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=r"链接|普通文件|symbolic"):
            open_plain(tmp_path / name)


# Zips


def zipped(tmp_path: Path, fill: Fill) -> Path:
    path = tmp_path / "包.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("r.xml", RECORD)
        fill(archive)
    return path


def codes(tmp_path: Path, path: Path, limits: Limits = LIMITS) -> list[str]:
    with pytest.raises(RecordRejected) as caught:
        unpack(path, tmp_path / "out", limits)
    return [one.code for one in caught.value.findings]


def test_an_honest_zip_is_unpacked_and_litter_left_out(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("夹/考察.pdf", b"%PDF-")
        archive.writestr("__MACOSX/._r.xml", b"x")
        archive.writestr("Thumbs.db", b"x")

    unpack(zipped(tmp_path, fill), tmp_path / "out", LIMITS)
    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert found == ["r.xml", "夹/考察.pdf"]


def test_names_written_by_chinese_windows_come_out_right(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("XXXX.pdf", b"%PDF-"))
    path.write_bytes(path.read_bytes().replace(b"XXXX", "考察".encode("gbk")))
    unpack(path, tmp_path / "out", LIMITS)
    assert (tmp_path / "out" / "考察.pdf").is_file()


def test_names_in_utf8_without_the_flag_come_out_right(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("XXXXXX.pdf", b"%PDF-"))
    path.write_bytes(path.read_bytes().replace(b"XXXXXX", "考察".encode()))
    unpack(path, tmp_path / "out", LIMITS)
    assert (tmp_path / "out" / "考察.pdf").is_file()


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("../../evil.xml", "N-PARENT"),
        ("/etc/cron.d/x", "N-ABSOLUTE"),
        ("..\\..\\evil.xml", "N-PARENT"),
        ("C:\\x.pdf", "N-ABSOLUTE"),
        ("con.pdf", "N-DEVICE"),
        ("a\x07.pdf", "N-CONTROL"),
        ("字" * 80 + ".pdf", "N-LONG"),
        ("R.XML", "N-CASE"),
        ("r.xml/inner.pdf", "N-CASE"),
        ("里层.zip", "Z-NESTED"),
        ("里层.tar.gz", "Z-NESTED"),
    ],
)
def test_an_unsafe_member_refuses_the_whole_zip(tmp_path: Path, member: str, code: str) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr(member, b"x"))
    assert codes(tmp_path, path) == [code]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("a.pdf")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")

    assert codes(tmp_path, zipped(tmp_path, fill)) == ["N-LINK"]


def test_a_zip_inside_under_another_name_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("a.pdf", b"PK\x03\x04whatever"))
    assert codes(tmp_path, path) == ["Z-NESTED"]


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: None)
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    assert codes(tmp_path, path) == ["Z-ENCRYPTED"]


def test_a_zip_that_becomes_too_large_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("a.tif", os.urandom(3 << 20)))
    assert codes(tmp_path, path, Limits(1 << 20, 2 << 20)) == ["Z-SIZE", "Z-SIZE"]


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("a.tif", b"\0" * (32 << 20)))
    assert codes(tmp_path, path, Limits(64 << 20, 64 << 20)) == ["Z-RATIO"]


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("b.pdf", b"x" * 100))
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(data)
    assert "Z-OVERLAP" in codes(tmp_path, path)


def test_a_zip_that_claims_many_entries_is_refused_before_they_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: None)
    data = bytearray(path.read_bytes())
    end = data.index(b"PK\x05\x06")
    data[end + 10 : end + 12] = struct.pack("<H", 60_000)
    path.write_bytes(data)
    assert codes(tmp_path, path) == ["Z-COUNT"]


def test_a_truncated_zip_and_one_with_flipped_bytes_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("b.pdf", os.urandom(4096)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert codes(tmp_path, path) == ["Z-BROKEN"]
    flipped = bytearray(whole)
    flipped[whole.index(b"b.pdf") + 200] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(RecordRejected) as caught:
        unpack(path, tmp_path / "again", LIMITS)
    assert [one.code for one in caught.value.findings] == ["Z-BROKEN"]


def test_a_zip_without_a_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "空.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.pdf", b"%PDF-")
    assert codes(tmp_path, path) == ["Z-EMPTY"]


def test_a_zip_whose_directory_lies_about_sizes_gives_no_more_than_it_says(tmp_path: Path) -> None:
    path = zipped(tmp_path, lambda archive: archive.writestr("a.tif", b"\0" * (4 << 20)))
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 24 : second + 28] = struct.pack("<I", 10)
    path.write_bytes(data)
    assert codes(tmp_path, path) == ["Z-BROKEN"]
