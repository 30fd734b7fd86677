"""Profile files: read, and every fault in them gathered with its file and line."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from jishi.findings import Finding
from jishi.toml_files import toml_fault
from pipeline.rules.chosen_volumes import VolumeChoice, choice_faults, choice_of
from pipeline.rules.rule import LEVELS
from pipeline.rules.rule_files import RuleBook
from pipeline.rules.schematron import Value, line_of, literal

ROOT = "CN"
_KEYS = {"id", "name", "parent", "validFrom", "validTo", "sources", "parameters", "labels", "rules", "volumes"}
_SEVERITIES = ("error", "warning", "info", "off")


@dataclass(frozen=True, slots=True)
class ProfileFile:
    """One profile as its file says it."""

    path: Path
    text: str = field(repr=False)
    id: str
    name: str
    parent: str
    valid_from: dt.date
    valid_to: dt.date
    sources: tuple[str, ...]
    parameters: Mapping[str, Value]
    labels: Mapping[str, str]
    overrides: Mapping[str, str]
    volumes: VolumeChoice

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether this file speaks for a day."""
        return self.valid_from <= day <= self.valid_to


def profile_files(folders: tuple[Path, ...]) -> tuple[tuple[ProfileFile, ...], tuple[Finding, ...]]:
    """Read every profile file of some folders; faults are gathered, not raised."""
    paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))]
    return _read(tuple((path, path.stat().st_mtime_ns) for path in paths))


@cache
def _read(paths: tuple[tuple[Path, int], ...]) -> tuple[tuple[ProfileFile, ...], tuple[Finding, ...]]:
    faults: list[Finding] = []
    files = [part for path, _ in paths if (part := _profile_file(path, faults)) is not None]
    return tuple(files), tuple(faults)


def _profile_file(path: Path, faults: list[Finding]) -> ProfileFile | None:
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except UnicodeDecodeError:
        faults.append(_fault("配置文件不是UTF-8编码", path))
        return None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        faults.append(_fault(f"配置文件不是正确的TOML：{toml_fault(error)}", path, int(line[1]) if line else 0))
        return None
    faults += list(_misstated(table, path, text))
    return ProfileFile(
        path=path,
        text=text,
        id=str(table.get("id", "")),
        name=str(table.get("name", "")),
        parent=str(table.get("parent", "")),
        valid_from=_date(table.get("validFrom"), dt.date.min),
        valid_to=_date(table.get("validTo"), dt.date.max),
        sources=tuple(map(str, table.get("sources", []))),
        parameters={name: _value(value) for name, value in _table(table, "parameters").items() if _is_value(value)},
        labels={name: str(label) for name, label in _table(table, "labels").items()},
        overrides={name: str(_severity(entry)) for name, entry in _table(table, "rules").items()},
        volumes=choice_of(table.get("volumes", {})),
    )


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = table.get(name, {})
    return part if isinstance(part, dict) else {}


def _date(value: Any, otherwise: dt.date) -> dt.date:
    return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else otherwise


def _severity(entry: Any) -> Any:
    return entry.get("severity") if isinstance(entry, dict) else entry


def _value(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) and "|" not in part for part in value)
    return isinstance(value, (str, int, bool))


def _misstated(table: Mapping[str, Any], path: Path, text: str) -> Iterator[Finding]:
    for key in table:
        if key not in _KEYS:
            yield _fault(f"未知的项 {key}{_guess(key, _KEYS)}", path, _line_of(text, key))
    for key in ("id", "name"):
        if not isinstance(table.get(key), str) or not table[key]:
            yield _fault(f"缺少{key}", path)
    for key in ("validFrom", "validTo"):
        if key in table and _date(table[key], dt.date.min) != table[key]:
            yield _fault(f"{key}应为日期，如 2019-03-17", path, _line_of(text, key))
    if _date(table.get("validFrom"), dt.date.min) > _date(table.get("validTo"), dt.date.max):
        yield _fault("validFrom晚于validTo", path, _line_of(text, "validFrom"))
    for key in ("parameters", "labels", "rules"):
        if not isinstance(table.get(key, {}), dict):
            yield _fault(f"{key}应为一节（[{key}]）", path, _line_of(text, key))
    for name, value in _table(table, "parameters").items():
        if not _is_value(value):
            yield _fault(f"参数 {name} 的值应为整数、真假、文字或文字列表", path, _line_of(text, name))
        elif not _writable(_value(value)):
            yield _fault(f"参数 {name} 的值不可同时含单引号和双引号", path, _line_of(text, name))
    for name, entry in _table(table, "rules").items():
        if _severity(entry) not in _SEVERITIES or (isinstance(entry, dict) and set(entry) != {"severity"}):
            yield _fault(f"规则 {name} 只可设severity为{'、'.join(_SEVERITIES)}之一", path, _line_of(text, name))
    for words, key in choice_faults(table.get("volumes", {})):
        yield _fault(words, path, _line_of(text, key))


