"""The 任免表 that lie in a folder or were named one by one, read whatever version they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jishi.errors import RecordRejected, reason_of
from jishi.findings import Finding
from jishi.names import folded_name
from jishi.plain_files import open_plain
from jishi.safe_xml import MAX_BYTES
from pipeline.clerk.lrm import read_lrm
from pipeline.clerk.lrmx import AppointmentForm, read_lrmx

NEW, OLD, PICTURE = ".lrmx", ".lrm", ".pic"


@dataclass(frozen=True, slots=True)
class FoundForm:
    """A 任免表 and the file it was read from."""

    form: AppointmentForm
    path: Path


@dataclass(frozen=True, slots=True)
class FoundForms:
    """What was found among some files."""

    forms: tuple[FoundForm, ...]
    findings: tuple[Finding, ...]
    """Of each file that could not be read, what is wrong with it."""

    def of(self, name: str) -> list[FoundForm]:
        """Return the forms of a person's name, however it is spaced."""
        return [one for one in self.forms if folded_name(one.form.name) == folded_name(name)]


def find_forms(paths: Iterable[Path]) -> FoundForms:
    """Return every 任免表 that is named or lies directly in a folder that is named."""
    forms: list[FoundForm] = []
    findings: list[Finding] = []
    for path in _files(paths):
        try:
            forms.append(FoundForm(read_form(path), path))
        except RecordRejected as error:
            findings += error.findings
    return FoundForms(tuple(forms), tuple(findings))


def read_form(path: Path) -> AppointmentForm:
    """Return the 任免表 of a file.

    Raises:
        RecordRejected: it is none, or cannot be read.
    """
    if path.suffix.lower() == OLD:
        return read_lrm(_bytes(path), _picture(path), path.name)
    return read_lrmx(_bytes(path), path.name)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        listed: Sequence[Path] = sorted(path.iterdir()) if path.is_dir() else [path]
        yield from (one for one in listed if one.suffix.lower() in (NEW, OLD) or not path.is_dir())


def _picture(path: Path) -> bytes:
    """Return the .pic beside a .lrm, however its ending is capitalised."""
    beside = (path.with_suffix(ending) for ending in (PICTURE, PICTURE.upper()))
    return next((_bytes(one) for one in beside if one.is_file()), b"")


def _bytes(path: Path) -> bytes:
    try:
        with open_plain(path) as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        words = f"读不出：{reason_of(error)}"
        raise RecordRejected([Finding("X-LRMX", words, file=path.name, remedy="请核对文件名和权限")]) from error
