"""The whole way once, for someone who has just cloned the project: drop folder → watcher → volumes → one item.

Starts the real watcher as a process of its own on a fresh home, drops a made-up batch, waits until all of it is
admitted, checks and files the batch, prints the volumes and fetches one item by its number.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "demo"
BATCH = "511000-2026-P003"
HANDS = ("--filer", "程舟", "--acceptor", "冯越")
"""Who signed the sample's own acceptance records."""
PEOPLE = 6
PATIENCE = 120.0


def main() -> int:
    """Run the demonstration and return an exit code."""
    shutil.rmtree(HOME, ignore_errors=True)
    jishi("init", str(HOME))
    sample = HOME / "sample"
    jishi("sample", str(sample), "--people", str(PEOPLE), "--seed", "1")
    watcher = start("watch", "--json")
    try:
        dropped = drop(sample, HOME / "drop")
        print(f"已向投递文件夹放入 {dropped} 个文件或文件夹，看守程序正在接收……", flush=True)
        admitted = wait_until_admitted(len_of(sample))
    finally:
        watcher.send_signal(signal.SIGTERM)
        watcher.wait(30)
    print(f"看守程序已收入 {admitted} 件记录，并按SIGTERM正常结束（退出码 {watcher.returncode}）。\n", flush=True)
    return finish()


def finish() -> int:
    """Check, file, and fetch one item."""
    print("$ jishi check", BATCH, flush=True)
    if told("check", BATCH, "--quiet"):
        return 1
    print("\n$ jishi file", BATCH, *HANDS, flush=True)
    if told("file", BATCH, *HANDS):
        return 1
    volumes = json.loads(jishi("find", "--batch", BATCH, "表决结果", "--json"))
    number = next(hit["number"] for hit in volumes if hit["manner"] == "extract")
    out = HOME / "件.pdf"
    print(f"\n$ jishi show {number}", flush=True)
    told("show", number)
    print(f"\n$ jishi get {number} -o {out.relative_to(ROOT)}", flush=True)
    return told("get", number, "-o", str(out))


def command(*words: str) -> list[str]:
    """Return the full command line of a jishi command in the demo's home."""
    return [sys.executable, str(ROOT / "cli.py"), "--home", str(HOME), *words]


def jishi(*words: str) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"jishi {' '.join(words)} 退出码 {done.returncode}")
    return done.stdout


def told(*words: str) -> int:
    """Run a command and let it speak for itself."""
    return subprocess.run(command(*words), check=False, cwd=ROOT).returncode


def start(*words: str) -> subprocess.Popen[bytes]:
    """Start a command that goes on, its lines kept in the demo's home."""
    log = (HOME / "watch.log").open("wb")
    environment = os.environ | {"JISHI_INTAKE_SETTLE_SECONDS": "1", "JISHI_INTAKE_RESCAN_SECONDS": "1"}
    return subprocess.Popen(command(*words), stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env=environment)


def drop(sample: Path, folder: Path) -> int:
    """Copy the sample in as a person would, in no particular order."""
    entries = sorted(sample.iterdir(), key=lambda path: hash(path.name))
    for path in entries:
        if path.is_dir():
            shutil.copytree(path, folder / path.name)
        else:
            shutil.copyfile(path, folder / path.name)
    return len(entries)


def len_of(sample: Path) -> int:
    """Count the records of a sample, whatever they are wrapped in."""
    import zipfile

    count = sum(1 for _ in sample.rglob("*.xml"))
    for path in sample.glob("*.zip"):
        with zipfile.ZipFile(path) as bundle:
            count += sum(name.endswith(".xml") for name in bundle.namelist())
    return count


def wait_until_admitted(expected: int) -> int:
    """Wait until every dropped record is admitted; give up loudly."""
    end = time.monotonic() + PATIENCE
    counts: dict[str, Any] = {}
    while time.monotonic() < end:
        counts = json.loads(jishi("status", "--json"))["counts"]
        if counts.get("admitted", 0) >= expected:
            return int(counts["admitted"])
        if counts.get("rejected"):
            raise SystemExit(f"有记录被退回，见 {HOME / 'rejected'}")
        time.sleep(0.5)
    raise SystemExit(f"{PATIENCE:.0f}秒内没有全部收入：应收{expected}件，现状 {counts}")


if __name__ == "__main__":
    sys.exit(main())
