"""What commands share: the home they work with, the one who speaks for them, options that mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from archive.register.register import Register
    from counter.output import Output
    from jishi.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])
json_option = click.option("--json", "as_json", is_flag=True, help="数据以JSON输出到标准输出。")


class CommandHome:
    """What a command works with: the home asked for, opened when first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def settings(self) -> Settings:
        """The home's settings."""
        from jishi.access import begin_as
        from jishi.settings import load

        settings = load(self.folder)
        begin_as(settings.modes)
        return settings

    @property
    def register(self) -> Register:
        """The home's register, seen to belong to its folders."""
        from archive.register.opening import open_register

        return open_register(self.settings)

    @property
    def register_as_it_stands(self) -> Register:
        """The home's register, whatever is wrong with it: for those who tell what is."""
        from archive.register.register import Register

        return Register(self.settings.register_file)


def output_of(as_json: bool) -> Output:
    """Return the one that speaks for a command."""
    from counter.output import Output

    return Output(as_json)


def not_blank(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Return words without what surrounds them.

    Raises:
        click.BadParameter: there are none.
    """
    if not value.strip():
        raise click.BadParameter("不能是空白")
    return value.strip()


def batch_id(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Return the number of a batch.

    Raises:
        click.BadParameter: it is not written as one.
    """
    from jishi.case.ids import BatchId, numbers

    try:
        return str(BatchId.parse(value))
    except ValueError as error:
        told = "，或".join(f"{one.example}（{one.told}）" for one in numbers())
        raise click.BadParameter(f"批次编号应如 {told}") from error
