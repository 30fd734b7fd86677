"""Find passages that two people's papers have in common, whatever stands around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_CUT = "\n"
"""Stands between the sections of a paper; no passage runs across it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a paper has in common with another one."""

    other: str
    text: str


def copied(papers: Mapping[str, Sequence[str]], least: int) -> Mapping[str, Passage]:
    """Return for each paper that has a passage in common with another the first such passage found.

    A passage of `least` characters holds a whole block of half that length of the other paper, wherever the blocks
    begin; so only blocks are kept, and only papers that share one are compared.

    Args:
        papers: key → its sections. Blanks do not count.
        least: how many characters make a passage; 0 finds nothing.
    """
    texts = {key: _CUT.join("".join(part.split()) for part in parts) for key, parts in papers.items()}
    half = max(1, least // 2)
    found: dict[str, Passage] = {}
    blocks: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key, text in texts.items() if least else ():
        for at in range(len(text) - half + 1):
            for other, place in blocks.get(text[at : at + half], ()):
                if not (key in found and other in found):
                    _note(found, key, other, _grown(text, at, texts[other], place), least)
        for at in range(0, len(text) - half + 1, half):
            if _CUT not in text[at : at + half]:
                blocks[text[at : at + half]].append((key, at))
    return found


def _note(found: dict[str, Passage], key: str, other: str, passage: str, least: int) -> None:
    if len(passage) >= least:
        found.setdefault(key, Passage(other, passage))
        found.setdefault(other, Passage(key, passage))


def _grown(text: str, at: int, other: str, place: int) -> str:
    """Return the passage around a place where two texts say the same."""
    back = _same(zip(reversed(text[:at]), reversed(other[:place]), strict=False))
    ahead = _same(zip(text[at:], other[place:], strict=False))
    return text[at - back : at + ahead]


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for mine, theirs in pairs:
        if mine != theirs or mine == _CUT:
            break
        count += 1
    return count
