"""Plausible, varied text: distinct sentences drawn from pools, their slots filled with made-up words."""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from itertools import pairwise

from rehearsal import phrases

_FORMATTER = string.Formatter()
_UNCITED = 55
"""How many characters in a row go without evidence, where there is any."""


class Prose:
    """Writes text that depends on its source of chance only."""

    def __init__(self, source: random.Random, evidence: Sequence[str] = ()) -> None:
        """Begin to write.

        Args:
            source: what decides.
            evidence: what the sentences rest on, cited so often that no long passage is anybody else's too.
        """
        self._source, self._evidence = source, evidence

    def sentence(self, pattern: str, **words: object) -> str:
        """Return a pattern with its slots filled, from the given words first."""
        slots = {name for _, name, _, _ in _FORMATTER.parse(pattern) if name}
        drawn = {slot: self._source.choice(phrases.WORDS[slot]) for slot in sorted(slots) if slot not in words}
        return pattern.format(**drawn, **words)

    def some(self, pool: Sequence[str], count: int, **words: object) -> str:
        """Return count different sentences of a pool, as one paragraph."""
        chosen = self._source.sample(range(len(pool)), min(count, len(pool)))
        return "".join(self._cited([self.sentence(pool[place], **words) for place in sorted(chosen)]))

    def pick(self, pool: Sequence[str], **words: object) -> str:
        """Return one sentence of a pool."""
        return self.sentence(self._source.choice(pool), **words)

    def long(self, pool: Sequence[str], **words: object) -> str:
        """Return every sentence of a pool once, in drawn order, as numbered paragraphs."""
        order = self._source.sample(pool, len(pool))
        told = self._cited([self.sentence(pattern, **words) for pattern in order])
        texts = ("".join(told[start : start + 5]) for start in range(0, len(told), 5))
        return "\n".join(f"（{mark}）{text}" for mark, text in zip("一二三四五六七八九十", texts, strict=False))

    def _cited(self, sentences: list[str]) -> list[str]:
        """Return sentences with evidence at the end of those after which too much would go without."""
        told, uncited = list(sentences), 0
        for place, (sentence, after) in enumerate(pairwise(sentences)) if self._evidence else ():
            uncited += len(sentence)
            if uncited + len(after) > _UNCITED:
                told[place] = f"{sentence.removesuffix('。')}（{self._source.choice(self._evidence)}）。"
                uncited = 0
        return told
