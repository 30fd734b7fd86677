"""What an examined record brings to admission, and the answer it gets: plain values that cross processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from archive.register.search import bigrams
from jishi.case.step_record import text_at
from jishi.findings import Finding
from jishi.procedure import does, procedure_for
from jishi.records import Attachment, Person, Record, Signature
from jishi.steps import Deed, Says


@dataclass(frozen=True, slots=True)
class Admission:
    """One examined record asking to be admitted: plain values only, so that workers can hand it over."""

    token: str
    """Name of its folder under work/."""
    submission: str
    """The name it was dropped under."""
    id: str
    step: str
    occurrence: int
    batch: str
    person_no: str
    title: str
    occurred_on: str
    occurred_to: str
    place: str
    secrecy: str
    digest: str
    sha256: str
    docx_sha256: str
    correction_of: str
    people: tuple[Person, ...]
    signatures: tuple[Signature, ...]
    attachments: tuple[Attachment, ...]
    change_kind: str
    """Only on a roster entry."""
    target_post: str
    words: str
    """The record's text as search tokens."""
    claim_sha256: str = ""
    """Digest of the note of its claim, where it was claimed from the drop folder."""
    findings: tuple[dict[str, Any], ...] = ()
    """Warnings told at admission, as JSON values."""
    sent_sha256: str = ""
    """Digest of the record as it was sent, where it was completed; it is kept beside it."""
    told: tuple[dict[str, Any], ...] = ()
    """What was completed and how signatures were proved by looking at their scans, as findings in JSON values."""


class Outcome(StrEnum):
    """What became of a submission."""

    ADMITTED = "admitted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one admission."""

    token: str
    submission: str
    outcome: Outcome
    record: str
    message: str
    """For people: what it waits for, or which record it doubles."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class PutAway:
    """A submission that was not admitted, and where it went."""

    verdict: Verdict
    sha256: str
    """Digest of the record file, "" where there is none."""
    place: str
    """Its folder, relative to the home."""
    files: tuple[str, ...] = ()
    """Digests of every file put away, in their own order: files may be renamed inside, never altered unseen."""


def admission_of(
    found: Record,
    token: str,
    submission: str,
    docx_sha256: str,
    warnings: Iterable[Finding] = (),
    claim_sha256: str = "",
    told: Iterable[Finding] = (),
) -> Admission:
    """Return the plain values of a judged record, ready to be admitted."""
    roster = does(found.step_id, Deed.ENROLS)
    return Admission(
        token=token, submission=submission, id=found.id, step=found.step_id, occurrence=found.occurrence,
        batch=found.batch, person_no=found.person_no, title=found.title,
        occurred_on=found.occurred_on.isoformat(),
        occurred_to=found.occurred_to.isoformat() if found.occurred_to else "",
        place=found.place, secrecy=found.secrecy, digest=found.digest, sha256=found.sha256,
        docx_sha256=docx_sha256, correction_of=found.correction_of,
        people=tuple(found.people.values()), signatures=found.signatures, attachments=found.attachments,
        change_kind=text_at(found.root, Says.CHANGE) if roster else "",
        target_post=text_at(found.root, Says.POST) if roster else "",
        words=bigrams(_said(found)),
        claim_sha256=claim_sha256,
        findings=tuple(finding.as_json() for finding in warnings),
        told=tuple(finding.as_json() for finding in told),
    )  # fmt: skip


def batch_row(one: Admission) -> dict[str, str]:
    """Return the row of the dossier that a record opens."""
    return {"id": one.batch, "title": one.title, "opened_on": one.occurred_on,
            "procedure": procedure_for(one.batch).id}  # fmt: skip


def digest_of_text(text: str) -> str:
    """Return the SHA-256 of a text, for what a ledger line seals without repeating it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _said(found: Record) -> str:
    """Return every word a reader may look for: texts, and the names that stand in attributes."""
    people = (part for person in found.people.values() for part in (person.name, person.org, person.post))
    # A text that comes again is found by its first place; forms repeat names and dates over and over.
    texts = map(str, found.root.itertext())
    # One a line: what stands in different places is no word together.
    return "\n".join(dict.fromkeys((*texts, *people, *(paper.name for paper in found.attachments))))


def as_json(one: Admission) -> str:
    """Return an admission as text, to be kept while it waits."""
    values = {field.name: getattr(one, field.name) for field in fields(one)}
    for name in ("sent_sha256", "told"):
        if not values[name]:
            del values[name]
    for name in ("people", "signatures", "attachments"):
        values[name] = [part._asdict() for part in values[name]]
    return json.dumps(values, ensure_ascii=False)


def from_json(facts: str) -> Admission:
    """Return the admission kept as text."""
    values = json.loads(facts)
    values["people"] = tuple(Person(**one) for one in values["people"])
    values["signatures"] = tuple(Signature(**one) for one in values["signatures"])
    values["attachments"] = tuple(Attachment(**one) for one in values["attachments"])
    for name in ("findings", "told"):
        values[name] = tuple(values.get(name, ()))
    return Admission(**values)
