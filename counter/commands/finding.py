"""What inspectors need: find, look, take out, trace back."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from counter.command_home import DAY, CommandHome, json_option, output_of
from counter.help import command

_LONGEST = 500


@command()
@click.argument("words", metavar="[字词]...", nargs=-1)
@click.option("--person", metavar="人", default="", help="姓名、纪实编号或人员编号（全名）。")
@click.option("--batch", metavar="批次", default="", help="批次编号。")
@click.option("--step", metavar="步骤", default="", help="步骤代码，见 jishi catalogue。")
@click.option("--post", metavar="字样", default="", help="职务中的字样。")
@click.option("--since", metavar="日期", type=DAY, help="自某日起，如 2026-03-01。")
@click.option("--until", metavar="日期", type=DAY, help="至某日止。")
@click.option(
    "--limit", metavar="条数", type=click.IntRange(1, 100_000), default=200, show_default=True, help="最多几条。"
)
@json_option
@click.pass_obj
def find(home: CommandHome, words: tuple[str, ...], person: str, batch: str, step: str, post: str,
         since: datetime | None, until: datetime | None, limit: int, as_json: bool) -> None:  # fmt: skip
    """查找：档号（任何标点、全半角）、姓名、批次、步骤、职务、日期、文中字词。

    \b
    例：jishi find 顾问㛃
        jishi find j012-ws.xr.gr.2026.y-1-3
        jishi find 公示 --since 2026-03-01 --until 2026-03-31
    """
    from archive.reading.retrieve import Search
    from counter import reading

    if len(" ".join(words)) > _LONGEST:
        raise click.UsageError(f"要查的字词太长，最多{_LONGEST}字")
    if since and until and since > until:
        raise click.UsageError("--since 晚于 --until，其间没有一天；请核对两个日期")
    days = [day.date().isoformat() if day else "" for day in (since, until)]
    asked = Search(" ".join(words), person, batch, step, post, *days)
    reading.find(home.settings, home.register, asked, limit, output_of(as_json))


@command()
@click.argument("number", metavar="档号或记录编号")
@json_option
@click.pass_obj
def show(home: CommandHome, number: str, as_json: bool) -> None:
    """说明一个档号或记录编号：是什么、谁签的名、在哪几页、校验码；收取时补全过的，补了什么、原件在哪里。

    \b
    例：jishi show J012-WS·XR·GR·2026·Y-0001
        jishi show J012-WS·XR·GR·2026·Y-0001-003
        jishi show 记录编号
    """
    from counter import reading

    reading.show(home.settings, home.register, number, output_of(as_json))


@command()
@click.argument("number", metavar="档号")
@click.option(
    "-o", "--out", metavar="文件", type=click.Path(path_type=Path), help="存为哪个文件；不给或“-”则写到标准输出。"
)
@json_option
@click.pass_obj
def get(home: CommandHome, number: str, out: Path | None, as_json: bool) -> None:
    """取出一卷、一件或若干页，存成一个PDF；取前核对校验码。

    \b
    例：jishi get J012-WS·XR·GR·2026·Y-0001 -o 卷.pdf
        jishi get J012-WS·XR·GR·2026·Y-0001-003 -o 件.pdf
        jishi get "J012-WS·XR·GR·2026·Y-0001#12-14" -o 页.pdf
    """
    from counter import reading

    if out is None or str(out) == "-":
        if as_json:
            raise click.UsageError("--json 把说明写到标准输出，PDF须用 -o 另存为文件")
        if sys.stdout.isatty():
            raise click.UsageError("PDF不能显示在终端上，请用 -o 存为文件")
    reading.get(home.settings, home.register, number, out, output_of(as_json))


@command()
@click.argument("asked", metavar="人或档号")
@click.option("--docx", metavar="文件", type=click.Path(path_type=Path), help="倒查报告存为Word文件。")
@click.option("--pdf", metavar="文件", type=click.Path(path_type=Path), help="倒查报告存为PDF文件。")
@json_option
@click.pass_obj
def trace(home: CommandHome, asked: str, docx: Path | None, pdf: Path | None, as_json: bool) -> None:
    """倒查：从一项决定追到每一步的日期、责任人、签名、记录和卷页。

    \b
    例：jishi trace 顾问㛃 --pdf 倒查报告.pdf
        jishi trace J012-WS·XR·GR·2026·Y-0001
    """
    from counter.tracing import print_trace

    outs = tuple(out for out in (docx, pdf) if out)
    print_trace(home.settings, home.register, asked, outs, output_of(as_json))


COMMANDS = (find, show, get, trace)
