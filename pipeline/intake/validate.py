"""Judge one record: its schema, every fault at once, then the rules one record suffices for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from lxml import etree

from jishi.errors import SettingsInvalid
from jishi.findings import Finding
from jishi.procedure import procedures
from jishi.record_types import NAMESPACE, type_ids
from jishi.workdays import WorkCalendar
from pipeline.intake.schema_faults import FormFault, is_mendable, schema_faults
from pipeline.rules.profiles import Profile
from pipeline.rules.rule import RuleOutcome
from pipeline.rules.rule_names import ANYTHING
from pipeline.rules.schematron import line_of

_R = f"{{{NAMESPACE}}}"
_PAST = {"occurredOn": "发生日期", "recordedOn": "纪实时间"}
"""Fields that tell what has happened; the days of signatures do, too."""


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
        wrong_type = _wrong_type(root, name)
        if wrong_type is not None:
            return (wrong_type,)
        if faults := schema_faults(root, name):
            return (*(one.finding for one in faults), *self._beside(root, faults, name))
        return tuple(outcome.finding(name) for outcome in self.outcomes(root))

    def _beside(self, root: etree._Element, faults: Iterable[FormFault], name: str) -> Iterator[Finding]:
        """Yield what the rules say of a record that breaks its schema, as far as they speak of its sound fields."""
        if not is_mendable(root):
            return
        unsure = frozenset({ANYTHING}).union(*(one.names for one in faults))
        try:
            outcomes = list(self.outcomes(root))
        except (SettingsInvalid, etree.XSLTError, ValueError):
            return  # a value that is none was reckoned with; it is told
        for one in outcomes:
            if not one.rule.undetermined and not unsure & self._rules.names[one.rule.id]:
                yield one.finding(name)

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
    if wrong_type is not None:
        return (wrong_type,)
    return tuple(one.finding for one in schema_faults(root, name))


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
