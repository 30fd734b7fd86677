"""The rule files at hand: read, and every fault in them gathered with its file and line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lxml import etree

from jishi.findings import Finding, Severity
from jishi.procedure import procedure
from jishi.record_types import procedure_folder
from pipeline.rules import xpath_functions
from pipeline.rules.rule import EVASIONS, LEVELS, Figure, Rule
from pipeline.rules.schematron import SCHEMATRON, line_of
from pipeline.rules.schematron_check import Vocabulary, faults_of, global_lets

_S = f"{{{SCHEMATRON}}}"
_J = "{urn:jishi:rule:1}"


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One Schematron file."""

    path: Path
    level: str
    profile: str
    root: etree._Element = field(repr=False, compare=False)
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class RuleBook:
    """All rule files at hand, and what is wrong with them."""

    files: tuple[RuleFile, ...]
    faults: tuple[Finding, ...]

    @property
    def rules(self) -> dict[str, Rule]:
        """Every rule by id."""
        return {rule.id: rule for part in self.files for rule in part.rules}

    def of(self, level: str, profiles: Iterable[str]) -> tuple[RuleFile, ...]:
        """Return the files of a level that hold for a line of profiles."""
        line = {"", *profiles}
        return tuple(part for part in self.files if part.level == level and part.profile in line)

    def wrong_words(self, level: str, profiles: Iterable[str], parameters: Iterable[str]) -> Iterator[Finding]:
        """Yield the faults in the expressions of a level's files, judged by the parameters there are."""
        files = self.of(level, profiles)
        lets = frozenset(name for part in files for name in global_lets(part.root))
        words = Vocabulary(frozenset(parameters), xpath_functions.NAMES, lets)
        for part in files:
            yield from (_fault(fault.message, part.path, fault.line) for fault in faults_of(part.root, words))


# Reading the files


def rule_book(local: Path | None = None) -> RuleBook:
    """Read every rule file of the product, and of a locality's own folder; faults are gathered, not raised."""
    return _read(local, _stamp(local))


def _stamp(local: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Tell one state of the local folder from another, so that a long-running service sees an edit."""
    paths = sorted(local.rglob("*.sch")) if local and local.is_dir() else []
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)


@cache
def _read(local: Path | None, stamp: tuple[tuple[str, int, int], ...]) -> RuleBook:
    folder = procedure_folder()
    paths = [*sorted(folder.glob("rules/*.sch")), *sorted(folder.glob("*/rules.sch"))]
    paths += [*sorted(folder.glob("profiles/*.sch")), *(Path(name) for name, _, _ in stamp)]
    faults: list[Finding] = []
    files = [part for path in paths if (part := _rule_file(path, faults)) is not None]
    faults += _doubled(files)
    return RuleBook(tuple(files), tuple(faults))


def _rule_file(path: Path, faults: list[Finding]) -> RuleFile | None:
    try:
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    except etree.XMLSyntaxError as error:
        faults.append(_fault(f"规则文件不是格式正确的XML：{error.msg}", path, error.lineno or 0))
        return None
    level, profile = root.get(f"{_J}level", ""), root.get(f"{_J}profile", "")
    if level not in LEVELS:
        faults.append(_fault(f"规则文件的level应为record或dossier，现为“{level}”", path, line_of(root)))
        return None
    rules = tuple(_rules_in(root, path, level, profile, faults))
    return RuleFile(path, level, profile, root, rules)


def _rules_in(root: etree._Element, path: Path, level: str, profile: str, faults: list[Finding]) -> Iterator[Rule]:
    for node in root.iter(f"{_S}assert", f"{_S}report"):
        said = {name: _said(node, name) for name in _SAID}
        for message in _misstated(node, said):
            faults.append(_fault(message, path, line_of(node)))
        if node.get("id"):
            yield _rule(node, said, level, profile, path)


_SAID = ("source", "verified", "requirement", "validFrom", "validTo", "remedy", "evasion", "outcome", "cites")


def _said(node: etree._Element, name: str) -> str:
    for part in (node, *node.iterancestors()):
        if (text := part.get(f"{_J}{name}")) is not None:
            return text
    return ""


def _role(node: etree._Element) -> str:
    return next((n.get("role", "") for n in (node, *node.iterancestors()) if n.get("role")), "error")


def _misstated(node: etree._Element, said: Mapping[str, str]) -> Iterator[str]:
    name = node.get("id", "")
    if not name:
        yield "assert或report没有id"
    if _role(node) not in set(Severity):
        yield f"{name} 的role应为error、warning或info，现为“{_role(node)}”"
    if not said["source"]:
        yield f"{name} 没有source（依据）"
    if said["verified"] not in ("yes", "no"):
        yield f"{name} 的verified应为yes或no，现为“{said['verified']}”"
    if said["requirement"] and said["requirement"] not in procedure().requirements:
        yield f"{name} 的requirement“{said['requirement']}”不在目录的61条之中"
    if said["evasion"] not in ("", *EVASIONS):
        yield f"{name} 的evasion应为越过、简化或变通，现为“{said['evasion']}”"
    if said["outcome"] not in ("", "undetermined"):
        yield f"{name} 的outcome只可为undetermined，现为“{said['outcome']}”"
    for key in ("validFrom", "validTo"):
        if said[key] and not _is_date(said[key]):
            yield f"{name} 的{key}“{said[key]}”不是日期"


def _is_date(text: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def _rule(node: etree._Element, said: Mapping[str, str], level: str, profile: str, path: Path) -> Rule:
    role = _role(node)
    pattern = next(node.iterancestors(f"{_S}pattern"), None)
    return Rule(
        id=node.get("id", ""),
        severity=Severity(role) if role in set(Severity) else Severity.ERROR,
        source=said["source"],
        verified=said["verified"] == "yes",
        requirement=said["requirement"],
        cites=tuple(said["cites"].split()),
        valid_from=dt.date.fromisoformat(said["validFrom"]) if _is_date(said["validFrom"]) else dt.date.min,
        valid_to=dt.date.fromisoformat(said["validTo"]) if _is_date(said["validTo"]) else dt.date.max,
        remedy=said["remedy"],
        evasion=said["evasion"],
        undetermined=said["outcome"] == "undetermined",
        level=level,
        profile=profile,
        title="" if pattern is None else pattern.findtext(f"{_S}title", ""),
        file=path.name if path.name != "rules.sch" else f"{path.parent.name}/{path.name}",
        line=line_of(node),
        figures=tuple(_figures(node)),
    )


def _figures(node: etree._Element) -> Iterator[Figure]:
    """Yield what an assertion's text tells of, each with the words up to its neighbours."""
    words, selects = [""], []
    for event, part in etree.iterwalk(node, events=("start", "end")):
        if event == "end":
            words[-1] += (part.tail or "") if part is not node else ""
        elif part.tag == f"{_S}value-of":
            selects.append(part.get("select", ""))
            words.append("")
        else:
            words[-1] += part.text or ""
    for place, select in enumerate(selects):
        yield Figure(words[place], select, words[place + 1])


def _doubled(files: Iterable[RuleFile]) -> Iterator[Finding]:
    seen: dict[str, Rule] = {}
    for part in files:
        for rule in part.rules:
            if (first := seen.setdefault(rule.id, rule)) is not rule:
                yield _fault(f"规则编号 {rule.id} 重复，已见于{first.file}第{first.line}行", part.path, rule.line)


def _fault(message: str, path: Path, line: int) -> Finding:
    return Finding("X-RULES", message, file=str(path), line=line, remedy="改正规则文件后重试")
