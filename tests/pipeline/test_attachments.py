from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from jishi.errors import PartMissing
from jishi.findings import Finding
from jishi.records import Attachment
from pipeline.intake.attachments import AttachmentChecker, isolation_is_possible

PDF, PNG, JPEG, TIFF = "application/pdf", "image/png", "image/jpeg", "image/tiff"


@pytest.fixture(scope="module")
def checker() -> Iterator[AttachmentChecker]:
    found = AttachmentChecker(seconds=20.0, max_mb=8)
    yield found
    found.close()


def paper(folder: Path, data: bytes, media_type: str = PDF, pages: int = 1, name: str = "附件.pdf") -> Attachment:
    (folder / name).write_bytes(data)
    return Attachment(
        "att-1", "附件", "凭证", name, media_type, len(data), hashlib.sha256(data).hexdigest(), pages, True
    )


def pdf(pages: int = 1, encryption: pikepdf.Encryption | bool = False) -> bytes:
    stream = BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        made.save(stream, encryption=encryption)
    return stream.getvalue()


def pdf_with_contents(data: bytes) -> bytes:
    stream = BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.pages[0].Contents = made.make_stream(data)
        made.save(stream, compress_streams=True)
    return stream.getvalue()


def image(form: str, pages: int = 1, size: tuple[int, int] = (64, 90)) -> bytes:
    stream = BytesIO()
    sheets = [Image.effect_noise(size, 90) for _ in range(pages)]
    more = {"save_all": True, "append_images": sheets[1:]} if pages > 1 else {}
    sheets[0].save(stream, form, **more)
    return stream.getvalue()


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("data", "media_type", "pages"),
    [
        (pdf(3), PDF, 3),
        (pdf_with_contents(b"q Q"), PDF, 1),
        (image("PNG"), PNG, 1),
        (image("JPEG"), JPEG, 1),
        (image("TIFF"), TIFF, 1),
        (image("TIFF", 3), TIFF, 3),
    ],
)
def test_a_sound_attachment_has_no_finding(
    checker: AttachmentChecker, tmp_path: Path, data: bytes, media_type: str, pages: int
) -> None:
    assert checker.check([paper(tmp_path, data, media_type, pages)], tmp_path) == []


def test_a_missing_attachment_is_named(checker: AttachmentChecker, tmp_path: Path) -> None:
    stated = paper(tmp_path, pdf())
    (tmp_path / stated.file).unlink()
    (found,) = checker.check([stated], tmp_path)
    assert found.code == "F-MISSING"
    assert "附件.pdf" in found.message
    assert "att-1" in found.place
    assert found.source.startswith("G06")


def test_an_altered_attachment_is_told_with_both_digests(checker: AttachmentChecker, tmp_path: Path) -> None:
    stated = paper(tmp_path, pdf())
    data = bytearray((tmp_path / stated.file).read_bytes())
    data[-20] ^= 1
    (tmp_path / stated.file).write_bytes(data)
    (found,) = checker.check([stated], tmp_path)
    assert found.code == "F-DIGEST"
    assert stated.sha256[:16] in found.message
    assert hashlib.sha256(data).hexdigest()[:16] in found.message


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (image("PNG"), PDF),
        (pdf(), JPEG),
        (b"PK\x03\x04" + b"x" * 20, PDF),
        (b"", PDF),
        (b"MZ\x90\0", TIFF),
        (b"GIF89a", PNG),
    ],
)
def test_an_attachment_that_is_not_what_its_type_says(
    checker: AttachmentChecker, tmp_path: Path, data: bytes, media_type: str
) -> None:
    assert codes(checker.check([paper(tmp_path, data, media_type)], tmp_path)) == ["F-TYPE"]


@pytest.mark.parametrize("password", ["geheim", ""])
def test_an_encrypted_pdf_is_refused_even_when_it_opens_without_a_password(
    checker: AttachmentChecker, tmp_path: Path, password: str
) -> None:
    data = pdf(encryption=pikepdf.Encryption(owner="owner", user=password))
    assert codes(checker.check([paper(tmp_path, data)], tmp_path)) == ["F-ENCRYPTED"]


