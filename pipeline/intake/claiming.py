"""Where claims come from: the drop folder, paths given by hand, and what dead processes left; zips are opened here."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import stat
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

from jishi.durable import move, sync_tree, take
from jishi.errors import JishiError, RecordRejected, TryLater, reason_of
from jishi.findings import Finding
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from pipeline.intake.claims import ATTACHMENTS, NOTE, ORIGINALS, PARCEL, UNPACKED, Claim, Claims, read_claim
from pipeline.intake.drop_folder import ORPHAN, Dropped, listed
from pipeline.intake.formats import format_named
from pipeline.intake.listing import look_at
from pipeline.intake.stacks import Stacks
from pipeline.intake.submission import Beside, Kind, is_litter, kind_of, needs_of, plain_stem, printable
from pipeline.intake.verdicts import Checkpoint, Verdicts
from pipeline.intake.zips import Limits, unpack

GROUP = 256
SCANS = (".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png")
"""How scans of signed prints are called."""
_MIB = 1024 * 1024
_log = logging.getLogger("jishi.intake")

Groups = Iterator[list[Claim]]
T = TypeVar("T")
R = TypeVar("R")


class Claiming:
    """Takes things and hands records on in groups; what is no record is dealt with on the way."""

    def __init__(
        self,
        settings: Settings,
        claims: Claims,
        verdicts: Verdicts,
        stacks: Stacks,
        stopping: Callable[[], bool] = lambda: False,
        on_step: Checkpoint = lambda _: None,
    ) -> None:
        """Take note of where things are; nothing is taken yet.

        Args:
            settings: the home's settings.
            claims: this process's place in work/.
            verdicts: refuses what is no record.
            stacks: takes scans of signed prints apart.
            stopping: tells whether the run is asked to end; a large zip is then left for the next.
            on_step: is told every point passed.
        """
        self._settings = settings
        self._claims = claims
        self._verdicts = verdicts
        self._stacks = stacks
        self._stopping = stopping
        self._on_step = on_step
        self._given_up: set[str] = set()
        """Tokens that could not even be refused, by a fault of ours; left alone until the next start."""

    def from_drop(self, ready: Sequence[Dropped]) -> Groups:
        """Take what is ready in the drop folder, a group at a time, each group when it is asked for."""
        return _chunks(self._taken(ready))

    def from_paths(self, paths: Sequence[Path], pending: Callable[[str, str], None]) -> Groups:
        """Take copies of paths outside the drop folder; the originals stay.

        Args:
            paths: records, zips, or folders of both.
            pending: is told (name, reason) of what cannot be taken.
        """
        beside = lru_cache(1)(lambda folder: Beside(frozenset(_files_in(folder))))
        copies = (self._copy(top, path, beside, pending) for top, path in _files_of(paths))
        found = (claim for claim in copies if claim is not None)
        return _chunks(claim for some in _chunks(found) for claim in self._dealt(some))

    def stacks_among(self, orphans: Sequence[Dropped]) -> list[Dropped]:
        """Return those of the files no record names that are scans of signed prints."""
        return [one for one in orphans if _passing(self._is_stack, one)]

    def whole(self) -> Groups:
        """Take records put together, all of whose pages have come back signed."""
        return _chunks(self._stacks.whole())

    def _is_stack(self, one: Dropped) -> bool:
        return self._stacks.is_stack(self._settings.drop / one.name, one.look)

    def left_behind(self, held: Collection[str] = ()) -> Groups:
        """Take up what processes that died left in work/ and waiting/, and what we ourselves had to leave.

        Args:
            held: tokens of our own that are in hand and stay there.
        """
        with self._claims.locks.taking_up():
            for token in self._verdicts.lost_from_waiting():
                _passing(self._back_from_waiting, token)
            tokens = [token for token in self._claims.left_behind() if token not in self._given_up.union(held)]
        claims = [claim for token in tokens if (claim := _passing(self._left, token)) is not None]
        if claims:
            _log.info("接续上次未完成的%d件", len(claims))
        # Records first: what belongs to them may still lie in an unpacked zip.
        records = [claim for claim in claims if claim.kind is Kind.RECORD and _passing(self._completed, claim)]
        others = [claim for claim in claims if claim.kind is not Kind.RECORD]
        yield from _chunks(iter(records))
        yield from _chunks(self._dealt(others, again=True))
        self._claims.clear_locks()

    def _back_from_waiting(self, token: str) -> None:
        take(self._settings.waiting / token, self._settings.work / token)

    # Taking

    def _take(self, one: Dropped) -> Claim | None:
        path = self._settings.drop / one.name
        if look_at(path) != one.look:
            return None
        # Who shares a paper is asked again at the door: the last of them takes it, the others take copies.
        shared = {name for name, users in one.shared if any(os.path.lexists(path.parent / user) for user in users)}
        try:
            return self._claims.take(path, one.name, one.kind, one.files, frozenset(shared))
        except FileNotFoundError:
            return None
        except (TryLater, OSError) as error:
            _log.warning("暂时不能收取 %s：%s", printable(one.name), reason_of(error))
        except JishiError:
            raise
        except Exception:
            _log.exception("收取 %s 时程序出错；其他的照常", printable(one.name))
        return None

    def _copy(
        self, top: Path, path: Path, beside: Callable[[Path], Beside], pending: Callable[[str, str], None]
    ) -> Claim | None:
        name = str(path.relative_to(top.parent))
        kind = kind_of(path.name)
        if kind is Kind.PAPER and top == path:
            return self._copy_stack(path, name, pending)
        if kind not in (Kind.RECORD, Kind.PARCEL):
            return None
        try:
            wanted = needs_of(path).files if kind is Kind.RECORD else ()
            return self._claims.copy(path, name, kind, beside(path.parent).meant(wanted) if wanted else {})
        except (OSError, TryLater) as error:
            pending(printable(name), f"不能读取：{reason_of(error)}")
            return None

    def _copy_stack(self, path: Path, name: str, pending: Callable[[str, str], None]) -> Claim | None:
        """Take a copy of a scan of signed prints that somebody named."""
        look = look_at(path)
        if look is None or not self._stacks.is_stack(path, look):
            pending(printable(name), "没有送签件的编码，也没有随记录给出；附件随引用它的记录一起收")
            return None
        return self._claims.copy(path, name, Kind.STACK, {})

    def _taken(self, ready: Sequence[Dropped]) -> Iterator[Claim]:
        for some in _chunks(iter(ready)):
            with self._claims.locks.alone():
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
                self._claims.put_back(claim)
        for claim in claims:
            try:
                if claim.kind is Kind.PARCEL:
                    yield from self._opened(claim, again)
                elif claim.kind is Kind.STACK:
                    self._stacks.take(claim, again=again)
                elif claim.kind is Kind.PAPER:
                    self._verdicts.refuse(claim, [self._paper_fault(claim)], again=again)
            except (TryLater, OSError) as error:
                # It stays in work/ and is taken up at the next look; the others go on.
                _log.warning("暂时不能处理 %s：%s", claim.shown, reason_of(error))
            except JishiError:
                raise
            except Exception:
                self._refuse_for_our_fault(claim)

    def _refuse_for_our_fault(self, claim: Claim) -> None:
        """Refuse a submission that our program stumbled over; where even that fails, leave it alone: others go on."""
        _log.exception("处理 %s 时程序出错", claim.shown)
        folder = self._settings.work / claim.token
        try:
            if (folder / PARCEL).exists():
                self._give_up_opening(claim, folder)
            elif (folder / UNPACKED).exists() and not (folder / ORIGINALS).exists():
                take(folder / UNPACKED, folder / ORIGINALS)
            fault = Finding("P-BUG", "处理该投递时程序出错，不一定是材料的问题", remedy="请把本单和原件交系统管理员")
            self._verdicts.refuse(claim, [fault], again=True)
        except Exception:
            _log.exception("%s 不能退回，留在 work/%s，请系统管理员处理", claim.shown, claim.token)
            self._given_up.add(claim.token)

    def _paper_fault(self, claim: Claim) -> Finding:
        path = self._settings.work / claim.token / ORIGINALS / claim.base
        if not stat.S_ISREG(path.lstat().st_mode):
            return Finding("N-LINK", f"“{claim.shown}”是链接或特殊文件，不收", remedy="请投递文件本身")
        if (kind := format_named(claim.base)) is not None:
            return Finding("N-FORMAT", f"“{claim.shown}”是{kind.label}，不能收", remedy=kind.remedy)
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
            unpack(folder / PARCEL, folder / UNPACKED, limits, self._stopping)
        except RecordRejected as error:
            self._give_up_opening(claim, folder)
            self._verdicts.refuse(claim, error.findings, again=again)
            return False
        sync_tree(folder)
        self._on_step("unpacked")
        name = f"{plain_stem(claim.name)}-{claim.stamp}-{claim.token.replace('-', '')}.zip"
        target = self._settings.received / claim.day / name
        self._verdicts.note_received(folder / PARCEL, target)
        move(folder / PARCEL, target)
        self._on_step("received")
        return True

    def _give_up_opening(self, claim: Claim, folder: Path) -> None:
        """Lay a zip where refused things lie, and clear away what came out of it."""
        shutil.rmtree(folder / UNPACKED, ignore_errors=True)
        (folder / ORIGINALS).mkdir(exist_ok=True)
        take(folder / PARCEL, folder / ORIGINALS / claim.base)

    def _members(self, claim: Claim, root: Path) -> Iterator[Claim]:
        """Take the records of an unpacked zip one by one, openings and rosters first."""
        found = [path for path in sorted(root.rglob("*")) if kind_of(path.name) is Kind.RECORD and path.is_file()]
        needs = [(path, needs_of(path)) for path in found]
        needs.sort(key=lambda pair: pair[1].order)
        folders = {path.parent for path, need in needs if need.files}
        beside = {folder: Beside(frozenset(_files_in(folder))) for folder in folders}
        meant = {path: beside[path.parent].meant(need.files) if need.files else {} for path, need in needs}
        users: dict[Path, int] = defaultdict(int)
        for path, files in meant.items():
            for file in files.values():
                users[path.parent / file] += 1
        for path, _ in needs:
            files = meant[path]
            for file in files.values():
                users[path.parent / file] -= 1
            shared = frozenset(name for name, file in files.items() if users[path.parent / file])
            yield self._claims.take(path, f"{claim.name}/{path.relative_to(root)}", Kind.RECORD, files, shared)

    def _close_parcel(self, claim: Claim, folder: Path, again: bool) -> None:
        left = [path for path in sorted((folder / UNPACKED).rglob("*")) if not path.is_dir()]
        if left:
            take(folder / UNPACKED, folder / ORIGINALS)
            names = [f"{claim.shown}/{printable(str(path.relative_to(folder / UNPACKED)))}" for path in left]
            self._verdicts.refuse(claim, [_orphan(names)], again=again)
        elif not (folder / ORIGINALS).exists():
            shutil.rmtree(folder, ignore_errors=True)

    # What was left

    def _left(self, token: str) -> Claim | None:
        """Return the claim of a folder left behind; one that never got hold of anything is cleared away."""
        folder = self._settings.work / token
        claim = read_claim(folder)
        if claim is not None:
            self._claims.complete(claim)
        if any(path.name != NOTE and not _is_hollow(path) for path in folder.iterdir()):
            return claim or _guessed(folder)
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
                    self._claims.fetch(claim, self._settings.home / claim.origin / name, target, copied=False)
        if all((folder / ATTACHMENTS / name).exists() for name in claim.files):
            return (folder / RECORD_FILE).exists()
        return not self._claims.put_back(claim)


def _passing(work: Callable[[T], R], one: T) -> R | None:
    """Do a piece of work on one thing left behind, or None where that is not possible now."""
    try:
        return work(one)
    except (TryLater, OSError) as error:
        _log.warning("暂时不能接续 %s：%s", one, reason_of(error))
    except JishiError:
        raise
    except Exception:
        _log.exception("接续 %s 时程序出错；其他的照常", one)
    return None


def _guessed(folder: Path) -> Claim | None:
    """Return the claim of a folder whose note was lost, by what lies in it; None where nothing of ours does."""
    at = dt.datetime.fromtimestamp(folder.stat().st_mtime).astimezone().isoformat(timespec="seconds")
    if (folder / RECORD_FILE).exists():
        return Claim(folder.name, Kind.RECORD, f"{folder.name}.xml", at, "")
    if (folder / PARCEL).exists() or (folder / UNPACKED).exists():
        return Claim(folder.name, Kind.PARCEL, f"{folder.name}.zip", at, "")
    originals = folder / ORIGINALS
    names = [path.name for path in originals.iterdir()] if originals.is_dir() else []
    if len(names) == 1:
        return Claim(folder.name, Kind.PAPER, names[0], at, "")
    _log.warning("work/%s 里不是本系统的文件，未动；请系统管理员查看", folder.name)
    return None


def _files_in(folder: Path) -> list[str]:
    with os.scandir(folder) as listing:
        return [one.name for one in listing if one.is_file()]


def _undo_refusal(claim: Claim, folder: Path) -> None:
    """Bring a zip whose refusal was broken off back to where its opening starts."""
    originals = folder / ORIGINALS
    if (originals / claim.base).is_file():
        take(originals / claim.base, folder / PARCEL)
        originals.rmdir()
    elif originals.exists():
        take(originals, folder / UNPACKED)


def holds_submissions(path: Path) -> bool:
    """Tell whether a file or folder somebody named is or holds a record or zip, or may be a scan of signed prints."""
    if not path.is_dir():
        return kind_of(path.name) in (Kind.RECORD, Kind.PARCEL) or path.suffix.lower() in SCANS
    return any(kind_of(file.name) in (Kind.RECORD, Kind.PARCEL) for file in path.rglob("*") if file.is_file())


def _files_of(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield (path named, file) for every file meant, openings and rosters first within a folder."""
    for top in (path.absolute() for path in paths):
        if not top.is_dir():
            yield top, top
            continue
        files = [path for path in sorted(top.rglob("*")) if path.is_file() and not path.is_symlink()]
        files = [path for path in files if not is_litter(path.relative_to(top).as_posix())]
        order = {path: needs_of(path).order for path in files if kind_of(path.name) is Kind.RECORD}
        yield from ((top, path) for path in sorted(files, key=lambda path: order.get(path, 2)))


def _chunks(items: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(items, GROUP)):
        yield some


def _orphan(names: Sequence[str]) -> Finding:
    kinds = dict.fromkeys(kind for name in names if (kind := format_named(name)) is not None)
    more = "".join(f"；{kind.label}：{kind.remedy}" for kind in kinds)
    remedy = f"请与引用它的记录一起投递；不是凭证的，不必投递{more}"
    return Finding("N-ORPHAN", f"{ORPHAN}的文件：{listed(names)}", remedy=remedy)


def _is_hollow(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())
