"""What is wrong with a data file of ours by its schema, told in Chinese with its own element and attribute names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import cast

from lxml import etree

from jishi.findings import Finding
from jishi.xml_faults import syntax_fault

_ERRORS = etree.ErrorTypes
_REMEDY = "请改正，或放回安装时的文件"


def data_file_faults(path: Path, schema: Path) -> tuple[etree._Element | None, list[Finding]]:
    """Return the root of an XML file that can be read, and every fault in it, each with its line.

    Args:
        path: the file.
        schema: the XML schema it keeps to.
    """
    try:
        data = path.read_bytes()
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except OSError:
        return None, [data_fault("文件不在或读不出", path)]
    except etree.XMLSyntaxError as error:
        return None, [syntax_fault(error, data, str(path))]
    return root, list(_schema_faults(root, path, schema))


def data_fault(message: str, path: Path, node: etree._Element | None = None) -> Finding:
    """Return the finding for a fault in a data file, at a node of it."""
    return _fault(message, path, 0 if node is None else cast("int", node.sourceline))


def _fault(message: str, path: Path, line: int) -> Finding:
    return Finding("X-DATA", message, file=str(path), line=line, remedy=_REMEDY)


def _schema_faults(root: etree._Element, path: Path, schema: Path) -> Iterator[Finding]:
    judge = _compiled(schema)
    if judge.validate(root):
        return
    explained: set[tuple[int, str]] = set()
    for error in cast("Iterable[etree._LogEntry]", judge.error_log):
        # libxml2 reports a broken value two or three times: by facet, by type, and as absent from its key.
        where = (error.line, error.message.partition(": ")[0])
        if where not in explained:
            explained.add(where)
            yield _fault(_told(error), path, error.line)


@cache
def _compiled(schema: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema))


def _told(error: etree._LogEntry) -> str:
    named, _, message = error.message.partition(": ")
    subject, quoted = _subject(named), re.findall(r"'([^']*)'", message)
    expected = "、".join(_local(name) for name in re.findall(r"\{[^}]*\}\w+", message.partition("Expected is")[2]))
    match error.type:
        case _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
            return f"{subject}：没有这个属性"
        case _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_4:
            return f"{subject}缺少属性{quoted[0]}"
        case _ERRORS.SCHEMAV_ELEMENT_CONTENT if "Missing child" in message:
            return f"{subject}缺少下级元素，应有：{expected}"
        case _ERRORS.SCHEMAV_ELEMENT_CONTENT:
            return f"此处应为{expected}，现为{subject}" if expected else f"此处不应有{subject}"
        case _ERRORS.SCHEMAV_CVC_IDC if "Duplicate" in message:
            return f"{subject}的“{quoted[0]}”重复"
        case _ERRORS.SCHEMAV_CVC_IDC:
            return f"{subject}所指的“{quoted[0]}”不存在"
        case _ERRORS.SCHEMAV_CVC_ELT_1:
            return f"根元素不应是{subject}"
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_2_3:
        return f"{subject}里不应直接写文字"
    found = re.search(r"(?:value |^)'([^']*)'", message)
    value = f"“{found[1]}”" if found else ""
    allowed = "、".join(re.findall(r"'([^']*)'", message.partition("of the set")[2]))
    return f"{subject}的值{value}不对" + (f"，可用的有：{allowed}" if allowed else "")


def _subject(named: str) -> str:
    element = re.search(r"Element '([^']*)'", named)
    attribute = re.search(r"attribute '([^']*)'", named)
    return _local(element[1] if element else "") + (f"的{_local(attribute[1])}" if attribute else "")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
