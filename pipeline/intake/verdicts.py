"""What happens to examined records until their verdicts stand.

Make the group durable, admit it in one transaction, put away with a slip or note what was not admitted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive.register.case_folders import files_of, folder_of
from archive.register.cases import CaseFiles, Outcome, PutAway, Verdict
from archive.register.register import now
from archive.register.tables import record as record_table
from archive.register.tables import verdict as verdict_table
from archive.register.tables import waiting
from jishi.durable import move_all, sync_file_system, sync_tree, take, write_all_durably
from jishi.errors import NotFound, TryLater
from jishi.findings import Finding, errors_among
from jishi.plain_files import open_plain
from jishi.records import RECORD_FILE
from jishi.settings import Settings
from pipeline.intake.claims import ATTACHMENTS, ORIGINALS, Claim, Claims, read_claim
from pipeline.intake.examiner import Examined
from pipeline.intake.sent import put_sent_back
from pipeline.intake.slip import Slip, double_note, named
from pipeline.intake.submission import Kind, name_fault, plain_stem
from pipeline.intake.verdict_line import VerdictLine

_FEW = 16
_log = logging.getLogger("jishi.intake")

Checkpoint = Callable[[str], None]
"""Told the name of each point passed, so that tests can stop a process there."""


class Verdicts:
    """Brings examined groups to their verdicts."""

    def __init__(
        self,
        settings: Settings,
        claims: Claims,
        cases: CaseFiles,
        report: Callable[[VerdictLine], None],
        on_step: Checkpoint = lambda _: None,
    ) -> None:
        """Take note of where things are; nothing is done yet.

        Args:
            settings: the home's settings.
            claims: this process's place in work/.
            cases: where records are admitted.
            report: is told every verdict, once it stands.
            on_step: is told every point passed.
        """
        self._settings = settings
        self._claims = claims
        self._cases = cases
        self._report = report
        self._on_step = on_step

    def finish(self, group: Sequence[Examined], *, again: bool = False) -> None:
        """Bring a group to its verdicts.

        Args:
            group: what the workers said; none of it has an obstacle.
            again: True where part of it may have been done before a crash or an obstacle.

        Raises:
            TryLater: register busy or disk full; finish the same group again later.
        """
        with self._claims.locks.finishing():
            if again:
                self._cases.settle()
                group = self._open_ones(group)
            self._keep(group)
            self._on_step("durable")
            verdicts = self._admit(group)
            self._on_step("admitted")
            for done in verdicts:
                if done.outcome in (Outcome.ADMITTED, Outcome.WAITING):
                    self._tell(done, _place_of(self._settings, done))
            refused = [done for done in verdicts if done.outcome in (Outcome.DUPLICATE, Outcome.REJECTED)]
            self._put_away(refused, group, again)
        self._on_step("finished")

    def refuse(self, claim: Claim, findings: Sequence[Finding], *, again: bool = False) -> None:
        """Refuse something that is no record: a zip, a link, a paper nobody named."""
        self.finish([Examined(claim, findings=named(findings, claim.shown, ""))], again=again)

    def note_received(self, parcel: Path, target: Path) -> None:
        """Note a zip whose records are taken out before it is moved to where it is kept."""
        self._cases.note_received(self._relative(target), files_of(parcel))

    def expire(self) -> None:
        """Refuse records that have waited too long for another."""
        days = self._settings.intake.wait_days
        before = dt.datetime.fromisoformat(now()) - dt.timedelta(days=days)
        with self._claims.locks.taking_up():
            late = [row for row in self._waiting() if dt.datetime.fromisoformat(row.since) < before]
            self._turn_away(late, "D-WAIT", f"已满{days}天仍未等到")

    def reject_waiting(self, tokens: Sequence[str], reason: str) -> None:
        """Refuse records that wait, because somebody says so.

        Args:
            tokens: as status shows them.
            reason: why, printed on the slip.

        Raises:
            NotFound: one of them does not wait; nothing was refused.
        """
        with self._claims.locks.taking_up():
            found = {row.token: row for row in self._waiting()}
            if unknown := [token for token in tokens if token not in found]:
                raise NotFound(f"没有等待中的{'、'.join(unknown)}；可用 jishi status 查看")
            self._turn_away([found[token] for token in tokens], "D-PERSON", f"由人退回：{reason}")

    def _waiting(self) -> Sequence[Any]:
        with self._cases.register.reading() as connection:
            return connection.execute(select(waiting).order_by(waiting.c.since)).all()

    def _turn_away(self, rows: Sequence[Any], code: str, reason: str) -> None:
        if rows:
            self._cases.reject_waiting([row.token for row in rows])
            self._put_away([_turned_away(row, code, reason) for row in rows], (), True)

    def lost_from_waiting(self) -> list[str]:
        """Return the tokens in waiting/ that neither wait nor were admitted: a crash came before their refusal."""
        with suppress(FileNotFoundError):
            found = {path.name for path in self._settings.waiting.iterdir()}
            with self._cases.register.reading() as connection:
                known = set(connection.scalars(select(waiting.c.token)))
                known |= set(connection.scalars(select(record_table.c.token).where(record_table.c.token.in_(found))))
            return sorted(found - known)
        return []

    def _open_ones(self, group: Sequence[Examined]) -> list[Examined]:
        """Leave out what was decided before: its row is there, or its folder is gone from work/."""
        tokens = [one.claim.token for one in group]
        with self._cases.register.reading() as connection:
            query = select(record_table.c.token).where(record_table.c.token.in_(tokens))
            decided = set(connection.scalars(query))
        return [one for one in group if one.claim.token not in decided and self._folder(one.claim.token).exists()]

    def _keep(self, group: Sequence[Examined]) -> None:
        """Make everything of the group durable in one go."""
        if len(group) > _FEW:
            sync_file_system(self._settings.work)
        else:
            for one in group:
                sync_tree(self._folder(one.claim.token))

    def _admit(self, group: Sequence[Examined]) -> list[Verdict]:
        refused = [
            Verdict(
                one.claim.token, one.claim.shown, Outcome.REJECTED, one.record, _summary(one.findings), one.findings
            )
            for one in group
            if one.admission is None
        ]
        asked = [one.admission for one in group if one.admission is not None]
        return [*refused, *(self._cases.admit(asked) if asked else [])]

    def _put_away(self, verdicts: Sequence[Verdict], group: Sequence[Examined], again: bool) -> None:
        """Write the slip or note, note the verdict, then move the folder out: each can be done twice unharmed."""
        if not verdicts:
            return
        known = {one.claim.token: one for one in group}
        moves, lines, papers = [], [], []
        for done in verdicts:
            folder = self._folder(done.token)
            claim = known[done.token].claim if done.token in known else read_claim(folder)
            claim = claim or Claim(done.token, Kind.RECORD, done.submission, now(), "")
            put_sent_back(folder)
            target = self._target(done, claim)
            papers += self._papers(done, claim, folder)
            moves.append((folder, target))
            lines.append((done, self._sha256(known.get(done.token), folder), self._relative(target)))
        write_all_durably(papers)
        self._on_step("slipped")
        kept = [PutAway(*line, files_of(folder)) for line, (folder, _) in zip(lines, moves, strict=True)]
        self._cases.note(self._not_noted(kept) if again else kept)
        self._on_step("noted")
        move_all(moves)
        for (done, _, _), (_, target) in zip(lines, moves, strict=True):
            if done.outcome is Outcome.REJECTED:
                _lay_out(target)
        for done, _, place in lines:
            self._tell(done, place)

    def _papers(self, done: Verdict, claim: Claim, folder: Path) -> list[tuple[Path, bytes]]:
        if done.outcome is Outcome.DUPLICATE:
            text, values = double_note(done.submission, claim.at, done.record, done.message)
            return [(folder / "note.txt", text), (folder / "note.json", values)]
        findings = named(done.findings, done.submission, done.record)
        slip = Slip(done.token, done.submission, now(), done.record, findings, self._settings.unit.name)
        return [(folder / "slip.html", slip.html().encode("utf-8")), (folder / "slip.json", slip.json())]

    def _target(self, done: Verdict, claim: Claim) -> Path:
        """Return where a folder goes; the same each time it is asked, so that a crash does not double it."""
        name = f"{plain_stem(claim.name)}-{claim.stamp}-{claim.token.replace('-', '')}"
        if done.outcome is Outcome.DUPLICATE:
            return self._settings.duplicate / claim.day / name
        return self._settings.rejected / name

    def _not_noted(self, kept: list[PutAway]) -> list[PutAway]:
        places = [one.place for one in kept]
        with self._cases.register.reading() as connection:
            query = select(verdict_table.c.place).where(verdict_table.c.place.in_(places))
            noted = set(connection.scalars(query))
        return [one for one in kept if one.place not in noted]

    def _sha256(self, one: Examined | None, folder: Path) -> str:
        if one is not None and one.sha256:
            return one.sha256
        with suppress(OSError), open_plain(folder / RECORD_FILE) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        return ""

    def _folder(self, token: str) -> Path:
        """Return where a token's folder stands: in work/, or in waiting/ where it waited for another."""
        folder = self._settings.work / token
        return folder if folder.exists() else self._settings.waiting / token

    def _relative(self, place: Path) -> str:
        return str(place.relative_to(self._settings.home))

    def _tell(self, done: Verdict, place: str) -> None:
        self._report(VerdictLine(now(), done.submission, done.outcome, done.record, done.message, place, done.findings))


