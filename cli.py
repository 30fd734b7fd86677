"""The counter: every command of `jishi`, each a line or two of work. Heavy imports wait until a command needs them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jishi import __version__

if TYPE_CHECKING:
    from archive.catalogue import Catalogue
    from counter.teller import Teller
    from jishi.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_day = click.DateTime(["%Y-%m-%d"])
_json = click.option("--json", "as_json", is_flag=True, help="数据以JSON输出到标准输出。")


def _worded(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("不能是空白")
    return value.strip()


def _batch_id(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"\d{6}-20\d{2}-P\d{3}", value):
        raise click.BadParameter("批次编号应如 511000-2026-P003（六位区划-年-P三位序号）")
    return value


class Desk:
    """What a command works with: the home asked for, opened when first needed."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def settings(self) -> Settings:
        """The home's settings."""
        from jishi.settings import load

        return load(self.home)

    @property
    def catalogue(self) -> Catalogue:
        """The home's catalogue."""
        from archive.catalogue import Catalogue

        return Catalogue(self.settings.catalogue_file)


def teller(as_json: bool) -> Teller:
    """Return the one that speaks for a command."""
    from counter.teller import Teller

    return Teller(as_json)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="jishi")
@click.option("--home", type=click.Path(path_type=Path), default=Path(), envvar="JISHI_HOME", show_default="当前文件夹",
              help="档案库所在文件夹（也可用环境变量 JISHI_HOME）。")  # fmt: skip
@click.pass_context
def jishi(context: click.Context, home: Path) -> None:
    """纪实：干部选拔任用工作全程纪实与归档。

    \b
    常用：
      jishi init 档案库                         建一个档案库
      jishi --home 档案库 watch                 自动接收投递文件夹中的记录
      jishi --home 档案库 status                看每个人缺哪一步
      jishi --home 档案库 check 511000-2026-P003
      jishi --home 档案库 file 511000-2026-P003 --filer 立卷人 --acceptor 验收人
      jishi --home 档案库 find 顾问㛃
      jishi --home 档案库 get J012-WS·XR·GR·2026·Y-0001-003 -o 件.pdf
    """
    context.obj = Desk(home)


