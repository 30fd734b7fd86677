"""Set a volume: in one Typst run, or where it is large in parts that are joined, so that memory stays bounded.

A run holds some 600 KB for every page until it ends. Pages are counted on from part to part; what tells pages of the
whole volume (contents, cover, a report that cites records) stands in front and is set last, when all are known.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pikepdf

PART_PAGES = 400
"""About as many pages are set in one run."""
_PAGE_CHARACTERS = 2700
"""A page of a form holds about so much of its values as JSON."""
_ATTEMPTS = 3
_PLACE = "item:"
"""What a link to an item in another part leads to until the parts are joined."""

Values = Mapping[str, Any]
Places = Sequence[tuple[int, int]]
"""Per item its first 卷页号 and number of pages."""
Setter = Callable[[Values], bytes]
"""Sets the volume template with some values and returns the PDF."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things came to stand, in pages of the file from 1."""

    front: int
    """Pages before the first item."""
    items: tuple[tuple[int, int], ...]
    """件号 and page of its beginning."""
    scans: Mapping[tuple[int, int], tuple[int, ...]]
    """(件号, place among its scans) → its pages."""
    end: int
    """The first page behind the last item."""

    @property
    def pages(self) -> int:
        """How many pages carry a 卷页号."""
        return self.end - 1 - self.front

    def item_pages(self, base: int = 0) -> tuple[tuple[int, int, int], ...]:
        """Return 件号, first 卷页号 and number of pages of every item, where so many pages come before."""
        begins = [page for _, page in self.items] + [self.end]
        return tuple(
            (number, base + page - self.front, end - page)
            for (number, page), end in zip(self.items, begins[1:], strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of items that is set together: indices from first up to, without, last."""

    first: int
    last: int
    front: bool = False
    """Whether cover and contents go with it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A run as it was set, and what was known then."""

    run: _Run
    pdf: pikepdf.Pdf
    layout: Layout
    base: int
    known: Places
    cites: bool

    @property
    def places(self) -> Places:
        """Its items' places."""
        return [(first, count) for _, first, count in self.layout.item_pages(self.base)]


def runs_of(items: Sequence[Values], weights: Sequence[int], most: int = PART_PAGES) -> list[_Run]:
    """Cut a volume's items, which take about so many pages each, into runs of about so many; a small volume is one.

    The first run is set with cover and contents, and set again when all pages are known; so it ends with the last item
    near the front that cites pages, and is empty when none does.
    """
    if sum(weights) <= most:
        return [_Run(0, len(weights), True)]
    first = next(_cut(weights, 0, most))
    citing = (index + 1 for index in range(first.last) if _cites(items[index]))
    lead = _Run(0, max(citing, default=0), True)
    return [lead, *_cut(weights, lead.last, most)]


def _cut(weights: Sequence[int], begun: int, most: int) -> Iterator[_Run]:
    pages = 0
    for index in range(begun, len(weights)):
        if pages and pages + weights[index] > most:
            yield _Run(begun, index)
            begun, pages = index, 0
        pages += weights[index]
    if begun < len(weights):
        yield _Run(begun, len(weights))


def set_volume(values: Values, setter: Setter, most: int = PART_PAGES) -> tuple[pikepdf.Pdf, Layout]:
    """Return a volume's setting, empty places left for its scans, and where everything stands.

    Args:
        values: what volume/volume.typ prints; its items in order.
        setter: sets one part.
        most: about as many pages are set in one run.

    Raises:
        PartMissing: a character has no glyph.
        TypesettingFailed: a template is wrong.
    """
    weights = [_weight(item) for item in values["items"]]
    runs = runs_of(values["items"], weights, most)
    parts = _settled(values, setter, runs, _estimated(weights)) if len(runs) > 1 else None
    if parts is None:
        whole = _set(values, setter, _Run(0, len(weights), True), (), 0)
        return whole.pdf, whole.layout
    return _join(parts)


def _settled(values: Values, setter: Setter, runs: Sequence[_Run], places: Places) -> list[_Part] | None:
    """Set every part, and those that tell pages again where they did not know them yet.

    None when citations keep changing how many pages they take; one run of the whole settles that by itself.
    """
    for _ in range(_ATTEMPTS):
        parts, real = _all_set(values, setter, runs, places)
        parts = [part if _told(part, real) else _set(values, setter, part.run, real, part.base) for part in parts]
        places = [place for part in parts for place in part.places]
        if places == real:
            return parts
    return None


def _all_set(values: Values, setter: Setter, runs: Sequence[_Run], places: Places) -> tuple[list[_Part], Places]:
    """Set one run after the other, counting pages on; return the parts and the places as they came out."""
    parts: list[_Part] = []
    base, seen = 0, list(places)
    for run in runs:
        if run.last:
            parts.append(_set(values, setter, run, seen, base))
            seen[run.first : run.last] = parts[-1].places
            base += parts[-1].layout.pages
    if not runs[0].last:
        parts.insert(0, _set(values, setter, runs[0], seen, 0))
    return parts, seen


def _told(part: _Part, places: Places) -> bool:
    """Tell whether a part was set knowing what it had to know."""
    if part.run.front:
        return part.known == places
    return not part.cites or [first for first, _ in part.known] == [first for first, _ in places]


def is_part(values: Values) -> bool:
    """Tell whether values given to a setter are a part of a volume only."""
    return not (values["part"]["front"] and values["part"]["back"])


def _weight(item: Values) -> int:
    """Return about how many pages an item takes."""
    scans = sum(len(scan["pages"]) for scan in item["scans"])
    return 1 + scans + len(json.dumps(item["form"], ensure_ascii=False)) // _PAGE_CHARACTERS


def _cites(item: Values) -> bool:
    return any("cited" in block for block in item["form"]["body"])


def _estimated(weights: Sequence[int]) -> Places:
    """Return about where every item will stand, so that page numbers already have their width."""
    return [(before + 1, weight) for before, weight in zip(accumulate(weights, initial=0), weights, strict=False)]


def _set(values: Values, setter: Setter, run: _Run, places: Places, base: int) -> _Part:
    """Set one run of items: the first with cover and contents, the last with the 备考表.

    Args:
        values: of the whole volume.
        setter: sets it.
        run: which items.
        places: of all items, as far as they are known; empty when the run is the whole volume.
        base: the last 卷页号 before it.
    """
    items = values["items"][run.first : run.last]
    cites = any(map(_cites, items))
    known = {"places": places, "total": sum(places[-1]) - 1} if places and (run.front or cites) else None
    back = run.last == len(values["items"])
    part = {"first": run.first, "base": base, "front": run.front, "back": back, "known": known}
    setting = setter({**values, "items": items, "entries": values["entries"] if run.front else [], "part": part})
    pdf = pikepdf.open(io.BytesIO(setting))
    return _Part(run, pdf, _read_layout(pdf), base, list(places), cites)


def _read_layout(pdf: pikepdf.Pdf) -> Layout:
    """Take the note of places out of a setting."""
    (name,) = pdf.attachments
    note = json.loads(pdf.attachments[name].get_file().read_bytes())
    del pdf.attachments[name]
    pdf.Root.AF = pdf.make_indirect(pikepdf.Array())
    scans: dict[tuple[int, int], list[int]] = {}
    for item, place, _, page in note["scans"]:
        scans.setdefault((item, place), []).append(page)
    items = tuple((number, page) for number, page in note["items"])
    return Layout(note["front"], items, {key: tuple(pages) for key, pages in scans.items()}, note["end"])


# Joining


def _join(parts: Sequence[_Part]) -> tuple[pikepdf.Pdf, Layout]:
    """Join parts behind each other: pages, and the links that lead from one into another."""
    volume = parts[0].pdf
    items: list[tuple[int, int]] = []
    scans: dict[tuple[int, int], tuple[int, ...]] = {}
    offset = 0
    for part in parts:
        items += [(number, page + offset) for number, page in part.layout.items]
        scans |= {key: tuple(page + offset for page in pages) for key, pages in part.layout.scans.items()}
        if part is not parts[-1]:
            # The empty page that told where this part ends.
            del part.pdf.pages[part.layout.end - 1]
        if part.pdf is not volume:
            volume.pages.extend(part.pdf.pages)
        offset += part.layout.end - 1
    _lead_links(volume, [page for _, page in items])
    return volume, Layout(parts[0].layout.front, tuple(items), scans, offset + 1)


def _lead_links(volume: pikepdf.Pdf, places: Sequence[int]) -> None:
    """Let the links that name an item lead to its page."""
    for page in volume.pages:
        for note in page.obj.get("/Annots", ()):
            action = note.get("/A")
            if isinstance(action, pikepdf.Dictionary) and str(action.get("/URI", "")).startswith(_PLACE):
                index = int(str(action.URI).removeprefix(_PLACE))
                note.Dest = pikepdf.make_page_destination(volume, places[index] - 1, "XYZ")
                del note["/A"]
