"""Volumes of any kind that the data tells of: planned, numbered, found, handed out, verified, traced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from archive.filing import FilingRun, file_batch, preview
from archive.numbering import looks_like_number, parse
from archive.reading.handing_out import hand_out
from archive.reading.retrieve import Reader, Search
from archive.reading.trace import trace
from archive.recover import gaps, recover
from archive.register.register import Register
from archive.register.tables import item, person, volume
from archive.shelf import stored_file
from archive.verify import verify
from archive.volume.facts import VolumeFacts
from jishi import volume_kinds as module
from jishi.errors import Refused
from jishi.record_types import procedure_folder
from jishi.settings import Settings
from jishi.volume_kinds import VolumeKind, usual_kinds, volume_kinds
from pipeline.rules.profiles import load_profile
from tests.filled_home import BATCH, acceptance, copy_home

STRANGE = """
    <volume code="QZ" name="全宗外卷" class="KJ·SB·CS" className="科技·设备·测试" per="dossier" retention="D30"
            stamp="档号章" matter="测试" elsewhere="别处">
      <title>{organ}测试卷（{names}）</title>
      <records><original apart="原票另存"/></records>
    </volume>
"""
"""A kind nobody has ever heard of, of a class of its own."""


def run_of(settings: Settings, kinds: tuple[VolumeKind, ...]) -> FilingRun:
    return FilingRun(settings, Register(settings.register_file), BATCH, acceptance(settings), kinds=kinds)


@pytest.fixture(scope="module")
def one_volume(admitted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[VolumeFacts]]:
    """Return a home whose batch is filed as 一批一档, and what was filed."""
    settings = copy_home(admitted_home, tmp_path_factory.mktemp("one") / "home")
    return settings, file_batch(run_of(settings, load_profile("QJ").volumes))


def test_a_batch_may_be_one_volume_and_its_sealed_ballots_another(
    one_volume: tuple[Settings, list[VolumeFacts]],
) -> None:
    settings, built = one_volume
    assert [str(facts.number) for facts in built] == ["J012-WS·XR·PD·2026·Y-0001", "J012-WS·XR·PJ·2026·D10-0001"]
    assert verify(settings, Register(settings.register_file)).findings == ()
    assert gaps(Register(settings.register_file)) == []


def test_the_one_volume_holds_reports_of_all_and_every_record_in_the_order_of_the_procedure(
    one_volume: tuple[Settings, list[VolumeFacts]],
) -> None:
    settings, (whole, _) = one_volume
    made = [one.record for one in whole.items if one.manner == "made"]
    assert made == ["roster", f"report:{BATCH}-001", f"report:{BATCH}-002", "notebook"]
    originals = [one.record for one in whole.items if one.manner == "original"]
    assert {one.manner for one in whole.items} == {"made", "original"}
    with Register(settings.register_file).reading() as connection:
        held = connection.scalars(select(item.c.record).where(item.c.manner == "original")).all()
        names = list(connection.scalars(select(person.c.name).order_by(person.c.no)))
    assert sorted(held) == sorted(originals)
    assert len(set(originals)) == len(originals) > 50
    steps = [one.partition("/")[2][:5] for one in originals if "/S" in one]
    assert steps == sorted(steps)
    cover = PdfReader(stored_file(settings.shelf / whole.number.file_name, "volume.pdf")).pages[0].extract_text()
    assert f"人员：{'、'.join(names)}" in cover.replace(" ", "").replace("\n", "")


def test_what_the_report_cites_stands_in_the_same_volume(one_volume: tuple[Settings, list[VolumeFacts]]) -> None:
    settings, (whole, _) = one_volume
    report = next(one for one in whole.items if one.record.startswith("report:"))
    got = hand_out(settings, Register(settings.register_file), parse(str(whole.number.with_item(report.number))))
    path = settings.home / "报告.pdf"
    path.write_bytes(got.data)
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    pages = {one.first_page for one in whole.items if one.record == f"{BATCH}/S5-04/001"}
    assert str(pages.pop()) in text
    assert "综合卷" not in text
    assert "个人卷" not in text


def test_people_are_found_and_traced_in_the_one_volume(one_volume: tuple[Settings, list[VolumeFacts]]) -> None:
    settings, (whole, _) = one_volume
    register = Register(settings.register_file)
    hits = Reader(settings, register).find(Search(person=f"{BATCH}-002"))
    reports = [hit for hit in hits if hit.manner == "made"]
    assert [hit.record for hit in reports] == [f"report:{BATCH}-002"]
    assert "：" in reports[0].title
    assert any(hit.record == f"{BATCH}-002/S1-08/001" for hit in hits)
    chain = trace(settings, register, f"{BATCH}-002")
    assert chain.faults == ()
    assert str(whole.number) in chain.volumes
    assert trace(settings, register, str(whole.number)).batch == BATCH


def test_a_kind_may_be_kept_for_another_period_and_stamped_otherwise(admitted_home: Path, tmp_path: Path) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    local = tmp_path / "local"
    local.mkdir()
    own = 'id = "ZZ"\nname = "某地"\nparent = "CN"\n[volumes.GR]\nretention = "D30"\nstamp = "档号章"\n'
    (local / "ZZ.toml").write_text(own + 'title = "{name}任免档案（{curPost}）"\n', "utf-8")
    built = file_batch(run_of(settings, load_profile("ZZ", local).volumes))
    first, batch = built[0], built[2]
    assert [str(facts.number) for facts in (first, batch)] == [
        "J012-WS·XR·GR·2026·D30-0001",
        "J012-WS·XR·ZH·2026·Y-0001",
    ]
    assert {one.retention for one in first.items} == {"D30", "D10"}
    assert "任免档案（" in first.title
    for facts, retention, stamped in ((first, "定期30年", True), (batch, "永久", False)):
        reader = PdfReader(stored_file(settings.shelf / facts.number.file_name, "volume.pdf"))
        assert retention in reader.pages[0].extract_text().replace(" ", "")
        stamp = reader.pages[reader.page_labels.index("1")].extract_text()
        assert bool(re.search(r"WS·XR·GR(?!·)", stamp)) is stamped
        assert ("选任" in stamp) is not stamped
    assert verify(settings, Register(settings.register_file)).findings == ()


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (("GR", "PJ"), r"（个人卷、票据附卷）没有收入记录 \S+ 的原件等\d+处"),
        (("GR", "ZH"), r"（个人卷、综合卷）没有收入记录 \S+ 的密封原票等\d+处"),
        (("GR", "ZH", "PJ", "PD"), r"重复收入记录 \S+ 的原件等\d+处"),
    ],
)
def test_kinds_that_leave_out_an_original_or_hold_it_twice_number_nothing(
    admitted_home: Path, tmp_path: Path, codes: tuple[str, ...], words: str
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    with pytest.raises(Refused, match=words):
        preview(run_of(settings, tuple(volume_kinds()[code] for code in codes)))
    with Register(settings.register_file).reading() as connection:
        assert connection.execute(select(volume)).all() == []


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[VolumeKind]:
    """Add a kind of volume to the data, and forget afterwards what was read."""
    folder = tmp_path / "schemas"
    folder.mkdir()
    text = (procedure_folder() / "procedure.xml").read_text("utf-8")
    (folder / "procedure.xml").write_text(text.replace("  </volumes>", f"{STRANGE}  </volumes>"), "utf-8")
    readers = (module._root, module.volume_kinds, module.usual_kinds)
    monkeypatch.setattr(module, "procedure_folder", lambda: folder)
    for reader in readers:
        reader.cache_clear()
    yield volume_kinds()["QZ"]
    for reader in readers:
        reader.cache_clear()


def test_a_number_of_a_kind_is_read_as_soon_as_the_data_tells_of_it(strange: VolumeKind) -> None:
    found = parse("j012 kj.sb.cs.qz.2026.d30 7-3").number
    assert (found.class_code, found.kind, str(found)) == ("KJ·SB·CS·QZ", "QZ", "J012-KJ·SB·CS·QZ·2026·D30-0007-003")
    assert not looks_like_number("J012-WS·XR·QZ·2026·D30-0007")


def test_a_kind_of_a_class_of_its_own_goes_all_the_way(
    strange: VolumeKind, admitted_home: Path, tmp_path: Path
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    register = Register(settings.register_file)
    kinds = (strange, replace(usual_kinds()[-1], retention="D30"))
    whole, ballots = file_batch(run_of(settings, kinds))
    assert str(whole.number) == "J012-KJ·SB·CS·QZ·2026·D30-0001"
    assert {one.retention for one in ballots.items} == {"D30"}
    assert verify(settings, register).findings == ()
    assert recover(settings, register).volumes_filed == ()
    assert Reader(settings, register).show(parse(f"{whole.number}-001")).volume == str(whole.number)
    assert hand_out(settings, register, parse(f"{whole.number}#1")).volume == str(whole.number)
    assert trace(settings, register, str(whole.number)).faults == ()
    cover = PdfReader(stored_file(settings.shelf / whole.number.file_name, "volume.pdf")).pages[0].extract_text()
    assert "科技·设备·测试·全宗外卷" in cover.replace(" ", "")
