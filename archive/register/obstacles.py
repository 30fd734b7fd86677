"""What the database says that stands in its way, in words for people."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from jishi.durable import passing_or_same
from jishi.errors import ArchiveDamaged, RegisterBusy, TryLater, reason_of

_HEADER = b"SQLite format 3\0"
_DAMAGE = ("not a database", "malformed", "no such table", "no such column", "unable to open", "could not decode")
"""What SQLite says of a file that is no register, or no longer."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Tell obstacles at the register of a path in our words; our own faults pass as they are."""
    try:
        yield
    except DatabaseError as error:
        raise worded(path, str(error.orig)) or error from error
    except sqlite3.Error as error:
        raise worded(path, str(error)) or error from error
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
