"""What is filed is what was admitted: no byte comes from a case file that is not the one the ledger sealed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive.filing import FilingRun, file_batch
from archive.register.case_folders import copy_sealed, read_record, sealed_bytes
from archive.register.register import Register
from archive.register.tables import volume
from archive.volume.facts import VolumeFacts
from jishi.errors import ArchiveDamaged
from jishi.settings import Settings
from tests.filled_home import BATCH, acceptance, copy_home

_RECORD = f"{BATCH}/S5-02/001"


def _case(settings: Settings) -> Path:
    return settings.cases / BATCH / "batch" / "S5-02-001"


def _paper(settings: Settings) -> Path:
    return next((_case(settings) / "attachments").iterdir())


def _file(settings: Settings) -> list[VolumeFacts]:
    return file_batch(FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings)))


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def _alter_the_record(settings: Settings) -> str:
    _append(_case(settings) / "record.xml")
    return "record.xml"


def _alter_the_form(settings: Settings) -> str:
    _append(_case(settings) / "form.docx")
    return "form.docx"


def _alter_a_paper(settings: Settings) -> str:
    _append(_paper(settings))
    return _paper(settings).name


def _alter_the_record_and_its_row(settings: Settings) -> str:
    """Do what somebody would who knows the register: only the ledger knows better."""
    path = _case(settings) / "record.xml"
    _append(path)
    with closing(sqlite3.connect(settings.register_file)) as raw:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        raw.execute("UPDATE record SET sha256 = ? WHERE id = ?", (digest, _RECORD))
        raw.commit()
    return "台账"


def _alter_a_paper_and_its_row(settings: Settings) -> str:
    path = _paper(settings)
    _append(path)
    with closing(sqlite3.connect(settings.register_file)) as raw:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        raw.execute("UPDATE attachment SET sha256 = ? WHERE file = ?", (digest, path.name))
        raw.commit()
    return "台账"


@pytest.mark.parametrize(
    "alter",
    [_alter_the_record, _alter_the_form, _alter_a_paper, _alter_the_record_and_its_row, _alter_a_paper_and_its_row],
)
def test_a_case_file_altered_since_admission_is_named_and_nothing_is_numbered(
    admitted_home: Path, tmp_path: Path, alter: Callable[[Settings], str]
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    said = alter(settings)
    with pytest.raises(ArchiveDamaged) as caught:
        _file(settings)
    assert _RECORD in caught.value.message
    assert said in caught.value.message
    with Register(settings.register_file).reading() as connection:
        assert connection.scalar(select(func.count()).select_from(volume)) == 0
    assert list(settings.staging.iterdir()) == []


def test_a_record_form_or_paper_is_compared_as_it_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "511000-2026-P003" / "batch" / "S5-02-001"
    folder.mkdir(parents=True)
    (folder / "x").write_bytes(b"as admitted")
    digest = hashlib.sha256(b"as admitted").hexdigest()
    assert sealed_bytes(folder, "x", digest) == b"as admitted"
    copy_sealed(folder, "x", tmp_path / "copy", digest)
    assert (tmp_path / "copy").read_bytes() == b"as admitted"
    (folder / "x").write_bytes(b"altered")
    (folder / "record.xml").write_bytes(b"<record/>")
    for reading in (
        lambda: sealed_bytes(folder, "x", digest),
        lambda: copy_sealed(folder, "x", tmp_path / "again", digest),
        lambda: read_record(folder, digest),
    ):
        with pytest.raises(ArchiveDamaged, match=_RECORD):
            reading()


def test_what_others_alter_after_the_copy_was_taken_is_neither_bound_nor_shelved(
    admitted_home: Path, tmp_path: Path
) -> None:
    """Once volumes are built nothing is read from the case files again."""
    settings = copy_home(admitted_home, tmp_path / "home")
    before = _paper(settings).read_bytes()

    def alter(step: str) -> None:
        if step == "built":
            _append(_paper(settings))

    run = FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings), on_step=alter)
    file_batch(run)
    shelved = [path for path in settings.shelf.rglob(_paper(settings).name) if path.is_file()]
    assert shelved
    assert {path.read_bytes() for path in shelved} == {before}
