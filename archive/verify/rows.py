"""Rows of the register beside what they ought to be: one way to compare for every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from archive.register.admission import digest_of_text
from archive.register.tables import metadata
from jishi.findings import Finding

CODE = "A-REGISTER"
_REMEDY = "停止使用，查明是谁改动的，从备份恢复目录库"
_LABELS = {
    "migration": "版本", "batch": "批次", "person": "名册", "record": "记录", "mention": "所涉人员和签名",
    "attachment": "附件", "waiting": "等待", "verdict": "收件结果", "series": "档号计数",
    "series_start": "起始号", "filing": "立卷", "volume": "案卷", "volume_version": "案卷的版", "item": "件",
    "alert": "预警", "alert_round": "预警核算",
}  # fmt: skip
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class DigestOnly:
    """A long text known by its digest alone."""

    sha256: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and digest_of_text(other) == self.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


@dataclass(slots=True)
class DueRows:
    """What the rows of one table ought to say."""

    table: str
    key: tuple[str, ...]
    source: str
    """Where that is known from, in Chinese."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    """Key → column → value; a column nobody else holds is left out."""
    whole: bool = True
    """Whether these are all the rows there may be."""
    where: ColumnElement[bool] | None = None
    """Which rows are looked at; all where None."""

    def columns_untold(self, columns: Iterable[str]) -> Counter[str]:
        """Count per column how many rows nothing tells of it."""
        return Counter(column for due in self.rows.values() for column in columns if column not in due)


def faults(connection: Connection, due: DueRows) -> Iterator[Finding]:
    """Yield how the rows of a table differ from what they ought to be: altered, missing, added."""
    looked_at = () if due.where is None else (due.where,)
    found = {tuple(row[name] for name in due.key): row for row in rows_of(connection, due.table, *looked_at)}
    for key, wanted in due.rows.items():
        if (row := found.get(key)) is None:
            yield _finding(due, key, "不在")
        elif told := "；".join(_differences(row, wanted)):
            yield _finding(due, key, told)
    for key in found.keys() - due.rows.keys() if due.whole else ():
        yield _finding(due, key, "没有来历")


def bag_faults(table: str, whose: str, found: Iterable[Mapping[str, Any]], due: Iterable[Mapping[str, Any]]) -> \
        Iterator[Finding]:  # fmt: skip
    """Yield how rows without a key of their own differ from what they ought to be.

    Args:
        table: theirs.
        whose: the 记录编号 they belong to.
        found: as they stand.
        due: as they ought to be, with the same columns.
    """
    names: list[str] = []
    counted: list[Counter[tuple[Any, ...]]] = []
    for rows in (found, due):
        listed = list(rows)
        names = names or (list(listed[0]) if listed else [])
        counted.append(Counter(tuple(row[name] for name in names) for row in listed))
    for words, more in (("多出或被改动", counted[0] - counted[1]), ("缺少或被改动", counted[1] - counted[0])):
        for values in more:
            told = "、".join(_told(value) for value in values if value not in ("", None))
            yield Finding(CODE, f"目录库的{_LABELS[table]}（{table}）与记录不符：{words} {told}", record=whose,
                          remedy=_REMEDY)  # fmt: skip


def rows_of(connection: Connection, table: str, *where: ColumnElement[bool]) -> list[Mapping[str, Any]]:
    """Return rows as they stand, whatever their values are."""
    query = select(metadata.tables[table]).where(*where)
    return [dict(row._mapping) for row in connection.execute(query)]


def _differences(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for name, value in wanted.items():
        # 1 and True are equal, 1 and "1" are not: a column altered in kind is altered.
        if value != row[name]:
            known = "（封存的校验码）" if isinstance(value, DigestOnly) else _told(value)
            yield f"{name} 登记为{_told(row[name])}，应为{known}"


def _finding(due: DueRows, key: tuple[Any, ...], told: str) -> Finding:
    which = "、".join(_told(part) for part in key)
    words = f"目录库的{_LABELS[due.table]}（{due.table}）{which} 与{due.source}不符：{told}"
    return Finding(CODE, words, place=due.table, remedy=_REMEDY)


def _told(value: Any) -> str:
    text = "空" if value is None else f"“{value}”"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
