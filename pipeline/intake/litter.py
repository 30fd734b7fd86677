"""What systems leave in the folders people drop: moved aside once the folder is spent, never thrown away."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path

from jishi.settings import Settings
from jishi.transfer import bring
from pipeline.intake.submission import is_litter, plain_stem


def clear_litter(settings: Settings, name: str) -> None:
    """Move what systems left in a folder of the drop to where received things are kept; people's files stay.

    Args:
        settings: the home's settings.
        name: the folder, relative to the drop.

    Raises:
        TryLater: a file cannot be moved now.
    """
    top, token = settings.drop / name, secrets.token_hex(4)
    kept = settings.received / dt.date.today().isoformat() / f"{plain_stem(name)}-系统文件-{token}"
    for folder, _, files in os.walk(top):
        for file in files:
            path = Path(folder) / file
            place = path.relative_to(top)
            if is_litter(place.as_posix()):
                (kept / place).parent.mkdir(parents=True, exist_ok=True)
                bring(path, kept / place, token, settings.modes)
