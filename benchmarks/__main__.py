"""Run every comparison and print the table: `make bench`, or `python -m benchmarks word startup`."""

from __future__ import annotations

import importlib
import sys

from benchmarks.measure import machine

PARTS = ("startup", "word", "intake", "papers", "check", "filing")
"""Intake comes before what deletes files by the thousand: for minutes after that ext4 takes far longer to make one."""


def main(parts: tuple[str, ...]) -> None:
    """Print a Markdown table of the parts asked for."""
    print(f"{machine()}\n")
    print("| comparison | ours | peer | ratio | aim | reached |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    for part in parts:
        for figure in importlib.import_module(f"benchmarks.{part}").figures():
            mark = "yes" if figure.reached else "**no**"
            print(
                f"| {figure.name} | {figure.ours} | {figure.peer} | {figure.ratio} | {figure.aim} | {mark} |",
                flush=True,
            )


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or PARTS)
