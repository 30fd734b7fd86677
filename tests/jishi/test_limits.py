"""Limits of the system that are too low are told before anything begins."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jishi.errors import ExitCode
from tests.command_line import command
from tests.filled_home import BATCH, copy_home

FILE = ("file", BATCH, "--filer", "周立", "--acceptor", "吴验")


@pytest.mark.parametrize("words", [("intake",), FILE], ids=["intake", "file"])
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("-n 24", "打开文件数上限太低：24个"),
        ("-v 300000", "292 MiB"),
        ("-t 3", "处理器时间上限太低"),
        ("-f 1000", "单个文件"),
    ],
)
def test_a_limit_too_low_is_named_and_nothing_is_taken_or_numbered(
    admitted_home: Path, tmp_path: Path, words: tuple[str, ...], limit: str, said: str
) -> None:
    settings = copy_home(admitted_home, tmp_path / "home")
    (settings.drop / "甲.xml").write_text("<bad/>")
    line = f'ulimit {limit}; exec "$0" "$@"'
    done = subprocess.run(["bash", "-c", line, *command(settings.home, *words)], check=False, capture_output=True)
    told = done.stderr.decode()
    assert done.returncode == ExitCode.TRY_LATER, told
    assert said in told
    assert (settings.drop / "甲.xml").exists()
