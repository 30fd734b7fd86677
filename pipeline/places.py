"""The folders of a home that intake works in, and how they must lie to one another."""

from __future__ import annotations

from pathlib import Path

from jishi.errors import SettingsInvalid
from jishi.settings import Settings


def received(settings: Settings) -> Path:
    """Return the folder that keeps every zip whose records were taken out."""
    return settings.home / "received"


def check_folders(settings: Settings) -> None:
    """Make every folder intake needs; a shelf is never made here, for one that is missing may be on another disk.

    Raises:
        SettingsInvalid: the drop folder overlaps another folder of the home, or lies on another file system.
    """
    drop, home = settings.drop, settings.home.resolve()
    for folder in (*settings.folders(), received(settings)):
        if folder != settings.shelf:
            folder.mkdir(parents=True, exist_ok=True)
    if home.is_relative_to(drop.resolve()):
        raise SettingsInvalid(f"投递文件夹 {drop} 不能就是档案库或包含档案库；请改 [intake] drop")
    ours = (settings.work, settings.waiting, settings.rejected, settings.duplicate, settings.cases, settings.staging,
            settings.shelf, received(settings))  # fmt: skip
    for folder in ours:
        if drop.resolve().is_relative_to(folder.resolve()):
            raise SettingsInvalid(f"投递文件夹 {drop} 不能放在 {folder} 里；请改 [intake] drop")
    if drop.stat().st_dev != settings.work.stat().st_dev:
        raise SettingsInvalid(f"投递文件夹 {drop} 与档案库不在同一个文件系统；请改 [intake] drop")
