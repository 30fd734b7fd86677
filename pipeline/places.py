"""The folders of a home that intake works in, and how they must lie to one another."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path

from jishi.durable import take
from jishi.errors import SettingsInvalid
from jishi.settings import Settings
from pipeline.submission import is_litter, plain_stem


def received(settings: Settings) -> Path:
    """Return the folder that keeps every zip whose records were taken out."""
    return settings.home / "received"


def check_folders(settings: Settings) -> None:
    """Make every folder intake needs.

    Raises:
        SettingsInvalid: the drop folder overlaps another folder of the home, or lies on another file system.
    """
    drop, home = settings.drop, settings.home.resolve()
    for folder in (*settings.folders(), received(settings)):
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


def clear_litter(settings: Settings, name: str) -> None:
    """Move what systems left in a folder of the drop to where received things are kept; people's files stay.

    Args:
        settings: the home's settings.
        name: the folder, relative to the drop.

    Raises:
        TryLater: a file cannot be moved now.
    """
    top = settings.drop / name
    day = dt.date.today().isoformat()
    kept = received(settings) / day / f"{plain_stem(name)}-系统文件-{secrets.token_hex(4)}"
    for folder, _, files in os.walk(top):
        for file in files:
            path = Path(folder) / file
            place = path.relative_to(top)
            if is_litter(place.as_posix()):
                (kept / place).parent.mkdir(parents=True, exist_ok=True)
                take(path, kept / place)
