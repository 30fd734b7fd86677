"""Links of a volume name where they lead, so that a page holds no other page and can be taken out alone."""

from __future__ import annotations

from collections.abc import Mapping

import pikepdf

_LINK, _GO_TO = "/Link", "/GoTo"


def destination_name(item: int) -> str:
    """Return the name under which an item's first page is found."""
    return f"item-{item:03d}"


def top_of(pdf: pikepdf.Pdf, page: int) -> pikepdf.Array:
    """Return the destination at the upper edge of a page, counted from 0; the viewer keeps its scale."""
    return pikepdf.make_page_destination(pdf, page, "XYZ", top=float(pdf.pages[page].mediabox[3]))


def name_destinations(pdf: pikepdf.Pdf, pages: Mapping[str, int]) -> None:
    """Give pages, counted from 0, the names under which links find them."""
    tree = [part for name in sorted(pages) for part in (pikepdf.String(name), top_of(pdf, pages[name]))]
    if "/Names" not in pdf.Root:
        pdf.Root.Names = pikepdf.Dictionary()
    pdf.Root.Names.Dests = pdf.make_indirect(pikepdf.Dictionary(Names=pikepdf.Array(tree)))


def named_destinations(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    """Return what the names of a file's destinations stand for."""
    names = pdf.Root.get("/Names", pikepdf.Dictionary()).get("/Dests")
    return {str(name): found for name, found in pikepdf.NameTree(names).items()} if names is not None else {}


def target_of(note: pikepdf.Object, named: Mapping[str, pikepdf.Object]) -> pikepdf.Object | None:
    """Return the page a link leads to, or None when it is no link or leads to no page of the file.

    Args:
        note: an annotation, as volumes have them now or had them when links held pages.
        named: what names of destinations stand for.
    """
    if note.get("/Subtype") != _LINK:
        return None
    action = note.get("/A", pikepdf.Dictionary())
    found = action.get("/D") if action.get("/S") == _GO_TO else note.get("/Dest")
    if isinstance(found, pikepdf.String):
        found = named.get(str(found))
    if isinstance(found, pikepdf.Dictionary):
        found = found.get("/D")
    if not isinstance(found, pikepdf.Array) or not len(found) or not isinstance(found[0], pikepdf.Dictionary):
        return None
    return found[0]
