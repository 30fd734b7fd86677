"""Numbers as values: taken apart and put together again, and nothing else taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jishi.case.ids import BatchId, PersonNo, RecordId
from jishi.procedure import procedure

BATCH = "511000-2026-P003"


@given(st.from_regex(procedure().numbers.record, fullmatch=True))
def test_every_record_number_the_procedure_allows_comes_apart_and_together(text: str) -> None:
    number = RecordId.parse(text)
    assert str(number) == text
    assert RecordId.is_one(text)
    assert str(BatchId.parse(number.batch)) == number.batch
    assert not number.person_no or str(PersonNo.parse(number.person_no)) == number.person_no


@pytest.mark.parametrize(
    ("text", "batch", "person", "step", "place"),
    [
        (f"{BATCH}/S2-04/001", BATCH, "", "S2-04", "001"),
        (f"{BATCH}-007/S3-05/0012", BATCH, f"{BATCH}-007", "S3-05", "0012"),
        (f"{BATCH}-007/NA/001", BATCH, f"{BATCH}-007", "NA", "001"),
        (f"{BATCH}/报告", BATCH, "", "报告", ""),
        (f"{BATCH}-7/S3-05/1", BATCH, "", "S3-05", "1"),
        (BATCH, BATCH, "", "", ""),
        ("", "", "", "", ""),
        ("report", "", "", "", ""),
        (f"{BATCH}9/S1-01/001", "", "", "", ""),
        ("../../etc/passwd", "", "", "", ""),
    ],
)
def test_what_strangers_call_a_number_is_read_as_far_as_it_goes(
    text: str, batch: str, person: str, step: str, place: str
) -> None:
    assert RecordId.of(text) == RecordId(batch, person, step, place)


@pytest.mark.parametrize("text", ["", f"{BATCH}/S2-04/1", f"{BATCH}/S2-04/001\n", f"５{BATCH[1:]}/S2-04/001", "a/b/c"])
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert not RecordId.is_one(text)
    with pytest.raises(ValueError, match="is no number of a record"):
        RecordId.parse(text)


def test_records_are_ordered_by_their_place_as_a_number() -> None:
    told = [f"{BATCH}/S3-05/1000", f"{BATCH}/S3-05/002", f"{BATCH}-001/S3-05/010", f"{BATCH}-001/S3-05/009"]
    assert sorted(told, key=lambda one: RecordId.of(one).order) == [told[3], told[2], told[1], told[0]]


def test_a_batch_tells_its_year_and_serial() -> None:
    assert (BatchId.parse(BATCH).year, BatchId.parse(BATCH).serial) == (2026, 3)
