"""Hints: given by events, by threads and by signal handlers, at whatever moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.intake.folder_events import Hint

REPOSITORY = Path(__file__).parents[2]
_STORM = """
import os, signal, sys, time
from pipeline.intake.folder_events import Hint
hint, heard = Hint(), 0
def given(number, frame):
    global heard
    heard += 1
    hint.give()
signal.signal(signal.SIGUSR1, given)
me, sender = os.getpid(), os.fork()
while not sender:
    os.kill(me, signal.SIGUSR1)
    time.sleep(0)
end = time.monotonic() + 1
while time.monotonic() < end:
    hint.forget()
    hint.wait(0.0001)
os.kill(sender, signal.SIGKILL)
os.waitpid(sender, 0)
hint.give()
assert heard > 100, heard
assert hint.wait(0)
"""


def test_a_hint_given_by_a_signal_handler_at_any_moment_never_locks_who_waits() -> None:
    subprocess.run([sys.executable, "-c", _STORM], cwd=REPOSITORY, check=True, timeout=600)


def test_a_hint_ends_the_wait_and_is_forgotten_with_the_next_look() -> None:
    hint = Hint()
    hint.give()
    hint.give()
    assert hint.wait(600)
    hint.give()
    hint.forget()
    assert not hint.wait(0.01)
