"""A volume set in parts: the same pages, outline and links as when it is set in one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.bind import BoundVolume, VolumeSheet, bind
from archive.parts import runs_of, set_volume
from archive.pdfa import pdfa_faults
from press.fonts import font_set
from press.summary import person_report
from press.typeset import Typesetter
from tests import bound_sheet

FEW = 12
"""Pages a part has here, so that a small volume is set in many."""


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(font_set(system=False), "中共岚江市委")


def with_report(folder: Path) -> VolumeSheet:
    """Return a candidate's volume with the report in front, which cites the pages of all that follows."""
    records = [bound_sheet.record(sample) for sample in bound_sheet.samples()]
    own = [record for record in records if record.person_no in ("", bound_sheet.PERSON)]
    report = person_report(own, bound_sheet.PERSON, pages={record.id: f"@{record.id}" for record in own})
    sheet = bound_sheet.personal_sheet(folder, 16)
    first = replace(sheet.items[0], form=report.as_values(), scans=(), xml=(), title="全程纪实报告表（测试用）")
    return replace(sheet, items=(first, *(replace(item, number=item.number + 1) for item in sheet.items)))


@pytest.fixture(scope="module", params=[with_report, lambda folder: bound_sheet.personal_sheet(folder, 16)],
                ids=["a report in front", "nothing that cites"])  # fmt: skip
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, typesetter: Typesetter
) -> tuple[BoundVolume, BoundVolume]:
    folder = tmp_path_factory.mktemp("volume")
    sheet = request.param(folder)
    whole = bind(sheet, typesetter.typeset_volume, folder / "whole.pdf")
    calls: list[int] = []

    def counted(values: Any, *, day: Any) -> bytes:
        calls.append(len(values["items"]))
        return typesetter.typeset_volume(values, day=day)

    parts = bind(sheet, counted, folder / "parts.pdf", FEW)
    assert len(calls) > 3
    assert max(calls) < len(sheet.items)
    return whole, parts


def test_items_stand_on_the_same_pages(both: tuple[BoundVolume, BoundVolume]) -> None:
    whole, parts = both
    assert (parts.pages, parts.item_pages, parts.warnings) == (whole.pages, whole.item_pages, whole.warnings)


def test_every_page_says_the_same(both: tuple[BoundVolume, BoundVolume]) -> None:
    whole, parts = (pypdf.PdfReader(one.pdf) for one in both)
    assert parts.page_labels == whole.page_labels
    assert [page.extract_text() for page in parts.pages] == [page.extract_text() for page in whole.pages]


def test_outline_and_links_lead_to_the_same_pages(both: tuple[BoundVolume, BoundVolume]) -> None:
    whole, parts = both
    assert outline(parts.pdf) == outline(whole.pdf)
    assert links(parts.pdf) == links(whole.pdf)


def test_the_joined_file_keeps_its_claim(both: tuple[BoundVolume, BoundVolume]) -> None:
    assert pdfa_faults(both[1].pdf) == ()


def test_parts_are_joined_to_the_same_bytes_every_time(tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = with_report(tmp_path)
    one = bind(sheet, typesetter.typeset_volume, tmp_path / "one.pdf", FEW)
    two = bind(sheet, typesetter.typeset_volume, tmp_path / "two.pdf", FEW)
    assert one.pdf.read_bytes() == two.pdf.read_bytes()


def test_citations_that_never_settle_are_left_to_one_run(typesetter: Typesetter) -> None:
    """Where a part in front takes another number of pages each time it is set, the volume is set whole in the end."""
    asked: list[bool] = []

    def restless(values: Any) -> bytes:
        part = values["part"]
        asked.append(part["front"] and part["back"])
        pages = 1 if asked[-1] else 2 + len(asked)
        return blank_part(pages, part, [item["number"] for item in values["items"]])

    values = {"items": [item(1, cites=True), *(item(number) for number in range(2, 6))], "entries": []}
    _, layout = set_volume(values, restless, 2)
    assert asked[-1]
    assert not any(asked[:-1])
    assert layout.pages == 5


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40), st.integers(1, 60))
def test_runs_hold_every_item_once_and_in_order(items: list[tuple[int, bool]], most: int) -> None:
    made = [item(number, pages, cites) for number, (pages, cites) in enumerate(items, 1)]
    runs = runs_of(made, [1 + pages for pages, _ in items], most)
    assert [index for run in runs for index in range(run.first, run.last)] == list(range(len(items)))
    assert [run.front for run in runs] == [True, *[False] * (len(runs) - 1)]
    assert all(run.last > run.first for run in runs[1:])


def item(number: int, pages: int = 0, cites: bool = False) -> dict[str, Any]:
    body = [{"cited": 0}] if cites else []
    return {"number": number, "form": {"body": body}, "scans": [{"pages": [False] * pages}]}


def blank_part(pages: int, part: dict[str, Any], numbers: list[int]) -> bytes:
    """Return a PDF as the volume template would set it: so many empty pages an item."""
    import io
    import json

    front = 2 if part["front"] else 0
    begins = [(number, front + 1 + place * pages) for place, number in enumerate(numbers)]
    end = front + 1 + len(numbers) * pages
    pdf = pikepdf.new()
    for _ in range(end):
        pdf.add_blank_page()
    pdf.attachments["pages.json"] = json.dumps({"front": front, "items": begins, "scans": [], "end": end}).encode()
    stream = io.BytesIO()
    pdf.save(stream)
    return stream.getvalue()


def outline(path: Path) -> list[tuple[int, str, int]]:
    with pikepdf.open(path) as pdf, pdf.open_outline() as found:
        pages: dict[Any, int] = {page.objgen: index for index, page in enumerate(pdf.pages)}

        def walk(items: Any, depth: int) -> Iterator[tuple[int, str, int]]:
            for one in items:
                yield depth, one.title, pages[one.destination[0].objgen]
                yield from walk(one.children, depth + 1)

        return list(walk(found.root, 0))


def links(path: Path) -> list[tuple[int, int]]:
    with pikepdf.open(path) as pdf:
        pages: dict[Any, int] = {page.objgen: index for index, page in enumerate(pdf.pages)}
        notes = [(index, note) for index, page in enumerate(pdf.pages) for note in page.obj.get("/Annots", ())]
        return [(index, pages[(note.get("/Dest") or note.A.D)[0].objgen]) for index, note in notes]
