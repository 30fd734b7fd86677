"""Compare everything a home keeps, each with all that tells of it; nothing is changed.

Register, ledger, shelf and case files vouch for one another: the ledger seals what was admitted and numbered, volumes
seal the ledger, records say what their rows ought to say. One module for each source of truth; every finding has a
stable code, all of which stand in the manual.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from archive.numbering import looks_like_number, parse
from archive.register.ledger import LedgerLine, lines_about, lines_of
from archive.register.register import Register
from archive.register.tables import record
from archive.verify.admitted_rows import AdmittedRows
from archive.verify.case_files import case_faults, waiting_faults
from archive.verify.filed_rows import VOIDED, filed_faults, volume_row_faults
from archive.verify.ledger_chain import chain_faults, sealed_faults, unnumbered_faults, unsealed
from archive.verify.noted_rows import noted_faults
from archive.verify.put_away import put_away_faults
from archive.verify.rows import rows_of
from archive.verify.schema import schema_faults
from archive.verify.sealed_volume import SealedVolume
from archive.verify.series import series_faults
from archive.verify.shelf_files import (
    Registered,
    item_faults,
    read_volumes,
    shelf_faults,
    unread_volume,
    volume_faults,
)
from archive.verify.unit import unit_faults
from jishi.findings import Finding
from jishi.settings import Settings

__all__ = ["Verification", "faults_of", "row_faults_of", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what differs."""

    volumes: int
    records: int
    findings: tuple[Finding, ...]
    unsealed: tuple[str, ...] = ()
    """Volumes filed before the digest of the inventory was registered; of their other files the shelf alone tells."""
    unsealed_lines: Mapping[str, int] = field(default_factory=dict)
    """Event → lines of an earlier program, which seal less of what they tell of."""


def verify(settings: Settings, register: Register) -> Verification:
    """Read everything again and return every difference; nothing is changed."""
    with register.reading() as connection:
        lines = lines_of(connection)
        admitted = [line for line in lines if line.event == "admitted"]
        registered = _registered(lines)
        volumes = read_volumes(settings, registered)
        findings = [
            *chain_faults(connection, register.head, lines),
            *sealed_faults(lines, volumes.values()),
            *schema_faults(connection),
            *AdmittedRows(settings, connection).faults(admitted),
            *filed_faults(connection, lines, volumes),
            *noted_faults(connection, lines),
            *series_faults(connection),
        ]
        waiting = rows_of(connection, "waiting")
        coming = frozenset(connection.scalars(select(record.c.id).where(record.c.state == "admitting")))
    findings += _volume_faults(settings, registered, volumes, lines)
    findings += shelf_faults(settings, {one.object_id for one in registered.values()})
    findings += [*case_faults(settings, admitted, coming), *waiting_faults(settings, waiting)]
    findings += [*put_away_faults(settings, lines), *unit_faults(settings, lines)]
    bare = tuple(one.number for one in registered.values() if not one.inventory and one.state != "void")
    return Verification(len(registered), len(admitted), tuple(findings), bare, unsealed(lines))


def faults_of(settings: Settings, register: Register, numbers: Collection[str]) -> tuple[Finding, ...]:
    """Read some volumes again and return what differs, in their files or their rows.

    Args:
        settings: where the shelf is.
        register: what was registered.
        numbers: 档号 of volumes.
    """
    with register.reading() as connection:
        lines = lines_about(connection, numbers)
        registered = _registered(lines)
        volumes = read_volumes(settings, registered)
        findings = [*unnumbered_faults(numbers, lines), *volume_row_faults(connection, volumes)]
        lines += lines_about(connection, {record for one in volumes.values() for record in one.files.values()})
    return (*findings, *_volume_faults(settings, registered, volumes, lines))


def row_faults_of(settings: Settings, register: Register, number: str) -> tuple[Finding, ...]:
    """Return how the register tells of one volume and its items otherwise than the volume itself; reads little.

    Args:
        settings: where the shelf is.
        register: what was registered.
        number: 档号 of the volume.
    """
    with register.reading() as connection:
        lines = lines_about(connection, [number])
        volumes = read_volumes(settings, _registered(lines))
        unread = () if number in volumes else (unread_volume(number),)
        return (*unnumbered_faults([number], lines), *unread, *volume_row_faults(connection, volumes))


def _registered(lines: Sequence[LedgerLine]) -> dict[str, Registered]:
    """Return every volume by its 档号, as the ledger tells of it."""
    filed = {line.subject for line in lines if line.event == "filed"}
    void = {line.subject for line in lines if line.event == VOIDED}
    return {
        line.subject: Registered(
            number=line.subject,
            object_id=parse(line.subject).number.file_name,
            sha256=str(line.detail.get("sha256", "")),
            state="void" if line.subject in void else "filed" if line.subject in filed else "numbered",
            staged=str(line.detail.get("staged", "")),
            inventory=str(line.detail.get("inventory", "")),
        )
        for line in lines
        if line.event == "numbered" and looks_like_number(line.subject)
    }


def _volume_faults(
    settings: Settings,
    registered: Mapping[str, Registered],
    volumes: Mapping[str, SealedVolume],
    lines: Sequence[LedgerLine],
) -> Iterator[Finding]:
    admitted = {line.subject: line for line in lines if line.event == "admitted"}
    for number, one in registered.items():
        yield from volume_faults(settings, one)
        if number in volumes:
            yield from item_faults(number, volumes[number], admitted)
