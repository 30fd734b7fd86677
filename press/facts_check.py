"""Every fault in a facts.xml: against its schema, then steps, fields and XPaths that lead nowhere, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import as_file
from pathlib import Path

from lxml import etree

from jishi.findings import Finding
from jishi.procedure import procedures, step_of
from jishi.record_types import record_type
from jishi.schema_faults import data_fault, data_file_faults
from press.case_paths import CALLS, CasePath
from press.facts import HOLE, NAMESPACE
from press.looks import template_file

_F = f"{{{NAMESPACE}}}"
_PATHS = ("each", "when")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"(?<![\w$@:.-])[A-Za-z_][\w.-]*(?![\w.:-]*\()(?!:)")
_CALL = re.compile(r"f:([\w-]+)\s*\(")
_WORDS = frozenset({"and", "or", "div", "mod", "case", "entry", "responsible"})
"""Names in an XPath that are of no field: operators, and what a case is made of beside its records."""


@cache
def summaries() -> tuple[str, ...]:
    """Return the forms that have a facts.xml."""
    return tuple(sorted(one.name for one in template_file("").iterdir() if (one / "facts.xml").is_file()))


def fact_faults(form: str) -> list[Finding]:
    """Return everything that is wrong with what a summary says, each with its line.

    Args:
        form: the folder of templates/ it stands in.
    """
    with as_file(template_file(f"{form}/facts.xml")) as path, as_file(template_file("facts.xsd")) as schema:
        root, faults = data_file_faults(path, schema)
        return faults if root is None or faults else list(_faults(root, path))


def _faults(root: etree._Element, path: Path) -> Iterator[Finding]:
    stages = {stage.id for one in procedures().values() for stage in one.stages}
    for node in root.iter(f"{_F}*"):
        for message in (*_step_faults(node), *_path_faults(node), *_shape_faults(node, stages)):
            yield data_fault(message, path, node)


def _step_faults(node: etree._Element) -> Iterator[str]:
    for step in f"{node.get('of', '')} {node.get('signed', '')}".split():
        if step_of(step) is None:
            yield f"没有步骤{step}"
        elif node.tag == f"{_F}copy":
            fields = record_type(step).labels()
            yield from (
                f"{step}的记录里没有{name}这一项" for name in node.get("fields", "").split() if name not in fields
            )


def _path_faults(node: etree._Element) -> Iterator[str]:
    text = node.text or ""
    if text.count("{") != len(HOLE.findall(text)) or text.count("}") != len(HOLE.findall(text)):
        yield f"“{text}”里的花括号没有成对"
    for path in (*HOLE.findall(text), *(node.get(name, "") for name in _PATHS if node.get(name))):
        try:
            CasePath(path)
        except etree.XPathSyntaxError:
            yield f"“{path}”不是正确的XPath"
            continue
        bare = _TEXT.sub("", path)
        yield from (f"“{path}”里的f:{name}没有这个函数" for name in _CALL.findall(bare) if name not in CALLS)
        yield from (
            f"“{path}”里的{name}既不是步骤，也不是哪种记录里的项" for name in _NAME.findall(bare) if not _known(name)
        )


def _shape_faults(node: etree._Element, stages: set[str]) -> Iterator[str]:
    stage = node.get("stage", "")
    if stage and stage not in stages:
        yield f"没有环节{stage}"
    columns = len(node.findall(f"{_F}column"))
    for row in node.iterfind(f"{_F}row"):
        if (cells := len(row.findall(f"{_F}cell"))) != columns:
            yield f"表有{columns}列，第{row.sourceline}行的row却有{cells}格"


def _known(name: str) -> bool:
    return name in _WORDS or name in _fields() or step_of(name) is not None


@cache
def _fields() -> frozenset[str]:
    types = (record_type(step) for one in procedures().values() for step in one.all_types)
    return frozenset(key for kind in types for key in kind.labels())
