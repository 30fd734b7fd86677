"""House rules that nothing else would notice being broken."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click import Command

from jishi import errors
from jishi.errors import ExitCode, JishiError
from jishi.procedure import procedure
from jishi.record_types import record_type, role_labels, type_ids
from jishi.volume_kinds import CLASS_MARK, volume_kinds
from tests.command_line import every_command

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOT_ROOMS = {"tests", "docs", "benchmarks", "proofs", "scripts", "demo", "build", "dist"}


def test_the_process_counts_six_thirtysix_fortyfour_nine_sixtyone() -> None:
    found = procedure()
    assert len(found.stages) == 6
    assert len(list(found.items())) == 36
    assert len(found.steps) == 44
    assert len([step for step in found.steps if step.startswith("S1-")]) == 9
    assert len(found.requirements) == 61
    assert sorted(found.requirements) == [f"R{number:02d}" for number in range(1, 62)]


def test_every_step_and_supplement_has_its_own_record_type_and_every_signer_a_label() -> None:
    assert set(type_ids()) == set(procedure().all_types)
    for step in procedure().all_types.values():
        assert record_type(step.id).name
        assert step.roles <= set(role_labels())


def test_every_field_of_every_type_has_a_chinese_label() -> None:
    for type_id in type_ids():
        for label in record_type(type_id).labels().values():
            assert re.search(r"[\u4e00-\u9fff]", label), (type_id, label)


@pytest.mark.parametrize(("name", "command"), every_command().items())
def test_every_command_has_chinese_help_and_its_options_too(name: str, command: Command) -> None:
    assert re.search(r"[\u4e00-\u9fff]", command.help or ""), name
    for option in command.params:
        if option.param_type_name == "option" and option.name != "help":
            assert re.search(r"[\u4e00-\u9fff]", getattr(option, "help", "") or ""), (name, option.name)


def test_every_exit_code_is_documented_and_no_two_failures_share_one() -> None:
    for code in ExitCode:
        assert re.search(rf"(?<!\d){int(code)}(?!\d)", README.split("Exit codes:")[1].split("## ")[0]), code
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, JishiError)]
    direct = [cls.exit_code for cls in classes if cls.__base__ is JishiError]
    assert len(direct) == len(set(direct))


def test_help_starts_without_the_heavy_parts() -> None:
    script = "import sys; sys.argv=['jishi','--help']\ntry:\n import cli; cli.main()\nexcept SystemExit: pass\n"
    heavy = ("lxml", "docx", "pypdf", "typst", "sqlalchemy", "rich", "watchdog", "fontTools")
    script += f"print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert out.strip().endswith("[]")


def test_every_room_is_packed_typed_and_layered() -> None:
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rooms = {line.split("/")[0] for line in tracked.splitlines() if "/" in line} - NOT_ROOMS
    packed = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]) - {"cli.py"}
    assert packed == rooms
    data_rooms = {"schemas", "templates"}
    assert rooms - data_rooms <= set(PROJECT["tool"]["mypy"]["files"])
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == rooms - data_rooms


def test_only_one_place_renames_over_and_syncs() -> None:
    offenders = []
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in {".venv", "tests", "benchmarks", "proofs", "scripts"} or parts == ("jishi", "durable.py"):
            continue
        if re.search(r"os\.(replace|rename|fsync)\(|\.rename\(|\.replace\(Path", path.read_text("utf-8")):
            offenders.append("/".join(parts))
    assert offenders == []


def spoken_constants(path: Path) -> list[str]:
    """Return the strings of a module that say something to the program, pieces of f-strings too; no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose)
    return [node.value for node in strings if isinstance(node.value, str)]


def said_in(path: Path) -> list[str]:
    """Return what a module says to the program; of anything else all of it."""
    return spoken_constants(path) if path.suffix == ".py" else [path.read_text("utf-8")]


def kinds_named(said: list[str]) -> set[str]:
    """Return the codes of kinds of volume, and of the classes above them, that stand as a word of their own."""
    codes = {part for kind in volume_kinds().values() for part in kind.class_code.split(CLASS_MARK)}
    return codes & {word for text in said for word in re.findall(r"(?<![A-Za-z0-9])[A-Z]{2,4}(?![A-Za-z0-9])", text)}


def test_no_kind_of_volume_is_named_outside_the_data() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.typ"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    own = re.compile(rf"(tests|rehearsal|schemas)/|templates/({'|'.join(type_ids())})/")
    named = {path: found for path in listed if not own.match(path) and (found := kinds_named(said_in(ROOT / path)))}
    assert named == {}


def test_the_search_for_kinds_sees_constants_and_pieces_of_f_strings_but_no_docstring(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text(
        '"""About GR."""\nKIND = "ZH"\n\ndef of(year):\n    "Of PD."\n    return f"WS·PJ·{year}"\n', "utf-8"
    )
    assert kinds_named(spoken_constants(code)) == {"ZH", "WS", "PJ"}


def test_decisions_are_numbered_without_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
