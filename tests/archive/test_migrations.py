"""A register of an earlier version is taken over whole, or not touched."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from archive.filing import filing_lock
from archive.migrate import migrate
from archive.register import ledger
from archive.register.dialect import engine_of, kept, made_with
from archive.register.migrations import FIRST, MIGRATIONS, VERSION
from archive.register.opening import open_register
from archive.register.register import Register
from archive.register.schema import due_schema
from archive.register.table_anew import make_anew
from archive.register.tables import batch, volume, volume_version
from archive.verify import verify
from jishi.errors import AnotherRunActive, ArchiveDamaged, RegisterBusy, SettingsInvalid, TryLater
from jishi.settings import Settings, load
from pipeline.intake.claims import Claims
from pipeline.intake.locks import Locks
from pipeline.intake.standing_still import standing_still
from pipeline.intake.watchers import watching
from tests.command_line import answer
from tests.earlier_ledger import as_an_earlier_program_left_it
from tests.kept_home import kept_home, say_version, version_in

GR = "J012-WS·XR·GR·2026·Y-0001"


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    return kept_home(tmp_path)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home taken over from the version before; only to be read."""
    settings = kept_home(tmp_path_factory.mktemp("migrated"))
    migrate(settings)
    return settings


def digest_of(register: Path) -> str:
    return hashlib.sha256(register.read_bytes()).hexdigest()


# What comes of it


def test_steps_follow_one_another_without_a_gap() -> None:
    assert [step.version for step in MIGRATIONS] == list(range(FIRST + 1, VERSION + 1))
    assert all(step.does for step in MIGRATIONS)


def test_a_migrated_register_is_made_as_a_new_one_is(migrated: Settings) -> None:
    with Register(migrated.register_file).reading() as connection:
        assert made_with(connection) == due_schema()


def test_a_migrated_home_is_as_recorded_and_says_so_in_its_ledger(migrated: Settings) -> None:
    register = Register(migrated.register_file)
    assert verify(migrated, register).findings == ()
    with register.reading() as connection:
        last = ledger.lines_of(connection)[-1]
    (copy,) = migrated.home.glob("catalogue-v2-*.sqlite")
    assert (last.event, dict(last.detail)) == ("migrated", {"before": 2, "version": 3, "copy": copy.name})


def test_every_volume_filed_before_is_the_first_version_of_itself(migrated: Settings) -> None:
    with Register(migrated.register_file).reading() as connection:
        volumes = connection.execute(select(volume).order_by(volume.c.seq)).all()
        versions = connection.execute(select(volume_version).order_by(volume_version.c.volume)).all()
        assert connection.scalar(select(batch.c.procedure)) == "appointment"
    assert len(volumes) == 4
    for row, version in zip(volumes, versions, strict=True):
        same = ("sha256", "bytes", "pages", "items", "filing")
        assert [getattr(row, name) for name in same] == [getattr(version, name) for name in same]
        assert (version.volume, version.version) == (row.seq, 1)
        inventory = (migrated.shelf / row.object_id / "inventory.json").read_bytes()
        assert version.inventory == hashlib.sha512(inventory).hexdigest()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status",), "511000-2026-P003"),
        (("find", "--person", "511000-2026-P003-001", "--json"), GR),
        (("show", GR), GR),
        (("trace", GR), "S5-04"),
        (("series", "--json"), '"next": 3'),
    ],
)  # fmt: skip
def test_a_migrated_home_is_read_as_before(migrated: Settings, words: tuple[str, ...], told: str) -> None:
    code, said, data = answer(migrated.home, *words)
    assert (code, told in data.decode()) == (0, True), said


def test_pages_filed_before_are_handed_out(migrated: Settings, tmp_path: Path) -> None:
    code, said, _ = answer(migrated.home, "get", f"{GR}-001", "-o", str(tmp_path / "件.pdf"))
    assert code == 0, said
    assert (tmp_path / "件.pdf").read_bytes().startswith(b"%PDF")


def test_a_register_that_sealed_less_in_its_ledger_and_noted_no_end_is_taken_over(old: Settings) -> None:
    as_an_earlier_program_left_it(old)
    migrate(old)
    done = verify(old, Register(old.register_file))
    # What waits or was sent back is known by its token and its place, which such a ledger does not hold.
    assert {one.place for one in done.findings if one.code == "A-REGISTER"} == {"verdict", "waiting"}
    assert len(done.unsealed) == 4
    assert (old.cases / "ledger.head").exists()


