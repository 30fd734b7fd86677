"""The 台账 is append-only and tells when it was tampered with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive.register import ledger
from archive.register.register import Register, create


@pytest.fixture
def register(tmp_path: Path) -> Register:
    found = create(tmp_path / "catalogue.sqlite")
    with found.writing() as connection:
        ledger.append(connection, [("2026-03-18", "甲", "admitted", f"r{n}", {"n": n}) for n in range(5)])
    return found


def test_an_untouched_chain_holds(register: Register) -> None:
    with register.reading() as connection:
        assert [line.seq for line in ledger.lines_of(connection) if not line.sound] == []


@pytest.mark.parametrize(
    "statement", ["DELETE FROM ledger WHERE seq = 3", "UPDATE ledger SET actor = '乙' WHERE seq = 3"]
)
def test_the_database_itself_refuses_to_change_a_line(register: Register, statement: str) -> None:
    with pytest.raises(IntegrityError), register.writing() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [("UPDATE ledger SET detail = '{}' WHERE seq = 3", [3]), ("DELETE FROM ledger WHERE seq = 3", [4])],
)
def test_tampering_past_the_guards_breaks_the_chain(register: Register, statement: str, broken: list[int]) -> None:
    raw = sqlite3.connect(register.path)
    raw.executescript(f"DROP TRIGGER keep_ledger; DROP TRIGGER fixed_ledger; {statement};")
    raw.close()
    with register.reading() as connection:
        assert [line.seq for line in ledger.lines_of(connection) if not line.sound] == broken
