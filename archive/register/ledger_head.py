"""Where the ledger ends, noted a second time beside the case files, so that a register cut short or set back is seen.

The note is written inside the write transaction, before it is committed, and names the end before and after it:
whichever of the two a crash leaves in the register, the note fits. A register whose ledger does not pass through the
end before is another one than the one that admitted these papers, or an older state of it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, or_, select

from archive.register.ledger import Point, end_of, holds
from archive.register.tables import ledger
from jishi.durable import write_durably
from jishi.errors import ArchiveDamaged
from jishi.settings import Settings

HEAD_FILE = "ledger.head"
FOUNDED = "founded"
"""The event of a register's first line; a register that begins with it has had a head since."""
RENEWED = "head-renewed"
"""The event that notes that a head was gone and was written anew."""
_SINCE_HEADS = select(ledger.c.seq).where(
    or_(ledger.c.event == FOUNDED, ledger.c.detail.contains('"verdict":'), ledger.c.detail.contains('"staged":'))
)
"""Finds a line that was written since heads are."""
_WAY_OUT = "请停止收件和立卷，把同一时刻备份的 catalogue.sqlite 连同 -wal 文件一并恢复；材料都在原处，没有改动"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the ledger before and after the last write."""

    before: Point
    after: Point

    def fits(self, connection: Connection) -> bool:
        """Tell whether a register's ledger passes through here."""
        return holds(connection, self.before) and (end_of(connection) == self.before or holds(connection, self.after))


def head_file(register: Path) -> Path:
    """Return where the head of a register's ledger is noted: with the papers it admitted, not with itself."""
    return Settings(register.parent).cases / HEAD_FILE


def read_head(path: Path) -> Head | None:
    """Return the head noted, or None where there is none.

    Raises:
        ArchiveDamaged: what stands there is no head.
    """
    try:
        data = path.read_bytes()
        values = json.loads(data)
        head = Head(*(Point(values[end]["seq"], values[end]["digest"]) for end in ("before", "after")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveDamaged(_garbled(path)) from error
    if _written(head) != data:
        raise ArchiveDamaged(_garbled(path))
    return head


def _garbled(path: Path) -> str:
    return f"台账末行的记号 {path} 读不懂，可能被改动；请从备份恢复这个文件，再核对目录库是不是收入这些材料的那一个"


def _written(head: Head) -> bytes:
    return json.dumps(asdict(head)).encode()


def write_head(path: Path, before: Point, after: Point) -> None:
    """Note the end of the ledger; to be called before the transaction that moves it is committed."""
    write_durably(path, _written(Head(before, after)))


def head_fault(path: Path, connection: Connection) -> str:
    """Return in words how the register disagrees with the head noted beside the case files, or "".

    Args:
        path: where the head is noted.
        connection: an open transaction on the register.
    """
    head = read_head(path)
    if head is None:
        return _lost(path, connection)
    if head.fits(connection):
        return ""
    end = end_of(connection)
    if end.seq < head.before.seq or holds(connection, head.before):
        return (
            f"目录库比案卷材料旧：台账只到第{end.seq}行，案卷材料旁记到第{head.after.seq}行；"
            f"多半是拷贝时漏了 catalogue.sqlite-wal，或恢复了较早的备份。{_WAY_OUT}"
        )
    return f"目录库不是收入这些材料的那一个，或台账被改动：第{head.before.seq}行与案卷材料旁的记号不符。{_WAY_OUT}"


def _lost(path: Path, connection: Connection) -> str:
    """Tell where a head must have been; a register older than heads gets one with its next write."""
    if connection.scalar(_SINCE_HEADS.limit(1)) is None:
        return ""
    return (
        f"台账末行的记号 {path} 不在，不能确认目录库就是收入这些材料的那一个；请从备份恢复这个文件，"
        "没有备份的运行 jishi recover，它重新记下并在台账中写明"
    )
