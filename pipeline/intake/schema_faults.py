"""What is wrong with a record against the schema of its type: every fault at once, followers of another left out.

libxml2 stops reading an element's children at the first that should not stand there. So that one fault hides no other,
a copy of the record is mended there and read again, until nothing is left but values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import cast

from lxml import etree

from jishi.data_files import of_data
from jishi.findings import Finding, Severity
from jishi.record_types import NAMESPACE, parse_schema, record_type
from pipeline.intake import schema_words as words
from pipeline.intake.schema_remedies import remedy_of
from pipeline.rules.rule import place_of
from pipeline.rules.schematron import line_of

_R = f"{{{NAMESPACE}}}"
_ERRORS = etree.ErrorTypes
_MOST_FAULTS = 500
"""So many of libxml2's errors are looked at; the place of each is searched from the root, and nobody reads more."""
_MOST_ROUNDS = 20
_MENDABLE = 5000
"""So many elements a record may have to be read again and again; of a larger one the first faults are told."""
_SHOWN = 5
_INNER = frozenset({"entry", "value", "person", "file", "role"})
"""Elements of lists, which no field is called by."""
_REFERRED = frozenset({"people", "attachment"})
"""What others refer to: where it is missing, every reference to it is broken too."""


@dataclass(frozen=True, slots=True)
class FormFault:
    """One thing wrong with a record's form."""

    finding: Finding
    names: frozenset[str]
    """The fields of which nothing can be said as long as it stands."""


@of_data
@cache
def schema_of(type_id: str) -> etree.XMLSchema:
    """Return the compiled schema of a record type."""
    return etree.XMLSchema(parse_schema(record_type(type_id).folder / "record.xsd"))


def schema_faults(root: etree._Element, name: str = "") -> tuple[FormFault, ...]:
    """Return every fault of a record against the schema of its type, in the order of its lines.

    Args:
        root: the record; it stays as it is.
        name: the file's name, for the findings.
    """
    if schema_of(root.get("stepId", "")).validate(root):
        return ()
    copy = _MendedCopy(root, name)
    found = sorted(copy.faults(), key=lambda one: one.finding.line)
    return (*_folded(found), *([_more(name)] if copy.cut_short else []))


def _more(name: str) -> FormFault:
    """Return what tells that the faults at the end were not looked at."""
    words = "毛病太多，后面的没有逐处看，以上处数不全"
    remedy = "改正以上各处后再投，其余的会再列出"
    return FormFault(Finding("X-MORE", words, severity=Severity.INFO, file=name, remedy=remedy), frozenset())


def is_mendable(root: etree._Element) -> bool:
    """Tell whether a faulty record is small enough to be looked at from all sides."""
    return sum(1 for _ in root.iter()) <= _MENDABLE


