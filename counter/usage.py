"""What was typed wrong, told in Chinese: click knows what it is, we find the words."""

from __future__ import annotations

import re

import click
from click.exceptions import NoSuchCommand

_VALUES = (
    (re.compile(r"'(.*)' is not a valid (?:integer|float)( range)?\."), "“{0}”不是数"),
    (re.compile(r"(.*) is not in the range (.*)\."), "{0}不在允许的范围内（{1}）"),
    (re.compile(r"'(.*)' is not one of (.*)\."), "“{0}”不在可选的值之中：{1}"),
    (re.compile(r"'(.*)' does not match the formats? .*"), "“{0}”不是日期，应如2026-03-18"),
    (re.compile(r"\w+ '(.*)' does not exist\."), "“{0}”不存在"),
    (re.compile(r"Got unexpected extra arguments? \((.*)\)"), "多出了“{0}”"),
    (re.compile(r"Option '(.*)' requires (?:an argument|\d+ arguments)\."), "选项{0}后面要写值"),
    (re.compile(r"Option '(.*)' does not take a value\."), "选项{0}后面不写值"),
)


def told(error: click.UsageError) -> str:
    """Return what is wrong with a command line and where to look, as two lines."""
    path = error.ctx.command_path if error.ctx else "jishi"
    return f"错误：{_fault(error)}\n用法见 {path} --help"


def _fault(error: click.UsageError) -> str:
    match error:
        case click.MissingParameter():
            kind = "选项" if error.param_type == "option" or isinstance(error.param, click.Option) else "参数"
            return f"缺少{kind} {_name(error)}"
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}{_alike(error.possibilities)}"
        case NoSuchCommand():
            return f"没有命令 {error.command_name}{_alike(error.possibilities)}"
        case click.BadParameter():
            return f"{_name(error)}：{_worded(error.message)}"
        case _:
            return _worded(error.message)


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    return error.param.opts[-1] if isinstance(error.param, click.Option) else error.param.make_metavar(_context(error))


def _context(error: click.UsageError) -> click.Context:
    return error.ctx or click.Context(click.Command("jishi"))


def _alike(names: object) -> str:
    return f"，是不是 {'、'.join(names)}" if isinstance(names, (list, tuple)) and names else ""


def _worded(message: str) -> str:
    """Return one of click's own messages in Chinese; ours are Chinese already."""
    for pattern, words in _VALUES:
        if found := pattern.fullmatch(message):
            return words.format(*found.groups())
    return message
