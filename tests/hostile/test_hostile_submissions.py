from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from jishi.settings import Settings
from pipeline.intake.claims import Claim
from pipeline.intake.examiner import Examiner
from pipeline.intake.submission import Kind
from pipeline.intake.verdict_line import VerdictLine
from tests.intake_home import codes, drop, file_name, make, outcomes, sample, take_in

SUITES = Path(__file__).parents[1] / "suites"
ATTACKS = sorted((SUITES / "xml-attacks").iterdir())
STRINGS: list[str] = json.loads((SUITES / "naughty-strings.json").read_text("utf-8"))
GOOD = sample("S1-01")
HEAD = b'<record xmlns="urn:jishi:record:1" '


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make(tmp_path / "home")


def given(settings: Settings, name: str, data: bytes) -> VerdictLine:
    """Drop one bad file beside a good record; return its verdict after seeing that the good one was not harmed."""
    drop(settings.drop, [GOOD])
    (settings.drop / name).write_bytes(data)
    told = take_in(settings)
    assert outcomes(told).pop(file_name(GOOD)) == "admitted"
    (refused,) = (line for line in told if line.outcome.value == "rejected")
    originals = settings.home / refused.place / "原件"
    kept = {path.read_bytes() for path in originals.iterdir()}
    assert data in kept
    assert kept <= {data, *(paper.data for paper in GOOD.attachments)}
    assert all(one.message and one.remedy for one in refused.findings)
    assert "Traceback" not in (settings.home / refused.place / "slip.html").read_text("utf-8")
    return refused


# XML


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.name)
def test_every_public_attack_is_refused_and_kept(settings: Settings, path: Path) -> None:
    data = path.read_bytes()
    refused = given(settings, "攻击.xml", data)
    assert codes(refused) == ["X-DOCTYPE" if b"<!DOCTYPE" in data else "X-TYPE"]


