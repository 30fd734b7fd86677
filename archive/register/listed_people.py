"""People as admitted records list them, for records that say a name and no number."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice

from sqlalchemy import func, or_, select

from archive.register.case_folders import folder_of, read_root
from archive.register.name_queries import named
from archive.register.opening import open_register
from archive.register.tables import mention, record
from jishi.errors import JishiError
from jishi.records import Person, R
from jishi.settings import Settings

_MOST = 100
"""So many names of one record are looked for; a stranger may write any number."""


def listed_people(settings: Settings, names: Collection[str]) -> list[Person]:
    """Return everybody who bears one of some names or numbers, each as the last record that lists him has him.

    Args:
        settings: the home's settings.
        names: however spaced or dotted.

    Raises:
        JishiError: the register cannot be asked.
    """
    register = open_register(settings)
    with register.reading() as connection:
        wanted = {one for name in islice(sorted(names), _MOST) for one in named(connection, name)}
        bears = or_(mention.c.name.in_(wanted), mention.c.key.in_(wanted))
        latest = func.max(mention.c.record).label("record")
        last = select(mention.c.key, latest).where(bears).group_by(mention.c.key).subquery()
        of = select(last.c.key, record.c.id).join(record, record.c.seq == last.c.record)
        rows = connection.execute(of.order_by(last.c.key)).all()
    return [one for row in rows for one in _as_listed(settings, row.id, row.key)]


def _as_listed(settings: Settings, number: str, key: str) -> Iterator[Person]:
    """Yield somebody as a record lists him; nobody where it cannot be read now."""
    with suppress(JishiError):
        for node in read_root(folder_of(settings, number)).iterfind(f"{R}people/{R}person"):
            if node.get("id") == key:
                yield Person(key, *(node.get(part, "") for part in ("no", "name", "org", "post")))
