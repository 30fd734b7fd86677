"""A procedure of a locality's own, from a folder outside the product: dropped, judged, warned of, filed, found."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from jishi.data_files import use_local
from tests.command_line import run

LOCALITY = Path(__file__).parents[1] / "locality"
DOSSIER = "YB-2026-A07"
NUMBER = "J012-WS·XR·YB·2026·D30-0001"
HEAD = (
    '<record xmlns="urn:jishi:record:1" recordId="{dossier}/{step}/001" stepId="{step}" itemId="{item}" stageId="YB" '
    'occurrence="1"><batch>{dossier}</batch><title>岚江市水务局2026年度{title}</title><occurredOn>{day}</occurredOn>'
    '<recordedOn>{day}T17:00:00+08:00</recordedOn><place>水务局会议室</place><recorder ref="K1"/><people>'
    '<person id="K1" name="岑书意" org="岚江市水务局" post="党组书记"/>'
    '<person id="K2" name="骆之恒" org="岚江市水务局" post="人事科科长"/></people>'
)
TAIL = (
    "<formKind>表</formKind><secrecy>内部</secrecy><knowers><role>handler</role></knowers><content>{content}</content>"
    '<attachment id="a1" name="签名页" kind="签名页" file="{file}" mediaType="application/pdf" bytes="{bytes}" '
    'sha256="{sha256}" pages="1" original="true"/></record>'
)
REPORT = "<heldOn>{day}</heldOn><appointed>3</appointed><report>本年度提拔3人，均按程序办理。</report>"
RESULT = (
    "<heldOn>{day}</heldOn><issued>40</issued><returned>{returned}</returned><satisfied>30</satisfied>"
    "<basically>6</basically><dissatisfied>2</dissatisfied><unknown>1</unknown>"
)


def signed(*roles: str, day: str) -> str:
    people = ("K1", "K2")
    mark = '<responsible role="{}" ref="{}" signedOn="{}" signKind="手写签名扫描" signRef="a1"/>'
    return "".join(mark.format(role, people[place], day) for place, role in enumerate(roles))


def signed_page() -> bytes:
    """Return a page with a stroke on it."""
    page, out = pikepdf.new(), io.BytesIO()
    page.add_blank_page(page_size=(595, 842)).contents_add(b"2 w 200 300 m 260 330 320 280 380 320 c S")
    page.save(out)
    return out.getvalue()


def drop(home: Path, step: str, item: str, title: str, content: str, *roles: str, day: str = "2026-03-02") -> None:
    """Drop one record of the locality's own with its signed page."""
    paper = signed_page()
    file = f"{step}-签名页.pdf"
    told = {
        "file": file,
        "bytes": len(paper),
        "sha256": hashlib.sha256(paper).hexdigest(),
    }
    text = HEAD.format(dossier=DOSSIER, step=step, item=item, title=title, day=day) + signed(*roles, day=day)
    (home / "drop" / file).write_bytes(paper)
    (home / "drop" / f"{step}.xml").write_text(text + TAIL.format(content=content.format(day=day), **told), "utf-8")


def drop_result(home: Path, *, returned: int) -> None:
    content = RESULT.format(day="{day}", returned=returned)
    drop(home, "YB-02", "I02", "选人用人工作民主评议结果", content, "teller", "scrutineer")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a home whose settings name a locality's own folder, which lies elsewhere."""
    folder = tmp_path_factory.mktemp("place")
    shutil.copytree(LOCALITY, folder / "本地")
    home = folder / "home"
    assert run(home, "init").returncode == 0
    settings = (home / "jishi.toml").read_text("utf-8")
    settings = settings.replace("settle_seconds = 2.0", "settle_seconds = 0.0")
    (home / "jishi.toml").write_text(settings.replace('local = ""', f'local = "{folder / "本地"}"'), "utf-8")
    yield home
    use_local(None)


def told(home: Path, *words: str, code: int = 0) -> Any:
    done = run(home, *words, "--json")
    assert done.returncode == code, (done.stdout.decode(), done.stderr.decode())
    return json.loads(done.stdout)


def test_a_locality_s_own_procedure_goes_from_the_drop_folder_to_a_numbered_volume(home: Path) -> None:
    assert {one["state"] for one in told(home, "doctor") if one["what"] in ("规则", "业务数据")} == {"好"}
    drop(home, "YB-01", "I01", "选人用人工作报告", REPORT, "unit_secretary")
    assert run(home, "intake").returncode == 0
    assert [one["rule"] for one in told(home, "alerts", "list")["alerts"]] == ["YJ-YB1"]

    drop(
        home,
        "YB-02",
        "I02",
        "选人用人工作民主评议结果",
        RESULT.format(day="{day}", returned=41),
        "teller",
        "scrutineer",
    )
    refused = run(home, "intake").stdout.decode()
    assert "收回评议票41张，多于发出的40张" in refused
    drop(
        home,
        "YB-02",
        "I02",
        "选人用人工作民主评议结果",
        RESULT.format(day="{day}", returned=39),
        "teller",
        "scrutineer",
    )
    assert run(home, "intake").returncode == 0

    assert "本档" in run(home, "status", DOSSIER).stdout.decode()
    judged = told(home, "check", DOSSIER)
    assert judged["acceptable"], judged["findings"]
    assert {one["id"]: one["answer"] for one in judged["requirements"]} == {"YB01": "通过"}
    assert run(home, "file", DOSSIER, "--filer", "骆之恒", "--acceptor", "岑书意").returncode == 0

    assert [one["number"] for one in told(home, "find", "民主评议")] != []
    shown = told(home, "show", NUMBER)
    assert shown["title"] == "中共岚江市委2026年度一报两评材料（A07）"
    assert run(home, "verify").returncode == 0
    assert run(home, "trace", NUMBER).returncode == 0
    page = home / "卷.pdf"
    assert run(home, "get", NUMBER, "-o", str(page)).returncode == 0
    text = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(page))
    assert "发出票数" in text
    assert "文书档案·选人用人·评议卷" in text.replace("\n", "")


def test_a_blank_record_speaks_of_the_locality_s_step(home: Path) -> None:
    assert "<!-- 报告要点" in run(home, "blank", "YB-01").stdout.decode()
