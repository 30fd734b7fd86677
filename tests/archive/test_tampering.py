"""Every table, every kind of ledger edit: a trimmed walk of what `python -m proofs.tamper` does whole."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from archive.numbering import parse
from archive.reading.handing_out import hand_out
from archive.register.register import Register
from archive.register.tables import metadata
from archive.verify import verify
from jishi.errors import ArchiveDamaged, NotFound
from jishi.findings import Finding, Severity, errors_among
from jishi.settings import Settings, load
from tests.tampered_home import make_home_of_everything
from tests.tampering import alter_row, kinds_missing, ledger_tamperings, register_tamperings, with_register

_BAGS = ("mention", "attachment")
"""Tables whose rows have no key: a difference is a row too many and one too few."""
_TABLES = [table.name for table in metadata.sorted_tables if table.name not in ("ledger", "migration")]
_LEDGER = {way.name: way for way in ledger_tamperings()}
_REGISTER = {way.name: way for way in register_tamperings()}


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a row in every table and a file of every kind; only to be copied."""
    return make_home_of_everything(tmp_path_factory.mktemp("everything") / "home").home


@pytest.fixture
def home(everything: Path, tmp_path: Path) -> Settings:
    """Return a copy of that home with a register of its own; its folders are shared and only read."""
    for path in everything.iterdir():
        if path.is_dir():
            (tmp_path / path.name).symlink_to(path)
        else:
            shutil.copy2(path, tmp_path / path.name)
    return load(tmp_path)


def _found(settings: Settings) -> tuple[Finding, ...]:
    return verify(settings, Register(settings.register_file)).findings


def test_a_home_with_everything_in_it_is_as_recorded(everything: Path) -> None:
    assert kinds_missing(everything) == []
    assert _found(load(everything)) == ()


@pytest.mark.parametrize("table", _TABLES)
def test_every_column_of_a_row_that_says_something_else_is_named(home: Settings, table: str) -> None:
    keys = {column.name for column in metadata.tables[table].primary_key}
    columns = [column.name for column in metadata.tables[table].columns if column.name not in keys]

    def alter(raw: sqlite3.Connection) -> None:
        rowid = raw.execute(f'SELECT rowid FROM "{table}" ORDER BY rowid DESC').fetchone()[0]
        for column in columns:
            alter_row(table, column, rowid, raw)

    with_register(home.home, alter)
    told = " ".join(one.message for one in _found(home) if one.code == "A-REGISTER" and f"（{table}）" in one.message)
    assert told
    if table not in _BAGS:
        unsettled = {"state"} if table == "record" else set()
        assert [name for name in columns if f"{name} 登记为" not in told and name not in unsettled] == []


@pytest.mark.parametrize("table", ["verdict", "mention", "item", "alert"])
def test_a_row_that_is_gone_is_missed(home: Settings, table: str) -> None:
    def delete(raw: sqlite3.Connection) -> None:
        raw.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")

    with_register(home.home, delete)
    assert "A-REGISTER" in {one.code for one in _found(home)}


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("台账 清空", "A-HEAD"),
        ("台账 截去末两行，校验码重算", "A-HEAD"),
        ("台账 截去前五行，校验码重算", "A-LEDGER"),
        ("台账 去掉清单封记，校验码重算", "A-LINE"),
        ("台账 验收人改名，校验码重算", "A-REGISTER"),
        ("台账 添一行没有的事，校验码重算", "A-LINE"),
        ("台账 第3行的 subject 改动，校验码重算", "A-REGISTER"),
    ],
)
def test_a_ledger_cut_or_written_anew_is_damage(home: Settings, way: str, code: str) -> None:
    _LEDGER[way].do(home.home)
    assert code in {one.code for one in errors_among(_found(home))}


