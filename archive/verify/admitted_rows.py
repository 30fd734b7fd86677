"""Rows that admission wrote, against the records themselves and what the ledger noted of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, or_

from archive.register.admission import Admission, admission_of, digest_of_text
from archive.register.admitting import attachment_rows, mention_rows
from archive.register.case_folders import folder_of, read_record
from archive.register.dialect import no_integer
from archive.register.ledger import LedgerLine
from archive.register.tables import APPOINTMENT, attachment, mention
from archive.register.word_index import add_words, index_of_now, word_prints
from archive.verify.rows import DueRows, bag_faults, faults, rows_of
from jishi.errors import JishiError
from jishi.findings import Finding, Severity
from jishi.procedure import does
from jishi.settings import Settings
from jishi.steps import Deed

_SAID = ("batch", "person_no", "step", "occurrence", "title", "occurred_on", "occurred_to", "place", "secrecy",
         "digest", "sha256", "correction_of")  # fmt: skip
"""Columns of a record's row that the record itself says."""
_OPTIONAL = ("person_no", "correction_of")
_REBUILD = "停止使用查找，从备份恢复目录库"


class AdmittedRows:
    """Goes through every admitted record once and gathers what the rows of six tables ought to say."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection
        self.untold = 0
        """Records whose own file could not be asked; why is told with the case files."""
        self._records = DueRows("record", ("seq",), "记录和台账")
        self._batches = DueRows("batch", ("id",), "启动意见")
        self._people = DueRows("person", ("no",), "资格初核记录")
        self._seqs: dict[str, int] = {}
        self._worded_otherwise: set[int] = set()
        self._states = {row["seq"]: row["state"] for row in rows_of(connection, "record")}

    def faults(self, admitted: list[LedgerLine]) -> Iterator[Finding]:
        """Yield every difference.

        Args:
            admitted: the ledger's lines of admission; the record of the nth has the number n.
        """
        with index_of_now() as index:
            for seq, line in enumerate(admitted, 1):
                self._records.rows[seq,] = self._noted(seq, line)
                if (one := self._asked(line)) is None:
                    self.untold += 1
                    continue
                self._learn(seq, one)
                for table, due in ((mention, mention_rows(seq, one)), (attachment, attachment_rows(seq, one))):
                    found = rows_of(self._connection, table.name, table.c.record == seq)
                    yield from bag_faults(table.name, one.id, found, due)
                add_words(index, [(seq, one.words)])
                if line.detail.get("words") != digest_of_text(one.words):
                    self._worded_otherwise.add(seq)
            yield from self._index_faults(index)
        if self.untold:
            self._forget_successors()
        yield from faults(self._connection, self._records)
        if not self.untold:
            yield from faults(self._connection, self._batches)
            yield from faults(self._connection, self._people)
        yield from self._strays(len(admitted))
        if unsettled := list(self._states.values()).count("admitting"):
            yield Finding("A-UNSETTLED", f"{unsettled}件记录已决定收入，还没有标为到位", severity=Severity.WARNING,
                          remedy="正在接收的稍后再核对，否则运行 jishi recover")  # fmt: skip

    def _noted(self, seq: int, line: LedgerLine) -> dict[str, Any]:
        """Return what the ledger holds of a row."""
        due = {"id": line.subject, "admitted_at": line.at, "superseded_by": None, "state": "admitted"}
        if self._states.get(seq) == "admitting":
            due["state"] = "admitting"  # told apart: it may just be on its way
        names = {"digest": "digest", "sha256": "sha256", "form": "docx_sha256", "token": "token",
                 "submission": "submission"}  # fmt: skip
        return due | {names[key]: line.detail[key] for key in names.keys() & line.detail.keys()}

    def _asked(self, line: LedgerLine) -> Admission | None:
        """Return what an untouched record says now as it said it at admission, or None where it cannot be asked."""
        try:
            record = read_record(folder_of(self._settings, line.subject), line.detail["sha256"])
            return admission_of(record, "", "", "")
        except (JishiError, OSError, KeyError, ValueError, IndexError):
            return None

    def _learn(self, seq: int, one: Admission) -> None:
        due = self._records.rows[seq,]
        due |= {name: getattr(one, name) or (None if name in _OPTIONAL else "") for name in _SAID}
        self._seqs[one.id] = seq
        if one.correction_of in self._seqs:
            self._records.rows[self._seqs[one.correction_of],]["superseded_by"] = one.id
        if does(one.step, Deed.OPENS):
            self._batches.rows.setdefault(
                (one.batch,), {"id": one.batch, "title": one.title, "opened_on": one.occurred_on,
                               "procedure": APPOINTMENT}
            )  # fmt: skip
        if does(one.step, Deed.ENROLS):
            subject = next(found for found in one.people if found.no == one.person_no)
            entry = self._people.rows.setdefault((one.person_no,), {"no": one.person_no, "batch": one.batch})
            entry |= {"key": subject.id, "name": subject.name, "change_kind": one.change_kind,
                      "target_post": one.target_post}  # fmt: skip

    def _forget_successors(self) -> None:
        """Leave out who superseded a record where not every record could be asked whom it corrects."""
        for due in self._records.rows.values():
            if due["superseded_by"] is None:
                del due["superseded_by"]

    def _strays(self, count: int) -> Iterator[Finding]:
        """Yield parts of records that there are none of."""
        for table in (mention, attachment):
            nobodys = or_(no_integer(table.c.record), ~table.c.record.between(1, count))
            for row in rows_of(self._connection, table.name, nobodys):
                yield from bag_faults(table.name, "", [row], [])

    def _index_faults(self, due: Connection) -> Iterator[Finding]:
        """Compare the search index with one made of the records now, word by word."""
        here, wanted = word_prints(self._connection), word_prints(due)
        if self.untold:
            return
        wrong = {seq for seq in here.keys() | wanted.keys() if here.get(seq) != wanted.get(seq)}
        # A program that cut texts into words otherwise left other words, but it did leave some.
        other = {seq for seq in wrong & self._worded_otherwise if seq in here}
        if wrong - other:
            yield Finding(
                "A-INDEX", f"查找用的索引与记录不符，涉及{_some(wrong - other)}", place="search", remedy=_REBUILD
            )
        if other:
            words = f"查找用的索引中{_some(other)}由另一版本的程序分词，不能逐词核对"
            yield Finding("A-INDEX", words, severity=Severity.INFO, place="search")


def _some(seqs: Collection[int]) -> str:
    return f"{len(seqs)}件记录（登记序号{'、'.join(map(str, sorted(seqs)[:5]))}）"
