"""The commands a reader uses: data on stdout, talk on stderr, documented exit codes."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from jishi.errors import ExitCode
from jishi.settings import Settings
from tests.command_line import run
from tests.filled_home import BATCH

FIRST = "J012-WS·XR·GR·2026·Y-0001"


def said(home: Path, *words: str) -> object:
    done = run(home, *words, "--json")
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_find_prints_json_on_stdout_and_nothing_else(filed: Settings) -> None:
    hits = said(filed.home, "find", "--batch", BATCH, "--step", "S5-04")
    assert isinstance(hits, list)
    assert {hit["step"] for hit in hits} == {"S5-04"}


def keys_of(value: object) -> set[str]:
    """Return every key of a JSON document."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set[str]().union(*map(keys_of, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize(
    "words",
    [("status",), ("status", BATCH), ("check", BATCH), ("alerts",), ("recover",), ("verify",), ("catalogue",),
     ("find", "公示"), ("show", FIRST), ("trace", f"{BATCH}-001"), ("profile", "list")],
    ids=" ".join,
)  # fmt: skip
def test_every_key_of_a_json_answer_is_written_the_same_way(filed: Settings, words: tuple[str, ...]) -> None:
    done = run(filed.home, *words, "--json")
    # A settings section, a code of a step or a change is a name, not a key of ours.
    keys = {key for key in keys_of(json.loads(done.stdout)) if key.isascii() and not re.match(r"[A-Z]", key)}
    assert [key for key in sorted(keys) if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*|\d[\dA-Z/-]*", key)] == []


def test_find_prints_a_table_for_people(filed: Settings) -> None:
    done = run(filed.home, "find", FIRST)
    assert done.returncode == 0
    assert "卷" in done.stdout.decode()
    assert FIRST + "-002" in done.stdout.decode()


def test_nothing_found_is_exit_one_with_the_way_on(filed: Settings) -> None:
    done = run(filed.home, "find", "--person", "查无此人")
    assert done.returncode == ExitCode.FAULTS
    assert "没有找到" in done.stderr.decode()


def test_show_names_the_signers(filed: Settings) -> None:
    done = run(filed.home, "show", FIRST + "-002")
    assert done.returncode == 0
    assert "责任角色" in done.stdout.decode()


def test_a_record_can_be_printed_before_it_is_signed(filed: Settings, tmp_path: Path) -> None:
    record, out = tmp_path / "表决结果.xml", tmp_path / "待签.pdf"
    data = next(filed.cases.glob("*/batch/S5-02-001/record.xml")).read_text("utf-8")
    record.write_text(re.sub("<splitReason>.*?</splitReason>|<method>.*?</method>", "", data), "utf-8")
    done = run(filed.home, "render", str(record), "-o", str(out))
    assert done.returncode == 0, done.stderr.decode()
    assert "要补正" in done.stderr.decode()
    words = "".join(page.extract_text() for page in PdfReader(out).pages)
    signers = re.findall(r'<responsible role="\w+" ref="([^"]+)"', data)
    names = [re.search(rf'id="{key}"[^>]* name="([^"]+)"', data) for key in signers]
    assert all(found and f"（{found[1]}）" in words for found in names)
    assert "待签稿" in words


def test_what_is_no_record_is_not_printed_for_signing(filed: Settings, tmp_path: Path) -> None:
    path = tmp_path / "信.xml"
    path.write_text("<letter/>", "utf-8")
    done = run(filed.home, "render", str(path), "-o", str(tmp_path / "信.pdf"))
    assert done.returncode == ExitCode.REJECTED
    assert "根元素应为 record" in done.stderr.decode()
    assert not (tmp_path / "信.pdf").exists()


def test_get_writes_a_pdf_to_a_file_and_to_stdout(filed: Settings, tmp_path: Path) -> None:
    out = tmp_path / "件.pdf"
    told = said(filed.home, "get", FIRST + "-002", "-o", str(out))
    assert isinstance(told, dict)
    assert told["number"] == FIRST + "-002" and told["volume"] == FIRST
    assert re.fullmatch(r"第\d+(—\d+)?页", told["pages"]) and re.fullmatch(r"[0-9a-f]{64}", told["volume_sha256"])
    assert out.stat().st_size == told["bytes"] and out.stat().st_mode & 0o777 == 0o600
    piped = run(filed.home, "get", FIRST + "#1-2", "-o", "-")
    assert len(PdfReader(out).pages) >= 1
    assert len(PdfReader(io.BytesIO(piped.stdout)).pages) == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "J012-WS·XR·GR·2026·Y-0099"), ExitCode.NOT_FOUND),
        (("show", "不是档号"), ExitCode.NOT_FOUND),
        (("get",), ExitCode.USAGE),
        (("status", "999999-2026-P001"), ExitCode.NOT_FOUND),
        (("file", BATCH, "--filer", "甲", "--acceptor", "甲"), ExitCode.REFUSED),
        (("profile", "show", "XX"), ExitCode.NOT_FOUND),
    ],
)
def test_failures_have_their_code_and_one_chinese_message(
    filed: Settings, words: tuple[str, ...], code: ExitCode
) -> None:
    done = run(filed.home, *words)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    if code is not ExitCode.USAGE:
        assert "错误：" in done.stderr.decode()


def test_a_folder_that_is_no_home_is_said_so(tmp_path: Path) -> None:
    done = run(tmp_path, "status")
    assert done.returncode == ExitCode.NOT_FOUND
    assert "jishi init" in done.stderr.decode()


def test_an_altered_volume_is_not_handed_out(filed: Settings, tmp_path: Path) -> None:
    from archive.shelf import stored_file
    from tests.filled_home import copy_home

    settings = copy_home(filed.home, tmp_path / "home")
    pdf = stored_file(settings.shelf / FIRST.replace("·", "."), "volume.pdf")
    pdf.write_bytes(pdf.read_bytes() + b" ")
    done = run(settings.home, "get", FIRST, "-o", str(tmp_path / "out.pdf"))
    assert done.returncode == ExitCode.DAMAGED
    assert not (tmp_path / "out.pdf").exists()


def test_status_counts_and_matrix_agree_with_the_check(filed: Settings) -> None:
    board = said(filed.home, "status", BATCH)
    assert isinstance(board, dict)
    assert len(board["rows"]) == 2
    assert all("missing" not in row["cells"].values() for row in board["rows"])
    overview = said(filed.home, "status")
    assert isinstance(overview, dict)
    assert overview["counts"]["admitted"] == board["records"]


def test_the_process_table_is_printed_and_saved(filed: Settings, tmp_path: Path) -> None:
    pdf, docx = tmp_path / "表.pdf", tmp_path / "表.docx"
    done = run(filed.home, "catalogue", "--pdf", str(pdf), "--docx", str(docx))
    assert "共6个环节、36项、44步、61条要求" in done.stdout.decode()
    text = "".join(page.extract_text() for page in PdfReader(pdf).pages).replace(" ", "").replace("\n", "")
    assert "R61" in text
    assert "不是原文" in done.stderr.decode()
    assert docx.read_bytes()[:2] == b"PK"


def test_trace_prints_the_chain_and_the_report(filed: Settings, tmp_path: Path) -> None:
    out = tmp_path / "倒查.pdf"
    chain = said(filed.home, "trace", BATCH + "-001", "--pdf", str(out))
    assert isinstance(chain, dict)
    assert chain["person_no"] == BATCH + "-001"
    assert "倒查报告" in PdfReader(out).pages[0].extract_text().replace(" ", "")
