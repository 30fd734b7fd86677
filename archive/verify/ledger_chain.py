"""The ledger in itself and beside everything it tells of: chain, order, ends, and one line for every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, func, select

from archive.register.ledger import LedgerLine, lines_of
from archive.register.ledger_head import FOUNDED, RENEWED, head_fault
from archive.register.migrations import MIGRATED
from archive.register.series import STARTED
from archive.register.tables import metadata
from archive.verify.filed_rows import VOIDED
from archive.verify.sealed_volume import SealedVolume
from jishi.errors import ArchiveDamaged
from jishi.findings import Finding

_REMEDY = "停止收件和立卷，查明是谁改动的，从备份恢复目录库"
_ROWS = {"record": "admitted", "filing": "accepted", "volume": "numbered", "alert": "alert-raised",
         "series_start": STARTED}  # fmt: skip
"""Tables each of whose rows has one line."""
_ONCE = ("admitted", "numbered", "filed", "alert-raised", VOIDED)
"""Events of which a subject has one."""
_PUT_AWAY = frozenset({"place", "sha256", "submission", "record", "findings", "verdict", "files"})
_ALERT = frozenset({"cause", "settled_by", "binding", "mark", "stands"})
_SEALS = {
    "admitted": frozenset({"digest", "sha256", "form", "attachments", "claim", "words", "token", "submission",
                           "verdict"}),
    "waiting": frozenset({"token", "needs", "message", "submission", "facts", "verdict"}),
    "duplicate": _PUT_AWAY, "rejected": _PUT_AWAY, "received": frozenset({"place", "files"}),
    "accepted": frozenset({"rules", "filer", "accepted_at", "content_digest", "profile", "report", "unit"}),
    "numbered": frozenset({"sha256", "pages", "inventory", "staged"}),
    STARTED: frozenset({"fonds", "kind", "year", "start", "reason", "approved_by"}),
    MIGRATED: frozenset({"before", "version"}),
    "alert-raised": _ALERT, "alert-changed": _ALERT, "alert-closed": _ALERT, "alert-released": _ALERT,
}  # fmt: skip
"""What a line holds since rows are sealed in it."""
_OTHERS = (FOUNDED, "filed", "released", "alert-round", RENEWED, VOIDED)


def chain_faults(connection: Connection, head: Path, lines: Sequence[LedgerLine]) -> Iterator[Finding]:
    """Yield what is wrong with the ledger: cut, broken, written anew, or at odds with the rows it tells of.

    Args:
        connection: an open transaction on the register.
        head: where the ledger's end is noted a second time.
        lines: the whole ledger.
    """
    try:
        fault = head_fault(head, connection)
        fault = fault or ("台账末行的记号是一个链接，不是文件；请查明来历，从备份恢复" if head.is_symlink() else "")
    except ArchiveDamaged as error:
        fault = error.message
    if fault:
        yield Finding("A-HEAD", fault, place=str(head))
    for line in lines:
        if not line.sound:
            words = f"台账第{line.seq}行与前后不衔接，可能被改动"
            yield Finding("A-LEDGER", words, place=str(line.seq), remedy=_REMEDY)
    yield from map(_odd, _odd_lines(lines))
    counts = Counter(line.event for line in lines)
    for table, event in _ROWS.items():
        rows = connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0
        if rows != counts[event]:
            yield _odd(f"目录库 {table} 有{rows}行，台账有{counts[event]}行 {event}")


def sealed_faults(lines: Sequence[LedgerLine], volumes: Iterable[SealedVolume]) -> Iterator[Finding]:
    """Yield the volumes in whose metadata another ledger is sealed: then the ledger was written anew since."""
    digests = {line.seq: line for line in lines}
    for volume in volumes:
        if (point := volume.ledger) is None:
            continue
        line = digests.get(point[0])
        if line is None or line.digest != point[1]:
            words = f"台账第{point[0]}行与架上 {volume.folder.name} 封存的记号不符，台账可能被重写"
            yield Finding("A-LEDGER", words, place=str(point[0]), remedy=_REMEDY)


def unnumbered_faults(numbers: Iterable[str], lines: Sequence[LedgerLine]) -> Iterator[Finding]:
    """Yield the volumes that no line of the ledger numbered."""
    given = {line.subject for line in lines if line.event == "numbered"}
    yield from (_odd(f"{number} 没有编号的行") for number in numbers if number not in given)


def refuse_broken_ledger(connection: Connection, head: Path) -> None:
    """Refuse to number or finish anything on a ledger that cannot be relied on.

    Raises:
        ArchiveDamaged: it is cut, broken, written anew or at odds with the register.
    """
    if found := list(chain_faults(connection, head, lines_of(connection))):
        raise ArchiveDamaged(f"台账有{len(found)}处不符，没有编号也没有改动；请运行 jishi verify 查看", found[:20])


def unsealed(lines: Sequence[LedgerLine]) -> Counter[str]:
    """Count per event the lines of an earlier program, which seal less of their rows."""
    return Counter(line.event for line in lines if _SEALS.get(line.event, frozenset()) - line.detail.keys())


def _odd_lines(lines: Sequence[LedgerLine]) -> Iterator[str]:
    seen: Counter[tuple[str, str]] = Counter()
    sealing = {FOUNDED} if lines and lines[0].event == FOUNDED else set()
    for line in lines:
        seen[line.event, line.subject] += 1
        if line.event in _ONCE and seen[line.event, line.subject] > 1:
            yield f"第{line.seq}行：{line.subject} 的 {line.event} 记了不止一次"
        if line.event == "filed" and not seen["numbered", line.subject]:
            yield f"第{line.seq}行：{line.subject} 没有编号而记为上架"
        if line.event not in _SEALS and line.event not in _OTHERS:
            yield f"第{line.seq}行：没有“{line.event}”这种事"
        if line.event == FOUNDED and line.seq != 1:
            yield f"第{line.seq}行：建库只能是第一行"
        if not _SEALS.get(line.event, frozenset()) - line.detail.keys():
            sealing.add(line.event)
        elif sealing & {FOUNDED, line.event}:
            yield f"第{line.seq}行：{line.subject} 的 {line.event} 缺少应有的校验码"


def _odd(words: str) -> Finding:
    return Finding("A-LINE", f"台账与登记不符：{words}", remedy=_REMEDY)
