"""The clocks of the alerts as data: read, checked, compiled, run over a dossier. What they may say: clocks.xml."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from archive.register.alert import Level
from jishi.errors import SettingsInvalid
from jishi.findings import Finding
from jishi.procedure import procedure
from jishi.record_types import NAMESPACE, procedure_folder, role_labels
from jishi.workdays import WorkCalendar
from pipeline.rules import xpath_functions
from pipeline.rules.profiles import Profile
from pipeline.rules.rule import DOSSIER, RULE, place_of
from pipeline.rules.schematron import SCHEMATRON, RuleSheet, line_of
from pipeline.rules.schematron_check import Vocabulary, faults_of, global_lets

_S = f"{{{SCHEMATRON}}}"
_J = f"{{{RULE}}}"
_R = f"{{{NAMESPACE}}}"
_D = f"{{{DOSSIER}}}"
_BAR = "‖"
"""Stands between the due day, the person and the words in what the sheet says."""
_WHOSE = "string(ancestor-or-self::*[self::d:person]/@no | ancestor-or-self::r:record/r:personId)"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of the files."""

    id: str
    near: int | None
    """Days before the due day; None where it speaks as soon as it runs."""
    over: Level
    owner: str
    settles: tuple[str, ...]
    absorbs: frozenset[str]
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs in a batch."""

    clock: Clock
    due: dt.date
    record: str
    person: str
    place: str
    message: str

    def level(self, today: dt.date) -> Level | None:
        """Return its level on a day; None while it is too early to say anything."""
        if today > self.due:
            return self.clock.over
        near = self.clock.near
        return Level.YELLOW if near is None or (self.due - today).days <= near else None


class Clocks:
    """The clocks of one profile, compiled once."""

    def __init__(self, files: Iterable[tuple[Path, etree._Element]], profile: Profile, calendar: WorkCalendar) -> None:
        """Check every clock that holds for the profile, then compile them into one sheet.

        Raises:
            SettingsInvalid: a file is wrong; every fault is listed.
        """
        schemas = [(path, root) for path, root in files if root.get(f"{_J}profile", "") in ("", *profile.line)]
        functions = {**xpath_functions.functions(calendar), **_functions(calendar)}
        faults = list(_faults(schemas, profile, frozenset(functions)))
        if faults:
            raise SettingsInvalid(f"预警时钟有{len(faults)}处错误，第一处：{faults[0]}", faults)
        self._clocks = {clock.id: clock for _, root in schemas for clock in _clocks_in(root)}
        self.holds = {rule: until for _, root in schemas for rule, until in _holds_in(root)}
        """Rule → the steps that let its findings speak; none where they never do by themselves."""
        sheets = [_spoken(root) for _, root in schemas]
        self._sheet = RuleSheet(sheets, profile.parameters, functions, locate=_where)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all clocks."""
        return frozenset(self._clocks)

    def running(self, dossier: etree._Element) -> Iterator[Running]:
        """Yield every clock that runs, whether or not it is time to speak.

        Raises:
            SettingsInvalid: a working day is needed of a year the calendar does not know.
        """
        for firing in self._sheet.run(dossier):
            due, person, message = firing.message.split(_BAR, 2)
            record, place = firing.place
            if due:
                yield Running(self._clocks[firing.id], dt.date.fromisoformat(due), record, person, place, message)


def load_clocks(profile: Profile, calendar: WorkCalendar, local: Path | None = None) -> Clocks:
    """Return the clocks of a profile; a locality's own stand in the folder alerts/ of its rules.

    Raises:
        SettingsInvalid: a file is wrong.
    """
    folders = [procedure_folder() / "alerts", *([local / "alerts"] if local else [])]
    paths = tuple((path, path.stat().st_mtime_ns) for folder in folders for path in sorted(folder.glob("*.xml")))
    key = (profile.version, tuple(calendar.local.items()), paths)
    if key not in _COMPILED:
        _COMPILED[key] = Clocks(_read(paths), profile, calendar)
    return _COMPILED[key]


_COMPILED: dict[Any, Clocks] = {}


@cache
def _read(paths: tuple[tuple[Path, int], ...]) -> tuple[tuple[Path, etree._Element], ...]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return tuple((path, etree.parse(path, parser).getroot()) for path, _ in paths)
    except etree.XMLSyntaxError as error:
        raise SettingsInvalid(f"预警时钟文件不是格式正确的XML：{error}") from error


# What the files say


