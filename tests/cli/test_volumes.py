"""Volumes as a user chooses them: 一批一档 from sample to shelf, periods of one's own, the table that is approved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pypdf import PdfReader

from archive.home import make_home
from jishi.errors import ExitCode
from tests.command_line import answer, run
from tests.filled_home import BATCH

HANDS = ("--filer", "程舟", "--acceptor", "冯越")
APPROVAL = "岚档字〔2026〕3号"


def set_to(home: Path, old: str, new: str) -> None:
    """Change one line of a home's settings."""
    path = home / "jishi.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def words_of(pdf: Path) -> str:
    """Return the text of a PDF without blanks and breaks."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(pdf).pages)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home under the profile QJ, a sample batch taken in, checked and filed by commands alone."""
    folder = tmp_path_factory.mktemp("one")
    home, sample = make_home(folder / "home").home, folder / "sample"
    set_to(home, 'profile = "CN"', 'profile = "QJ"')
    set_to(home, 'retention_approval = ""', f'retention_approval = "{APPROVAL}"')
    set_to(home, "settle_seconds = 2.0", "settle_seconds = 0.0")
    assert run(home, "sample", str(sample), "--people", "2").returncode == 0
    shutil.copytree(sample, home / "drop", dirs_exist_ok=True)
    assert run(home, "intake").returncode == 0
    assert run(home, "check", BATCH, "--quiet").returncode == 0
    code, said, data = answer(home, "file", BATCH, *HANDS, "--json")
    assert code == 0
    assert "没有写明同级档案主管部门" not in said
    assert [row["number"] for row in json.loads(data)] == [
        "J012-WS·XR·PD·2026·Y-0001", "J012-WS·XR·PJ·2026·D10-0001"
    ]  # fmt: skip
    return home


def test_one_volume_for_a_batch_is_found_got_and_verified(whole: Path, tmp_path: Path) -> None:
    hits = json.loads(run(whole, "find", "--person", f"{BATCH}-001", "--json").stdout)
    assert {hit["number"][:13] for hit in hits} <= {"J012-WS·XR·PD", "J012-WS·XR·PJ"}
    assert [hit["record"] for hit in hits if hit["manner"] == "made"] == [f"report:{BATCH}-001"]
    decision = next(hit["number"] for hit in hits if hit["step"] == "S5-04")
    out = tmp_path / "件.pdf"
    assert run(whole, "get", decision, "-o", str(out)).returncode == 0
    assert "任免决定" in words_of(out)
    assert run(whole, "verify").returncode == 0
    chain = json.loads(run(whole, "trace", f"{BATCH}-001", "--json").stdout)
    assert chain["faults"] == []
    assert "J012-WS·XR·PD·2026·Y-0001" in chain["volumes"]


def test_the_last_sheet_names_the_approval_and_the_cover_everybody(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "卷.pdf"
    assert run(whole, "get", "J012-WS·XR·PD·2026·Y-0001", "-o", str(out)).returncode == 0
    reader = PdfReader(out)
    assert f"归档范围和保管期限表{APPROVAL}" in "".join(reader.pages[-1].extract_text().split())
    board = json.loads(run(whole, "status", BATCH, "--json").stdout)
    cover = "".join(reader.pages[0].extract_text().split())
    assert all(row["name"] in cover for row in board["rows"])


def test_a_home_that_names_no_approval_is_told_so_by_file_and_doctor(admitted_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(admitted_home, home)
    said = answer(home, "file", BATCH, *HANDS, "--dry-run")[1]
    assert "[unit] retention_approval" in said
    rows = {row["what"]: row for row in json.loads(run(home, "doctor", "--json").stdout)}
    assert rows["归档范围和保管期限表"]["state"] == "注意"
    set_to(home, 'retention_approval = ""', f'retention_approval = "{APPROVAL}"')
    assert "[unit] retention_approval" not in answer(home, "file", BATCH, *HANDS, "--dry-run")[1]
    rows = {row["what"]: row for row in json.loads(run(home, "doctor", "--json").stdout)}
    assert rows["归档范围和保管期限表"] == {
        "what": "归档范围和保管期限表", "state": "好", "detail": f"已批准：{APPROVAL}"
    }  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a home with a profile of its own that keeps a person's volume for 30 years."""
    home = make_home(tmp_path / "home").home
    (home / "本地").mkdir()
    text = 'id = "ZZ"\nname = "某地"\nparent = "CN"\n[volumes.GR]\nretention = "D30"\nstamp = "档号章"\n'
    (home / "本地" / "ZZ.toml").write_text(text, "utf-8")
    set_to(home, 'profile = "CN"', 'profile = "ZZ"')
    set_to(home, 'local = ""', 'local = "本地"')
    return home


def test_what_a_profile_changes_in_a_volume_is_shown_and_compared(own: Path) -> None:
    told = json.loads(run(own, "profile", "show", "ZZ", "--json").stdout)["volumes"]
    assert [(one["code"], one["retention"], one["stamp"]) for one in told] == [
        ("GR", "D30", "档号章"), ("ZH", "Y", "归档章"), ("PJ", "D10", "归档章")
    ]  # fmt: skip
    assert "30年（D30）" in run(own, "profile", "show", "ZZ").stdout.decode()
    differing = json.loads(run(own, "profile", "diff", "CN", "ZZ", "--json").stdout)
    assert differing == {
        "卷种 GR 保管期限": {"CN": "Y", "ZZ": "D30"}, "卷种 GR 章": {"CN": "归档章", "ZZ": "档号章"}
    }  # fmt: skip
    table = run(own, "profile", "diff", "CN", "QJ").stdout.decode()
    assert "GR、ZH、PJ" in table
    assert "PD、PJ" in table


def test_the_table_to_be_approved_is_printed_from_what_filing_follows(own: Path, tmp_path: Path) -> None:
    pdf, docx = tmp_path / "表.pdf", tmp_path / "表.docx"
    done = run(own, "catalogue", "--retention", "--json", "--pdf", str(pdf), "--docx", str(docx))
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert [(row["class"], row["retention"], row["stamp"]) for row in told["classes"]] == [
        ("WS·XR·GR", "30年", "档号章"), ("WS·XR·ZH", "永久", "归档章"), ("WS·XR·PJ", "10年", "归档章")
    ]  # fmt: skip
    assert told["classes"][0]["title"] == "〔姓名〕同志选拔任用（拟任〔拟任职务〕）工作纪实材料"
    assert {row["retention"] for row in told["scope.GR"]} == {"30年", "10年"}
    assert told["scope.GR"][0]["paper"] == "领导干部选拔任用工作全程纪实报告表"
    assert {row["manner"] for row in told["scope.PJ"]} == {"原票"}
    text = words_of(pdf)
    for words in ("分类方案、归档范围和保管期限表", "尚未写明", "本系统拟定", "ZZ某地"):
        assert words in text
    assert docx.read_bytes()[:2] == b"PK"


def test_a_stamp_of_the_settings_is_what_the_table_tells_and_one_that_is_not_there_is_refused(own: Path) -> None:
    set_to(own, 'stamp = ""', 'stamp = "归档章"')
    told = json.loads(run(own, "catalogue", "--retention", "--json").stdout)
    assert {row["stamp"] for row in told["classes"]} == {"归档章"}
    set_to(own, 'stamp = "归档章"', 'stamp = "方章"')
    code, said, _ = answer(own, "settings")
    assert code == ExitCode.SETTINGS
    assert "应留空，或为归档章、档号章之一" in said
