"""The 台账 is append-only and tells when it was tampered with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive import ledger
from archive.catalogue import Catalogue, create


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    found = create(tmp_path / "catalogue.sqlite")
    with found.writing() as connection:
        ledger.append(connection, [("2026-03-18", "甲", "admitted", f"r{n}", {"n": n}) for n in range(5)])
    return found


def test_an_untouched_chain_holds(catalogue: Catalogue) -> None:
    with catalogue.reading() as connection:
        assert ledger.broken_links(connection) == []


@pytest.mark.parametrize(
    "statement", ["DELETE FROM ledger WHERE seq = 3", "UPDATE ledger SET actor = '乙' WHERE seq = 3"]
)
def test_the_database_itself_refuses_to_change_a_line(catalogue: Catalogue, statement: str) -> None:
    with pytest.raises(IntegrityError), catalogue.writing() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [("UPDATE ledger SET detail = '{}' WHERE seq = 3", [3]), ("DELETE FROM ledger WHERE seq = 3", [4])],
)
def test_tampering_past_the_guards_breaks_the_chain(catalogue: Catalogue, statement: str, broken: list[int]) -> None:
    raw = sqlite3.connect(catalogue.path)
    raw.executescript(f"DROP TRIGGER keep_ledger; DROP TRIGGER fixed_ledger; {statement};")
    raw.close()
    with catalogue.reading() as connection:
        assert ledger.broken_links(connection) == broken
