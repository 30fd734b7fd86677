"""Which fields a rule speaks of, read from its expressions; rather one too many than one too few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from lxml import etree

from jishi.procedure import procedures
from pipeline.rules.schematron import NEEDS, SCHEMATRON, WHEN

_S = f"{{{SCHEMATRON}}}"
_KEY = "{http://www.w3.org/1999/XSL/Transform}key"
_NAME = re.compile(r"\$?[A-Za-z_][\w\-]*")
_ANY = re.compile(r"(?:^|[/:(\[|,@])\s*\*")
"""A step of a path that takes whatever element or attribute stands there."""
ANYTHING = "*"
"""Stands among the names of a rule that looks at elements without naming them."""
_SIGNATURES = ("signed", "unsigned")
"""Functions that are handed a record and look for its signatures themselves."""


def names_by_rule(schemas: Sequence[etree._Element]) -> dict[str, frozenset[str]]:
    """Return rule id → every name in its context and expressions, those of variables and keys it uses included.

    Args:
        schemas: roots of sound rule files.
    """
    keys = {key.get("name", ""): f"{key.get('match')} {key.get('use')}" for one in schemas for key in one.iter(_KEY)}
    lets = {f"${let.get('name')}": let.get("value", "") for one in schemas for let in one.iterfind(f"{_S}let")}
    signatures = " ".join(_signature_paths())
    wider = keys | lets | dict.fromkeys(_SIGNATURES, signatures)
    return {
        node.get("id", ""): _names(_said(node), wider | dict(_variables(node)))
        for node in chain.from_iterable(one.iter(f"{_S}assert", f"{_S}report") for one in schemas)
    }


def _said(node: etree._Element) -> str:
    """Return all expressions of an assertion in one text."""
    rule = node.getparent()
    assert rule is not None
    figures = (part.get("select", "") for part in node.iter(f"{_S}value-of"))
    own = (node.get(name, "") for name in ("test", "subject", WHEN, NEEDS))
    # It speaks of a node only where no rule before it in its pattern does.
    contexts = (one.get("context", "") for one in (rule, *rule.itersiblings(f"{_S}rule", preceding=True)))
    return " ".join([*contexts, rule.get("subject", ""), *own, *figures])


def _variables(node: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield the variables of an assertion's pattern and of its rule, which come after."""
    for owner in reversed([*node.iterancestors(f"{_S}rule", f"{_S}pattern")]):
        for let in owner.iterfind(f"{_S}let"):
            yield f"${let.get('name')}", let.get("value", "")


def _names(text: str, further: Mapping[str, str]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [text]
    while waiting:
        said = waiting.pop()
        fresh = {*_NAME.findall(said), *([ANYTHING] if _ANY.search(said) else [])} - found
        found |= fresh
        waiting += [further[name] for name in fresh if name in further]
    return frozenset(name for name in found if not name.startswith("$"))


def _signature_paths() -> Iterator[str]:
    """Yield what decides who must sign a record, beside the signatures themselves."""
    yield "responsible"
    for one in procedures().values():
        for step in one.all_types.values():
            for signer in step.signers:
                yield from (signer.when, signer.among)
                if signer.on_summary:
                    yield "formKind"
