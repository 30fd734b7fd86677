"""Locality profiles: thresholds and rule overrides as TOML data, inherited from CN, versioned by digest.

A profile file says id, name, parent, validFrom, validTo, sources, [parameters], [rules], [volumes], and in [labels]
the Chinese name of every parameter it introduces. What it leaves unsaid its parent says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from jishi.errors import NotFound, SettingsInvalid
from jishi.findings import Finding
from jishi.record_types import procedure_folder
from jishi.settings import Settings
from jishi.volume_kinds import VolumeKind
from jishi.workdays import WorkCalendar, calendar_from
from pipeline.rules.chosen_volumes import CHANGED, chosen
from pipeline.rules.profile_files import ProfileFile, profile_files, wrong_together
from pipeline.rules.rule import LEVELS, RuleSet
from pipeline.rules.rule_files import RuleBook, rule_book
from pipeline.rules.schematron import Value


@dataclass(frozen=True)
class Profile:
    """A profile with everything it inherits: what a batch is judged by."""

    id: str
    name: str
    line: tuple[str, ...]
    """Its own id, its parent's, and so on up to CN."""
    sources: tuple[str, ...]
    parameters: Mapping[str, Value]
    labels: Mapping[str, str]
    """Parameter → its Chinese name."""
    overrides: Mapping[str, str]
    """Rule id or code → error, warning, info or off."""
    volumes: tuple[VolumeKind, ...]
    """The kinds of volume a dossier is filed in, in the order they are numbered."""
    version: str
    """Digest over the parameters, the overrides and the rules in force; printed on reports, sealed in volumes."""
    book: RuleBook = field(repr=False, compare=False)

    def rule_set(self, level: str, calendar: WorkCalendar) -> RuleSet:
        """Return this profile's rules of a level, compiled once per process."""
        key = (self.version, level, frozenset(calendar.local.items()))
        if key not in _COMPILED:
            files = self.book.of(level, self.line)
            schemas, rules = [part.root for part in files], [rule for part in files for rule in part.rules]
            _COMPILED[key] = RuleSet(schemas, rules, level, self.parameters, self.overrides, calendar)
        return _COMPILED[key]

    def lists(self) -> dict[str, tuple[str, ...]]:
        """Return the parameters that are lists."""
        return {name: value for name, value in self.parameters.items() if isinstance(value, tuple)}


_COMPILED: dict[tuple[str, str, frozenset[Any]], RuleSet] = {}


def load_profile(profile_id: str, local: Path | None = None, on: dt.date | None = None) -> Profile:
    """Return a profile with everything it inherits.

    Args:
        profile_id: such as CN or HN.
        local: the locality's own folder of profiles and rules.
        on: the day it must be valid on; None takes the latest.

    Raises:
        SettingsInvalid: profile or rule files are wrong; every fault is listed with its file and line.
        NotFound: there is no such profile, or none valid on that day.
    """
    book = rule_book(local)
    files, misread = profile_files(_folders(local))
    faults = [*book.faults, *misread, *wrong_together(files, book)]
    if faults:
        raise _invalid(faults)
    line = _line(profile_id, files, on)
    profile = _resolved(line, book)
    words = [fault for level in LEVELS for fault in book.wrong_words(level, profile.line, profile.parameters)]
    if words:
        raise _invalid(words)
    return profile


def in_force(settings: Settings, on: dt.date | None = None) -> tuple[Profile, WorkCalendar]:
    """Return the profile and calendar a home judges by.

    Args:
        settings: the home's settings.
        on: the day the rules must be valid on; None takes the latest.

    Raises:
        SettingsInvalid: profile, rule or calendar files are wrong; every fault is listed.
        NotFound: there is no such profile, or none valid on that day.
    """
    return load_profile(settings.rules.profile, settings.local_rules, on), calendar_of(settings)


def calendar_of(settings: Settings) -> WorkCalendar:
    """Return the working calendar of a home.

    Raises:
        SettingsInvalid: the local calendar file is not there or wrong.
    """
    return calendar_from(settings.local_calendar)


def profile_ids(local: Path | None = None) -> tuple[str, ...]:
    """Return the ids of all profiles at hand."""
    return tuple(sorted({part.id for part in profile_files(_folders(local))[0]}))


