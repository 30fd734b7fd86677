"""What a summary says of each step: templates/<form>/facts.xml, read and compiled once.

Its words have holes in braces, each an XPath over the case as a tree (press/case_tree.py), in words as on paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from jishi.errors import SettingsInvalid
from jishi.procedure import procedure
from press.case_paths import CasePath
from press.looks import template_file

NAMESPACE = "urn:jishi:facts:1"
_F = f"{{{NAMESPACE}}}"
HOLE = re.compile(r"\{([^{}]*)\}")
BETWEEN = "，"
"""Stands between the parts of a fact that does not say otherwise."""
Variables = dict[str, Any]


class Wording:
    """Words with holes."""

    def __init__(self, text: str) -> None:
        """Compile the holes of a text.

        Raises:
            lxml.etree.XPathSyntaxError: one is no XPath.
        """
        parts = HOLE.split(text)
        self._words, self._holes = parts[::2], [CasePath(hole) for hole in parts[1::2]]

    def of(self, node: etree._Element, variables: Variables) -> str:
        """Return the words with every hole filled; "" where there are holes and none of them says anything."""
        filled = [hole.text(node, variables) for hole in self._holes]
        if filled and not any(filled):
            return ""
        return self._words[0] + "".join(value + words for value, words in zip(filled, self._words[1:], strict=True))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a fact."""

    wording: Wording
    when: CasePath | None
    each: CasePath | None
    """Nodes it is said of, one after the other; None for the fact's own node."""
    between: str
    none: str
    """What is said where none of them says anything."""

    def of(self, node: etree._Element, variables: Variables) -> str:
        """Return what it says of a node."""
        if self.when is not None and not self.when.holds(node, variables):
            return ""
        if self.each is None:
            return self.wording.of(node, variables)
        said = (self.wording.of(one, variables) for one in self.each.nodes(node, variables))
        return self.between.join(filter(None, said)) or self.none


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what is said under it."""

    key: str
    label: str
    of: tuple[str, ...]
    """The steps whose absence is told where there is nothing to say."""
    each: CasePath
    """The nodes it is told of, a line each."""
    parts: tuple[Part, ...]
    between: str
    none: str
    """What stands there where nothing is said and no step's absence is told."""
    when: CasePath | None = None

    def told(self, case: etree._Element, **variables: Any) -> str:
        """Return what it says of a case, a line for each node; "" where there is none."""
        return "\n".join(self.told_of(node, variables) for node in self.each.nodes(case, variables))

    def told_of(self, node: etree._Element, variables: Variables) -> str:
        """Return what it says of one node."""
        return self.between.join(filter(None, (part.of(node, variables) for part in self.parts)))


@dataclass(frozen=True, slots=True)
class Copy:
    """Fields of a step's latest record as its own form has them."""

    key: str
    """Key of the block; empty for the field's own."""
    label: str
    last_column: str
    """Another head for the last column of a table."""
    of: str
    fields: tuple[str, ...]
    when: CasePath | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A row for each of some nodes."""

    each: CasePath
    cells: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table told from the records."""

    key: str
    label: str
    of: tuple[str, ...]
    """The steps whose absence is told where there is no row."""
    columns: tuple[Column, ...]
    rows: tuple[Rows, ...]
    when: CasePath | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """A row for every step: of the stage it stands in, else of the procedure."""

    key: str
    label: str
    columns: tuple[Column, ...]
    when: CasePath | None = None


Block = Fact | Copy | Table | Steps


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a summary under a heading."""

    key: str
    label: str
    stage: str
    """The stage it is about, whose name heads it; empty for none."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class FactSheet:
    """Everything a summary says."""

    signed: str
    """The step whose signatures the summary bears; empty for none."""
    subtitle: Fact
    head: tuple[Block, ...]
    sections: tuple[Section, ...]
    foot: tuple[Block, ...]
    people: tuple[Fact, ...]
    """The columns of a table with a row for each person."""
    book: tuple[Block, ...]
    """What is said of a notebook: fields of its register, then the columns of its entries."""
    steps: tuple[str, ...]
    """Every step it names, in the order of the procedure."""