@pytest.mark.parametrize(
    ("way", "code"),
    [("查找索引清空", "A-INDEX"), ("查找索引添词", "A-INDEX"), ("触发器 keep_ledger 删除", "A-GUARD"),
     ("索引删一个", "A-GUARD"), ("触发器添一个", "A-GUARD")],
)  # fmt: skip
def test_an_index_or_guard_that_was_touched_is_named(home: Settings, way: str, code: str) -> None:
    _REGISTER[way].do(home.home)
    assert code in {one.code for one in _found(home)}


@pytest.mark.parametrize("column", ["first_page", "pages", "volume"])
def test_pages_are_not_handed_out_by_a_row_that_says_otherwise_than_the_volume(home: Settings, column: str) -> None:
    with_register(home.home, partial(alter_row, "item", column, 5))
    number = "J012-WS·XR·GR·2026·Y-0001"
    with pytest.raises((ArchiveDamaged, NotFound)):
        hand_out(home, Register(home.register_file), parse(f"{number}-005"))
    with pytest.raises(ArchiveDamaged, match="登记与架上的卷不符"):
        hand_out(home, Register(home.register_file), parse(f"{number}#3"))


def test_what_was_put_away_and_whose_archive_it_is_are_told_without_being_called_damage(
    everything: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(everything, home, symlinks=True)
    next(home.glob("rejected/*/slip.html")).write_bytes(b"")
    shutil.rmtree(next(home.glob("duplicate/*/*")))
    next(home.glob("received/*/*.zip")).unlink()
    settings_file = home / "jishi.toml"
    settings_file.write_text(settings_file.read_text("utf-8").replace('"J012"', '"Q777"'), "utf-8")
    with closing(sqlite3.connect(home / "catalogue.sqlite")):
        found = _found(load(home))
    assert [one.code for one in found].count("A-PUTAWAY") == 3
    assert [one.code for one in found].count("A-UNIT") == 1
    assert {one.severity for one in found} == {Severity.WARNING}


def test_a_link_to_the_same_bytes_in_place_of_any_file_is_named(everything: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(everything, home, symlinks=True)
    links = [
        sorted(home.glob(kind))[0]
        for kind in ("cases/ledger.head", "cases/*/*/*/record.xml", "cases/*/*/*/form.docx", "cases/*/*/*/claim.json",
                     "cases/*/*/*/attachments/*", "waiting/*/record.xml", "shelf/ocfl_layout.json",
                     "shelf/*/inventory.json", "shelf/*/inventory.json.sha512", "shelf/*/0=ocfl_object_1.1",
                     "shelf/*/v1/inventory.json", "shelf/*/v1/content/metadata.xml")
    ]  # fmt: skip
    for place, file in enumerate(links):
        shutil.move(file, tmp_path / f"{place}")
        file.symlink_to(tmp_path / f"{place}")
    told = " ".join(f"{one.place} {one.message}" for one in _found(load(home)))
    volume = next(home.glob("shelf/J*"))
    named = [(file.relative_to(volume) if file.is_relative_to(volume) else file.name) for file in links]
    assert [one for one in named if str(one) not in told] == []


def test_what_nobody_put_there_is_named(everything: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(everything, home, symlinks=True)
    volume = next(home.glob("shelf/J*"))
    for folder in (volume / "v1" / "空", home / "shelf" / "别的", next(home.glob("cases/*/*/*")) / "空"):
        folder.mkdir()
    (home / "cases" / "另件.pdf").write_bytes(b"%PDF")
    found = _found(load(home))
    assert {one.code for one in found} == {"A-STRAY", "A-STRANGER", "A-EXTRA"}
    assert [one.code for one in found].count("A-EXTRA") == 2


def test_words_cut_by_another_program_are_not_called_damage_but_none_at_all_are(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.register.admission.bigrams", lambda text: text.replace("\n", " "))
    (found,) = _found(home)
    assert (found.code, found.severity) == ("A-INDEX", Severity.INFO)
    _REGISTER["查找索引清空"].do(home.home)
    assert [one.code for one in errors_among(_found(home))] == ["A-INDEX"]