# Old and new


@pytest.mark.parametrize(
    "words",
    [("status",), ("find", "程舟"), ("verify",), ("recover",), ("intake",), ("init",), ("doctor",)],
)  # fmt: skip
def test_every_command_on_an_earlier_register_says_in_one_sentence_what_to_run(
    old: Settings, words: tuple[str, ...]
) -> None:
    before = digest_of(old.register_file)
    code, said, data = answer(old.home, *words)
    assert code == 8
    told = f"目录库是第2版，本程序用第{VERSION}版；请先备份，再运行 jishi --home {old.home} migrate 升级"
    # A table may break the sentence; elsewhere it is all that is said.
    assert (words == ("doctor",) and "待升级" in data.decode()) or said == f"错误：{told}\n"
    assert digest_of(old.register_file) == before


@pytest.mark.parametrize("words", [("migrate",), ("migrate", "--plan"), ("status",), ("init",)])
def test_a_register_newer_than_the_program_is_refused(old: Settings, words: tuple[str, ...]) -> None:
    say_version(old.register_file, VERSION + 1)
    before = digest_of(old.register_file)
    code, said, data = answer(old.home, *words)
    assert (code, data) == (8, b"")
    assert f"第{VERSION + 1}版，比本程序（第{VERSION}版）新" in said
    assert digest_of(old.register_file) == before


def test_a_program_that_has_the_register_open_writes_no_more_once_it_was_migrated(migrated: Settings) -> None:
    settings = load(migrated.home)
    shutil.copytree(migrated.home, migrated.home.with_name("open"))
    register = Register(migrated.home.with_name("open") / settings.register_file.name)
    say_version(register.path, VERSION + 1)
    with pytest.raises(SettingsInvalid, match="刚被升级"), register.writing():
        pass


def test_the_plan_is_told_and_nothing_is_changed(old: Settings) -> None:
    before = digest_of(old.register_file)
    code, _, data = answer(old.home, "migrate", "--plan")
    assert code == 0
    assert "目录库是第2版，将升级到第3版" in data.decode()
    assert "案卷分版登记" in data.decode()
    assert digest_of(old.register_file) == before
    assert list(old.home.glob("catalogue-v*")) == []


def test_migrating_again_does_nothing(migrated: Settings) -> None:
    before = digest_of(migrated.register_file)
    code, _, data = answer(migrated.home, "migrate")
    assert (code, data.decode()) == (0, "目录库已是第3版，不用升级\n")
    assert digest_of(migrated.register_file) == before


# The copy


def test_the_copy_is_the_register_as_it_was_and_its_owners_alone(migrated: Settings) -> None:
    (copy,) = migrated.home.glob("catalogue-v2-*.sqlite")
    assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE(copy.with_suffix(".head").stat().st_mode) == 0o600
    assert version_in(copy) == FIRST
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("SELECT count(*) FROM volume").fetchone() == (4,)


def test_the_copy_put_back_is_the_home_as_it_was(old: Settings) -> None:
    done = migrate(old)
    for path in old.home.glob("catalogue.sqlite*"):
        path.unlink()
    copy = old.home / done.copy
    shutil.copy2(copy, old.register_file)
    shutil.copy2(copy.with_suffix(".head"), old.cases / "ledger.head")
    assert version_in(old.register_file) == FIRST
    assert migrate(old).before == FIRST
    assert verify(old, open_register(old)).findings == ()


def test_without_room_for_the_copy_nothing_is_changed(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(old.home)
    monkeypatch.setattr("archive.migrate.shutil.disk_usage", lambda path: usage._replace(free=200 << 20))
    with pytest.raises(TryLater, match="磁盘只剩200 MiB"):
        migrate(old)
    assert version_in(old.register_file) == FIRST
    assert list(old.home.glob("catalogue-v*")) == []


def test_what_is_written_after_the_copy_stops_the_step(old: Settings) -> None:
    def write(point: str) -> None:
        if point == "copied":
            with Register(old.register_file, to_migrate=True).writing() as connection:
                ledger.append(connection, [("2027-03-20T08:00:00+08:00", "intake", "released", "t", {})])

    with pytest.raises(RegisterBusy, match="请停下其他程序"):
        migrate(old, write)
    assert version_in(old.register_file) == FIRST


def _forged(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.register_file)) as raw, raw:
        raw.executescript("DROP TRIGGER fixed_ledger; UPDATE ledger SET actor = '某人' WHERE seq = 3")