def _summary(findings: Sequence[Finding]) -> str:
    errors = errors_among(findings)
    return f"退回，共{len(errors)}处错误：{errors[0].message}" if errors else "退回"


def _turned_away(row: Any, code: str, reason: str) -> Verdict:
    fault = Finding(
        code, f"{row.message}；{reason}", record=row.record, remedy="请先投递所等待的记录，再重新投递本记录"
    )
    return Verdict(row.token, row.submission, Outcome.REJECTED, row.record, fault.message, (fault,))


def _place_of(settings: Settings, done: Verdict) -> str:
    home = settings.home
    if done.outcome is Outcome.WAITING:
        return str((settings.waiting / done.token).relative_to(home))
    return str(folder_of(settings, done.record).relative_to(home))


def _lay_out(folder: Path) -> None:
    """Lay a refused record out as it was dropped, so that it can be mended and dropped again."""
    claim = read_claim(folder)
    originals = folder / ORIGINALS
    if claim is None or claim.kind is not Kind.RECORD or not (folder / RECORD_FILE).exists():
        return
    with suppress(OSError, TryLater):
        if (folder / ATTACHMENTS).exists() and not originals.exists():
            take(folder / ATTACHMENTS, originals)
        originals.mkdir(exist_ok=True)
        take(folder / RECORD_FILE, originals / (RECORD_FILE if name_fault(claim.base) else claim.base))
