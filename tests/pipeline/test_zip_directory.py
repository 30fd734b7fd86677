"""Zips made by hand, every claim of their directory at will: refused with a finding or unpacked, nothing else."""

from __future__ import annotations

import struct
import tempfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jishi.errors import RecordRejected, TryLater
from pipeline.intake.zips import Limits, unpack
from proofs.poison import archive_of

LIMITS = Limits(1 << 20, 4 << 20)
RECORD = b'<record xmlns="urn:jishi:record:1"><attachment file="%s"/></record>'


def outcome(data: bytes) -> list[str]:
    """Return the codes a zip is refused with, or the names that came out."""
    with tempfile.TemporaryDirectory() as place:
        path, out = Path(place) / "a.zip", Path(place) / "out"
        path.write_bytes(data)
        try:
            unpack(path, out, LIMITS)
        except RecordRejected as refused:
            assert all(one.remedy and one.message.replace("\u3000", "").isprintable() for one in refused.findings)
            assert not any(word in one.message for one in refused.findings for word in ("codec", "Error", "zlib"))
            return [one.code for one in refused.findings]
        return sorted(one.relative_to(out).as_posix() for one in out.rglob("*") if one.is_file())


members = st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=60)), min_size=1, max_size=4)
numbers = st.sampled_from([-1, 0, 1, 29, 2**16, 2**31, 2**32 - 1])


@settings(max_examples=120, deadline=None)
@given(
    members=members,
    flags=st.sampled_from([0, 1, 8, 0x800, 0x2041, 0xFFFF]),
    method=st.sampled_from([0, 0, 8, 9, 12, 14, 99]),
    extra=st.binary(max_size=40) | st.just(struct.pack("<2H3Q", 1, 24, *[2**64 - 1] * 3)),
    size=numbers,
    offset=numbers,
)
def test_any_directory_is_read_or_refused(
    members: list[tuple[bytes, bytes]], flags: int, method: int, extra: bytes, size: int, offset: int
) -> None:
    outcome(
        archive_of((b"r.xml", b"<a/>"), *members, flags=flags, method=method, extra=extra, size=size, offset=offset)
    )


@settings(max_examples=120, deadline=None)
@given(place=st.integers(0, 400), piece=st.binary(min_size=1, max_size=8), cut=st.integers(0, 30))
def test_any_damage_to_an_honest_zip_is_read_or_refused(place: int, piece: bytes, cut: int) -> None:
    whole = archive_of((b"r.xml", b"<a/>"), ("夹/材料.pdf".encode(), b"%PDF-1.7 " * 9))
    place %= len(whole)
    outcome((whole[:place] + piece + whole[place + len(piece) :])[: len(whole) - cut])


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert all(code.startswith("Z-") for code in outcome(data))


def test_a_member_without_a_name_is_one_finding() -> None:
    assert outcome(archive_of((b"r.xml", b"<a/>"), (b"", b"x"))) == ["N-PATH"]


@pytest.mark.parametrize("method", [9, 12, 14, 93, 98, 77])
def test_a_method_we_do_not_unpack_is_named(method: int) -> None:
    assert outcome(archive_of((b"r.xml", b"<a/>"), method=method)) == ["Z-METHOD"]


@pytest.mark.parametrize("head", [b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"\0\0\0\x1cftypheic"])
def test_another_format_named_zip_is_named(head: bytes) -> None:
    assert outcome(head + bytes(99)) == ["Z-FORMAT"]


@pytest.mark.parametrize(("name", "said"), [(b"a.ofd", ["a.ofd", "r.xml"]), (b"a.pdf", ["Z-NESTED"])])
def test_an_ofd_which_is_a_zip_by_its_make_may_come_in_a_zip(name: bytes, said: list[str]) -> None:
    assert outcome(archive_of((b"r.xml", b"<a/>"), (name, b"PK\x03\x04" + bytes(40)))) == said


def test_a_directory_of_zip64_is_read_and_its_claims_are_bounded() -> None:
    plain = archive_of((b"r.xml", b"<a/>"))
    body, place = plain[:-22], plain.index(b"PK\x01\x02")
    for count, expected in ((1, ["r.xml"]), (2**40, ["Z-COUNT"])):
        record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(body) - place, place)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body), 1)
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
        assert outcome(body + record + locator + end) == expected


def test_what_stands_before_a_zip_does_no_harm() -> None:
    assert outcome(b"#!self-extracting\n" * 9 + archive_of((b"r.xml", b"<a/>"))) == ["r.xml"]


# Names


@pytest.mark.parametrize("flags", [0, 0x800])
@pytest.mark.parametrize("name", ["目录.pdf", "陆某.pdf", "考察材料.pdf", "𬭎.pdf"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_come_out_as_the_record_has_them_whatever_the_flag_says(flags: int, name: str, encoding: str) -> None:
    record = RECORD % name.encode()
    data = archive_of((b"r.xml", record), (name.encode(encoding), b"%PDF-"), flags=flags)
    assert outcome(data) == sorted(["r.xml", name])


@pytest.mark.parametrize("own", [True, False])
def test_a_unicode_path_is_believed_only_for_the_name_it_was_made_for(own: bool) -> None:
    raw, told = "材料.pdf".encode("gbk"), "考察.pdf".encode()
    crc = zlib.crc32(raw) if own else zlib.crc32(raw) ^ 1
    extra = struct.pack("<2HBL", 0x7075, 5 + len(told), 1, crc) + told
    found = outcome(archive_of((b"r.xml", b"<a/>"), (raw, b"x"), extra=extra))
    assert found == ["r.xml", "考察.pdf" if own else "材料.pdf"]


def test_a_stop_is_heard_between_the_members(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(archive_of((b"r.xml", b"<a/>"), (b"b.pdf", b"x")))
    with pytest.raises(TryLater):
        unpack(tmp_path / "a.zip", tmp_path / "out", LIMITS, stopping=lambda: True)
