"""When two spellings are one person's name."""

from __future__ import annotations

import re
import unicodedata

_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d]")


def folded_name(name: str) -> str:
    """Return a name so that its spellings compare equal.

    Full and half width, compatibility forms and radicals, spaces, dots and other marks, characters that nobody sees,
    variation selectors and capitals make no difference; letters and figures do.
    """
    folded = _folded(name)
    while (again := _folded(folded)) != folded:  # marks left alone may join the letter before them
        folded = again
    return folded


def _folded(name: str) -> str:
    plain = _VARIATION.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LNM")
