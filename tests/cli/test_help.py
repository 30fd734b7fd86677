"""Help: every command tells itself in Chinese, with an example, in the columns of the screen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from cli import jishi

_SCREEN = 80


def commands(group: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    """Yield how every command is called."""
    for name, command in group.commands.items():
        yield *words, name
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)


def help_of(*words: str) -> str:
    return CliRunner(env={"COLUMNS": str(_SCREEN)}).invoke(jishi, [*words, "--help"]).output


def cells(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


@pytest.mark.parametrize("words", [(), *commands(jishi)], ids=" ".join)
def test_a_command_tells_itself_in_chinese_with_an_example(words: tuple[str, ...]) -> None:
    told = help_of(*words)
    assert told.startswith(f"用法：{' '.join(('jishi', *words))} [选项]")
    assert re.search("例：jishi|常用：", told)
    assert not re.search(r"Usage|Options|Commands|Show |required|default|TEXT|PATH|INTEGER|[A-Z]{5,}\b(?!_)|%Y", told)


@pytest.mark.parametrize("words", [(), *commands(jishi)], ids=" ".join)
def test_what_is_said_of_options_and_commands_stays_in_one_column(words: tuple[str, ...]) -> None:
    sections = re.split(r"^\S+：\n", help_of(*words), flags=re.MULTILINE)[1:]
    for section in sections:
        starts = {cells(line[: len(line) - len(line.lstrip())]) for line in section.splitlines() if line}
        terms = [line for line in section.splitlines() if re.match(r"  \S", line)]
        begun = {cells(found[0]) for line in terms if (found := re.match(r"  \S+(?: \S+){0,2} {2,}", line))}
        assert len(begun) == 1
        assert starts <= begun | {2}
        assert all(cells(line) <= _SCREEN for line in section.splitlines())


def test_every_command_belongs_to_a_trade() -> None:
    told = help_of()
    assert all(re.search(rf"^  {name} +\S", told, re.MULTILINE) for name in jishi.commands)
    assert re.findall(r"^(\S+)：$", told, re.MULTILINE) == [
        "选项", "准备", "录入", "接收", "验收、立卷、保管", "查档、倒查",
    ]  # fmt: skip
