"""One admitting transaction: who is let in, who waits and for what, who doubles or contradicts what is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from archive.register import ledger
from archive.register.admission import Admission, Outcome, Verdict, as_json, batch_row, digest_of_text, from_json
from archive.register.dialect import insert_rows, next_number
from archive.register.register import now
from archive.register.tables import attachment, batch, filing, mention, person, record, verdict, waiting
from archive.register.word_index import add_words
from jishi.case.ids import RecordId
from jishi.findings import Finding, finding_of
from jishi.procedure import beside, does
from jishi.steps import Deed


class AdmittingSession:
    """Decides on a group of admissions, then writes every row, one statement per table."""

    def __init__(self, connection: Connection) -> None:
        self.verdicts: list[Verdict] = []
        self._connection = connection
        self._at = now()
        self._next = next_number(connection, record.c.seq)
        self._admitted: list[Admission] = []
        self._ids: set[str] = set()
        self._digests: dict[str, str] = {}
        self._known: dict[str, bool] = {}
        self._woken: list[str] = []
        self._waits: dict[tuple[str, str], dict[str, Any]] = {}

    def take(self, admissions: Sequence[Admission]) -> None:
        """Decide on a group, again and again while a decision lets a waiting one in."""
        pending = list(admissions)
        while pending:
            held: list[tuple[Admission, str, str]] = []
            self._look_up(pending)
            before = len(self._admitted)
            for one in pending:
                self._decide(one, held)
            fresh = self._admitted[before:]
            pending = self._unblocked(fresh)
            if fresh and held:
                pending += [one for one, _, _ in held]
            else:
                self._hold(held)

    def write(self) -> None:
        """Write every row of the group, one statement per table."""
        self._write_records()
        self._write_parts()
        if self._woken:
            self._connection.execute(delete(waiting).where(waiting.c.token.in_(self._woken)))
        # Duplicates and rejections are noted by the intake, which knows where it moved them.
        kept = [done for done in self.verdicts if done.outcome in (Outcome.ADMITTED, Outcome.WAITING)]
        rows = verdict_rows(self._connection, [(done, self._at, "", "") for done in kept])
        self._note([(done, row["seq"]) for done, row in zip(kept, rows, strict=True)])

    def _note(self, kept: Sequence[tuple[Verdict, int]]) -> None:
        """Write the ledger lines: each admission and each wait with what its rows say, then who waits no longer."""
        admitted = {one.id: one for one in self._admitted}
        lines: list[tuple[str, str, str, str, dict[str, Any]]] = []
        # In the order the records were numbered, which is what a line's record is found by.
        places = {done.record: seq for done, seq in kept if done.outcome is Outcome.ADMITTED}
        for one in admitted.values():
            lines.append((self._at, "intake", "admitted", one.id, _admitted_detail(one, places[one.id])))
        for done, seq in kept:
            if done.outcome is Outcome.WAITING:
                detail = {**self._waits[done.token, done.message], "verdict": seq, **_told_detail(done.findings)}
                lines.append((self._at, "intake", "waiting", done.record, detail))
        let_in = {one.token for one in self._admitted}
        lines += [(self._at, "intake", "released", token, {}) for token in self._woken if token not in let_in]
        ledger.append(self._connection, lines)

    def _decide(self, one: Admission, held: list[tuple[Admission, str, str]]) -> None:
        if same := self._digests.get(one.digest):
            self._answer(one, Outcome.DUPLICATE, f"内容与已收记录 {same} 完全相同", same)
        elif one.id in self._ids:
            self._refuse(one, Finding("D-CONFLICT", f"记录编号 {one.id} 已被另一份内容不同的记录使用", record=one.id,
                                      remedy="更正请用新的次序号，并填写correctionOf和correctionReason"))  # fmt: skip
        elif need := self._missing(one):
            if need[0].startswith("person:") and self._roster_closed(one.batch):
                self._refuse(one, Finding("G05", f"{one.person_no} 不在批次 {one.batch} 的人员名册上，且该批次已立卷",
                                          record=one.id, remedy="核对纪实编号；确需增补的另立批次"))  # fmt: skip
            else:
                held.append((one, *need))
        elif fault := self._wrong_correction(one):
            self._refuse(one, fault)
        else:
            self._accept(one)

    def _look_up(self, group: Sequence[Admission]) -> None:
        """Ask once for the whole group which of its contents and numbers are admitted already."""
        digests = {one.digest for one in group}
        ids = {one.id for one in group} | {one.correction_of for one in group if one.correction_of}
        query = select(record.c.id, record.c.digest).where(record.c.digest.in_(digests) | record.c.id.in_(ids))
        for row in self._connection.execute(query):
            self._digests[row.digest] = row.id
            self._ids.add(row.id)

    def _missing(self, one: Admission) -> tuple[str, str] | None:
        opening, enrolling = (beside(one.step, deed) for deed in (Deed.OPENS, Deed.ENROLS))
        need = f"batch:{one.batch}"
        if opening and one.step != opening.id and not self._exists(batch, need, one.batch):
            return need, f"等待批次 {one.batch} 的{opening.called}（{opening.id}）"
        need = f"person:{one.person_no}"
        if enrolling and one.person_no and one.step != enrolling.id and not self._exists(person, need, one.person_no):
            return need, f"等待 {one.person_no} 的{enrolling.called}（{enrolling.id}，人员名册）"
        if one.correction_of and one.correction_of not in self._ids:
            return f"record:{one.correction_of}", f"等待被更正的记录 {one.correction_of}"
        return None

    def _exists(self, table: Any, need: str, key: str) -> bool:
        if not self._known.get(need):
            column = table.c.id if table is batch else table.c.no
            self._known[need] = self._connection.scalar(select(column).where(column == key)) is not None
        return self._known[need]

    def _roster_closed(self, batch_id: str) -> bool:
        return self._connection.scalar(select(filing.c.seq).where(filing.c.batch == batch_id).limit(1)) is not None

    def _wrong_correction(self, one: Admission) -> Finding | None:
        old = one.correction_of
        if not old or RecordId.of(old).series == RecordId.of(one.id).series:
            return None
        return Finding("G08", f"{one.id} 更正的 {old} 不是同一对象同一步骤的记录", record=one.id,
                       remedy="更正记录应与原记录同一步骤、同一对象，次序号顺延")  # fmt: skip

    def _accept(self, one: Admission) -> None:
        self._admitted.append(one)
        self._ids.add(one.id)
        self._digests[one.digest] = one.id
        if does(one.step, Deed.OPENS):
            self._open_batch(one)
        if does(one.step, Deed.ENROLS):
            self._enter_roster(one)
        self._answer(one, Outcome.ADMITTED, "已收入案卷材料", one.id)

    def _open_batch(self, one: Admission) -> None:
        if not self._exists(batch, f"batch:{one.batch}", one.batch):
            self._connection.execute(insert(batch).values(**batch_row(one)))
            self._known[f"batch:{one.batch}"] = True

    def _enter_roster(self, one: Admission) -> None:
        subject = next(found for found in one.people if found.no == one.person_no)
        values = {"key": subject.id, "name": subject.name, "change_kind": one.change_kind,
                  "target_post": one.target_post}  # fmt: skip
        if self._exists(person, f"person:{one.person_no}", one.person_no):
            self._connection.execute(update(person).where(person.c.no == one.person_no).values(**values))
        else:
            self._connection.execute(insert(person).values(no=one.person_no, batch=one.batch, **values))
            self._known[f"person:{one.person_no}"] = True

    def _unblocked(self, fresh: Sequence[Admission]) -> list[Admission]:
        keys = {f"record:{one.id}" for one in fresh}
        keys |= {f"batch:{one.batch}" for one in fresh if does(one.step, Deed.OPENS)}
        keys |= {f"person:{one.person_no}" for one in fresh if does(one.step, Deed.ENROLS)}
        if not keys:
            return []
        rows = self._connection.execute(
            select(waiting.c.token, waiting.c.facts).where(
                waiting.c.needs.in_(keys), waiting.c.token.not_in(self._woken)
            )
        ).all()
        self._woken += [row.token for row in rows]
        return [from_json(row.facts) for row in rows]

    def _hold(self, held: Sequence[tuple[Admission, str, str]]) -> None:
        for one, need, message in held:
            self._connection.execute(delete(waiting).where(waiting.c.token == one.token))
            self._woken = [token for token in self._woken if token != one.token]
            facts = as_json(one)
            self._connection.execute(
                insert(waiting).values(
                    token=one.token, record=one.id, batch=one.batch, needs=need, message=message,
                    submission=one.submission, since=self._at, facts=facts,
                )
            )  # fmt: skip
            self._waits[one.token, message] = {
                "token": one.token, "needs": need, "message": message, "submission": one.submission,
                "facts": digest_of_text(facts),
            }  # fmt: skip
            self._answer(one, Outcome.WAITING, message, one.id)

    def _refuse(self, one: Admission, finding: Finding) -> None:
        self.verdicts.append(
            Verdict(one.token, one.submission, Outcome.REJECTED, one.id, finding.message,
                    (replace(finding, file=one.submission),))
        )  # fmt: skip

    def _answer(self, one: Admission, outcome: Outcome, message: str, record_id: str) -> None:
        kept = outcome in (Outcome.ADMITTED, Outcome.WAITING)
        told = tuple(map(finding_of, one.told)) if kept else ()
        self.verdicts.append(Verdict(one.token, one.submission, outcome, record_id, message, told))

    def _write_records(self) -> None:
        rows = []
        for place, one in enumerate(self._admitted):
            rows.append(
                {
                    "seq": self._next + place, "id": one.id, "batch": one.batch, "person_no": one.person_no or None,
                    "step": one.step, "occurrence": one.occurrence, "title": one.title,
                    "occurred_on": one.occurred_on, "occurred_to": one.occurred_to, "place": one.place,
                    "secrecy": one.secrecy, "digest": one.digest, "sha256": one.sha256,
                    "docx_sha256": one.docx_sha256, "correction_of": one.correction_of or None,
                    "superseded_by": None, "token": one.token, "submission": one.submission,
                    "admitted_at": self._at, "state": "admitting",
                }
            )  # fmt: skip
        insert_rows(self._connection, record, rows)
        for one in self._admitted:
            if one.correction_of:
                self._connection.execute(
                    update(record).where(record.c.id == one.correction_of).values(superseded_by=one.id)
                )

    def _write_parts(self) -> None:
        numbered = [(self._next + place, one) for place, one in enumerate(self._admitted)]
        mentions = [row for seq, one in numbered for row in mention_rows(seq, one)]
        papers = [row for seq, one in numbered for row in attachment_rows(seq, one)]
        insert_rows(self._connection, mention, mentions)
        insert_rows(self._connection, attachment, papers)
        add_words(self._connection, ((seq, one.words) for seq, one in numbered))


def _admitted_detail(one: Admission, verdict_seq: int) -> dict[str, Any]:
    """Return what the ledger seals of a record: its bytes, and what its rows say that the record itself does not."""
    detail = {
        "digest": one.digest, "sha256": one.sha256, "form": one.docx_sha256,
        "attachments": {paper.file: paper.sha256 for paper in one.attachments}, "claim": one.claim_sha256,
        "words": digest_of_text(one.words), "token": one.token, "submission": one.submission, "verdict": verdict_seq,
    }  # fmt: skip
    sent = {"sent": one.sent_sha256} if one.sent_sha256 else {}
    return detail | sent | _told_detail(map(finding_of, one.told))


def _told_detail(told: Iterable[Finding]) -> dict[str, Any]:
    """Return what seals the findings of a verdict that has some; of nearly every admission there are none."""
    found = list(told)
    return {"findings": digest_of_text(_as_text(found))} if found else {}


def _as_text(findings: Iterable[Finding]) -> str:
    return json.dumps([finding.as_json() for finding in findings], ensure_ascii=False)


def mention_rows(seq: int, one: Admission) -> list[dict[str, Any]]:
    """Return the rows of everybody a record refers to; who signed has one more for each signature."""
    rows = [
        {"record": seq, "key": found.id, "no": found.no, "name": found.name, "post": found.post, "role": "",
         "signed_on": "", "sign_kind": ""}
        for found in one.people
    ]  # fmt: skip
    people = {found.id: found for found in one.people}
    for mark in one.signatures:
        found = people[mark.person]
        rows.append(
            {"record": seq, "key": found.id, "no": found.no, "name": found.name, "post": found.post,
             "role": mark.role, "signed_on": mark.signed_on, "sign_kind": mark.kind}
        )  # fmt: skip
    return rows


def attachment_rows(seq: int, one: Admission) -> list[dict[str, Any]]:
    """Return the rows of a record's papers."""
    return [
        {"record": seq, "id": paper.id, "name": paper.name, "kind": paper.kind, "file": paper.file,
         "media_type": paper.media_type, "bytes": paper.bytes, "sha256": paper.sha256, "pages": paper.pages}
        for paper in one.attachments
    ]  # fmt: skip


def verdict_rows(connection: Connection, told: Sequence[tuple[Verdict, str, str, str]]) -> list[dict[str, Any]]:
    """Write the rows that keep some verdicts and return them.

    Args:
        connection: an open write transaction.
        told: tuples (verdict, at, sha256 of the record file, place the submission was moved to).
    """
    first = next_number(connection, verdict.c.seq)
    rows = [
        {"seq": seq, "at": at, "submission": done.submission, "outcome": done.outcome.value, "record": done.record,
         "batch": RecordId.of(done.record).batch, "sha256": sha256, "place": place,
         "findings": _as_text(done.findings)}
        for seq, (done, at, sha256, place) in enumerate(told, first)
    ]  # fmt: skip
    insert_rows(connection, verdict, rows)
    return rows
