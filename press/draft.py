"""A record printed to be signed, and what must be known to recognise it when it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from jishi.sheet_code import Corner, SheetCode, short_digest
from press.looks import signing_look
from press.paper import Box
from press.signing_form import Signatory


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A place for a hand or a seal."""

    page: int
    """From 1."""
    box: Box
    signatory: Signatory

    def __str__(self) -> str:
        mine = self.signatory
        place = "盖章处" if mine.seals else "签名栏"
        return f"第{self.page}页{mine.label}{'' if mine.seals else mine.name}的{place}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A print of a record."""

    record_id: str
    digest: str
    """Content digest, 64 hex digits."""
    pdf: bytes = field(repr=False)
    sizes: tuple[tuple[float, float], ...]
    """Width and height of each page, in millimetres."""
    cells: tuple[SheetCell, ...]

    def codes(self, page: int) -> Iterator[tuple[SheetCode, Box]]:
        """Yield what the codes of a page say and where they stand."""
        look, (width, height) = signing_look(), self.sizes[page - 1]
        far = look.code_edge + look.code
        places = {
            Corner.UPPER_LEFT: (look.code_edge, look.code_edge),
            Corner.LOWER_RIGHT: (width - far, height - far),
        }
        for corner, (x, y) in places.items():
            code = SheetCode(self.record_id, short_digest(self.digest), page, len(self.sizes), corner)
            yield code, Box(x, y, look.code, look.code)

    def as_json(self) -> dict[str, Any]:
        """Return what other programs may want to know of the print: pages, codes and cells, in millimetres."""
        return {
            "record": self.record_id,
            "digest": self.digest,
            "unit": "mm",
            "pages": [self._page_told(page) for page in range(1, len(self.sizes) + 1)],
            "cells": [_cell_told(cell) for cell in self.cells],
        }

    def _page_told(self, page: int) -> dict[str, Any]:
        width, height = self.sizes[page - 1]
        codes = [{"text": str(code), **_box_told(box)} for code, box in self.codes(page)]
        return {"page": page, "width": round(width, 2), "height": round(height, 2), "codes": codes}


def _cell_told(cell: SheetCell) -> dict[str, Any]:
    mine = cell.signatory
    said = {"role": mine.role, "label": mine.label, "person": mine.person, "name": mine.name}
    return {"page": cell.page, "kind": "seal" if mine.seals else "signature", **said, **_box_told(cell.box)}


def _box_told(box: Box) -> dict[str, float]:
    return {key: round(value, 2) for key, value in asdict(box).items()}
