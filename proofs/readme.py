"""The commands README prints, as printed, in order, each block in a fresh shell, on a fresh copy of the sources.

Nothing is substituted: HOME is an empty folder, PATH the system's. Packages come from wherever pip is set to look.
`python -m proofs.readme` prints `n of n` blocks.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOW = re.compile(r"^make test\b.*$", re.M)
"""The tests are no part of this: whoever runs the proofs runs them just before."""


def blocks(text: str) -> list[str]:
    """Return the shell blocks of a page, in order."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)


def run_block(block: str, folder: Path, environment: dict[str, str]) -> int:
    """Run a block as a person would, pressing Ctrl-C once it keeps watch; return 0 where every command did its part."""
    shell = subprocess.Popen(
        ["bash", "-e"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert shell.stdin is not None
    assert shell.stderr is not None
    shell.stdin.write(block)
    shell.stdin.close()
    watched = False
    for line in shell.stderr:
        print(line, end="", file=sys.stderr)
        if "方式看守" in line:
            watched = True
            os.killpg(shell.pid, signal.SIGINT)
    shell.stderr.close()
    code = shell.wait()
    expected = 130 if "watch" in block else 0
    # A shell whose last command ended on Ctrl-C ends so itself.
    right = code in (expected, -signal.SIGINT) if expected else code == 0
    return 0 if right and watched == ("watch" in block) else code or 1


def copy_sources(target: Path) -> None:
    """Copy what is under version control, as a clone has it."""
    target.mkdir()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "--null", "-T", "-", "-cf", str(target.parent / "all.tar")], cwd=ROOT, input=listed.stdout,
                   check=True)  # fmt: skip
    subprocess.run(["tar", "-xf", str(target.parent / "all.tar"), "-C", str(target)], check=True)


def main() -> int:
    """Run every block and say how many did what they promise."""
    found = blocks((ROOT / "README.md").read_text("utf-8"))
    good = 0
    with tempfile.TemporaryDirectory(prefix="jishi-readme-") as folder:
        sources, home = Path(folder) / "jishi", Path(folder) / "家"
        copy_sources(sources)
        home.mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("JISHI_", "VIRTUAL_ENV"))}
        for block in found:
            code = run_block(SLOW.sub("", block), sources, kept | {"HOME": str(home)})
            good += not code
            if code:
                print(f"exit code {code}:\n{block}", flush=True)
    print(f"{good} of {len(found)}")
    return int(good != len(found) or not found)


if __name__ == "__main__":
    sys.exit(main())
