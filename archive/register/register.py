"""The register: one SQLite file in WAL mode with full syncs; short write transactions, read-only readers."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select

from archive.register import ledger
from archive.register.dialect import broken_file, broken_references, engine_of
from archive.register.ledger_head import FOUNDED, HEAD_FILE, RENEWED, head_fault, head_file, write_head
from archive.register.migrations import VERSION, refuse_other
from archive.register.obstacles import translated
from archive.register.schema import make_tables
from archive.register.tables import metadata, migration
from jishi.errors import ArchiveDamaged, NotFound, SettingsInvalid
from jishi.mounts import is_network
from jishi.settings import Settings


class Register:
    """The register of everything admitted and filed."""

    def __init__(self, path: Path, *, to_migrate: bool = False) -> None:
        """Open an existing register; nothing is written.

        Args:
            path: its file.
            to_migrate: one of an earlier version is taken as well, by whoever brings it to this one.

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
        self._writer = engine_of(path)
        self._reader = engine_of(path, read_only=True)
        with self.reading() as connection:
            self.version = self._version_in(connection)
        if not (to_migrate and self.version < VERSION):
            refuse_other(self.version, path.parent)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one write transaction (BEGIN IMMEDIATE); leaving normally commits, an exception rolls back.

        Raises:
            RegisterBusy: another process held the register for more than 30 seconds.
            TryLater: the disk is full or the file cannot be written now; nothing was changed.
            ArchiveDamaged: the register is not the one these case files were admitted by; nothing was changed.
        """
        with self._chained(self._writer) as connection:
            yield connection

    @contextmanager
    def making_anew(self) -> Iterator[Connection]:
        """Open a write transaction in which tables may be made anew; nothing refers to anything until it is left.

        Raises:
            What `writing` raises.
        """
        engine = engine_of(self.path, references=False)
        try:
            with self._chained(engine) as connection:
                yield connection
                if broken := broken_references(connection):
                    raise ArchiveDamaged(f"目录库的{'、'.join(broken)}有对不上的行，没有改动；请运行 jishi verify 查看")
        finally:
            engine.dispose()

    @contextmanager
    def _chained(self, engine: Engine) -> Iterator[Connection]:
        """Hold the register and note where the ledger ends, before and after what is done with it."""
        with translated(self.path), engine.begin() as connection:
            if fault := head_fault(self.head, connection):
                raise ArchiveDamaged(fault)
            if (found := self._version_in(connection)) != self.version:
                raise SettingsInvalid(f"目录库刚被升级到第{found}版，没有改动；请停下旧的程序，再运行一次")
            before = ledger.end_of(connection)
            yield connection
            if (after := ledger.end_of(connection)) != before:
                write_head(self.head, before, after)

    def _version_in(self, connection: Connection) -> int:
        found = connection.scalar(select(func.max(migration.c.version)))
        if found is None:
            raise ArchiveDamaged(f"目录库 {self.path} 是空的；请从备份恢复")
        return int(found)

    def renew_head(self) -> bool:
        """Note the ledger's end where the note is gone, and say so in the ledger; tell whether that was needed."""
        with translated(self.path), self._writer.begin() as connection:
            if self.head.exists():
                return False
            before = ledger.end_of(connection)
            ledger.append(connection, [(now(), "recover", RENEWED, HEAD_FILE, {"before": before.seq})])
            write_head(self.head, before, ledger.end_of(connection))
        return True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read-only view of one moment; writers are not held up."""
        with translated(self.path), self._reader.begin() as connection:
            yield connection

    def damage(self) -> str:
        """Return the first thing wrong inside the whole file, or ""."""
        with self.reading() as connection:
            return broken_file(connection)


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
    """Make a new register of today's version, or open the one that is there.

    Raises:
        SettingsInvalid: the place is a network mount, where SQLite's locks cannot be trusted, or the register is of
            another version.
        ArchiveDamaged: the home holds papers that the lost register registered.
    """
    if is_network(path.parent):
        raise SettingsInvalid(f"{path.parent} 在网络盘上，目录库必须放在本机磁盘；请换一个位置运行 jishi init")
    if not path.is_file():
        refuse_lost(path)
    engine = engine_of(path)
    with translated(path), engine.begin() as connection:
        metadata.create_all(connection, tables=[migration])
        if connection.scalar(select(func.count()).select_from(migration)) == 0:
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


def _first_version(connection: Connection) -> None:
    make_tables(connection)
    at = now()
    connection.execute(insert(migration).values(version=VERSION, applied_at=at))
    # The identity makes the chain this register's own: two homes begun in the same second have no line in common.
    founded = {"version": VERSION, "identity": secrets.token_hex(16)}
    ledger.append(connection, [(at, "init", FOUNDED, "catalogue", founded)])
