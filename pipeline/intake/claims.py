"""Claims: what this process took out of the drop folder, under a token that tells whose it is.

work/<owner>-<number>/ holds one claimed thing with its claim.json; work/.<owner>.lock is locked by the owner as long
as it lives. A folder whose owner's lock is free was left by a process that died, and whoever gets the lock goes on.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from jishi.durable import take, write_durably
from jishi.errors import TryLater, reason_of
from jishi.plain_files import open_plain
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from jishi.transfer import bring, finish, give_back
from pipeline.intake.locks import Locks
from pipeline.intake.sent import sent_file
from pipeline.intake.submission import Kind, name_fault, printable

ATTACHMENTS = "attachments"
PARCEL = "parcel.zip"
UNPACKED = "unpacked"
ORIGINALS = "原件"
NOTE = "claim.json"
_log = logging.getLogger("jishi.intake")
_MOST_NOTE = 4 * 1024 * 1024
_TOKEN = re.compile(r"(?P<owner>[0-9a-f]{8})-\d{6,}")


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing taken: a record with its attachments, a zip, a scan of signed prints, or a paper nobody asked for."""

    token: str
    kind: Kind
    name: str
    """What it was dropped as, relative to the drop folder; for a zip's member "包.zip/记录.xml"."""
    at: str
    """When it was taken, ISO 8601."""
    origin: str
    """Folder it came from, relative to the home; empty where nothing can be fetched or put back."""
    files: tuple[str, ...] = ()
    """Attachments to bring along, by their names in the record."""
    obstacle: str = ""
    """What keeps it from being examined until an administrator does something; empty for nearly all."""

    @property
    def shown(self) -> str:
        """The name as it can be printed and kept in the register."""
        return printable(self.name)

    @property
    def base(self) -> str:
        """The file name it was dropped under."""
        return self.name.rpartition("/")[2]

    @property
    def stamp(self) -> str:
        """When it was taken, as it stands in folder names: 20261121-203455."""
        digits = "".join(char for char in self.at[:19] if char.isdigit())
        return f"{digits[:8]}-{digits[8:]}"

    @property
    def day(self) -> str:
        """The day it was taken, 2026-11-21."""
        return self.at[:10]

    def written(self) -> bytes:
        """Return the claim as it is kept beside what was taken."""
        values: dict[str, object] = {
            "kind": self.kind, "name": self.name, "at": self.at, "origin": self.origin, "files": self.files,
        }  # fmt: skip
        if self.obstacle:
            values["obstacle"] = self.obstacle
        return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogateescape")


def _now() -> str:
    return dt.datetime.now().astimezone().isoformat(timespec="seconds")


def read_claim(folder: Path) -> Claim | None:
    """Return the claim kept in a folder, or None where there is none that could have been written by us."""
    try:
        with open_plain(folder / NOTE) as stream:
            values = json.loads(stream.read(_MOST_NOTE).decode("utf-8", "surrogateescape"))
        dt.datetime.fromisoformat(values["at"])
        name, at, origin, obstacle = (str(values.get(key, "")) for key in ("name", "at", "origin", "obstacle"))
        files = tuple(map(str, values["files"]))
        claim = Claim(folder.name, Kind(values["kind"]), name, at, origin, files, obstacle)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return None if any(name_fault(name) for name in claim.files) or "\0" in claim.name + claim.origin else claim


def held_back(work: Path) -> Iterator[Claim]:
    """Yield what was taken and waits for the administrator."""
    for folder in sorted(work.iterdir()) if work.is_dir() else ():
        if _TOKEN.fullmatch(folder.name) and (claim := read_claim(folder)) is not None and claim.obstacle:
            yield claim


