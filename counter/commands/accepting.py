"""What accepts a batch, files it and keeps it sound."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from counter.command_home import DAY, CommandHome, json_option, not_blank, output_of
from counter.help import Group, command


class _Listing(Group):
    """A group that lists where it is not told what to do: what is no subcommand is asked of `list`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Put `list` before arguments that begin with none of the subcommands."""
        asks_help = bool(args) and args[0] in context.help_option_names
        if not asks_help and (not args or args[0] not in self.commands):
            args.insert(0, "list")
        return super().parse_args(context, args)


def _days(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None or re.fullmatch(r"[0-9]{1,4}d?", value):
        return None if value is None else int(value.removesuffix("d"))
    raise click.BadParameter("写天数，如 30d")


@click.group(cls=_Listing)
def alerts() -> None:
    """预警：红（现在就不能验收）、橙（已过期限）、黄（临近期限或须说明）、蓝（提示）。

    \b
    例：jishi alerts                               各批次未关闭的预警；有红色的，退出码为1
        jishi alerts 511000-2026-P003 --level 红
        jishi alerts --due 30d                     三十日内到期的，包括还没到预警日的
        jishi alerts --all --json                  连同已关闭的
        jishi alerts --today 2027-02-01            预览那一天会有什么，不登记
        jishi alerts show YJ-2026-0007             一件预警的来龙去脉
        jishi alerts close YJ-2026-0007 --evidence 记录编号 --by 程舟
    """


@alerts.command("list")
@click.argument("batch", metavar="[批次]", required=False, default="")
@click.option("--due", "due_days", callback=_days, metavar="天数", help="只看若干日内到期的，如 30d。")
@click.option(
    "--level", metavar="红|橙|黄|蓝", default="", type=click.Choice(["", "红", "橙", "黄", "蓝"]), help="只看一个级别。"
)
@click.option("--all", "closed", is_flag=True, help="连同已关闭的。")
@click.option("--today", metavar="日期", type=DAY, help="预览另一天；不给则为今天。")
@json_option
@click.pass_obj
def list_alerts(home: CommandHome, batch: str, due_days: int | None, level: str, closed: bool, today: Any,
                as_json: bool) -> None:  # fmt: skip
    """列出预警，最急的在前（list 可省略）；有未关闭的红色预警时退出码为1。

    \b
    例：jishi alerts list 511000-2026-P003 --level 红
    """
    from counter.alerts import AlertFilter, show

    asked = AlertFilter(batch, due_days, level, closed, today.date() if today else None)
    show(home.settings, home.register, asked, output_of(as_json))


@alerts.command("show")
@click.argument("number", metavar="预警编号")
@json_option
@click.pass_obj
def show_alert(home: CommandHome, number: str, as_json: bool) -> None:
    """一件预警何时提出、怎样变化、凭什么关闭、谁关闭的。

    \b
    例：jishi alerts show YJ-2026-0007
    """
    from counter.alerts import history

    history(home.register, number, output_of(as_json))


@alerts.command("close")
@click.argument("number", metavar="预警编号")
@click.option("--evidence", metavar="凭证", required=True, help="记录编号，或文字说明。")
@click.option("--by", metavar="姓名", required=True, help="关闭人。")
@json_option
@click.pass_obj
def close_alert(home: CommandHome, number: str, evidence: str, by: str, as_json: bool) -> None:
    """由人关闭一件预警；红色的原因还在时不能关闭。

    \b
    例：jishi alerts close YJ-2026-0007 --evidence 记录编号 --by 程舟
    """
    from counter.alerts import close

    close(home.settings, home.register, number, evidence, by, output_of(as_json))


@command()
@click.argument("batch", metavar="批次")
@click.option("--person", metavar="人", default="", help="只看一个人：纪实编号、末三位或姓名。")
@click.option("--docx", metavar="文件", type=click.Path(path_type=Path), help="验收报告另存为Word文件。")
@click.option("--pdf", metavar="文件", type=click.Path(path_type=Path), help="验收报告另存为PDF文件。")
@click.option("--quiet", is_flag=True, help="只说结论。")
@json_option
@click.pass_obj
def check(
    home: CommandHome, batch: str, person: str, docx: Path | None, pdf: Path | None, quiet: bool, as_json: bool
) -> None:
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
    check_batch(home.settings, home.register, batch, wish, output_of(as_json))


@command("file")
@click.argument("batch", metavar="批次")
@click.option("--filer", metavar="姓名", required=True, help="立卷人。")
@click.option("--acceptor", metavar="姓名", required=True, help="验收人，须是另一个人。")
@click.option("--dry-run", is_flag=True, help="只看将编什么号，不改动。")
@click.option("--workers", metavar="卷数", type=click.IntRange(0), default=0, help="同时做几卷，0为每核一卷。")
@json_option
@click.pass_obj
def file_(home: CommandHome, batch: str, filer: str, acceptor: str, dry_run: bool, workers: int, as_json: bool) -> None:
    """验收合格的批次立卷：编号、装订、上架。

    \b
    例：jishi file 511000-2026-P003 --filer 程舟 --acceptor 冯越 --dry-run
    """
    from counter import filing
    from counter.checking import accepted

    acceptance = accepted(home.settings, home.register, batch, filer, acceptor)
    if dry_run:
        filing.dry_run(home.settings, home.register, batch, acceptance, output_of(as_json))
    else:
        filing.file(home.settings, home.register, batch, acceptance, workers, output_of(as_json))


@command()
@json_option
@click.pass_obj
def recover(home: CommandHome, as_json: bool) -> None:
    """断电或被杀之后：把已决定而未做完的做完，核对编号是否连续。

    \b
    例：jishi --home 档案库 recover
    """
    from counter.filing import repair

    repair(home.settings, home.register_as_it_stands, output_of(as_json))


@command()
@json_option
@click.pass_obj
def verify(home: CommandHome, as_json: bool) -> None:
    """核对架上每一卷、案卷材料的每个文件、目录库的每一行、档号和台账；有不符时退出码为6。

    \b
    例：jishi --home 档案库 verify
    """
    from counter.filing import verify_all

    verify_all(home.settings, home.register_as_it_stands, output_of(as_json))


@click.group(cls=_Listing)
def series() -> None:
    """档号编到哪里，从几号编起。

    \b
    例：jishi series                               各卷种各年度的起始号、已编卷数和下一号
        jishi series --json
        jishi series start --kind GR --year 2026 --at 58 --reason 前57卷手工编号 --by 程舟 --approved-by 冯越
    """


@series.command("list")
@json_option
@click.pass_obj
def list_series(home: CommandHome, as_json: bool) -> None:
    """列出每个全宗、卷种、年度的起始号、已编卷数和下一号（list 可省略）。

    \b
    例：jishi series list --json
    """
    from counter.series import print_series

    print_series(home.register, output_of(as_json))


@series.command("start")
@click.option("--kind", metavar="卷种", required=True, help="卷种的代码，见 jishi catalogue --retention。")
@click.option("--year", metavar="年度", required=True, type=click.IntRange(2000, 2099), help="档号中的年度。")
@click.option("--at", metavar="号", required=True, type=click.IntRange(1, 9999), help="系统编的第一个案卷号。")
@click.option("--reason", metavar="理由", required=True, callback=not_blank, help="为什么不从1编起。")
@click.option("--by", metavar="姓名", required=True, callback=not_blank, help="经手人。")
@click.option("--approved-by", metavar="姓名", required=True, callback=not_blank, help="批准人，须是另一个人。")
@click.pass_obj
def start_series(home: CommandHome, kind: str, year: int, at: int, reason: str, by: str, approved_by: str) -> None:
    """某卷种某年度的档号从指定的号编起（本年已有手工编号的卷）；编了第一个号以后不能再定。

    \b
    例：jishi series start --kind GR --year 2026 --at 58 --reason 前57卷手工编号 --by 程舟 --approved-by 冯越
    """
    from archive.register.series import SeriesStart
    from counter.series import begin_series

    fonds = home.settings.unit.fonds
    start = SeriesStart(fonds, kind.strip().upper(), year, at, reason, by, approved_by)
    begin_series(home.register, start, output_of(False))


@command()
@click.option("--plan", "plan_only", is_flag=True, help="只看要做什么，不改动。")
@json_option
@click.pass_obj
def migrate(home: CommandHome, plan_only: bool, as_json: bool) -> None:
    """程序升级以后，把目录库升到本程序的版本：先留副本，再逐步升级；被中断的再运行一次即可。

    \b
    例：jishi --home 档案库 migrate --plan
        jishi --home 档案库 migrate
    """
    from counter.migrating import migrate_home, plan_migration

    (plan_migration if plan_only else migrate_home)(home.settings, output_of(as_json))


COMMANDS = (check, file_, alerts, series, recover, verify, migrate)
