"""Papers that look scanned: print, hand and seal in layers, each drawn once and used again and again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from rehearsal import ink, pictures, sheets
from rehearsal.drafts import Paper
from rehearsal.pdf import A4, Mask, PdfSheet, Placed, pdf_of

_TONES = ((0.98, 0.97, 0.94), (0.97, 0.97, 0.96), (0.99, 0.98, 0.95))
_INK, _HAND, _RULE, _SEAL = (0.13, 0.13, 0.16), (0.10, 0.13, 0.42), (0.62, 0.72, 0.86), (0.80, 0.14, 0.12)
_SCALE = A4[0] / ink.WIDTH
_MORE = 3
"""How many different pages there are to continue a paper with."""


def scan(paper: Paper, record_id: str, title: str, signers: Sequence[str]) -> tuple[str, str, bytes]:
    """Return a paper as its office would have scanned it: file ending, media type, bytes."""
    mark = f"{record_id} {paper.kind}"
    if paper.look == "photo":
        return ".jpg", "image/jpeg", pictures.portrait(record_id)
    if paper.look == "colour":
        return ".jpg", "image/jpeg", pictures.colour_page(paper.kind, record_id)
    if paper.look == "screen":
        return ".png", "image/png", pictures.screenshot(paper.kind, title, record_id)
    chance = int(hashlib.sha256(mark.encode()).hexdigest()[:8], 16)
    pages = [_sheet(paper, number, chance, record_id, title, signers) for number in range(paper.pages)]
    return ".pdf", "application/pdf", pdf_of(pages, mark)


def _sheet(paper: Paper, number: int, chance: int, record_id: str, title: str, signers: Sequence[str]) -> PdfSheet:
    placed: list[Placed] = []
    if paper.look == "notebook":
        placed.append(_whole(ink.ruled(), _RULE))
    if paper.look in sheets.LOOKS:
        placed += _counted(paper, number, chance)
    else:
        colour = _HAND if paper.look == "notebook" else _INK
        kind, variant = ("", (chance + number) % _MORE) if number else (paper.kind, chance % 2)
        placed.append(_whole(ink.page(kind, paper.look, variant), colour))
    if number == 0:
        placed += [_at(ink.caption(title, 19), 104, 190, _INK), _at(ink.caption(record_id, 15), 104, 1110, _INK)]
    if number == paper.pages - 1 and paper.look != "ballots":
        placed += _closing(paper, signers)
    return PdfSheet(_TONES[chance % len(_TONES)], tuple(placed))


def _counted(paper: Paper, number: int, chance: int) -> Iterator[Placed]:
    """Yield a sheet of ballots or names, printed and written."""
    many, sort = sheets.on_sheet(paper.look, paper.holds, number), sheets.sort_of(paper.kind, paper.look, number)
    variant = (chance + number) % 2
    yield _whole(sheets.printed("" if number else paper.kind, paper.look, sort, variant, many), _INK)
    if paper.look != "ballot":
        yield _whole(sheets.handwritten(paper.look, sort, variant, many), _HAND)


def _closing(paper: Paper, signers: Sequence[str]) -> Iterator[Placed]:
    """Yield what stands at the end of a paper: hands of those who sign, and the seal."""
    for place, name in enumerate(signers[:12]):
        yield _at(ink.signature(name), 420 - place % 4 * 170 + 170, 920 + place // 4 * 62, _HAND)
    if paper.seal:
        yield _at(ink.seal(paper.seal), 560, 890, _SEAL)


def _whole(mask: Mask, colour: tuple[float, float, float]) -> Placed:
    return Placed(mask, 0, 0, A4[0], A4[1], colour)


def _at(mask: Mask, left: int, top: int, colour: tuple[float, float, float]) -> Placed:
    """Place a mask by its upper left corner, in pixels of the page."""
    width, height = mask.width * _SCALE, mask.height * _SCALE
    return Placed(mask, left * _SCALE, A4[1] - top * _SCALE - height, width, height, colour)
