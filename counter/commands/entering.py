"""What the clerk enters records with: the workbook of a batch, 任免表, 干部名册."""

from __future__ import annotations

from pathlib import Path

import click

from counter.command_home import CommandHome, batch_id, json_option, output_of
from counter.help import command


def _batch(context: click.Context, option: click.Parameter, value: str) -> str:
    return batch_id(context, option, value) if value else ""


_FORMS = click.Path(path_type=Path, exists=True)


@command()
@click.argument("steps", metavar="步骤", nargs=-1)
@click.option("--xlsx", "as_workbook", is_flag=True, help="写成Excel工作簿，一步一张表；不写步骤的，写全部步骤。")
@click.option("-o", "out", metavar="文件", type=click.Path(path_type=Path), help="工作簿写到哪里。")
@click.option("--batch", metavar="批次", default="", callback=_batch, help="工作簿的批次编号。")
@click.option("--lrmx", "forms", metavar="路径", type=_FORMS, multiple=True, help="任免表或其文件夹：人员从中填好。")
@click.pass_obj
def blank(
    home: CommandHome, steps: tuple[str, ...], as_workbook: bool, out: Path | None, batch: str, forms: tuple[Path, ...]
) -> None:
    """写出某一步的空白记录，或一批的Excel工作簿，逐项注明中文标签、类型和可选值，填好即可投递。

    \b
    例：jishi blank 步骤代码 > 空白记录.xml
        jishi blank --xlsx 步骤代码 步骤代码 -o 批次.xlsx
        jishi blank --xlsx -o 批次.xlsx --batch 511000-2026-P003 --lrmx 任免表
    """
    if not as_workbook:
        if len(steps) != 1 or out or batch or forms:
            raise click.UsageError("空白记录一次写一步，直接输出；几步一起、写到文件的，请加 --xlsx")
        from jishi.settings import load_or_default
        from pipeline.rules.blank import blank as skeleton

        load_or_default(home.folder)  # a locality's own record types
        output_of(False).value(None, skeleton(steps[0].upper()).removesuffix("\n"))
        return
    if out is None:
        raise click.UsageError("请用 -o 写明工作簿的文件名，如 -o 批次.xlsx")
    from counter.entering import write_workbook

    write_workbook(home.folder, [step.upper() for step in steps], out, batch, forms, output_of(False))


@command()
@click.argument("source", metavar="工作簿或记录", type=click.Path(path_type=Path))
@click.option("-o", "folder", metavar="文件夹", type=click.Path(path_type=Path), required=True, help="写到哪里。")
@click.option("--lrmx", "forms", metavar="路径", type=_FORMS, multiple=True, help="任免表或其文件夹：空着的从中填好。")
@json_option
@click.pass_obj
def fill(home: CommandHome, source: Path, folder: Path, forms: tuple[Path, ...], as_json: bool) -> None:
    """把填好的工作簿写成记录草稿（没有签名和校验码），有问题的逐格指出，一件也不写；或把一件XML记录补全：附件的字节数、校验码、页数，中文值、姓名、日期写法。

    \b
    例：jishi fill 批次.xlsx -o 草稿
        jishi fill 批次.xlsx -o 草稿 --lrmx 任免表
        jishi fill 草稿/某件.xml -o 待投
    """
    if source.suffix.lower() == ".xml":
        if forms:
            raise click.UsageError("--lrmx 只用于工作簿")
        from counter.completing import complete_record

        complete_record(home.folder, source, folder, output_of(as_json))
        return
    from counter.entering import write_drafts

    write_drafts(home.folder, source, folder, forms, output_of(as_json))


@command()
@click.argument("roster", metavar="名册", type=click.Path(path_type=Path))
@click.argument("forms", metavar="任免表…", type=_FORMS, nargs=-1, required=True)
@json_option
def compare(roster: Path, forms: tuple[Path, ...], as_json: bool) -> None:
    """把Excel干部名册与任免表（.lrmx、.lrm）逐人逐项核对，列出不一致的；有不一致的退出码为1。

    \b
    例：jishi compare 干部名册.xlsx 任免表
    """
    from counter.entering import compare_roster

    compare_roster(roster, forms, output_of(as_json))


@command()
@click.option("--lrmx", "numbers", metavar="纪实编号", multiple=True, required=True, help="谁的任免表；可写多次。")
@click.option("-o", "folder", metavar="文件夹", type=click.Path(path_type=Path), required=True, help="写到哪里。")
@click.option("--original", "originals", metavar="路径", type=_FORMS, multiple=True,
              help="原来的任免表或其文件夹：记录里没有的栏目照原样保留。")  # fmt: skip
@click.pass_obj
def export(home: CommandHome, numbers: tuple[str, ...], folder: Path, originals: tuple[Path, ...]) -> None:
    """把已收入案卷的名册记录写成任免表（.lrmx），供任免表编辑器使用。

    \b
    例：jishi export --lrmx 511000-2026-P003-006 -o 任免表
        jishi export --lrmx 511000-2026-P003-006 -o 任免表 --original 原任免表
    """
    from counter.entering import export_forms

    export_forms(home, numbers, folder, originals, output_of(False))


COMMANDS = (blank, fill, compare, export)
