"""Filing a batch: build every volume, then number them all in one short transaction, then shelve.

Everything that can fail happens before the number. The volumes are built under the numbers they will take;
the transaction takes exactly those, or none when someone else was faster, and then they are built again.
After it there is only renaming, which `archive.recover` finishes after any crash.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from archive.folders import check_folders
from archive.numbering import ArchiveNumber
from archive.refusals import (
    refuse_changed,
    refuse_left_out,
    refuse_missing_shelf,
    refuse_on_shelf,
    refuse_unaccepted,
    refuse_unreadable,
)
from archive.register import ledger
from archive.register.admission import digest_of_text
from archive.register.case_queries import case_records, decision_year, roster_numbers
from archive.register.dialect import insert_rows
from archive.register.register import Register, now
from archive.register.series import last_given, move_counters
from archive.register.tables import filing, item, volume, volume_version
from archive.shelf import inventory_digest, place_object
from archive.verify.ledger_chain import refuse_broken_ledger
from archive.volume.builders import STAGING_LOCK, Opening, builders_gone, builders_server, built_volumes
from archive.volume.facts import Acceptance, VolumeFacts, VolumeOrder
from archive.volume.plan import VolumePlan, plan_volumes
from jishi.durable import passing_or_same, sync_file_system, sync_folder, sync_tree
from jishi.errors import AnotherRunActive, JishiError, NotFound, RegisterBusy, TryLater, WorkerLost
from jishi.limits import refuse_low_limits
from jishi.settings import Settings
from jishi.volume_kinds import VolumeKind, usual_kinds

_ATTEMPTS = 3

OnStep = Callable[[str], None]
"""Called with the name of each point that a crash test may stop at."""


@dataclass(frozen=True, slots=True)
class FilingRun:
    """What one filing run works with."""

    settings: Settings
    register: Register
    batch: str
    acceptance: Acceptance
    workers: int = 0
    """Processes that build volumes; 0 means one per core."""
    progress: Callable[[VolumeFacts], None] = lambda _: None
    on_step: OnStep = lambda _: None
    kinds: tuple[VolumeKind, ...] = field(default_factory=usual_kinds)
    """What volumes it is filed in."""


def file_batch(run: FilingRun) -> list[VolumeFacts]:
    """File an accepted batch: its volumes are numbered, bound and on the shelf when this returns.

    Raises:
        SettingsInvalid: shelf or staging lie on another file system. Nothing was numbered.
        Refused: filer and acceptor are the same, something still blocks, the case file changed since it was
            accepted, or the batch is filed already. Nothing was numbered.
        ArchiveDamaged: the shelf holds an object of a number that would be given now, a case file is not as it was
            admitted, or the ledger does not hold. Nothing was numbered.
        TryLater: the disk is full or busy, or the shelf is not there.
        AnotherRunActive: another filing run is at work in this home.
    """
    refuse_unaccepted(run.acceptance)
    refuse_low_limits(run.settings.intake.max_file_mb)
    check_folders(run.settings)
    with filing_lock(run.settings), _passing():
        builders_server(run.workers)
        refuse_unsound(run.settings, run.register)
        for _ in range(_ATTEMPTS):
            orders = _orders(run)
            with _staging(run) as staging:
                built = _build(run, orders, staging)
                run.on_step("built")
                if _number(run, built, staging.name):
                    return _shelve(run, built, staging)
    raise RegisterBusy("编号时连续几次被其他程序抢先；没有编出任何号，请稍后再试")


def refuse_unsound(settings: Settings, register: Register) -> None:
    """Refuse to number or shelve anything on a ledger that does not hold, or beside a shelf that is not there.

    Raises:
        ArchiveDamaged: the ledger is cut, broken, written anew or at odds with the register.
        TryLater: volumes are filed and the shelf is not there.
    """
    with register.reading() as connection:
        refuse_broken_ledger(connection, register.head)
        refuse_missing_shelf(settings, connection)


def preview(run: FilingRun) -> list[VolumeOrder]:
    """Return what filing would number now, building and changing nothing."""
    return _orders(run)


@contextmanager
def filing_lock(settings: Settings) -> Iterator[None]:
    """Hold the home's filing lock; it falls by itself when the process dies.

    Raises:
        AnotherRunActive: another process holds it.
    """
    handle = os.open(settings.filing_lock, os.O_RDWR | os.O_CREAT, 0o660)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise AnotherRunActive("另一个立卷或恢复程序正在运行；请等它结束后再试") from error
    finally:
        os.close(handle)


def place_volume(settings: Settings, staged: str, object_id: str) -> Path:
    """Put one numbered volume on the shelf; harmless when it is there already."""
    return place_object(settings.staging / staged, settings.shelf, object_id)


def mark_filed(register: Register, numbers: Sequence[str], actor: str) -> None:
    """Note that volumes stand on the shelf."""
    with register.writing() as connection:
        connection.execute(
            update(volume).where(volume.c.number.in_(numbers), volume.c.state == "numbered").values(state="filed")
        )
        ledger.append(connection, [(now(), actor, "filed", number, {}) for number in numbers])


def _orders(run: FilingRun) -> list[VolumeOrder]:
    with run.register.reading() as connection:
        refuse_changed(connection, run.batch, run.acceptance)
        records = case_records(connection, run.settings, run.batch)
        roster, report = roster_numbers(connection, run.batch), run.acceptance.report_form is not None
        plans = plan_volumes(records, roster, run.kinds, report)
        year = decision_year(connection, run.batch)
        last = last_given(connection, run.settings.unit.fonds, year)
    refuse_left_out(plans, records)
    orders = list(_numbered(run.settings.unit.fonds, plans, year, last))
    numbers = [order.number for order in orders]
    refuse_unreadable(run.settings, numbers)
    refuse_on_shelf(run.settings, numbers)
    return orders


def _numbered(fonds: str, plans: Sequence[VolumePlan], year: int, last: dict[str, int]) -> Iterator[VolumeOrder]:
    taken = dict(last)
    for plan in plans:
        kind = plan.kind
        taken[kind.code] = taken.get(kind.code, 0) + 1
        yield VolumeOrder(plan, ArchiveNumber(fonds, kind.class_code, year, kind.retention, taken[kind.code]))


@contextmanager
def _passing() -> Iterator[None]:
    """Tell obstacles that may pass, such as a full disk, from our bugs."""
    try:
        yield
    except JishiError:
        raise
    except OSError as error:
        raise passing_or_same(error) from error


@contextmanager
def _staging(run: FilingRun) -> Iterator[Path]:
    """Hold a folder for what is being built; nothing of it stays behind unless it was numbered."""
    staging = run.settings.staging / f"filing-{uuid.uuid4().hex[:12]}"
    staging.mkdir(parents=True)
    (staging / STAGING_LOCK).touch()
    try:
        yield staging
    finally:
        # Where that cannot be told now, recovery finds the folder and can.
        with suppress(JishiError, SQLAlchemyError):
            if not _awaited(run.register, staging.name):
                with builders_gone(staging):
                    shutil.rmtree(staging, ignore_errors=True)


def _awaited(register: Register, staging: str) -> bool:
    """Tell whether numbered volumes still wait in a folder to be put on the shelf."""
    waits = volume.c.staged.startswith(f"{staging}/"), volume.c.state == "numbered"
    with register.reading() as connection:
        return connection.scalar(select(volume.c.seq).where(*waits).limit(1)) is not None


def _build(run: FilingRun, orders: Sequence[VolumeOrder], staging: Path) -> list[VolumeFacts]:
    if not orders:
        raise NotFound(f"批次 {run.batch} 没有可立卷的材料")
    with run.register.reading() as connection:
        records = case_records(connection, run.settings, run.batch)
        end = ledger.end_of(connection)
    built: dict[ArchiveNumber, VolumeFacts] = {}
    acceptance = replace(run.acceptance, ledger=f"{end.seq} {end.digest}")
    opening = Opening(run.settings, run.batch, records, acceptance)
    try:
        with closing(built_volumes(opening, orders, staging, run.workers)) as volumes:
            for facts in volumes:
                built[facts.number] = facts
                # Flushed while others are built, so that little is left to flush when the numbers are taken.
                sync_file_system(staging)
                run.progress(facts)
    except WorkerLost as error:
        # The PDF library ends its process where it cannot write, without saying why.
        if (free := shutil.disk_usage(staging).free >> 20) < run.settings.intake.free_mb:
            raise TryLater(f"立卷进程中止，磁盘只剩{free} MiB；没有编出任何号，请腾出空间后再试") from error
        raise
    return [built[order.number] for order in orders]


def _number(run: FilingRun, built: Sequence[VolumeFacts], staging: str) -> bool:
    """Take the numbers of all volumes in one transaction; False when a counter has moved since they were foreseen."""
    place = run.settings.staging / staging
    sync_tree(place)
    seals = [inventory_digest(place / facts.staged) for facts in built]
    with run.register.writing() as connection:
        refuse_changed(connection, run.batch, run.acceptance)
        if not _still_free(connection, run, built):
            return False
        refuse_on_shelf(run.settings, (facts.number for facts in built))
        at = now()
        filed = connection.execute(insert(filing).values(**_filing_row(run)).returning(filing.c.seq)).scalar_one()
        for facts, seal in zip(built, seals, strict=True):
            row = _volume_row(facts, filed, staging)
            key = connection.execute(insert(volume).values(**row).returning(volume.c.seq)).scalar_one()
            connection.execute(insert(volume_version).values(**_version_row(key, row, seal, at)))
        _write_items(connection, built)
        move_counters(connection, (facts.number for facts in built))
        ledger.append(
            connection,
            [(at, run.acceptance.acceptor, "accepted", run.batch, _accepted_detail(run))]
            + [(at, run.acceptance.filer, "numbered", str(facts.number),
                {"sha256": facts.sha256, "pages": facts.pages, "inventory": seal,
                 "staged": f"{staging}/{facts.staged}"})
               for facts, seal in zip(built, seals, strict=True)],
        )  # fmt: skip
        run.on_step("numbering")
    run.on_step("numbered")
    return True


def _still_free(connection: Connection, run: FilingRun, built: Sequence[VolumeFacts]) -> bool:
    number = built[0].number
    last = last_given(connection, number.fonds, number.year, hold=True)
    first: dict[str, int] = {}
    for facts in built:
        first.setdefault(facts.kind, facts.number.ordinal)
    return all(last.get(kind, 0) + 1 == ordinal for kind, ordinal in first.items())


def _filing_row(run: FilingRun) -> dict[str, object]:
    acceptance = run.acceptance
    return {
        "batch": run.batch,
        "filer": acceptance.filer,
        "acceptor": acceptance.acceptor,
        "accepted_at": acceptance.accepted_at,
        "content_digest": acceptance.content_digest,
        "profile": acceptance.profile,
        "rules": acceptance.rules,
        "report": acceptance.report,
    }


def _accepted_detail(run: FilingRun) -> dict[str, object]:
    """Return what the ledger seals of an acceptance, the long report by its digest, and whose archive it was then."""
    row = _filing_row(run)
    told = {key: row[key] for key in ("filer", "accepted_at", "content_digest", "profile", "rules")}
    report = digest_of_text(run.acceptance.report)
    return {"blocking": 0, **told, "report": report, "unit": asdict(run.settings.unit)}


def _volume_row(facts: VolumeFacts, filed: int, staging: str) -> dict[str, object]:
    number = facts.number
    return {
        "number": str(number), "fonds": number.fonds, "kind": number.kind, "year": number.year,
        "retention": number.retention, "ordinal": number.ordinal, "batch": facts.batch,
        "person_no": facts.person_no or None, "title": facts.title, "secrecy": facts.secrecy,
        "version": facts.version, "items": len(facts.items), "pages": facts.pages, "bytes": facts.bytes,
        "sha256": facts.sha256, "object_id": number.file_name, "staged": f"{staging}/{facts.staged}",
        "filing": filed, "state": "numbered",
    }  # fmt: skip


def _version_row(key: int, row: Mapping[str, object], seal: str, at: str) -> dict[str, object]:
    told = {name: row[name] for name in ("version", "filing", "sha256", "bytes", "pages", "items")}
    return told | {"volume": key, "inventory": seal, "filed_at": at}


def _write_items(connection: Connection, built: Sequence[VolumeFacts]) -> None:
    keys = {row.number: row.seq for row in connection.execute(select(volume.c.number, volume.c.seq))}
    rows = [
        {
            "volume": keys[str(facts.number)], "number": one.number, "record": one.record, "manner": one.manner,
            "title": one.title, "responsible": one.responsible, "doc_no": one.doc_no, "date": one.date,
            "secrecy": one.secrecy, "retention": one.retention, "first_page": one.first_page, "pages": one.pages,
            "folder": one.folder, "version": facts.version,
        }
        for facts in built
        for one in facts.items
    ]  # fmt: skip
    insert_rows(connection, item, rows)


def _shelve(run: FilingRun, built: list[VolumeFacts], staging: Path) -> list[VolumeFacts]:
    for facts in built:
        place_volume(run.settings, f"{staging.name}/{facts.staged}", facts.number.file_name)
        run.on_step("placed")
    sync_folder(run.settings.shelf)
    mark_filed(run.register, [str(facts.number) for facts in built], run.acceptance.filer)
    run.on_step("filed")
    return built