@cache
def fact_sheet(form: str) -> FactSheet:
    """Return what a summary says.

    Raises:
        SettingsInvalid: its facts.xml is wrong.
    """
    file = template_file(f"{form}/facts.xml")
    try:
        root = etree.fromstring(file.read_bytes())
        return _sheet(root)
    except (OSError, etree.XMLSyntaxError, etree.XPathSyntaxError) as error:
        raise SettingsInvalid(
            f"{file} 读不出或写法不对，可用 jishi doctor 逐处查看；请改正，或放回安装时的文件"
        ) from error


def steps_in(root: etree._Element) -> tuple[str, ...]:
    """Return every step a file of facts names, in the order of the procedure."""
    said = " ".join(text for node in root.iter(f"{_F}*") for text in (*node.attrib.values(), node.text or ""))
    words = set(re.findall(r"[\w-]+", said, re.ASCII))
    return tuple(step for step in procedure().all_types if step in words)


def _sheet(root: etree._Element) -> FactSheet:
    subtitle = root.find(f"{_F}subtitle")
    return FactSheet(
        signed=root.get("signed", ""),
        subtitle=_fact(etree.Element("subtitle") if subtitle is None else subtitle),
        head=tuple(_blocks(root.find(f"{_F}head"))),
        sections=tuple(map(_section, root.iterfind(f"{_F}section"))),
        foot=tuple(_blocks(root.find(f"{_F}foot"))),
        people=tuple(map(_fact, root.iterfind(f"{_F}people/{_F}fact"))),
        book=tuple(_blocks(root.find(f"{_F}book"))),
        steps=steps_in(root),
    )


def _section(node: etree._Element) -> Section:
    stage = node.get("stage", "")
    return Section(node.get("key", stage), node.get("label", ""), stage, tuple(_blocks(node)))


def _blocks(node: etree._Element | None) -> Iterator[Block]:
    for part in () if node is None else node.iterchildren(f"{_F}*"):
        yield _BLOCKS[etree.QName(part).localname](part)


def _fact(node: etree._Element) -> Fact:
    of = tuple(node.get("of", "").split())
    return Fact(
        key=node.get("key", ""),
        label=node.get("label", ""),
        of=of,
        each=CasePath(node.get("each") or (f"{of[0]}[@latest]" if of else ".")),
        parts=tuple(map(_part, node.iterfind(f"{_F}say"))),
        between=node.get("between", BETWEEN),
        none=node.get("none", ""),
        when=_when(node),
    )


def _part(node: etree._Element) -> Part:
    each = node.get("each")
    return Part(
        Wording(node.text or ""), _when(node), CasePath(each) if each else None, node.get("between", BETWEEN),
        node.get("none", ""),
    )  # fmt: skip


def _copy(node: etree._Element) -> Copy:
    key, label, last_column, of = (node.get(name, "") for name in ("key", "label", "lastColumn", "of"))
    return Copy(key, label, last_column, of, tuple(node.get("fields", "").split()), _when(node))


def _table(node: etree._Element) -> Table:
    rows = (
        Rows(CasePath(row.get("each", ".")), tuple(Wording(cell.text or "") for cell in row.iterfind(f"{_F}cell")))
        for row in node.iterfind(f"{_F}row")
    )
    of = tuple(node.get("of", "").split())
    return Table(node.get("key", ""), node.get("label", ""), of, _columns(node), tuple(rows), _when(node))


def _steps(node: etree._Element) -> Steps:
    return Steps(node.get("key", ""), node.get("label", ""), _columns(node), _when(node))


def _columns(node: etree._Element) -> tuple[Column, ...]:
    return tuple(Column(one.get("key", ""), one.get("label", "")) for one in node.iterfind(f"{_F}column"))


def _when(node: etree._Element) -> CasePath | None:
    when = node.get("when")
    return CasePath(when) if when else None


_BLOCKS: dict[str, Callable[[etree._Element], Block]] = {"fact": _fact, "copy": _copy, "table": _table, "steps": _steps}
