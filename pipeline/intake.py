"""The drop folder: what lies there, what has stood still long enough, what is complete, what still waits for what.

The scan is the truth; events are only a reason to scan sooner. Nothing here takes anything away.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jishi.settings import Settings
from pipeline.submission import Kind, Needs, kind_of, needs_of, printable

_DAY = 86_400.0
ORPHAN = "没有记录引用"
STILL = "正在静置，确认已写完"
UNFINISHED = "传输未完成（临时文件名），改为正式名称后收取"

Look = tuple[int, int]
"""What a thing looks like from outside: size and time of change; for a folder, of everything in it."""


class Stability:
    """Tells which things have stood still: same look for long enough, by a clock the caller reads."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._seen: dict[str, tuple[Look, float]] = {}

    def settled(self, name: str, look: Look, clock: float) -> bool:
        """Note how a thing looks now and tell whether it has looked so for the settle time.

        Args:
            name: the thing.
            look: its size and time of change.
            clock: the present moment in seconds, from a clock that never goes back.
        """
        before = self._seen.get(name)
        if before is None or before[0] != look:
            self._seen[name] = (look, clock)
            return self.seconds <= 0
        return clock - before[1] >= self.seconds

    def forget_all_but(self, names: set[str]) -> None:
        """Forget things that are gone, so that memory stays small."""
        for name in self._seen.keys() - names:
            del self._seen[name]


@dataclass(frozen=True, slots=True)
class PendingSubmission:
    """Something in the drop folder that is not taken yet, and why."""

    name: str
    message: str
    since: str
    """When it came or last changed, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something in the drop folder that can be taken now."""

    name: str
    """Relative to the drop folder."""
    kind: Kind
    look: Look
    order: int = 2
    files: tuple[str, ...] = ()
    """Attachments to bring along, all there."""
    shared: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Attachments that other records in the same folder name too: (file, those records)."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What one look at the drop folder found."""

    ready: list[Candidate] = field(default_factory=list)
    pending: list[PendingSubmission] = field(default_factory=list)
    settling: bool = False
    """True while something may be ready soon without any further event."""
    spent: list[str] = field(default_factory=list)
    """Folders with nothing left in them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing in a folder of the drop."""

    name: str
    base: str
    kind: Kind
    look: Look
    arrived: float
    mode: int

    @property
    def plain(self) -> bool:
        return stat.S_ISREG(self.mode)


class DropFolder:
    """Looks through the drop folder again and again, remembering what each record needs."""

    def __init__(self, settings: Settings, *, wall: Callable[[], float] = time.time) -> None:
        """Prepare to look.

        Args:
            settings: where the drop is, how long things settle and wait.
            wall: the clock files are dated by.
        """
        self._root = settings.drop
        self._wait = settings.intake.wait_days * _DAY
        self._wall = wall
        self._needs: dict[str, tuple[Look, Needs]] = {}

    def scan(self, settled: Callable[[str, Look], bool]) -> Scan:
        """Look through the whole drop folder once.

        Args:
            settled: tells whether a thing of this name and look has stood still.
        """
        found = Scan()
        files, folders = _parted(_entries(self._root, ""))
        self._sort_out(files, settled, found)
        names = _records_among(files)
        for one in folders:
            names |= self._folder(one, settled, found)
        for gone in self._needs.keys() - names:
            del self._needs[gone]
        found.ready.sort(key=lambda one: (one.order, one.name))
        return Scan(found.ready, found.pending, any(one.message == STILL for one in found.pending), found.spent)

    def _folder(self, top: _Entry, settled: Callable[[str, Look], bool], found: Scan) -> set[str]:
        """Look into a folder, which is taken only when everything in it has stood still."""
        try:
            folders = _tree(self._root, top)
        except OSError as error:
            found.pending.append(_pending(top, f"暂时不能读取：{error.strerror}"))
            return set()
        inside = [one for group in folders.values() for one in group]
        look = (sum(one.look[0] for one in inside) + len(inside), max(one.look[1] for one in (top, *inside)))
        passing = any(one.kind is Kind.PASSING and one.plain for one in inside)
        if not settled(top.name + "/", look) or passing:
            found.pending.append(_pending(top, UNFINISHED if passing else STILL))
            return _records_among(inside)
        for group in folders.values():
            self._sort_out(group, lambda name, look: True, found)
        if not inside:
            found.spent.append(top.name)
        return _records_among(inside)

    def _sort_out(self, entries: list[_Entry], settled: Callable[[str, Look], bool], found: Scan) -> None:
        """Decide on every file of one folder."""
        still = {one.base: one for one in entries if one.kind is not Kind.PASSING and settled(one.name, one.look)}
        for one in entries:
            if one.kind is Kind.PASSING:
                found.pending.append(_pending(one, UNFINISHED))
            elif one.base not in still:
                found.pending.append(_pending(one, STILL))
        group = _Group(still)
        for one in still.values():
            if not one.plain:
                found.ready.append(Candidate(one.name, Kind.PAPER, one.look))
            elif one.kind is Kind.PARCEL:
                found.ready.append(Candidate(one.name, one.kind, one.look))
            elif one.kind is Kind.RECORD:
                self._read(one, group, found)
        records = [one for one in entries if one.kind is Kind.RECORD]
        self._decide(group, found, whole=len(group.records) == len(records))

    def _read(self, one: _Entry, group: _Group, found: Scan) -> None:
        known = self._needs.get(one.name)
        if known is None or known[0] != one.look:
            try:
                known = (one.look, needs_of(self._root / one.name))
            except OSError as error:
                found.pending.append(_pending(one, f"暂时不能读取：{error.strerror}"))
                return
            self._needs[one.name] = known
        group.add(one, known[1])

    def _decide(self, group: _Group, found: Scan, *, whole: bool) -> None:
        """Decide on records and papers; only where the whole folder was read is a paper known to be nobody's."""
        for one, needs in group.records:
            present, missing = group.parted(needs.files)
            if missing and not self._overdue(one):
                found.pending.append(_pending(one, "等待附件：" + listed(missing)))
            else:
                shared = tuple(group.shared(one, present))
                found.ready.append(Candidate(one.name, one.kind, one.look, needs.order, present, shared))
        for one in group.orphans():
            if self._overdue(one):
                found.ready.append(Candidate(one.name, one.kind, one.look, 3))
            else:
                found.pending.append(_pending(one, ORPHAN if whole else STILL))

    def _overdue(self, one: _Entry) -> bool:
        return self._wall() - one.arrived > self._wait


