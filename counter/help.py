"""Help in Chinese: click knows what there is to say, the words and the widths are ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from unicodedata import east_asian_width

import click

_HEADINGS = {"Options": "选项", "Commands": "命令"}
_WORDS = (
    (re.compile(r"Show this message and exit\."), "显示这份说明。"),
    (re.compile(r"Show the version and exit\."), "显示版本。"),
    (re.compile(r"  \[(?:[^\];]*; )?required\]"), "必填。"),
    (re.compile(r"  \[default: \(?([^;)\]]*)\)?(?:; [^\]]*)?\]"), r"不写则为\1。"),
    (re.compile(r"  \[x[<>][^\]]*\]"), ""),
)
_PIECES = re.compile(r"[!-~]+|\s+|.[，。；：、！？）」”]*")
"""What a line is not broken inside of: a Latin word, or a character with the punctuation that closes it."""


class Formatter(click.HelpFormatter):
    """Lays help out by the width its characters take on the screen; click counts an ideograph as one column."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how a command is typed."""
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs; one that begins with a backspace mark keeps its lines."""
        paragraphs = (_lines(part, self.width - self.current_indent) for part in text.split("\n\n"))
        self.write("\n".join("".join(f"{'':{self.current_indent}}{line}\n" for line in part) for part in paragraphs))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what is said of them in two columns."""
        told = [(term, _worded(text)) for term, text in rows]
        first = self.current_indent + min(max(_cells(term) for term, _ in told), col_max) + col_spacing
        for term, text in told:
            lead = f"{'':{self.current_indent}}{term}"
            lead += " " * max(first - _cells(lead), 1)
            self.write(lead + f"\n{'':{first}}".join(_wrapped(text, self.width - first)) + "\n")


class Context(click.Context):
    """Writes its help with our formatter."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help is Chinese."""

    context_class = Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})


class Group(click.Group):
    """A group whose help is Chinese."""

    context_class = Context
    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]...", **kwargs})


class Trades(Group):
    """The whole of the commands, told by who needs them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._trades: dict[str, Sequence[click.Command]] = {}

    def add_trade(self, title: str, commands: Sequence[click.Command]) -> None:
        """Add what one trade needs, in the order it needs it."""
        self._trades[title] = commands
        for one in commands:
            self.add_command(one)

    def invoke(self, context: click.Context) -> Any:
        """Run a command; what click would end without a word, or as Ctrl-C, is told.

        Raises:
            WorkerLost: a process that worked for this one is gone.
        """
        try:
            return super().invoke(context)
        except (BrokenPipeError, EOFError) as error:
            from jishi.errors import WorkerLost

            raise WorkerLost("与工作进程的连接断了，它可能被系统中止；没有做完的都在，请再运行一次") from error

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by trade, in one width throughout."""
        widest = max(map(len, self.commands))
        for title, commands in self._trades.items():
            with formatter.section(title):
                formatter.write_dl([(f"{one.name:{widest}}", one.get_short_help_str(200)) for one in commands])


def command(name: str | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command; without a name it has the function's."""
    return click.command(name, cls=Command)


def _worded(text: str) -> str:
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return text


def _lines(paragraph: str, width: int) -> list[str]:
    mark, _, kept = paragraph.partition("\b\n")
    return mark.splitlines() + kept.splitlines() if kept else list(_wrapped("".join(paragraph.splitlines()), width))


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text that take no more than so many columns."""
    line = ""
    for piece in _PIECES.findall(text):
        if line and _cells(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    yield line


def _cells(text: str) -> int:
    """Return how many columns a text takes on the screen."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
