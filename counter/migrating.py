"""What migrating the register tells."""

from __future__ import annotations

from archive.folders import check_folders
from archive.migrate import Migrated, migrate, version_of
from archive.register.migrations import VERSION, steps_from
from counter.output import Output
from jishi.settings import Settings
from pipeline.intake.standing_still import standing_still

_NEWEST = f"目录库已是第{VERSION}版，不用升级"


def plan_migration(settings: Settings, output: Output) -> None:
    """Print which version the register is of and what would be done, changing nothing."""
    found = version_of(settings)
    plan = Migrated(found, found, steps_from(found))
    _tell(output, plan, f"目录库是第{found}版，将升级到第{VERSION}版：" if plan.steps else _NEWEST)


def migrate_home(settings: Settings, output: Output) -> None:
    """Bring the register to this program's version and print what was done.

    Raises:
        AnotherRunActive: a watcher, an intake or a filing is at work.
        SettingsInvalid: the register is newer than this program.
    """
    if not steps_from(version_of(settings)):
        _tell(output, Migrated(VERSION, VERSION, ()), _NEWEST)
        return
    check_folders(settings)
    with standing_still(settings.work):
        done = migrate(settings)
    _tell(output, done, f"目录库已从第{done.before}版升级到第{done.version}版，升级前的副本是 {done.copy}：")
    output.say(f"下一步：jishi --home {settings.home} verify")


def _tell(output: Output, done: Migrated, words: str) -> None:
    steps = [{"version": step.version, "does": step.does} for step in done.steps]
    lines = [words, *(f"  第{step.version}版　{line}" for step in done.steps for line in step.does)]
    value = {"before": done.before, "version": done.version, "program": VERSION, "steps": steps, "copy": done.copy}
    output.value(value, "\n".join(lines))
