"""The drop folder: what lies there, what has stood still long enough, what is complete, what still waits for what.

The scan is the truth; events are only a reason to scan sooner. Nothing here takes anything away.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jishi.errors import reason_of
from jishi.settings import Settings
from pipeline.intake.claims import held_back
from pipeline.intake.formats import format_named
from pipeline.intake.listing import FolderEntry, Look, entries, parted, records_among, tree
from pipeline.intake.submission import Beside, Kind, Needs, kind_of, needs_of, printable

_DAY = 86_400.0
_LAST = dt.datetime(9998, 12, 31).timestamp()
ORPHAN = "没有记录引用"
UNSURE = "同处有读不出的记录，尚不能判断有没有记录引用"
UNREADABLE = "暂时不能读取"
STILL = "正在静置，确认已写完"
_UNFINISHED = "传输未完成：{}是临时文件名，改为正式名称后收取"


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
class Dropped:
    """Something in the drop folder that can be taken now."""

    name: str
    """Relative to the drop folder."""
    kind: Kind
    look: Look
    order: int = 2
    files: Mapping[str, str] = field(default_factory=dict)
    """Attachments to bring along, all there: name in the record → name of the file."""
    shared: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Attachments that other records in the same folder name too: (name in the record, those records)."""


@dataclass(frozen=True, slots=True)
class FolderScan:
    """What one look at the drop folder found."""

    ready: list[Dropped] = field(default_factory=list)
    pending: list[PendingSubmission] = field(default_factory=list)
    settling: bool = False
    """True while something may be ready soon without any further event."""
    spent: list[str] = field(default_factory=list)
    """Folders with nothing left in them, or nothing but litter."""
    orphans: list[Dropped] = field(default_factory=list)
    """Files that no record names, all records around them read: what may be scans of signed prints."""

    def among(self, paths: Sequence[Path], drop: Path) -> FolderScan:
        """Return what of it lies at or below some paths of the drop folder."""

        def meant(name: str) -> bool:
            return any((drop / name).is_relative_to(path) for path in paths)

        return FolderScan(
            [one for one in self.ready if meant(one.name)],
            [one for one in self.pending if meant(one.name)],
            orphans=[one for one in self.orphans if meant(one.name)],
        )


class DropFolder:
    """Looks through the drop folder again and again, remembering what each record needs."""

    def __init__(self, settings: Settings, *, wall: Callable[[], float] = time.time) -> None:
        """Take note of the folder; nothing is looked at yet.

        Args:
            settings: where the drop is, how long things settle and wait.
            wall: the clock files are dated by.
        """
        self._root = settings.drop
        self._wait = settings.intake.wait_days * _DAY
        self._wall = wall
        self._needs: dict[str, tuple[Look, Needs]] = {}

    def scan(self, settled: Callable[[str, Look], bool]) -> FolderScan:
        """Look through the whole drop folder once.

        Args:
            settled: tells whether a thing of this name and look has stood still.
        """
        found = FolderScan()
        files, folders = parted(entries(self._root, ""))
        self._sort_out(files, settled, found)
        names = records_among(files)
        for one in folders:
            names |= self._folder(one, settled, found)
        for gone in self._needs.keys() - names:
            del self._needs[gone]
        found.ready.sort(key=lambda one: (one.order, one.name))
        return replace(found, settling=any(one.message == STILL for one in found.pending))

    def _folder(self, top: FolderEntry, settled: Callable[[str, Look], bool], found: FolderScan) -> set[str]:
        """Look into a folder, which is taken only when everything in it has stood still."""
        try:
            folders = tree(self._root, top)
        except OSError as error:
            found.pending.append(_pending(top, _unreadable(reason_of(error))))
            return set()
        inside = [one for group in folders.values() for one in group]
        look = (sum(one.look[0] for one in inside) + len(inside), max(one.look[1] for one in (top, *inside)))
        # What was never finished stays where it is, but after the wait it keeps nothing else from being taken.
        passing = [one.name for one in inside if one.kind is Kind.PASSING and one.plain and not self._overdue(one)]
        if not settled(top.name + "/", look) or passing:
            found.pending.append(_pending(top, _UNFINISHED.format(listed(passing)) if passing else STILL))
            return records_among(inside)
        for group in folders.values():
            self._sort_out(group, lambda name, look: True, found)
        if not inside:
            found.spent.append(top.name)
        return records_among(inside)

    def _sort_out(self, entries: list[FolderEntry], settled: Callable[[str, Look], bool], found: FolderScan) -> None:
        """Decide on every file of one folder."""
        still = {one.base: one for one in entries if one.kind is not Kind.PASSING and settled(one.name, one.look)}
        for one in entries:
            if one.kind is Kind.PASSING:
                found.pending.append(_pending(one, _UNFINISHED.format(listed([one.base]))))
            elif one.base not in still:
                found.pending.append(_pending(one, STILL))
        group = _Group(still)
        for one in still.values():
            if not one.plain:
                found.ready.append(Dropped(one.name, Kind.PAPER, one.look))
            elif one.kind is Kind.PARCEL:
                self._offer(Dropped(one.name, one.kind, one.look), one, found)
            elif one.kind is Kind.RECORD:
                self._read(one, group, found)
        records = [one for one in entries if one.kind is Kind.RECORD]
        self._decide(group, found, whole=len(group.records) == len(records))

    def _read(self, one: FolderEntry, group: _Group, found: FolderScan) -> None:
        known = self._needs.get(one.name)
        if known is None or known[0] != one.look:
            try:
                known = (one.look, needs_of(self._root / one.name))
            except OSError as error:
                found.pending.append(_pending(one, _unreadable(reason_of(error))))
                group.closed = True
                return
            self._needs[one.name] = known
        group.add(one, known[1])

    def _decide(self, group: _Group, found: FolderScan, *, whole: bool) -> None:
        """Decide on records and papers; only where the whole folder was read is a paper known to be nobody's."""
        for one, needs in group.records:
            present = group.present(one)
            missing = [name for name in needs.files if name not in present]
            if missing and not self._overdue(one):
                found.pending.append(_pending(one, "等待附件：" + listed(missing) + group.hints(missing)))
            elif closed := [name for name in present.values() if not self._readable(group.papers[name])]:
                found.pending.append(_pending(one, _unreadable(of=f"附件{listed(closed)}")))
            else:
                shared = tuple(group.shared(one))
                found.ready.append(Dropped(one.name, one.kind, one.look, needs.order, present, shared))
        for one in group.orphans():
            if self._overdue(one) or (whole and _never(one.base)):
                self._offer(Dropped(one.name, one.kind, one.look, 3), one, found)
            else:
                words = _orphan(one.base) if whole else UNSURE if group.closed else STILL
                found.pending.append(_pending(one, words))
                if whole and self._readable(one):
                    found.orphans.append(Dropped(one.name, Kind.STACK, one.look, 3))

    def _offer(self, candidate: Dropped, one: FolderEntry, found: FolderScan) -> None:
        if self._readable(one):
            found.ready.append(candidate)
        else:
            found.pending.append(_pending(one, _unreadable()))

    def _readable(self, one: FolderEntry) -> bool:
        """Tell whether something may be read; what may not is not taken."""
        return os.access(os.path.join(self._root, one.name), os.R_OK)  # noqa: PTH118 - asked of all at every look

    def _overdue(self, one: FolderEntry) -> bool:
        return self._wall() - one.arrived > self._wait


