from __future__ import annotations

import hashlib
import re
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from lxml import etree

from jishi.errors import SettingsInvalid
from jishi.procedure import procedure
from jishi.record_types import procedure_folder
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from rehearsal.batch import SampleRecord, build, write


@cache
def schema(type_id: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(procedure_folder() / type_id / "record.xsd"))


@cache
def batch_of(people: int, seed: int = 1) -> tuple[SampleRecord, ...]:
    return tuple(build(people, seed, scans=False))


def records_of(people: int) -> list[Record]:
    return [record_of(parse(sample.xml), sample.xml) for sample in batch_of(people)]


@pytest.mark.parametrize("people", [1, 2, 6, 13])
def test_every_record_is_valid_against_its_schema(people: int) -> None:
    faults = []
    for sample in batch_of(people):
        rules = schema(sample.step_id)
        if not rules.validate(parse(sample.xml)):
            faults.append((sample.record_id, str(rules.error_log)))
    assert faults == []


def test_the_supplement_is_valid_and_holds_only_what_comes_after_probation() -> None:
    samples = list(build(13, batch="511000-2025-P003", scans=False, supplement=True))
    assert {sample.step_id for sample in samples} == {"S6-06", "S6-07", "S6-08"}
    assert all(schema(sample.step_id).validate(parse(sample.xml)) for sample in samples)


def test_the_supplement_concerns_just_the_people_on_probation() -> None:
    first = {sample.record_id: sample for sample in build(13, batch="511000-2025-P003", scans=False)}
    decision = record_of(parse(first["511000-2025-P003/S5-04/001"].xml), b"")
    names = {key: person.no for key, person in decision.people.items()}
    refs = [
        (entry.find("{*}person"), entry.findtext("{*}probation")) for entry in decision.entries("entries")
    ]  # fmt: skip
    on_probation = {names[ref.get("ref", "")] for ref, flag in refs if ref is not None and flag == "true"}
    later = {
        sample.person_no
        for sample in build(13, batch="511000-2025-P003", scans=False, supplement=True)
        if sample.step_id == "S6-07"
    }
    assert later == on_probation
    assert later


def test_a_supplement_that_needs_an_unknown_year_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "演练"
    with pytest.raises(SettingsInvalid, match=r"2027.*--batch 511000-2025-P003"):
        write(folder, 6, supplement=True)
    assert not folder.exists()


def test_the_batch_a_refusal_names_can_be_supplemented() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        build(1, batch="511000-2031-P001", scans=False)
    assert "2031" in str(caught.value)
    with pytest.raises(SettingsInvalid) as refused:
        build(6, scans=False, supplement=True)
    named = re.search(r"--batch (\S+)", str(refused.value))
    assert named
    assert next(iter(build(6, batch=named[1], scans=False, supplement=True))).step_id == "S6-06"


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert batch_of(7, 5) == tuple(build(7, 5, scans=False))


def test_another_seed_gives_other_people() -> None:
    ours, theirs = ({r.xml for r in batch_of(3, seed)} for seed in (1, 2))
    assert not ours & theirs


def test_rare_characters_stand_in_names() -> None:
    names = "".join(person.name for record in records_of(3) for person in record.people.values())
    assert {"㛃", "䶮", "𬭎"} <= set(names)


@pytest.mark.parametrize("people", [0, -1, 2001])
def test_a_number_of_people_out_of_range_is_refused(people: int) -> None:
    with pytest.raises(ValueError, match="1至2000"):
        build(people)


def test_record_numbers_are_unique_and_told_truly() -> None:
    samples = batch_of(13)
    assert len({sample.record_id for sample in samples}) == len(samples)
    for sample, record in zip(samples, records_of(13), strict=True):
        assert (sample.record_id, sample.step_id, sample.person_no) == (record.id, record.step_id, record.person_no)


def test_records_come_in_the_order_of_the_procedure() -> None:
    order = [procedure().steps[s.step_id].order for s in batch_of(13) if s.step_id in procedure().steps]
    assert order == sorted(order)


def test_attachments_are_what_their_records_say() -> None:
    for sample, record in zip(batch_of(6), records_of(6), strict=True):
        told = [(paper.file, paper.bytes, paper.sha256) for paper in record.attachments]
        seen = [(file.name, len(file.data), hashlib.sha256(file.data).hexdigest()) for file in sample.attachments]
        assert told == seen


def test_file_names_are_unique_across_the_batch() -> None:
    names = [file.name for sample in batch_of(13) for file in sample.attachments]
    assert len(names) == len(set(names))


def test_all_kinds_of_change_of_an_ordinary_batch_occur() -> None:
    kinds = {record.value("changeKind") for record in records_of(4) if record.step_id == "S1-08"}
    assert kinds == {"提拔", "进一步使用", "平级转任交流", "免职或到龄退出"}


def test_every_step_of_the_catalogue_but_the_late_ones_occurs_in_a_batch_of_six() -> None:
    seen = {sample.step_id for sample in batch_of(6)}
    assert seen == set(procedure().all_types) - {"S6-06", "S6-07", "EX"}


def test_fifty_people_make_about_thirteen_hundred_records() -> None:
    assert 1150 <= len(batch_of(50)) <= 1450


def test_long_reports_run_over_pages() -> None:
    lengths = [
        len("".join(map(str, record.content.itertext()))) for record in records_of(6) if record.step_id == "S3-10"
    ]
    assert max(lengths) > 1800
    assert min(lengths) < 1200


def test_a_large_batch_is_dealt_out_without_being_held() -> None:
    first = list(islice(build(2000, scans=False), 30))
    assert [sample.step_id for sample in first[:2]] == ["S1-01", "NB"]
    assert max(len(sample.xml) for sample in first) < 400_000
