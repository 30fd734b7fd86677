"""Find what would stop or falsify a run of a Schematron file, before it is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from pipeline.rules.schematron import FUNCTIONS, NEEDS, SCHEMATRON, WHEN, line_of, prefixes_of

_S = f"{{{SCHEMATRON}}}"
_X = "{http://www.w3.org/1999/XSL/Transform}"
_REFUSED = ("extends", "include", "phase", "diagnostics", "param", "title-of")


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """What is wrong with a Schematron file."""

    message: str
    line: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the expressions of a rule set may speak of."""

    parameters: frozenset[str]
    functions: frozenset[str]
    lets: frozenset[str]
    """Names of the schema-level and pattern-level lets of all files of the set."""


_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_VARIABLE = re.compile(r"\$\s*([\w.\-]+)")
_CALL = re.compile(r"\bf:([\w.\-]+)\s*\(")
_PREFIX = re.compile(r"(?<![\w.\-:$])([A-Za-z_][\w.\-]*):(?!:)")


def global_lets(schema: etree._Element) -> tuple[str, ...]:
    """Return the names of the lets that every rule of the set can see."""
    return tuple(n.get("name", "") for n in schema.iterfind(f"{_S}let")) + tuple(
        n.get("name", "") for n in schema.iterfind(f"{_S}pattern/{_S}let")
    )


def faults_of(schema: etree._Element, words: Vocabulary) -> Iterator[SchemaFault]:
    """Yield everything that would stop or falsify a run: unknown parts, wrong XPath, unknown names."""
    if schema.tag != f"{_S}schema":
        yield SchemaFault("根元素应为Schematron的schema", line_of(schema))
        return
    if schema.get("queryBinding", "xslt") != "xslt":
        yield SchemaFault("queryBinding应为xslt（XSLT 1.0）", line_of(schema))
    for name in _REFUSED:
        for node in schema.iter(f"{_S}{name}"):
            yield SchemaFault(f"不支持{name}", line_of(node))
    for pattern in schema.iterfind(f"{_S}pattern"):
        rules = pattern.findall(f"{_S}rule")
        if len(rules) > 1 and (keyed := [rule for rule in rules if "key(" in rule.get("context", "")]):
            # libxslt matches wrong nodes against a key() pattern, so such a rule stands alone and is only selected.
            yield SchemaFault("含key()的规则须独占一个pattern", line_of(keyed[0]))
    prefixes = set(prefixes_of([schema])) | {"f", "xsl"}
    for node, expression, scope in _expressions(schema):
        for message in _expression_faults(expression, prefixes, words, scope):
            yield SchemaFault(message, line_of(node))


def _expressions(schema: etree._Element) -> Iterator[tuple[etree._Element, str, frozenset[str]]]:
    for node in schema.iter(f"{_S}*", f"{_X}key"):
        rule = next(node.iterancestors(f"{_S}rule"), None)
        lets = frozenset() if rule is None else frozenset(n.get("name", "") for n in rule.iterfind(f"{_S}let"))
        for name in (WHEN, NEEDS, "test", "context", "value", "select", "subject", "use", "match", "path"):
            if (expression := node.get(name)) is not None:
                yield node, expression, lets


def _expression_faults(expression: str, prefixes: set[str], words: Vocabulary, scope: frozenset[str]) -> Iterator[str]:
    try:
        etree.XPath(expression, namespaces={**dict.fromkeys(prefixes, "urn:any"), "f": FUNCTIONS})
    except etree.XPathSyntaxError as error:
        yield f"XPath有误：{expression}（{error}）"
        return
    bare = _STRING.sub("''", expression)
    if bare.count("(") != bare.count(")"):  # libxml2 compiles "count(" and only fails when it runs
        yield f"XPath的括号不配对：{expression}"
    for name in _VARIABLE.findall(bare):
        if name.startswith("P."):
            if name[2:] not in words.parameters:
                yield f"没有参数 {name[2:]}"
        elif name not in scope and name not in words.lets:
            yield f"没有变量 ${name}"
    yield from (f"没有函数 f:{name}" for name in _CALL.findall(bare) if name not in words.functions)
    yield from (f"没有声明前缀 {name}" for name in _PREFIX.findall(bare) if name not in prefixes)
