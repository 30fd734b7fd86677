"""倒查: from a decision back to the people behind each step, with date, signature, record and archive page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from archive.numbering import looks_like_number, parse
from archive.reading.admitted import proofs_of
from archive.reading.retrieve import SignedBy
from archive.register.case_papers import case_papers
from archive.register.name_queries import named, names_like
from archive.register.register import Register
from archive.register.tables import batch, item, mention, person, record, volume
from archive.verify import faults_of
from jishi.case.secrecy import highest
from jishi.case.standing import Standing
from jishi.case.step_record import StepRecord
from jishi.errors import FaultsFound, NotFound
from jishi.findings import Finding
from jishi.procedure import every_step, procedure_for
from jishi.record_types import role_labels
from jishi.settings import Settings
from jishi.steps import Step
from press.forms import Form, Grid, Pair, SignatureLine, chinese_date


@dataclass(frozen=True, slots=True)
class Link:
    """One record in the chain."""

    step: str
    date: str
    title: str
    place: str
    record: str
    signers: tuple[SignedBy, ...]
    numbers: tuple[str, ...]
    """Where it is filed: 档号 with 卷页号; empty while it is not filed."""
    superseded_by: str
    proofs: tuple[str, ...] = ()
    """How its signatures were proved by looking at their scans, in words; empty where they were not."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that led to one decision."""

    person_no: str
    """Empty for the chain of a whole batch."""
    name: str
    change_kind: str
    target_post: str
    batch: str
    batch_title: str
    secrecy: str
    """The highest of its records'."""
    links: tuple[Link, ...]
    volumes: tuple[str, ...]
    """档号 of the volumes it cites, read again for this chain."""
    faults: tuple[Finding, ...]
    """What differs in them from what was registered."""


def trace(settings: Settings, register: Register, asked: str) -> Chain:
    """Return the chain behind a decision, and whether the volumes it cites are still what was filed.

    Args:
        settings: where records and volumes lie.
        register: the register.
        asked: a person's name, 纪实编号 or key, or an archive number of a volume or item.

    Raises:
        NotFound: nobody and nothing of that name.
        FaultsFound: several people bear the name; the message lists their 纪实编号.
    """
    with register.reading() as connection:
        whose, batch_id = _subject(connection, asked)
        opened = connection.execute(select(batch).where(batch.c.id == batch_id)).one()
        no = whose.no if whose else ""
        rows = connection.execute(_records(batch_id, no)).all()
        if no:
            rows = _telling_of(no, rows, case_papers(settings, connection, rows))
        links = tuple(_links(connection, rows, no))
    volumes = tuple(dict.fromkeys(number.rpartition("-")[0] for link in links for number in link.numbers))
    return Chain(
        no, whose.name if whose else "", whose.change_kind if whose else "",
        whose.target_post if whose else "", batch_id, opened.title, highest(row.secrecy for row in rows), links,
        volumes, faults_of(settings, register, volumes),
    )  # fmt: skip


def trace_form(chain: Chain, day: str) -> Form:
    """Return the 倒查报告 as a form.

    Args:
        chain: what was traced.
        day: ISO date of the report.
    """
    head = [
        ("person", "姓名", chain.name), ("personId", "纪实编号", chain.person_no),
        ("changeKind", "变动类别", chain.change_kind), ("targetPost", "拟任职务", chain.target_post),
        ("batch", "批次编号", chain.batch), ("day", "倒查日期", chinese_date(day)),
        ("count", "所依据的记录", f"{len(chain.links)}件"), ("volumes", "所引案卷", _checked(chain)),
    ]  # fmt: skip
    empty = Grid("attachment", "凭证附件", (), (), ())
    return Form(
        template="process",
        title="倒查报告",
        subtitle=f"{chain.name or chain.batch_title}选拔任用责任链",
        record_id=chain.person_no or chain.batch,
        secrecy=chain.secrecy,
        extract="据目录库生成；页号为卷页号",
        head=tuple(Pair(key, label, (text,), False) for key, label, text in head if text),
        body=tuple(_stage_grid(stage.id, stage.name, chain.links) for stage in procedure_for(chain.batch).stages),
        foot=(),
        signatures=tuple(SignatureLine(role, "", "", "", "") for role in ("倒查人", "复核人")),
        attachments=empty,
    )


def _checked(chain: Chain) -> str:
    """Say how the cited volumes were found when they were read again."""
    if not chain.volumes:
        return "尚未立卷"
    if chain.faults:
        return "与归档时登记的不符，不能作为依据：" + "；".join(one.message for one in chain.faults)
    return f"{len(chain.volumes)}卷，逐卷重新核对，与归档时登记的校验码一致"


