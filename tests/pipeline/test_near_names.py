"""Names that are nearly the same, litter, transfers, formats nobody takes, figures written in other ways."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from archive.register.register import Register
from archive.register.tables import attachment
from jishi.records import whole_number
from jishi.settings import Settings
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.intake.drop_folder import pending
from pipeline.intake.submission import Beside, is_litter
from tests.intake_home import codes, digests, drop, file_name, make, outcomes, sample, take_in, zipped
from tests.rule_cases import TODAY, profile_of

FIRST = sample("S1-01")
PAPER = FIRST.attachments[0]
DAY = 86_400.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make(tmp_path / "home")


def named(wanted: str) -> bytes:
    """Return the record with its first attachment under another name."""
    return FIRST.xml.replace(PAPER.name.encode(), wanted.encode())


def laid(folder: Path, wanted: str, *present: str) -> None:
    """Drop the record and its attachments, the first under the names given."""
    drop(folder, [FIRST])
    (folder / file_name(FIRST)).write_bytes(named(wanted))
    (folder / PAPER.name).unlink()
    for name in present:
        (folder / name).write_bytes(PAPER.data)


NEAR = {
    "case": ("照片.JPG", "照片.jpg"),
    "decomposed": ("Nǚ代表谈话.jpg", unicodedata.normalize("NFD", "Nǚ代表谈话.jpg")),
    "blank": ("照片1.jpg", "照片 1.jpg"),
    "full-width blank": ("照 片.jpg", "照　片.jpg"),
    "no-break blank": ("照片.jpg", "照\u00a0片.jpg"),
    "full width": ("照片（1）.jpg", "照片(1).jpg"),
    "compatibility": ("金额.jpg", "\uf90a额.jpg"),
}


@pytest.mark.parametrize("kind", NEAR)
def test_a_name_means_the_only_file_that_looks_like_it(kind: str) -> None:
    wanted, present = NEAR[kind]
    assert Beside({present, "别的.jpg"}).meant([wanted, "没有.pdf"]) == {wanted: present}


def test_a_file_that_only_looks_like_the_name_is_taken_under_the_records_name(settings: Settings) -> None:
    laid(settings.drop, "照 片（1）.JPG", "照　片(1).jpg")
    assert outcomes(take_in(settings)) == {file_name(FIRST): "admitted"}
    (kept,) = settings.cases.rglob("照 片（1）.JPG")
    assert kept.read_bytes() == PAPER.data
    assert list(settings.drop.iterdir()) == []


def test_the_same_holds_in_a_zip(settings: Settings) -> None:
    papers = (replace(PAPER, name="照　片(1).jpg"), *FIRST.attachments[1:])
    zipped(settings.drop / "包.zip", [replace(FIRST, xml=named("照片（1）.JPG"), attachments=papers)])
    assert set(outcomes(take_in(settings)).values()) == {"admitted"}


def test_of_two_files_that_look_alike_none_is_chosen_and_both_are_named(settings: Settings) -> None:
    laid(settings.drop, "照片.JPG", "照片.jpg", "照 片.jpg")
    assert set(outcomes(take_in(settings)).values()) == {"waiting"}
    told = {one.name: one.message for one in pending(settings)}
    assert "照片.JPG" in told[file_name(FIRST)]
    assert "文件夹里有" in told[file_name(FIRST)]
    assert "照 片.jpg" in told[file_name(FIRST)]
    assert "按记录中的名字改名" in told[file_name(FIRST)]


def test_a_file_of_the_very_name_goes_before_one_that_looks_like_it() -> None:
    assert Beside({"a.pdf", "A.pdf"}).meant(["A.pdf"]) == {"A.pdf": "A.pdf"}
    assert Beside({"a.pdf"}).meant(["A.pdf", "a.pdf"]) == {"a.pdf": "a.pdf"}
    assert Beside({"a .pdf"}).meant(["A.pdf", "a.pdf"]) == {}


# Litter and transfers

LITTER = (".DS_Store", "._r.xml", "~$材料.docx", ".~lock.材料.odt#", "Thumbs.db", "desktop.ini", "@eaDir/r.xml@Syno",
          "__MACOSX/._r.xml")  # fmt: skip


def test_litter_holds_no_folder_is_refused_by_nobody_and_is_kept(settings: Settings) -> None:
    drop(settings.drop / "夹", [FIRST])
    for name in LITTER:
        assert is_litter(name)
        (settings.drop / "夹" / name).parent.mkdir(exist_ok=True)
        (settings.drop / "夹" / name).write_text(name, "utf-8")
    told = take_in(settings, wall=lambda: time.time() + 99 * DAY)
    assert outcomes(told) == {f"夹/{file_name(FIRST)}": "admitted"}
    assert list(settings.drop.iterdir()) == []
    kept = {path.read_text("utf-8") for path in (settings.home / "received").rglob("*") if path.is_file()}
    assert kept == set(LITTER)
    assert pending(settings) == []


def test_what_somebody_adds_to_a_spent_folder_is_not_cleared_away_with_its_litter(settings: Settings) -> None:
    (settings.drop / "夹").mkdir()
    (settings.drop / "夹" / ".DS_Store").write_bytes(b"x")
    from pipeline.intake.litter import clear_litter

    (settings.drop / "夹" / "新.xml").write_bytes(b"<a/>")
    clear_litter(settings, "夹")
    assert [path.name for path in (settings.drop / "夹").iterdir()] == ["新.xml"]


@pytest.mark.parametrize("name", ["大.pdf.part", ".大.pdf.Xy12"])
def test_a_transfer_holds_its_folder_for_the_wait_and_is_named(settings: Settings, name: str) -> None:
    drop(settings.drop / "夹", [FIRST])
    (settings.drop / "夹" / name).write_bytes(b"half")
    assert set(outcomes(take_in(settings)).values()) == {"waiting"}
    (one,) = pending(settings)
    assert name in one.message
    told = outcomes(take_in(settings, wall=lambda: time.time() + 8 * DAY))
    assert told[f"夹/{file_name(FIRST)}"] == "admitted"
    assert (settings.drop / "夹" / name).exists()


# Formats


FORMATS = {
    "材料.rar": "RAR压缩包不能收，请解开后改用zip压缩",
    "材料.7z": "7z压缩包不能收",
    "照片.HEIC": "HEIC照片不能收，请转存为JPG或PDF",
    "照片.webp": "WebP图像不能收",
    "材料.docx": "Word文件不能收，请导出或打印为PDF",
    "名册.xlsx": "Excel文件不能收",
}


def test_a_format_nobody_takes_is_named_at_once_and_on_the_slip(settings: Settings) -> None:
    for name in FORMATS:
        (settings.drop / name).write_bytes(b"x")
    take_in(settings)
    told = {one.name: one.message for one in pending(settings)}
    assert all(said in told[name] for name, said in FORMATS.items())
    refused = take_in(settings, wall=lambda: time.time() + 8 * DAY)
    assert {line.submission for line in refused} == set(FORMATS)
    assert all(codes(line) == ["N-FORMAT"] and "请" in line.findings[0].remedy for line in refused)


# Figures


def rewritten(change: dict[str, str]) -> bytes:
    """Return the record with attributes of its first attachment written in another way."""
    from lxml import etree

    root = etree.fromstring(FIRST.xml)
    node = root.find("{urn:jishi:record:1}attachment")
    assert node is not None
    for name, pattern in change.items():
        node.set(
            name, pattern.format(node.get(name, "")).upper() if name == "sha256" else pattern.format(node.get(name))
        )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


@pytest.mark.parametrize(
    "change",
    [{"bytes": "+{}", "pages": " {} "}, {"bytes": " 00{} ", "pages": "+0{}", "sha256": "{}"}],
)
def test_figures_are_compared_by_value_from_intake_to_check(settings: Settings, change: dict[str, str]) -> None:
    drop(settings.drop, [FIRST])
    (settings.drop / file_name(FIRST)).write_bytes(rewritten(change))
    assert outcomes(take_in(settings)) == {file_name(FIRST): "admitted"}
    with Register(settings.register_file).reading() as connection:
        row = connection.execute(attachment.select()).first()
    assert row is not None
    assert (row.bytes, row.sha256, row.sha256.islower()) == (len(PAPER.data), row.sha256, True)
    from jishi.safe_xml import parse

    dossier = assemble(
        [DossierEntry(parse(rewritten(change)), FIRST.record_id)], batch="511000-2026-P003", profile=profile_of("CN"),
        today=TODAY,
    )  # fmt: skip
    node = next(dossier.iter("{urn:jishi:record:1}attachment"))
    assert (node.get("bytes"), node.get("sha256")) == (str(row.bytes), row.sha256)


@pytest.mark.parametrize(("text", "value"), [("+17", 17), (" 17 ", 17), ("0017", 17), ("", 0), ("1_7", 0), ("-1", 0),
                                             ("１７", 0), ("1e3", 0), ("9" * 31, 0)])  # fmt: skip
def test_a_whole_number_is_what_the_schema_calls_one(text: str, value: int) -> None:
    assert whole_number(text) == value


def test_nothing_is_lost_whatever_the_names(settings: Settings) -> None:
    laid(settings.drop, "照片.JPG", "照片.jpg", "照 片.jpg")
    (settings.drop / "材料.rar").write_bytes(b"Rar!")
    before = digests(settings)
    take_in(settings, wall=lambda: time.time() + 8 * DAY)
    assert digests(settings) == before
