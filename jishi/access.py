"""Who may read what a home keeps: its owner alone, or also one group; nobody else, whatever the umask was.

The umask makes every new file and folder private; what exists already or comes from a sender is given its mode here.
"""

from __future__ import annotations

import grp
import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jishi import PRIVATE_UMASK
from jishi.errors import SettingsInvalid

OUTPUT_MODE = 0o600
"""Of what a person saves out of a home: that person's alone, also where a group shares the home."""
_OTHERS = 0o007
_SHARED = 0o077


@dataclass(frozen=True, slots=True)
class Access:
    """The modes of what a home keeps."""

    group: int | None
    """Number of the group that shares the home; None where its owner alone reads it."""
    folder: int
    file: int
    umask: int

    def give(self, path: Path, status: os.stat_result | None = None) -> None:
        """Give a file or folder of ours its mode and group; a link is left alone.

        Args:
            path: the file or folder.
            status: what lstat just said of it, where that is known.

        Raises:
            PermissionError: it is another's.
        """
        status = status or path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return
        if self.group is not None and status.st_gid != self.group:
            os.chown(path, -1, self.group)
        mode = self.folder if stat.S_ISDIR(status.st_mode) else self.file
        if stat.S_IMODE(status.st_mode) != mode:
            path.chmod(mode)

    def excess(self, path: Path) -> bool:
        """Tell whether a folder lets in more people than it should."""
        status = path.stat()
        kept = _OTHERS if self.group is not None and status.st_gid == self.group else _SHARED
        return bool(status.st_mode & kept)


_PRIVATE = Access(None, 0o700, 0o600, PRIVATE_UMASK)


@lru_cache(8)
def access_for(group: str) -> Access:
    """Return the modes for a home shared by a group, or for one that is its owner's alone.

    Args:
        group: name of a group of this machine, or "" for none.

    Raises:
        SettingsInvalid: there is no such group.
    """
    if not group:
        return _PRIVATE
    try:
        number = grp.getgrnam(group).gr_gid
    except KeyError:
        raise SettingsInvalid(
            f"[access] group = {group!r}：本机没有这个用户组；请先建组（groupadd {group}），或留空只由本用户读写"
        ) from None
    return Access(number, 0o2770, 0o660, 0o007)


def begin_as(access: Access) -> None:
    """Make what this process makes from now on as open as the home, and no more."""
    os.umask(access.umask)