class _MendedCopy:
    """A copy of a faulty record, mended where that lets libxml2 read on."""

    def __init__(self, root: etree._Element, name: str) -> None:
        self._root = deepcopy(root)
        self._type = record_type(root.get("stepId", ""))
        self._fields = self._type.by_key()
        self._name = name
        self._made: list[etree._Element] = []
        self._missing: set[str] = set()
        self.cut_short = False
        """Whether there were more faults than are looked at."""

    def faults(self) -> Iterator[FormFault]:
        """Yield misplaced and missing elements first, then everything else."""
        rounds = _MOST_ROUNDS if is_mendable(self._root) else 1
        for _ in range(rounds):
            misplaced = [one for one in self._errors() if one.type == _ERRORS.SCHEMAV_ELEMENT_CONTENT]
            found = [(error, node) for error in misplaced if (node := self._node(error)) is not None]
            found = [(error, node) for error, node in found if not self._is_made(node)]
            if not found:
                break
            yield from [self._fault(error, node) for error, node in found]
            for error, node in found:
                self._mend(error, node)
        yield from self._others()

    def _errors(self) -> list[etree._LogEntry]:
        schema = schema_of(self._type.id)
        schema.validate(self._root)
        errors = list(islice(cast("Iterable[etree._LogEntry]", schema.error_log), _MOST_FAULTS + 1))
        self.cut_short = len(errors) > _MOST_FAULTS
        return errors[:_MOST_FAULTS]

    def _others(self) -> Iterator[FormFault]:
        """Yield what is wrong with values, attributes and references."""
        explained: set[tuple[int, str]] = set()
        unread: set[str] = set()
        for error in self._errors():
            if error.type == _ERRORS.SCHEMAV_ELEMENT_CONTENT:
                continue
            # libxml2 reports a broken facet and then, once more, that the value is not of the type.
            key = (error.line, words.subject_of(error.message))
            if error.type in words.FACETS | words.OF_TYPE:
                if key in explained:
                    continue
                if error.type in words.FACETS:
                    explained.add(key)
                unread.add(words.value_of(error, None))
            node = self._node(error)
            if node is not None and words.attribute_in(words.subject_of(error.message)) in ("id", "no"):
                self._missing |= _REFERRED  # who or what has no number can be referred to by none
            if not self._follows(error, node, unread):
                yield self._fault(error, node)

    def _follows(self, error: etree._LogEntry, node: etree._Element | None, unread: set[str]) -> bool:
        """Tell whether an error is there only because of what was told before: what is missing, or cannot be read."""
        if error.type == _ERRORS.SCHEMAV_CVC_IDC:
            values = words.key_values(error.message)
            # Of a value that cannot be read libxml2 says once more, without the value, that it refers to nothing.
            if not values or self._missing & _REFERRED or not unread.isdisjoint(values):
                return True
        return node is not None and self._is_made(node)

    def _is_made(self, node: etree._Element) -> bool:
        return any(one in self._made for one in (node, *node.iterancestors()))

    def _node(self, error: etree._LogEntry) -> etree._Element | None:
        if error.path:
            found = self._root.getroottree().xpath(error.path)
            if isinstance(found, list) and found and isinstance(found[0], etree._Element):
                return found[0]
        # For broken references libxml2 knows the line only.
        return next((node for node in self._root.iter("*") if line_of(node) == error.line), None)

    # Telling

    def _fault(self, error: etree._LogEntry, node: etree._Element | None) -> FormFault:
        finding = Finding(
            "X-SCHEMA",
            words.explained(error, node, self._type),
            file=self._name,
            line=error.line,
            place="" if node is None else self._place(node),
            record=self._root.get("recordId", ""),
            remedy=f"{remedy_of(error, node, self._type)}（jishi blank {self._type.id} 可取得空白记录）",
        )
        return FormFault(finding, frozenset(self._names(error, node)))

    def _place(self, node: etree._Element) -> str:
        """Return where an element stands; a paper is told by its number, as those who open it tell it."""
        place = place_of(self._root, node)
        return f"{place} {node.get('id') or node.get('file', '')}".strip() if node.tag == f"{_R}attachment" else place

    def _names(self, error: etree._LogEntry, node: etree._Element | None) -> Iterator[str]:
        if error.type != _ERRORS.SCHEMAV_ELEMENT_CONTENT:
            if node is self._root:
                yield words.attribute_in(words.subject_of(error.message)) or words.expected_attribute(error.message)
            elif node is not None:
                name = etree.QName(node).localname
                yield name
                if name in _INNER and (parent := node.getparent()) is not None:
                    yield etree.QName(parent).localname
            return
        expected = words.expected_names(error.message)
        for name in self._lacking(expected, node) or expected:
            if name in self._fields or name not in _INNER:
                yield name
            if name in _INNER and node is not None:
                yield etree.QName(node).localname

    # Mending

    def _mend(self, error: etree._LogEntry, node: etree._Element) -> None:
        """Make a copy's children such as the schema wants them, in the way that loses least of what stands there."""
        expected = words.expected_names(error.message)
        if "Missing child element" in error.message:
            node.append(self._make(self._wanted(self._lacking(expected, node) or expected)))
            return
        parent = node.getparent()
        if parent is None:
            return
        later = next((one for one in node.itersiblings() if self._called(one) in expected), None)
        if self._called(node) not in {*self._fields, *_INNER} or self._stands_before(node) or not expected:
            parent.remove(node)
        elif later is not None:
            parent.insert(parent.index(node), later)
        elif any(map(self._is_required, lacking := self._lacking(expected, parent))):
            parent.insert(parent.index(node), self._make(self._wanted(lacking)))
        else:
            parent.remove(node)

    def _lacking(self, expected: list[str], near: etree._Element | None) -> list[str]:
        """Return those of the expected elements of which none stands in an element, nor beside it."""
        there = {} if near is None else {self._called(one) for one in (*near, *near.itersiblings(preceding=True))}
        return [one for one in expected if one not in there]

    def _make(self, key: str) -> etree._Element:
        made = etree.Element(f"{_R}{key}")
        self._made.append(made)
        self._missing.add(key)
        return made

    def _called(self, node: etree._Element) -> str:
        return etree.QName(node).localname if isinstance(node.tag, str) and node.tag.startswith(_R) else ""

    def _stands_before(self, node: etree._Element) -> bool:
        """Tell whether another of the same name stands before it, with others between; then it is one too many."""
        return any(one.tag == node.tag for one in node.itersiblings(preceding=True))

    def _wanted(self, expected: list[str]) -> str:
        return next((one for one in expected if self._is_required(one)), expected[-1] if expected else "entry")

    def _is_required(self, key: str) -> bool:
        return key in (*_INNER, "content") or (key in self._fields and self._fields[key].required)


# Folding


def _folded(faults: Iterable[FormFault]) -> Iterator[FormFault]:
    """Yield faults, what an element lacks in one, and what is said again and again once, with the places."""
    groups: dict[str, list[FormFault]] = {}
    for one in _joined(faults):
        groups.setdefault(one.finding.message, []).append(one)
    for group in groups.values():
        first, names = group[0].finding, frozenset[str]().union(*(one.names for one in group))
        if len(group) > 1:
            places = list(dict.fromkeys(one.finding.place or f"第{one.finding.line}行" for one in group))
            shown = "、".join(places[:_SHOWN]) + ("等" if len(places) > _SHOWN else "")
            first = replace(first, message=f"{first.message}（共{len(group)}处：{shown}）")
        yield FormFault(first, names)


def _joined(faults: Iterable[FormFault]) -> Iterator[FormFault]:
    """Yield faults, all that one element lacks in one of them."""
    lacking: dict[tuple[str, int, str], FormFault] = {}
    others: list[FormFault | tuple[str, int, str]] = []
    for one in faults:
        head, lacks, what = one.finding.message.partition(words.LACKS)
        key = (head, one.finding.line, one.finding.place)
        if not lacks:
            others.append(one)
        elif key in lacking:
            before = lacking[key].finding
            lacking[key] = replace(lacking[key], finding=replace(before, message=f"{before.message}、{what}"))
        else:
            lacking[key] = one
            others.append(key)
    yield from (lacking[one] if isinstance(one, tuple) else one for one in others)
