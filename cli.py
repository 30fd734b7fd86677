"""The counter: every command of `jishi`, told by who needs it; every failure becomes one message in Chinese."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from counter.command_home import CommandHome
from counter.commands import accepting, entering, finding, preparing, receiving
from counter.help import Trades
from jishi import PRIVATE_UMASK, __version__


@click.group(cls=Trades, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="纪实", message="%(prog)s %(version)s")
@click.option(
    "--home",
    metavar="文件夹",
    type=click.Path(path_type=Path, readable=False),
    default=Path(),
    envvar="JISHI_HOME",
    show_default="当前文件夹",
    help="档案库所在文件夹（也可用环境变量 JISHI_HOME）。",
)
@click.pass_context
def jishi(context: click.Context, home: Path) -> None:
    """纪实：干部选拔任用工作全程纪实与归档。

    \b
    常用：
      jishi init 档案库                         建一个档案库
      jishi --home 档案库 watch                 自动接收投递文件夹中的记录
      jishi --home 档案库 status                看每个人缺哪一步
      jishi --home 档案库 check 511000-2026-P003
      jishi --home 档案库 file 511000-2026-P003 --filer 程舟 --acceptor 冯越
      jishi --home 档案库 find 顾问㛃
      jishi --home 档案库 get J012-WS·XR·GR·2026·Y-0001-003 -o 件.pdf
    """
    context.obj = CommandHome(home)


jishi.add_trade("准备", preparing.COMMANDS)
jishi.add_trade("录入", entering.COMMANDS)
jishi.add_trade("接收", receiving.COMMANDS)
jishi.add_trade("验收、立卷、保管", accepting.COMMANDS)
jishi.add_trade("查档、倒查", finding.COMMANDS)


def main() -> None:
    """Run the command line; every failure becomes one Chinese message and a documented exit code."""
    from counter.streams import let_go, made_safe

    os.umask(PRIVATE_UMASK)
    made_safe()
    code = _run()
    let_go()
    sys.exit(code)


def _run() -> int:
    try:
        jishi(prog_name="jishi", standalone_mode=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except Exception as error:
        from counter.failing import code_of

        return code_of(error)
    return 0


if __name__ == "__main__":
    main()
