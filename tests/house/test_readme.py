"""README's commands run as printed, in order, each block in a fresh shell; here with packages that are there already.

What sets up an environment and installs into it is answered by stand-ins that hand on this one; `proofs/readme.py`
does the same without stand-ins.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from proofs.readme import blocks, run_block

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = blocks((ROOT / "README.md").read_text("utf-8"))


def stand_ins(folder: Path) -> str:
    """Return a PATH whose python3 makes an environment that is this one, and whose make and pip do nothing."""
    folder.mkdir()
    scripts = {
        "python3": 'test "$1 $2" = "-m venv" && mkdir -p "$3/bin" && '
        f'echo \'PATH="{folder}:{Path(sys.executable).parent}:$PATH"\' > "$3/bin/activate"',
        "pip": f'test "$1" = install && echo "$@" >> "{folder}/installed"',
        "make": f'echo "$@" >> "{folder}/made"',
    }
    for name, body in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/local/bin:/usr/bin:/bin"


def test_the_commands_of_the_readme_run_as_printed(tmp_path: Path) -> None:
    home = tmp_path / "家"
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("JISHI_")}
    environment = kept | {"HOME": str(home), "PATH": stand_ins(tmp_path / "bin")}
    assert len(BLOCKS) >= 2
    assert [run_block(block, ROOT, environment) for block in BLOCKS] == [0] * len(BLOCKS)
    assert (home / "纪实" / "jishi.toml").exists()
    assert (tmp_path / "bin" / "installed").read_text() == "install -c constraints.txt .\n"
    assert (tmp_path / "bin" / "made").read_text().split() == ["demo", "test"]


def test_the_readme_needs_no_root_and_no_path_outside_the_home_folder() -> None:
    assert not [block for block in BLOCKS if "sudo" in block or "/opt" in block or "/srv" in block]
