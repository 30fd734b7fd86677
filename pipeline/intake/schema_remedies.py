"""What to write where a record breaks its schema, field by field."""

from __future__ import annotations

from lxml import etree

from jishi.record_types import Field, RecordType, type_attributes
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_values import canonical, note_of
from pipeline.intake import schema_words as words

_ERRORS = etree.ErrorTypes
_BY_KEY = {
    "所引人员": "写“所涉人员”中的人员编号或姓名；不在其中的，先在“所涉人员”中补上",
    "本人纪实编号": "在“所涉人员”中列入本人，写明纪实编号",
    "签名凭证": "写凭证附件的附件编号、名称或文件名；还没有登记的，先登记为凭证附件",
    "所引附件": "写凭证附件的附件编号、名称或文件名；还没有登记的，先登记为凭证附件",
}
"""Name of a reference in the schemas → what is to be done where it leads nowhere."""
_REFERENCES = {"ref": "所引人员", "signRef": "签名凭证", "att": "所引附件"}
"""Attributes that refer to people and papers → the name of their reference in the schemas."""
_OTHERS = {
    _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_3_2_1: "删去这个属性，或改用规定的名称",
    _ERRORS.SCHEMAV_CVC_TYPE_3_1_1: "删去这个属性",
    _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_2_1: "删去其中的内容",
    _ERRORS.SCHEMAV_CVC_TYPE_3_1_2: "只写文字，删去下级元素",
    _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_2_3: "把文字移到相应的下级元素里",
}


def remedy_of(error: etree._LogEntry, node: etree._Element | None, kind: RecordType) -> str:
    """Return in Chinese what is to be written.

    Args:
        error: libxml2's entry.
        node: the element it speaks of, where that was found.
        kind: of the record.
    """
    if error.type == _ERRORS.SCHEMAV_ELEMENT_CONTENT:
        return _of_content(error, kind)
    if error.type == _ERRORS.SCHEMAV_CVC_IDC:
        return _BY_KEY.get(words.key_rule(error.message), "改成各不相同的编号")
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_4:
        missing = _attribute(error, words.expected_attribute(error.message), kind)
        return f"补上：{_note(missing)}" if missing and _note(missing) else "补上这一项"
    if error.type in words.FACETS | words.OF_TYPE:
        return _of_value(error, node, kind)
    return _OTHERS.get(error.type, "对照记录格式改正")


def _of_content(error: etree._LogEntry, kind: RecordType) -> str:
    expected = [kind.by_key()[key] for key in words.expected_names(error.message) if key in kind.by_key()]
    if not expected:
        return "删去，或移到规定的位置"
    notes = "；".join(f"“{one.label}”写{_note(one)}" for one in expected if _note(one))
    told = "、".join(f"“{one.label}”" for one in expected)
    return f"补上{told}，或调整次序" + (f"；{notes}" if notes else "")


def _of_value(error: etree._LogEntry, node: etree._Element | None, kind: RecordType) -> str:
    """Return how the value is written, by what reads it where people write it in their own words."""
    attribute = words.attribute_in(words.subject_of(error.message))
    field = _attribute(error, attribute, kind) if attribute else kind.by_key().get(_element(error))
    if field is None:
        return "对照记录格式改正"
    if attribute in _REFERENCES:
        return _BY_KEY[_REFERENCES[attribute]]
    try:
        canonical(field.kind, words.value_of(error, node), field.choices)
    except Unclear as unclear:
        return unclear.remedy
    return f"改为{_note(field)}" if _note(field) else "对照记录格式改正"


def _attribute(error: etree._LogEntry, key: str, kind: RecordType) -> Field | None:
    element = _element(error)
    if element in ("", "record"):
        return next((one for one in kind.header if one.key == key), None)
    owner = kind.kinds().get(element, "")
    places = (owner, f"{kind.kinds().get('people', '')}/{element}", "PersonRef" if element == "person" else "")
    return next((one for place in places for one in type_attributes(place) if one.key == key), None)


def _element(error: etree._LogEntry) -> str:
    return words.element_in(words.subject_of(error.message))


def _note(field: Field) -> str:
    if field.choices:
        return f"下列之一：{'、'.join(field.choices)}"
    return note_of(field).replace("：", "，")
