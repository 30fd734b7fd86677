"""Rows that follow the ledger alone: verdicts, what waits, alerts and how far they are worked out, the version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from archive.register.ledger import LedgerLine
from archive.register.ledger_head import FOUNDED
from archive.register.migrations import MIGRATED, VERSION
from archive.register.tables import verdict
from archive.verify.rows import CODE, DigestOnly, DueRows, faults, rows_of
from jishi.case.ids import RecordId
from jishi.findings import Finding

_LEDGER = "台账"
_OUTCOMES = ("admitted", "duplicate", "rejected", "waiting")
_ALERT = ("id", "level", "rule", "batch", "record", "person", "owner", "message", "source", "raised_on", "due_on",
          "closed_on", "evidence", "closed_by")  # fmt: skip
"""Columns of an alert that are told as they stand, empty ones left out."""
_ALERT_UNSAID = ("cause", "settled_by", "binding", "mark", "stands")
_ROUND = ("day", "records", "verdicts", "filings", "rules", "idle")


def noted_faults(connection: Connection, lines: Sequence[LedgerLine]) -> Iterator[Finding]:
    """Yield how rows differ from what the ledger noted when they were written.

    Args:
        connection: an open transaction on the register.
        lines: the whole ledger.
    """
    founded = bool(lines) and lines[0].event == FOUNDED
    yield from faults(connection, _migration(lines))
    yield from _verdict_faults(connection, lines)
    for due in (_waiting(lines), _rounds(lines)):
        due.whole = founded
        yield from faults(connection, due)
    yield from faults(connection, _alerts(lines))


def _migration(lines: Sequence[LedgerLine]) -> DueRows:
    """Return every version the register has had: with its first line, or before there were such, and by each step."""
    due = DueRows("migration", ("version",), _LEDGER)
    steps = [line for line in lines if line.event == MIGRATED]
    due.rows = {(line.detail.get("version"),): {"applied_at": line.at} for line in steps}
    if lines and lines[0].event == FOUNDED:
        due.rows[lines[0].detail.get("version"),] = {"applied_at": lines[0].at}
    else:
        due.rows[steps[0].detail.get("before") if steps else VERSION,] = {}
    return due


def _verdict_faults(connection: Connection, lines: Sequence[LedgerLine]) -> Iterator[Finding]:
    told = [line for line in lines if line.event in _OUTCOMES]
    due = DueRows("verdict", ("seq",), _LEDGER)
    due.rows = {(line.detail["verdict"],): _verdict(line) for line in told if "verdict" in line.detail}
    # Verdicts of an earlier program stand before all others; they are compared by the little their lines say.
    first = min((key[0] for key in due.rows), default=None)
    earlier = []
    if first is not None:
        due.where, earlier = verdict.c.seq >= first, [verdict.c.seq < first]
        yield from faults(connection, due)
    rows = [row for row in rows_of(connection, "verdict", *earlier) if row["outcome"] != "waiting"]
    found = Counter((row["outcome"], row["record"] or row["submission"], row["at"], row["place"]) for row in rows)
    noted = Counter(
        (line.event, line.subject, line.at, line.detail.get("place", ""))
        for line in told
        if "verdict" not in line.detail
    )
    for words, more in (("没有来历", found - noted), ("不在或被改动", noted - found)):
        for outcome, subject, *_ in more:
            yield Finding(CODE, f"目录库的收件结果（verdict）与台账不符：{outcome} {subject} {words}", place="verdict",
                          remedy="停止使用，查明是谁改动的，从备份恢复目录库")  # fmt: skip


def _verdict(line: LedgerLine) -> dict[str, Any]:
    record = line.detail.get("record", line.subject)
    due: dict[str, Any] = {
        "at": line.at, "outcome": line.event, "record": record, "batch": RecordId.of(record).batch,
        "submission": line.detail.get("submission"), "place": "", "sha256": "", "findings": "[]",
    }  # fmt: skip
    if line.event in ("duplicate", "rejected"):
        due |= {"place": line.detail.get("place"), "sha256": line.detail.get("sha256"),
                "findings": DigestOnly(str(line.detail.get("findings")))}  # fmt: skip
    elif "findings" in line.detail:  # what was completed in a record, how its signatures were proved
        due["findings"] = DigestOnly(str(line.detail["findings"]))
    return due


def _waiting(lines: Sequence[LedgerLine]) -> DueRows:
    due = DueRows("waiting", ("token",), _LEDGER)
    for line in lines:
        if line.event == "waiting":
            due.rows[line.detail.get("token"),] = {
                "record": line.subject, "batch": RecordId.of(line.subject).batch, "since": line.at,
                "needs": line.detail.get("needs"), "message": line.detail.get("message"),
                "submission": line.detail.get("submission"), "facts": DigestOnly(str(line.detail.get("facts"))),
            }  # fmt: skip
        elif line.event == "released":
            due.rows.pop((line.subject,), None)
        elif line.event == "admitted":
            due.rows.pop((line.detail.get("token"),), None)
    return due


def _alerts(lines: Sequence[LedgerLine]) -> DueRows:
    """Return every alert as its last line tells it; the nth that was raised has the number n."""
    due = DueRows("alert", ("seq",), _LEDGER)
    seqs: dict[str, int] = {}
    for line in lines:
        if not line.event.startswith("alert-") or line.event == "alert-round":
            continue
        seq = seqs.setdefault(line.subject, len(seqs) + 1)
        told = {name: line.detail.get(name, "") for name in _ALERT} | {"verified": line.detail.get("verified")}
        due.rows[seq,] = told | {name: line.detail[name] for name in _ALERT_UNSAID if name in line.detail}
    return due


def _rounds(lines: Sequence[LedgerLine]) -> DueRows:
    due = DueRows("alert_round", ("batch",), _LEDGER)
    for line in lines:
        if line.event == "alert-round":
            row = due.rows.setdefault((line.subject,), {})
            row |= {name: line.detail[name] for name in (*_ROUND, "opening_rules") if name in line.detail}
    return due
