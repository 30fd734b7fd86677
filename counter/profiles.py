"""What profile list, show and diff tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counter.output import Output
from jishi.findings import Severity, source_told
from jishi.settings import Settings, load_or_default
from jishi.volume_kinds import VolumeKind, retention_periods
from pipeline.rules.profiles import Profile, diff, load_profile, profile_ids

_LEVELS = {"record": "单件记录", "dossier": "整个批次", "alert": "预警"}
"""What a rule file of a level looks at."""
_SEVERITIES = {severity.value: severity.label for severity in Severity} | {"off": "不用"}
_RATE_BASES = {"valid": "有效票", "returned": "收回票数", "actual": "实到人数", "expected": "应到人数"}


def print_list(home: Path, output: Output) -> None:
    """Print every profile there is, the one in force marked."""
    settings, local = _local(home)
    rows = [
        {"id": found.id, "name": found.name, "parent": found.line[1] if len(found.line) > 1 else "",
         "rules": found.version, "in_force": found.id == settings.rules.profile}
        for found in (load_profile(one, local) for one in profile_ids(local))
    ]  # fmt: skip
    columns = (
        ("配置", lambda r: r["id"]),
        ("名称", lambda r: r["name"]),
        ("上级", lambda r: r["parent"]),
        ("规则集", lambda r: r["rules"][:16]),
        ("现用", lambda r: "✓" if r["in_force"] else ""),
    )
    output.table(rows, columns, "规则配置")


def print_profile(home: Path, profile_id: str, output: Output) -> None:
    """Print a profile's parameters with where each comes from, and its rule overrides."""
    _, local = _local(home)
    found = load_profile(profile_id, local)
    if output.as_json:
        output.value(
            {"id": found.id, "name": found.name, "line": found.line, "sources": found.sources,
             "parameters": dict(found.parameters), "overrides": dict(found.overrides),
             "volumes": [_volume(kind) for kind in found.volumes], "rules": found.version}
        )  # fmt: skip
        return
    output.value(None, f"{found.id} {found.name}　继承 {' → '.join(found.line)}　规则集 {found.version[:16]}")
    output.value(None, "出处：" + "；".join(map(source_told, found.sources)))
    rows = [(found.labels.get(name, name), name, _said(value)) for name, value in sorted(found.parameters.items())]
    output.table(rows, (("参数", lambda r: r[0]), ("名", lambda r: r[1]), ("值", lambda r: r[2])), "参数")
    if found.overrides:
        output.table(
            sorted(found.overrides.items()), (("规则", lambda r: r[0]), ("改为", lambda r: _said(r[1]))), "规则取舍"
        )
    columns = (("卷种", "code"), ("名称", "name"), ("保管期限", "retention"), ("章", "stamp"), ("题名", "title"))
    output.table(
        [_volume(kind) for kind in found.volumes],
        [(label, lambda row, key=key: _said(row[key])) for label, key in columns],  # type: ignore[misc]
        "立卷的卷种",
    )


def print_diff(home: Path, first: str, second: str, output: Output) -> None:
    """Print what two profiles decide differently by."""
    _, local = _local(home)
    one, other = load_profile(first, local), load_profile(second, local)
    found = diff(one, other)
    if output.as_json:
        output.value({name: {first: a, second: b} for name, (a, b) in found.items()})
        return
    columns = (
        ("项", lambda r: _label(one, other, r[0])),
        (f"{one.id} {one.name}", lambda r: _said(r[1][0])),
        (f"{other.id} {other.name}", lambda r: _said(r[1][1])),
    )
    output.table(list(found.items()), columns)


def _volume(kind: VolumeKind) -> dict[str, str]:
    """Return what is told of a kind of volume; of its titles the one for most people."""
    return {
        "code": kind.code, "name": kind.name, "retention": kind.retention, "stamp": kind.stamp, "title": kind.title(),
    }  # fmt: skip


def _local(home: Path) -> tuple[Settings, Path | None]:
    settings = load_or_default(home)
    return settings, settings.local_rules


def _label(one: Profile, other: Profile, name: str) -> str:
    words, _, level = name.partition(" ")
    if level in _LEVELS:
        return f"{_LEVELS[level]}的{words}"
    labels: Mapping[str, str] = {**other.labels, **one.labels}
    return f"{labels[name]}（{name}）" if name in labels else name


def _said(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (tuple, list)):
        return "、".join(map(str, value)) or "无"
    if value in retention_periods():
        return f"{retention_periods()[value].name}（{value}）"
    if value in _RATE_BASES:
        return f"{_RATE_BASES[value]}（{value}）"
    return _SEVERITIES.get(str(value), str(value))
