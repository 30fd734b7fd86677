"""The dossier holds every record once and the facts the rules rest on."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
from lxml import etree

from jishi.procedure import procedure
from pipeline.acceptance.dossier import DocumentFact, DossierEntry, FileFact, assemble, entries_of
from tests.rule_cases import BATCH, CALENDAR, EARLIER, NS, Records, edit, found, pick, profile_of, records


def _dossier(batch: Records, **more: object) -> etree._Element:
    entries = [DossierEntry(root, number) for number, root in batch.items()]
    return assemble(entries, batch=BATCH, profile=profile_of("HN"), today=dt.date(2026, 6, 1), **more)  # type: ignore[arg-type]


def _texts(root: etree._Element, path: str) -> list[str]:
    return [str(one) for one in found(root, path)]


def _need(dossier: etree._Element, person: str, step: str) -> etree._Element:
    (one,) = found(dossier, f"d:roster/d:person[@no='{BATCH}-{person}']/d:need[@step='{step}']")
    return one


def test_it_says_whose_it_is_and_what_it_is_judged_by() -> None:
    dossier = _dossier(records())
    assert [dossier.get(name) for name in ("batch", "today", "profile", "version", "started")] == [
        BATCH, "2026-06-01", "HN", profile_of("HN").version, "2026-01-05",
    ]  # fmt: skip
    assert _texts(dossier, "d:profile/d:list[@name='fullCommitteePosts']/d:value[1]/text()") == ["县处级以上班子正职"]


def test_the_records_are_copied_and_ordered_by_number() -> None:
    batch = records()
    before = {number: etree.tostring(root) for number, root in batch.items()}
    dossier = _dossier(batch)
    numbers = [root.get("recordId") for root in entries_of(dossier)]
    superseded = _texts(dossier, "d:records/d:superseded/@recordId")
    assert superseded == [f"{BATCH}-002/S3-08/001"]
    assert numbers == sorted(set(batch) - {*superseded})
    edit(next(entries_of(dossier)), "title = 改")
    assert {number: etree.tostring(root) for number, root in batch.items()} == before


def test_the_order_of_admission_changes_nothing() -> None:
    batch = records()
    turned = dict(reversed(batch.items()))
    assert etree.tostring(_dossier(batch)) == etree.tostring(_dossier(turned))


def test_the_thousandth_occurrence_comes_after_the_ninth_hundred_and_ninety_ninth() -> None:
    root = records()[f"{BATCH}/S1-03/001"]
    entries = [DossierEntry(root, f"{BATCH}/S1-03/{number}") for number in ("1000", "999", "002")]
    dossier = assemble(entries, batch=BATCH, profile=profile_of("CN"), today=dt.date(2026, 6, 1))
    assert [number[-4:] for number in _texts(dossier, "d:records/d:entry/@recordId")] == ["/002", "/999", "1000"]


def test_the_roster_comes_from_the_qualification_records() -> None:
    dossier = _dossier(records())
    assert _texts(dossier, "d:roster/d:person/@change") == ["P", "F", "T", "X", "P", "P"]
    assert len(_texts(dossier, "d:roster/d:person[1]/d:need/@step")) == len(procedure().steps)
    assert _texts(dossier, f"d:roster/d:person[@no='{BATCH}-001']/@targetPost") == ["岚江市水务局副局长"]
    assert _texts(dossier, "d:roster/d:person[1]/d:leader/@ref") != []


def test_somebody_without_a_qualification_record_stands_on_the_roster_unknown() -> None:
    batch = records()
    del batch[f"{BATCH}-001/S1-08/001"]
    dossier = _dossier(batch)
    assert _texts(dossier, f"d:roster/d:person[@no='{BATCH}-001']/@record") == []
    assert _need(dossier, "001", "S1-08").get("state") == "missing"
    assert _need(dossier, "001", "S6-04").get("state") == "done"


@pytest.mark.parametrize(
    ("person", "step", "state"),
    [
        ("001", "S1-01", "done"), ("001", "S3-05", "done"), ("001", "S5-03", "na"), ("005", "S5-03", "done"),
        ("004", "S3-04", "na"), ("002", "S6-06", "na"), ("001", "S6-06", "later"), ("001", "S6-07", "later"),
    ],
)  # fmt: skip
def test_every_need_has_its_state(person: str, step: str, state: str) -> None:
    assert _need(_dossier(records()), person, step).get("state") == state


def test_single_talks_do_not_make_the_step_done() -> None:
    batch = records()
    summary = pick(batch, "001/S3-05表").get("recordId", "")
    del batch[summary]
    need = _need(_dossier(batch), "001", "S3-05")
    assert (need.get("state"), need.get("records")) == ("missing", "")


def test_a_batch_record_that_does_not_name_the_person_does_not_count_for_a_step_of_both() -> None:
    batch = records()
    root = pick(batch, "S3-01")
    edit(root, f"people/person[@no='{BATCH}-001'] -")
    dossier = _dossier(batch)
    assert _need(dossier, "001", "S3-01").get("state") == "missing"
    assert _need(dossier, "002", "S3-01").get("state") == "done"


def test_a_note_of_the_batch_covers_everybody() -> None:
    batch = records()
    note = pick(batch, "004/NA")
    edit(note, "personId -")
    note.set("recordId", f"{BATCH}/NA/001")
    batch[f"{BATCH}/NA/001"] = batch.pop(f"{BATCH}-004/NA/001")
    del batch[f"{BATCH}-002/NA/001"]
    assert _need(_dossier(batch), "002", "S6-07").get("na") == f"{BATCH}/NA/001"


def test_the_probation_steps_fall_due_with_the_supplement() -> None:
    dossier = _dossier(records(), supplementary=[f"{BATCH}-001"])
    assert _need(dossier, "001", "S6-07").get("state") == "missing"
    assert _need(dossier, "005", "S6-07").get("state") == "later"


def test_superseded_records_are_kept_and_not_current() -> None:
    batch = records()
    number = f"{BATCH}/S1-03/001"
    entries = [DossierEntry(root, name, superseded=name == number) for name, root in batch.items()]
    dossier = assemble(entries, batch=BATCH, profile=profile_of("CN"), today=dt.date(2026, 6, 1))
    assert number not in [root.get("recordId") for root in entries_of(dossier)]
    assert number in _texts(dossier, "d:records/d:superseded/@recordId")
    assert _need(dossier, "001", "S1-03").get("state") == "missing"


def test_a_correction_supersedes_what_it_corrects() -> None:
    batch = records()
    root = records()[f"{BATCH}/S1-03/001"]
    root.set("recordId", f"{BATCH}/S1-03/002")
    edit(root, f"knowers < <correctionOf>{BATCH}/S1-03/001</correctionOf>")
    batch[f"{BATCH}/S1-03/002"] = root
    assert _need(_dossier(batch), "001", "S1-03").get("records") == f"{BATCH}/S1-03/002"


def test_the_order_of_steps_is_laid_down_per_person_and_for_the_batch() -> None:
    dossier = _dossier(records())
    (pair,) = found(dossier, "d:whole/d:order[@step='S1-09'][@after='S1-07']")
    assert int(pair.get("afterLast", "0")) <= int(pair.get("first", "0"))
    assert _texts(dossier, "d:roster/d:person[1]/d:order[@step='S3-06']/@after") == []
    assert _texts(dossier, "d:roster/d:person[1]/d:order[@step='S5-02'][@after='S5-01']/@sameDay") == ["true"]


def test_a_step_that_names_nobody_is_compared_by_its_first_record_only() -> None:
    batch = records()
    notice = pick(batch, "S2-01#4")
    edit(notice, "occurredOn = 2026-03-01")
    dossier = _dossier(batch)
    assert _texts(dossier, "d:roster/d:person[1]/d:order[@step='S3-02']/@check") != []
    assert {*_texts(dossier, "d:roster/d:person[1]/d:order[@after='S2-04']/@check")} <= {"both", "first"}


def test_notebooks_carry_their_claims_in_the_order_of_pages() -> None:
    dossier = _dossier(records())
    for book in dossier.iterfind("d:books/d:book", NS):
        pages = [int(claim.get("pageFrom", "0")) for claim in book]
        assert pages == sorted(pages)
        assert book.get("registered") == "true"
    first, second = found(dossier, "(d:books/d:book)[1]/d:claim[position() < 3]")
    assert second.get("previousPageTo") == first.get("pageTo")
    assert second.get("previousRecord") == first.get("record")


def test_the_facts_of_files_stand_beside_the_record() -> None:
    number = f"{BATCH}/S1-03/001"
    entry = DossierEntry(
        records()[number],
        number,
        files=(FileFact("att-1", "ab", 3, "image/png"),),
        documents=(DocumentFact("form.docx", "x", "y"),),
    )
    dossier = assemble([entry], batch=BATCH, profile=profile_of("CN"), today=dt.date(2026, 6, 1))
    (file,) = found(dossier, "//d:entry[@filesSeen]/d:file")
    seen = [file.get(name) for name in ("att", "sha256", "bytes", "mediaType")]
    assert seen == ["att-1", "ab", "3", "image/png"]
    assert _texts(dossier, "//d:document/@actual") == ["y"]


def test_a_batch_with_its_supplement_leaves_nothing_for_later() -> None:
    entries = [DossierEntry(root, number) for number, root in records(EARLIER).items()]
    dossier = assemble(entries, batch=EARLIER, profile=profile_of("CN"), today=dt.date(2026, 6, 1))
    assert set(_texts(dossier, "d:roster/d:person/d:need/@state")) == {"done", "na"}


def test_an_event_recorded_three_times_is_told_with_all_three() -> None:
    batch = records(people=2)
    first = pick(batch, "S1-02")
    for place in ("009", "010"):
        root = copy.deepcopy(first)
        root.set("recordId", f"{BATCH}/S1-02/{place}")
        batch[f"{BATCH}/S1-02/{place}"] = root
    said = profile_of("CN").rule_set("dossier", CALENDAR).judge(_dossier(batch))
    told = {one.message for one in said if one.rule.id == "G02"}
    assert told == {f"同一事项记了3条：{first.get('recordId')}、{BATCH}/S1-02/009、{BATCH}/S1-02/010"}
