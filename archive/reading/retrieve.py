"""Questions for readers: find by number, person, batch, step, post, dates or words; show. Reads only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from archive.numbering import ArchiveNumber, Reference, looks_like_number, parse
from archive.reading.admitted import Completion, completion_of, proofs_of
from archive.register.case_folders import folder_of, read_record
from archive.register.later_records import last_correction
from archive.register.name_queries import named, names_like, without_gaps
from archive.register.register import Register
from archive.register.search import holds
from archive.register.tables import item, mention, person, record, volume
from archive.register.word_index import holding
from archive.volume.plan import OF_PERSON
from jishi.errors import NotFound
from jishi.moments import pages_told
from jishi.names import joined
from jishi.procedure import every_step, step_of
from jishi.settings import Settings
from press.record_form import form_of

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Search:
    """What a reader looks for; empty parts do not narrow."""

    words: str = ""
    person: str = ""
    batch: str = ""
    step: str = ""
    post: str = ""
    since: str = ""
    """ISO date, inclusive."""
    until: str = ""
    """ISO date, inclusive."""

    @property
    def asks_for_made(self) -> bool:
        """Tell whether documents made at filing (report, roster …) may be an answer: they have no step, post or day."""
        return bool(self.words or self.person) and not (self.step or self.post or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Hit:
    """One item, or one record not yet filed, that answers a search."""

    number: str
    """档号 of the item; empty while the record is not filed."""
    record: str
    title: str
    step: str
    person_no: str
    date: str
    first_page: int
    pages: int
    manner: str
    secrecy: str = ""
    retention: str = ""
    corrected_by: str = ""
    """记录编号 of the last correction of the record; empty while it stands."""


@dataclass(frozen=True, slots=True)
class SignedBy:
    """One signature under a record: who, in which post and role, when, in which way."""

    name: str
    post: str
    role: str
    signed_on: str
    kind: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the register tells of one 档号."""

    number: str
    title: str
    volume: str
    volume_title: str
    state: str
    secrecy: str
    retention: str
    """Code of the 保管期限."""
    pages: str
    sha256: str
    bytes: int
    path: str
    items: tuple[Hit, ...]
    signers: tuple[SignedBy, ...]
    record: str = ""
    corrected_by: str = ""
    """Of an item: 记录编号 of the last correction of its record; empty while it stands."""
    completed: str = ""
    """Of an item: what was completed in its record at intake; empty where it came complete."""
    sent: str = ""
    """Of an item whose record was completed: where it stands as it was sent."""
    proofs: tuple[str, ...] = ()
    """Of an item: how its record's signatures were proved by looking at their scans, in words; empty where not."""