def test_an_outside_entity_is_neither_read_nor_shown(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("geheimnis", "utf-8")
    attack = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><r>&e;</r>'.encode()
    refused = given(settings, "攻击.xml", attack)
    assert codes(refused) == ["X-DOCTYPE"]
    assert "geheimnis" not in (settings.home / refused.place / "slip.html").read_text("utf-8")


BAD_XML = {
    "empty": (b"", "X-EMPTY"),
    "blank": (b"\xef\xbb\xbf \r\n\t", "X-EMPTY"),
    "nulls": (bytes(4096), "X-EMPTY"),
    "plain text": ("会议记录".encode(), "X-SYNTAX"),
    "word file": (b"PK\x03\x04" + bytes(range(256)) * 4, "X-SYNTAX"),
    "broken off": (GOOD.xml[: len(GOOD.xml) // 2], "X-SYNTAX"),
    "two roots": (GOOD.xml + b"<more/>", "X-SYNTAX"),
    "control character": (GOOD.xml.replace(b"</place>", b"\x08</place>"), "X-SYNTAX"),
    "named entity": (GOOD.xml.replace(b"</place>", b"&nbsp;</place>"), "X-SYNTAX"),
    "gbk said to be utf-8": (GOOD.xml.decode().encode("gbk", "replace"), "X-ENCODING"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><record/>', "X-ENCODING"),
    "half a surrogate": (GOOD.xml.replace(b"</place>", b"\xed\xa0\x80</place>"), "X-ENCODING"),
    "too deep": (HEAD + b">" + b"<a>" * 5000 + b"</a>" * 5000 + b"</record>", "X-DEPTH"),
    "deep enough": (HEAD + b">" + b"<a>" * 100 + b"</a>" * 100 + b"</record>", "X-DEPTH"),
    "300000 attributes": (HEAD + b"".join(b'a%d="1" ' % n for n in range(300_000)) + b"/>", "X-PARTS"),
    "many attributes": (HEAD + b"".join(b'a%d="1" ' % n for n in range(2_000)) + b"/>", "X-PARTS"),
    "300000 namespaces": (HEAD + b"".join(b'xmlns:a%d="u" ' % n for n in range(300_000)) + b"/>", "X-PARTS"),
    "many namespaces": (HEAD + b"".join(b'xmlns:a%d="u" ' % n for n in range(200)) + b"/>", "X-PARTS"),
    "2000000 tags": (HEAD + b">" + b"<a/>" * 1_900_000 + b"</record>", "X-PARTS"),
    "many elements": (HEAD + b">" + b"<a/>" * 31_000 + b"</record>", "X-PARTS"),
    "many faulty siblings": (
        GOOD.xml.replace(b"<people>", b"<people>" + b'<person id="a b" name=""/>' * 5_000), "X-PARTS",
    ),
    "utf-7": (b'<?xml version="1.0" encoding="utf-7"?>' + HEAD + b"/>", "X-ENCODING"),
    "huge": (HEAD + b">" + b"x" * (9 << 20) + b"</record>", "X-SIZE"),
    "unknown root": (b"<html/>", "X-TYPE"),
    "other namespace": (GOOD.xml.replace(b"urn:jishi:record:1", b"urn:jishi:record:9"), "X-TYPE"),
    "unknown step": (GOOD.xml.replace(b'stepId="S1-01"', b'stepId="S9-99"'), "X-TYPE"),
    "step with a path": (GOOD.xml.replace(b'stepId="S1-01"', b'stepId="../S1-01"'), "X-TYPE"),
    "unknown element": (HEAD + b'stepId="S1-01"><x/></record>', "X-SCHEMA"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_XML)
def test_a_file_that_is_no_record_is_refused_with_one_clear_code(settings: Settings, name: str) -> None:
    data, code = BAD_XML[name]
    assert set(codes(given(settings, "坏.xml", data))) == {code}


def test_many_schema_faults_are_all_told(settings: Settings) -> None:
    data = HEAD + b'stepId="S1-01" recordId="x" occurrence="0"><batch>?</batch></record>'
    refused = given(settings, "坏.xml", data)
    assert len(refused.findings) >= 3


def test_a_record_with_thousands_of_faults_still_gets_a_slip(settings: Settings) -> None:
    people = b"".join(b'<person id="a b" name=""/>\n' for _ in range(2000))
    data = GOOD.xml.replace(b"<people>", b"<people>" + people)
    drop(settings.drop, [GOOD])
    (settings.drop / file_name(GOOD)).write_bytes(data)
    (refused,) = take_in(settings)
    assert refused.outcome.value == "rejected"
    assert (settings.home / refused.place / "slip.html").stat().st_size < 1_000_000
    assert "（共125处：" in refused.findings[0].message
    assert refused.findings[-1].code == "X-MORE"


# Names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"CON.xml", "N-DEVICE"),
        ("行\n首.xml".encode(), "N-CONTROL"),
        ("lmx.\u202efdp.xml".encode(), "N-CONTROL"),
        (("字" * 70).encode() + b".xml", "N-LONG"),
        (b"a:b.xml", "N-CHARACTER"),
        (b"\xbc\xc7\xc2\xbc.xml", "N-ENCODING"),
    ],
)
def test_a_record_under_an_unsafe_name_is_returned_under_a_safe_one(settings: Settings, name: bytes, code: str) -> None:
    drop(settings.drop, [GOOD])
    (settings.drop / file_name(GOOD)).rename(settings.drop / os.fsdecode(name))
    (refused,) = take_in(settings)
    assert codes(refused) == [code]
    assert refused.submission.isprintable()
    originals = settings.home / refused.place / "原件"
    assert (originals / "record.xml").read_bytes() == GOOD.xml
    assert len(list(originals.iterdir())) == 1 + len(GOOD.attachments)


@pytest.mark.parametrize("file", ["../../catalogue.sqlite", "/etc/passwd", "夹/a.pdf", "..", "NUL", "a\u200f.pdf"])
def test_an_attachment_name_never_leads_out_of_the_folder(settings: Settings, file: str) -> None:
    data = GOOD.xml.replace(GOOD.attachments[0].name.encode(), file.encode())
    drop(settings.drop, [GOOD])
    (settings.drop / file_name(GOOD)).write_bytes(data)
    before = (settings.home / "catalogue.sqlite").stat().st_ino
    told = take_in(settings)
    (refused,) = (line for line in told if line.outcome.value == "rejected")
    assert any(code.startswith("N-") for code in codes(refused))
    assert (settings.home / "catalogue.sqlite").stat().st_ino == before


def test_links_and_pipes_in_the_drop_are_returned_and_their_targets_untouched(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "secret.xml").write_bytes(GOOD.xml)
    (tmp_path / "folder").mkdir()
    drop(tmp_path / "folder", [GOOD])
    (settings.drop / "链.xml").symlink_to(tmp_path / "secret.xml")
    (settings.drop / "夹").symlink_to(tmp_path / "folder")
    (settings.drop / "环").symlink_to(settings.drop)
    os.mkfifo(settings.drop / "管.xml")
    told = take_in(settings)
    assert {line.submission: codes(line) for line in told} == {
        name: ["N-LINK"] for name in ("链.xml", "夹", "环", "管.xml")
    }
    assert (tmp_path / "secret.xml").read_bytes() == GOOD.xml
    assert len(list((tmp_path / "folder").iterdir())) == 1 + len(GOOD.attachments)


# Zips


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(file_name(GOOD), GOOD.xml)
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.external_attr = 0o120777 << 16
    return found


BAD_ZIPS = {
    "slip": (zip_of(("../../../evil.xml", b"x")), "N-PARENT"),
    "absolute": (zip_of(("/tmp/evil.xml", b"x")), "N-ABSOLUTE"),
    "link": (zip_of((link("a.pdf"), b"/etc/passwd")), "N-LINK"),
    "bomb": (zip_of(("a.tif", bytes(64 << 20))), "Z-RATIO"),
    "nested": (zip_of(("a.zip", zip_of())), "Z-NESTED"),
    "twice": (zip_of((file_name(GOOD).upper(), b"x")), "N-CASE"),
    "garbage": (b"PK" + bytes(range(256)) * 8, "Z-BROKEN"),
    "empty": (b"", "Z-BROKEN"),
}


@pytest.mark.parametrize("name", BAD_ZIPS)
def test_a_hostile_zip_is_returned_whole_and_nothing_of_it_escapes(settings: Settings, name: str) -> None:
    data, code = BAD_ZIPS[name]
    assert set(codes(given(settings, "包.zip", data))) == {code}
    assert not list(settings.home.rglob("evil.xml"))
    assert not Path("/tmp/evil.xml").exists()


# Strings


@pytest.fixture(scope="module")
def examiner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Examiner, Path]]:
    settings = make(tmp_path_factory.mktemp("strings") / "home")
    found = Examiner(settings)
    folder = settings.work / "00000000-000001"
    (folder / "attachments").mkdir(parents=True)
    for paper in GOOD.attachments:
        (folder / "attachments" / paper.name).write_bytes(paper.data)
    yield found, folder
    found.close()


def test_every_naughty_string_is_kept_as_it_is_or_refused_with_a_reason(examiner: tuple[Examiner, Path]) -> None:
    found, folder = examiner
    taken = 0
    for text in STRINGS:
        xml = GOOD.xml.replace(b"</place>", escape(text).encode("utf-8", "surrogatepass") + b"</place>")
        (folder / "record.xml").write_bytes(xml)
        claim = Claim(folder.name, Kind.RECORD, "r.xml", "2026-11-21T20:34:55+08:00", "")
        done = found.examine([claim])[0]
        assert not done.obstacle
        assert done.sha256 == hashlib.sha256(xml).hexdigest()
        if done.admission is None:
            assert {one.code for one in done.findings} <= {"X-GLYPH", "X-SYNTAX", "X-SCHEMA", "X-ENCODING"}, text
        else:
            taken += 1
            assert text.strip("\n") in done.admission.place
    assert 100 < taken < len(STRINGS)
