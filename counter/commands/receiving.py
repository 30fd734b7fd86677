"""What brings records in and tells where they stand."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from counter.command_home import CommandHome, json_option, not_blank, output_of
from counter.help import command


@command()
@click.argument("paths", metavar="[文件或文件夹]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@json_option
@click.pass_obj
def intake(home: CommandHome, paths: tuple[Path, ...], as_json: bool) -> None:
    """接收一遍：给出的文件、文件夹或压缩包；不给则接收投递文件夹。

    \b
    例：jishi intake 记录.xml 材料.zip
    """
    from counter.intake import once

    once(home.settings, paths, output_of(as_json))


@command()
@json_option
@click.pass_obj
def watch(home: CommandHome, as_json: bool) -> None:
    """看守投递文件夹，随到随收；SIGTERM或Ctrl-C时收完手上的再停。

    \b
    例：jishi --home 档案库 watch --json >> watch.log
    """
    # Until the watcher answers Ctrl-C itself, the system does: an exception could get lost in what is being imported.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from counter.intake import watch as keep_watch

    keep_watch(home.settings, output_of(as_json))


@command()
@click.argument("tokens", metavar="标记...", nargs=-1, required=True)
@click.option("--reason", metavar="理由", required=True, callback=not_blank, help="退回理由，写在退回单上。")
@json_option
@click.pass_obj
def reject(home: CommandHome, tokens: tuple[str, ...], reason: str, as_json: bool) -> None:
    """由人退回正在等待的记录；标记见 jishi status。

    \b
    例：jishi reject 0123abcd-000001 --reason 该批次已撤销
    """
    from counter.intake import reject_waiting

    reject_waiting(home.settings, tokens, reason, output_of(as_json))


@command()
@click.argument("batch", metavar="[批次]", required=False)
@json_option
@click.pass_obj
def status(home: CommandHome, batch: str | None, as_json: bool) -> None:
    """不带批次：各批次、等待的和尚未接收的；带批次：人员×步骤，缺什么、等什么。

    \b
    例：jishi status 511000-2026-P003
    """
    from counter.status import print_board, print_overview

    if batch:
        print_board(home.settings, home.register, batch, output_of(as_json))
    else:
        print_overview(home.settings, home.register, output_of(as_json))


@command()
@click.argument("record", metavar="记录编号或XML文件")
@click.option(
    "-o", "--out", metavar="文件", type=click.Path(path_type=Path), required=True, help=".pdf 或 .docx 文件。"
)
@click.pass_obj
def render(home: CommandHome, record: str, out: Path) -> None:
    """把记录印成PDF或Word：已收的写记录编号；还没有签名的写它的XML文件，印出待签稿。

    \b
    例：jishi render 记录编号 -o 表决结果.pdf
        jishi render 表决结果.xml -o 表决结果-待签.docx
    """
    from counter.rendering import render as print_record

    print_record(home.folder, record, out, output_of(False))


COMMANDS = (watch, intake, status, reject, render)
