"""Papers admitted before they were looked at closely: filing names them and goes on, or shows that they are missing."""

from __future__ import annotations

import hashlib
import io
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdf
import pytest

from archive.filing import FilingRun, file_batch
from archive.register.register import Register
from archive.volume.scans import UnshownPaper
from jishi.records import record_of
from jishi.safe_xml import parse
from jishi.settings import Settings
from rehearsal.batch import SampleRecord
from tests.filled_home import BATCH, acceptance, copy_home, fill
from tests.paper_cases import form, page, stamped, zeros

LOCKED, DEADLY = "S1-02", "S1-03"
"""Steps whose papers cannot be shown: one is locked, one takes all memory there is."""


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(page())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))
    return out.getvalue()


def deadly() -> bytes:
    return stamped(more={8: form(zeros(2048), keys=b"/Filter/FlateDecode")})


def with_paper(one: SampleRecord, data: bytes) -> SampleRecord:
    """Return a record whose first paper is another, registered as it is."""
    first, *others = one.attachments
    xml = one.xml.replace(hashlib.sha256(first.data).hexdigest().encode(), hashlib.sha256(data).hexdigest().encode())
    xml = re.sub(rb'bytes="%d"' % len(first.data), b'bytes="%d"' % len(data), xml, count=1)
    return replace(one, xml=xml, attachments=(replace(first, data=data), *others))


def changed(one: SampleRecord) -> SampleRecord:
    makers = {LOCKED: locked, DEADLY: deadly}
    return with_paper(one, makers[one.step_id]()) if one.step_id in makers else one


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("papers") / "home", 1, change=changed).home


def supersede(settings: Settings, *steps: str) -> None:
    """Let records of some steps be superseded, as a correction would."""
    marks = ",".join("?" * len(steps))
    with closing(sqlite3.connect(settings.register_file)) as connection, connection:
        query = (
            f"update record set superseded_by = (select id from record where step = 'S1-01') where step in ({marks})"
        )
        connection.execute(query, steps)


def run_in(settings: Settings) -> FilingRun:
    return FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings), 2)


@pytest.mark.parametrize(
    ("superseded", "step", "words"), [((), LOCKED, "加了密码"), ((LOCKED,), DEADLY, "内存超过上限")]
)
def test_a_paper_that_cannot_be_shown_is_named_with_its_record_and_nothing_is_numbered(
    original: Path, tmp_path: Path, superseded: tuple[str, ...], step: str, words: str
) -> None:
    settings = copy_home(original, tmp_path / "home")
    if superseded:
        supersede(settings, *superseded)
    with pytest.raises(UnshownPaper) as told:
        file_batch(run_in(settings))
    assert f"/{step}/" in told.value.message or words not in told.value.message
    assert "附件《" in told.value.message and "没有编出任何号" in told.value.message
    assert not list(settings.staging.iterdir())
    with closing(sqlite3.connect(settings.register_file)) as connection:
        assert connection.execute("select count(*) from volume").fetchone() == (0,)


def test_papers_of_superseded_records_stop_nothing_and_a_page_says_that_they_are_missing(
    original: Path, tmp_path: Path
) -> None:
    settings = copy_home(original, tmp_path / "home")
    supersede(settings, LOCKED, DEADLY)
    volumes = file_batch(run_in(settings))
    whole = next(facts for facts in volumes if facts.kind == "ZH")
    folder = settings.shelf / whole.number.file_name / "v1" / "content"
    texts = [re.sub(r"\s", "", one.extract_text()) for one in pypdf.PdfReader(folder / "volume.pdf").pages]
    placards = [text for text in texts if "不能在卷页上显示" in text and "第1页/共1页" in text]
    assert len(placards) == 2
    assert any("加了密码" in text for text in placards) and any("内存超过上限" in text for text in placards)
    assert len([warning for warning in whole.warnings if "不能在卷页上显示" in warning]) == 2
    assert "不能在卷页上显示" in texts[-1]
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("attachments/*")}
    for step in (LOCKED, DEADLY):
        for path in settings.cases.rglob("record.xml"):
            record = record_of(parse(path.read_bytes()), path.read_bytes())
            if record.step_id == step:
                assert record.attachments[0].sha256 in kept
