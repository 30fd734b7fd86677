"""A case as a tree to be asked by XPath: <case>, in it a record of each step under the step's id, worded as on paper.

An element stands for each field, with the text its form shows; a list has an <entry> for each row. `@own` marks what
names the candidate, `@latest` the latest record of a step, `@count` how many a field lists.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from lxml import etree

from jishi.records import R, Record, children_of
from press.forms import Form, Grid, Pair, chinese_date

_REFERRING = etree.XPath("descendant::*[@ref = $key]")


def record_tree(record: Record, form: Form) -> etree._Element:
    """Return a record in words.

    Args:
        record: the record.
        form: what its paper shows.
    """
    root = etree.Element(record.step_id, _header(record))
    filled = children_of(record.content)
    for block in form.body:
        node = etree.SubElement(root, block.key)
        if isinstance(block, Pair):
            _add_text(node, "".join(block.lines), filled.get(block.key))
        else:
            _add_rows(node, block, filled.get(block.key))
    for mark in record.signatures:
        said = {"role": mark.role, "on": chinese_date(mark.signed_on), "kind": mark.kind}
        etree.SubElement(root, "responsible", said, name=_name(record, mark.person))
    return root


def case_tree(head: Mapping[str, str], records: Iterable[tuple[etree._Element, str, bool]]) -> etree._Element:
    """Return a case.

    Args:
        head: what is known of the candidate.
        records: each as `record_tree` has it, the key its candidate has in it, and whether it is its step's latest.
    """
    root = etree.Element("case", dict(head))
    for tree, key, latest in records:
        node = copy.copy(tree)
        if latest:
            node.set("latest", "true")
        for one in _elements(_REFERRING(node, key=key)) if key else ():
            one.set("own", "true")
        root.append(node)
    return root


def _elements(found: object) -> list[etree._Element]:
    return found if isinstance(found, list) else []


def _header(record: Record) -> dict[str, str]:
    signers = dict.fromkeys(_name(record, mark.person) for mark in record.signatures)
    return {
        "id": record.id,
        "step": record.step.name,
        "title": record.title,
        "from": record.occurred_on.isoformat(),
        "to": (record.occurred_to or record.occurred_on).isoformat(),
        "day": chinese_date(record.occurred_on.isoformat()),
        "place": record.place,
        "recorder": _name(record, record.recorder),
        "signers": "、".join(signers),
    }


def _name(record: Record, key: str) -> str:
    person = record.people.get(key)
    return person.name if person else key


def _add_text(node: etree._Element, text: str, source: etree._Element | None) -> None:
    node.text = text
    if source is not None:
        _refer(node, source)
        if len(source):
            node.set("count", str(len(source)))


def _add_rows(node: etree._Element, grid: Grid, source: etree._Element | None) -> None:
    """Lay down a table's rows, with whom each cell refers to where the record says so."""
    for row in grid.rows:
        entry = etree.SubElement(node, "entry")
        for key, text in zip(grid.keys, row, strict=True):
            etree.SubElement(entry, key).text = text
    entries = [] if source is None else source.findall(f"{R}entry")
    for told, said in zip(node, entries, strict=False):
        for part in said:
            if part.get("ref") and (cell := told.find(part.tag[len(R) :])) is not None:
                _refer(cell, part)


def _refer(node: etree._Element, source: etree._Element) -> None:
    if ref := source.get("ref"):
        node.set("ref", ref)
