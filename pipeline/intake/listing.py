"""What lies in a folder, as the system tells it: names, kinds, looks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jishi.transfer import HELD
from pipeline.intake.submission import Kind, is_litter_folder, kind_of
from pipeline.intake.watchers import OWNER_MARK

Look = tuple[int, int]
"""What a thing looks like from outside: size and time of change; for a folder, of everything in it."""


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One thing in a folder of the drop."""

    name: str
    base: str
    kind: Kind
    look: Look
    arrived: float
    mode: int

    @property
    def plain(self) -> bool:
        """Tell whether it is an ordinary file."""
        return stat.S_ISREG(self.mode)


def look_at(path: Path) -> Look | None:
    """Return how a file looks now, or None where it is gone."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def entries(folder: Path, prefix: str) -> Iterator[FolderEntry]:
    """Yield what lies in a folder, its names under a prefix; what is gone by now or marked by us is left out."""
    with os.scandir(folder) as listing:
        for item in listing:
            if item.name.startswith(".") and (item.name == OWNER_MARK or item.name.endswith(HELD)):
                continue
            try:
                status = item.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            look = (status.st_size, status.st_mtime_ns)
            # The time of change tells when it came, also where a copy keeps its old date.
            arrived = max(status.st_mtime, status.st_ctime)
            yield FolderEntry(prefix + item.name, item.name, kind_of(item.name), look, arrived, status.st_mode)


def parted(entries: Iterable[FolderEntry]) -> tuple[list[FolderEntry], list[FolderEntry]]:
    """Part a folder's entries into files and folders; litter is left out."""
    files: list[FolderEntry] = []
    folders: list[FolderEntry] = []
    for one in entries:
        if stat.S_ISDIR(one.mode):
            if not is_litter_folder(one.base):
                folders.append(one)
        elif one.kind is not Kind.LITTER:
            files.append(one)
    return files, folders


def records_among(entries: Iterable[FolderEntry]) -> set[str]:
    """Return the names of the records among some entries."""
    return {one.name for one in entries if one.kind is Kind.RECORD}


def tree(root: Path, top: FolderEntry) -> dict[str, list[FolderEntry]]:
    """Return the files of a folder and of those in it, by folder; litter is left out."""
    found: dict[str, list[FolderEntry]] = {}
    rest = [top.name]
    while rest:
        folder = rest.pop()
        try:
            files, folders = parted(entries(root / folder, folder + "/"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        rest += [one.name for one in folders]
        found[folder] = files
    return found
