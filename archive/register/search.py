"""Search by words inside records: text cut into overlapping pairs of characters, so two-character names are found."""

from __future__ import annotations

import re
from operator import add

from jishi.names import joined

_LONGEST_NAME = 6
"""Words of so many characters may be names that an index made before blanks and dots were folded holds in two runs."""
_RUNS = re.compile(r"[0-9A-Za-z]+|[^\W_0-9A-Za-z]+")


def bigrams(text: str) -> str:
    """Return text as a space-separated run of tokens: pairs of Han characters, whole Latin words and numbers.

    Width and case are folded (NFKC, lower case), so that full-width digits find plain ones; so are blanks and dots
    between Han characters, so that a name is found however it was spaced.
    """
    tokens: list[str] = []
    for run in _RUNS.findall(joined(text).lower()):
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
    return any(all(_phrase(word) in known for word in reading.split()) for reading in _readings(words))


def _readings(words: str) -> list[str]:
    """Return a query as typed and, where it may be one spaced name, as one word."""
    return list(dict.fromkeys((words, joined(words))))


def _phrase(word: str) -> str:
    tokens = bigrams(word)
    return f" {tokens}" if len(tokens) == 1 and not tokens.isascii() else f" {tokens} " if tokens else " "


def match_expression(words: str) -> str:
    """Return the FTS5 expression that finds every word of a query as a phrase; empty when nothing is searchable.

    A single Han character is found as the beginning of a pair.
    """
    found = [expression for reading in _readings(words) if (expression := _all_of(reading))]
    return found[0] if len(found) == 1 else " OR ".join(f"({one})" for one in found)


def _all_of(words: str) -> str:
    phrases = []
    for word in words.split():
        tokens = bigrams(word).split()
        if len(tokens) == 1 and len(tokens[0]) == 1 and not tokens[0].isascii():
            phrases.append(f'"{tokens[0]}" *')
        elif tokens:
            phrases.append("(" + " OR ".join(f'"{one}"' for one in _as_indexed(word, tokens)) + ")")
    return " AND ".join(phrases)


def _as_indexed(word: str, tokens: list[str]) -> list[str]:
    """Return the phrases a word may stand as: whole, and in two runs as older indexes hold a spaced or dotted name."""
    name = joined(word)
    if len(name) > _LONGEST_NAME or len(tokens) != len(name) - 1:
        return [" ".join(tokens)]
    halves = (f"{bigrams(name[:place])} {bigrams(name[place:])}" for place in range(1, len(name)))
    return [" ".join(tokens), *halves]
