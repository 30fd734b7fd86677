from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from rehearsal.batch import SampleFile, SampleRecord, build, write
from rehearsal.dropping import drop

ATTACHMENT = "{urn:jishi:record:1}attachment"


@dataclass(frozen=True)
class Laid:
    """One record as it was laid out."""

    shape: str
    """file | folder | zip"""
    xml: bytes
    beside: frozenset[str]


def laid_out(folder: Path) -> list[Laid]:
    found = []
    plain = frozenset(path.name for path in folder.iterdir() if path.is_file())
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            names = frozenset(part.name for part in path.iterdir())
            found += [Laid("folder", part.read_bytes(), names) for part in path.glob("*.xml")]
        elif path.suffix == ".xml":
            found.append(Laid("file", path.read_bytes(), plain))
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                names = frozenset(archive.namelist())
                assert len(names) == len(archive.namelist())
                found += [Laid("zip", archive.read(name), names) for name in sorted(names) if name.endswith(".xml")]
    return found


def everything_in(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drop")
    drop(build(6, scans=False), folder)
    return folder


def test_every_record_is_laid_out_once_with_its_papers(dropped: Path) -> None:
    laid = laid_out(dropped)
    assert sorted(one.xml for one in laid) == sorted(record.xml for record in build(6, scans=False))
    for one in laid:
        named = {node.get("file", "") for node in etree.fromstring(one.xml).iterfind(ATTACHMENT)}
        assert named <= one.beside


def test_files_folders_and_zips_all_occur_and_files_are_the_rule(dropped: Path) -> None:
    shapes = [one.shape for one in laid_out(dropped)]
    assert {"file", "folder", "zip"} == set(shapes)
    assert shapes.count("file") > len(shapes) / 2


def test_a_zip_holds_several_records(dropped: Path) -> None:
    counts = [sum(name.endswith(".xml") for name in zipfile.ZipFile(path).namelist()) for path in dropped.glob("*.zip")]
    assert max(counts) > 1


def test_nothing_but_submissions_lies_in_the_folder(dropped: Path) -> None:
    assert {path.suffix for path in dropped.iterdir() if path.is_file()} <= {".xml", ".pdf", ".zip"}


def test_write_counts_the_records_and_tells_its_progress(tmp_path: Path) -> None:
    seen: list[int] = []
    written = write(tmp_path / "new" / "drop", 1, 3, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == written == len(laid_out(tmp_path / "new" / "drop"))


def test_writing_twice_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, 1, 4)
    first, second = (everything_in(tmp_path / name) for name in ("one", "two"))
    assert first == second


def test_papers_are_there_before_the_record_that_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real = Path.write_bytes

    def noting(path: Path, data: bytes) -> int:
        order.append(path.name)
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", noting)
    record = SampleRecord("511000-2026-P003/NA/001", "NA", "", b"<record/>", (SampleFile("a.pdf", b"%PDF"),))
    drop([record], tmp_path)
    assert order == ["a.pdf", "511000-2026-P003_NA_001.xml"]
