"""One admitted record of a batch, as filing sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jishi.procedure import every_step


@dataclass(frozen=True, slots=True)
class AdmittedDigests:
    """The SHA-256 digests a record's files were admitted with."""

    record: str
    form: str
    """Of the Word form."""
    papers: Mapping[str, str]
    """File name of an attachment → digest."""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One admitted record of a batch as far as planning needs it."""

    id: str
    step: str
    occurrence: int
    person_no: str
    occurred_on: str
    mentions: frozenset[str]
    """纪实编号 of the candidates in its 所涉人员."""
    attachment_kinds: frozenset[str]
    folder: str
    """Where its files stand, as a path."""
    sealed: AdmittedDigests
    superseded: bool = False
    """Whether another record has taken its place."""

    @property
    def order(self) -> tuple[int, str, int, str]:
        """Its place in the procedure."""
        return every_step()[self.step].order, self.occurred_on, self.occurrence, self.id
