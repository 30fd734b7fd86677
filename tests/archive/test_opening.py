"""A register that is not that of its folders is recognised at once, and nothing is lost by trying."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.filing import FilingRun, file_batch
from archive.home import make_home
from archive.recover import recover
from archive.register import ledger
from archive.register.case_folders import folder_of
from archive.register.cases import CaseFiles
from archive.register.ledger_head import HEAD_FILE, write_head
from archive.register.obstacles import worded
from archive.register.opening import open_register
from archive.register.register import Register, create
from archive.verify import verify
from jishi.errors import ArchiveDamaged, ExitCode, TryLater
from jishi.settings import Settings
from tests.command_line import answer
from tests.filled_home import BATCH, acceptance, copy_home


def _empty_register(home: Settings) -> None:
    """Put a register in place as `init` makes it: what a copy without the journal opens as."""
    other = make_home(home.home.with_name("other"))
    shutil.copy(other.register_file, home.register_file)


def _older_register(home: Settings) -> None:
    """Take back the last lines, as an older backup of the register alone does."""
    with closing(sqlite3.connect(home.register_file)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("DELETE FROM ledger WHERE seq > 50")
        raw.commit()


def _no_head(home: Settings) -> None:
    (home.cases / HEAD_FILE).unlink()


def _garbled_head(home: Settings) -> None:
    (home.cases / HEAD_FILE).write_bytes(b"\x00" * 40)


def _register_before_filing(home: Settings) -> None:
    """Put the head back with the register: only the shelf knows better."""
    number = "J012-WS.XR.GR.2026.Y-0001"
    (home.shelf / number).mkdir(parents=True)


def _batch_unknown(home: Settings) -> None:
    shutil.copytree(home.cases / BATCH, home.cases / "511000-2026-P009")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_empty_register, "不是收入这些材料的那一个"),
        (_older_register, "目录库比案卷材料旧"),
        (_no_head, HEAD_FILE),
        (_garbled_head, HEAD_FILE),
        (_register_before_filing, "恢复较新的目录库"),
        (_batch_unknown, "恢复较新的目录库"),
    ],
)
def test_every_command_says_that_the_register_is_not_that_of_its_folders_and_what_to_do(
    admitted_home: Path, tmp_path: Path, change: Callable[[Settings], None], said: str
) -> None:
    home = copy_home(admitted_home, tmp_path / "home")
    change(home)
    (home.drop / "新.xml").write_bytes(b"<record/>")
    every = (("find", "公示"), ("check", BATCH), ("intake",), ("doctor",)) if change is _older_register else ()
    for words in (("status",), *every):
        code, told, data = answer(home.home, *words)
        shown = "".join((told + data.decode()).split())  # a table breaks long words over lines
        assert code == ExitCode.DAMAGED, (words, told)
        assert "目录库" in shown
        if words != ("doctor",):
            assert said in shown, (words, told)
    assert (home.drop / "新.xml").exists()
    code, told, _ = answer(home.home, "verify")
    assert code == ExitCode.DAMAGED
    assert "移出" not in told


@pytest.mark.parametrize("change", [_empty_register, _older_register, _garbled_head, _register_before_filing])
def test_recovery_ends_with_words_and_does_nothing(
    admitted_home: Path, tmp_path: Path, change: Callable[[Settings], None]
) -> None:
    home = copy_home(admitted_home, tmp_path / "home")
    change(home)
    code, told, _ = answer(home.home, "recover")
    assert code == ExitCode.DAMAGED
    assert "恢复" in told
    assert "移出书架" not in told


def test_a_lost_head_is_noted_anew_by_recovery_alone_and_the_ledger_says_so_for_ever(
    admitted_home: Path, tmp_path: Path
) -> None:
    home = copy_home(admitted_home, tmp_path / "home")
    _no_head(home)
    register = Register(home.register_file)
    with pytest.raises(ArchiveDamaged, match=HEAD_FILE), register.writing():
        pass
    assert recover(home, register).head_renewed
    assert verify(home, open_register(home)).findings == ()
    with register.reading() as connection:
        assert ledger.lines_of(connection)[-1].event == "head-renewed"
    assert not recover(home, register).head_renewed


def test_a_record_that_stands_among_the_case_files_unregistered_is_neither_lost_nor_written_over(
    admitted_home: Path, tmp_path: Path
) -> None:
    home = copy_home(admitted_home, tmp_path / "home")
    record = f"{BATCH}/S5-02/001"
    register = Register(home.register_file)
    (home.work / "t1").mkdir(parents=True)
    with register.writing() as connection:
        connection.exec_driver_sql("UPDATE record SET state = 'admitting', token = 't1' WHERE id = ?", (record,))
    with pytest.raises(ArchiveDamaged, match="两份都在"):
        CaseFiles(home, register).settle()
    assert (home.work / "t1").is_dir()
    assert (folder_of(home, record) / "record.xml").is_file()


@given(st.lists(st.sampled_from(["committed", "failed", "died after the note"]), max_size=12))
@settings(max_examples=25, deadline=None)
def test_wherever_a_write_stops_the_note_of_the_ledgers_end_fits(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    home = tmp_path_factory.mktemp("home")
    register = create(home / "catalogue.sqlite")
    for place, step in enumerate(steps):
        with suppress(_Stopped), register.writing() as connection:
            before = ledger.end_of(connection)
            ledger.append(connection, [("2026-01-01", "甲", "received", f"{place}", {})])
            if step == "died after the note":
                write_head(register.head, before, ledger.end_of(connection))
            if step != "committed":
                raise _Stopped
        open_register(Settings(home))
    with register.reading() as connection:
        assert ledger.end_of(connection).seq == 1 + steps.count("committed")


class _Stopped(Exception):
    pass


def test_a_shelf_that_is_not_mounted_is_never_begun_anew(filed: Settings, tmp_path: Path) -> None:
    home = copy_home(filed.home, tmp_path / "home")
    shutil.rmtree(home.shelf)
    register = Register(home.register_file)
    for attempt in (
        lambda: file_batch(FilingRun(home, register, BATCH, acceptance(home))),
        lambda: recover(home, register),
        lambda: make_home(home.home),
    ):
        with pytest.raises(TryLater, match="没有挂上"):
            attempt()
    answer(home.home, "intake")
    assert not home.shelf.exists()
    home.shelf.mkdir()
    with pytest.raises(TryLater, match="没有挂上"):
        recover(home, register)
    assert list(home.shelf.iterdir()) == []


def test_a_home_that_may_only_be_read_is_read(filed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = copy_home(filed.home, tmp_path / "home")
    with closing(sqlite3.connect(home.register_file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr("archive.register.dialect.os.access", lambda path, wanted: Path(path) != home.home)
    with Register(home.register_file).reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM volume").scalar() == 4
    assert not home.register_file.with_name("catalogue.sqlite-shm").exists()


@pytest.mark.parametrize(
    ("reason", "kind", "said"),
    [
        ("attempt to write a readonly database", TryLater, "catalogue.sqlite-wal 只读"),
        ("unable to open database file", TryLater, "-shm"),
        ("database disk image is malformed", ArchiveDamaged, "已损坏"),
        ("disk I/O error", TryLater, "磁盘读写出错"),
        ("database or disk is full", TryLater, "磁盘已满"),
    ],
)
def test_what_is_not_allowed_is_not_called_damage_and_told_in_chinese(
    filed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str, kind: type[Exception], said: str
) -> None:
    home = copy_home(filed.home, tmp_path / "home")
    journal = home.home / "catalogue.sqlite-wal"
    journal.touch()
    if "readonly" in reason:
        monkeypatch.setattr("archive.register.obstacles.os.access", lambda path, wanted: Path(path) != journal)
    error = worded(home.register_file, reason)
    assert isinstance(error, kind)
    assert said in str(error)
    assert reason not in str(error)
