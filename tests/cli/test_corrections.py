"""A correction that comes after filing is told wherever what it corrects is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from archive.numbering import parse
from archive.reading.retrieve import Reader, Search
from jishi.settings import Settings
from tests.alert_home import AlertHome
from tests.command_line import answer
from tests.filled_home import BATCH, copy_home

OLD = f"{BATCH}-001/S3-06/001"
NEW = f"{BATCH}-001/S3-06/003"
"""The correction of the correction."""


@pytest.fixture(scope="module")
def corrected(filed: Settings, tmp_path_factory: pytest.TempPathFactory) -> AlertHome:
    """Return a home in which a filed record was corrected twice."""
    home = AlertHome(copy_home(filed.home, tmp_path_factory.mktemp("corrected") / "home"))
    assert home.correct(home.correct(OLD, "place = 另一处"), "place = 又一处") == NEW
    return home


def number_of(home: AlertHome, record: str) -> str:
    """Return the 档号 of a record in its person's volume."""
    return next(hit.number for hit in Reader(home.settings, home.register).find(Search(batch=BATCH, step="S3-06"))
                if hit.record == record and hit.number)  # fmt: skip


def test_show_of_a_corrected_item_names_the_last_correction(corrected: AlertHome) -> None:
    number = number_of(corrected, OLD)
    code, said, data = answer(corrected.settings.home, "show", number)
    assert code == 0
    assert f"更正：已由 {NEW} 更正" in data.decode()
    assert f"{number} 已由 {NEW} 更正" in said
    told = json.loads(answer(corrected.settings.home, "show", number, "--json")[2])
    assert told["corrected_by"] == NEW


def test_show_of_the_volume_names_the_corrected_item(corrected: AlertHome) -> None:
    number = number_of(corrected, OLD)
    said = answer(corrected.settings.home, "show", str(parse(number).number.volume))[1]
    assert f"{number} 已由 {NEW} 更正" in said


def test_find_and_get_warn_of_what_was_corrected(corrected: AlertHome, tmp_path: Path) -> None:
    number = number_of(corrected, OLD)
    for words in (("find", "--batch", BATCH, "--step", "S3-06"), ("get", number, "-o", str(tmp_path / "件.pdf"))):
        code, said, _ = answer(corrected.settings.home, *words)
        assert code == 0
        assert f"{number} 已由 {NEW} 更正" in said


def test_what_was_not_corrected_is_shown_without_a_warning(corrected: AlertHome) -> None:
    number = number_of(corrected, f"{BATCH}-002/S3-06/001")
    code, said, data = answer(corrected.settings.home, "show", number)
    assert (code, said) == (0, "")
    assert "更正" not in data.decode()


def test_status_check_and_alerts_say_that_corrections_wait_for_the_supplement(corrected: AlertHome) -> None:
    words = "立卷后更正2件，待补充归档"
    home = corrected.settings.home
    assert words in answer(home, "status")[1]
    assert words in answer(home, "status", BATCH)[1]
    assert words in answer(home, "check", BATCH, "--quiet")[1]
    board = json.loads(answer(home, "status", BATCH, "--json")[2])
    assert board["since_filing"]["corrections"] == [OLD[:-3] + "002", NEW]
    alerts = json.loads(answer(home, "alerts", BATCH, "--json")[2])["alerts"]
    (line,) = [one for one in alerts if one["rule"] == "YJ-15"]
    assert (line["level"], line["message"].partition("：")[0]) == ("黄", words)


def test_a_filed_batch_without_news_says_nothing_of_it(filed: Settings) -> None:
    assert "立卷后" not in answer(filed.home, "status", BATCH)[1]
    assert json.loads(answer(filed.home, "status", "--json")[2])["batches"][0]["since_filing"] == ""


def test_a_number_sent_again_after_admission_leaves_nothing_outstanding(corrected: AlertHome) -> None:
    root = corrected.record(OLD)
    assert isinstance(root, etree._Element)
    home = corrected.settings.home
    (corrected.settings.drop / "重投.xml").write_bytes(etree.tostring(root).replace(b"<title>", b"<title>x"))
    path = home / "重投.xml"
    (corrected.settings.drop / "重投.xml").rename(path)
    assert answer(home, "intake", str(path))[0] == 3
    alerts = json.loads(answer(home, "alerts", BATCH, "--json")[2])["alerts"]
    assert not [one for one in alerts if "退回" in one["message"]]
    assert not json.loads(answer(home, "status", BATCH, "--json")[2])["rows"][0]["slips"]
