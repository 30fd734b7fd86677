"""Bring what a stranger left into a folder of ours, so that only we hold it afterwards, and give it back.

On one file system a rename brings it. Across two it is renamed where it lies, to a name that tells who claimed it, then
copied, compared, made durable, and only then removed; `finish` does the rest where a crash came in between. What is
another user's, or has a second name, is copied too: its owner could go on writing in it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from jishi.access import Access
from jishi.durable import passing_or_same, sha256_of, sync_file, take
from jishi.errors import TryLater

_BLOCK = 1 << 20
HELD = ".held"
"""How the name of a thing ends that was claimed where it lies; it begins with a dot."""
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK}
"""What file systems say that know no second names, or none across."""


def bring(source: Path, target: Path, token: str, access: Access) -> None:
    """Take one thing; the rename of it decides who has it.

    Args:
        source: a file, or a link or pipe that will be refused.
        target: where it shall stand; its folder is there.
        token: names the claim across a crash.
        access: the mode it gets.

    Raises:
        FileNotFoundError: someone else took it first.
        TryLater: the place is busy, full or forbidden; it lies where it lay.
    """
    try:
        take(source, target)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        take(source, _held(source, target, token))
        _carry(source, target, token)
    make_ours(target, access)


def finish(source: Path, target: Path, token: str, access: Access) -> None:
    """Go on with what `bring` began before a crash."""
    if os.path.lexists(_held(source, target, token)):
        _carry(source, target, token)
    _draft_of(target).unlink(missing_ok=True)
    if os.path.lexists(target):
        make_ours(target, access)


def make_ours(path: Path, access: Access) -> None:
    """Give a file our mode; one that is another's, or has further names, becomes a copy of its own.

    Raises:
        TryLater: the disk is full or the place forbidden.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return
    try:
        if status.st_nlink > 1 or status.st_uid != os.geteuid():
            _copy(path, path, access.file)
            status = path.lstat()
        access.give(path, status)
    except OSError as error:
        raise passing_or_same(error) from error


def give_back(source: Path, target: Path) -> None:
    """Put a file of ours where a sender finds it, never over another, as open as its folder is.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        TryLater: the place is busy or full.
    """
    try:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        _put_back(source, target)
        with suppress(PermissionError):
            if not target.is_symlink():
                target.chmod(stat.S_IMODE(target.parent.stat().st_mode) & 0o666)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError as error:
        raise passing_or_same(error) from error


def _put_back(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
        source.unlink()
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The name was free a moment ago; who takes it in this one would have it anyway.
        if source.stat().st_dev == target.parent.stat().st_dev:
            take(source, target)
        else:
            _copy(source, target)
            source.unlink()


def _held(source: Path, target: Path, token: str) -> Path:
    """Return under which name a claimed thing lies where it lay; hidden, so that no look at the drop finds it.

    It is told by where the thing is to stand: a record may name it a little differently from what it is called here.
    """
    place = hashlib.sha256(os.fsencode(f"{target.parent.name}/{target.name}")).hexdigest()[:12]
    return source.with_name(f".{token}.{place}{HELD}")


def _carry(source: Path, target: Path, token: str) -> None:
    """Copy a held thing to us and remove it; where that fails it gets its name back."""
    held = _held(source, target, token)
    try:
        if not stat.S_ISREG(held.lstat().st_mode):
            _carry_special(held, target)
        else:
            _copy(held, target)
    except BaseException as error:
        with suppress(OSError, TryLater):
            take(held, source)
        if isinstance(error, OSError):
            raise passing_or_same(error) from error
        raise
    held.unlink(missing_ok=True)


def _carry_special(held: Path, target: Path) -> None:
    """Make a link or a pipe anew: it will be refused, and its slip shows what it was."""
    if held.is_symlink():
        target.unlink(missing_ok=True)
        target.symlink_to(held.readlink())
    else:
        target.unlink(missing_ok=True)
        os.mkfifo(target)


def _draft_of(target: Path) -> Path:
    return target.with_name(f".{target.name[:40]}.part")


def _copy(source: Path, target: Path, mode: int = 0o600) -> None:
    """Copy a regular file durably under its name, and see that what stands there is what was read.

    Raises:
        TryLater: it is not, the disk is at fault; nothing stands under the name that was not there.
    """
    draft = _draft_of(target)
    digest = hashlib.sha256()
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream, draft.open("wb") as sink:
            while block := stream.read(_BLOCK):
                digest.update(block)
                sink.write(block)
        draft.chmod(mode)
        sync_file(draft)
        if sha256_of(draft) != digest.hexdigest():
            raise TryLater(f"复制 {source.name} 后核对不符，没有收取；请检查磁盘")
        take(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
