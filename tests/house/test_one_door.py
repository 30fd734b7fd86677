"""Only the register's own room speaks the database's language; everything else speaks the toolkit's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOOR = Path("archive") / "register"
ROOMS = ("counter", "jishi", "press", "archive", "pipeline", "rehearsal")
_SPOKEN = re.compile(r"\b(PRAGMA|MATCH|SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET|RAISE)\b|sqlite_")
_DRIVER = {"exec_driver_sql", "driver_connection", "executescript"}


def modules() -> list[Path]:
    found = [ROOT / "cli.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    return [path for path in found if not path.relative_to(ROOT).is_relative_to(DOOR)]


def spoken(source: str) -> Iterator[str]:
    """Yield what of a module only one kind of database understands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] == "sqlite3" or "dialects" in one.name)
        elif isinstance(node, ast.ImportFrom):
            names = {one.name for one in node.names}
            if (node.module or "") == "sqlite3" or "sqlalchemy.dialects" in (node.module or ""):
                yield node.module or ""
            elif (node.module or "").startswith("sqlalchemy") and names & {"text", "dialects"}:
                yield f"{node.module}: {names & {'text', 'dialects'}}"
        elif isinstance(node, ast.Attribute) and node.attr in _DRIVER:
            yield node.attr
        elif isinstance(node, ast.keyword) and (node.arg or "").startswith(("sqlite_", "postgresql_")):
            yield str(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _SPOKEN.search(node.value):
            yield node.value


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_outside_the_door_speaks_no_dialect(path: Path) -> None:
    assert list(spoken(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    ["import sqlite3", "from sqlalchemy.dialects.sqlite import insert", "from sqlalchemy import text",
     "c.exec_driver_sql(x)", "x = 'PRAGMA quick_check'", "x = f'search MATCH {y}'", "Index('a', sqlite_where=x)",
     "x = 'SELECT 1'", "import sqlalchemy.dialects.postgresql"],
)  # fmt: skip
def test_every_way_of_speaking_it_is_heard(source: str) -> None:
    assert list(spoken(source))


def test_the_door_is_where_it_is_spoken() -> None:
    heard = {path.name for path in (ROOT / DOOR).rglob("*.py") if list(spoken(path.read_text("utf-8")))}
    assert {"dialect.py", "copies.py", "obstacles.py", "table_anew.py", "word_index.py"} <= heard