class Reader:
    """Answers readers from the register and the shelf."""

    def __init__(self, settings: Settings, register: Register) -> None:
        self._settings = settings
        self._register = register

    def find(self, question: Search, limit: int = LIMIT) -> list[Hit]:
        """Return where it stands, filed items first in the order of their numbers, then records not yet filed."""
        if question.words and looks_like_number(question.words):
            return self.items(parse(question.words))
        with self._register.reading() as connection:
            spelled = named(connection, question.person) if question.person else ()
            made = connection.execute(_made(question, spelled)).all() if question.asks_for_made else []
            rows = connection.execute(_query(question, spelled, limit)).all()
            hits = [_hit(connection, row) for row in (*made, *rows)]
        return [hit for hit in hits if self._shows(hit, question.words)][:limit]

    def suggestions(self, person: str) -> list[str]:
        """Return a few names in the register that a reader may have meant who typed part of one."""
        with self._register.reading() as connection:
            return names_like(connection, person)

    def show(self, reference: Reference) -> Shown:
        """Return what a volume or item is, who signed, its pages and its digests.

        Raises:
            NotFound: no such number.
        """
        row = self.volume(reference.number)
        hits = [hit for hit in self.items(reference) if hit.first_page]
        own = hits[0] if reference.number.item else None
        done = self._completion(own.record) if own else Completion("")
        return Shown(
            number=str(reference.number if own else reference.number.volume),
            title=own.title if own else row.title,
            volume=row.number,
            volume_title=row.title,
            state=row.state,
            secrecy=own.secrecy if own else row.secrecy,
            retention=own.retention if own else row.retention,
            pages=pages_told(own.first_page, own.first_page + own.pages - 1) if own else pages_told(1, row.pages),
            sha256=row.sha256,
            bytes=row.bytes,
            path=str(self._settings.shelf / row.object_id),
            items=tuple(hits),
            signers=self.signers(own.record) if own else (),
            record=own.record if own else "",
            corrected_by=own.corrected_by if own else "",
            completed=done.words,
            sent=done.sent,
            proofs=self.proofs(own.record) if own else (),
        )

    def proofs(self, record_id: str) -> tuple[str, ...]:
        """Return in words how a record's signatures were proved by looking at their scans."""
        with self._register.reading() as connection:
            return proofs_of(connection, [record_id]).get(record_id, ())

    def _completion(self, record_id: str) -> Completion:
        with self._register.reading() as connection:
            return completion_of(self._settings, connection, record_id)

    def signers(self, record_id: str) -> tuple[SignedBy, ...]:
        """Return who signed a record, in the order of its signatures."""
        query = (
            select(mention)
            .join(record, record.c.seq == mention.c.record)
            .where(record.c.id == record_id, mention.c.role != "")
        )
        with self._register.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(SignedBy(row.name, row.post, row.role, row.signed_on, row.sign_kind) for row in rows)

    def volume(self, number: ArchiveNumber) -> Row[Any]:
        """Return what is registered of a volume, or of the volume an item stands in.

        Raises:
            NotFound: no such volume, or it is void.
        """
        with self._register.reading() as connection:
            row = connection.execute(select(volume).where(_same_volume(number))).first()
        if row is None:
            raise NotFound(f"没有档号 {number.volume}；可用 jishi find 按人名、批次或日期查找")
        if row.state == "void":
            raise NotFound(f"{row.number} 是空号：{row.void_reason}")
        return row

    def _shows(self, hit: Hit, words: str) -> bool:
        """Tell whether the words stand where the hit points: an extract leaves out what the record says of others."""
        if hit.manner != "extract" or not words:
            return True
        try:
            form = form_of(read_record(folder_of(self._settings, hit.record)), person_no=hit.person_no)
        except OSError:
            return True
        return holds("\n".join((form.title, form.subtitle, *(told for _, told in form.pairs()))), words)

    def items(self, reference: Reference) -> list[Hit]:
        """Return the items a reference names or whose pages it names, in their order.

        Raises:
            NotFound: there are none.
        """
        query = _items().where(_same_volume(reference.number.volume)).order_by(item.c.number)
        if reference.number.item:
            query = query.where(item.c.number == reference.number.item)
        elif reference.first_page:
            query = query.where(
                item.c.first_page <= reference.last_page, item.c.first_page + item.c.pages > reference.first_page
            )
        with self._register.reading() as connection:
            hits = [_hit(connection, row) for row in connection.execute(query).all()]
        if not hits:
            raise NotFound(f"没有档号 {reference.number}；可用 jishi find 按人名、批次或日期查找")
        return hits


def _hit(connection: Connection, row: Row[Any]) -> Hit:
    return Hit(
        number=f"{row.volume_number}-{row.item_number:03d}" if row.volume_number else "",
        record=row.record_id or "",
        title=row.title,
        step=row.step or "",
        person_no=row.person_no or "",
        date=_iso(row.date or ""),
        first_page=row.first_page or 0,
        pages=row.pages or 0,
        manner=row.manner or "",
        secrecy=row.secrecy or "",
        retention=row.retention or "",
        corrected_by=last_correction(connection, row.record_id) if row.superseded_by else "",
    )


def _same_volume(number: ArchiveNumber) -> ColumnElement[bool]:
    return and_(
        volume.c.fonds == number.fonds,
        volume.c.kind == number.kind,
        volume.c.year == number.year,
        volume.c.ordinal == number.ordinal,
    )


_WHERE = (
    volume.c.number.label("volume_number"),
    item.c.number.label("item_number"),
    record.c.step,
    record.c.superseded_by,
    func.coalesce(volume.c.person_no, record.c.person_no).label("person_no"),
    item.c.first_page,
    item.c.pages,
    item.c.manner,
    item.c.secrecy,
    item.c.retention,
)
"""What every hit says of its place."""


