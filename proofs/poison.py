"""No poison pill: one submission, whatever it holds, costs itself only.

Drops each kind of poison beside fifty good records, takes in with the real command and tells per kind: how many of the
fifty were admitted, what was said of the poison, and the seconds it took against its limit. Then the same command is
asked to stop in the middle. Run as ``python -m proofs.poison [name …]``; leaves with 1 on any miss.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from archive.home import make_home
from jishi.procedure import procedure
from jishi.steps import Deed
from rehearsal.batch import SampleRecord, build

LIMIT = 60.0
"""Seconds for fifty good records and one poison; without poison it takes about five."""
STOP_LIMIT = 20.0
GOOD = 50
CASES = Path(__file__).parents[1] / "tests" / "cases"
JISHI = (str(Path(sys.executable).with_name("jishi")), "--home")
_OPENING = procedure().that(Deed.OPENS)
HEAD = (
    f'<record xmlns="urn:jishi:record:1" stepId="{_OPENING}"'
    f' recordId="{procedure().numbers.example}/{_OPENING}/900" occurrence="1"'
).encode()
_OF_XML = frozenset(["X-PARTS", "X-DEPTH", "X-SIZE", "X-SYNTAX", "X-SCHEMA", "X-ENCODING", "X-TYPE", "P-TIME"])
_OF_ZIPS = frozenset(
    [
        "N-ABSOLUTE",
        "N-ORPHAN",
        "Z-BROKEN",
        "Z-COUNT",
        "Z-METHOD",
        "Z-EMPTY",
        "Z-SIZE",
        "Z-FORMAT",
        "Z-OVERLAP",
        "Z-ENCRYPTED",
        "N-PATH",
        "N-DEPTH",
        "N-CONTROL",
        "N-LONG",
    ]
)
ENGLISH = ("Error", "Traceback", "codec", "Exception", "supported")


@dataclass(frozen=True, slots=True)
class Poison:
    """One kind: how it is dropped, and what must be said of it."""

    name: str
    drop: Callable[[Path], None]
    codes: frozenset[str]
    """One of these must be among its findings; empty: it must wait with a word."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What one run came to."""

    admitted: int
    said: str
    codes: frozenset[str]
    seconds: float
    code: int
    stray: str
    """English or a traceback that reached the user."""


def main(names: Sequence[str] = ()) -> int:
    """Try every kind, or the kinds named; return an exit code."""
    with tempfile.TemporaryDirectory() as place:
        base = _home(Path(place) / "base")
        missed = [one.name for one in poisons() if (not names or one.name in names) and not _tried(base, one)]
        if not names:
            missed += [name for name, tried in (("stop", _stopped), ("littered work", _littered)) if not tried(base)]
    print("全部通过" if not missed else f"未通过：{'、'.join(missed)}", flush=True)
    return 1 if missed else 0


def good_records() -> list[SampleRecord]:
    """Return fifty records that may be admitted in any company."""
    return list(islice(build(1, seed=1, scans=False, batch="511000-2026-P003"), GOOD))


def _home(home: Path) -> Path:
    make_home(home)
    settings = home / "jishi.toml"
    settings.write_text(settings.read_text("utf-8").replace("settle_seconds = 2.0", "settle_seconds = 0.0"), "utf-8")
    for one in good_records():
        for paper in one.attachments:
            (home / "drop" / paper.name).write_bytes(paper.data)
        (home / "drop" / (one.record_id.replace("/", "_") + ".xml")).write_bytes(one.xml)
    return home


def _tried(base: Path, poison: Poison) -> bool:
    home = base.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(base, home)
    poison.drop(home / "drop")
    found = _taken(home)
    said = bool(found.codes & poison.codes) if poison.codes else "等待" in found.said or "不能收" in found.said
    again = _taken(home)
    fine = found.admitted == GOOD and said and found.seconds < LIMIT and not found.stray and again.code in (0, 3)
    mark = "好" if fine else "×"
    print(f"{mark} {poison.name}: {found.admitted}/{GOOD}, {found.said[:90]}, {found.seconds:.1f}/{LIMIT:.0f} s"
          f"{'，英文：' + found.stray if found.stray else ''}", flush=True)  # fmt: skip
    return fine


