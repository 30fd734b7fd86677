"""Names in the register: found however they are spaced or dotted, the register's own spelling untouched."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from sqlalchemy import ColumnElement, Connection, func, or_, select

from archive.register.tables import mention
from jishi.names import DOTS, folded_name, same_name

_GAPS = f" \u3000\u00a0{DOTS}"
"""What stands inside names as they are written; the folding itself is folded_name, this only narrows what is folded."""
_LAST = "\U0010ffff"
_FEW = 5


def named(connection: Connection, asked: str) -> tuple[str, ...]:
    """Return every spelling in the register of one name, and what was asked itself, which may be a number or key.

    Args:
        connection: to the register.
        asked: a name however spaced or dotted, a 纪实编号 or a person's key.
    """
    begins = {asked.strip()[:1], *_GAPS[:3]} - {""}
    # Ranges, unlike LIKE, are answered from the index of names.
    alike = or_(*(mention.c.name.between(begin, begin + _LAST) for begin in begins))
    found = connection.scalars(select(mention.c.name).where(alike).distinct())
    return tuple(dict.fromkeys([asked, *(name for name in found if same_name(name, asked))]))


def names_like(connection: Connection, asked: str) -> list[str]:
    """Return a few names that hold what was asked, for a reader who typed part of one."""
    part = folded_name(asked)
    if not part:
        return []
    holding = without_gaps(mention.c.name).contains(part, autoescape=True)
    return list(_once(connection.scalars(select(mention.c.name).where(holding).distinct().order_by(mention.c.name))))


def without_gaps(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return a column as SQL folds it: without blanks and dots, in small letters."""
    return func.lower(reduce(lambda folded, gap: func.replace(folded, gap, ""), _GAPS, column), type_=column.type)


def _once(names: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if folded_name(name) not in seen and len(seen) < _FEW:
            seen.add(folded_name(name))
            yield name