def _items() -> Select[Any]:
    """Select numbered items, made documents among them."""
    return (
        select(*_WHERE, item.c.record.label("record_id"), item.c.title, item.c.date)
        .select_from(volume)
        .join(item, item.c.volume == volume.c.seq)
        .outerjoin(record, record.c.id == item.c.record)
    )


def _made(question: Search, spelled: Sequence[str]) -> Select[Any]:
    """Select the documents made at filing whose title, or whose volume's person, is asked for."""
    query = _items().where(item.c.manner == "made")
    for word in question.words.split():
        query = query.where(without_gaps(item.c.title).contains(joined(word).lower(), autoescape=True))
    if question.person:
        query = query.where(or_(_volume_of(spelled), _report_of(spelled)))
    if question.batch:
        query = query.where(volume.c.batch == question.batch)
    return query.order_by(volume.c.number, item.c.number)


def _query(question: Search, spelled: Sequence[str], limit: int) -> Select[Any]:
    """Return the records that answer the question, each with every place it is filed in."""
    query = (
        select(*_WHERE, record.c.id.label("record_id"), record.c.title, record.c.occurred_on.label("date"))
        .select_from(record)
        .outerjoin(item, item.c.record == record.c.id)
        .outerjoin(volume, volume.c.seq == item.c.volume)
    )
    for condition in _conditions(question, spelled):
        query = query.where(condition)
    return query.order_by(volume.c.number.is_(None), volume.c.number, item.c.number, record.c.seq).limit(limit)


def _conditions(question: Search, spelled: Sequence[str]) -> Iterable[ColumnElement[bool]]:
    if question.words:
        yield from _words(question.words)
    if question.person:
        yield _person(spelled)
    if question.batch:
        yield record.c.batch == question.batch
    if question.step:
        yield record.c.step == _step_id(question.step)
    if question.post:
        seqs = select(mention.c.record).where(mention.c.post.contains(question.post, autoescape=True))
        targets = select(person.c.no).where(person.c.target_post.contains(question.post, autoescape=True))
        yield or_(record.c.seq.in_(seqs), record.c.person_no.in_(targets))
    if question.since:
        yield record.c.occurred_on >= question.since
    if question.until:
        yield record.c.occurred_on <= question.until


def _step_id(typed: str) -> str:
    """Return a step's id however it was typed."""
    step = unicodedata.normalize("NFKC", typed).upper().strip()
    if step_of(step) is None:
        raise NotFound(f"没有步骤 {typed}；步骤如 {next(iter(every_step()))}，可用 jishi catalogue 查看")
    return step


def _words(words: str) -> Iterable[ColumnElement[bool]]:
    if (found := holding(words)) is None:
        raise NotFound(f"“{words}”中没有可查的字词")
    yield found


def _person(spelled: Sequence[str]) -> ColumnElement[bool]:
    """Match a whole name, a roster number or a person's key, but no extract from another candidate's volume."""
    same = or_(mention.c.name.in_(spelled), mention.c.no.in_(spelled), mention.c.key.in_(spelled))
    shared = or_(item.c.manner.is_(None), item.c.manner != "extract", _volume_of(spelled))
    return and_(record.c.seq.in_(select(mention.c.record).where(same)), shared)


def _volume_of(spelled: Sequence[str]) -> ColumnElement[bool]:
    """Match the volumes of the candidate of this name, roster number or key."""
    return volume.c.person_no.in_(select(person.c.no).where(_candidate(spelled)))


def _report_of(spelled: Sequence[str]) -> ColumnElement[bool]:
    """Match the documents made of that candidate that stand in the volume of the whole batch."""
    same_batch = select(person.c.no).where(_candidate(spelled), person.c.batch == volume.c.batch)
    return exists(same_batch.where(item.c.record.endswith(OF_PERSON + person.c.no)))


def _candidate(spelled: Sequence[str]) -> ColumnElement[bool]:
    return or_(person.c.name.in_(spelled), person.c.no.in_(spelled), person.c.key.in_(spelled))


def _iso(day: str) -> str:
    """Return YYYYMMDD, as contents have it, as an ISO date."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else day
