"""Sheets to be signed, as a clerk prints them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pypdf import PdfReader

from jishi.errors import ExitCode
from jishi.procedure import procedure
from jishi.settings import Settings
from tests.command_line import run
from tests.filled_home import BATCH


def test_an_admitted_record_is_printed_with_its_cells_told(filed: Settings, tmp_path: Path) -> None:
    out, cells = tmp_path / "送签件.pdf", tmp_path / "签名栏.json"
    done = run(filed.home, "print", f"{BATCH}/S5-02/001", "-o", str(out), "--cells", str(cells))
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(cells.read_text("utf-8"))
    assert told["record"] == f"{BATCH}/S5-02/001" and re.fullmatch("[0-9a-f]{64}", told["digest"])
    assert len(told["pages"]) == len(PdfReader(out).pages)
    assert {cell["kind"] for cell in told["cells"]} == {"signature"}
    assert f"签名栏{len(told['cells'])}处" in done.stderr.decode()
    assert all(0 < cell["x"] < 210 and 37 <= cell["y"] < 262 and cell["height"] >= 12 for cell in told["cells"])
    assert [code["text"][-1] for code in told["pages"][0]["codes"]] == ["A", "B"]
    assert out.stat().st_mode & 0o777 == 0o600 and cells.stat().st_mode & 0o777 == 0o600
    assert done.stdout == b""


def test_a_record_in_a_file_gives_the_same_sheet_signed_or_not(filed: Settings, tmp_path: Path) -> None:
    data = next(filed.cases.glob("*/batch/S5-02-001/record.xml")).read_text("utf-8")
    unsigned = re.sub(r' (signedOn|signKind|signRef)="[^"]*"', "", data)
    made = []
    for number, text in enumerate((data, unsigned)):
        record, out = tmp_path / f"{number}.xml", tmp_path / f"{number}.pdf"
        record.write_text(text, "utf-8")
        assert run(filed.home, "print", str(record), "-o", str(out)).returncode == 0
        made.append(out.read_bytes())
    assert unsigned != data and made[0] == made[1]


def test_of_an_outgoing_paper_the_check_sheet_is_printed_and_said_so(filed: Settings, tmp_path: Path) -> None:
    outgoing = {step.id for step in procedure().steps.values() if step.outgoing}
    folder = next(path for path in sorted(filed.cases.glob("*/*/*")) if path.name[:5] in outgoing)
    out = tmp_path / "送签件.pdf"
    done = run(filed.home, "print", str(folder / "record.xml"), "-o", str(out))
    assert done.returncode == 0, done.stderr.decode()
    assert "正本不印编码" in done.stderr.decode()
    assert "核对（签收）单" in PdfReader(out).pages[0].extract_text().replace("\n", "")


def test_what_cannot_be_printed_is_said_and_nothing_is_written(filed: Settings, tmp_path: Path) -> None:
    for words, code in (
        ((f"{BATCH}/S5-02/001", "-o", str(tmp_path / "送签件.docx")), ExitCode.REFUSED),
        ((f"{BATCH}/S5-02/999", "-o", str(tmp_path / "a.pdf")), ExitCode.NOT_FOUND),
        ((str(tmp_path / "没有.xml"), "-o", str(tmp_path / "a.pdf")), ExitCode.NOT_FOUND),
        ((f"{BATCH}/S5-02/001", "-o", str(tmp_path / "a.pdf"), "--cells", str(tmp_path)), ExitCode.REFUSED),
    ):
        done = run(filed.home, "print", *words)
        assert done.returncode == code, done.stderr.decode()
        assert re.search(r"[\u4e00-\u9fff]", done.stderr.decode()) and "Traceback" not in done.stderr.decode()
    assert list(tmp_path.iterdir()) == []