@jishi.command()
@click.argument("home", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def init(desk: Desk, home: Path | None) -> None:
    """建立档案库：文件夹、设置文件、目录库、书架。已有的不改动。

    \b
    例：jishi init 档案库
    """
    from archive.home import make_home

    settings = make_home(home or desk.home)
    teller(False).say(
        f"档案库已建好：{settings.home}；投递文件夹：{settings.drop}。下一步：jishi --home {settings.home} watch"
    )


@jishi.command("settings")
@_json
@click.pass_obj
def show_settings(desk: Desk, as_json: bool) -> None:
    """显示生效的设置，每一项来自哪里。"""
    from counter.about import print_settings

    print_settings(desk.home, teller(as_json))


@jishi.command()
@click.option("--docx", type=click.Path(path_type=Path), help="另存为Word文件。")
@click.option("--pdf", type=click.Path(path_type=Path), help="另存为PDF文件。")
@_json
@click.pass_obj
def catalogue(desk: Desk, docx: Path | None, pdf: Path | None, as_json: bool) -> None:
    """打印操作流程表：6个环节、36项、44步、61条要求。

    \b
    例：jishi catalogue
        jishi catalogue --pdf 操作流程表.pdf --docx 操作流程表.docx
    """
    from counter.about import print_catalogue

    print_catalogue(desk.home, docx, pdf, teller(as_json))


@jishi.command()
@click.argument("step")
def blank(step: str) -> None:
    """写出某一步的空白记录，逐项注明中文标签、类型和可选值，填好即可投递。

    \b
    例：jishi blank S2-04 > 会议推荐.xml
    """
    from pipeline.blank import blank as skeleton

    click.echo(skeleton(step.upper()), nl=False)


@jishi.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--people", type=click.IntRange(1, 2000), default=6, show_default=True, help="人数。")
@click.option("--seed", type=int, default=1, show_default=True, help="种子：同样的种子写出同样的批次。")
@click.option("--batch", default="511000-2026-P003", show_default=True, callback=_batch_id, help="批次编号。")
@click.option("--supplement", is_flag=True, help="只写一年后的试用期材料（S6-06、S6-07和补充归档）。")
def sample(folder: Path, people: int, seed: int, batch: str, supplement: bool) -> None:
    """写一个完整的演练批次（人名单位均为虚构），可直接投递。

    \b
    例：jishi sample 演练 --people 6 --seed 1
    """
    from counter.about import write_sample

    write_sample(folder, people, seed, batch, supplement, teller(False))


@jishi.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@_json
@click.pass_obj
def intake(desk: Desk, paths: tuple[Path, ...], as_json: bool) -> None:
    """接收一遍：给出的文件、文件夹或压缩包；不给则接收投递文件夹。

    \b
    例：jishi intake 记录.xml 材料.zip
    """
    from counter.intake import once

    once(desk.settings, paths, teller(as_json))


@jishi.command()
@_json
@click.pass_obj
def watch(desk: Desk, as_json: bool) -> None:
    """看守投递文件夹，随到随收；SIGTERM或Ctrl-C时收完手上的再停。

    \b
    例：jishi --home 档案库 watch --json >> watch.log
    """
    from counter.intake import watch as keep_watch

    keep_watch(desk.settings, teller(as_json))


@jishi.command()
@click.argument("tokens", nargs=-1, required=True)
@click.option("--reason", required=True, callback=_worded, help="退回理由，写在退回单上。")
@_json
@click.pass_obj
def reject(desk: Desk, tokens: tuple[str, ...], reason: str, as_json: bool) -> None:
    """由人退回正在等待的记录；标记见 jishi status。"""
    from counter.intake import reject_waiting

    reject_waiting(desk.settings, tokens, reason, teller(as_json))


@jishi.command()
@click.argument("batch", required=False)
@_json
@click.pass_obj
def status(desk: Desk, batch: str | None, as_json: bool) -> None:
    """不带批次：各批次、等待的和尚未接收的；带批次：人员×步骤，缺什么、等什么。

    \b
    例：jishi status 511000-2026-P003
    """
    from counter.board import print_board, print_overview

    if batch:
        print_board(desk.settings, desk.catalogue, batch, teller(as_json))
    else:
        print_overview(desk.settings, desk.catalogue, teller(as_json))


class _Alerts(click.Group):
    """A group whose first word may also be a batch: what is no subcommand is asked of `list`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Put `list` before arguments that begin with none of the subcommands."""
        asks_help = bool(args) and args[0] in context.help_option_names
        if not asks_help and (not args or args[0] not in self.commands):
            args.insert(0, "list")
        return super().parse_args(context, args)


def _days(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None or value.removesuffix("d").isdigit():
        return None if value is None else int(value.removesuffix("d"))
    raise click.BadParameter("写天数，如 30d")


@jishi.group(cls=_Alerts)
def alerts() -> None:
    """预警：红（现在就不能验收）、橙（已过期限）、黄（临近期限或须说明）、蓝（提示）。

    \b
    例：jishi alerts                               各批次未关闭的预警；有红色的，退出码为1
        jishi alerts 511000-2026-P003 --level 红
        jishi alerts --due 30d                     三十日内到期的，包括还没到预警日的
        jishi alerts --all --json                  连同已关闭的
        jishi alerts --today 2027-02-01            预览那一天会有什么，不登记
        jishi alerts show YJ-2026-0007             一件预警的来龙去脉
        jishi alerts close YJ-2026-0007 --evidence 511000-2026-P003-001/S6-07/001 --by 周立
    """


@alerts.command("list")
@click.argument("batch", required=False, default="")
@click.option("--due", "due_days", callback=_days, metavar="天数", help="只看若干日内到期的，如 30d。")
@click.option("--level", default="", type=click.Choice(["", "红", "橙", "黄", "蓝"]), help="只看一个级别。")
@click.option("--all", "closed", is_flag=True, help="连同已关闭的。")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="预览另一天；不给则为今天。")
@_json
@click.pass_obj
def list_alerts(desk: Desk, batch: str, due_days: int | None, level: str, closed: bool, today: Any,
                as_json: bool) -> None:  # fmt: skip
    """列出预警，最急的在前（list 可省略）；有未关闭的红色预警时退出码为1。"""
    from counter.alerts import Question, show

    asked = Question(batch, due_days, level, closed, today.date() if today else None)
    show(desk.settings, desk.catalogue, asked, teller(as_json))


@alerts.command("show")
@click.argument("number")
@_json
@click.pass_obj
def show_alert(desk: Desk, number: str, as_json: bool) -> None:
    """一件预警何时提出、怎样变化、凭什么关闭、谁关闭的。"""
    from counter.alerts import history

    history(desk.catalogue, number, teller(as_json))


@alerts.command("close")
@click.argument("number")
@click.option("--evidence", required=True, help="凭证：记录编号，或文字说明。")
@click.option("--by", required=True, help="关闭人。")
@_json
@click.pass_obj
def close_alert(desk: Desk, number: str, evidence: str, by: str, as_json: bool) -> None:
    """由人关闭一件预警；红色的原因还在时不能关闭。"""
    from counter.alerts import close

    close(desk.settings, desk.catalogue, number, evidence, by, teller(as_json))


@jishi.command()
@click.argument("batch")
@click.option("--person", default="", help="只看一个人：纪实编号、末三位或姓名。")
@click.option("--docx", type=click.Path(path_type=Path), help="验收报告另存为Word文件。")
@click.option("--pdf", type=click.Path(path_type=Path), help="验收报告另存为PDF文件。")
@click.option("--quiet", is_flag=True, help="只说结论。")
@_json
@click.pass_obj
def check(desk: Desk, batch: str, person: str, docx: Path | None, pdf: Path | None, quiet: bool, as_json: bool) -> None:
    """按规则检查一个批次能否验收；不能验收时退出码为1。

    先列缺步骤的人，再列错误、警告、例外，最后是61条要求逐条的结论、依据的数字、记录和出处。

    \b
    例：jishi check 511000-2026-P003
        jishi check 511000-2026-P003 --person 002
        jishi check 511000-2026-P003 --pdf 验收报告.pdf --docx 验收报告.docx
        jishi check 511000-2026-P003 --json > 验收.json
    """
    from counter.checking import Wish
    from counter.checking import check as check_batch

    wish = Wish(quiet, person, tuple(filter(None, (docx, pdf))))
    check_batch(desk.settings, desk.catalogue, batch, wish, teller(as_json))


@jishi.command("file")
@click.argument("batch")
@click.option("--filer", required=True, help="立卷人。")
@click.option("--acceptor", required=True, help="验收人，须是另一个人。")
@click.option("--dry-run", is_flag=True, help="只看将编什么号，不改动。")
@click.option("--workers", type=click.IntRange(0), default=0, help="同时做几卷，0为每核一卷。")
@_json
@click.pass_obj
def file_(desk: Desk, batch: str, filer: str, acceptor: str, dry_run: bool, workers: int, as_json: bool) -> None:
    """验收合格的批次立卷：编号、装订、上架。

    \b
    例：jishi file 511000-2026-P003 --filer 周立 --acceptor 吴验 --dry-run
    """
    from counter import filing
    from counter.checking import accepted

    acceptance = accepted(desk.settings, desk.catalogue, batch, filer, acceptor)
    if dry_run:
        filing.dry_run(desk.settings, desk.catalogue, batch, acceptance, teller(as_json))
    else:
        filing.file(desk.settings, desk.catalogue, batch, acceptance, workers, teller(as_json))


@jishi.command()
@_json
@click.pass_obj
def recover(desk: Desk, as_json: bool) -> None:
    """断电或被杀之后：把已决定而未做完的做完，核对编号是否连续。"""
    from counter.filing import repair

    repair(desk.settings, desk.catalogue, teller(as_json))


@jishi.command()
@_json
@click.pass_obj
def verify(desk: Desk, as_json: bool) -> None:
    """核对架上每一卷的每个文件、档号是否连续、台账是否衔接；有不符时退出码为6。"""
    from counter.filing import verify_all

    verify_all(desk.settings, desk.catalogue, teller(as_json))


@jishi.command()
@click.argument("words", nargs=-1)
@click.option("--person", default="", help="姓名、纪实编号或人员编号（全名）。")
@click.option("--batch", default="", help="批次编号。")
@click.option("--step", default="", help="步骤，如 S5-02。")
@click.option("--post", default="", help="职务中的字样。")
@click.option("--since", type=_day, help="自某日起，如 2026-03-01。")
@click.option("--until", type=_day, help="至某日止。")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="最多几条。")
@_json
@click.pass_obj
def find(desk: Desk, words: tuple[str, ...], person: str, batch: str, step: str, post: str,
         since: datetime | None, until: datetime | None, limit: int, as_json: bool) -> None:  # fmt: skip
    """查找：档号（任何标点、全半角）、姓名、批次、步骤、职务、日期、文中字词。

    \b
    例：jishi find 顾问㛃
        jishi find j012-ws.xr.gr.2026.y-1-3
        jishi find 公示 --since 2026-03-01 --until 2026-03-31
    """
    from archive.retrieve import Question
    from counter import reading

    days = [day.date().isoformat() if day else "" for day in (since, until)]
    asked = Question(" ".join(words), person, batch, step, post, *days)
    reading.find(desk.settings, desk.catalogue, asked, limit, teller(as_json))


