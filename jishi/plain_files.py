"""Open strangers' files: only what is a plain file, whatever stood there a moment ago."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


def open_plain(path: Path) -> BufferedReader:
    """Open a regular file for reading; a link, pipe or device is refused, whatever stood there a moment ago.

    Raises:
        OSError: it is not there, not a regular file, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ELOOP, "不是普通文件", str(path))
    return os.fdopen(handle, "rb")
