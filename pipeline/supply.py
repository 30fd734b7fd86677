"""Where claims come from: the drop folder, paths given by hand, and what dead processes left; zips are opened here."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import stat
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

from jishi.durable import move, sync_tree, take
from jishi.errors import RecordRejected, TryLater, reason_of
from jishi.findings import Finding
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from pipeline.claims import ATTACHMENTS, ORIGINALS, PARCEL, UNPACKED, Claim, Desk, read_claim
from pipeline.intake import ORPHAN, Candidate, listed
from pipeline.line import Line, Step
from pipeline.listing import look_at
from pipeline.submission import Kind, kind_of, needs_of, plain_stem, printable
from pipeline.zips import Limits, unpack

GROUP = 256
_MIB = 1024 * 1024
_log = logging.getLogger("jishi.intake")

Groups = Iterator[list[Claim]]
T = TypeVar("T")
R = TypeVar("R")


class Supply:
    """Takes things and hands records on in groups; what is no record is dealt with on the way."""

    def __init__(self, settings: Settings, desk: Desk, line: Line, on_step: Step = lambda _: None) -> None:
        self._settings = settings
        self._desk = desk
        self._line = line
        self._on_step = on_step

    def from_drop(self, ready: Sequence[Candidate]) -> Groups:
        """Take what is ready in the drop folder, a group at a time, each group when it is asked for."""
        return _chunks(self._taken(ready))

    def from_paths(self, paths: Sequence[Path], pending: Callable[[str, str], None]) -> Groups:
        """Take copies of paths outside the drop folder; the originals stay.

        Args:
            paths: records, zips, or folders of both.
            pending: is told (name, reason) of what cannot be taken.
        """
        found = (claim for top, path in _files_of(paths) if (claim := self._copy(top, path, pending)) is not None)
        return _chunks(claim for some in _chunks(found) for claim in self._dealt(some))

    def left_behind(self, held: Collection[str] = ()) -> Groups:
        """Take up what processes that died left in work/ and waiting/, and what we ourselves had to leave.

        Args:
            held: tokens of our own that are in hand and stay there.
        """
        with self._desk.doors.taking_up():
            for token in self._line.lost_from_waiting():
                take(self._settings.waiting / token, self._settings.work / token)
            tokens = [token for token in self._desk.left_behind() if token not in held]
        claims = [claim for token in tokens if (claim := _passing(self._left, token)) is not None]
        if claims:
            _log.info("接续上次未完成的%d件", len(claims))
        # Records first: what belongs to them may still lie in an unpacked zip.
        records = [claim for claim in claims if claim.kind is Kind.RECORD and _passing(self._completed, claim)]
        others = [claim for claim in claims if claim.kind is not Kind.RECORD]
        yield from _chunks(iter(records))
        yield from _chunks(self._dealt(others, again=True))
        self._desk.clear_locks()

    # Taking

    def _take(self, one: Candidate) -> Claim | None:
        path = self._settings.drop / one.name
        if look_at(path) != one.look:
            return None
        # Who shares a paper is asked again at the door: the last of them takes it, the others take copies.
        shared = {name for name, users in one.shared if any(os.path.lexists(path.parent / user) for user in users)}
        try:
            return self._desk.take(path, one.name, one.kind, one.files, frozenset(shared))
        except FileNotFoundError:
            return None
        except (TryLater, OSError) as error:
            _log.warning("暂时不能收取 %s：%s", printable(one.name), reason_of(error))
            return None

    def _copy(self, top: Path, path: Path, pending: Callable[[str, str], None]) -> Claim | None:
        name = str(path.relative_to(top.parent))
        kind = kind_of(path.name)
        if kind not in (Kind.RECORD, Kind.PARCEL):
            return None
        try:
            files = needs_of(path).files if kind is Kind.RECORD else ()
            here = tuple(file for file in files if (path.parent / file).is_file())
            return self._desk.copy(path, name, kind, here)
        except (OSError, TryLater) as error:
            pending(printable(name), f"不能读取：{reason_of(error)}")
            return None

    def _taken(self, ready: Sequence[Candidate]) -> Iterator[Claim]:
        for some in _chunks(iter(ready)):
            with self._desk.doors.alone():
                taken = [claim for one in some if (claim := self._take(one)) is not None]
            self._on_step("claimed")
            yield from self._dealt(taken)

    def _dealt(self, claims: Sequence[Claim], *, again: bool = False) -> Iterator[Claim]:
        """Hand on the records, open the zips, refuse the rest; records not asked for any more go back."""
        records = deque(claim for claim in claims if claim.kind is Kind.RECORD)
        try:
            while records:
                yield records.popleft()
        finally:
            for claim in records:
                self._desk.put_back(claim)
        for claim in claims:
            try:
                if claim.kind is Kind.PARCEL:
                    yield from self._opened(claim, again)
                elif claim.kind is Kind.PAPER:
                    self._line.refuse(claim, [self._paper_fault(claim)], again=again)
            except (TryLater, OSError) as error:
                # It stays in work/ and is taken up at the next look; the others go on.
                _log.warning("暂时不能处理 %s：%s", claim.shown, reason_of(error))

    def _paper_fault(self, claim: Claim) -> Finding:
        path = self._settings.work / claim.token / ORIGINALS / claim.base
        if not stat.S_ISREG(path.lstat().st_mode):
            return Finding("N-LINK", f"“{claim.shown}”是链接或特殊文件，不收", remedy="请投递文件本身")
        return _orphan([claim.shown])

    # Zips

    def _opened(self, claim: Claim, again: bool) -> Iterator[Claim]:
        folder = self._settings.work / claim.token
        if again:
            _undo_refusal(claim, folder)
        if (folder / PARCEL).exists() and not self._unpacked(claim, folder, again):
            return
        yield from self._members(claim, folder / UNPACKED)
        self._close_parcel(claim, folder, again)

    def _unpacked(self, claim: Claim, folder: Path, again: bool) -> bool:
        """Unpack, make it durable, and only then put the zip itself where received zips are kept."""
        shutil.rmtree(folder / UNPACKED, ignore_errors=True)
        limits = Limits(self._settings.intake.max_file_mb * _MIB, self._settings.intake.max_zip_mb * _MIB)
        try:
            unpack(folder / PARCEL, folder / UNPACKED, limits)
        except RecordRejected as error:
            shutil.rmtree(folder / UNPACKED, ignore_errors=True)
            (folder / ORIGINALS).mkdir(exist_ok=True)
            take(folder / PARCEL, folder / ORIGINALS / claim.base)
            self._line.refuse(claim, error.findings, again=again)
            return False
        sync_tree(folder)
        self._on_step("unpacked")
        name = f"{plain_stem(claim.name)}-{claim.stamp}-{claim.token.replace('-', '')}.zip"
        target = self._settings.received / claim.day / name
        self._line.note_received(folder / PARCEL, target)
        move(folder / PARCEL, target)
        self._on_step("received")
        return True

    def _members(self, claim: Claim, root: Path) -> Iterator[Claim]:
        """Take the records of an unpacked zip one by one, openings and rosters first."""
        found = [path for path in sorted(root.rglob("*")) if path.is_file() and kind_of(path.name) is Kind.RECORD]
        needs = [(path, needs_of(path)) for path in found]
        needs.sort(key=lambda pair: pair[1].order)
        for place, (path, need) in enumerate(needs):
            here = [name for name in need.files if (path.parent / name).is_file()]
            later = {name for other, wants in needs[place + 1 :] if other.parent == path.parent for name in wants.files}
            shared = frozenset(later.intersection(here)) if here else frozenset()
            name = f"{claim.name}/{path.relative_to(root)}"
            yield self._desk.take(path, name, Kind.RECORD, tuple(here), shared)

    def _close_parcel(self, claim: Claim, folder: Path, again: bool) -> None:
        left = [path for path in sorted((folder / UNPACKED).rglob("*")) if not path.is_dir()]
        if left:
            take(folder / UNPACKED, folder / ORIGINALS)
            names = [f"{claim.shown}/{printable(str(path.relative_to(folder / UNPACKED)))}" for path in left]
            self._line.refuse(claim, [_orphan(names)], again=again)
        elif not (folder / ORIGINALS).exists():
            shutil.rmtree(folder, ignore_errors=True)

    # What was left

    def _left(self, token: str) -> Claim | None:
        """Return the claim of a folder left behind; one that never got hold of anything is cleared away."""
        folder = self._settings.work / token
        claim = read_claim(folder)
        if claim is not None:
            self._desk.complete(claim)
        if any(path.name != "claim.json" and not _is_hollow(path) for path in folder.iterdir()):
            return claim or Claim(token, Kind.RECORD, f"{token}.xml", _made(folder), "")
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def _completed(self, claim: Claim) -> bool:
        """Fetch the attachments a crash left in the drop; False where the record went back to wait for them."""
        folder = self._settings.work / claim.token
        for name in claim.files:
            target = folder / ATTACHMENTS / name
            if not target.exists() and claim.origin:
                target.parent.mkdir(exist_ok=True)
                with suppress(FileNotFoundError):
                    self._desk.fetch(claim, self._settings.home / claim.origin / name, target, copied=False)
        if all((folder / ATTACHMENTS / name).exists() for name in claim.files):
            return (folder / RECORD_FILE).exists()
        return not self._desk.put_back(claim)


def _passing(work: Callable[[T], R], one: T) -> R | None:
    """Do a piece of work on one thing left behind, or None where that is not possible now."""
    try:
        return work(one)
    except (TryLater, OSError) as error:
        _log.warning("暂时不能接续 %s：%s", one, reason_of(error))
        return None


def _undo_refusal(claim: Claim, folder: Path) -> None:
    """Bring a zip whose refusal was broken off back to where its opening starts."""
    originals = folder / ORIGINALS
    if (originals / claim.base).is_file():
        take(originals / claim.base, folder / PARCEL)
        originals.rmdir()
    elif originals.exists():
        take(originals, folder / UNPACKED)


def holds_submissions(path: Path) -> bool:
    """Tell whether a file or folder somebody named is or holds a record or zip, hidden files aside."""
    names = (file.name for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path.name]
    return any(kind_of(name) in (Kind.RECORD, Kind.PARCEL) for name in names)


def _files_of(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield (path named, file) for every file meant, openings and rosters first within a folder."""
    for top in (path.absolute() for path in paths):
        if not top.is_dir():
            yield top, top
            continue
        files = [path for path in sorted(top.rglob("*")) if path.is_file() and not path.is_symlink()]
        order = {path: needs_of(path).order for path in files if kind_of(path.name) is Kind.RECORD}
        yield from ((top, path) for path in sorted(files, key=lambda path: order.get(path, 2)))


def _chunks(items: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(items, GROUP)):
        yield some


def _orphan(names: Sequence[str]) -> Finding:
    return Finding(
        "N-ORPHAN", f"{ORPHAN}的文件：{listed(names)}", remedy="请与引用它的记录一起投递；不是凭证的，不必投递"
    )


def _is_hollow(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _made(folder: Path) -> str:
    return dt.datetime.fromtimestamp(folder.stat().st_mtime).astimezone().isoformat(timespec="seconds")