class Claims:
    """Our place in work/: gives tokens, takes things, finds what dead processes left."""

    def __init__(self, settings: Settings, stopping: Callable[[], bool] = lambda: False) -> None:
        """Take a place in work/.

        Args:
            settings: where work/ is.
            stopping: tells whether the run is asked to end, so that it waits for nobody else.
        """
        self.locks = Locks(settings.work, stopping)
        self._home = settings.home
        self._modes = settings.modes
        self._work = settings.work
        self._serial = 0
        self._owner = secrets.token_hex(4)
        self._locks: dict[str, int] = {}
        self._lock(self._owner)

    def close(self) -> None:
        """Leave; an owner with nothing left in work/ leaves no lock behind."""
        for owner in list(self._locks):
            self._leave(owner)

    def is_mine(self, token: str) -> bool:
        """Tell whether this process took what stands under a token, itself or after another's death."""
        return token.partition("-")[0] in self._locks

    def take(
        self, path: Path, claim_name: str, kind: Kind, files: Mapping[str, str], shared: Collection[str] = ()
    ) -> Claim:
        """Take one thing by renaming it into work/; the rename of the thing itself decides who has it.

        Args:
            path: the record, zip or paper.
            claim_name: what it was dropped as.
            kind: what it is.
            files: attachments beside it to bring along: name in the record → name of the file.
            shared: those of them, by their names in the record, that another record there needs too; they are copied.

        Raises:
            FileNotFoundError: somebody else took it, or an attachment is gone; nothing was changed.
            TryLater: it is busy now; nothing was changed.
        """
        origin = _relative(path.parent, self._home)
        claim = Claim(self._next(), kind, claim_name, _now(), origin, tuple(files))
        folder = self._open(claim)
        try:
            bring(path, folder / _place(claim), claim.token, self._modes)
        except BaseException:
            if not os.path.lexists(folder / _place(claim)):
                shutil.rmtree(folder)
            raise
        try:
            source, target = path.parent, folder / ATTACHMENTS
            for name, file in files.items():
                self.fetch(claim, source / file, target / name, copied=name in shared)
        except BaseException:
            self.put_back(claim)
            raise
        return claim

    def copy(self, path: Path, claim_name: str, kind: Kind, files: Mapping[str, str]) -> Claim:
        """Take a copy of something that stays where it is.

        Raises:
            OSError: it cannot be read.
        """
        claim = Claim(self._next(), kind, claim_name, _now(), "", tuple(files))
        folder = self._open(claim, draft=True)
        try:
            copy_plain(path, folder / _place(claim))
            for name, file in files.items():
                copy_plain(path.parent / file, folder / ATTACHMENTS / name)
            take(folder, self._work / claim.token)
        except BaseException:
            shutil.rmtree(folder)
            raise
        return claim

    def compose(self, claim_name: str, record: bytes, papers: Mapping[str, bytes]) -> Claim:
        """Take a record that we put together ourselves.

        Raises:
            OSError: it cannot be written.
        """
        claim = Claim(self._next(), Kind.RECORD, claim_name, _now(), "", tuple(papers))
        folder = self._open(claim, draft=True)
        try:
            (folder / RECORD_FILE).write_bytes(record)
            for name, data in papers.items():
                (folder / ATTACHMENTS / name).write_bytes(data)
            take(folder, self._work / claim.token)
        except BaseException:
            shutil.rmtree(folder)
            raise
        return claim

    def fetch(self, claim: Claim, source: Path, target: Path, *, copied: bool) -> None:
        """Bring one attachment of a claim: take it, or take a copy where others need it too.

        Raises:
            FileNotFoundError: it is not there.
        """
        if copied:
            copy_plain(source, target)
        else:
            bring(source, target, claim.token, self._modes)

    def complete(self, claim: Claim) -> None:
        """Go on with what a crash broke off while things were carried here from another disk."""
        folder, origin = self._work / claim.token, self._home / claim.origin
        if not claim.origin:
            return
        finish(origin / claim.base, folder / _place(claim), claim.token, self._modes)
        for name in claim.files:
            finish(origin / name, folder / ATTACHMENTS / name, claim.token, self._modes)

    def put_back(self, claim: Claim) -> bool:
        """Put a claimed record back beside its attachments; False, and nothing lost, where its name is taken again."""
        folder = self._work / claim.token
        if not claim.origin:
            return False
        origin = self._home / claim.origin
        try:
            for name in claim.files:
                with suppress(FileNotFoundError):
                    give_back(folder / ATTACHMENTS / name, origin / name)
            give_back(sent_file(folder), origin / claim.base)
        except (FileExistsError, FileNotFoundError):
            return False
        shutil.rmtree(folder)
        return True

    def note_obstacle(self, claim: Claim, obstacle: str) -> None:
        """Keep beside a claimed thing what holds it back, for everyone to see."""
        if claim.obstacle != obstacle:
            write_durably(self._work / claim.token / NOTE, replace(claim, obstacle=obstacle).written())

    def left_behind(self) -> list[str]:
        """Adopt what dead processes left in work/ and return every token of theirs and of our own.

        To be called while taking up, and when nothing of our own is in hand.
        """
        dead = {owner for owner in self._owners() - self._locks.keys() if self._adopted(owner)}
        tokens = [path.name for path in self._folders() if self.is_mine(path.name)]
        for draft in self._work.glob(".*.draft"):
            if draft.name[1:9] in dead:
                shutil.rmtree(draft, ignore_errors=True)
        return sorted(tokens)

    def clear_locks(self) -> None:
        """Drop the locks of dead owners of whom nothing is left."""
        left = {path.name.partition("-")[0] for path in self._folders()}
        for owner in self._locks.keys() - {self._owner} - left:
            self._leave(owner)

    def _next(self) -> str:
        self._serial += 1
        return f"{self._owner}-{self._serial:06d}"

    def _open(self, claim: Claim, draft: bool = False) -> Path:
        folder = self._work / (f".{claim.token}.draft" if draft else claim.token)
        # Plain os calls: this is done for every record, and Path costs as much again.
        os.mkdir(folder)  # noqa: PTH102
        try:
            self._furnish(folder, claim)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder

    def _furnish(self, folder: Path, claim: Claim) -> None:
        written = claim.written()
        note = os.open(f"{folder}/{NOTE}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
        try:
            if os.write(note, written) < len(written):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(note)
        if claim.files:
            os.mkdir(f"{folder}/{ATTACHMENTS}")  # noqa: PTH102
        if claim.kind in (Kind.PAPER, Kind.STACK):
            os.mkdir(f"{folder}/{ORIGINALS}")  # noqa: PTH102

    def _folders(self) -> list[Path]:
        return [path for path in self._work.iterdir() if _TOKEN.fullmatch(path.name) and path.is_dir()]

    def _owners(self) -> set[str]:
        names = {path.name for path in self._work.glob(".*.lock")}
        return {path.name.partition("-")[0] for path in self._folders()} | {name[1:9] for name in names}

    def _adopted(self, owner: str) -> bool:
        """Get a dead owner's lock; where something strange stands in its place, what is its own stays as it is."""
        try:
            return self._lock(owner)
        except (OSError, TryLater) as error:
            _log.warning("work/ 中 .%s.lock 不能使用：%s", owner, reason_of(error))
            return False

    def _lock(self, owner: str) -> bool:
        """Get an owner's lock, or tell that its owner lives; a new lock is held before it can be seen."""
        path = self._work / f".{owner}.lock"
        fresh = not path.exists()
        seen = path.with_suffix(f".{os.getpid()}.tmp") if fresh else path
        handle = os.open(seen, os.O_CREAT | os.O_RDWR, 0o660)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        if fresh:
            take(seen, path)
        self._locks[owner] = handle
        return True

    def _leave(self, owner: str) -> None:
        if not any(path.name.startswith(owner) for path in self._folders()):
            (self._work / f".{owner}.lock").unlink(missing_ok=True)
        os.close(self._locks.pop(owner))


def copy_plain(source: Path, target: Path) -> None:
    """Copy one regular file, never what a link points to."""
    with open_plain(source) as stream, target.open("xb") as sink:
        shutil.copyfileobj(stream, sink, 1 << 20)


@lru_cache(64)
def _relative(folder: Path, home: Path) -> str:
    return os.path.relpath(folder, home)


def _place(claim: Claim) -> str:
    match claim.kind:
        case Kind.RECORD:
            return RECORD_FILE
        case Kind.PARCEL:
            return PARCEL
        case _:
            return f"{ORIGINALS}/{claim.base}"
