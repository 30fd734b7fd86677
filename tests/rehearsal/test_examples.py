from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from jishi.record_types import procedure_folder, type_ids
from jishi.safe_xml import parse
from rehearsal.examples import INVALID, invalid_example, valid_examples, write_examples
from rehearsal.faults import FAULTS, Fault, faulty

_FILE_FACTS = ("file", "mediaType", "bytes", "sha256")
"""What depends on how the papers were drawn."""


def example(type_id: str, name: str) -> bytes:
    return (procedure_folder() / type_id / "examples" / name).read_bytes()


@cache
def schema(type_id: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(procedure_folder() / type_id / "record.xsd"))


@cache
def fresh() -> dict[str, bytes]:
    return valid_examples(scans=False)


def without_file_facts(data: bytes) -> bytes:
    root = etree.fromstring(data)
    for node in root.iterfind("{*}attachment"):
        for name in _FILE_FACTS:
            del node.attrib[name]
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("type_id", type_ids())
def test_the_valid_example_is_valid_and_of_its_type(type_id: str) -> None:
    root = parse(example(type_id, "valid.xml"))
    assert schema(type_id).validate(root), schema(type_id).error_log
    assert root.get("stepId") == type_id


@pytest.mark.parametrize("type_id", type_ids())
def test_the_valid_example_is_what_the_made_up_batch_gives_today(type_id: str) -> None:
    assert without_file_facts(example(type_id, "valid.xml")) == without_file_facts(fresh()[type_id]), (
        "run python -m rehearsal.examples"
    )


@pytest.mark.parametrize("type_id", type_ids())
def test_the_invalid_example_breaks_the_schema_by_its_one_fault(type_id: str) -> None:
    data = example(type_id, INVALID)
    assert not schema(type_id).validate(parse(data))
    assert data == invalid_example(type_id, example(type_id, "valid.xml"))


@pytest.mark.parametrize("type_id", type_ids())
def test_every_fault_says_what_somebody_did_wrong(type_id: str) -> None:
    assert FAULTS[type_id].says in example(type_id, INVALID).decode().splitlines()[1]


def test_a_fault_without_a_place_in_the_record_is_refused() -> None:
    with pytest.raises(LookupError):
        faulty(parse(example("NB", "valid.xml")), Fault("r:content/r:nothing"))


def test_examples_can_be_written_anew(tmp_path: Path) -> None:
    for type_id in type_ids():
        (tmp_path / type_id).mkdir()
    assert write_examples(tmp_path) == 2 * len(type_ids())
    assert (tmp_path / "S5-02" / "examples" / INVALID).is_file()