def _writable(value: Value) -> bool:
    try:
        return bool(literal(value))
    except ValueError:
        return False


# Faults of several files taken together


def wrong_together(files: Iterable[ProfileFile], book: RuleBook) -> Iterator[Finding]:
    """Yield what is wrong with profiles seen together and with the rules: parents, parameters, validity, rule ids."""
    by_id: dict[str, list[ProfileFile]] = {}
    for part in files:
        by_id.setdefault(part.id, []).append(part)
    known = {name: value for part in files for name, value in part.parameters.items() if name in part.labels}
    names = set(book.rules) | {rule.code for rule in book.rules.values()}
    for part in files:
        yield from _wrong_parent(part, by_id)
        yield from _wrong_parameters(part, known)
        for name in part.overrides:
            if name not in names:
                yield _fault(f"没有规则 {name}{_guess(name, names)}", part.path, _line_of(part.text, name))
    for parts in by_id.values():
        yield from _overlapping(sorted(parts, key=lambda part: part.valid_from))
    for level in LEVELS:
        yield from book.wrong_words(level, by_id, {name for part in files for name in part.parameters})
    for rules in book.files:
        if rules.profile and rules.profile not in by_id:
            yield _fault(f"规则文件所属的配置 {rules.profile} 不存在", rules.path, line_of(rules.root))


def _wrong_parent(part: ProfileFile, by_id: Mapping[str, list[ProfileFile]]) -> Iterator[Finding]:
    line, seen = part, {part.id}
    while line.parent:
        if line.parent not in by_id:
            if line is part:
                yield _fault(
                    f"上级配置 {part.parent} 不存在{_guess(part.parent, set(by_id))}",
                    part.path,
                    _line_of(part.text, "parent"),
                )
            return
        line = by_id[line.parent][0]
        if line.id in seen:
            yield _fault(f"配置 {part.id} 的上级绕成了圈", part.path, _line_of(part.text, "parent"))
            return
        seen.add(line.id)
    if line.id != ROOT:
        yield _fault(f'配置 {part.id} 没有上级，应写 parent = "{ROOT}"', part.path)


def _wrong_parameters(part: ProfileFile, known: Mapping[str, Value]) -> Iterator[Finding]:
    for name, value in part.parameters.items():
        if name not in known:
            yield _fault(
                f"未知的参数 {name}{_guess(name, set(known))}；新参数须在[labels]写明中文名称",
                part.path,
                _line_of(part.text, name),
            )
        elif type(value) is not type(known[name]):
            yield _fault(
                f"参数 {name} 应为{_kind(known[name])}，现为{_kind(value)}", part.path, _line_of(part.text, name)
            )
    for name in part.labels:
        if name not in part.parameters:
            yield _fault(f"[labels]中的 {name} 没有值", part.path, _line_of(part.text, name))


def _overlapping(parts: list[ProfileFile]) -> Iterator[Finding]:
    for earlier, later in pairwise(parts):
        if earlier.valid_to >= later.valid_from:
            yield _fault(
                f"配置 {later.id} 的有效期与{earlier.path.name}重叠", later.path, _line_of(later.text, "validFrom")
            )


def _kind(value: Value) -> str:
    return {bool: "真假", int: "整数", str: "文字", tuple: "文字列表"}[type(value)]


def _line_of(text: str, key: str) -> int:
    pattern = re.compile(rf"^\s*(\[.*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]", re.MULTILINE)
    found = pattern.search(text)
    return text.count("\n", 0, found.start()) + 1 + found.group().count("\n") if found else 0


def _guess(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"，是否指 {close[0]}？" if close else ""


def _fault(message: str, path: Path, line: int = 0) -> Finding:
    return Finding("X-PROFILE", message, file=str(path), line=line, remedy="改正配置文件后重试")
