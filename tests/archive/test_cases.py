"""Admission: who is let in, who waits and for what, who doubles or contradicts what is there."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from archive.register.case_folders import folder_of
from archive.register.cases import Admission, CaseFiles, Outcome, Verdict
from archive.register.register import create
from archive.register.tables import ledger, record, verdict, waiting
from jishi.records import Person
from jishi.settings import Settings

BATCH = "511000-2026-P003"
NO = f"{BATCH}-001"


def home(tmp_path: Path) -> CaseFiles:
    found = Settings(tmp_path)
    for folder in found.folders():
        folder.mkdir(parents=True, exist_ok=True)
    return CaseFiles(found, create(found.register_file))


def asking(files: CaseFiles, record_id: str, digest: str = "", correction_of: str = "") -> Admission:
    """Return an admission whose folder stands in work/ as intake leaves it."""
    owner, step, occurrence = record_id.split("/")
    person_no = owner if owner.count("-") == 3 else ""
    people = (Person("K-1", person_no, "李㛃", "", "局长"),) if person_no else ()
    token = record_id.replace("/", "_") + digest
    folder = files.settings.work / token
    folder.mkdir(exist_ok=True)
    (folder / "record.xml").write_text(record_id, "utf-8")
    return Admission(
        token=token, submission=f"{token}.xml", id=record_id, step=step, occurrence=int(occurrence),
        batch="-".join(owner.split("-")[:3]), person_no=person_no, title="题名", occurred_on="2026-01-05",
        occurred_to="", place="", secrecy="内部", digest=digest or record_id, sha256="", docx_sha256="",
        correction_of=correction_of, people=people, signatures=(), attachments=(), change_kind="提拔",
        target_post="局长", words="题名",
    )  # fmt: skip


def outcomes(verdicts: list[Verdict]) -> dict[str, Outcome]:
    return {found.record: found.outcome for found in verdicts}


def test_an_admitted_record_stands_in_its_place_and_in_the_ledger(tmp_path: Path) -> None:
    files = home(tmp_path)
    files.admit([asking(files, f"{BATCH}/S1-01/001")])
    assert (folder_of(files.settings, f"{BATCH}/S1-01/001") / "record.xml").exists()
    with files.register.reading() as connection:
        assert connection.scalar(select(record.c.state)) == "admitted"
        assert connection.scalar(select(ledger.c.event).order_by(ledger.c.seq.desc())) == "admitted"


def test_a_record_before_its_batch_waits_and_says_for_what_and_comes_in_by_itself(tmp_path: Path) -> None:
    files = home(tmp_path)
    early = files.admit([asking(files, f"{BATCH}/S1-02/001")])
    assert early[0].outcome is Outcome.WAITING
    assert "S1-01" in early[0].message
    assert (files.settings.waiting / early[0].token).exists()
    later = files.admit([asking(files, f"{BATCH}/S1-01/001")])
    assert outcomes(later) == {f"{BATCH}/S1-01/001": Outcome.ADMITTED, f"{BATCH}/S1-02/001": Outcome.ADMITTED}
    assert (folder_of(files.settings, f"{BATCH}/S1-02/001") / "record.xml").exists()
    with files.register.reading() as connection:
        assert connection.scalars(select(waiting.c.token)).all() == []


def test_a_record_waits_for_each_thing_it_needs_one_after_the_other(tmp_path: Path) -> None:
    files = home(tmp_path)
    files.admit([asking(files, f"{NO}/S3-06/001")])
    second = files.admit([asking(files, f"{BATCH}/S1-01/001")])
    assert outcomes(second)[f"{NO}/S3-06/001"] is Outcome.WAITING
    third = files.admit([asking(files, f"{NO}/S1-08/001")])
    assert outcomes(third)[f"{NO}/S3-06/001"] is Outcome.ADMITTED


def test_the_same_content_again_is_a_duplicate_of_the_earlier_number(tmp_path: Path) -> None:
    files = home(tmp_path)
    files.admit([asking(files, f"{BATCH}/S1-01/001", "d1")])
    again = files.admit([asking(files, f"{BATCH}/S1-01/001", "d1")])
    assert again[0].outcome is Outcome.DUPLICATE
    assert f"{BATCH}/S1-01/001" in again[0].message


def test_the_same_number_with_other_content_is_refused_with_the_way_out(tmp_path: Path) -> None:
    files = home(tmp_path)
    verdicts = files.admit([asking(files, f"{BATCH}/S1-01/001", "d1"), asking(files, f"{BATCH}/S1-01/001", "d2")])
    assert verdicts[1].outcome is Outcome.REJECTED
    assert verdicts[1].findings[0].code == "D-CONFLICT"
    assert "correctionOf" in verdicts[1].findings[0].remedy


def test_a_correction_supersedes_and_never_overwrites(tmp_path: Path) -> None:
    files = home(tmp_path)
    first, second = f"{BATCH}/S1-05/001", f"{BATCH}/S1-05/002"
    files.admit([asking(files, f"{BATCH}/S1-01/001"), asking(files, second, correction_of=first)])
    files.admit([asking(files, first)])
    with files.register.reading() as connection:
        rows = {row.id: row.superseded_by for row in connection.execute(select(record.c.id, record.c.superseded_by))}
    assert rows[first] == second
    assert rows[second] is None


def test_a_correction_of_something_else_is_refused(tmp_path: Path) -> None:
    files = home(tmp_path)
    files.admit([asking(files, f"{BATCH}/S1-01/001"), asking(files, f"{BATCH}/S1-04/001")])
    wrong = files.admit([asking(files, f"{BATCH}/S1-05/002", correction_of=f"{BATCH}/S1-04/001")])
    assert wrong[0].findings[0].code == "G08"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), cut=st.integers(1, 9))
def test_in_any_order_and_any_grouping_everything_is_admitted_once(
    tmp_path_factory: pytest.TempPathFactory, order: random.Random, cut: int
) -> None:
    files = home(tmp_path_factory.mktemp("home"))
    ids = [f"{BATCH}/S1-01/001", f"{NO}/S1-08/001"] + [f"{NO}/S3-06/{n:03d}" for n in range(1, 4)]
    asked = [asking(files, one) for one in ids]
    asked.append(asking(files, f"{NO}/S3-06/004", correction_of=f"{NO}/S3-06/003"))
    order.shuffle(asked)
    for start in range(0, len(asked), cut):
        files.admit(asked[start : start + cut])
    with files.register.reading() as connection:
        found = connection.scalars(select(record.c.id)).all()
        assert connection.scalars(select(waiting.c.token)).all() == []
        admitted = connection.scalars(select(verdict.c.record).where(verdict.c.outcome == "admitted")).all()
    assert sorted(found) == sorted(one.id for one in asked) == sorted(admitted)
    assert all((folder_of(files.settings, one.id) / "record.xml").exists() for one in asked)
    assert list(files.settings.work.iterdir()) == list(files.settings.waiting.iterdir()) == []


def test_a_crash_between_decision_and_place_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = home(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(CaseFiles, "_put_in_place", _dies)
        with pytest.raises(KeyboardInterrupt):
            files.admit([asking(files, f"{BATCH}/S1-01/001"), asking(files, f"{NO}/S3-06/001")])
    files.settle()
    assert (folder_of(files.settings, f"{BATCH}/S1-01/001") / "record.xml").exists()
    assert len(list(files.settings.waiting.iterdir())) == 1
    with files.register.reading() as connection:
        assert connection.scalars(select(record.c.state)).all() == ["admitted"]


def _dies(_self: CaseFiles, _done: Verdict) -> None:
    raise KeyboardInterrupt


def test_a_stranger_to_a_filed_batch_is_refused_not_kept_waiting(tmp_path: Path) -> None:
    files = home(tmp_path)
    files.admit([asking(files, f"{BATCH}/S1-01/001")])
    with files.register.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO filing(batch, filer, acceptor, accepted_at, content_digest, profile, rules, report)"
            " VALUES (?, '甲', '乙', '', '', '', '', '')", (BATCH,)
        )  # fmt: skip
    stranger = replace(asking(files, f"{BATCH}-099/S3-06/001"))
    found = files.admit([stranger])[0]
    assert found.outcome is Outcome.REJECTED
    assert found.findings[0].code == "G05"
