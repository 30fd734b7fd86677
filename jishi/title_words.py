"""What may stand in braces in the title or label of a volume, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from string import Formatter

from jishi.procedure import procedure
from jishi.record_types import record_type
from jishi.steps import Deed
from jishi.volume_kinds import VolumeKind

_DOSSIER = {"organ": "党委（党组）", "year": "年度", "serial": "批次序号", "names": "全批人员姓名"}
_PERSON = {"name": "姓名"}
_PRINTED = ("Line", "enum", "PostLevel")
"""Fields of a roster entry that read as words."""


def title_words(kind: VolumeKind) -> Mapping[str, str]:
    """Return word → Chinese name: of the dossier; of a person also the name and the fields of the roster entry."""
    return _DOSSIER | (_PERSON | _fields() if kind.personal else {})


def pattern_fault(kind: VolumeKind, pattern: str) -> str:
    """Return what is wrong with a pattern; "" when it can be filled in."""
    known = title_words(kind)
    try:
        parts = [(word, spec or shape) for _, word, spec, shape in Formatter().parse(pattern) if word is not None]
    except ValueError:
        return "花括号没有成对"
    if wrong := [f"{{{word}}}" for word, more in parts if more or word not in known]:
        told = "、".join(f"{{{word}}}（{name}）" for word, name in known.items())
        return f"中的{'、'.join(wrong)}没有可填的内容；可用的有：{told}"
    return "" if pattern.strip() else "不能是空白"


def pattern_told(kind: VolumeKind, pattern: str) -> str:
    """Return a pattern as people read it: 〔姓名〕 for {name}."""
    return pattern.format_map({word: f"〔{name}〕" for word, name in title_words(kind).items()})


@cache
def _fields() -> dict[str, str]:
    return {part.key: part.label for part in record_type(procedure().that(Deed.ENROLS)).fields if part.kind in _PRINTED}
