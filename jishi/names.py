"""People's names as they are compared: one person's name is one name however it was spaced or dotted.

Two-character names are padded to the width of three (贺　鹏) in nearly every Chinese form, names of minority peoples
carry a middle dot of half a dozen kinds or none (买买提·艾力). What a record says is kept; only comparing folds.
"""

from __future__ import annotations

import re
import unicodedata

DOTS = "·•・‧･∙⋅"
"""The middle dots people type in names; half of them are put in by one input method or another."""
_HAN = r"[^\W0-9A-Za-z_]"
_INSIDE = re.compile(rf"(?<={_HAN})(?:[^\S\r\n]|[{DOTS}])+(?={_HAN})")
"""Blanks and dots between two letters that are neither Latin nor figures."""


def joined(text: str) -> str:
    """Return a text without the blanks and dots that stand between Chinese characters on one line.

    Width and compatibility forms are folded first (NFKC), so that a full-width blank is a blank.
    """
    return _INSIDE.sub("", unicodedata.normalize("NFKC", text))


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common: no blanks or dots inside or around, one case and width."""
    return joined(" ".join(name.split())).strip().casefold()


def same_name(one: str, other: str) -> bool:
    """Tell whether two spellings are of one name."""
    return name_key(one) == name_key(other)