def _set_back(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.register_file)) as raw, raw:
        raw.executescript("DROP TRIGGER keep_ledger; DELETE FROM ledger WHERE seq > 20")


@pytest.mark.parametrize(("damage", "words"), [(_forged, "台账第3行"), (_set_back, "目录库比案卷材料旧")])
def test_a_register_that_does_not_hold_is_not_migrated(
    old: Settings, damage: Callable[[Settings], None], words: str
) -> None:
    damage(old)
    with pytest.raises(ArchiveDamaged, match=words):
        migrate(old)
    assert version_in(old.register_file) == FIRST
    assert list(old.home.glob("catalogue-v*")) == []


# Who else is at work


def _watcher(settings: Settings) -> AbstractContextManager[Any]:
    return watching(settings.work)


def _intake(settings: Settings) -> AbstractContextManager[Any]:
    return Locks(settings.work, lambda: False).finishing()


def _taken(settings: Settings) -> AbstractContextManager[Any]:
    return closing(Claims(settings))


@pytest.mark.parametrize(
    ("at_work", "words"),
    [
        (_watcher, "看守进程 pid"),
        (_intake, "正在收件"),
        (_taken, "还没有结论"),
        (filing_lock, "立卷或恢复程序正在运行"),
    ],
)
def test_nobody_migrates_while_somebody_is_at_work(
    old: Settings, at_work: Callable[[Settings], AbstractContextManager[Any]], words: str
) -> None:
    with at_work(old):
        code, said, _ = answer(old.home, "migrate")
    assert (code, words in said) == (7, True), said
    assert version_in(old.register_file) == FIRST


def test_nobody_takes_in_while_somebody_migrates(old: Settings) -> None:
    stopping = Locks(old.work, lambda: True)
    with standing_still(old.work):
        for lock in (stopping.alone, stopping.finishing):
            with pytest.raises(TryLater), lock():
                pass
        with pytest.raises(AnotherRunActive), standing_still(old.work):
            pass


# A table made anew

_shapes = MetaData()
_parent = Table("parent", _shapes, Column("id", Integer, primary_key=True))
_child = Table(
    "child",
    _shapes,
    Column("id", Integer, primary_key=True),
    Column("of", ForeignKey("parent.id"), nullable=False, index=True),
    Column("words", String, nullable=False, server_default="无"),
    Index("child_words", "words"),
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "库.sqlite")) as raw, raw:
        raw.executescript(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY, gone TEXT);"
            "CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES parent (id));"
            "CREATE TABLE other (of INTEGER REFERENCES child (id));"
            "INSERT INTO parent VALUES (1, '去'), (7, '去'); INSERT INTO child VALUES (3, 7), (9, 1);"
            "INSERT INTO other VALUES (9);" + kept("child") + ";"
        )
    return tmp_path / "库.sqlite"


def test_a_table_made_anew_keeps_its_rows_its_guards_and_what_refers_to_it(database: Path) -> None:
    with engine_of(database, references=False).begin() as connection:
        make_anew(connection, _parent)
        make_anew(connection, _child)
    with engine_of(database).begin() as connection:
        assert connection.exec_driver_sql("SELECT * FROM child ORDER BY id").all() == [(3, 7, "无"), (9, 1, "无")]
        assert connection.exec_driver_sql("SELECT * FROM parent ORDER BY id").all() == [(1,), (7,)]
        assert {("index", "child_words"), ("index", "ix_child_of"), ("trigger", "keep_child")} <= set(
            made_with(connection)
        )
        assert "REFERENCES child (id)" in made_with(connection)["table", "other"]
    for statement in ("DELETE FROM child", "INSERT INTO child VALUES (1, 5, '')", "DELETE FROM parent WHERE id = 7"):
        with pytest.raises(IntegrityError), engine_of(database).begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_step_that_leaves_rows_without_what_they_refer_to_is_undone(migrated: Settings) -> None:
    register = Register(migrated.register_file)
    row = {"volume": 99, "version": 1, "filing": 1, "sha256": "", "bytes": 1, "pages": 1, "items": 1, "inventory": "",
           "filed_at": ""}  # fmt: skip
    with pytest.raises(ArchiveDamaged, match="volume_version"), register.making_anew() as connection:
        connection.execute(insert(volume_version).values(**row))
    with register.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(volume_version)) == 4
