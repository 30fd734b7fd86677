"""Rules as data: every assertion of the Schematron files with its source, and the judging of one document by a set.

A file says its level (record or dossier) and, where it belongs to a locality, its profile, in attributes of
urn:jishi:rule:1. An assertion says role, source, grade, address, requirement, validFrom, validTo, remedy, evasion,
outcome, cites, when and needs; what it does not say itself (when and needs apart) it takes from its rule, its pattern
or its file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from lxml import etree

from jishi.case.ids import RecordId
from jishi.data_files import of_data
from jishi.findings import Finding, Severity
from jishi.record_types import NAMESPACE, record_type, type_ids
from jishi.workdays import WorkCalendar
from pipeline.rules import xpath_functions
from pipeline.rules.rule_names import names_by_rule
from pipeline.rules.schematron import RuleSheet, Value, line_of

RULE = "urn:jishi:rule:1"
DOSSIER = "urn:jishi:dossier:1"
_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"
LEVELS = ("record", "dossier")
EVASIONS = ("越过", "简化", "变通")
_CANDIDATE = "r:people/r:person[@id = current()/r:person/@ref or @id = current()/r:candidate/@ref]/@no"
_SUBJECTS = {
    "record": f"concat(/*/@recordId, ' ', /*/{_CANDIDATE})",
    "dossier": "concat((ancestor-or-self::r:record/@recordId | ancestor-or-self::d:person/@no | "
    "self::d:document/@record)[last()], ' ', "
    f"ancestor-or-self::r:record/{_CANDIDATE})",
}
"""What a tried node is about: the record or person it stands in, and the candidate whose row it is."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One value an assertion's text tells, with the words around it."""

    before: str
    select: str
    """The expression that gives the value."""
    after: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One assertion of a rule file."""

    id: str
    severity: Severity
    source: str
    grade: str
    """How far the source can be trusted, one of Grade."""
    address: str
    """Where the text that was read stands, where that is public."""
    requirement: str
    """R01–R61 where it answers one, else empty."""
    cites: tuple[str, ...]
    """Other ids of the rule tables it answers to, such as CN-49 for G01."""
    valid_from: dt.date
    valid_to: dt.date
    remedy: str
    evasion: str
    """越过 (a step passed over), 简化 (merged, shortened, backdated), 变通 (replaced by something else), or empty."""
    undetermined: bool
    """True where a failure means that input is missing and nothing can be said."""
    level: str
    profile: str
    """The locality profile it belongs to; empty for every profile."""
    title: str
    file: str
    line: int
    figures: tuple[Figure, ...] = ()
    """The values its text tells, in order."""

    @property
    def code(self) -> str:
        """The id without the part after the point: G09 for G09 with a step behind a point."""
        return self.id.partition(".")[0]

    @property
    def answers(self) -> frozenset[str]:
        """Everything an exception note may name to mean this rule."""
        return frozenset({self.id, self.code, self.requirement, *self.cites} - {""})

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether the rule is in force on a day."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What a rule said of one place."""

    rule: Rule
    passed: bool
    severity: Severity
    record: str = ""
    """记录编号 of the record it speaks of; empty for a person or the whole batch."""
    person: str = ""
    """纪实编号 of the person it speaks of; empty where it speaks of the batch."""
    message: str = ""
    line: int = 0
    place: str = ""
    values: tuple[str, ...] = ()
    """What the rule's figures were where it passed, in their order."""
    lacking: bool = False
    """True where what it compares with is not there: it did not pass, and it is no finding either."""

    def finding(self, file: str = "") -> Finding:
        """Return a failure as the finding the user reads."""
        return Finding(
            code=self.rule.code,
            message=self.message,
            severity=self.severity,
            file=file,
            line=self.line,
            place=self.place,
            record=self.record,
            remedy=self.rule.remedy,
            source="；".join(filter(None, [*self.rule.cites, self.rule.source])),
            grade=self.rule.grade,
            requirement=self.rule.requirement,
        )


