"""A record as people write it, completed by what the machine can know; everything completed is told in words.

Completed are: sizes, digests, pages and formats of papers; numbers that follow from the 记录编号; Chinese values, names
of roles, papers and known people in place of codes; codes in small letters; dates as people write them. What is unclear
stays as it was sent, and the schema names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from jishi.case.ids import RecordId
from jishi.errors import NotFound
from jishi.procedure import procedure
from jishi.record_types import Field, header_fields, record_type, type_attributes
from jishi.records import Person, R, children_of
from pipeline.clerk.completing_papers import PAPER_REFS, PaperFacts, complete_papers
from pipeline.clerk.completing_people import complete_people, listed_in
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.record_work import RecordWork
from pipeline.clerk.written_values import ROLE, canonical, canonical_of

_NO_NOTES = etree.XPath("not(*)")


@dataclass(frozen=True, slots=True)
class Completed:
    """A record that was completed, and what was completed in it."""

    root: etree._Element
    told: tuple[str, ...]
    """In Chinese, one thing each; empty where nothing was to be completed."""


def complete(sent: etree._Element, papers: Mapping[str, PaperFacts], known: Iterable[Person] = ()) -> Completed:
    """Return a record completed; what was sent is left as it is.

    Args:
        sent: the root of a record, perhaps incomplete.
        papers: file name → what the file is; only files that lie with the record.
        known: people of the unit, for names instead of numbers.
    """
    if sent.tag != f"{R}record":
        return Completed(sent, ())
    root = deepcopy(sent)
    work = RecordWork(root, KnownPeople([*(one for one in listed_in(root) if one.id), *known]))
    _complete_codes(work)
    _complete_numbers(work)
    _complete_header(work)
    complete_papers(work, papers)
    _complete_content(work)
    complete_people(work)
    return Completed(root, tuple(work.told))


def _complete_codes(work: RecordWork) -> None:
    """Write the codes a record begins with as codes are written."""
    for one in header_fields():
        work.read_attribute(work.root, one.key, one.kind, one.label)


def _complete_numbers(work: RecordWork) -> None:
    """Complete what the 记录编号 says already, and what the procedure says of the step."""
    root = work.root
    said = root.get("recordId", "").strip()
    number = RecordId.of(said) if RecordId.is_one(said) else RecordId()
    step = procedure().all_types.get(root.get("stepId") or number.step)
    follow = {"stepId": number.step, "occurrence": str(int(number.place)) if number.place else ""}
    follow |= {"itemId": step.item, "stageId": step.stage} if step else {}
    labels = {one.key: one.label for one in header_fields()}
    for key, value in follow.items():
        if value and not root.get(key):
            root.set(key, work.put(labels[key], "", value))
    for key, value in {"batch": number.batch, "personId": number.person_no}.items():
        if value and not root.findtext(f"{R}{key}", "").strip():
            work.header(key).text = work.put(labels[key], "", value)


def _complete_header(work: RecordWork) -> None:
    for one in header_fields():
        for node in work.root.iterfind(f"{R}{one.key}"):
            if node.text and node.text.strip() and _NO_NOTES(node):
                _rewrite(work, node, one)
    for node in work.root.iterfind(f"{R}notebook"):
        _rewrite_attributes(work, node, next(one for one in header_fields() if one.key == "notebook"))
    for node in work.root.iterfind(f"{R}knowers/{R}role"):
        node.text = work.read("知悉范围", node.text or "", lambda text: canonical(ROLE, text))
    for node in work.root.iterfind(f"{R}responsible"):
        work.read_attribute(node, "role", ROLE, "责任角色")
        work.read_attribute(node, "signedOn", "date", "签名日期")
        work.read_attribute(node, "signKind", "SignKind", "签名方式")


def _complete_content(work: RecordWork) -> None:
    content = work.root.find(f"{R}content")
    if content is None:
        return
    try:
        fields = record_type(work.root.get("stepId", "")).fields
    except NotFound:
        return
    _walk(work, content, fields)


def _walk(work: RecordWork, parent: etree._Element, fields: Iterable[Field]) -> None:
    nodes = children_of(parent)
    for one in fields:
        node = nodes.get(one.key)
        if node is None:
            continue
        if one.kind == "group":
            _walk(work, node, one.children)
        elif one.kind == "list":
            for entry in node.iterfind(f"{R}entry"):
                _walk(work, entry, one.children)
        elif one.kind == "enums":
            for value in node.iterfind(f"{R}value"):
                _rewrite(work, value, one)
        else:
            _rewrite_attributes(work, node, one)
            if node.text and node.text.strip() and _NO_NOTES(node):
                _rewrite(work, node, one)


def _rewrite_attributes(work: RecordWork, node: etree._Element, one: Field) -> None:
    for part in (part for part in type_attributes(one.kind) if part.key not in ("ref", *PAPER_REFS)):
        work.read_attribute(node, part.key, part.kind, f"{one.label}的{part.label}")


def _rewrite(work: RecordWork, node: etree._Element, one: Field) -> None:
    node.text = work.read(one.label, node.text or "", lambda text: canonical_of(one, text))