@jishi.command()
@click.argument("number")
@_json
@click.pass_obj
def show(desk: Desk, number: str, as_json: bool) -> None:
    """说明一个档号：是什么、谁签的名、在哪几页、校验码。"""
    from counter import reading

    reading.show(desk.settings, desk.catalogue, number, teller(as_json))


@jishi.command()
@click.argument("number")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="存为哪个文件；不给或“-”则写到标准输出。")
@_json
@click.pass_obj
def get(desk: Desk, number: str, out: Path | None, as_json: bool) -> None:
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
    reading.get(desk.settings, desk.catalogue, number, out, teller(as_json))


@jishi.command()
@click.argument("asked")
@click.option("--docx", type=click.Path(path_type=Path), help="倒查报告存为Word文件。")
@click.option("--pdf", type=click.Path(path_type=Path), help="倒查报告存为PDF文件。")
@_json
@click.pass_obj
def trace(desk: Desk, asked: str, docx: Path | None, pdf: Path | None, as_json: bool) -> None:
    """倒查：从一项决定追到每一步的日期、责任人、签名、记录和卷页。

    \b
    例：jishi trace 顾问㛃 --pdf 倒查报告.pdf
        jishi trace J012-WS·XR·GR·2026·Y-0001
    """
    from counter.tracing import print_trace

    outs = tuple(out for out in (docx, pdf) if out)
    print_trace(desk.settings, desk.catalogue, asked, outs, teller(as_json))