class _Group:
    """The settled files of one folder, and which record names which of them."""

    def __init__(self, still: dict[str, _Entry]) -> None:
        self.records: list[tuple[_Entry, Needs]] = []
        self._papers = {name: one for name, one in still.items() if one.plain and one.kind is Kind.PAPER}
        self._users: dict[str, list[str]] = defaultdict(list)

    def add(self, one: _Entry, needs: Needs) -> None:
        self.records.append((one, needs))
        for name in needs.files:
            self._users[name].append(one.base)

    def parted(self, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Part names into those that are here and those that are not."""
        present: list[str] = []
        missing: list[str] = []
        for name in names:
            (present if name in self._papers else missing).append(name)
        return tuple(present), tuple(missing)

    def shared(self, one: _Entry, names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the names that other records use too, with those records."""
        for name in names:
            if others := tuple(user for user in self._users[name] if user != one.base):
                yield name, others

    def orphans(self) -> Iterator[_Entry]:
        return (one for name, one in self._papers.items() if name not in self._users)


def pending(settings: Settings, *, wall: Callable[[], float] = time.time) -> list[PendingSubmission]:
    """Return everything in the drop folder that is not taken yet, by one light look; nothing is kept.

    Args:
        settings: the home's settings.
        wall: the clock files are dated by.
    """
    moment = wall()

    def settled(_: str, look: Look) -> bool:
        return moment - look[1] / 1e9 >= settings.intake.settle_seconds

    found = DropFolder(settings, wall=wall).scan(settled)
    ready = [PendingSubmission(printable(one.name), "等待收取", _iso(one.look[1] / 1e9)) for one in found.ready]
    return sorted([*found.pending, *ready], key=lambda one: one.name)


def look_at(path: Path) -> Look | None:
    """Return how a file looks now, or None where it is gone."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def listed(names: Sequence[str]) -> str:
    """Return names as a reader wants them: the first few, and how many there are."""
    shown = "、".join(printable(name) for name in names[:10])
    return f"{shown}等{len(names)}件" if len(names) > 10 else shown


def _entries(folder: Path, prefix: str) -> Iterator[_Entry]:
    with os.scandir(folder) as listing:
        for item in listing:
            try:
                status = item.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            look = (status.st_size, status.st_mtime_ns)
            # The time of change tells when it came, also where a copy keeps its old date.
            arrived = max(status.st_mtime, status.st_ctime)
            yield _Entry(prefix + item.name, item.name, kind_of(item.name), look, arrived, status.st_mode)


def _parted(entries: Iterable[_Entry]) -> tuple[list[_Entry], list[_Entry]]:
    """Part a folder's entries into files and folders."""
    files: list[_Entry] = []
    folders: list[_Entry] = []
    for one in entries:
        (folders if stat.S_ISDIR(one.mode) else files).append(one)
    return files, folders


def _records_among(entries: Iterable[_Entry]) -> set[str]:
    return {one.name for one in entries if one.kind is Kind.RECORD}


def _tree(root: Path, top: _Entry) -> dict[str, list[_Entry]]:
    """Return the files of a folder and of those in it, by folder."""
    found: dict[str, list[_Entry]] = {}
    rest = [top.name]
    while rest:
        folder = rest.pop()
        try:
            files, folders = _parted(_entries(root / folder, folder + "/"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        rest += [one.name for one in folders]
        found[folder] = files
    return found


def _pending(one: _Entry, message: str) -> PendingSubmission:
    return PendingSubmission(printable(one.name), message, _iso(one.arrived))


def _iso(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment).astimezone().isoformat(timespec="seconds")
