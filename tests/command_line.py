"""The command line as its users have it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from click import Command, Group

from cli import jishi

ROOT = Path(__file__).resolve().parents[1]


def command(home: Path, *words: str) -> list[str]:
    """Return what starts a command in a home."""
    return [sys.executable, str(ROOT / "cli.py"), "--home", str(home), *words]


def run(home: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end; what it says is caught unless the options say otherwise."""
    return subprocess.run(command(home, *words), check=False, **{"capture_output": True, **options})


def answer(home: Path, *words: str) -> tuple[int, str, bytes]:
    """Return a command's exit code, what was said, and the data."""
    done = run(home, *words)
    return done.returncode, done.stderr.decode(), done.stdout


def every_command(group: Group = jishi, prefix: str = "jishi") -> dict[str, Command]:
    """Return every command by what is typed for it, groups included."""
    found: dict[str, Command] = {}
    for name, part in group.commands.items():
        nested = every_command(part, f"{prefix} {name}") if isinstance(part, Group) else {}
        found |= {f"{prefix} {name}": part, **nested}
    return found
