"""One answer to one question: board, check, report and alerts say the same of how a person stands to a step."""

from __future__ import annotations

import copy
import datetime as dt
import json
import os
import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from archive.home import make_home
from archive.reading.status import board
from archive.register.admission import Outcome, PutAway, Verdict, admission_of
from archive.register.cases import CaseFiles
from archive.register.register import Register
from counter.checking import report
from jishi.case.standing import State
from jishi.findings import Finding
from jishi.procedure import procedure
from jishi.records import Record, record_of
from jishi.settings import Settings
from pipeline.acceptance.batch_check import check_batch
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.alerts.case import CaseReader
from pipeline.intake.drop_folder import pending_records
from press.forms import Grid
from press.summary import person_report
from tests.command_line import answer
from tests.rule_cases import BATCH, NS, Records, edit, pick, profile_of, records

TODAY = dt.date(2026, 6, 1)
PEOPLE = 4
"""One each of P, F, T and X."""
NUMBERS = sorted(records(people=PEOPLE))
OPENING = f"{BATCH}/S1-01/001"
_NAMED = re.compile(r"S\d-\d\d(?=[（、]|$)")


@dataclass(frozen=True)
class Damage:
    """What is done to a sound batch."""

    gone: frozenset[str]
    corrected: frozenset[str]
    unnamed: frozenset[str]
    """Records that name nobody any more."""
    elsewhere: frozenset[str]
    """Records about another post."""

    def done_to(self, batch: Records) -> list[etree._Element]:
        """Return the damaged batch, its corrections at the end."""
        for number in self.unnamed & batch.keys():
            if not batch[number].findtext("r:personId", "", NS):
                for node in batch[number].findall("r:people/r:person[@no]", NS):
                    del node.attrib["no"]
        for number in self.elsewhere & batch.keys():
            for node in batch[number].findall("r:content/r:post", NS):
                node.text = "另一职位"
        kept = [root for number, root in batch.items() if number not in self.gone]
        return [*kept, *(_correction(batch[number]) for number in self.corrected - self.gone)]


def _correction(old: etree._Element) -> etree._Element:
    number = old.get("recordId", "")
    root = copy.deepcopy(old)
    place = str(900 + int(number[-3:]))
    root.set("recordId", number[:-3] + place)
    root.set("occurrence", place)
    edit(root, "knowers < <correctionReason>更正</correctionReason>")
    edit(root, f"knowers < <correctionOf>{number}</correctionOf>")
    return root


def some(numbers: Iterable[str], most: int) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(numbers)), max_size=most)


def steps_of(*steps: str) -> list[str]:
    return [number for number in NUMBERS if number.split("/")[1] in steps]


damages = st.builds(
    Damage,
    gone=st.builds(
        frozenset.union,
        some(set(NUMBERS) - {OPENING}, 20),
        some(steps_of("NA", "S2-01", "S2-02", "S2-04", "S3-05", "S5-04", "S6-04"), 12),
    ),
    corrected=some(set(NUMBERS) - {OPENING}, 4),
    unnamed=some(steps_of("S2-03", "S2-04", "S2-05", "S4-02", "S5-02", "S6-01"), 4),
    elsewhere=some(steps_of("S2-01", "S2-02", "S2-03", "S2-04"), 6),
)


def admitted(home: Path, roots: Iterable[etree._Element]) -> Settings:
    """Return a home into which some records came; those of people not on the roster wait."""
    found = make_home(home)
    asked = []
    for place, root in enumerate(roots):
        data = etree.tostring(root, encoding="utf-8")
        folder = found.work / f"t{place:05d}"
        folder.mkdir()
        (folder / "record.xml").write_bytes(data)
        asked.append(admission_of(record_of(etree.fromstring(data), data), folder.name, "投递.xml", "0" * 64))
    verdicts = CaseFiles(found, Register(found.register_file)).admit(asked)
    assert {one.outcome for one in verdicts} <= {Outcome.ADMITTED, Outcome.WAITING}
    return found


