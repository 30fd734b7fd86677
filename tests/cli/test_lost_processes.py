"""No command ends without a word, whatever happens to those that work for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import ROOT
from tests.filled_home import BATCH, copy_home

_RAISING = """
import sys
sys.argv = ["jishi", "--home", sys.argv[1], "status"]
import cli, counter.status
def lost(*_): raise {error}
counter.status.print_overview = lost
cli.main()
"""
_SERVER_LOST = """
import sys
sys.argv = ["jishi", "--home", sys.argv[1], "file", {batch!r}, "--filer", "周立", "--acceptor", "吴验"]
import cli
from multiprocessing.context import ForkServerProcess
def lost(self): raise {error}
ForkServerProcess.start = lost
cli.main()
"""


_GONE = ("BrokenPipeError(32, 'Broken pipe')", "EOFError()")
_REFUSED = "ConnectionRefusedError(111, 'Connection refused')"


@pytest.mark.parametrize(
    ("script", "error"),
    [*((script, error) for script in (_RAISING, _SERVER_LOST) for error in _GONE), (_SERVER_LOST, _REFUSED)],
)
def test_a_process_that_is_gone_is_told_and_the_command_may_be_given_again(
    admitted_home: Path, tmp_path: Path, script: str, error: str
) -> None:
    home = copy_home(admitted_home, tmp_path / "home").home
    words = [sys.executable, "-c", script.format(error=error, batch=BATCH), str(home)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert "再" in done.stderr or "重试" in done.stderr
    assert "Traceback" not in done.stderr


def test_builders_are_never_loaded_from_the_folder_a_command_is_given_in(tmp_path: Path) -> None:
    for name in ("jishi", "archive"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('somebody else')\n")
    runner = tmp_path / "elsewhere" / "run.py"
    runner.parent.mkdir()
    runner.write_text("""
import os
from jishi.forking import fork_server
if __name__ == "__main__":
    process = fork_server("jishi.durable").Process(target=os.getpid)
    process.start()
    process.join()
    print(process.exitcode)
""")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    done = subprocess.run([sys.executable, str(runner)], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env=environment | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout.strip() == "0", done.stderr
    assert "somebody else" not in done.stderr
