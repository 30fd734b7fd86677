"""The streams a command speaks on: there, in an encoding that takes everything, and let go without complaint."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper


class ReaderLeft(Exception):
    """Who read our output has enough; that is no fault. Not an OSError: click would leave with 1 for it."""


@contextmanager
def for_a_reader() -> Iterator[None]:
    """Write for somebody who may leave at any time."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderLeft from None


def made_safe() -> None:
    """Put something in the place of streams that were closed, and let no character stop the others."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def let_go() -> None:
    """Write out what is left; where nobody reads any more, throw it away."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
