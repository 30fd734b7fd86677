"""Case files: the admitted records of a batch and its people, and the one transaction that admits them.

A record comes as a folder work/<token>/ (record.xml, form.docx, attachments/…), already durable. Admission
writes its rows with state "admitting" in one short transaction for many records; only then the folder is
renamed to its place and the state follows. A crash in between is finished by `settle`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import delete, select, update

from archive.register import ledger
from archive.register.admission import Admission, Outcome, PutAway, Verdict, admission_of, digest_of_text
from archive.register.admitting import AdmittingSession, verdict_rows
from archive.register.case_folders import folder_of, record_at
from archive.register.register import Register, now
from archive.register.tables import record, waiting
from jishi.durable import move_all
from jishi.errors import ArchiveDamaged
from jishi.settings import Settings

__all__ = ["Admission", "CaseFiles", "Outcome", "PutAway", "Verdict", "admission_of"]


class CaseFiles:
    """Admits records and finds them again."""

    def __init__(self, settings: Settings, register: Register) -> None:
        self.settings = settings
        self.register = register

    def admit(self, admissions: Sequence[Admission]) -> list[Verdict]:
        """Admit a group of records in one transaction, then put their folders in place.

        A record whose batch, roster entry or superseded record is not there waits; records that waited for
        one just admitted are admitted with it. The verdicts of those come after the verdicts asked for.

        Args:
            admissions: examined records whose folders in work/ are durable.

        Raises:
            TryLater: the register is busy or the disk full; nothing was admitted.
            ArchiveDamaged: the case files hold a record that the register does not know; nothing was admitted.
        """
        with self.register.writing() as connection:
            session = AdmittingSession(connection)
            session.take(admissions)
            self._refuse_taken_places(session.verdicts)
            session.write()
        self._put_in_place(session.verdicts)
        self._mark_settled([done.record for done in session.verdicts if done.outcome is Outcome.ADMITTED])
        return session.verdicts

    def settle(self) -> int:
        """Finish what a crash left between decision and place; return how many records were put in place."""
        with self.register.reading() as connection:
            rows = connection.execute(select(record.c.id, record.c.token).where(record.c.state == "admitting")).all()
            held = connection.scalars(select(waiting.c.token)).all()
        self._place_all((row.token, folder_of(self.settings, row.id)) for row in rows)
        self._place_all((token, self.settings.waiting / token) for token in held)
        self._mark_settled([row.id for row in rows])
        return len(rows)

    def reject_waiting(self, tokens: Sequence[str]) -> None:
        """Forget that submissions wait; the caller moves their folders out with a slip."""
        with self.register.writing() as connection:
            connection.execute(delete(waiting).where(waiting.c.token.in_(tokens)))
            at = now()
            ledger.append(connection, [(at, "intake", "released", token, {}) for token in tokens])

    def note(self, put_away: Sequence[PutAway]) -> None:
        """Write down verdicts reached outside admission, such as rejections."""
        if not put_away:
            return
        with self.register.writing() as connection:
            at = now()
            rows = verdict_rows(connection, [(one.verdict, at, one.sha256, one.place) for one in put_away])
            ledger.append(
                connection,
                [(at, "intake", row["outcome"], row["record"] or row["submission"],
                  {"place": row["place"], "sha256": row["sha256"], "submission": row["submission"],
                   "record": row["record"], "findings": digest_of_text(row["findings"]), "verdict": row["seq"],
                   "files": list(one.files)})
                 for row, one in zip(rows, put_away, strict=True)],
            )  # fmt: skip

    def note_received(self, place: str, files: Sequence[str]) -> None:
        """Note where an unpacked zip is kept.

        Args:
            place: relative to the home.
            files: its digest.
        """
        with self.register.writing() as connection:
            ledger.append(connection, [(now(), "intake", "received", place, {"place": place, "files": list(files)})])

    def _refuse_taken_places(self, verdicts: Iterable[Verdict]) -> None:
        """See that nothing stands where records come to stand: what does, a register set back has forgotten."""
        places = [folder_of(self.settings, one.record) for one in verdicts if one.outcome is Outcome.ADMITTED]
        if taken := [place for place in places if os.path.lexists(place)]:
            raise ArchiveDamaged(
                f"案卷材料中已有记录 {record_at(taken[0])} 等{len(taken)}件，而目录库没有登记：目录库比案卷材料旧；"
                "这次的材料都没有收入，留在原处。请停止收件，恢复较新的目录库（catalogue.sqlite 连同 -wal）"
            )

    def _put_in_place(self, verdicts: Sequence[Verdict]) -> None:
        self._place_all(
            (done.token, self._place_of(done))
            for done in verdicts
            if done.outcome in (Outcome.ADMITTED, Outcome.WAITING)
        )

    def _place_of(self, done: Verdict) -> Path:
        waits = done.outcome is Outcome.WAITING
        return self.settings.waiting / done.token if waits else folder_of(self.settings, done.record)

    def _place_all(self, places: Iterable[tuple[str, Path]]) -> None:
        """Move folders from where they were decided on; one already moved, by whomever, is passed over.

        Raises:
            ArchiveDamaged: another folder stands in one's place; both are left where they are.
        """
        moves = [(source, target) for token, target in places if (source := self._decided(token)) not in (None, target)]
        # Somebody else may have moved it meanwhile: then it is no longer where it came from.
        if taken := [(source, target) for source, target in moves if os.path.lexists(target) and source.exists()]:
            source, target = taken[0]
            raise ArchiveDamaged(
                f"{target} 已有另一份材料，{source} 中刚收的不能放进去（共{len(taken)}件）：目录库曾比案卷材料旧。"
                "两份都在，没有改动；请恢复较新的目录库，核对后由管理员处理 work 中的一份"
            )
        move_all(moves)

    def _decided(self, token: str) -> Path | None:
        """Return where a decided folder still stands, or None when it was moved already."""
        stands = (self.settings.work / token, self.settings.waiting / token)
        return next((folder for folder in stands if folder.exists()), None)

    def _mark_settled(self, ids: Sequence[str]) -> None:
        if ids:
            with self.register.writing() as connection:
                connection.execute(
                    update(record).where(record.c.id.in_(ids), record.c.state == "admitting").values(state="admitted")
                )
