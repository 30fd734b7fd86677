"""People by name: whom a record or workbook means when it says a name instead of a number."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from jishi.names import folded_name
from jishi.records import Person
from pipeline.clerk.written_days import Unclear

_NAMED_TWICE = re.compile(r"(.+?)[(（](.+)[)）]")
"""A name and, in brackets, what tells its bearer from another of that name."""


class KnownPeople:
    """The people somebody may mean, found by 姓名, 姓名（单位）, 姓名（编号） or 人员编号."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Take note of people; of two with one number the first counts."""
        self._by_id: dict[str, Person] = {}
        for person in people:
            self._by_id.setdefault(person.id, person)
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        for person in self._by_id.values():
            self._by_name[folded_name(person.name)].append(person)

    def has(self, text: str) -> bool:
        """Tell whether anybody of a name or number is known."""
        return text in self._by_id or folded_name(text) in self._by_name

    def meant(self, text: str) -> Person:
        """Return the one person meant.

        Raises:
            Unclear: nobody is, or several could be.
        """
        said = text.strip()
        if found := self._numbered(unicodedata.normalize("NFKC", said)):
            return found
        candidates = self._by_name.get(folded_name(said), [])
        if not candidates and (split := _NAMED_TWICE.fullmatch(said)):
            hint = folded_name(split[2])
            candidates = [one for one in self._by_name.get(folded_name(split[1]), []) if hint in _marks(one)]
        if len(candidates) == 1:
            return candidates[0]
        if not candidates:
            raise Unclear(f"“{said}”不在人员之中", "请核对姓名；确有其人的，先在人员中补上")
        several = "、".join(f"{one.name}（{one.id}，{one.org or '单位未填'}）" for one in candidates)
        raise Unclear(f"“{said}”有{len(candidates)}人：{several}", f"写成{said}（单位）或{said}（人员编号）")

    def _numbered(self, text: str) -> Person | None:
        """Return whose number this is, capitals making no difference where only one person can be meant."""
        if found := self._by_id.get(text):
            return found
        alike = [one for number, one in self._by_id.items() if number.casefold() == text.casefold()]
        return alike[0] if len(alike) == 1 else None


def _marks(person: Person) -> set[str]:
    return {folded_name(mark) for mark in (person.id, person.no, person.org, person.post) if mark}
