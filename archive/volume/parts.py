"""Set a volume's paper: what cites no pages in runs of bounded size, once; then what tells pages, all of them known.

A run holds some 600 KB for every page until it ends, so a large volume takes several. Cover, contents, 备考表 and the
items that cite pages (a report) make the last run: it is told where every item stands, and set again only when one of
its own items took another number of pages than expected.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import pikepdf

from press.paper import UPRIGHT
from press.typeset import TypesettingFailed

PART_PAGES = 400
"""About as many pages are set in one run."""
_PAGE_CHARACTERS, _CITING_CHARACTERS = 2700, 1740
"""A page of a form holds about so much of its values as JSON, and of a form that cites pages."""
_STEP = 100_000
"""Pages of the item at an index are numbered from (index + 1) steps, those behind all items from the next."""
_EXACT_ATTEMPTS, _ATTEMPTS = 3, 20

PLACE = "item:"
"""A link that names an item, by its index, begins so (templates/shared/places.typ)."""

Values = Mapping[str, Any]
Place = tuple[int, int]
"""First 卷页号 of an item and its number of pages."""
Setter = Callable[[Values], bytes]
"""Sets the volume template with some values and returns the PDF."""
Pages = Sequence[pikepdf.Page]
_Sections = Mapping[int, Pages]
"""What belongs to a step: 0 in front of the items, index + 1 for an item, one more than items for what is behind."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The pages of a volume's paper, scanned ones apart."""

    front: Pages
    """Cover and contents."""
    forms: Sequence[Pages]
    """Of every item."""
    places: Sequence[Place]
    """Where every item stands, its scanned pages counted in."""
    back: Pages
    """备考表."""
    specimen: pikepdf.Page
    """The letters marks are drawn with; not a page of the volume."""
    files: Sequence[pikepdf.Pdf]
    """All runs, which must stay open as long as their pages are needed; the last tells of the whole volume."""

    @property
    def whole(self) -> pikepdf.Pdf:
        """The run that tells of the whole volume."""
        return self.files[-1]

    @property
    def total(self) -> int:
        """How many pages carry a 卷页号."""
        return _total(self.places)

    @property
    def begins(self) -> list[int]:
        """Where every item begins in the file, in pages before it."""
        return [len(self.front) + first - 1 for first, _ in self.places]

    @property
    def end(self) -> int:
        """How many pages come before the 备考表."""
        return len(self.front) + self.total


def set_volume(values: Values, scanned: Sequence[int], setter: Setter, most: int = PART_PAGES) -> Setting:
    """Return a volume's paper, set.

    Args:
        values: what volume/volume.typ prints; its items in order, and under `told` what is told of the whole.
        scanned: how many scanned pages follow the form of every item.
        setter: sets some of it.
        most: about as many pages are set in one run.

    Raises:
        PartMissing: a character has no glyph.
        TypesettingFailed: a template is wrong, or pages that are cited never come to rest.
    """
    items = [{**item, "first": _STEP * step} for step, item in enumerate(values["items"], 1)]
    runs = list(runs_of([item for item in items if not _cites(item)], most))
    values = {**values, "in_parts": len(runs) > 1}
    files = [_opened(setter({**values, "items": run, "told": None})) for run in runs]
    done = {step: pages for file in files for step, pages in _sections(file).items()}
    citing = {**values, "items": [item for item in items if _cites(item)]}
    counts = [
        len(done[step]) if step in done else max(1, _size(item) // _CITING_CHARACTERS)
        for step, item in enumerate(items, 1)
    ]
    setting = _settled(citing, done, counts, scanned, setter)
    return replace(setting, files=(*files, *setting.files))


def _settled(values: Values, done: _Sections, counts: Sequence[int], scanned: Sequence[int], setter: Setter) -> Setting:
    """Set what tells pages until it tells them truly.

    Args:
        values: of the volume, its items those that cite pages.
        done: the other items' pages.
        counts: how many pages the form of every item takes, or about so many where it is not set yet.
        scanned: how many scanned pages follow each.
        setter: sets it.
    """
    steps = range(1, len(counts) + 1)
    for attempt in range(_ATTEMPTS):
        places = list(_places(counts, scanned))
        told = {**values["told"], "places": places, "total": _total(places), "behind": _STEP * len(steps) + _STEP}
        whole = _opened(setter({**values, "told": told}))
        sections = {**done, **_sections(whole)}
        real = [len(sections[step]) for step in steps]
        if attempt >= _EXACT_ATTEMPTS:
            # Now more pages, now fewer, as the numbers cited are wider or narrower: it keeps the more of them.
            real = list(map(max, real, counts))
        if real == list(counts):
            forms = [_padded(sections[step], count, whole) for step, count in zip(steps, counts, strict=True)]
            *back, specimen = sections[len(steps) + 1]
            return Setting(sections[0], forms, places, back, specimen, (whole,))
        counts = real
    raise TypesettingFailed("卷内引用的页码一再变动，排不定；没有编出任何号，请把本批次材料交系统维护人员")


def runs_of(items: Sequence[Values], most: int = PART_PAGES) -> Iterator[list[Values]]:
    """Yield items in runs of about so many pages at most, or of one item."""
    run: list[Values] = []
    pages = 0
    for item in items:
        weight = _weight(item)
        if run and pages + weight > most:
            yield run
            run, pages = [], 0
        run.append(item)
        pages += weight
    if run:
        yield run


def is_part(values: Values) -> bool:
    """Tell whether values given to a setter are a part of a large volume."""
    return bool(values["in_parts"])


def _weight(item: Values) -> int:
    """Return about how many pages the form of an item takes."""
    return 1 + _size(item) // _PAGE_CHARACTERS


def _size(item: Values) -> int:
    return len(json.dumps(item["form"], ensure_ascii=False))


def _cites(item: Values) -> bool:
    return any("cited" in block for block in item["form"]["body"])


def _places(counts: Sequence[int], scanned: Sequence[int]) -> Iterator[Place]:
    """Yield where every item stands."""
    taken = [form + papers for form, papers in zip(counts, scanned, strict=True)]
    yield from zip(accumulate(taken, initial=1), taken, strict=False)


def _total(places: Sequence[Place]) -> int:
    return sum(places[-1]) - 1


def _opened(setting: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(setting))


def _sections(pdf: pikepdf.Pdf) -> _Sections:
    """Return a run's pages by what they belong to, which their numbers tell."""
    labels = list(pdf.Root.PageLabels.Nums)
    begins = {int(at): int(label.St) - int(at) for at, label in zip(labels[::2], labels[1::2], strict=True)}
    sections: dict[int, list[pikepdf.Page]] = {}
    ahead = 0
    for at, page in enumerate(pdf.pages):
        ahead = begins.get(at, ahead)
        sections.setdefault((at + ahead) // _STEP, []).append(page)
    return sections


def _padded(pages: Pages, count: int, pdf: pikepdf.Pdf) -> Pages:
    """Return so many pages at least, empty ones added."""
    return [*pages, *(pdf.add_blank_page(page_size=UPRIGHT.size) for _ in range(count - len(pages)))]
