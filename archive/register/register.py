"""The register: one SQLite file in WAL mode with full syncs; short write transactions, read-only readers."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from archive.register import ledger
from archive.register.ledger_head import FOUNDED, HEAD_FILE, RENEWED, head_fault, head_file, write_head
from archive.register.tables import GUARDS, SEARCH, metadata, migration
from jishi.durable import passing_or_same
from jishi.errors import ArchiveDamaged, NotFound, RegisterBusy, SettingsInvalid, TryLater, reason_of
from jishi.mounts import is_network
from jishi.settings import Settings

VERSION = 2
"""Of the tables; a register of another version is refused with words."""
_PATIENCE_MS = 30_000
_HEADER = b"SQLite format 3\0"
_DAMAGE = ("not a database", "malformed", "no such table", "no such column", "unable to open", "could not decode")
"""What SQLite says of a file that is no register, or no longer."""


class Register:
    """The register of everything admitted and filed."""

    def __init__(self, path: Path) -> None:
        """Open an existing register; nothing is written.

        Raises:
            NotFound: no register stands there, and nothing that one would have registered.
            ArchiveDamaged: it is lost, or what stands there is no register.
            SettingsInvalid: the register is of another version.
        """
        if not path.is_file():
            refuse_lost(path)
            raise NotFound(f"没有目录库 {path}；请先运行 jishi init {path.parent}")
        self.path = path
        self.head = head_file(path)
        self._writer = _engine(path, read_only=False)
        self._reader = _engine(path, read_only=True)
        with self.reading() as connection:
            found = connection.scalar(text("SELECT max(version) FROM migration"))
        if found is None:
            raise ArchiveDamaged(f"目录库 {path} 是空的；请从备份恢复")
        if found != VERSION:
            raise SettingsInvalid(f"目录库是第{found}版，本程序需要第{VERSION}版；请使用相应版本的程序")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one write transaction (BEGIN IMMEDIATE); leaving normally commits, an exception rolls back.

        Raises:
            RegisterBusy: another process held the register for more than 30 seconds.
            TryLater: the disk is full or the file cannot be written now; nothing was changed.
            ArchiveDamaged: the register is not the one these case files were admitted by; nothing was changed.
        """
        with _translated(self.path), self._writer.begin() as connection:
            if fault := head_fault(self.head, connection):
                raise ArchiveDamaged(fault)
            before = ledger.end_of(connection)
            yield connection
            if (after := ledger.end_of(connection)) != before:
                write_head(self.head, before, after)

    def renew_head(self) -> bool:
        """Note the ledger's end where the note is gone, and say so in the ledger; tell whether that was needed."""
        with _translated(self.path), self._writer.begin() as connection:
            if self.head.exists():
                return False
            before = ledger.end_of(connection)
            ledger.append(connection, [(now(), "recover", RENEWED, HEAD_FILE, {"before": before.seq})])
            write_head(self.head, before, ledger.end_of(connection))
        return True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read-only view of one moment; writers are not held up."""
        with _translated(self.path), self._reader.begin() as connection:
            yield connection

    def damage(self) -> str:
        """Return what SQLite finds wrong with the whole file, or ""."""
        with self.reading() as connection:
            found = str(connection.scalar(text("PRAGMA quick_check(1)")))
        return "" if found == "ok" else found


def refuse_lost(path: Path) -> None:
    """Refuse to go on without a register where a home already holds papers: numbers would be given twice.

    Args:
        path: where the register should stand.

    Raises:
        ArchiveDamaged: shelf or case files hold something.
    """
    home = Settings(path.parent)
    kept = [folder for folder in (home.shelf, home.cases) if _holds_folders(folder)]
    if kept:
        words = "、".join(folder.name for folder in kept)
        raise ArchiveDamaged(f"目录库 {path} 不在或是空的，而 {words} 里已有材料；请从备份恢复目录库，不要另建")


def create(path: Path) -> Register:
    """Make a new register, or bring an existing one up to date; each step and its mark in one transaction.

    Raises:
        SettingsInvalid: the place is a network mount, where SQLite's locks cannot be trusted.
        ArchiveDamaged: the home holds papers that the lost register registered.
    """
    if is_network(path.parent):
        raise SettingsInvalid(f"{path.parent} 在网络盘上，目录库必须放在本机磁盘；请换一个位置运行 jishi init")
    if not path.is_file():
        refuse_lost(path)
    engine = _engine(path, read_only=False)
    with _translated(path), engine.begin() as connection:
        metadata.create_all(connection, tables=[migration])
        if connection.scalar(text("SELECT count(*) FROM migration")) == 0:
            refuse_lost(path)
            _first_version(connection)
            end = ledger.end_of(connection)
            write_head(head_file(path), end, end)
    engine.dispose()
    return Register(path)


def now() -> str:
    """Return the present moment as ISO 8601 with offset, to the second."""
    return dt.datetime.now().astimezone().isoformat(timespec="seconds")


def _holds_folders(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_dir() for path in folder.iterdir())


def make_tables(connection: Connection) -> None:
    """Make every table, index and guard of a register."""
    metadata.create_all(connection)
    for statement in (*GUARDS, SEARCH):
        connection.execute(text(statement))


def _first_version(connection: Connection) -> None:
    make_tables(connection)
    at = now()
    connection.execute(insert(migration).values(version=VERSION, applied_at=at))
    # The identity makes the chain this register's own: two homes begun in the same second have no line in common.
    founded = {"version": VERSION, "identity": secrets.token_hex(16)}
    ledger.append(connection, [(at, "init", FOUNDED, "catalogue", founded)])


def _engine(path: Path, *, read_only: bool) -> Engine:
    source = _source(path, read_only=read_only)
    # The writer keeps its one connection: SQLite checkpoints whenever the last one closes.
    engine = create_engine(source, poolclass=NullPool) if read_only else create_engine(source, pool_size=1)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # We begin and commit ourselves; the driver's own habits would open transactions late.
        connection.isolation_level = None
        for pragma in _pragmas(read_only):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _source(path: Path, *, read_only: bool) -> URL:
    """Return the address of a register; put together from parts, for a home's name may hold ?, # and %."""
    if not read_only:
        return URL.create("sqlite", database=str(path))
    query = {"mode": "ro", "uri": "true"}
    journal = path.with_name(path.name + "-wal")
    if not os.access(path.parent, os.W_OK) and not (journal.exists() and journal.stat().st_size):
        # SQLite cannot make the file its readers share; with an empty journal nobody is writing, so none is needed.
        query["immutable"] = "1"
    return URL.create("sqlite", database=path.absolute().as_uri(), query=query)


