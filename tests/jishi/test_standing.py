"""进度: what makes a step done for a person, and what is said where it is not."""

from __future__ import annotations

import pytest

from jishi.case.standing import Cell, Standing, State
from jishi.case.step_record import step_record_of
from tests.rule_cases import BATCH, Records, edit, pick, records

FIRST, OTHER = f"{BATCH}-001", f"{BATCH}-005"


def standing(batch: Records, held: tuple[str, ...] = ()) -> Standing:
    """Return the standing of a batch in which some records only wait."""
    papers = {number: step_record_of(root) for number, root in batch.items()}
    return Standing(
        (paper for number, paper in papers.items() if number not in held), held=[papers[number] for number in held]
    )


def without(*targets: str) -> Records:
    """Return the sample batch without some records."""
    batch = records()
    for target in targets:
        del batch[pick(batch, target).get("recordId", "")]
    return batch


def post_of(batch: Records, person: str) -> str:
    return pick(batch, f"{person}/S1-08").findtext("{*}content/{*}targetPost", "")


def of_post(batch: Records, step: str, post: str) -> list[str]:
    """Return the records of a step about a post."""
    return [
        number
        for number, root in batch.items()
        if root.get("stepId") == step and root.findtext("{*}content/{*}post") == post
    ]


def test_single_talks_without_their_summary_are_counted_and_the_summary_is_missed() -> None:
    cell = standing(without("001/S3-05表")).of(FIRST, "S3-05")
    assert cell == Cell(State.MISSING, lacks="有6件单次谈话，缺汇总")


@pytest.mark.parametrize("step", ["S2-01", "S2-03", "S2-04"])
def test_the_meeting_about_another_post_does_not_count_for_this_one(step: str) -> None:
    batch = records()
    for number in of_post(batch, step, post_of(batch, "001")):
        del batch[number]
    found = standing(batch)
    assert found.of(FIRST, step) == Cell(State.MISSING, lacks=f"缺该职位的{step}，已有的是其他职位的")
    assert found.of(OTHER, step).state is State.DONE


def test_talks_about_the_own_post_without_summary_are_missed_though_another_post_s_is_there() -> None:
    batch = records()
    mine = of_post(batch, "S2-02", post_of(batch, "001"))
    summaries = [number for number in mine if "表" in batch[number].findtext("{*}formKind", "").split()]
    for number in summaries:
        del batch[number]
    lacks = standing(batch).of(FIRST, "S2-02").lacks
    assert lacks == f"有{len(mine) - len(summaries)}件单次谈话，缺汇总"


def test_a_post_is_the_same_where_one_of_both_is_told_in_more_words() -> None:
    batch = records()
    post = post_of(batch, "001")
    for number in of_post(batch, "S2-04", post):
        edit(batch[number], f"c/post = {post}、党组成员（正县级）")
        for node in batch[number].findall("{*}people/{*}person[@no]"):
            del node.attrib["no"]
    assert standing(batch).of(FIRST, "S2-04").state is State.DONE


def test_a_deputy_s_post_is_not_the_post_of_the_head() -> None:
    batch = records()
    for number in of_post(batch, "S2-04", post_of(batch, "001")):
        edit(batch[number], f"c/post = {post_of(batch, '001')}助理")
        for node in batch[number].findall("{*}people/{*}person[@no]"):
            del node.attrib["no"]
    assert standing(batch).of(FIRST, "S2-04").state is State.MISSING


def test_a_record_that_names_others_only_is_not_mine() -> None:
    batch = records()
    for root in batch.values():
        if root.get("stepId") == "S4-02":
            for node in root.findall(f"{{*}}people/{{*}}person[@no='{FIRST}']"):
                del node.attrib["no"]
    found = standing(batch)
    assert found.of(FIRST, "S4-02") == Cell(State.MISSING, lacks="已有的S4-02没有写到本人")
    assert found.of(OTHER, "S4-02").state is State.DONE


def test_a_step_of_the_batch_which_a_kind_of_change_does_not_know_needs_no_note() -> None:
    assert standing(records()).of(f"{BATCH}-003", "S2-04") == Cell(State.NOT_APPLICABLE)


def test_a_step_without_any_record_is_missing_without_more_words() -> None:
    assert standing(without("001/S3-06")).of(FIRST, "S3-06") == Cell(State.MISSING)


def test_what_waits_is_not_missing_and_not_done() -> None:
    number = f"{FIRST}/S3-06/001"
    found = standing(records(), (number,))
    assert found.of(FIRST, "S3-06") == Cell(State.WAITING, held=(number,))
    assert found.of(OTHER, "S3-06").state is State.DONE


def test_a_summary_that_waits_leaves_said_what_is_there() -> None:
    number = pick(records(), "001/S3-05表").get("recordId", "")
    cell = standing(records(), (number,)).of(FIRST, "S3-05")
    assert (cell.state, cell.lacks, cell.held) == (State.WAITING, "有6件单次谈话，缺汇总", (number,))


def test_a_meeting_that_waits_is_waited_for_by_those_of_its_post() -> None:
    batch = records()
    mine = tuple(of_post(batch, "S2-04", post_of(batch, "001")))
    found = standing(batch, mine)
    assert found.of(FIRST, "S2-04").state is State.WAITING
    assert found.of(OTHER, "S2-04").state is State.DONE


def test_everybody_has_a_filing_of_their_own() -> None:
    assert standing(without("001/S6-08")).of(FIRST, "S6-08") == Cell(State.MISSING)


def test_a_letter_without_probation_leaves_nothing_for_later() -> None:
    batch = records()
    for root in batch.values():
        if root.get("stepId") == "S6-04" and root.findtext("{*}personId") == FIRST:
            edit(root, "c/probation = false")
    assert standing(batch).of(FIRST, "S6-07").state is State.MISSING


def test_states_are_told_by_one_set_of_words() -> None:
    assert {state.label for state in State} == {"已记", "不适用", "待补充归档", "等待", "缺"}
    assert {state.mark for state in State} == {"●", "－", "…", "待", "缺"}
