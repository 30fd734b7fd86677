"""The server of processes: what it gives the processes it makes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_fork_server_s_processes_have_its_variables_and_the_command_has_not(tmp_path: Path) -> None:
    script = tmp_path / "asks.py"
    script.write_text("""
import os
from jishi.forking import fork_server

def told(out):
    out.send((os.environ["TRIED_FIRST"], os.environ["TRIED_SECOND"]))

if __name__ == "__main__":
    os.environ["TRIED_SECOND"] = "set by the unit"
    context = fork_server(environment={"TRIED_FIRST": "ours", "TRIED_SECOND": "ours"})
    back, out = context.Pipe(duplex=False)
    process = context.Process(target=told, args=(out,))
    process.start()
    print(back.recv(), "TRIED_FIRST" in os.environ)
    process.join()
""")
    words = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.stdout.strip() == "('ours', 'set by the unit') False", done.stderr