@cache
def profile_names() -> Mapping[str, str]:
    """Return the Chinese name of every profile of the product: HN → 衡南."""
    return {part.id: part.name for part in profile_files(_folders(None))[0]}


def diff(first: Profile, second: Profile) -> dict[str, tuple[Value | None, Value | None]]:
    """Return what differs between two profiles.

    Parameters stand by name, overrides as “规则 <id>”, rules as “规则文件”, volumes as “卷种” and “卷种 <code> …”.
    """
    found: dict[str, tuple[Value | None, Value | None]] = {}
    for name in sorted({*first.parameters, *second.parameters}):
        found[name] = (first.parameters.get(name), second.parameters.get(name))
    for name in sorted({*first.overrides, *second.overrides}):
        found[f"规则 {name}"] = (first.overrides.get(name), second.overrides.get(name))
    for level in LEVELS:
        mine, theirs = ({p.path.name for p in one.book.of(level, one.line)} for one in (first, second))
        found[f"规则文件 {level}"] = (tuple(sorted(mine - theirs)), tuple(sorted(theirs - mine)))
    kinds = [{kind.code: kind for kind in one.volumes} for one in (first, second)]
    found["卷种"] = (tuple(kinds[0]), tuple(kinds[1]))
    for code in kinds[0].keys() & kinds[1].keys():
        told = [_told_of(one[code]) for one in kinds]
        found |= {f"卷种 {code} {what}": (told[0][what], told[1][what]) for what in told[0]}
    return {name: (a, b) for name, (a, b) in found.items() if a != b}


def _told_of(kind: VolumeKind) -> dict[str, Value]:
    """Return what a profile may change in a kind of volume."""
    told = (kind.retention, kind.stamp, tuple(pattern for _, pattern in kind.titles))
    return dict(zip(CHANGED.values(), told, strict=True))


def _folders(local: Path | None) -> tuple[Path, ...]:
    return (procedure_folder() / "profiles", *([local] if local else []))


def _invalid(faults: list[Finding]) -> SettingsInvalid:
    first = faults[0]
    where = f"{first.file}第{first.line}行" if first.line else first.file
    return SettingsInvalid(f"规则与配置有{len(faults)}处错误，第一处：{where}：{first.message}", faults)


# Inheritance


def _line(profile_id: str, files: Iterable[ProfileFile], on: dt.date | None) -> list[ProfileFile]:
    line = [_pick(profile_id, files, on)]
    while line[-1].parent:
        line.append(_pick(line[-1].parent, files, on))
    return line


def _pick(profile_id: str, files: Iterable[ProfileFile], on: dt.date | None) -> ProfileFile:
    fitting = [part for part in files if part.id == profile_id and (on is None or part.valid_on(on))]
    if not fitting:
        known = "、".join(sorted({part.id for part in files}))
        when = f"在{on.isoformat()}有效的" if on else ""
        raise NotFound(f"没有{when}规则配置 {profile_id}；现有：{known}")
    return max(fitting, key=lambda part: part.valid_from)


def _resolved(line: list[ProfileFile], book: RuleBook) -> Profile:
    parameters: dict[str, Value] = {}
    overrides: dict[str, str] = {}
    labels: dict[str, str] = {}
    for part in reversed(line):
        parameters |= part.parameters
        overrides |= part.overrides
        labels |= part.labels
    ids = tuple(part.id for part in line)
    sources = tuple(source for part in line for source in part.sources)
    version = _digest(parameters, overrides, ids, book)
    volumes = chosen(part.volumes for part in reversed(line))
    return Profile(line[0].id, line[0].name, ids, sources, parameters, labels, overrides, volumes, version, book)


def _digest(parameters: Mapping[str, Value], overrides: Mapping[str, str], ids: tuple[str, ...], book: RuleBook) -> str:
    state = hashlib.sha256(json.dumps([parameters, overrides, ids], ensure_ascii=False, sort_keys=True).encode())
    for level in LEVELS:
        for part in book.of(level, ids):
            state.update(etree.tostring(part.root, method="c14n", with_comments=False))
    return state.hexdigest()[:16]
