"""What stopped a command, told in Chinese, and the exit code that says so to programs."""

from __future__ import annotations

import sys
import tempfile
import traceback

import click

from counter.streams import ReaderLeft
from counter.usage import told
from jishi import __version__
from jishi.errors import TRANSIENT, ExitCode, JishiError, TryLater, reason_of


def code_of(error: Exception) -> int:
    """Tell what stopped a command and return its exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            error.show()
            return ExitCode.USAGE
        case click.UsageError():
            _say(told(error))
            return ExitCode.USAGE
        case click.exceptions.Abort():
            _say("已中断；状态完好，可再次运行。")
            return ExitCode.INTERRUPTED
        case JishiError():
            _tell(error)
            return error.exit_code
        case ReaderLeft():
            return ExitCode.OK
        case OSError():
            return _refused_by_system(error)
        case UnicodeEncodeError() if any("\udc80" <= letter <= "\udcff" for letter in "".join(sys.argv)):
            _say("错误：命令行里有不成文字的字符；请用UTF-8编码的终端重新输入")
            return ExitCode.USAGE
    _confess()
    return ExitCode.BUG


def _refused_by_system(error: OSError) -> int:
    """Tell what the system would not do; what may pass may be tried again."""
    path = f"{error.filename}：" if error.filename else "输出："
    _say(f"错误：{path}{reason_of(error)}")
    return TryLater.exit_code if error.errno in TRANSIENT else ExitCode.USAGE


def _confess() -> None:
    """Keep what a programmer needs in a file, and tell the person only what helps a person."""
    with tempfile.NamedTemporaryFile("w", prefix="jishi-", suffix=".txt", delete=False, encoding="utf-8",
                                     errors="backslashreplace") as log:  # fmt: skip
        log.write(f"jishi {__version__} {sys.argv[1:]}\n{traceback.format_exc()}")
    _say(f"错误：程序出了意料之外的错，这是程序的问题；详情在 {log.name}，请交给系统管理员。")


def _tell(error: JishiError) -> None:
    if "--json" in sys.argv and not error.told:
        from counter.output import Output

        Output(True).value({"error": type(error).__name__, "message": error.message, "findings": error.findings})
    _say(f"错误：{error.message}")
    for one in () if error.told else error.findings:
        _say(f"　{one}")


def _say(words: str) -> None:
    click.echo(words, err=True)