class RuleSet:
    """The rules of one level under one profile, compiled once."""

    def __init__(
        self,
        schemas: Sequence[etree._Element],
        rules: Iterable[Rule],
        level: str,
        parameters: Mapping[str, Value],
        overrides: Mapping[str, str],
        calendar: WorkCalendar,
    ) -> None:
        """Compile the files' rules.

        Args:
            schemas: roots of sound rule files of the level.
            rules: their assertions.
            level: record or dossier.
            parameters: the profile's thresholds.
            overrides: rule id or code → error, warning, info or off.
            calendar: which days are worked.
        """
        self.rules = {rule.id: rule for rule in rules}
        self._schemas = tuple(schemas)
        self._severities = {id_: severity_of(rule, overrides) for id_, rule in self.rules.items()}
        self._sheet = RuleSheet(
            schemas,
            parameters,
            xpath_functions.functions(calendar),
            _SUBJECTS[level],
            _spot,
        )

    @cached_property
    def names(self) -> Mapping[str, frozenset[str]]:
        """Rule id → the names of the fields it speaks of."""
        return names_by_rule(self._schemas)

    def judge(self, root: etree._Element, trace: bool = False) -> Iterator[RuleOutcome]:
        """Yield what failed in a document; with trace also what passed. Validity in time is the caller's matter.

        Raises:
            SettingsInvalid: a working day was asked of a year the calendar does not know.
        """
        for firing in self._sheet.run(root, trace):
            rule, severity = self.rules[firing.id], self._severities[firing.id]
            if severity is None:
                continue
            if firing.passed or firing.lacking:
                told = _parted(firing.subject)
                yield RuleOutcome(rule, firing.passed, severity, *told, values=firing.values, lacking=firing.lacking)
            else:
                line, place, record, person = firing.place
                if NOT_A_NUMBER in firing.values:
                    rule, message = _misjudged(rule), _OUR_FAULT.format(rule.id)
                else:
                    message = firing.message
                yield RuleOutcome(rule, False, severity, record, person, message, line, place)


NOT_A_NUMBER = "NaN"
"""What XPath writes for a figure it could not reckon."""
_OUR_FAULT = "规则{0}算不出所比较的数，没有作出判断；这是本系统规则文件的毛病，不是材料的"


def _misjudged(rule: Rule) -> Rule:
    """Return a rule whose words hold a figure nobody could reckon, as one that says nothing of the papers."""
    return replace(rule, undetermined=True, evasion="", remedy="把规则编号和记录编号告诉系统管理员")


def severity_of(rule: Rule, overrides: Mapping[str, str]) -> Severity | None:
    """Return how much a rule's failure weighs under a profile's overrides; None where it is turned off."""
    word = overrides.get(rule.id, overrides.get(rule.code, rule.severity.value))
    return None if word == "off" else Severity(word)


def _parted(subject: str) -> tuple[str, str]:
    """Return the record and the person a subject names."""
    where, _, candidate = subject.partition(" ")
    if "/" not in where:
        return "", where
    return where, RecordId.of(where).person_no or candidate


# Where a failing node stands


def _spot(node: etree._Element) -> tuple[int, str, str, str]:
    record = next((n for n in (node, *node.iterancestors()) if n.tag == f"{_R}record"), None)
    person = next((n.get("no", "") for n in (node, *node.iterancestors()) if n.tag == f"{_D}person"), "")
    if record is None:
        # Facts of the dossier name the record they are about.
        number = node.get("record", "")
        return 0, "", number, person or (_parted(number)[1] if node.tag == f"{_D}document" else "")
    person = record.findtext(f"{_R}personId", "") or _named_in(record, node)
    return line_of(node), place_of(record, node), record.get("recordId", ""), person


def _named_in(record: etree._Element, node: etree._Element) -> str:
    for name in ("person", "candidate"):
        part = node.find(f"{_R}{name}")
        ref = node.get("ref") if part is None else part.get("ref")
        if ref:
            people = record.iterfind(f"{_R}people/{_R}person")
            return next((p.get("no", "") for p in people if p.get("id") == ref), "")
    return ""


def place_of(record: etree._Element, node: etree._Element) -> str:
    """Return where a node stands in its record, in Chinese labels: 票数结果 第2项 同意票."""
    labels = _known_labels(record.get("stepId", ""))
    parts = []
    while node is not record:
        name = etree.QName(node).localname
        if name == "entry":
            parts.append(f"第{sum(1 for _ in node.itersiblings(node.tag, preceding=True)) + 1}项")
        elif name in labels:
            parts.append(labels[name])
        parent = node.getparent()
        assert parent is not None
        node = parent
    return " ".join(reversed(parts))


@of_data
@cache
def _known_labels(step: str) -> Mapping[str, str]:
    return record_type(step).labels() if step in type_ids() else {}
