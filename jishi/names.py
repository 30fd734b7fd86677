"""People's names as they are compared: one person's name is one name however it was spaced, dotted or typed.

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
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d]")


def joined(text: str) -> str:
    """Return a text without the blanks and dots that stand between Chinese characters on one line.

    Width and compatibility forms are folded first (NFKC), so that a full-width blank is a blank.
    """
    return _INSIDE.sub("", unicodedata.normalize("NFKC", text))


def folded_name(name: str) -> str:
    """Return a name so that its spellings compare equal.

    Full and half width, compatibility forms and radicals, spaces, dots and other marks, characters that nobody sees,
    variation selectors and capitals make no difference; letters and figures do.
    """
    folded = _folded(name)
    while (again := _folded(folded)) != folded:  # marks left alone may join the letter before them
        folded = again
    return folded


def same_name(name: str, other: str) -> bool:
    """Tell whether two spellings are of one name."""
    return folded_name(name) == folded_name(other)


def _folded(name: str) -> str:
    plain = _VARIATION.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LNM")
