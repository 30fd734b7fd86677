"""Make a new archive home: its folders, its settings file, its catalogue, its shelf."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from archive.catalogue import create
from archive.refusals import refuse_missing_shelf
from archive.shelf import make_root
from jishi.durable import write_durably
from jishi.settings import SETTINGS_FILE, Settings, load


def make_home(home: Path) -> Settings:
    """Make a home, or complete an existing one; nothing that stands there is changed.

    Raises:
        SettingsInvalid: the place is a network mount, or an existing jishi.toml is wrong.
        ArchiveDamaged: shelf or case files hold papers whose catalogue is lost.
        TryLater: the disk is full or the place not writable, or the shelf of a home with volumes is not there.
    """
    path = home / SETTINGS_FILE
    if not path.exists():
        write_durably(path, (files("templates") / "home" / SETTINGS_FILE).read_bytes())
    settings = load(home)
    if settings.catalogue_file.is_file() and not settings.shelf.is_dir():
        with create(settings.catalogue_file).reading() as connection:
            refuse_missing_shelf(settings, connection)
    for folder in settings.folders():
        folder.mkdir(parents=True, exist_ok=True)
    make_root(settings.shelf)
    create(settings.catalogue_file)
    return settings
