"""Compile ISO Schematron (XSLT 1.0 binding) into one fused stylesheet that tells only what failed.

All files of a set become one stylesheet: every pattern is one pass over exactly its context nodes, so the cost grows
with the nodes a rule speaks of, not with the size of the document times the number of rules. With trace on, every
assertion that was tried is told, so that a rule that never fired is never taken for one that passed.

Supported: ns, let (schema, pattern, rule), pattern, rule with context and subject, assert, report, value-of, name,
emph, and xsl:key at schema level. Refused: abstract patterns, extends, include, phases, diagnostics.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

SCHEMATRON = "http://purl.oclc.org/dsdl/schematron"
FUNCTIONS = "urn:jishi:functions"
_S = f"{{{SCHEMATRON}}}"
_XSL = "http://www.w3.org/1999/XSL/Transform"
_X = f"{{{_XSL}}}"
WHEN = "{urn:jishi:rule:1}when"
"""An assertion with this attribute is tried only where its expression holds; elsewhere it does not fire."""
NEEDS = "{urn:jishi:rule:1}needs"
"""An assertion with this attribute compares with what may not be there: where its expression does not hold, nothing
can be said, and a traced run tells so."""
_HERE = "here"

Function = Callable[..., Any]
Value = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Firing:
    """One assertion tried on one node."""

    id: str
    passed: bool
    subject: str
    """What the sheet's subject expression gives for the node, such as the record's number."""
    message: str = ""
    """The assertion's text with its figures; empty when it passed."""
    place: Any = None
    """What the sheet's locator made of the node; None when it passed."""
    values: tuple[str, ...] = ()
    """What the text's value-of gave, in order: the figures it passed or failed with."""
    lacking: bool = False
    """True where what it compares with is not there; then it neither passed nor failed."""


class RuleSheet:
    """A compiled rule set: run it over a document as often as needed."""

    def __init__(
        self,
        schemas: Sequence[etree._Element],
        parameters: Mapping[str, Value],
        functions: Mapping[str, Function],
        subject: str = "''",
        locate: Callable[[etree._Element], Any] = lambda node: line_of(node),
    ) -> None:
        """Compile schemas to one stylesheet.

        Args:
            schemas: roots of checked Schematron files, see `faults_of`.
            parameters: values for $P.<name>; a list becomes |a|b|, to be asked with contains().
            functions: what the rules may call as f:<name>(…); each gets lxml's context first.
            subject: XPath evaluated at a tried node, with the prefixes of the schemas.
            locate: tells where a failing node stands; called while the run lasts, must not keep the node.
        """
        self._locate = locate
        self._places: list[Any] = []
        self._ids: list[str] = []
        sheet = _stylesheet(schemas, parameters, subject, self._ids)
        extensions = {(FUNCTIONS, name): function for name, function in functions.items()}
        extensions[FUNCTIONS, _HERE] = self._here
        self._transform = etree.XSLT(sheet, extensions=extensions)

    def run(self, root: etree._Element, trace: bool = False) -> tuple[Firing, ...]:
        """Return what failed, in the order of the rules; with trace also what passed.

        Args:
            root: the root of a document, or an element of one, which is then judged as a document of its own.
            trace: tell what passed, too.
        """
        if root.getparent() is not None:
            root = copy.deepcopy(root)  # lxml would let absolute paths see the whole document
        self._places.clear()
        result = self._transform(root, trace="true()") if trace else self._transform(root)
        return tuple(self._firing(node) for node in result.getroot())

    def _firing(self, node: etree._Element) -> Firing:
        rule, subject = self._ids[int(node.get("i", "0"))], node.get("s", "")
        if node.tag == "u":
            return Firing(rule, False, subject, lacking=True)
        values = tuple(" ".join(str(value.text or "").split()) for value in node)
        if node.tag == "p":
            return Firing(rule, True, subject, values=values)
        text = "".join(map(str, node.itertext()))
        return Firing(rule, False, subject, " ".join(text.split()), self._places[int(node.get("h", "0"))], values)

    def _here(self, context: Any, nodes: Any) -> float:
        node = nodes[0] if nodes else context.context_node
        node = node if isinstance(node, etree._Element) else node.getparent()
        self._places.append(self._locate(node))
        return float(len(self._places) - 1)


# Compiling


def _stylesheet(
    schemas: Sequence[etree._Element], parameters: Mapping[str, Value], subject: str, ids: list[str]
) -> etree._Element:
    nsmap = {"xsl": _XSL, **prefixes_of(schemas), "f": FUNCTIONS}
    root = etree.Element(f"{_X}stylesheet", nsmap=nsmap, version="1.0")
    _x(root, "output", method="xml", encoding="UTF-8")
    _x(root, "param", name="trace", select="false()")
    for name, value in parameters.items():
        _x(root, "variable", name=f"P.{name}", select=literal(value))
    for schema in schemas:
        for key in schema.iterfind(f"{_X}key"):
            _x(root, "key", **{str(name): str(text) for name, text in key.attrib.items()})
        for let in schema.iterfind(f"{_S}let"):
            _let(root, let)
    driver = _element(_x(root, "template", match="/"), "o")
    patterns = [pattern for schema in schemas for pattern in schema.iterfind(f"{_S}pattern")]
    for place, pattern in enumerate(patterns):
        _pattern(root, driver, pattern, f"m{place}", subject, ids)
    return root


