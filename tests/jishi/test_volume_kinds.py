"""Kinds of volume are data, and the data holds together."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from jishi.procedure import procedure
from jishi.record_types import procedure_folder, schemas_folder
from jishi.settings import stamp_names
from jishi.title_words import pattern_fault, pattern_told
from jishi.volume_kinds import (
    MANNERS,
    VolumeKind,
    ballot_kinds,
    places_of,
    retention_periods,
    usual_kinds,
    volume_kinds,
)
from press.forms import MADE_TITLES

KINDS = volume_kinds().values()
PROCEDURE = procedure_folder() / "procedure.xml"


def faults(change: str = "", into: str = "") -> list[str]:
    """Return what the schema says of the procedure with one thing changed."""
    schema = etree.XMLSchema(etree.parse(schemas_folder() / "procedure.xsd"))
    text = PROCEDURE.read_text("utf-8")
    assert change in text
    schema.validate(etree.fromstring(text.replace(change, into, 1).encode()))
    return [error.message for error in schema.error_log]  # type: ignore[attr-defined]


def test_the_procedure_keeps_to_its_schema() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("change", "into", "words"),
    [
        ('<volume code="ZH"', '<volume code="GR"', "Duplicate key-sequence"),
        ('name="综合卷" class', 'name="个人卷" class', "Duplicate key-sequence"),
        ('"notebook" retention="D30"', '"notebook" retention="D50"', "No match found for key-sequence"),
        ('document="roster"', 'document="rooster"', "rooster"),
        ('per="person" retention="Y"', 'per="unit" retention="Y"', "unit"),
        ('class="WS·XR"', 'class="ws.xr"', "ws.xr"),
    ],
)  # fmt: skip
def test_the_schema_refuses_a_kind_that_could_not_work(change: str, into: str, words: str) -> None:
    assert any(words in message for message in faults(change, into))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_can_be_titled_stamped_and_kept(kind: VolumeKind) -> None:
    assert kind.title()
    for pattern in filter(None, (*(text for _, text in kind.titles), kind.label)):
        assert pattern_fault(kind, pattern) == ""
        assert "{" not in pattern_told(kind, pattern)
    assert {change for change, _ in kind.titles} <= {"", *procedure().changes}
    assert kind.stamp in stamp_names()
    assert kind.retention in retention_periods()
    rules = [rule for part in kind.parts for rule in part]
    assert {rule.manner for rule in rules} <= MANNERS.keys()
    assert {rule.document for rule in rules} <= {"", *MADE_TITLES}


def test_numbers_of_two_kinds_are_never_mistaken_for_each_other() -> None:
    run_together = [kind.class_code.replace("·", "") for kind in KINDS]
    assert len(set(run_together)) == len(run_together)


def test_an_item_is_kept_no_longer_than_its_volume() -> None:
    kinds = volume_kinds()
    assert [kinds["GR"].kept(code) for code in ("Y", "D30", "D10")] == ["Y", "D30", "D10"]
    assert [kinds["PJ"].kept(code) for code in ("Y", "D30", "D10")] == ["D10", "D10", "D10"]


def test_where_a_step_goes_is_told_by_the_kinds_chosen() -> None:
    steps, batch_volume = procedure().all_types, [volume_kinds()["PD"], volume_kinds()["PJ"]]
    told = {step: places_of(steps[step], usual_kinds()) for step in ("S1-01", "S1-08", "S5-02", "NA")}
    assert told == {"S1-01": "综合卷", "S1-08": "个人卷", "S5-02": "个人卷和综合卷", "NA": "随所述步骤"}
    assert {places_of(step, batch_volume) for step in procedure().steps.values()} == {"批次卷"}


@pytest.mark.parametrize("step", [step for step in procedure().steps.values() if step.ballot_kind], ids=str)
def test_sealed_ballots_have_a_volume_of_their_own_in_every_shipped_choice(step: object) -> None:
    assert [kind.code for kind in ballot_kinds(step, usual_kinds())] == ["PJ"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{nmae}同志", "{nmae}没有可填的内容"),
        ("{name", "花括号没有成对"),
        ("{name!r}", "{name}没有可填的内容"),
        ("{name.text}", "{name.text}没有可填的内容"),
        (" ", "不能是空白"),
    ],
)
def test_a_title_that_cannot_be_filled_in_is_told(pattern: str, words: str) -> None:
    assert words in pattern_fault(volume_kinds()["GR"], pattern)


def test_a_batch_s_volume_is_not_titled_by_one_person() -> None:
    assert "{name}没有可填的内容" in pattern_fault(volume_kinds()["ZH"], "{name}同志")


MANUAL = (schemas_folder().parent / "docs" / "手册" / "02-规则与配置.md").read_text("utf-8")


def test_the_manual_lists_the_kinds_there_are() -> None:
    told = re.findall(r"^\| ([A-Z]{2}) \| (.+?) \| (.+?) \| 每(.)一卷 \| .+ \| (.+) \|$", MANUAL, re.M)
    assert told == [
        (
            kind.code,
            kind.name,
            kind.class_code,
            "人" if kind.personal else "批",
            retention_periods()[kind.retention].name,
        )
        for kind in KINDS
    ]
