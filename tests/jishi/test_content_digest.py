"""The content digest: completing or signing a record never changes it, changing anything else does."""

from __future__ import annotations

import copy
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from jishi.content_digest import content_digest
from jishi.records import R
from jishi.safe_xml import parse
from rehearsal.batch import build

_LATER = {"signedOn", "signKind", "signRef", "stageId", "itemId", "att"}


@cache
def samples() -> tuple[bytes, ...]:
    by_step = {sample.step_id: sample.xml for sample in build(2, scans=False)}
    return tuple(by_step.values())


def record(number: int) -> etree._Element:
    return parse(samples()[number % len(samples())])


def completed(root: etree._Element, day: str, papers: int, spaced: bool) -> etree._Element:
    """Return a record signed, with other papers, recorded later, and written down in another way."""
    done = copy.deepcopy(root)
    for mark in done.iter(f"{R}responsible"):
        mark.attrib.update({"signedOn": day, "signKind": "手写签名扫描", "signRef": "att-9"})
    for paper in done.findall(f"{R}attachment"):
        done.remove(paper)
    for number in range(papers):
        etree.SubElement(done, f"{R}attachment", {"id": f"att-{number}", "name": "扫描件", "sha256": day, "pages": "3"})
    for node in [node for node in done.iter() if "att" in node.attrib]:
        node.set("att", f"att-{papers}")
    recorded = done.find(f"{R}recordedOn")
    assert recorded is not None
    recorded.text = f"{day}T08:00:00+08:00"
    if spaced:
        etree.indent(done, "\t")
        done.insert(0, etree.Comment("后来加的说明"))
    return parse(etree.tostring(done))


def unsigned(root: etree._Element) -> etree._Element:
    """Return a record as it is before anybody signs it: no papers, no days of signing, nothing a machine knows."""
    bare = copy.deepcopy(root)
    for node in list(bare.iter(f"{R}attachment", f"{R}recordedOn")):
        node.getparent().remove(node)  # type: ignore[union-attr]
    for node in bare.iter(f"{R}record", f"{R}responsible"):
        for name in _LATER & set(node.attrib):
            del node.attrib[str(name)]
    return bare


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.dates().map(str), st.integers(0, 4), st.booleans())
def test_completing_and_signing_a_record_never_changes_its_digest(
    number: int, day: str, papers: int, spaced: bool
) -> None:
    root = record(number)
    assert content_digest(completed(root, day, papers, spaced)) == content_digest(root)


@pytest.mark.parametrize("number", range(12))
def test_a_record_has_its_digest_before_anything_of_it_is_signed(number: int) -> None:
    assert content_digest(unsigned(record(number))) == content_digest(record(number))


def test_a_list_of_papers_may_come_and_go_with_its_papers() -> None:
    number = next(number for number in range(60) if lists_of_papers(record(number)))
    root = record(number)
    for holder in lists_of_papers(root):
        above = holder.getparent()
        assert above is not None
        above.remove(holder)
    assert content_digest(root) == content_digest(record(number))


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 60), st.integers(0, 10_000))
def test_changing_anything_else_changes_the_digest(number: int, place: int) -> None:
    root = record(number)
    before = content_digest(root)
    spots = [(node, name) for node in root.iter("*") if counts(node) for name in ("", *(set(node.attrib) - _LATER))]
    node, name = spots[place % len(spots)]
    parts = [child for child in node if counts(child)]
    if name:
        node.set(name, node.get(name, "") + "9")
    elif parts:
        node.remove(parts[place % len(parts)])
    else:
        node.text = (node.text or "") + "改"
    assert content_digest(root) != before


def lists_of_papers(root: etree._Element) -> list[etree._Element]:
    return [node for node in root.iter("*") if len(node) and all("att" in child.attrib for child in node)]


def counts(node: etree._Element) -> bool:
    """Tell whether an element is there before a record is signed: neither a paper nor a name of papers."""
    if node.tag in (f"{R}attachment", f"{R}recordedOn") or "att" in node.attrib:
        return False
    return not len(node) or not all("att" in child.attrib for child in node)


def test_blanks_within_a_value_and_the_order_of_entries_count() -> None:
    root = record(0)
    title = root.find(f"{R}title")
    assert title is not None
    before = content_digest(root)
    title.text = f" {title.text}"
    assert content_digest(root) != before
    people = next(root for root in map(record, range(60)) if len(root.findall(f"{R}people/*")) > 1)
    before = content_digest(people)
    held = people.find(f"{R}people")
    assert held is not None
    held.append(copy.deepcopy(held[0]))
    held.remove(held[0])
    assert content_digest(people) != before


def test_prefixes_do_not_count() -> None:
    data = samples()[0].replace(b"<", b"<r:").replace(b"<r:/", b"</r:").replace(b"<r:?", b"<?").replace(b"<r:!", b"<!")
    prefixed = data.replace(b"xmlns=", b"xmlns:r=", 1)
    assert content_digest(parse(prefixed)) == content_digest(parse(samples()[0]))