def _pattern(
    root: etree._Element, driver: etree._Element, pattern: etree._Element, mode: str, subject: str, ids: list[str]
) -> None:
    for let in pattern.iterfind(f"{_S}let"):
        _let(root, let)
    rules = list(pattern.iterfind(f"{_S}rule"))
    if len(rules) == 1:
        _body(_x(driver, "for-each", select=_selection(rules[0])), rules[0], subject, ids)
        return
    # The first rule whose context matches a node speaks of it; the later ones of the pattern do not.
    _x(driver, "apply-templates", select=" | ".join(map(_selection, rules)), mode=mode)
    for place, rule in enumerate(rules):
        priority = str(len(rules) - place)
        _body(_x(root, "template", match=rule.get("context", ""), mode=mode, priority=priority), rule, subject, ids)


def _body(parent: etree._Element, rule: etree._Element, subject: str, ids: list[str]) -> None:
    for node in rule.iterchildren(f"{_S}let", f"{_S}assert", f"{_S}report"):
        if node.tag == f"{_S}let":
            _let(parent, node)
        else:
            _assertion(parent, node, node.get("subject", rule.get("subject", ".")), subject, ids)


def _assertion(parent: etree._Element, node: etree._Element, at: str, subject: str, ids: list[str]) -> None:
    number = str(len(ids))
    ids.append(node.get("id", ""))
    test = node.get("test", "")
    holds = test if node.tag == f"{_S}assert" else f"not({test})"
    if guard := node.get(WHEN):
        parent = _x(parent, "if", test=guard)
    choose = _x(parent, "choose")
    if needs := node.get(NEEDS):
        lacking = _element(_x(_x(choose, "when", test=f"not({needs})"), "if", test="$trace"), "u", i=number)
        _x(_x(lacking, "attribute", name="s"), "value-of", select=subject)
    passed = _element(_x(_x(choose, "when", test=holds), "if", test="$trace"), "p", i=number)
    _x(_x(passed, "attribute", name="s"), "value-of", select=subject)
    for part in node.iter(f"{_S}value-of"):
        _x(_element(passed, "v"), "value-of", select=part.get("select", ""))
    failed = _element(_x(choose, "otherwise"), "f", i=number)
    _x(_x(failed, "attribute", name="s"), "value-of", select=subject)
    _x(_x(failed, "attribute", name="h"), "value-of", select=f"f:{_HERE}({at})")
    _message(failed, node)


def _message(parent: etree._Element, node: etree._Element) -> None:
    _literal_text(parent, node.text)
    for part in node.iterchildren("*"):
        if part.tag == f"{_S}value-of":
            _x(_element(parent, "v"), "value-of", select=part.get("select", ""))
        elif part.tag == f"{_S}name":
            _x(parent, "value-of", select=f"name({part.get('path', '.')})")
        else:
            _message(parent, part)
        _literal_text(parent, part.tail)


def _literal_text(parent: etree._Element, text: str | None) -> None:
    if text:
        _x(parent, "text").text = text


def _let(parent: etree._Element, let: etree._Element) -> None:
    _x(parent, "variable", name=let.get("name", ""), select=let.get("value", ""))


def _x(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{_X}{tag}", attributes)


def _element(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, tag, attributes)


def prefixes_of(schemas: Sequence[etree._Element]) -> dict[str, str]:
    """Return the namespace prefixes schemas declare."""
    return {n.get("prefix", ""): n.get("uri", "") for schema in schemas for n in schema.iterfind(f"{_S}ns")}


def _selection(rule: etree._Element) -> str:
    """Turn a context pattern into the expression that selects its nodes from the document's root."""
    parts = alternatives(rule.get("context", ""))
    return " | ".join(part if part.startswith(("/", "key(", "id(")) else f"//{part}" for part in parts)


def line_of(node: etree._Element) -> int:
    """Return the line of an element in its file; 0 when unknown."""
    return int(getattr(node, "sourceline", None) or 0)


def alternatives(pattern: str) -> tuple[str, ...]:
    """Split a match pattern at its top-level bars."""
    parts, depth, quote = [""], 0, ""
    for sign in pattern:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign in "[(") - (sign in "])")
        if sign == "|" and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return tuple(part.strip() for part in parts)


def literal(value: Value) -> str:
    """Write a parameter's value as an XPath expression.

    Raises:
        ValueError: the text holds both kinds of quotes, which XPath 1.0 cannot write.
    """
    if isinstance(value, bool):
        return "true()" if value else "false()"
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else "".join(f"|{part}" for part in value) + "|"
    if "'" in text and '"' in text:
        raise ValueError(text)
    return f'"{text}"' if "'" in text else f"'{text}'"
