"""Where the data files are: those that ship with the product, and those of the locality this process serves.

A process serves one home, so what a locality adds is one folder for the whole of it; what was read through
a cache marked `of_data` reads it anew when another home's folder takes its place.
"""

from __future__ import annotations

from importlib.abc import Traversable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Protocol, TypeVar


class _Reader(Protocol):
    def cache_clear(self) -> None: ...


_R = TypeVar("_R", bound=_Reader)
_readers: list[_Reader] = []
_local: list[Path] = []


def of_data(reader: _R) -> _R:
    """Let a cached function forget what it made of data files when another locality's files are used."""
    _readers.append(reader)
    return reader


def use_local(folder: Path | None) -> None:
    """Read a locality's own data beside the product's from now on; None for the product's alone.

    Args:
        folder: holds a folder for each procedure, `templates/`, profiles, rules and alerts.
    """
    if ([folder] if folder else []) != _local:
        _local[:] = [folder] if folder else []
        for reader in _readers:
            reader.cache_clear()


def schemas_folder() -> Path:
    """Return the folder of the schemas that ship with the product."""
    with as_file(files("schemas")) as folder:
        return folder


def local_files(pattern: str) -> list[Path]:
    """Return the locality's own files that a pattern names, in order."""
    return sorted(path for folder in _local for path in folder.glob(pattern))


def template_file(name: str) -> Traversable:
    """Return a file of templates/: the product's, else the locality's own of that name."""
    shipped = files("templates").joinpath(name)
    return shipped if shipped.is_file() else next(iter(local_files(f"templates/{name}")), shipped)


def template_files(pattern: str) -> list[Path]:
    """Return the files of templates/ that a pattern names, the product's and the locality's own."""
    with as_file(files("templates")) as folder:
        return [*sorted(folder.glob(pattern)), *local_files(f"templates/{pattern}")]
