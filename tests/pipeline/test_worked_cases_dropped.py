"""The worked cases T1–T12 as real submissions: dropped, taken in or sent back with a slip, checked as a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from archive.register.register import Register
from jishi.settings import RuleSettings, Settings
from pipeline.acceptance.batch_check import check_batch
from rehearsal.batch import SampleRecord
from tests.intake_home import codes, drop, make, samples, take_in
from tests.rule_cases import BATCH, NS, edit, pick, records

PEOPLE = 6
TALK = "<entry><code>T9</code><category>班子成员</category><on>2026-02-09</on><gist>另谈一次</gist></entry>"


def home(tmp_path: Path, profile: str = "CN") -> Settings:
    return replace(make(tmp_path / "home"), rules=RuleSettings(profile=profile))


def edited(changes: Sequence[tuple[str, Sequence[str]]]) -> list[SampleRecord]:
    """Return the whole batch with some records edited."""
    batch = records()
    touched = {}
    for target, edits in changes:
        root = pick(batch, target)
        edit(root, *edits)
        touched[root.get("recordId")] = etree.tostring(root)
    return [replace(one, xml=touched.get(one.record_id, one.xml)) for one in samples(PEOPLE)]


def openings(batch: Iterable[SampleRecord]) -> list[SampleRecord]:
    return [one for one in batch if one.step_id in ("S1-01", "S1-08")]


@pytest.mark.parametrize(
    ("target", "edits", "profile", "rule"),
    [
        pytest.param("S2-04", ("c/expected = 45", "c/actual = 35", "c/issued = 35"), "HN", "HN-01", id="T1"),
        pytest.param("S5-02", ("c/results/entry[1]/agree = 5", "c/results/entry[1]/defer = 5"), "CN", "CN-28", id="T4"),
        pytest.param("S6-01", ("c/endOn = 2026-03-19",), "CN", "CN-36", id="T5"),
        pytest.param("S1-03", ("responsible[1]/@signKind = 打印姓名",), "CN", "G01", id="T9"),
        pytest.param("S3-05谈", (f"c/talks/entry[1] < {TALK}",), "CN", "CN-50", id="T11"),
        pytest.param(
            "001/S6-08",
            ("c/reviewNote < <archiveCode>J012-WS·XR·GR·2026·Y-0007</archiveCode>",),
            "CN",
            "CN-52",
            id="T12",
        ),
    ],
)
def test_a_record_that_breaks_the_rule_by_itself_comes_back_with_its_slip(
    tmp_path: Path, target: str, edits: Sequence[str], profile: str, rule: str
) -> None:
    settings = home(tmp_path, profile)
    batch = edited([(target, edits)])
    broken = pick(records(), target).get("recordId")
    drop(settings.drop, [*openings(batch), *(one for one in batch if one.record_id == broken)])
    told = {line.record: line for line in take_in(settings)}
    assert told[str(broken)].outcome.value == "rejected"
    assert rule in codes(told[str(broken)])
    slips = list(settings.rejected.rglob("slip.html"))
    assert len(slips) == 1
    assert rule in slips[0].read_text("utf-8")


def test_what_only_the_whole_batch_shows_is_taken_in_and_stops_acceptance(tmp_path: Path) -> None:
    """T6 notice on the last day of publicity, T7 stale recommendation, T8 kin at the table."""
    settings = home(tmp_path)
    end = pick(records(), "S6-01").findtext("r:content/r:endOn", "", NS)
    batch = edited(
        [
            ("001/S6-04", (f"c/issuedOn = {end}", f"occurredOn = {end}")),
            ("S2-07", ("c/resultOn = 2025-01-10", "c/validUntil = 2026-01-10")),
            (
                "001/S1-08",
                (
                    "people + <person id='K-0005' name='市委常委某'/>",
                    "c/kin + <entry><person ref='K-0005'/><relation>兄弟</relation></entry>",
                ),
            ),
        ]
    )
    drop(settings.drop, batch)
    refused = {line.record: codes(line) for line in take_in(settings) if line.outcome.value == "rejected"}
    verdict = check_batch(settings, Register(settings.register_file), BATCH, dt.date(2026, 6, 1)).verdict
    blocking = {one.rule for one in verdict.blocking}
    assert {"R55", "CN-13", "CN-17.meeting"} <= blocking | {code for found in refused.values() for code in found}
    assert not verdict.acceptable


def test_a_sound_batch_dropped_as_it_is_stands_up(tmp_path: Path) -> None:
    settings = home(tmp_path, "HN")
    drop(settings.drop, samples(PEOPLE))
    assert {line.outcome.value for line in take_in(settings)} == {"admitted"}
    assert check_batch(settings, Register(settings.register_file), BATCH, dt.date(2026, 6, 1)).verdict.acceptable
