"""A home with a whole rehearsal batch admitted, made without the drop folder so that archive tests stay fast."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from archive.home import make_home
from archive.register.case_queries import content_digest
from archive.register.cases import Admission, CaseFiles, Outcome, admission_of
from archive.register.register import Register
from archive.volume.facts import Acceptance
from jishi import safe_xml
from jishi.records import record_of
from jishi.settings import Settings, load
from press.record_form import form_of
from press.word import word_form
from rehearsal.batch import SampleRecord, build

BATCH = "511000-2026-P003"


def fill(
    home: Path, people: int, *, scans: bool = False, change: Callable[[SampleRecord], SampleRecord] = lambda one: one
) -> Settings:
    """Make a home and admit a rehearsal batch into it, each record changed."""
    settings = make_home(home)
    files = CaseFiles(settings, Register(settings.register_file))
    admissions = []
    for place, sample in enumerate(build(people, seed=1, scans=scans)):
        admissions.append(_lay(settings, change(sample), f"t{place:05d}"))
    verdicts = files.admit(admissions)
    assert {found.outcome for found in verdicts} == {Outcome.ADMITTED}
    return settings


def copy_home(original: Path, home: Path) -> Settings:
    """Return the settings of a fresh copy of a home; its register may be open, so the files beside it come and go."""
    shutil.copytree(original, home, ignore=shutil.ignore_patterns("catalogue.sqlite*"))
    source, target = (sqlite3.connect(folder / "catalogue.sqlite") for folder in (original, home))
    with closing(source), closing(target):
        source.backup(target)
    return load(home)


def acceptance(settings: Settings, filer: str = "周立", acceptor: str = "吴验") -> Acceptance:
    """Return an acceptance of the batch as it stands; the rules are tested elsewhere."""
    with Register(settings.register_file).reading() as connection:
        digest = content_digest(connection, BATCH)
    return Acceptance(filer, acceptor, "2026-04-20T10:00:00+08:00", "CN", "0" * 64, digest, 0, ("无缺项",))


def _lay(settings: Settings, sample: SampleRecord, token: str) -> Admission:
    record = record_of(safe_xml.parse(sample.xml, sample.record_id), sample.xml)
    folder = settings.work / token
    (folder / "attachments").mkdir(parents=True)
    docx = word_form(form_of(record))
    (folder / "record.xml").write_bytes(sample.xml)
    (folder / "form.docx").write_bytes(docx)
    for paper in sample.attachments:
        (folder / "attachments" / paper.name).write_bytes(paper.data)
    return admission_of(record, token, f"{token}.xml", hashlib.sha256(docx).hexdigest())
