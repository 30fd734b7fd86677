"""Cut a volume, an item or single pages out of a bound volume, by its 卷页号."""

from __future__ import annotations

import io
from pathlib import Path

from jishi.errors import ArchiveDamaged


def extract_pages(pdf: Path, first: int, last: int) -> bytes:
    """Return the pages with these 卷页号 as one PDF; (0, 0) returns the whole file unchanged.

    Args:
        pdf: a bound volume; its page labels say which page carries which 卷页号.
        first: first 卷页号, 1-based.
        last: last 卷页号.

    Raises:
        ArchiveDamaged: the file does not hold these pages.
    """
    data = pdf.read_bytes()
    if not first:
        return data
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(data))
    places = {label: place for place, label in enumerate(reader.page_labels)}
    missing = [number for number in range(first, last + 1) if str(number) not in places]
    if missing:
        raise ArchiveDamaged(f"{pdf.name} 中没有第{missing[0]}页，与登记不符")
    writer = PdfWriter()
    for number in range(first, last + 1):
        writer.add_page(reader.pages[places[str(number)]])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