def _taken(home: Path) -> Ended:
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [*JISHI, str(home), "intake"], capture_output=True, text=True, timeout=2 * LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Ended(0, "超时", frozenset(), 2 * LIMIT, -1, "")
    seconds = time.monotonic() - begun
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    others = [line for line in lines if line["outcome"] in ("rejected", "waiting")]
    findings = [one for line in others for one in line.get("findings", ())]
    said = "；".join(f"[{one['code']}] {one['message']}" for one in findings[:2]) or "；".join(
        f"{line['outcome']} {line['message']}" for line in others[:2]
    )
    told = done.stdout + done.stderr
    stray = next((word for word in ENGLISH if word in told.replace("CalendarError", "")), "")
    admitted = sum(line["outcome"] == "admitted" for line in lines)
    return Ended(admitted, said, frozenset(one["code"] for one in findings), seconds, done.returncode, stray)


# Stopping and starting


def _stopped(base: Path) -> bool:
    """Tell whether a zip of twenty thousand records makes progress and a stop is heard while it does."""
    home = base.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    make_home(home)
    _many_records(home / "drop" / "大.zip")
    running = subprocess.Popen([*JISHI, str(home), "intake"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert running.stdout is not None
    first = running.stdout.readline()
    told = time.monotonic()
    running.send_signal(signal.SIGTERM)
    try:
        running.communicate(timeout=3 * STOP_LIMIT)
    except subprocess.TimeoutExpired:
        running.kill()
    seconds = time.monotonic() - told
    fine = first.startswith(b"{") and running.returncode == 143 and seconds < STOP_LIMIT
    took = f"{seconds:.1f}/{STOP_LIMIT:.0f} s，退出码{running.returncode}"
    print(f"{'好' if fine else '×'} 20000件的压缩包：有进展后停止，{took}", flush=True)
    return fine


def _many_records(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.xml", HEAD + b' itemId="%d"/>' % number)


def _littered(base: Path) -> bool:
    """Tell whether a start goes on whatever stands in work/ and waiting/."""
    home = base.with_name("home")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(base, home)
    work = home / "work"
    for number, note in enumerate((b"", b"{", b"[" * 100_000, b'{"kind": "record", "at": "?"}', b"\xff" * 99)):
        folder = work / f"0123abc{number}-000001"
        folder.mkdir(parents=True)
        (folder / "claim.json").write_bytes(note)
        (folder / ("record.xml" if number % 2 else "fremd.bin")).write_bytes(b"\0")
    (work / "0123abce-000001").write_bytes(b"a file, no folder")
    (work / ".0123abcf.lock").mkdir()
    os.mkfifo(work / "0123abc1-000002")
    (home / "waiting").mkdir(exist_ok=True)
    (home / "waiting" / "0123abc0-000001").mkdir()
    found = _taken(home)
    fine = found.admitted == GOOD and found.code in (0, 3)
    print(f"{'好' if fine else '×'} work/ 里的杂物：{found.admitted}/{GOOD}，退出码{found.code}", flush=True)
    return fine


# The poisons


def poisons() -> Iterator[Poison]:
    """Yield every kind."""
    for name, data in xml_poisons():
        yield Poison(name, _file(f"{name}.xml", data), _OF_XML)
    for name, data in zip_poisons():
        yield Poison(name, _file(f"{name}.zip", data), _OF_ZIPS)
    yield Poison("rar dropped", _file("材料.rar", b"Rar!\x1a\x07\x00" + bytes(300)), frozenset())
    yield Poison("litter", _litter, frozenset({"X-EMPTY"}))
    for path in sorted(CASES.rglob("*.zip")) if CASES.is_dir() else ():
        yield Poison(path.name, _file(path.name, path.read_bytes()), frozenset({"Z-BROKEN", "N-PATH", "Z-METHOD"}))


def xml_poisons() -> Iterator[tuple[str, bytes]]:
    """Yield (name, file) for records made to cost much."""
    people = b"".join(b'<person id="a b" name=""/>' for _ in range(25_000))
    yield "300000 attributes", HEAD + b"".join(b' a%d="1"' % i for i in range(300_000)) + b"/>"
    yield "many attributes each", HEAD + b">" + b'<a b="" c="" d="" e=""/>' * 20_000 + b"</record>"
    yield "300000 namespaces", HEAD + b"".join(b' xmlns:a%d="u%d"' % (i, i) for i in range(300_000)) + b"/>"
    yield "2000000 elements", HEAD + b">" + b"<a/>" * 1_900_000 + b"</record>"
    yield "600000 names", HEAD + b">" + b"".join(b"<a%d/>" % i for i in range(600_000)) + b"</record>"
    yield "1000000 comments", HEAD + b">" + b"<!---->" * 1_000_000 + b"</record>"
    before, mark, after = good_records()[0].xml.partition(b"<people>")
    yield "25000 faulty people", before + mark + people + after
    yield "4900 faulty people", before + mark + people[: 4900 * 26] + after
    yield "deep", HEAD + b">" + b"<a>" * 900_000
    yield "deep and closed", HEAD + b">" + b"<a>" * 200 + b"</a>" * 200 + b"</record>"
    yield "one long text", HEAD + b"><place>" + b"x" * 8_000_000 + b"</place></record>"
    yield "one long attribute", HEAD + b' z="' + b"x" * 8_000_000 + b'"/>'
    yield "nine megabytes", HEAD + b">" + b" " * 9_000_000 + b"</record>"
    yield "utf-7", b'<?xml version="1.0" encoding="utf-7"?>' + HEAD + b"/>"


def zip_poisons() -> Iterator[tuple[str, bytes]]:
    """Yield (name, file) for zips made by hand."""
    yield "empty name", archive_of((b"", b"x"))
    yield "only slashes", archive_of((b"/" * 30_000 + b"a.xml", b"<a/>"))
    yield "name of no encoding", archive_of((b"r.xml", b"<a/>"), (b"\xff\xfe\x81", b"x"), flags=0x800)
    yield "deflate64", archive_of((b"r.xml", b"<a/>"), method=9)
    yield "bzip2 of noise", archive_of((b"r.xml", b"<a/>"), method=12)
    yield "deflated noise", archive_of((b"r.xml", b"\xff\xff\xff\xff"), method=8)
    yield (
        "sizes of 2 to the 64",
        archive_of((b"r.xml", b"<a/>"), extra=struct.pack("<2H3Q", 1, 24, *[2**64 - 1] * 3), size=2**32 - 1),
    )
    yield "offset outside", archive_of((b"r.xml", b"<a/>"), offset=2**31)
    yield "broken extra", archive_of((b"r.xml", b"<a/>"), extra=b"\x01\x00\xff\xff\x00", size=2**32 - 1)
    yield "named zip, is rar", b"Rar!\x1a\x07\x00" + bytes(300)
    yield "no end", b"PK\x03\x04" + bytes(5000)
    yield "empty", b""
    yield "zip64 claims all", archive_of((b"r.xml", b"<a/>"))[:-22] + _zip64_end()


def archive_of(
    *members: tuple[bytes, bytes], flags: int = 0, method: int = 0, extra: bytes = b"", size: int = -1, offset: int = -1
) -> bytes:
    """Return a zip written by hand, every claim of its directory at will."""
    body, directory = b"", b""
    for name, data in members:
        at = len(body) if offset < 0 else offset
        claimed = len(data) if size < 0 else size
        crc = zlib.crc32(data)
        body += struct.pack(
            "<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 33, crc, len(data), len(data), len(name), 0
        )
        body += name + data
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, flags, method, 0, 33, crc, len(data), claimed,
                                 len(name), len(extra), 0, 0, 0, 0, at) + name + extra  # fmt: skip
    count = len(members)
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def _zip64_end() -> bytes:
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 2**62, 2**62)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    return record + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 50, 50, 0)


def _file(name: str, data: bytes) -> Callable[[Path], None]:
    def drop(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return drop


def _litter(folder: Path) -> None:
    (folder / "夹" / "@eaDir").mkdir(parents=True)
    for name in (
        ".DS_Store",
        "._r.xml",
        "~$材料.docx",
        ".~lock.材料.odt#",
        "Thumbs.db",
        "desktop.ini",
        "@eaDir/x@Syno",
    ):
        (folder / "夹" / name).write_bytes(b"x")
    (folder / "夹" / "空.xml").write_bytes(b"")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
