"""What the value of one setting must be like: said beside its field, tested and worded here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

FONDS = r"[A-Z][0-9]{3}"
"""How a 全宗号 is written; archive numbers are read back by the same pattern."""
NUMBER_GAP = r"[^0-9A-Z#]"
"""What may stand between the parts of an archive number, and so may separate them."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_KINDS = {int: "整数", float: "数", str: "文字", bool: "true或false"}


@dataclass(frozen=True, slots=True)
class Must:
    """A demand on a value, in words and as a test."""

    words: str | Callable[[], str]
    holds: Callable[[Any], bool]

    @property
    def said(self) -> str:
        """The words, made now where they depend on what is there."""
        return self.words if isinstance(self.words, str) else self.words()


def between(low: float, high: float) -> Must:
    """Demand a number within limits; what is no number at all (nan) lies in none."""
    return Must(f"应在{low:,}到{high:,}之间", lambda value: low <= value <= high)


def one_of(*choices: str) -> Must:
    """Demand one of some words."""
    return one_named(lambda: choices)


def one_named(choices: Callable[[], Collection[str]]) -> Must:
    """Demand one of some words, which are asked for when a value is tested: they may be names of files."""
    return Must(lambda: f"应为{'、'.join(choices())}之一", lambda value: value in choices())


def or_empty(must: Must) -> Must:
    """Demand the same, or nothing at all."""
    return Must(lambda: f"应留空，或{must.said.removeprefix('应')}", lambda value: not value or must.holds(value))


def written(pattern: str, words: str) -> Must:
    """Demand text of a pattern."""
    return Must(words, lambda value: re.fullmatch(pattern, value) is not None)


def as_typed(pattern: str, words: str) -> Must:
    """Demand text of a pattern after it was normalised as what a reader types is."""
    return Must(words, lambda value: re.fullmatch(pattern, typed(value)) is not None)


def spoken() -> Must:
    """Demand text that is not blank."""
    return Must("不能是空白", lambda value: bool(value.strip()))


def typed(text: str) -> str:
    """Return text as it is read when typed: half width, upper case."""
    return unicodedata.normalize("NFKC", text).upper()


def checked_value(value: Any, hint: Any) -> Any:
    """Return a value as its field holds it.

    Args:
        value: from the file or the environment.
        hint: the field's annotation with its demands.

    Raises:
        ValueError: it is not as demanded; the words say what it must be like.
    """
    found = _as_type(value, getattr(hint, "__origin__", hint))
    if isinstance(found, str) and _UNPRINTABLE.search(found):
        raise ValueError("不能含控制字符")
    for must in getattr(hint, "__metadata__", ()):
        if not must.holds(found):
            raise ValueError(must.said)
    return found


def shown(value: Any) -> str:
    """Return a value as a message cites it, cut where it is endless."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _as_type(value: Any, kind: type) -> Any:
    numeric = kind in (int, float) and isinstance(value, (int, float, str))
    if isinstance(value, bool) is (kind is bool) and (isinstance(value, kind) or numeric):
        try:
            found = kind(value)
        except (ValueError, OverflowError):
            found = None
        if found is not None and not (kind is int and isinstance(value, float) and value != found):
            return found
    raise ValueError(f"应为{_KINDS[kind]}")
