from __future__ import annotations

from collections.abc import Iterable

import pytest
from lxml import etree

from jishi.record_types import record_type, type_ids
from jishi.records import Person, R
from pipeline.clerk.completing import Completed, complete
from pipeline.clerk.completing_papers import PaperFacts
from pipeline.intake.validate import record_faults

FILE = "511000-2026-P003_S2-04_004_1会议记录.pdf"
KNOWN = (Person("K-0099", "", "孔微", "岚江市水务局", "局长"), Person("K-0098", "", "孔微", "岚江市民政局", "局长"))


def example(type_id: str = "S2-04") -> etree._Element:
    return etree.fromstring((record_type(type_id).folder / "examples" / "valid.xml").read_bytes())


def facts_of(root: etree._Element) -> dict[str, PaperFacts]:
    return {
        node.get("file", ""): PaperFacts(
            node.get("mediaType", ""), int(node.get("bytes", "")), node.get("sha256", ""), int(node.get("pages", ""))
        )
        for node in root.iterfind(f"{R}attachment")
    }


def canon(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n", with_comments=False)


def again(root: etree._Element, known: Iterable[Person] = ()) -> Completed:
    return complete(root, facts_of(example()), known)


@pytest.mark.parametrize("type_id", type_ids())
def test_a_complete_record_is_left_as_it_is(type_id: str) -> None:
    root = example(type_id)
    done = complete(root, facts_of(root), KNOWN)
    assert canon(done.root) == canon(root)
    assert done.told == ()


@pytest.mark.parametrize("type_id", type_ids())
@pytest.mark.parametrize("chosen", [{"bytes"}, {"sha256", "pages"}, {"bytes", "sha256", "pages", "mediaType"}])
def test_what_the_files_can_tell_may_be_left_out_and_is_told(type_id: str, chosen: set[str]) -> None:
    root, whole = example(type_id), example(type_id)
    for node in root.iterfind(f"{R}attachment"):
        for key in chosen:
            node.attrib.pop(key)
    sent = canon(root)
    done = complete(root, facts_of(whole))
    assert sorted(map(str, _lines(done.root))) == sorted(map(str, _lines(whole)))
    assert len(done.told) == len(chosen) * len(whole.findall(f"{R}attachment"))
    assert canon(root) == sent


def _lines(root: etree._Element) -> list[tuple[str, list[tuple[str, str]], str]]:
    return [(n.tag, sorted((str(k), str(v)) for k, v in n.attrib.items()), (n.text or "").strip()) for n in root.iter()]


def test_numbers_that_follow_from_the_record_number_are_completed() -> None:
    root, whole = example("S1-08"), example("S1-08")
    for key in ("stepId", "itemId", "stageId", "occurrence"):
        root.attrib.pop(key)
    for key in ("batch", "personId"):
        root.remove(root.find(f"{R}{key}"))  # type: ignore[arg-type]
    done = complete(root, {})
    assert _lines(done.root) == _lines(whole)
    assert record_faults(done.root) == ()
    assert "操作步骤：补“S1-08”" in done.told


def test_chinese_values_roles_names_and_days_are_taken_and_told() -> None:
    root = example()
    content = root.find(f"{R}content")
    assert content is not None
    changed = {"heldOn": "2026年1月30日", "actual": "４１人", "validMeeting": "是"}
    for key, text in changed.items():
        content.find(f"{R}{key}").text = text  # type: ignore[union-attr]
    root.find(f"{R}occurredOn").text = "20260130"  # type: ignore[union-attr]
    root.find(f"{R}formKind").text = "记录＋票"  # type: ignore[union-attr]
    root.find(f"{R}knowers/{R}role").text = "组织部长"  # type: ignore[union-attr]
    root.find(f"{R}responsible").set("role", "主持人")  # type: ignore[union-attr]
    content.find(f"{R}chair").set("ref", "赵　亦汀")  # type: ignore[union-attr]
    done = again(root)
    assert _lines(done.root) == _lines(example())
    assert "召开日期：“2026年1月30日”作“2026-01-30”" in done.told
    assert "责任角色：“主持人”作“chair”" in done.told
    assert "人员“赵　亦汀”：作人员编号“K-0022”" in done.told
    assert len(done.told) == 8


def test_somebody_known_who_was_not_listed_is_listed() -> None:
    root = example()
    root.find(f"{R}recorder").set("ref", "孔微")  # type: ignore[union-attr]
    done = again(root, KNOWN[:1])
    assert done.root.find(f"{R}recorder").get("ref") == "K-0099"  # type: ignore[union-attr]
    assert done.root.find(f"{R}people/{R}person[@id='K-0099']").get("org") == "岚江市水务局"  # type: ignore[union-attr]
    assert "所涉人员：补“孔微”（岚江市水务局，局长）" in done.told


def test_what_could_mean_two_things_stays_as_it_was_sent_for_the_schema_to_name() -> None:
    root = example()
    root.find(f"{R}recorder").set("ref", "孔微")  # type: ignore[union-attr]
    root.find(f"{R}content/{R}heldOn").text = "2026.2.30"  # type: ignore[union-attr]
    done = again(root, KNOWN)
    assert canon(done.root) == canon(root)
    assert done.told == ()
    assert {one.place for one in record_faults(done.root)} >= {"纪实人员", "召开日期"}


def test_a_wrong_digest_is_never_put_right() -> None:
    root = example()
    root.find(f"{R}attachment").set("sha256", "0" * 64)  # type: ignore[union-attr]
    assert again(root).told == ()


def test_a_paper_is_named_by_its_file_and_a_file_of_another_ending_is_found() -> None:
    root = example()
    paper = root.find(f"{R}attachment")
    assert paper is not None
    for key in ("id", "name", "kind"):
        paper.attrib.pop(key)
    paper.set("file", FILE.replace(".pdf", ".jpg"))
    done = again(root)
    found = done.root.find(f"{R}attachment")
    assert found is not None
    assert (found.get("file"), found.get("id"), found.get("name")) == (FILE, "att-1", found.get("kind"))
    assert any(one.startswith("附件文件名：") for one in done.told)


@pytest.mark.parametrize("type_id", type_ids())
@pytest.mark.parametrize("junk", ["某某？", "", " ", "-1", "2026.2.30", "/", "511000-2026-P003/S2-04/", "k-0022"])
def test_whatever_stands_in_a_record_completing_it_stumbles_over_nothing(type_id: str, junk: str) -> None:
    root = example(type_id)
    for node in root.iter(etree.Element):
        for key in node.attrib:
            node.set(key, junk)
        if len(node) == 0:
            node.text = junk
    complete(root, facts_of(example(type_id)), KNOWN)


def test_what_is_no_record_is_left_alone() -> None:
    root = etree.fromstring(b"<foo><attachment file='a.pdf'/></foo>")
    assert complete(root, {}, KNOWN).told == ()


def test_codes_in_small_letters_and_papers_by_name_are_taken() -> None:
    root = example()
    root.set("recordId", str(root.get("recordId")).lower())
    root.set("stepId", str(root.get("stepId")).lower())
    paper, signature = root.find(f"{R}attachment"), root.find(f"{R}responsible")
    assert paper is not None and signature is not None
    signature.set("signRef", paper.get("file", ""))
    done = again(root)
    assert _lines(done.root) == _lines(example())


def test_a_name_two_people_bear_or_another_unit_beside_it_is_never_guessed() -> None:
    root = example()
    person = root.find(f"{R}people/{R}person")
    assert person is not None
    person.attrib.update({"name": "孔微", "org": "远江市民政局"})
    del person.attrib["id"]
    assert again(root, KNOWN[:1]).told == again(root, KNOWN).told == ()
