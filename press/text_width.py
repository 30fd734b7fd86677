"""How wide a text runs in ems, and where it may break: reckoned by its characters, no font is asked."""

from __future__ import annotations

import math
import re
from functools import lru_cache

_TITLE_LINE = 19.0
"""What fits one line of a title set in 二号, in ems."""
_SURE = re.compile(r"[\u4e00-\u9fff\u3001-\u3011\uff01-\uff5e0-9A-Za-z.%/ -]*")
"""Text whose width has a bound in every face: an ideograph is one em, a letter or digit never wider."""
_LONG_RUN = re.compile(r"[!-,.0-~·]{24,}")
_BREAK = "\u200b"
_PARTS = re.compile(r"(（[^（）]*）)|(?<=.)(?=关于)")


@lru_cache(1 << 13)
def width_of(text: str) -> float:
    """Return about how many ems a line of text runs: an ideograph is one, a Latin letter or digit a bit over half."""
    full = 0 if text.isascii() else sum(map("\u02ff".__lt__, text))
    return full + 0.57 * (len(text) - full) - 0.19 * (text.count("-") + text.count("/"))


@lru_cache(1 << 13)
def most_width(text: str) -> float:
    """Return the width in ems a line of text cannot exceed in any face, or infinity where there is no such bound."""
    if not _SURE.fullmatch(text):
        return math.inf
    narrow = sum(map("\u02ff".__gt__, text))
    figures = sum(map(text.count, "0123456789-./ "))
    return len(text) - 0.35 * figures - 0.05 * (narrow - figures)


def breakable(text: str) -> str:
    """Return the text with break opportunities inside very long runs of Latin characters."""
    return _LONG_RUN.sub(lambda run: _BREAK.join(run[0]), text) if len(text) >= 24 else text


@lru_cache(4096)
def balanced(label: str, room: float) -> tuple[str, ...]:
    """Return a label in lines of about equal length, as many as it needs in so many ems."""
    count = max(1, math.ceil(width_of(label) / room))
    each = math.ceil(len(label) / count)
    return tuple(label[place : place + each] for place in range(0, len(label), each))


def title_lines(title: str) -> list[str]:
    """Return a title in its lines: broken by sense around brackets and before 关于, else into equal parts."""
    if width_of(title) <= _TITLE_LINE:
        return [title]
    return [line for part in _PARTS.split(title) if part for line in balanced(part, _TITLE_LINE)]
