"""What the documents name exists, and what exists to be named is named."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import Counter
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from click import Group

from jishi.settings import Settings
from tests.command_line import every_command

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("jishi", "press", "archive", "pipeline", "counter")
MANUAL = sorted((ROOT / "docs" / "手册").glob("*.md"))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / "docs" / name for name in ("ARCHITECTURE.md", "GLOSSARY.md")),
    *MANUAL, *DECISIONS,
]  # fmt: skip
CODES = ROOT / "docs" / "手册" / "10-代码表.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
_CODE = re.compile(r"(?:[ADFNPXZ]-[A-Z]+|G\d\d\.[a-z]+|YJ-(?:[A-Z]+-)?\d\d)")
_NAMED_CODE = re.compile(rf"(?<![\w-]){_CODE.pattern}(?![\w-])")
"""A finding's code, as it stands in a text."""


@cache
def text(page: Path) -> str:
    return page.read_text("utf-8")


@cache
def tracked() -> frozenset[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return frozenset(listing.split("\0")) - {""}


def cited(page: Path) -> list[str]:
    """Return what a page sets in backticks, fenced blocks aside."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text(page), flags=re.S))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def names_in(file: Path) -> set[str]:
    """Return the classes and functions of a module, methods as Class.method, and its constants."""
    found: set[str] = set()
    for node in tree(file).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


# Paths, names, commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_a_page_names_exists(page: Path) -> None:
    tops = {name.split("/")[0] for name in tracked()}
    named = {re.split(r"[<*: ]", token)[0] for token in cited(page)}
    missing = []
    for path in named:
        # What follows a bracket or star is the reader's to name; the folder before it must be there.
        known = path.rpartition("/")[0] if f"`{path}<" in text(page) or f"`{path}*" in text(page) else path
        if path.split("/")[0] in tops and ("/" in path or "." in path) and not (ROOT / known).exists():
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_function_and_class_a_page_names_in_a_module_is_there(page: Path) -> None:
    named = [token.split(":") for token in cited(page) if re.fullmatch(r"[\w/]+\.py:[\w.]+", token)]
    assert [f"{file}:{name}" for file, name in named if name not in names_in(ROOT / file)] == []


def test_every_word_of_the_glossary_has_its_class_in_its_file() -> None:
    page = text(ROOT / "docs" / "GLOSSARY.md")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (\S+) \| `(\S+)` \|$", page, re.M)
    assert len(rows) == len(re.findall(r"^\| (?!Chinese|Word|---)", page, re.M)) > 100
    wrong = [
        row for *row, name, file in rows if name != "—" and name.strip("`") not in names_in(ROOT / file)
    ]  # fmt: skip
    assert wrong == []
    assert [word for word, count in Counter(row[0] for row in rows).items() if count > 1] == []


def test_every_chinese_word_of_the_glossary_is_one_that_users_meet() -> None:
    page = text(ROOT / "docs" / "GLOSSARY.md").split("## The code")[0]
    sources = [ROOT / name for name in tracked() if name.split("/")[0] in (*ROOMS, "schemas", "templates")]
    met = "\n".join(
        text(path) for path in [*MANUAL, ROOT / "README.md", *sources] if path.suffix not in (".docx", ".pdf")
    )
    words = [word for row in re.findall(r"^\| ([\u4e00-\u9fff、]+) \|", page, re.M) for word in row.split("、")]
    assert [word for word in words if word not in met] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_a_page_names_exists(page: Path) -> None:
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text(page), re.S) for line in block.splitlines()]
    for said in (*cited(page), *lines):
        if found := re.match(r"\s*jishi(?: --home \S+)? ([a-z]+)(?: ([a-z]+)\b)?([^|&#]*)", said):
            command = every_command()[f"jishi {found[1]}"]
            if isinstance(command, Group):
                command = every_command()[f"jishi {found[1]} {found[2] or 'list'}"]
            options = {name for option in command.params for name in option.opts}
            assert set(re.findall(r"--[a-z-]+", found[3])) <= options, said


@pytest.mark.parametrize("page", MANUAL, ids=lambda page: page.name)
def test_every_option_the_manual_names_by_itself_exists(page: Path) -> None:
    known = {name for command in every_command().values() for option in command.params for name in option.opts}
    assert {said for said in cited(page) if re.fullmatch(r"--[a-z-]+", said)} <= {*known, "--home"}


@pytest.mark.parametrize("name", every_command())
def test_every_command_stands_in_readme_and_manual(name: str) -> None:
    manual = re.sub(r" --home \S+", "", "\n".join(map(text, MANUAL)))
    assert name in text(ROOT / "README.md")
    assert name in manual


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_and_proof_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)(?=`|\s+#)", text(page))) <= targets
    for name in re.findall(r"python -m (?:proofs|rehearsal)\.\w+", text(page)):
        assert (ROOT / f"{name.split()[-1].replace('.', '/')}.py").exists(), name


# Rooms


def _layers(room: str) -> list[set[str]]:
    for contract in PROJECT["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [room]:
            return [set(re.split(r"\s*\|\s*", layer)) for layer in contract["layers"]]
    raise AssertionError(room)


@pytest.mark.parametrize("room", ["pipeline", "archive"])
def test_the_picture_of_a_room_is_its_contract(room: str) -> None:
    drawing = text(ROOT / "docs" / "ARCHITECTURE.md").split("```")[1].splitlines()
    start = next(place for place, line in enumerate(drawing) if line.strip().startswith(f"{room}/ "))
    left, right = drawing[start].index("┌"), drawing[start].index("┐")
    rows = []
    for line in drawing[start + 1 :]:
        if line[left] == "└":
            break
        rows.append({word.strip() for word in line[left + 1 : right].split("│")})
    assert rows == _layers(room)


def test_every_room_and_every_room_within_it_is_explained() -> None:
    page = text(ROOT / "docs" / "ARCHITECTURE.md")
    explained = page.split("## Why each room exists")[1].split("## ")[0]
    packages = {name.removesuffix("__init__.py") for name in tracked() if name.endswith("/__init__.py")}
    rooms = {name for name in packages if name.split("/")[0] in (*ROOMS, "rehearsal", "schemas", "templates")}
    with_layers = {"pipeline/", "archive/"}
    assert {name for name in rooms - with_layers if f"`{name}`" not in explained} == set()


def test_every_folder_at_the_top_is_named_where_things_are() -> None:
    told = text(ROOT / "README.md").split("## Where things are")[1].split("\n## ")[0]
    folders = {name.split("/")[0] for name in tracked() if "/" in name and not name.startswith(".")}
    assert {name for name in folders - {"tests", "scripts"} if f"`{name}/" not in told} == set()


def test_rooms_import_downwards_in_the_order_the_way_in_gives() -> None:
    order = next(one["layers"] for one in PROJECT["tool"]["importlinter"]["contracts"] if "containers" not in one)
    assert f"Rooms import downwards only: {', '.join(order)}." in text(ROOT / "CONTRIBUTING.md")


def test_ten_changes_are_told_each_with_the_test_that_guards_it() -> None:
    table = text(ROOT / "CONTRIBUTING.md").split("## Ten changes")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?!Change|---)(.+) \| (.+) \| (.+) \|$", table, re.M)
    assert len(rows) == 10
    assert [change for change, _, guard in rows if "`tests/" not in guard] == []


def test_every_decision_is_linked_from_the_picture() -> None:
    page = text(ROOT / "docs" / "ARCHITECTURE.md")
    assert [path.name for path in DECISIONS if f"(decisions/{path.name})" not in page] == []


def test_no_class_of_the_product_has_the_name_of_another() -> None:
    files = [ROOT / name for name in tracked() if name.endswith(".py") and name.split("/")[0] in ROOMS]
    places = Counter(
        node.name for file in files for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef)
    )  # fmt: skip
    assert [name for name, count in places.items() if count > 1] == []


# Settings


def test_the_manual_tells_every_setting_as_a_new_home_does() -> None:
    told = re.findall(r"^\| `\[(\w+)\] (\w+)` \| (.+) \| (.+) \|$", "\n".join(map(text, MANUAL)), re.M)
    file, section, written = ROOT / "templates" / "home" / "jishi.toml", "", []
    for line in text(file).splitlines():
        if found := re.match(r"\[(\w+)\]", line):
            section = found[1]
        elif found := re.match(r"(\w+) = (.+?) +# (.+)$", line):
            written.append((section, found[1], found[2].strip('"') or "空", found[3]))
    assert told == written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_a_page_names_exists(page: Path) -> None:
    settings = Settings(ROOT)
    for section, key in re.findall(r"\[(unit|intake|rules|numbers|press|access)\] ([a-z_]+)", text(page)):
        assert key in {field.name for field in fields(getattr(settings, section))}, (section, key)


# Codes


@cache
def codes_told() -> frozenset[str]:
    """Return every finding code that stands as a literal in the product."""
    found = set()
    for name in tracked():
        if name.endswith(".py") and name.split("/")[0] in ROOMS:
            found |= {
                node.value
                for node in ast.walk(tree(ROOT / name))
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value)
            }  # fmt: skip
    return frozenset(found - {"A-Z"})


@cache
def codes_of_data() -> frozenset[str]:
    """Return the codes of clocks, and of rules that look like ours."""
    files = [
        name for name in tracked() if name.startswith(("schemas/appointment/rules/", "schemas/appointment/alerts/"))
    ]
    ids = {found.split(".")[0] for name in files for found in re.findall(r' id="([\w.-]+)"', text(ROOT / name))}
    return frozenset(code for code in ids if _CODE.fullmatch(code))


def test_every_code_is_told_on_the_page_of_codes_once_and_none_that_is_not_there() -> None:
    page = text(CODES)
    rows = re.findall(rf"^\| `({_CODE.pattern})` \|", page, re.M)
    listed = [code for line in page.splitlines() if line.startswith("`") for code in re.findall(r"`([^`]+)`", line)]
    assert sorted([*rows, *(code for code in listed if _CODE.fullmatch(code) and code not in rows)]) == sorted(
        codes_told() | codes_of_data()
    )


@pytest.mark.parametrize(("page", "start"), [("09-核对.md", "A-"), ("04-预警.md", "YJ-")])
def test_codes_with_a_page_of_their_own_are_defined_there(page: str, start: str) -> None:
    defined = re.findall(rf"^\| `?({_CODE.pattern})`? \|", text(ROOT / "docs" / "手册" / page), re.M)
    assert sorted(defined) == sorted(code for code in codes_told() | codes_of_data() if code.startswith(start))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_code_a_page_names_exists(page: Path) -> None:
    rules = {
        found
        for name in tracked()
        if name.endswith(".sch")
        for found in re.findall(r' id="([\w.-]+)"', text(ROOT / name))
    }
    named = set(_NAMED_CODE.findall(text(page)))
    assert named - codes_told() - codes_of_data() - rules == set()
