"""What libxml2 says of a record against its schema, in Chinese: which field, what was written, what is wanted."""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from jishi.record_types import RecordType, attribute_labels, role_labels, type_notes, type_patterns

_ERRORS = etree.ErrorTypes
FACETS = {
    _ERRORS.SCHEMAV_CVC_ENUMERATION_VALID,
    _ERRORS.SCHEMAV_CVC_PATTERN_VALID,
    _ERRORS.SCHEMAV_CVC_LENGTH_VALID,
    _ERRORS.SCHEMAV_CVC_MINLENGTH_VALID,
    _ERRORS.SCHEMAV_CVC_MAXLENGTH_VALID,
    _ERRORS.SCHEMAV_CVC_MININCLUSIVE_VALID,
    _ERRORS.SCHEMAV_CVC_MAXINCLUSIVE_VALID,
    _ERRORS.SCHEMAV_CVC_FRACTIONDIGITS_VALID,
}
OF_TYPE = {_ERRORS.SCHEMAV_CVC_DATATYPE_VALID_1_2_1, _ERRORS.SCHEMAV_CVC_DATATYPE_VALID_1_2_2}
_SHORTER = {
    "Title": "12至60字的题名",
    "Text": "文字，不为空",
}
"""Type → what is wanted, where its note says more than a finding needs."""
_BY_PATTERN = {
    "Line": "一行文字，不可换行",
    "Ordinal": "整数，只写数字",
    "PersonKey": "编号，只可用字母、数字、下划线、点和短横",
}
"""Type → what its pattern wants, where that is not all its note says."""
_IN_LISTS = {"person": "人员", "value": "一条", "file": "附件", "role": "角色"}
"""What elements of lists are called where no field is called by their name."""

LACKS = "缺少必填属性"
"""The words before what an element lacks."""


def subject_of(message: str) -> str:
    """Return the part of libxml2's message that names the element or attribute."""
    return message.partition(": ")[0]


def expected_names(message: str) -> list[str]:
    """Return the elements libxml2 would rather have found."""
    return re.findall(r"\{[^}]*\}(\w+)", message.partition("Expected is")[2])


def expected_attribute(message: str) -> str:
    """Return the attribute libxml2 misses."""
    return str((re.findall(r"'([^']*)'", message) or [""])[-1])


def key_rule(message: str) -> str:
    """Return the name of the key or reference a value breaks."""
    return str((re.findall(r"'([^']*)'", message.rpartition("]")[2]) or [""])[0]).rpartition("}")[2]


def key_values(message: str) -> list[str]:
    """Return the values that break a key or reference."""
    return re.findall(r"'([^']*)'", message.partition("key-sequence")[2].partition("]")[0])


def explained(error: etree._LogEntry, node: etree._Element | None, kind: RecordType) -> str:
    """Return in Chinese what is wrong.

    Args:
        error: libxml2's entry.
        node: the element it speaks of, where that was found.
        kind: of the record.
    """
    labels = kind.labels()
    subject = _named(subject_of(error.message), kind)
    message = error.message
    if error.type == _ERRORS.SCHEMAV_ELEMENT_CONTENT:
        return _content_fault(message, subject, labels)
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_4:
        return f"{subject}{LACKS}{_lacking(message, kind)}"
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
        return f"{subject}：没有这个属性"
    if error.type == _ERRORS.SCHEMAV_CVC_IDC:
        return _key_fault(message)
    if error.type == _ERRORS.SCHEMAV_CVC_ENUMERATION_VALID:
        values = re.findall(r"'([^']*)'", message.partition("of the set")[2])
        allowed = "、".join(
            f"{value}（{role_labels()[value]}）" if value in role_labels() else value for value in values
        )
        return f"{subject}的值“{value_of(error, node)}”不在允许的值之中：{allowed}"
    if error.type in FACETS | OF_TYPE:
        return _value_fault(error, node, subject)
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_2_1:
        return f"{subject}不应有内容"
    if error.type == _ERRORS.SCHEMAV_CVC_TYPE_3_1_2:
        return f"{subject}只应写文字，不应有下级元素"
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_2_3:
        return f"{subject}里不应直接写文字，只应有下级元素"
    if error.type == _ERRORS.SCHEMAV_CVC_TYPE_3_1_1:
        return f"{subject}：没有这个属性"
    return f"{subject}不符合记录格式"


def _content_fault(message: str, subject: str, labels: dict[str, str]) -> str:
    expected = "、".join(label_of(name, labels) for name in expected_names(message))
    if "Missing child element" in message:
        return f"{subject}缺少下级元素，应有：{expected}"
    return f"此处应为{expected}，现为{subject}" if expected else f"此处不应出现{subject}"