BROKEN = {
    "truncated": lambda data: data[: len(data) // 2],
    "head only": lambda data: data[:9],
    "wrong cross references": lambda data: data.replace(b"startxref\n", b"startxref\n9"),
    "no pages": lambda data: data.replace(b"/Pages", b"/Rages"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_pdf_is_refused(checker: AttachmentChecker, tmp_path: Path, how: str) -> None:
    data = BROKEN[how](pdf(2))
    assert codes(checker.check([paper(tmp_path, data, pages=2)], tmp_path)) == ["F-BROKEN"]


def test_a_pdf_whose_page_cannot_be_read_is_refused(checker: AttachmentChecker, tmp_path: Path) -> None:
    data = bytearray(pdf_with_contents(b"0 0 m 1 1 l S " * 500))
    start = data.index(b"stream\n") + 7
    data[start : start + 24] = bytes(24)
    assert codes(checker.check([paper(tmp_path, bytes(data))], tmp_path)) == ["F-BROKEN"]


def test_a_page_that_unpacks_to_far_too_much_is_refused(checker: AttachmentChecker, tmp_path: Path) -> None:
    data = pdf_with_contents(b" " * (80 << 20))
    assert codes(checker.check([paper(tmp_path, data)], tmp_path)) == ["F-BOMB"]


@pytest.mark.parametrize(
    ("data", "media_type", "stated"), [(pdf(2), PDF, 3), (image("TIFF", 2), TIFF, 1), (image("PNG"), PNG, 2)]
)
def test_a_wrong_number_of_pages_is_told(
    checker: AttachmentChecker, tmp_path: Path, data: bytes, media_type: str, stated: int
) -> None:
    (found,) = checker.check([paper(tmp_path, data, media_type, stated)], tmp_path)
    assert found.code == "F-PAGES"
    assert f"登记{stated}页" in found.message


@pytest.mark.parametrize(("form", "media_type"), [("PNG", PNG), ("JPEG", JPEG), ("TIFF", TIFF)])
def test_an_image_that_breaks_off_is_refused(
    checker: AttachmentChecker, tmp_path: Path, form: str, media_type: str
) -> None:
    whole = image(form, size=(300, 300))
    assert codes(checker.check([paper(tmp_path, whole[: len(whole) * 2 // 3], media_type)], tmp_path)) == ["F-BROKEN"]


def test_an_image_with_absurd_dimensions_is_refused(checker: AttachmentChecker, tmp_path: Path) -> None:
    small = image("PNG", size=(16, 16))
    head = b"IHDR" + struct.pack(">II", 60_000, 60_000) + small[24:29]
    data = small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]
    assert codes(checker.check([paper(tmp_path, data, PNG)], tmp_path)) == ["F-BOMB"]


def test_an_attachment_above_the_size_limit_is_refused(tmp_path: Path) -> None:
    checker = AttachmentChecker(seconds=20.0, max_mb=1)
    data = b"%PDF-" + bytes(2 << 20)
    assert codes(checker.check([paper(tmp_path, data)], tmp_path)) == ["F-LARGE"]


def test_unsafe_and_doubled_names_are_told_and_never_opened(checker: AttachmentChecker, tmp_path: Path) -> None:
    stated = paper(tmp_path, pdf())
    outside = stated._replace(file="../附件.pdf", id="att-2")
    doubled = stated._replace(file="附件.PDF", id="att-3")
    found = checker.check([stated, outside, doubled], tmp_path)
    assert codes(found) == ["N-CASE", "N-PATH", "F-MISSING"]


def test_a_link_in_place_of_an_attachment_is_refused(checker: AttachmentChecker, tmp_path: Path) -> None:
    stated = paper(tmp_path, pdf())
    (tmp_path / stated.file).rename(tmp_path / "elsewhere")
    (tmp_path / stated.file).symlink_to(tmp_path / "elsewhere")
    assert codes(checker.check([stated], tmp_path)) == ["N-LINK"]


def test_all_faults_of_all_attachments_are_told_at_once(checker: AttachmentChecker, tmp_path: Path) -> None:
    good = paper(tmp_path, pdf(), name="好.pdf")
    broken = paper(tmp_path, pdf(2)[:400], name="坏.pdf")
    few = paper(tmp_path, pdf(2), pages=5, name="少.pdf")
    gone = good._replace(file="无.pdf")
    assert codes(checker.check([broken, good, gone, few], tmp_path)) == ["F-MISSING", "F-BROKEN", "F-PAGES"]


# The child


def child(tmp_path: Path, body: str) -> tuple[str, ...]:
    script = tmp_path / "child.py"
    script.write_text(
        "import json, os, sys, time\nprint('ready', flush=True)\nfor line in sys.stdin:\n"
        "    papers = json.loads(line)['papers']\n" + "".join(f"    {line}\n" for line in body.splitlines()),
        "utf-8",
    )
    return (sys.executable, "-I", str(script))


ANSWER = "print(json.dumps([{'pages': 1} for _ in papers]), flush=True)"


def test_a_child_that_hangs_is_killed_and_the_next_paper_gets_a_new_one(tmp_path: Path) -> None:
    hanging = child(tmp_path, f"if any('hang.pdf' in path for path, _ in papers): time.sleep(600)\n{ANSWER}")
    checker = AttachmentChecker(2.0, 8, hanging)
    try:
        papers = [paper(tmp_path, pdf(), name=name) for name in ("a.pdf", "hang.pdf", "b.pdf")]
        (found,) = checker.check(papers, tmp_path)
        assert (found.code, "hang.pdf" in found.message) == ("F-LIMIT", True)
    finally:
        checker.close()


def test_a_child_that_dies_costs_only_the_paper_that_killed_it(tmp_path: Path) -> None:
    dying = child(tmp_path, f"if any('die.pdf' in path for path, _ in papers): os._exit(9)\n{ANSWER}")
    checker = AttachmentChecker(20.0, 8, dying)
    try:
        papers = [paper(tmp_path, pdf(), name=name) for name in ("a.pdf", "die.pdf", "b.pdf")]
        (found,) = checker.check(papers, tmp_path)
        assert (found.code, "die.pdf" in found.message) == ("F-LIMIT", True)
        assert checker.check([papers[0]], tmp_path) == []
    finally:
        checker.close()


def test_a_child_that_cannot_start_blames_the_machine_and_no_paper(tmp_path: Path) -> None:
    checker = AttachmentChecker(20.0, 8, (sys.executable, "-c", "import no_such_module"))
    with pytest.raises(PartMissing, match="doctor"):
        checker.check([paper(tmp_path, pdf())], tmp_path)


def test_a_machine_that_opens_no_paper_at_all_is_blamed_and_no_paper_is(tmp_path: Path) -> None:
    checker = AttachmentChecker(20.0, 8, child(tmp_path, "os._exit(9)"))
    try:
        with pytest.raises(PartMissing, match=r"没有因此退回任何材料.*ulimit"):
            checker.check([paper(tmp_path, pdf())], tmp_path)
    finally:
        checker.close()


@pytest.mark.parametrize("limit", ["-t 3", "-n 24", "-v 400000"])
def test_sound_papers_are_taken_or_the_machine_is_blamed_where_its_limits_are_tight(tmp_path: Path, limit: str) -> None:
    words = f"ulimit {limit}; exec {sys.executable} -I -m archive.papers.child"
    checker = AttachmentChecker(20.0, 8, ("sh", "-c", words))
    try:
        assert checker.check([paper(tmp_path, pdf())], tmp_path) == []
    except PartMissing:
        pass
    finally:
        checker.close()


def test_the_child_has_no_network_where_the_system_allows_that(checker: AttachmentChecker, tmp_path: Path) -> None:
    checker.check([paper(tmp_path, pdf())], tmp_path)
    assert checker._child is not None
    own, apart = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", checker._child.pid))
    assert (own != apart) is isolation_is_possible()


LIMITED = """
import json, sys
from archive.papers import limits
limits.give_up()
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    limits.limit_time(asked["seconds"])
    try:
        if "specimen" not in asked["papers"][0][0]:
            {body}
        print(json.dumps([{{"pages": 1}}]), flush=True)
    except MemoryError:
        print(json.dumps([{{"fault": "memory"}}]), flush=True)
    except OSError as error:
        print(json.dumps([{{"fault": "broken", "detail": error.strerror}}]), flush=True)
"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("bytearray(3 << 30)", "内存"),
        ("open(asked['papers'][0][0] + '.new', 'wb', buffering=0).write(b'x')", "File too large"),
        ("[None for _ in iter(int, 1)]", "异常退出|内存|时限"),
    ],
)
def test_the_child_has_little_memory_little_time_and_writes_nothing(tmp_path: Path, body: str, words: str) -> None:
    script = tmp_path / "limited.py"
    script.write_text(LIMITED.format(body=body), "utf-8")
    checker = AttachmentChecker(1.0, 8, (sys.executable, "-I", str(script)))
    try:
        (found,) = checker.check([paper(tmp_path, pdf())], tmp_path)
        assert any(word in found.message for word in words.split("|"))
    finally:
        checker.close()


def test_one_child_serves_many_papers(checker: AttachmentChecker, tmp_path: Path) -> None:
    checker.check([paper(tmp_path, pdf())], tmp_path)
    first = checker._child
    assert first is not None
    for number in range(50):
        assert checker.check([paper(tmp_path, pdf(1 + number % 3), pages=1 + number % 3)], tmp_path) == []
    assert checker._child is first