@jishi.group()
def profile() -> None:
    """规则配置：国家默认和各地的参数、规则取舍。"""


@profile.command("list")
@_json
@click.pass_obj
def profile_list(desk: Desk, as_json: bool) -> None:
    """列出可用的规则配置。"""
    from counter.profiles import print_list

    print_list(desk.home, teller(as_json))


@profile.command("show")
@click.argument("profile_id")
@_json
@click.pass_obj
def profile_show(desk: Desk, profile_id: str, as_json: bool) -> None:
    """显示一个规则配置的全部参数、规则取舍和出处。"""
    from counter.profiles import print_profile

    print_profile(desk.home, profile_id, teller(as_json))


@profile.command("diff")
@click.argument("first")
@click.argument("second")
@_json
@click.pass_obj
def profile_diff(desk: Desk, first: str, second: str, as_json: bool) -> None:
    """两个规则配置有何不同。

    \b
    例：jishi profile diff HN DY
    """
    from counter.profiles import print_diff

    print_diff(desk.home, first, second, teller(as_json))


@jishi.command()
@click.argument("record")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help=".pdf 或 .docx 文件。")
@click.pass_obj
def render(desk: Desk, record: str, out: Path) -> None:
    """把一件已收的记录印成PDF或Word。

    \b
    例：jishi render 511000-2026-P003/S5-02/001 -o 表决结果.pdf
    """
    from counter.about import render_record

    render_record(desk.settings, record, out, teller(False))


@jishi.command()
@_json
@click.pass_obj
def doctor(desk: Desk, as_json: bool) -> None:
    """检查本机：字体及代用、目录库、磁盘、投递文件夹所在文件系统。"""
    from counter.about import examine

    examine(desk.home, teller(as_json))


def main() -> None:
    """Run the command line; every failure becomes one Chinese message and a documented exit code."""
    from jishi.errors import ExitCode, JishiError

    try:
        jishi(prog_name="jishi", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except click.UsageError as error:
        from counter.usage import told

        click.echo(told(error), err=True)
        sys.exit(ExitCode.USAGE)
    except click.exceptions.Abort:
        click.echo("已中断；状态完好，可再次运行。", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except JishiError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(ExitCode.OK)
    except Exception:
        _confess()
        sys.exit(ExitCode.BUG)


def _confess() -> None:
    """Keep what a programmer needs in a file, and tell the person only what helps a person."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="jishi-", suffix=".txt", delete=False, encoding="utf-8") as log:
        log.write(f"jishi {__version__} {sys.argv[1:]}\n{traceback.format_exc()}")
    click.echo(f"错误：程序出了意料之外的错，这是程序的问题；详情在 {log.name}，请交给系统管理员。", err=True)


def _tell(error: Any) -> None:
    if "--json" in sys.argv and not getattr(error, "told", False):
        from counter.teller import Teller

        Teller(True).value({"error": type(error).__name__, "message": error.message, "findings": error.findings})
    click.echo(f"错误：{error.message}", err=True)
    for finding in () if getattr(error, "told", False) else error.findings:
        click.echo(f"　{finding}", err=True)


if __name__ == "__main__":
    main()
