"""Two hundred SIGKILLs over intake and filing: nothing lost, nothing doubled, no gap in the numbers, no half volume.

Two watchers, an intake, a filing run and a recovery work one home at a time and are killed at random moments, whole
process groups or the command alone, until as many kills as asked for have hit a living process. The home is then
brought to rest by the commands a person would give, and looked at by parts that are not the product's: sqlite3,
hashlib, ocfl-py and pypdf. `python -m proofs.kills [kills] [seed]` prints what it found and `n of n`.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ocfl.storage_root import StorageRoot
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parent.parent
HANDS = ("--filer", "程舟", "--acceptor", "冯越")
BATCHES = ("511000-2026-P001", "511000-2026-P002", "511000-2026-P003")
OURS = {"form.docx", "claim.json", "slip.html", "slip.json", "note.txt", "note.json", "ledger.head"}
KILLS_A_HOME = 40
"""At most so many kills are spread over one home before it is looked at; fewer where all of it is filed sooner."""
QUICK = {"JISHI_INTAKE_SETTLE_SECONDS": "0.2", "JISHI_INTAKE_RESCAN_SECONDS": "0.3"}


@dataclass
class Count:
    """What the proof came to."""

    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=lambda: Counter(lost=0, doubled=0, gap=0, half=0))
    records: int = 0
    volumes: int = 0

    def fault(self, kind: str, words: str) -> None:
        """Note something that must not be."""
        self.faults[kind] += 1
        print(f"{kind}: {words}", flush=True)


class House:
    """One home, its dropped files, and the commands at work in it."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.finish("init", str(home))
        self.dropped: Counter[str] = Counter()
        for place, batch in enumerate(BATCHES):
            sample = home.parent / f"sample-{batch}"
            self.finish("sample", str(sample), "--people", "1", "--seed", str(seed + place), "--batch", batch)
            self._drop(sample, f"投递-{place}")
        self._drop(home.parent / f"sample-{BATCHES[0]}", "再投一次", doubled=True)

    def _drop(self, sample: Path, name: str, *, doubled: bool = False) -> None:
        """Copy a sample under a passing name and rename it when it is whole, as a careful sender does."""
        target = self.home / "drop" / f"{name}.part"
        subprocess.run(["cp", "-r", str(sample), str(target)], check=True)
        if not doubled:
            self.dropped += Counter(map(_digest, _files(target)))
        target.rename(target.with_suffix(""))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command in a group of its own."""
        line = [sys.executable, str(ROOT / "cli.py"), "--home", str(self.home), *words]
        return subprocess.Popen(
            line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=os.environ | QUICK
        )

    def finish(self, *words: str) -> int:
        """Run a command to its end and return its exit code."""
        return self.start(*words).wait()

    def filed(self) -> set[str]:
        """Return the batches that have numbers."""
        with closing(sqlite3.connect(self.home / "catalogue.sqlite")) as raw:
            return {row[0] for row in raw.execute("SELECT DISTINCT batch FROM volume")}


def main(kills: int = 200, seed: int = 20261128) -> int:
    """Kill, bring to rest, look, and say what was found."""
    chance = random.Random(seed)
    count = Count()
    begun = time.monotonic()
    while sum(count.kills.values()) < kills:
        with tempfile.TemporaryDirectory(prefix="jishi-kills-") as folder:
            house = House(Path(folder) / "home", seed)
            until = min(kills, sum(count.kills.values()) + KILLS_A_HOME)
            while sum(count.kills.values()) < until and len(house.filed()) < len(BATCHES):
                _kill_some(house, chance, count, until)
            _bring_to_rest(house)
            _audit(house, count)
        print(f"{sum(count.kills.values())} kills after {time.monotonic() - begun:.0f} s", flush=True)
    done, bad = sum(count.kills.values()), sum(count.faults.values())
    print("kills: " + ", ".join(f"{name} {number}" for name, number in sorted(count.kills.items())))
    print(f"{count.records} records and {count.volumes} volumes looked at; "
          + ", ".join(f"{kind} {number}" for kind, number in count.faults.items()))  # fmt: skip
    print(f"{done if not bad else done - min(bad, done)} of {done}")
    return int(bool(bad))


def _kill_some(house: House, chance: random.Random, count: Count, until: int) -> None:
    """Let several commands work side by side and kill each at a moment of its own."""
    open_batches = [batch for batch in BATCHES if batch not in house.filed()]
    asked: list[tuple[str, ...]] = [("watch",), ("watch",), ("intake",), ("recover",)]
    asked += [("file", batch, *HANDS) for batch in open_batches[:2]]
    chance.shuffle(asked)
    at_work = [(words[0], house.start(*words), chance.uniform(0.05, 5.0)) for words in asked]
    begun = time.monotonic()
    for name, process, after in sorted(at_work, key=lambda one: one[2]):
        time.sleep(max(0.0, begun + after - time.monotonic()))
        if sum(count.kills.values()) < until and process.poll() is None:
            whole = chance.random() < 0.5
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if whole else process.kill()
            count.kills[name] += process.wait() == -signal.SIGKILL
    for _, process, _ in at_work:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait()


def _bring_to_rest(house: House) -> None:
    """Do what a person does after a power cut: recover, take in, file what is not filed."""
    house.finish("recover")
    house.finish("intake")
    for batch in BATCHES:
        if batch not in house.filed() and (code := house.finish("file", batch, *HANDS)):
            print(f"file {batch}: exit code {code}", flush=True)
    house.finish("recover")


def _audit(house: House, count: Count) -> None:
    """Look at a home at rest without the product."""
    with closing(sqlite3.connect(house.home / "catalogue.sqlite")) as raw:
        raw.row_factory = sqlite3.Row
        _audit_papers(house, raw, count)
        _audit_numbers(house, raw, count)
        _audit_volumes(house, raw, count)


def _audit_papers(house: House, raw: sqlite3.Connection, count: Count) -> None:
    """Every file dropped is kept, every record is admitted once, nothing lies half done."""
    kept = Counter(_digest(path) for place in ("cases", "duplicate", "rejected", "waiting", "received", "drop", "work")
                   for path in _files(house.home / place))  # fmt: skip
    for digest in house.dropped.keys() - kept.keys():
        count.fault("lost", f"a dropped file of digest {digest[:16]} is nowhere")
    rows = raw.execute("SELECT id, sha256, state FROM record").fetchall()
    count.records += len(rows)
    on_disk = Counter(_digest(path) for path in (house.home / "cases").rglob("record.xml"))
    for row in rows:
        if on_disk[row["sha256"]] != 1 or row["state"] != "admitted":
            count.fault("half", f"{row['id']} is {row['state']} and stands {on_disk[row['sha256']]} times")
    for digest, number in Counter(row["sha256"] for row in rows).items():
        if number > 1:
            count.fault("doubled", f"record of digest {digest[:16]} admitted {number} times")
    dropped = {digest for sample in house.home.parent.glob("sample-*") for digest in _records_of(sample)}
    if missing := dropped - {row["sha256"] for row in rows}:
        count.fault("lost", f"{len(missing)} records dropped were never admitted")
    for folder in ("work", "staging"):
        for path in (house.home / folder).glob("[!.]*"):
            count.fault("half", f"{folder}/{path.name} was left lying")


def _records_of(sample: Path) -> set[str]:
    """Return the digests of a sample's records, those in its zips too."""
    found = {_digest(path) for path in sample.rglob("*.xml")}
    for path in sample.rglob("*.zip"):
        with zipfile.ZipFile(path) as parcel:
            found |= {hashlib.sha256(parcel.read(name)).hexdigest() for name in parcel.namelist()
                      if name.endswith(".xml")}  # fmt: skip
    return found


