"""What a paper is in fact: its size, its digest, its kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from archive.papers.kinds import HEAD, OFD_ENTRY, PaperKind, kind_of
from jishi.plain_files import open_plain

_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Looks:
    """Size, digest and kind of a file as it lies there, whatever was said of it."""

    size: int
    sha256: str
    kind: PaperKind


def looks_of(path: Path) -> Looks:
    """Return size, digest and kind of a file, which is read once.

    Raises:
        OSError: it is not there, not a regular file, or cannot be read.
    """
    with open_plain(path) as stream:
        head = part = stream.read(_BLOCK)
        digest, size, names_ofd = hashlib.sha256(), 0, False
        while part:
            digest.update(part)
            size += len(part)
            names_ofd = names_ofd or OFD_ENTRY in part
            part = stream.read(_BLOCK)
        return Looks(size, digest.hexdigest(), kind_of(head[:HEAD], names_ofd=names_ofd))
