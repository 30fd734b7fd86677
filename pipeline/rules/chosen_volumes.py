"""What a profile says of volumes: which kinds its dossiers are filed in, and what it changes in a kind.

[volumes] kinds names the kinds in the order they are numbered; [volumes.<code>] sets retention, stamp or title of one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jishi.settings import stamp_names
from jishi.title_words import pattern_fault
from jishi.volume_kinds import VolumeKind, retention_periods, usual_kinds, volume_kinds

CHANGED = {"retention": "保管期限", "stamp": "章", "title": "题名"}
"""What a profile may change in a kind of volume, and how it is called."""
_KINDS = "kinds"


@dataclass(frozen=True, slots=True)
class VolumeChoice:
    """What one profile file says of volumes."""

    kinds: tuple[str, ...] = ()
    """Codes; empty where its parent's hold."""
    changes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Code → what is changed → to what."""


def choice_of(table: Any) -> VolumeChoice:
    """Return what the table [volumes] says, as far as it says it rightly."""
    if not isinstance(table, dict):
        return VolumeChoice()
    listed = table.get(_KINDS, [])
    codes = tuple(filter(_is_text, listed)) if isinstance(listed, list) else ()
    changes = {code: dict(part) for code, part in table.items() if code != _KINDS and isinstance(part, dict)}
    return VolumeChoice(codes, changes)


def chosen(line: Iterable[VolumeChoice]) -> tuple[VolumeKind, ...]:
    """Return the kinds in force.

    Args:
        line: of a profile and of its parents, the outermost first.
    """
    codes: tuple[str, ...] = tuple(kind.code for kind in usual_kinds())
    changes: dict[str, dict[str, str]] = {}
    for choice in line:
        codes = choice.kinds or codes
        for code, part in choice.changes.items():
            changes.setdefault(code, {}).update(part)
    return tuple(_changed(volume_kinds()[code], changes.get(code, {})) for code in codes)


def _changed(kind: VolumeKind, changes: Mapping[str, str]) -> VolumeKind:
    """Return a kind with what a profile changes; a title of its own holds for every kind of change."""
    return replace(
        kind,
        retention=changes.get("retention", kind.retention),
        stamp=changes.get("stamp", kind.stamp),
        titles=(("", changes["title"]),) if "title" in changes else kind.titles,
    )


def choice_faults(table: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a table [volumes]: in words, and the key it is about."""
    if not isinstance(table, dict):
        yield "volumes应为一节（[volumes]）", "volumes"
        return
    if _KINDS in table:
        yield from ((words, _KINDS) for words in _listing_faults(table[_KINDS]))
    for code, part in table.items():
        if code == _KINDS:
            continue
        if code not in volume_kinds():
            yield f"没有卷种 {code}；现有：{_told()}", f"volumes.{code}"
        elif not isinstance(part, dict):
            yield f"{code} 应为一节（[volumes.{code}]）", code
        else:
            yield from _change_faults(volume_kinds()[code], part)


def _listing_faults(codes: Any) -> Iterator[str]:
    if not isinstance(codes, list) or not codes or not all(map(_is_text, codes)):
        yield f'kinds应为卷种代码的列表，如 kinds = ["{next(iter(volume_kinds()))}"]；现有：{_told()}'
        return
    if unknown := [code for code in codes if code not in volume_kinds()]:
        yield f"没有卷种 {'、'.join(unknown)}；现有：{_told()}"
    if len(set(codes)) < len(codes):
        yield "kinds中同一卷种写了两次"


def _change_faults(kind: VolumeKind, part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in part.items():
        if key not in CHANGED:
            close = difflib.get_close_matches(key, CHANGED, 1)
            guess = f"，是否指 {close[0]}？" if close else f"；可以改的有：{'、'.join(CHANGED)}"
            yield f"卷种 {kind.code} 未知的项 {key}{guess}", key
        elif not _is_text(value):
            yield f"卷种 {kind.code} 的 {key} 应为文字", key
        elif fault := _value_fault(kind, key, value):
            yield f"卷种 {kind.code} 的 {key} = “{value}” {fault}", key


def _value_fault(kind: VolumeKind, key: str, value: str) -> str:
    if key == "retention" and value not in retention_periods():
        return f"应为{'、'.join(f'{one.code}（{one.name}）' for one in retention_periods().values())}之一"
    if key == "stamp" and value not in stamp_names():
        return f"应为{'、'.join(stamp_names())}之一"
    return pattern_fault(kind, value) if key == "title" else ""


def _told() -> str:
    return "、".join(f"{kind.code}（{kind.name}）" for kind in volume_kinds().values())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