def _pragmas(read_only: bool) -> tuple[str, ...]:
    common = (f"PRAGMA busy_timeout={_PATIENCE_MS}", "PRAGMA foreign_keys=ON")
    if read_only:
        return (*common, "PRAGMA query_only=ON")
    # A number given must survive power loss: full syncs, also in WAL mode.
    return (*common, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise worded(path, str(error.orig)) or error from error
    except OSError as error:
        raise passing_or_same(error) from error


def worded(path: Path, reason: str) -> Exception | None:
    """Return what a person is told of an obstacle, or None where it is our own fault.

    What this account or this machine does not allow says nothing of the register, so it is never called damage.
    """
    if "locked" in reason or "busy" in reason:
        return RegisterBusy("目录库正被其他程序占用，已等待30秒；请稍后再试")
    if "readonly" in reason or "read-only" in reason:
        return TryLater(f"目录库不能写入：{_closed(path, os.W_OK) or f'{path.parent} 只读'}；请检查磁盘和权限")
    if "full" in reason:
        return TryLater("目录库不能写入：磁盘已满；请腾出空间后再试")
    if "disk I/O" in reason or "out of memory" in reason:
        why = "磁盘读写出错、内存不足，或文件达到本机允许的大小上限；请检查磁盘和限额（ulimit -v、-f）"
        return TryLater(f"目录库暂时不能读写（{path}）：{why}")
    if "unable to open" in reason and (why := _closed(path, os.R_OK) or _limit(path)):
        return TryLater(f"目录库打不开：{why}；文件没有说是坏的，请检查权限和限额")
    if any(words in reason.lower() for words in _DAMAGE):
        return ArchiveDamaged(f"目录库 {path} 读不出，文件已损坏；请从备份恢复")
    return None


def _closed(path: Path, wanted: int) -> str:
    """Name what of a register's files and folder this account may not use so, or ""."""
    files = (path.with_name(path.name + end) for end in ("", "-wal", "-shm"))
    closed = [one.name for one in files if one.exists() and not os.access(one, wanted)]
    if not os.access(path.parent, os.W_OK | os.X_OK):
        closed.append(f"文件夹 {path.parent}")
    what = "只读" if wanted == os.W_OK else "没有权限"
    return f"{'、'.join(closed)} {what}" if closed else ""


def _limit(path: Path) -> str:
    """Return why the system does not open a register that is there and looks like one, or ""."""
    try:
        with path.open("rb") as stream:
            sound = stream.read(len(_HEADER)) == _HEADER
    except OSError as error:
        return reason_of(error)
    return "系统不让打开它旁边的 -wal、-shm 文件（打开的文件过多，或没有权限）" if sound else ""