def on_the_report(roots: Iterable[etree._Element], person: str) -> dict[str, str]:
    """Return step → the word the report bound into the volume prints for it."""
    known: list[Record] = [record_of(root, b"") for root in roots]
    form = person_report([one for one in known if one.person_no in ("", person)], person)
    register = next(part for part in form.body if isinstance(part, Grid) and part.key == "register")
    return {row[0].split()[0]: row[-1] for row in register.rows}


@settings(
    max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(damages)
def test_board_check_report_and_alerts_agree_on_every_person_and_step(damage: Damage) -> None:
    roots = damage.done_to(records(people=PEOPLE))
    with tempfile.TemporaryDirectory() as folder:
        home = admitted(Path(folder) / "home", roots)
        shelf = Register(home.register_file)
        told = report(check_batch(home, shelf, BATCH, TODAY, pending_records(home)).verdict)
        shown = json.loads(json.dumps(_plain(home, shelf)))
        case = CaseReader(home, shelf).read(BATCH, TODAY)
        case_file = [etree.parse(path).getroot() for path in home.cases.rglob("record.xml")]
    people = {one["no"]: one for one in told["people"]}
    for no, cells in shown.items():
        steps = {step: one["state"] for step, one in people[no]["steps"].items()}
        assert cells == steps, no
        assert on_the_report(case_file, no) == {step: _bound(no, step, state, case) for step, state in steps.items()}
    blocked = {(one["person"], one["message"][3:8]) for one in told["findings"] if one["rule"] == "R60"}
    assert blocked == {
        (no, step) for no, one in people.items() for step, cell in one["steps"].items() if _blocks(no, step, cell, case)
    }
    for running in case.running:
        if running.clock.id in ("YJ-07", "YJ-14"):
            named = set(_NAMED.findall(running.message.partition("还缺：")[2]))
            assert named
            assert named <= {
                step for step, cell in people[running.person]["steps"].items() if State(cell["state"]).open
            }


def _plain(home: Settings, shelf: Register) -> dict[str, dict[str, str]]:
    return {row.no: row.cells for row in board(home, shelf, BATCH, pending_records(home)).rows}  # type: ignore[misc]


def _bound(no: str, step: str, state: str, case: object) -> str:
    """Return the word for a state where nothing waits, as in a volume."""
    return State(_settled(no, step, state, case)).label


def _settled(no: str, step: str, state: str, case: object) -> str:
    """Return a cell's state as the alerts have it, who look at the case file alone."""
    if state != State.WAITING:
        return state
    verdict = case.verdict  # type: ignore[attr-defined]
    cell = next(one for one in verdict.people if one.no == no).steps[step]
    assert cell.state in (State.MISSING, State.LATER)
    return str(cell.state.value)


def _blocks(no: str, step: str, cell: dict[str, str], case: object) -> bool:
    return _settled(no, step, cell["state"], case) == State.MISSING


# What the commands say


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home: a summary lacks, a meeting about the post lacks, one record lies in the drop folder."""
    batch = records(people=PEOPLE)
    gone = [pick(batch, "001/S3-05表").get("recordId", ""), f"{BATCH}/S2-04/001"]
    dropped = f"{BATCH}-001/S3-06/001"
    home = admitted(
        tmp_path_factory.mktemp("faulty") / "home",
        [root for number, root in batch.items() if number not in (*gone, dropped)],
    )
    lying = home.drop / "档案审核.xml"
    lying.write_bytes(etree.tostring(batch[dropped], encoding="utf-8"))
    os.utime(lying, (time.time() - 60, time.time() - 60))  # it has stood still
    return home.home


def test_status_and_check_tell_the_same_and_say_what_lacks(faulty: Path) -> None:
    board_json = json.loads(answer(faulty, "status", BATCH, "--json")[2])
    check_json = json.loads(answer(faulty, "check", BATCH, "--json")[2])
    for row, person in zip(board_json["rows"], check_json["people"], strict=True):
        assert row["cells"] == {step: cell["state"] for step, cell in person["steps"].items()}
    first = board_json["rows"][0]
    assert {step: first["cells"][step] for step in ("S2-04", "S3-05", "S3-06")} == {
        "S2-04": "missing", "S3-05": "missing", "S3-06": "waiting",
    }  # fmt: skip
    assert first["lacks"]["S2-04"] == "缺该职位的S2-04，已有的是其他职位的"
    assert first["lacks"]["S3-05"] == "有6件单次谈话，缺汇总"
    assert "等待附件" in first["lacks"]["S3-06"]
    assert check_json["people"][0]["steps"]["S3-05"]["lacks"] == "有6件单次谈话，缺汇总"


def test_the_screen_says_what_lacks_and_what_waits(faulty: Path) -> None:
    code, said, _ = answer(faulty, "status", BATCH)
    assert code == 0
    assert re.search(rf"缺 {BATCH}-001 \S+：S3-05 个别谈话与政治素质考察（有6件单次谈话，缺汇总）", said)
    assert re.search(rf"待 {BATCH}-001 \S+：S3-06 干部人事档案任前审核（{BATCH}-001/S3-06/001等待附件：", said)
    code, _, shown = answer(faulty, "check", BATCH)
    lines = shown.decode().splitlines()
    assert code == 1
    assert any(line.startswith("缺步骤") and "S2-04" in line and "缺该职位的S2-04" in line for line in lines)
    assert any(line.startswith("待步骤") and "S3-06" in line for line in lines)
    assert not [line for line in lines if "早于在前步骤S2-04" in line]
    (why,) = [line for line in lines if "[R60] 缺步骤S3-05" in line]
    assert "：有6件单次谈话，缺汇总〔设计（勾稽）〕；" in why


def test_alerts_name_what_the_step_lacks(faulty: Path) -> None:
    told = json.loads(answer(faulty, "alerts", BATCH, "--json")[2])
    (passed_over,) = [one["message"] for one in told["alerts"] if one["rule"] == "YJ-07"]
    assert "S2-04（缺该职位的S2-04，已有的是其他职位的）" in passed_over
    assert "S3-05（有6件单次谈话，缺汇总）" in passed_over


def test_every_step_is_in_the_matrix(faulty: Path) -> None:
    rows = json.loads(answer(faulty, "status", BATCH, "--json")[2])["rows"]
    assert all(list(row["cells"]) == list(procedure().steps) for row in rows)


def test_a_refused_submission_s_slip_is_named_where_its_step_is_missing(tmp_path: Path) -> None:
    number = f"{BATCH}-001/S3-09/001"
    roots = {name: root for name, root in records(people=PEOPLE).items() if name != number}
    home = admitted(tmp_path / "home", roots.values())
    fault = Finding("X-SCHEMA", "缺少题名", record=number)
    done = Verdict("t", "投递.xml", Outcome.REJECTED, number, "退回", (fault,))
    CaseFiles(home, Register(home.register_file)).note([PutAway(done, "0" * 64, "rejected/投递-1")])
    (first, *others) = board(home, Register(home.register_file), BATCH, pending_records(home)).rows
    assert (first.cells["S3-09"], first.slips) == (State.MISSING, {"S3-09": "rejected/投递-1/slip.html"})
    assert not any(row.slips for row in others)
    assert (
        f"S3-09 征求有关部门意见、经济责任审计（退回后未补投，见 {first.slips['S3-09']}）"
        in (answer(home.home, "status", BATCH)[1])
    )


def test_a_meeting_lacking_for_one_post_is_no_earlier_step_of_the_tally() -> None:
    batch = records(people=PEOPLE)
    del batch[f"{BATCH}/S2-04/001"]
    for number in steps_of("S2-04"):
        if number in batch:
            edit(batch[number], "occurredOn = 2026-02-28", "c/heldOn = 2026-02-28")
    found = [DossierEntry(root, number) for number, root in batch.items()]
    dossier = assemble(found, batch=BATCH, profile=profile_of("CN"), today=TODAY)
    told = [
        node for node in dossier.iterfind(f"{{*}}roster/{{*}}person[@no='{BATCH}-001']/{{*}}order")
        if (node.get("step"), node.get("after")) == ("S2-05", "S2-04")
    ]  # fmt: skip
    assert told == []
