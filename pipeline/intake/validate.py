"""Judge one record: its schema first, every fault at once and in Chinese, then the rules one record suffices for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import cast

from lxml import etree

from jishi.findings import Finding, Severity
from jishi.procedure import procedures
from jishi.record_types import (
    NAMESPACE,
    RecordType,
    attribute_labels,
    record_type,
    role_labels,
    type_ids,
    type_notes,
    type_patterns,
)
from jishi.workdays import WorkCalendar
from pipeline.rules.profiles import Profile
from pipeline.rules.rule import RuleOutcome, place_of
from pipeline.rules.schematron import line_of

_R = f"{{{NAMESPACE}}}"
_ERRORS = etree.ErrorTypes
_FACETS = {
    _ERRORS.SCHEMAV_CVC_ENUMERATION_VALID,
    _ERRORS.SCHEMAV_CVC_PATTERN_VALID,
    _ERRORS.SCHEMAV_CVC_LENGTH_VALID,
    _ERRORS.SCHEMAV_CVC_MINLENGTH_VALID,
    _ERRORS.SCHEMAV_CVC_MAXLENGTH_VALID,
    _ERRORS.SCHEMAV_CVC_MININCLUSIVE_VALID,
    _ERRORS.SCHEMAV_CVC_MAXINCLUSIVE_VALID,
    _ERRORS.SCHEMAV_CVC_FRACTIONDIGITS_VALID,
}
_OF_TYPE = {_ERRORS.SCHEMAV_CVC_DATATYPE_VALID_1_2_1, _ERRORS.SCHEMAV_CVC_DATATYPE_VALID_1_2_2}
_MOST_FAULTS = 500
"""So many of libxml2's errors are looked at; the place of each is searched from the root, and nobody reads more."""
_PAST = {"occurredOn": "发生日期", "recordedOn": "纪实时间"}
"""Fields that tell what has happened; the days of signatures do, too."""
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


class RecordJudge:
    """Judges records under one profile; make it once, use it for every record."""

    def __init__(self, profile: Profile, calendar: WorkCalendar) -> None:
        """Compile the profile's record rules."""
        self.profile = profile
        self._rules = profile.rule_set("record", calendar)

    def judge(self, root: etree._Element, data: bytes = b"", name: str = "") -> tuple[Finding, ...]:
        """Return everything that is wrong with a record, as far as the record alone shows it.

        Args:
            root: the parsed file.
            data: the file's bytes; not read, the tree keeps the lines.
            name: the file's name, for the findings.

        Raises:
            CalendarUnknown: the working calendar does not know a year the record speaks of.
        """
        return record_faults(root, name) or tuple(outcome.finding(name) for outcome in self.outcomes(root))

    def outcomes(self, root: etree._Element, trace: bool = False, on: dt.date | None = None) -> Iterator[RuleOutcome]:
        """Yield what the record rules in force say of a schema-valid record.

        Args:
            root: the record.
            trace: also yield what passed.
            on: the day whose rules hold; the record's own day when not given.
        """
        day = on or _day_of(root)
        for outcome in self._rules.judge(root, trace):
            if outcome.rule.valid_on(day):
                yield outcome


def record_faults(root: etree._Element, name: str = "") -> tuple[Finding, ...]:
    """Return what keeps a file from being a record: an unknown type, else every fault against the type's schema."""
    wrong_type = _wrong_type(root, name)
    return (wrong_type,) if wrong_type is not None else tuple(schema_findings(root, name))


def future_days(root: etree._Element, today: dt.date) -> Iterator[Finding]:
    """Yield a finding for every day a record speaks of as past that has not come yet.

    Args:
        root: the record, perhaps broken.
        today: the day it is.
    """
    said = [(label, root.findtext(_R + key, "")) for key, label in _PAST.items()]
    said += [("签名日期", node.get("signedOn", "")) for node in root.iterfind(f"{_R}responsible")]
    for label, day in dict.fromkeys((label, text.strip()[:10]) for label, text in said):
        # ISO dates compare as text; what is none is the schema's to refuse.
        if day[:4].isdigit() and day[4:5] == "-" and day > today.isoformat():
            yield Finding(
                "G03.future",
                f"{label}{day}还没有到（今天是{today.isoformat()}）",
                record=root.get("recordId", ""),
                remedy="还没有发生的事不能先记录；请核对日期，或请管理员核对本机时钟",
            )


def _day_of(root: etree._Element) -> dt.date:
    """Return the day of a record's event; for dates before our era or after 9999, which XSD allows, the last of all."""
    try:
        return dt.date.fromisoformat(root.findtext(f"{_R}occurredOn", "")[:10])
    except ValueError:
        return dt.date.max


def _wrong_type(root: etree._Element, name: str) -> Finding | None:
    if root.tag != f"{_R}record":
        said = etree.QName(root).localname
        message = f"根元素应为 record（命名空间 {NAMESPACE}），现为 {said}"
    elif root.get("stepId") not in type_ids():
        message = f"没有记录类型“{root.get('stepId', '')}”；stepId应为{_step_ids()}"
    else:
        return None
    remedy = "用 jishi blank 取得空白记录"
    return Finding("X-TYPE", message, file=name, line=line_of(root), record=root.get("recordId", ""), remedy=remedy)


def _step_ids() -> str:
    """Return in words what a record's stepId may be."""
    told = (
        "、".join((f"{len(one.steps)}步代码", *(step.id for step in one.supplements))) for one in procedures().values()
    )
    return "，或".join(told)


# Schema faults