def _audit_numbers(house: House, raw: sqlite3.Connection, count: Count) -> None:
    """Every series runs from 1 to its counter, and every batch was filed once."""
    for row in raw.execute("SELECT fonds, kind, year, last FROM series"):
        key = (row["fonds"], row["kind"], row["year"])
        given = [one[0] for one in raw.execute(
            "SELECT ordinal FROM volume WHERE fonds = ? AND kind = ? AND year = ? ORDER BY ordinal", key)]  # fmt: skip
        if len(given) != len(set(given)):
            count.fault("doubled", f"{key} has a number twice")
        if given != list(range(1, row["last"] + 1)):
            count.fault("gap", f"{key} counts to {row['last']} and has {given}")
    filings = Counter(row["batch"] for row in raw.execute("SELECT batch FROM filing"))
    for batch in BATCHES:
        if filings[batch] != 1:
            count.fault("lost" if not filings[batch] else "doubled", f"{batch} was filed {filings[batch]} times")


def _audit_volumes(house: House, raw: sqlite3.Connection, count: Count) -> None:
    """Every volume registered stands on a sound shelf, whole, with the bytes and pages registered, and no other."""
    shelf = house.home / "shelf"
    rows = raw.execute("SELECT * FROM volume").fetchall()
    count.volumes += len(rows)
    standing = {path.name for path in shelf.iterdir() if path.is_dir()}
    for name in standing ^ {row["object_id"] for row in rows}:
        count.fault("half", f"{name} is registered or on the shelf, not both")
    for row in rows:
        pdf = shelf / row["object_id"] / "v1" / "content" / "volume.pdf"
        if row["state"] != "filed" or not pdf.is_file() or _digest(pdf) != row["sha256"]:
            count.fault("half", f"{row['number']} is not filed as it was registered")
            continue
        if len(PdfReader(pdf).pages) < row["pages"]:
            count.fault("half", f"{row['number']} has fewer pages than were registered")
    if not StorageRoot(root=str(shelf)).validate():
        count.fault("half", "the shelf is no sound OCFL storage root")


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder that people dropped."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in found if path.name not in OURS and not path.name.startswith(".")]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
