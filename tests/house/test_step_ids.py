"""What a step does stands in the procedure: code names no step by its id. Of kinds of volume test_house.py asks it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from jishi.procedure import procedures

ROOT = Path(__file__).resolve().parents[2]
STEP_IDS = frozenset(step for one in procedures().values() for step in one.all_types)
MAY_NAME_THEM = {"rehearsal", "schemas", "tests"}
"""A made-up story, the data itself, and what is asked of them."""
_SHAPE = re.compile(r"S(?:\\d|\[\d-\d\])(?:\{\d\})?-")
"""A pattern in code that step ids are read by."""


def named_in(text: str, codes: Iterable[str]) -> list[str]:
    """Return the codes a text holds as words of their own."""
    return [code for code in sorted(codes) if re.search(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])", text)]


def constants(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every string a Python source holds, the fixed parts of f-strings and bytes too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node.lineno, node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def tracked(pattern: str) -> list[Path]:
    """Return the product's files of a kind outside the rooms that may name steps."""
    listed = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in listed.splitlines() if line.split("/")[0] not in MAY_NAME_THEM]


def test_no_python_names_a_step() -> None:
    found = [
        f"{path}:{line} {', '.join(names) or text}"
        for path in tracked("*.py")
        for line, text in constants((ROOT / path).read_text("utf-8"))
        if (names := named_in(text, STEP_IDS)) or _SHAPE.search(text)
    ]
    assert found == []


def test_no_typst_names_a_step_outside_the_step_s_own_folder() -> None:
    found = [
        f"{path} {', '.join(names)}"
        for path in tracked("*.typ")
        if path.parts[1] not in STEP_IDS and (names := named_in((ROOT / path).read_text("utf-8"), STEP_IDS))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "STEP = 'S5-02'",
        "f'{batch}/S5-02/{place}'",
        "b'stepId=\"S1-01\"'",
        '"""Return the NA record."""',
        "x = {'EX': 1}",
    ],
)
def test_a_step_s_code_is_seen_wherever_a_constant_hides_it(source: str) -> None:
    assert any(named_in(text, STEP_IDS) for _, text in constants(source))


@pytest.mark.parametrize("source", ["x = 'NATO'", "x = 'EXIF'", "x = 'S5-021'", "# S5-02\nx = 1", "x = f'{step}-01'"])
def test_what_is_no_step_s_code_is_left_alone(source: str) -> None:
    assert not any(named_in(text, STEP_IDS) for _, text in constants(source))
