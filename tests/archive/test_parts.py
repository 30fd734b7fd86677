"""A volume set in parts: the same pages, outline and links as when it is set in one run."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.pdf.links import named_destinations
from archive.pdf.pdfa import pdfa_faults
from archive.volume import parts
from archive.volume.bind import BoundVolume, bind
from archive.volume.parts import runs_of, set_volume
from archive.volume.volume_values import VolumeSheet
from press.fonts import font_set
from press.summary import person_report
from press.typeset import Typesetter, TypesettingFailed
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

    several = bind(sheet, counted, folder / "parts.pdf", FEW)
    assert len(calls) > 3
    assert max(calls) < len(sheet.items)
    return whole, several


def test_items_stand_on_the_same_pages(both: tuple[BoundVolume, BoundVolume]) -> None:
    whole, several = both
    assert (several.pages, several.item_pages, several.warnings) == (whole.pages, whole.item_pages, whole.warnings)


def test_every_page_says_the_same(both: tuple[BoundVolume, BoundVolume]) -> None:
    whole, several = (pypdf.PdfReader(one.pdf) for one in both)
    assert several.page_labels == whole.page_labels
    assert [page.extract_text() for page in several.pages] == [page.extract_text() for page in whole.pages]


def test_outline_and_links_lead_to_the_same_pages(both: tuple[BoundVolume, BoundVolume]) -> None:
    whole, several = both
    assert outline(several.pdf) == outline(whole.pdf)
    assert links(several.pdf) == links(whole.pdf)


def test_the_joined_file_keeps_its_claim(both: tuple[BoundVolume, BoundVolume]) -> None:
    assert pdfa_faults(both[1].pdf) == ()


def test_parts_are_joined_to_the_same_bytes_every_time(tmp_path: Path, typesetter: Typesetter) -> None:
    sheet = with_report(tmp_path)
    one = bind(sheet, typesetter.typeset_volume, tmp_path / "one.pdf", FEW)
    two = bind(sheet, typesetter.typeset_volume, tmp_path / "two.pdf", FEW)
    assert one.pdf.read_bytes() == two.pdf.read_bytes()


def test_a_wrong_guess_of_the_reports_pages_changes_nothing(
    tmp_path: Path, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = with_report(tmp_path)
    one = bind(sheet, typesetter.typeset_volume, tmp_path / "one.pdf")
    monkeypatch.setattr(parts, "_CITING_CHARACTERS", 400)
    two = bind(sheet, typesetter.typeset_volume, tmp_path / "two.pdf")
    assert one.pdf.read_bytes() == two.pdf.read_bytes()


def test_a_report_that_cannot_settle_keeps_the_more_pages_and_every_number_stays_true() -> None:
    """Where it takes now two pages, now three, it ends with an empty one rather than with numbers that are wrong."""
    setter = Fake(lambda attempt: 2 + attempt % 2)
    setting = set_volume(volume_of([True, False, False]), [0, 1, 0], setter)
    assert [len(pages) for pages in setting.forms] == [3, 1, 1]
    assert setting.places == setter.told[-1]["places"] == [(1, 3), (4, 2), (6, 1)]
    assert setting.total == setter.told[-1]["total"] == 6


def test_a_report_that_grows_for_ever_is_refused() -> None:
    with pytest.raises(TypesettingFailed, match="没有编出任何号"):
        set_volume(volume_of([True, False]), [0, 0], Fake(lambda attempt: 2 + attempt))


def test_what_cites_nothing_is_set_once() -> None:
    setter = Fake(lambda attempt: 5)
    set_volume(volume_of([False, True, False, True]), [0] * 4, setter)
    assert setter.plain == [[1, 3]]
    assert len(setter.told) <= 2


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 60))
def test_runs_hold_every_item_once_in_order_and_no_more_than_they_may(sizes: list[int], most: int) -> None:
    items = [{"form": {"body": [], "text": "一" * (2700 * size)}} for size in sizes]
    runs = list(runs_of(items, most))
    assert [item for run in runs for item in run] == items
    assert all(len(run) == 1 or sum(map(parts._weight, run)) <= most for run in runs)


def volume_of(citing: list[bool]) -> dict[str, Any]:
    """Return the values of a volume, some of its items citing pages."""
    items = [{"form": {"body": [{"cited": 0}] if cites else []}} for cites in citing]
    return {"items": items, "told": {}}


class Fake:
    """Sets empty pages: one for an item, and for one that cites pages as many as it is told for every attempt."""

    def __init__(self, pages: Callable[[int], int]) -> None:
        self._pages = pages
        self.plain: list[list[int]] = []
        self.told: list[dict[str, Any]] = []

    def __call__(self, values: Any) -> bytes:
        steps = [item["first"] // parts._STEP for item in values["items"]]
        told = values["told"]
        if told is None:
            self.plain.append(steps)
            return numbered_pages([(step * parts._STEP, 1) for step in steps])
        self.told.append(told)
        pages = self._pages(len(self.told))
        middle = [(step * parts._STEP, pages) for step in steps]
        return numbered_pages([(1, 2), *middle, (told["behind"], 2)])


def numbered_pages(groups: list[tuple[int, int]]) -> bytes:
    """Return a PDF of empty pages, each group numbered from its first."""
    pdf = pikepdf.new()
    labels: list[Any] = []
    for first, count in groups:
        labels += [len(pdf.pages), pikepdf.Dictionary(S=pikepdf.Name.D, St=first)]
        for _ in range(count):
            pdf.add_blank_page()
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array(labels))
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
        named = named_destinations(pdf)
        notes = [(index, note) for index, page in enumerate(pdf.pages) for note in page.obj.get("/Annots", ())]
        return [(index, pages[named[str(note.Dest)][0].objgen]) for index, note in notes]
