"""The figures an answer rests on: what the rules that passed had before them, each under the name its record gives it.

A rule's text is written for its failure, so its words cannot be told of a success; only its values can. A value that
is a field of a record goes under the field's label, a threshold under its name in the profile, anything else under the
words that stand before it, comparisons taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from jishi.case.ids import RecordId
from jishi.record_types import Field, header_fields, record_type, type_ids
from pipeline.rules.rule import Figure, RuleOutcome
from press.forms import chinese_date

_PREDICATE = re.compile(r"\[[^\[\]]*\]")
_PARAMETER = re.compile(r"\$P\.(\w+)")
_STEP = re.compile(r"key\('step', '([A-Z0-9-]+)'\)")
_FIELD = re.compile(r"(?:(?:f:date|f:first|f:last)\()*(?:key\([^()]*\)|[^()]*?)r:(\w+)(?:/r:value)?\)*")
"""A path to one field, perhaps as a date, perhaps to the values of a list."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_GAP = re.compile(r"[，；。：、（）“”《》/＋－\s]")
_UNITS = "个工作日|工作日|个月|人|名|票|次|件|份|个|种|类|年|月|日|%|字|页|项|本|岁"
_LEADING = re.compile(
    "^(?:早于|晚于|不足|超过|多于|少于|不是|不早于|不在|不符|应为|应至|应|须|距|自|与|在|至|于|者|的|由|按|或|而|共|只)"
)
_TRAILING = re.compile("(?:只有|只|仅|填写|填|写|(?<!应)为|是|有|已|现|核对了|了|第|在)$")
_UNIT = re.compile(f"(?:{_UNITS})")
_WORDS = {"true": "是", "1": "是", "false": "否", "0": "否"}
_COUNTED = ("Count", "PositiveCount", "Percent", "Year")
_CHOSEN = ("enum", "enums", "PostLevel")
"""Kinds of fields whose words decide; other words are names."""
_UNSET = "，0为不设"
"""What a threshold's name says besides."""
_SHARE = "分之"
"""What stands in a fraction written out: 三分之二."""
_LONGEST = 16
_MOST_WORDS = 10


def figures_of(outcome: RuleOutcome, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield what a rule that passed had before it, worded: 应到人数9, 公示期5个工作日.

    Args:
        outcome: of a traced run; what failed tells its figures in its message.
        labels: parameter of the profile → its Chinese name.
    """
    step = RecordId.of(outcome.record).step
    for figure, value in zip(outcome.rule.figures, outcome.values, strict=False):
        name = _PARAMETER.fullmatch(figure.select)
        label = labels.get(name[1], "").replace(_UNSET, "") if name else _label(figure, step)
        unset = name is not None and value == "0"
        if label and not unset and (shown := _shown(figure, value, step)):
            yield f"{label}{shown}{'' if name else _unit(figure, shown, step)}"


@cache
def _label(figure: Figure, step: str) -> str:
    field = _field(figure.select, step)
    return field.label if field else _words_before(figure.before)


@cache
def _field(select: str, step: str) -> Field | None:
    """Return the one field an expression reads, or none where it computes or could mean several."""
    said = _STEP.search(select)
    flat = select
    while (shorter := _PREDICATE.sub("", flat)) != flat:
        flat = shorter
    plain = _FIELD.fullmatch(flat)
    if plain is None or " + " in flat or " - " in flat or flat.startswith(("count(", "sum(")):
        return None
    own = _fields_of(said[1] if said else step).get(plain[1], ())
    found = own or _all_fields().get(plain[1], ())
    return found[0] if len({field.label for field in found}) == 1 else None


@cache
def _fields_of(step: str) -> Mapping[str, tuple[Field, ...]]:
    found: dict[str, tuple[Field, ...]] = {}
    if step in type_ids():
        for field in _with_children((*record_type(step).fields, *header_fields())):
            found[field.key] = (*found.get(field.key, ()), field)
    return found


@cache
def _all_fields() -> Mapping[str, tuple[Field, ...]]:
    found: dict[str, tuple[Field, ...]] = {}
    for step in type_ids():
        for key, fields in _fields_of(step).items():
            found[key] = (*found.get(key, ()), *fields)
    return found


def _with_children(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _with_children(field.children)


def _words_before(text: str) -> str:
    words, before = _GAP.split(_UNIT.sub("", text, count=1) if _UNIT.match(text) else text)[-1], ""
    while words != before:
        before, words = words, _TRAILING.sub("", _LEADING.sub("", words))
    return words if len(words) <= _MOST_WORDS else ""


def _shown(figure: Figure, value: str, step: str) -> str:
    """Return a value as it is printed; empty for names, long texts and what is not known."""
    if not value or len(value) > _LONGEST or value in ("NaN", "（无日期）") or figure.select.endswith("@name"):
        return ""
    if _DATE.fullmatch(value[:10]):
        return chinese_date(value)
    field = _field(figure.select, step)
    if field is None or field.kind in _COUNTED:
        return value if value[0].isdigit() or _SHARE in value else ""
    if field.kind == "boolean":
        return _WORDS.get(value, value)
    return f"“{value}”" if field.kind in _CHOSEN or "〔" in value else ""


def _unit(figure: Figure, shown: str, step: str) -> str:
    field = _field(figure.select, step)
    if field and field.kind == "Percent":
        return "%"
    found = _UNIT.match(figure.after)
    return found[0] if found and shown[-1].isdigit() else ""
