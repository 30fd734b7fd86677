"""What a record shows when it is printed to be signed: only what its content digest covers, then places for hands.

Papers and the moment of recording come later, so they are not printed: the same content gives the same sheet, before it
is signed and after the record is complete. Which papers the step asks for is told below the signatures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from jishi.content_digest import content_digest, printable
from jishi.record_types import record_type, role_labels
from jishi.records import Record, record_of
from press.forms import STANDARD, Form, Grid, Pair
from press.record_form import form_of

_PAPERS = frozenset({"FileRef", "FileList"})
_LAST = "remarks"
"""Of the header's last fields the one that is read after the content."""
_FINGERS = 8
"""A digest is printed in groups of so many digits."""
CHECK_SHEET = "核对（签收）单"
_OF_OUTGOING = "随《{}》流转。正本不印本系统的编码；签名、盖章于本单，表示已与正本核对一致"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who must sign or seal a sheet, and as what."""

    id: str
    """Place among the record's 责任人签名, from 0."""
    role: str
    """Code of the role."""
    label: str
    person: str
    """人员编号."""
    name: str
    """Of the person; of a seal, the body's."""
    seals: bool


@dataclass(frozen=True, slots=True)
class SigningForm:
    """A record as it is printed to be signed."""

    form: Form
    digest: str
    """Content digest, 64 hex digits."""
    signatories: tuple[Signatory, ...]
    papers: str
    """Which papers the step asks for, in one line; may be empty."""


def signing_form(record: Record) -> SigningForm:
    """Return what a record shows when it is printed to be signed."""
    root = printable(record.root)
    covered = record_of(root, etree.tostring(root, method="c14n"))
    digest, step = content_digest(record.root), record.step
    form = _arranged(form_of(covered))
    if step.outgoing:
        form = _beside_outgoing(form, digest)
    papers = f"应附材料：{'、'.join(step.evidence)}" if step.evidence else ""
    return SigningForm(form, digest, _signatories(covered), papers)


def _arranged(form: Form) -> Form:
    """Return a form with all that stood below its content above it, remarks apart, and without columns of papers."""
    above = tuple(pair for pair in form.foot if pair.key != _LAST)
    below = tuple(pair for pair in form.foot if pair.key == _LAST)
    kinds = record_type(form.record_id.split("/")[1]).kinds()
    body = tuple(_without_papers(part, kinds) if isinstance(part, Grid) else part for part in form.body)
    return replace(form, head=(*form.head, *above), body=(*body, *below), foot=(), signatures=())


def _without_papers(grid: Grid, kinds: dict[str, str]) -> Grid:
    kept = [place for place, key in enumerate(grid.keys) if kinds.get(key) not in _PAPERS]
    if len(kept) == len(grid.keys):
        return grid
    keys, columns, *rows = (tuple(row[place] for place in kept) for row in (grid.keys, grid.columns, *grid.rows))
    return replace(grid, keys=keys, columns=columns, rows=tuple(rows))


def _beside_outgoing(form: Form, digest: str) -> Form:
    """Return the sheet that is signed in the house while the paper itself, without a code, goes out."""
    grouped = " ".join(digest[start : start + _FINGERS] for start in range(0, len(digest), _FINGERS))
    told = (
        Pair("contentDigest", "内容摘要", (grouped.upper(),), False),
        Pair("checked", "核对说明", (_OF_OUTGOING.format(form.title),), True),
    )
    return replace(form, template=STANDARD, title=form.title + CHECK_SHEET, body=(*form.body, *told))


def _signatories(record: Record) -> tuple[Signatory, ...]:
    sealing = {signer.role for signer in record.step.signers if signer.seals}
    found = []
    for place, mark in enumerate(record.signatures):
        person = record.people.get(mark.person)
        seals = mark.role in sealing
        name = (person.org if seals else person.name) if person else mark.person
        label = role_labels().get(mark.role, mark.role)
        found.append(Signatory(str(place), mark.role, label, mark.person, name, seals))
    return tuple(found)
