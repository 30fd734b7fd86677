"""Work in forked copies: results come back, faults come back, and nobody outlives the one who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
import os, signal, sys, time
from jishi.errors import NotFound, WorkerLost
from jishi.forking import Copy
known = ["read before the fork"]
"""


def run(body: str) -> str:
    """Run a program of its own, so that nothing of the test process is copied, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + body], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_copy_knows_what_the_original_knows_and_hands_its_results_over() -> None:
    assert (
        run("print(Copy(lambda: [(known, os.getpid() != os.getppid())]).take())")
        == "((['read before the fork'], True),)"
    )


def test_results_come_one_by_one() -> None:
    body = """
copy = Copy(lambda: iter(range(3)))
print([copy.take(), copy.take(), copy.take(), copy.take()])
"""
    assert run(body) == "[(0,), (1,), (2,), None]"


def test_what_the_work_raises_is_raised_here() -> None:
    body = """
def fail():
    raise NotFound("没有这一卷")
try:
    Copy(fail).take()
except NotFound as error:
    print(error.message)
"""
    assert run(body) == "没有这一卷"


def test_a_copy_that_dies_is_told_and_not_waited_for() -> None:
    body = """
try:
    Copy(lambda: os.kill(os.getpid(), signal.SIGKILL)).take()
except WorkerLost as error:
    print(error.message, int(error.exit_code))
"""
    told = run(body)
    assert "信号9" in told
    assert told.endswith("5")


@pytest.mark.skipif(sys.platform != "linux", reason="dying with the original without a thread is Linux only")
def test_a_copy_dies_with_its_original() -> None:
    body = """
def work():
    yield os.getpid()
    time.sleep(60)
copy = Copy(work)
print(copy.take()[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen([sys.executable, "-c", HEAD + body], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        copy = int(process.stdout.readline())
    assert process.returncode == -signal.SIGKILL
    assert gone_within(copy, 600)


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


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