@cache
def schema_of(type_id: str) -> etree.XMLSchema:
    """Return the compiled schema of a record type."""
    return etree.XMLSchema(etree.parse(record_type(type_id).folder / "record.xsd"))


def schema_findings(root: etree._Element, name: str = "") -> Iterator[Finding]:
    """Yield one finding for each of the first faults of a record against the schema of its type."""
    type_id = root.get("stepId", "")
    schema = schema_of(type_id)
    if schema.validate(root):
        return
    explained: set[tuple[int, str]] = set()
    for error in islice(cast("Iterable[etree._LogEntry]", schema.error_log), _MOST_FAULTS):
        # libxml2 reports a broken facet and then, once more, that the value is not of the type.
        key = (error.line, _subject(error.message))
        if error.type in _OF_TYPE and key in explained:
            continue
        if error.type in _FACETS:
            if key in explained:
                continue
            explained.add(key)
        node = _node_at(root, error)
        yield Finding(
            "X-SCHEMA",
            _explained(error, node, record_type(type_id)),
            severity=Severity.ERROR,
            file=name,
            line=error.line,
            place="" if node is None else place_of(root, node),
            record=root.get("recordId", ""),
            remedy=f"对照步骤{type_id}的记录格式改正（jishi blank {type_id} 可取得空白记录）",
        )


def _subject(message: str) -> str:
    """Return the part of libxml2's message that names the element or attribute."""
    return message.partition(": ")[0]


def _node_at(root: etree._Element, error: etree._LogEntry) -> etree._Element | None:
    if error.path:
        found = root.getroottree().xpath(error.path)
        if isinstance(found, list) and found and isinstance(found[0], etree._Element):
            return found[0]
    # For broken references libxml2 knows the line only.
    return next((node for node in root.iter("*") if line_of(node) == error.line), None)


def _explained(error: etree._LogEntry, node: etree._Element | None, kind: RecordType) -> str:
    labels = kind.labels()
    subject = _named(_subject(error.message), kind)
    message = error.message
    if error.type == _ERRORS.SCHEMAV_ELEMENT_CONTENT:
        return _content_fault(message, subject, labels)
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_4:
        return f"{subject}缺少必填属性{_quoted(message, -1)}"
    if error.type == _ERRORS.SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
        return f"{subject}：没有这个属性"
    if error.type == _ERRORS.SCHEMAV_CVC_IDC:
        return _key_fault(message)
    if error.type == _ERRORS.SCHEMAV_CVC_ENUMERATION_VALID:
        values = re.findall(r"'([^']*)'", message.partition("of the set")[2])
        allowed = "、".join(
            f"{value}（{role_labels()[value]}）" if value in role_labels() else value for value in values
        )
        return f"{subject}的值“{_value(error, node)}”不在允许的值之中：{allowed}"
    if error.type in _FACETS | _OF_TYPE:
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
    expected = "、".join(
        _label(name, labels) for name in re.findall(r"\{[^}]*\}(\w+)", message.partition("Expected is")[2])
    )
    if "Missing child element" in message:
        return f"{subject}缺少下级元素，应有：{expected}"
    return f"此处应为{expected}，现为{subject}" if expected else f"此处不应出现{subject}"


def _key_fault(message: str) -> str:
    values = "、".join(re.findall(r"'([^']*)'", message.partition("key-sequence")[2].partition("]")[0]))
    rule = (re.findall(r"'([^']*)'", message.rpartition("]")[2]) or [""])[0].rpartition("}")[2]
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
    value = _value(error, node)
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
    return _note(kind[1]) if kind else ""


def _note(kind: str) -> str:
    # Of how a number is written a finding needs the example only.
    return _SHORTER.get(kind) or re.sub("(：.*)?，如 ", "，如", type_notes().get(kind, ""))


@cache
def _pattern_notes() -> dict[str, str]:
    """Return pattern → what is wanted; of types with one pattern the first in the schema has the word."""
    notes: dict[str, str] = {}
    for kind, pattern in type_patterns().items():
        notes.setdefault(pattern, _BY_PATTERN.get(kind) or _note(kind))
    return notes


def _value(error: etree._LogEntry, node: etree._Element | None) -> str:
    said = re.search(r"(?:The value |: |\] )'([^']*)'", error.message.partition(": ")[2]) or re.match(
        r"'([^']*)'", error.message.partition(": ")[2]
    )
    if said:
        return said[1]
    return "" if node is None else (node.text or "")


def _named(subject: str, kind: RecordType) -> str:
    """Turn “Element '{ns}heldOn', attribute 'x'” into Chinese labels."""
    element = re.search(r"Element '(?:\{[^}]*\})?(\w+)'", subject)
    attribute = re.search(r"attribute '(\w+)'", subject)
    labels = kind.labels()
    text = _label(element[1], labels) if element else "记录"
    if element is None or attribute is None:
        return text
    owners = (kind.kinds().get(element[1], ""), element[1])
    own = next(
        (attribute_labels()[key] for owner in owners if (key := (owner, attribute[1])) in attribute_labels()), ""
    )
    return f"{text}的属性{_label(attribute[1], {attribute[1]: own} if own else labels)}"


def _label(key: str, labels: dict[str, str]) -> str:
    if key in ("record", "entry"):
        return {"record": "记录", "entry": "一项（entry）"}[key]
    return f"“{labels[key]}”（{key}）" if labels.get(key) else f"“{key}”"


def _quoted(message: str, place: int) -> str:
    found = re.findall(r"'([^']*)'", message)
    return f"“{found[place]}”" if found else ""
