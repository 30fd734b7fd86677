"""What is needed before the first record: a home, a batch to practise with, the rules in force."""

from __future__ import annotations

from pathlib import Path

import click

from counter.command_home import CommandHome, batch_id, json_option, output_of
from counter.help import Group, command


@command()
@click.argument("home", metavar="[档案库]", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def init(asked: CommandHome, home: Path | None) -> None:
    """建立档案库：文件夹、设置文件、目录库、书架。已有的不改动。

    \b
    例：jishi init 档案库
    """
    from archive.home import make_home

    settings = make_home(home or asked.folder)
    output_of(False).say(
        f"档案库已建好：{settings.home}；投递文件夹：{settings.drop}。下一步：jishi --home {settings.home} watch"
    )


@command("settings")
@json_option
@click.pass_obj
def show_settings(home: CommandHome, as_json: bool) -> None:
    """显示生效的设置，每一项来自哪里。

    \b
    例：jishi --home 档案库 settings
    """
    from counter.about import print_settings

    print_settings(home.folder, output_of(as_json))


@command()
@json_option
@click.pass_obj
def doctor(home: CommandHome, as_json: bool) -> None:
    """检查本机：字体及代用、目录库、磁盘、投递文件夹所在文件系统。

    \b
    例：jishi --home 档案库 doctor
    """
    from counter.about import examine

    examine(home.folder, output_of(as_json))


@command()
@click.option(
    "--retention", is_flag=True, help="改印分类方案、归档范围和保管期限表：哪一步的材料归入哪一卷、保管多久。"
)
@click.option("--docx", metavar="文件", type=click.Path(path_type=Path), help="另存为Word文件。")
@click.option("--pdf", metavar="文件", type=click.Path(path_type=Path), help="另存为PDF文件。")
@json_option
@click.pass_obj
def catalogue(home: CommandHome, retention: bool, docx: Path | None, pdf: Path | None, as_json: bool) -> None:
    """打印操作流程表：6个环节、36项、44步、61条要求；或归档范围和保管期限表。

    \b
    例：jishi catalogue
        jishi catalogue --pdf 操作流程表.pdf --docx 操作流程表.docx
        jishi catalogue --retention --docx 保管期限表.docx
    """
    from counter.catalogue import print_catalogue, print_retention

    printed = print_retention if retention else print_catalogue
    printed(home.folder, tuple(filter(None, (docx, pdf))), output_of(as_json))


@command()
@click.argument("folder", metavar="文件夹", type=click.Path(path_type=Path))
@click.option(
    "--people", metavar="人数", type=click.IntRange(1, 2000), default=6, show_default=True, help="几个人，1到2000。"
)
@click.option("--seed", metavar="整数", type=int, default=1, show_default=True, help="种子：同样的种子写出同样的批次。")
@click.option(
    "--batch", metavar="批次", default="511000-2026-P003", show_default=True, callback=batch_id, help="批次编号。"
)
@click.option("--supplement", is_flag=True, help="只写一年后的试用期材料（试用期各步和补充归档）。")
def sample(folder: Path, people: int, seed: int, batch: str, supplement: bool) -> None:
    """写一个完整的演练批次（人名单位均为虚构），可直接投递。

    \b
    例：jishi sample 演练 --people 6 --seed 1
    """
    from counter.about import write_sample

    write_sample(folder, people, seed, batch, supplement, output_of(False))


@click.group(cls=Group)
def profile() -> None:
    """规则配置：全国通用和各地的参数、规则取舍。

    \b
    例：jishi profile list
        jishi profile show NJ
        jishi profile diff HN DY
    """


@profile.command("list")
@json_option
@click.pass_obj
def profile_list(home: CommandHome, as_json: bool) -> None:
    """列出可用的规则配置。

    \b
    例：jishi profile list
    """
    from counter.profiles import print_list

    print_list(home.folder, output_of(as_json))


@profile.command("show")
@click.argument("profile_id", metavar="配置")
@json_option
@click.pass_obj
def profile_show(home: CommandHome, profile_id: str, as_json: bool) -> None:
    """显示一个规则配置的全部参数、规则取舍和出处。

    \b
    例：jishi profile show NJ
    """
    from counter.profiles import print_profile

    print_profile(home.folder, profile_id, output_of(as_json))


@profile.command("diff")
@click.argument("first", metavar="配置一")
@click.argument("second", metavar="配置二")
@json_option
@click.pass_obj
def profile_diff(home: CommandHome, first: str, second: str, as_json: bool) -> None:
    """两个规则配置有何不同。

    \b
    例：jishi profile diff HN DY
    """
    from counter.profiles import print_diff

    print_diff(home.folder, first, second, output_of(as_json))


COMMANDS = (init, doctor, show_settings, catalogue, sample, profile)