def _reports(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter(f"{_S}report", f"{_S}assert")


def _said(node: etree._Element, name: str) -> str:
    return next((text for part in (node, *node.iterancestors()) if (text := part.get(f"{_J}{name}")) is not None), "")


def _clocks_in(root: etree._Element) -> Iterator[Clock]:
    for node in _reports(root):
        near = _said(node, "near")
        yield Clock(
            id=node.get("id", ""),
            near=None if near == "always" else int(near),
            over=Level(_said(node, "over") or Level.ORANGE),
            owner=_said(node, "owner"),
            settles=tuple(_said(node, "settles").split()),
            absorbs=frozenset(_said(node, "absorbs").split()),
            source=_said(node, "source"),
            verified=_said(node, "verified") == "yes",
        )


def _holds_in(root: etree._Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((node.get("rule", ""), tuple(node.get("until", "").split())) for node in root.iterfind(f"{_J}hold"))


def _spoken(root: etree._Element) -> etree._Element:
    """Return the schema with every message led by its due day and the person it concerns."""
    said = copy.deepcopy(root)
    for hold in said.findall(f"{_J}hold"):
        said.remove(hold)
    for node in _reports(said):
        due, whose = (etree.Element(f"{_S}value-of") for _ in range(2))
        due.set("select", f"f:iso({_said(node, 'due')})")
        whose.set("select", _WHOSE)
        due.tail, whose.tail, node.text = _BAR, _BAR + (node.text or ""), ""
        node.insert(0, whose)
        node.insert(0, due)
    return said


def _where(node: etree._Element) -> tuple[str, str]:
    """Return the record a node stands in or speaks of, and its place there."""
    record = next((n for n in (node, *node.iterancestors()) if n.tag == f"{_R}record"), None)
    if record is None:
        return node.get("record", "") if node.tag != f"{_D}person" else "", ""
    return record.get("recordId", ""), place_of(record, node)


def _functions(calendar: WorkCalendar) -> Mapping[str, Any]:
    """Return what clocks reckon with beyond the functions of the rules."""
    day = xpath_functions.functions(calendar)["day"]

    def add_workdays(context: Any, value: Any, count: Any) -> float:
        start = day(context, value)
        return float("nan") if start != start else _number(calendar.after(_date(start), int(count)))

    def iso(context: Any, value: Any) -> str:
        found = day(context, value)
        return "" if found != found else _date(found).isoformat()

    def lacking(_: Any, needs: Any) -> str:
        told = ((need.get("step"), need.get("lacks")) for need in needs)
        return "、".join(f"{step}（{lacks}）" if lacks else step for step, lacks in told)

    return {"add-workdays": add_workdays, "iso": iso, "lacking": lacking}


def _date(number: float) -> dt.date:
    return dt.date.fromisoformat(f"{number:.0f}")


def _number(day: dt.date) -> float:
    return float(day.year * 10_000 + day.month * 100 + day.day)


# What may be wrong with them


def _faults(
    schemas: list[tuple[Path, etree._Element]], profile: Profile, functions: frozenset[str]
) -> Iterator[Finding]:
    lets = frozenset(name for _, root in schemas for name in global_lets(root))
    words = Vocabulary(frozenset(profile.parameters), functions, lets)
    seen: set[str] = set()
    for path, root in schemas:
        said = _spoken(root)
        yield from (_fault(fault.message, path, fault.line) for fault in faults_of(said, words))
        for node in _reports(root):
            yield from (_fault(message, path, line_of(node)) for message in _misstated(node, seen, profile.book.rules))
        for node in root.iterfind(f"{_J}hold"):
            if node.get("rule") not in profile.book.rules:
                yield _fault(f"hold的rule“{node.get('rule')}”不是现有的规则", path, line_of(node))
            if not set(node.get("until", "").split()) <= set(procedure().steps):
                yield _fault("hold的until应为四十四步中的步骤", path, line_of(node))


def _misstated(node: etree._Element, seen: set[str], rules: Collection[str]) -> Iterator[str]:
    name = node.get("id", "")
    if not name or name in seen:
        yield f"时钟编号“{name}”空缺或重复"
    seen.add(name)
    for key in ("due", "source"):
        if not _said(node, key):
            yield f"{name} 没有{key}"
    if _said(node, "verified") not in ("yes", "no"):
        yield f"{name} 的verified应为yes或no"
    if not (_said(node, "near").isdigit() or _said(node, "near") == "always"):
        yield f"{name} 的near应为天数或always，现为“{_said(node, 'near')}”"
    if _said(node, "over") not in ("", *Level):
        yield f"{name} 的over应为红、橙、黄或蓝，现为“{_said(node, 'over')}”"
    if _said(node, "owner") not in role_labels():
        yield f"{name} 的owner“{_said(node, 'owner')}”不是责任人代码"
    for step in set(_said(node, "settles").split()) - set(procedure().all_types):
        yield f"{name} 的settles“{step}”不是步骤"
    for rule in set(_said(node, "absorbs").split()) - set(rules):
        yield f"{name} 的absorbs“{rule}”不是现有的规则"


def _fault(message: str, path: Path, line: int) -> Finding:
    return Finding("X-CLOCK", message, file=str(path), line=line, remedy="改正预警时钟文件后重试")
