"""A record (一事一记) as the rooms hand it on: header values at hand, the content as its XML tree."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from jishi.procedure import every_step
from jishi.record_types import NAMESPACE
from jishi.steps import Step

R = f"{{{NAMESPACE}}}"
_NS = {"r": NAMESPACE}
_WHOLE = re.compile(r"[ \t\r\n]*\+?([0-9]{1,30})[ \t\r\n]*")

RECORD_FILE = "record.xml"
"""Name of a record in the folder that is its own, from claim to shelf."""
FORM_FILE = "form.docx"
"""Name of its Word form beside it."""
SENT_FILE = "sent.xml"
"""Name of a record as it was sent, beside the record that was completed from it; of nearly all there is none."""


class Person(NamedTuple):
    """One entry of a record's 所涉人员."""

    id: str
    """The person's lasting key in this unit (干部编号)."""
    no: str
    """纪实编号 for a candidate of the batch, else empty."""
    name: str
    org: str
    post: str


class Signature(NamedTuple):
    """One responsible person's signature."""

    role: str
    person: str
    signed_on: str
    kind: str
    attachment: str


class Attachment(NamedTuple):
    """One paper behind a record."""

    id: str
    name: str
    kind: str
    file: str
    media_type: str
    bytes: int
    sha256: str
    """As 64 lower-case hex digits, however the record writes them."""
    pages: int
    original: bool
    shown_by: str = ""
    """Of an OFD: the attachment that shows its pages."""


@dataclass(frozen=True, slots=True)
class Record:
    """One schema-valid record."""

    id: str
    step_id: str
    occurrence: int
    batch: str
    person_no: str
    """纪实编号 of the person it is about; empty for a batch record."""
    title: str
    occurred_on: dt.date
    occurred_to: dt.date | None
    recorded_on: str
    place: str
    recorder: str
    people: dict[str, Person]
    """Person key → person."""
    signatures: tuple[Signature, ...]
    secrecy: str
    correction_of: str
    attachments: tuple[Attachment, ...]
    sha256: str
    """Digest of the file's bytes."""
    digest: str
    """Digest of the canonical form (C14N 1.0 without comments): equal for the same content."""
    root: etree._Element = field(repr=False, compare=False)
    content: etree._Element = field(repr=False, compare=False)
    """The step's own fields."""

    @property
    def step(self) -> Step:
        """What the register says of this record's type."""
        return every_step()[self.step_id]

    @property
    def form_title(self) -> str:
        """What its document is called: a single talk has another name than the summary of all."""
        single = self.step.single_title and not tells_of_all(self.root)
        return self.step.single_title if single else self.step.form_title

    @property
    def subject(self) -> Person | None:
        """The candidate a person record is about."""
        return next((person for person in self.people.values() if person.no and person.no == self.person_no), None)

    def value(self, path: str) -> str:
        """Return the text of the first content element at a slash path such as "heldOn", or ""."""
        return self.content.findtext("/".join(f"{R}{part}" for part in path.split("/"))) or ""

    def entries(self, key: str) -> Iterator[etree._Element]:
        """Yield the entries of a list field of the content."""
        return self.content.iterfind(f"{R}{key}/{R}entry")

    def mentions(self, person_no: str) -> bool:
        """Tell whether a candidate of the batch stands in this record's 所涉人员."""
        return any(person.no == person_no for person in self.people.values())


def tells_of_all(root: etree._Element) -> bool:
    """Tell whether a record is a summary (表); of a step that has both, the other kind is a single talk's record."""
    return "表" in root.findtext(f"{R}formKind", "").split()


def is_true(text: str | None) -> bool:
    """Tell whether an xs:boolean says yes."""
    return (text or "").strip() in ("true", "1")


def whole_number(text: str) -> int:
    """Return the value of an xs:nonNegativeInteger, "+17", " 17 " and "0017" alike; 0 for what is none."""
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found else 0


def children_of(parent: etree._Element) -> dict[str, etree._Element]:
    """Return an element's children by name; of several with one name the first."""
    found: dict[str, etree._Element] = {}
    for node in parent.iterchildren(f"{R}*"):
        found.setdefault(node.tag[len(R) :], node)
    return found


def digest_of(root: etree._Element) -> str:
    """Return the SHA-256 of the canonical form of an element, as 64 hex digits."""
    return hashlib.sha256(etree.tostring(root, method="c14n", with_comments=False)).hexdigest()


def record_of(root: etree._Element, data: bytes) -> Record:
    """Return the record held by a schema-valid root element.

    Args:
        root: the parsed, schema-valid <record>.
        data: the very bytes it was parsed from.
    """
    nodes = children_of(root)
    text = {name: node.text or "" for name, node in nodes.items()}
    return Record(
        id=root.get("recordId", ""),
        step_id=root.get("stepId", ""),
        occurrence=whole_number(root.get("occurrence", "1")),
        batch=text.get("batch", ""),
        person_no=text.get("personId", ""),
        title=text.get("title", ""),
        occurred_on=_day(text["occurredOn"]),
        occurred_to=_day(text["occurredTo"]) if text.get("occurredTo") else None,
        recorded_on=text.get("recordedOn", ""),
        place=text.get("place", ""),
        recorder=_ref(root, "recorder"),
        people={person.id: person for person in _people(root)},
        signatures=tuple(_signature(node) for node in root.iterfind(f"{R}responsible")),
        secrecy=text.get("secrecy", ""),
        correction_of=text.get("correctionOf", ""),
        attachments=tuple(attachment_of(node) for node in root.iterfind(f"{R}attachment")),
        sha256=hashlib.sha256(data).hexdigest(),
        digest=digest_of(root),
        root=root,
        content=nodes["content"],
    )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text.strip()[:10])


def _ref(root: etree._Element, name: str) -> str:
    node = root.find(f"{R}{name}")
    return "" if node is None else node.get("ref", "")


def _people(root: etree._Element) -> Iterator[Person]:
    for node in root.iterfind(f"{R}people/{R}person"):
        yield Person(*(node.get(key, "") for key in ("id", "no", "name", "org", "post")))


def _signature(node: etree._Element) -> Signature:
    return Signature(*(node.get(key, "") for key in ("role", "ref", "signedOn", "signKind", "signRef")))


def attachment_of(node: etree._Element) -> Attachment:
    """Return what a record says of one attachment, also where it breaks the schema; wrong numbers read as 0."""
    return Attachment(
        id=node.get("id", ""),
        name=node.get("name", ""),
        kind=node.get("kind", ""),
        file=node.get("file", ""),
        media_type=node.get("mediaType", ""),
        bytes=whole_number(node.get("bytes", "")),
        sha256=node.get("sha256", "").lower(),
        pages=whole_number(node.get("pages", "")),
        original=is_true(node.get("original")),
        shown_by=node.get("shownBy", ""),
    )
