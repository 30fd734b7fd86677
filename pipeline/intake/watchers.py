"""Who works a drop folder: every watcher of a home says so, and a folder outside a home belongs to one home."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jishi.durable import write_durably
from jishi.errors import JishiError, SettingsInvalid
from jishi.settings import SETTINGS_FILE, Settings, load

_WATCHING = ".watching-"
OWNER_MARK = ".jishi-home"
"""In a drop folder outside the home: which home takes from it."""


@contextmanager
def watching(work: Path) -> Iterator[tuple[int, ...]]:
    """Say that this process watches, and yield the process ids of those that do already."""
    others = tuple(living_watchers(work))
    mine = work / f"{_WATCHING}{os.getpid()}-{secrets.token_hex(3)}"
    handle = os.open(mine, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield others
    finally:
        mine.unlink(missing_ok=True)
        os.close(handle)


def living_watchers(work: Path) -> Iterator[int]:
    """Yield the process ids of the home's watchers; marks of dead ones are cleared away."""
    for mark in sorted(work.glob(f"{_WATCHING}*")):
        with suppress(OSError):
            handle = os.open(mark, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                mark.unlink()
            except BlockingIOError:
                yield int(mark.name.removeprefix(_WATCHING).partition("-")[0])
            finally:
                os.close(handle)


def own_drop(settings: Settings) -> None:
    """Note in a drop folder outside the home that it is this home's.

    Raises:
        SettingsInvalid: it is another home's.
        TryLater: the folder cannot be written to.
    """
    refuse_owned_drop(settings)
    if _needs_mark(settings) and _owner(settings.drop) != _self(settings):
        write_durably(settings.drop / OWNER_MARK, "\n".join((*_self(settings), "")).encode())


def refuse_owned_drop(settings: Settings) -> None:
    """Refuse a drop folder that another home takes from: a batch would be torn in two.

    Raises:
        SettingsInvalid: it is another home's.
    """
    owner = _owner(settings.drop) if _needs_mark(settings) else None
    if owner is None or owner == _self(settings) or _left(owner, settings.drop):
        return
    raise SettingsInvalid(
        f"投递文件夹 {settings.drop} 由另一个档案库 {owner[0]}（主机 {owner[1]}）使用，两库共用会把一批材料分在两处；"
        f"请给本库另设 [intake] drop；那个档案库确已停用的，删除 {settings.drop / OWNER_MARK} 再试"
    )


def _needs_mark(settings: Settings) -> bool:
    return not settings.drop.resolve().is_relative_to(settings.home)


def _self(settings: Settings) -> tuple[str, str]:
    return str(settings.home), socket.gethostname()


def _owner(drop: Path) -> tuple[str, str] | None:
    """Return (home, host) of the home whose drop folder it is, or None where nobody's."""
    try:
        home, host = (drop / OWNER_MARK).read_text("utf-8").splitlines()[:2]
    except (OSError, ValueError):
        return None
    return home, host


def _left(owner: tuple[str, str], drop: Path) -> bool:
    """Tell whether the owner is surely gone or takes from elsewhere by now; of another host nobody here can tell."""
    home = Path(owner[0])
    if owner[1] != socket.gethostname():
        return False
    if not (home / SETTINGS_FILE).exists():
        return True
    try:
        return load(home).drop.resolve() != drop.resolve()
    except JishiError:
        return False