def _telling_of(no: str, rows: Sequence[Row[Any]], papers: Iterable[StepRecord]) -> list[Row[Any]]:
    """Return the records that tell of a person, corrected ones too."""
    known = {paper.id: paper for paper in papers}
    standing = Standing(known[row.id] for row in rows if not row.superseded_by)
    return [row for row in rows if standing.tells_of(known[row.id], no)]


def _stage_grid(stage_id: str, name: str, links: Iterable[Link]) -> Grid:
    columns = ("步骤", "日期", "责任人", "记录编号", "档号与页")
    rows = tuple(
        (
            f"{link.step} {_step(link.step).name}",
            chinese_date(link.date),
            "；".join((*(signed(one) for one in link.signers), *link.proofs)),
            link.record + (f"（已由{link.superseded_by}更正）" if link.superseded_by else ""),
            "；".join(link.numbers) or "未归档",
        )
        for link in links
        if _step(link.step).stage == stage_id
    )
    return Grid(
        f"trace.{stage_id}", f"{stage_id} {name}", ("step", "date", "signers", "record", "numbers"), columns, rows
    )


def signed(one: SignedBy, day: Callable[[str], str] = chinese_date) -> str:
    """Return a signer in words: 主持人张三（2026年3月18日，手写签名扫描）.

    Args:
        one: who signed.
        day: how an ISO date is written.
    """
    role = role_labels().get(one.role, one.role)
    return f"{role}{one.name}（{day(one.signed_on)}，{one.kind or '未签名'}）"


def _subject(connection: Connection, asked: str) -> tuple[Row[Any] | None, str]:
    if looks_like_number(asked):
        return _subject_of_number(connection, asked)
    spelled = named(connection, asked)
    same = or_(person.c.name.in_(spelled), person.c.no.in_(spelled), person.c.key.in_(spelled))
    found = connection.execute(select(person).where(same).order_by(person.c.no)).all()
    if not found:
        meant = "、".join(names_like(connection, asked))
        hint = f"；是否指 {meant}？" if meant else ""
        raise NotFound(f"没有名为“{asked}”的调整对象{hint}；可用姓名全名、纪实编号、人员编号或档号")
    if len(found) > 1:
        listed = "；".join(f"{one.no} {one.name}（{one.target_post}）" for one in found)
        raise FaultsFound(f"“{asked}”有{len(found)}人，请用纪实编号指明：{listed}")
    return found[0], found[0].batch


def _subject_of_number(connection: Connection, asked: str) -> tuple[Row[Any] | None, str]:
    number = parse(asked).number
    found = connection.execute(
        select(volume).where(
            volume.c.fonds == number.fonds, volume.c.kind == number.kind, volume.c.year == number.year,
            volume.c.ordinal == number.ordinal,
        )
    ).first()  # fmt: skip
    if found is None:
        raise NotFound(f"没有档号 {number}；可用 jishi find 按人名、批次或日期查找")
    whose = connection.execute(select(person).where(person.c.no == found.person_no)).first()
    return whose, found.batch


def _records(batch_id: str, no: str) -> Any:
    """Select the records of the batch as a whole, and a person's own where one is asked for."""
    own = or_(record.c.person_no == no, record.c.person_no.is_(None)) if no else record.c.person_no.is_(None)
    return select(record).where(record.c.batch == batch_id, own)


def _links(connection: Connection, rows: Sequence[Row[Any]], no: str) -> list[Link]:
    seqs = [row.seq for row in rows]
    signers: dict[int, list[SignedBy]] = {}
    for mark in connection.execute(select(mention).where(mention.c.record.in_(seqs), mention.c.role != "")):
        signers.setdefault(mark.record, []).append(
            SignedBy(mark.name, mark.post, mark.role, mark.signed_on, mark.sign_kind)
        )
    ids = [row.id for row in rows]
    numbers, proofs = _numbers(connection, ids, no), proofs_of(connection, ids)
    links = [
        Link(row.step, row.occurred_on, row.title, row.place, row.id, tuple(signers.get(row.seq, ())),
             tuple(numbers.get(row.id, ())), row.superseded_by or "", proofs.get(row.id, ()))
        for row in rows
    ]  # fmt: skip
    return sorted(links, key=lambda link: (_step(link.step).order, link.date, link.record))


def _numbers(connection: Connection, ids: Sequence[str], no: str) -> dict[str, list[str]]:
    """Return record → where it is filed, in this person's volume and in the batch's."""
    query = (
        select(item, volume.c.number.label("volume_number"))
        .join(volume, volume.c.seq == item.c.volume)
        .where(item.c.record.in_(ids), or_(volume.c.person_no == no, volume.c.person_no.is_(None)))
        .order_by(volume.c.seq, item.c.number)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.record, []).append(f"{row.volume_number}-{row.number:03d} 第{row.first_page}页")
    return found


def _step(step_id: str) -> Step:
    return every_step()[step_id]