class _Group:
    """The settled files of one folder, and which record names which of them."""

    def __init__(self, still: dict[str, FolderEntry]) -> None:
        self.records: list[tuple[FolderEntry, Needs]] = []
        self.papers = {name: one for name, one in still.items() if one.plain and one.kind is Kind.PAPER}
        self.closed = False
        """True where a record of the folder cannot be read."""
        self._beside = Beside(self.papers)
        self._present: dict[str, dict[str, str]] = {}
        self._users: dict[str, list[str]] = defaultdict(list)

    def add(self, one: FolderEntry, needs: Needs) -> None:
        self.records.append((one, needs))
        self._present[one.base] = self._beside.meant(needs.files)
        for name in self._present[one.base].values():
            self._users[name].append(one.base)

    def present(self, one: FolderEntry) -> dict[str, str]:
        """Return the attachments of a record that are here: name in the record → name of the file."""
        return self._present[one.base]

    def hints(self, missing: Sequence[str]) -> str:
        """Return what is to be said of files that could be taken for the missing ones."""
        near = [name for wanted in missing for name in self._beside.resembling(wanted)]
        if not near:
            return ""
        return f"（文件夹里有{listed(near)}，只差大小写、空格或全半角，不能断定是哪一件；请按记录中的名字改名）"

    def shared(self, one: FolderEntry) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the attachments of a record that other records use too, with those records."""
        for name, file in self._present[one.base].items():
            if others := tuple(user for user in self._users[file] if user != one.base):
                yield name, others

    def orphans(self) -> Iterator[FolderEntry]:
        return (one for name, one in self.papers.items() if name not in self._users)


def pending(settings: Settings, *, wall: Callable[[], float] = time.time) -> list[PendingSubmission]:
    """Return everything dropped that is not taken yet or held back, by one light look; nothing is kept.

    Args:
        settings: the home's settings.
        wall: the clock files are dated by.
    """
    moment = wall()

    def settled(_: str, look: Look) -> bool:
        return moment - look[1] / 1e9 >= settings.intake.settle_seconds

    found = DropFolder(settings, wall=wall).scan(settled)
    ready = [PendingSubmission(printable(one.name), "等待收取", _iso(one.look[1] / 1e9)) for one in found.ready]
    held = [PendingSubmission(claim.shown, claim.obstacle, claim.at) for claim in held_back(settings.work)]
    return sorted([*found.pending, *ready, *held], key=lambda one: one.name)


def pending_records(settings: Settings) -> list[tuple[Path, str]]:
    """Return the record files that lie in the drop folder and what each waits for."""
    return [(settings.drop / one.name, one.message) for one in pending(settings) if kind_of(one.name) is Kind.RECORD]


def is_inside(path: Path, drop: Path) -> bool:
    """Tell whether a path lies in the drop folder."""
    return path.absolute().is_relative_to(drop) or path.resolve().is_relative_to(drop.resolve())


def listed(names: Sequence[str]) -> str:
    """Return names as a reader wants them: the first few, and how many there are."""
    shown = "、".join(printable(name) for name in names[:10])
    return f"{shown}等{len(names)}件" if len(names) > 10 else shown


def _never(name: str) -> bool:
    """Tell whether no record can ever ask for a file of this name."""
    kind = format_named(name)
    return kind is not None and kind.never


def _orphan(name: str) -> str:
    """Return why a file no record names stays where it is."""
    kind = format_named(name)
    return f"{kind.refusal}（{ORPHAN}）" if kind is not None else ORPHAN


def _pending(one: FolderEntry, message: str) -> PendingSubmission:
    return PendingSubmission(printable(one.name), message, _iso(one.arrived))


def _unreadable(reason: str = "没有权限", of: str = "") -> str:
    return f"{of}{UNREADABLE}：{reason}"


def _iso(moment: float) -> str:
    # A file may bear a date that no calendar has.
    return dt.datetime.fromtimestamp(min(max(moment, 0.0), _LAST)).astimezone().isoformat(timespec="seconds")
