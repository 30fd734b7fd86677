"""Write files so that they survive power loss; the only place that renames over or syncs.

What is promised: after the call returns, the file stands under its name with exactly these bytes,
also after power loss, on a local file system that honours fsync. Before it returns, the name holds
either what it held before or the new bytes, never a part.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import secrets
from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from jishi.errors import TRANSIENT, TryLater, reason_of

_MANY = 64
_MANY_FOLDERS = 8
_USUAL = 0o666
_PASSING = TRANSIENT | {errno.ESTALE, errno.EACCES, errno.EPERM, errno.EROFS}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 lower-case hex digits, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make the bytes of one file durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make every file and name below a folder durable, with one flush of its file system where there are many.

    Raises:
        TryLater: the disk is full or failing; the caller's names are not yet to be relied on.
    """
    # A link or pipe somebody dropped must neither be followed nor waited for.
    found = (path for path in folder.rglob("*") if not path.is_symlink() and (path.is_dir() or path.is_file()))
    paths = list(islice(found, _MANY + 1))
    if len(paths) > _MANY:
        sync_file_system(folder)
        return
    for path in sorted(paths, key=lambda one: len(one.parts), reverse=True):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(folder)


def sync_file_system(folder: Path) -> None:
    """Flush the whole file system a folder lies on: dearer than one fsync, far cheaper than thousands.

    Raises:
        TryLater: the flush failed.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # syncfs reports write errors, which os.sync() would swallow.
        if ctypes.CDLL(None, use_errno=True).syncfs(handle) != 0:
            code = ctypes.get_errno()
            raise passing_or_same(OSError(code, os.strerror(code), str(folder)))
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write one file whole or not at all, and make it durable.

    Args:
        path: where it shall stand; its folder is made when missing.
        data: the bytes.
        mode: who may do what with it from its first byte on; None leaves that to the umask.

    Raises:
        TryLater: disk full or the place is not writable now; nothing stands under the name that was not there.
    """
    write_all_durably([(path, data)], mode)


def write_all_durably(files: Iterable[tuple[Path, bytes]], mode: int | None = None) -> None:
    """Write many files with one round of syncs: all bytes first, then all names, then the folders.

    A file whose name already exists is replaced. Either every file stands when the call returns,
    or it raises and each name holds its old or its new bytes.
    """
    pending: list[tuple[Path, Path]] = []
    try:
        for path, data in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Shorter than the name may be: a name of the longest length has room for no addition.
            draft = path.with_name(f".{secrets.token_hex(6)}.tmp")
            pending.append((draft, path))
            kept = _USUAL if mode is None else mode
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, kept), "wb") as stream:
                stream.write(data)
            if mode is not None:
                draft.chmod(mode)
        for draft, _ in pending:
            sync_file(draft)
        for draft, path in pending:
            os.replace(draft, path)  # noqa: PTH105 - the one place that may
        for folder in {path.parent for _, path in pending}:
            sync_folder(folder)
    except OSError as error:
        for draft, _ in pending:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        raise passing_or_same(error) from error


def move(source: Path, target: Path) -> None:
    """Rename within one file system and make both folders durable.

    Raises:
        FileNotFoundError: someone else took the source first.
        TryLater: the place is busy or full.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)  # noqa: PTH104 - the one place that may
        sync_folder(target.parent)
        if source.parent != target.parent:
            sync_folder(source.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise passing_or_same(error) from error


def take(source: Path, target: Path) -> None:
    """Rename without syncing, for a claim: power loss may undo it, and then the file is free again.

    Raises:
        FileNotFoundError: someone else took the source first.
        TryLater: the place is busy or full.
    """
    try:
        os.rename(source, target)  # noqa: PTH104 - the one place that may
    except FileNotFoundError:
        raise
    except OSError as error:
        raise passing_or_same(error) from error


def move_all(moves: Iterable[tuple[Path, Path]]) -> None:
    """Rename many within one file system, then make all folders durable, each once.

    A source somebody else has moved is passed over.

    Raises:
        TryLater: a place is busy or full; those before it are moved, the others stand where they were.
    """
    folders: set[Path] = set()
    try:
        for source, target in moves:
            if target.parent not in folders:
                target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                os.rename(source, target)  # noqa: PTH104 - the one place that may
                folders |= {source.parent, target.parent}
    except OSError as error:
        raise passing_or_same(error) from error
    finally:
        sync_folders(folders)


def sync_folders(folders: Collection[Path]) -> None:
    """Make the names in several folders durable; many of them with one flush of their file system."""
    if len(folders) > _MANY_FOLDERS:
        sync_file_system(next(iter(folders)))
        return
    for folder in folders:
        sync_folder(folder)


def passing_or_same(error: OSError) -> Exception:
    """Return TryLater for an obstacle that may pass (busy, full, not allowed now), else the error itself."""
    if error.errno in _PASSING:
        where = f"（{error.filename}）" if error.filename else ""
        return TryLater(f"暂时不能写入：{reason_of(error)}{where}；请检查磁盘空间和目录权限，稍后再试")
    return error
