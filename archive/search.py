"""Search by words inside records: text cut into overlapping pairs of characters, so two-character names are found."""

from __future__ import annotations

import re
import unicodedata
from operator import add

_RUNS = re.compile(r"[0-9A-Za-z]+|[^\W_0-9A-Za-z]+")


def bigrams(text: str) -> str:
    """Return text as a space-separated run of tokens: pairs of Han characters, whole Latin words and numbers.

    Width and case are folded (NFKC, lower case), so that full-width digits find plain ones.
    """
    tokens: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if run.isascii() or len(run) == 1:
            tokens.append(run)
        else:
            tokens += map(add, run, run[1:])
    return " ".join(tokens)


def holds(text: str, words: str) -> bool:
    """Tell whether a text holds every word of a query, by the same measure as the index.

    Args:
        text: what is printed.
        words: as typed.
    """
    known = f" {bigrams(text)} "
    return all(_phrase(word) in known for word in words.split())


def _phrase(word: str) -> str:
    tokens = bigrams(word)
    return f" {tokens}" if len(tokens) == 1 and not tokens.isascii() else f" {tokens} " if tokens else " "


def match_expression(words: str) -> str:
    """Return the FTS5 expression that finds every word of a query as a phrase; empty when nothing is searchable.

    A single Han character is found as the beginning of a pair.
    """
    phrases = []
    for word in words.split():
        tokens = bigrams(word).split()
        if len(tokens) == 1 and len(tokens[0]) == 1 and not tokens[0].isascii():
            phrases.append(f'"{tokens[0]}" *')
        elif tokens:
            phrases.append('"' + " ".join(tokens) + '"')
    return " AND ".join(phrases)
