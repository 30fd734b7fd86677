"""Make a new archive home: its folders, its settings file, its register, its shelf."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from archive.folders import make_folders
from archive.register.register import create, refuse_lost
from archive.shelf import make_root
from jishi.access import OUTPUT_MODE
from jishi.durable import write_durably
from jishi.settings import SETTINGS_FILE, Settings, load


def make_home(home: Path) -> Settings:
    """Make a home, or complete an existing one; nothing that stands there is changed.

    Raises:
        SettingsInvalid: the place is a network mount, or an existing jishi.toml is wrong.
        ArchiveDamaged: shelf or case files hold papers whose register is lost.
        TryLater: the disk is full or the place not writable, or the shelf of a home with volumes is not there.
    """
    path = home / SETTINGS_FILE
    if not path.exists():
        write_durably(path, (files("templates") / "home" / SETTINGS_FILE).read_bytes(), OUTPUT_MODE)
    settings = load(home)
    new = not settings.register_file.exists()
    if new:
        refuse_lost(settings.register_file)
        _make_private(settings)
        make_folders(settings, new=True)
        make_root(settings.shelf)
    create(settings.register_file)
    if new:
        _close(settings)
    else:
        make_folders(settings)
    return settings


def _close(settings: Settings) -> None:
    """Give everything just made the home's modes, whatever the umask was."""
    for folder in settings.own_folders():
        for path in folder.rglob("*"):
            settings.modes.give(path)
    for path in settings.own_files():
        if path.exists():
            settings.modes.give(path)


def _make_private(settings: Settings) -> None:
    """Close a new home to others; a folder that holds other things keeps its mode, what we put into it is closed."""
    if all(path.name == SETTINGS_FILE for path in settings.home.iterdir()):
        settings.modes.give(settings.home)
