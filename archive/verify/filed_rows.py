"""Rows that filing wrote, against the volumes themselves and the ledger's lines of acceptance and numbering."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from archive.numbering import looks_like_number, parse
from archive.register.ledger import LedgerLine
from archive.register.series import STARTED
from archive.register.tables import filing as filing_table
from archive.register.tables import item
from archive.verify.rows import DigestOnly, DueRows, faults, rows_of
from archive.verify.sealed_volume import SealedVolume
from jishi.case.ids import RecordId
from jishi.findings import Finding

_LEDGER = "台账"
_SHELF = "架上 metadata.xml"
_VERSION_KEY = ("volume", "version")
_OF_VERSION = ("sha256", "bytes", "pages", "items")
"""What a volume's metadata tells of the version it was made for."""
_OF_START = ("fonds", "kind", "year", "start", "reason", "approved_by")
VOIDED = "voided"
"""The event that takes a number out of use."""


def filed_faults(
    connection: Connection, lines: Sequence[LedgerLine], volumes: Mapping[str, SealedVolume]
) -> Iterator[Finding]:
    """Yield how the rows of filings, volumes, items and counters differ from ledger and shelf.

    Args:
        connection: an open transaction on the register.
        lines: the whole ledger.
        volumes: 档号 → metadata of every volume that can be read.
    """
    filings, by_ledger, versions = _noted_rows(lines)
    for due in (filings, by_ledger, versions, _series(lines), _starts(lines)):
        yield from faults(connection, due)
    seqs = {due["number"]: key[0] for key, due in by_ledger.rows.items()}
    yield from _shelved_faults(connection, volumes, seqs, whole=len(volumes) == len(seqs))


def volume_row_faults(connection: Connection, volumes: Mapping[str, SealedVolume]) -> Iterator[Finding]:
    """Yield how the rows of some volumes and of their items differ from what is sealed in them."""
    seqs = {row["number"]: row["seq"] for row in rows_of(connection, "volume") if row["number"] in volumes}
    yield from _shelved_faults(connection, volumes, seqs, whole=False)


def _noted_rows(lines: Sequence[LedgerLine]) -> tuple[DueRows, DueRows, DueRows]:
    """Return what the ledger tells of filings, volumes and versions: the nth line of its kind has the number n."""
    filings, volumes = DueRows("filing", ("seq",), _LEDGER), DueRows("volume", ("seq",), _LEDGER)
    versions = DueRows("volume_version", _VERSION_KEY, _LEDGER)
    digests: dict[str, dict[str, str]] = defaultdict(dict)
    filed = {line.subject for line in lines if line.event == "filed"}
    voided = {line.subject: str(line.detail.get("reason", "")) for line in lines if line.event == VOIDED}
    for line in lines:
        if line.event == "admitted":
            digests[RecordId.of(line.subject).batch][line.subject] = str(line.detail.get("digest", ""))
        elif line.event == "accepted":
            filings.rows[len(filings.rows) + 1,] = _filing(line, digests[line.subject])
        elif line.event == "numbered" and looks_like_number(line.subject):
            due = _volume(line) | {"filing": len(filings.rows), "void_reason": voided.get(line.subject, "")}
            due["state"] = "void" if line.subject in voided else "filed" if line.subject in filed else "numbered"
            volumes.rows[len(volumes.rows) + 1,] = due
            versions.rows[len(volumes.rows), 1] = _version(line) | {"filing": len(filings.rows)}
    return filings, volumes, versions


def _filing(line: LedgerLine, digests: Mapping[str, str]) -> dict[str, Any]:
    judged = "\n".join(f"{record} {digest}" for record, digest in sorted(digests.items()))
    due: dict[str, Any] = {
        "batch": line.subject, "acceptor": line.actor, "rules": line.detail.get("rules"),
        "content_digest": hashlib.sha256(judged.encode()).hexdigest(),
    }  # fmt: skip
    due |= {key: line.detail[key] for key in ("filer", "accepted_at", "profile") if key in line.detail}
    return due | ({"report": DigestOnly(line.detail["report"])} if "report" in line.detail else {})


def _volume(line: LedgerLine) -> dict[str, Any]:
    number = parse(line.subject).number
    due = {"number": line.subject, "fonds": number.fonds, "kind": number.kind, "year": number.year,
           "retention": number.retention, "ordinal": number.ordinal, "object_id": number.file_name}  # fmt: skip
    return due | {key: line.detail[key] for key in ("sha256", "pages", "staged") if key in line.detail}


def _version(line: LedgerLine) -> dict[str, Any]:
    """Return what the line of numbering tells of a volume's first version; older ones told no inventory."""
    due = {"filed_at": line.at, "inventory": line.detail.get("inventory", "")}
    return due | {key: line.detail[key] for key in ("sha256", "pages") if key in line.detail}


def _starts(lines: Sequence[LedgerLine]) -> DueRows:
    due = DueRows("series_start", ("seq",), _LEDGER)
    for seq, line in enumerate((line for line in lines if line.event == STARTED), 1):
        due.rows[seq,] = {name: line.detail.get(name) for name in _OF_START} | {"by": line.actor, "at": line.at}
    return due


def _series(lines: Sequence[LedgerLine]) -> DueRows:
    due = DueRows("series", ("fonds", "kind", "year"), _LEDGER)
    for line in lines:
        if line.event == "numbered" and looks_like_number(line.subject):
            number = parse(line.subject).number
            row = due.rows.setdefault((number.fonds, number.kind, number.year), {"last": 0})
            row["last"] = max(row["last"], number.ordinal)
    return due


def _shelved_faults(
    connection: Connection, volumes: Mapping[str, SealedVolume], seqs: Mapping[str, int], *, whole: bool
) -> Iterator[Finding]:
    filing_of = {row["seq"]: row["filing"] for row in rows_of(connection, "volume")}
    versions = DueRows("volume_version", _VERSION_KEY, _SHELF, whole=False)
    filings = DueRows("filing", ("seq",), _SHELF, whole=False)
    shelved = DueRows("volume", ("seq",), _SHELF, whole=False)
    items = DueRows("item", ("volume", "number"), _SHELF)
    if not whole:
        items.where = item.c.volume.in_(seqs.values())
    for number, sealed in volumes.items():
        if (seq := seqs.get(number)) is None:
            continue
        shelved.rows[seq,] = sealed.row
        versions.rows[seq, sealed.row["version"]] = {name: sealed.row[name] for name in _OF_VERSION}
        filings.rows[filing_of.get(seq),] = sealed.filing | _judged(connection, filing_of.get(seq), sealed)
        items.rows |= {(seq, one["number"]): one for one in sealed.items}
    for due in (shelved, versions, items, filings):
        yield from faults(connection, due)


def _judged(connection: Connection, filing: Any, sealed: SealedVolume) -> dict[str, Any]:
    """Return what a filing was judged by where its row does not word it as the volume does."""
    rows = rows_of(connection, "filing", filing_table.c.seq == filing)
    told = rows[0] if rows else {"profile": "", "rules": ""}
    return {} if f"规则 {told['profile']} {str(told['rules'])[:16]}" == sealed.basis else {"profile": sealed.basis}