def _key_fault(message: str) -> str:
    values = "、".join(key_values(message))
    rule = key_rule(message)
    if "Duplicate" in message:
        return f"“{values}”重复（{rule}）"
    missing = {
        "所引人员": f"所引人员“{values}”不在“所涉人员”之中",
        "本人纪实编号": f"纪实编号“{values}”不在“所涉人员”之中，本人须列入并写明纪实编号（no）",
        "签名凭证": f"签名凭证“{values}”不是本记录的附件",
        "所引附件": f"所引附件“{values}”不是本记录的附件",
    }
    return missing.get(rule, f"“{values}”没有对应的登记（{rule}）")


def _value_fault(error: etree._LogEntry, node: etree._Element | None, subject: str) -> str:
    wanted = _wanted(error.message)
    value = value_of(error, node)
    said = f"“{value}”" if value.strip() else "空白"
    return f"{subject}的值{said}不合要求，应为{wanted}" if wanted else f"{subject}的值{said}不合要求"


def _wanted(message: str) -> str:
    facet = re.search(r"\[facet '(\w+)'\].*'(\d+)'\)?\.$", message)
    if facet and facet[1] in ("minLength", "maxLength"):
        return f"{'至少' if facet[1] == 'minLength' else '至多'}{facet[2]}字"
    if facet and facet[1] in ("minInclusive", "maxInclusive"):
        return f"{'不小于' if facet[1] == 'minInclusive' else '不大于'}{facet[2]}"
    if facet and facet[1] == "fractionDigits":
        return f"最多{facet[2]}位小数"
    if "facet 'pattern'" in message and (pattern := re.search(r"by the pattern '(.*)'", message)):
        return _pattern_notes().get(pattern[1], "规定的式样")
    kind = re.search(r"type '(?:\{[^}]*\}|xs:)?(\w+)'", message)
    return note_of_kind(kind[1]) if kind else ""


def note_of_kind(kind: str) -> str:
    """Return in words what a value of a kind looks like; "" for kinds nobody described."""
    # Of how a number is written a finding needs the example only.
    return _SHORTER.get(kind) or re.sub("(：.*)?，如 ", "，如", type_notes().get(kind, ""))


@cache
def _pattern_notes() -> dict[str, str]:
    """Return pattern → what is wanted; of types with one pattern the first in the schema has the word."""
    notes: dict[str, str] = {}
    for kind, pattern in type_patterns().items():
        notes.setdefault(pattern, _BY_PATTERN.get(kind) or note_of_kind(kind))
    return notes


def value_of(error: etree._LogEntry, node: etree._Element | None) -> str:
    """Return the value that is not taken."""
    said = re.search(r"(?:The value |: |\] )'([^']*)'", error.message.partition(": ")[2]) or re.match(
        r"'([^']*)'", error.message.partition(": ")[2]
    )
    if said:
        return said[1]
    return "" if node is None else (node.text or "")


def _named(subject: str, kind: RecordType) -> str:
    """Turn “Element '{ns}heldOn', attribute 'x'” into Chinese labels."""
    element, attribute = element_in(subject), attribute_in(subject)
    text = label_of(element, kind.labels()) if element else "记录"
    return f"{text}的属性{_attribute_label(element, attribute, kind)}" if element and attribute else text


def element_in(subject: str) -> str:
    """Return the local name of the element a message speaks of."""
    found = re.search(r"Element '(?:\{[^}]*\})?(\w+)'", subject)
    return found[1] if found else ""


def attribute_in(subject: str) -> str:
    """Return the name of the attribute a message speaks of; "" where it speaks of none."""
    found = re.search(r"attribute '(\w+)'", subject)
    return found[1] if found else ""


def _lacking(message: str, kind: RecordType) -> str:
    return _attribute_label(element_in(subject_of(message)), expected_attribute(message), kind)


def _attribute_label(element: str, attribute: str, kind: RecordType) -> str:
    owners = (kind.kinds().get(element, ""), element)
    own = next((attribute_labels()[key] for owner in owners if (key := (owner, attribute)) in attribute_labels()), "")
    return label_of(attribute, {attribute: own} if own else kind.labels())


def label_of(key: str, labels: dict[str, str]) -> str:
    """Return an element or attribute as a reader knows it: its label, then its name."""
    if key in ("record", "entry"):
        return {"record": "记录", "entry": "一项（entry）"}[key]
    label = labels.get(key) or _IN_LISTS.get(key)
    return f"“{label}”（{key}）" if label else f"“{key}”"
