"""Keep a home of the present version of the register, before a migration is written that leaves it behind.

`python -m tests.keep_home` writes tests/homes/version-N.tar.xz: two people's batch taken in through the drop folder
and filed, of a few steps only so that it stays small, a record that waits, a submission sent back, alerts raised and
one closed. Tests migrate it from then on.
"""

from __future__ import annotations

import datetime as dt
import lzma
import sys
import tarfile
import tempfile
from pathlib import Path

from archive.filing import FilingRun, file_batch
from archive.register.migrations import VERSION
from archive.register.register import Register
from jishi.settings import Settings
from pipeline.alerts.batch_alerts import BatchAlerts
from pipeline.intake.watch import intake_once
from rehearsal.batch import build
from tests.filled_home import BATCH, acceptance
from tests.intake_home import drop, make
from tests.tampered_home import at_rest

KEPT = Path(__file__).parent / "homes" / f"version-{VERSION}.tar.xz"
_STEPS = ("S1-01", "S1-08", "S2-05", "S5-04", "S6-03", "S6-04", "S6-05")
"""What is decided, by whom and on whom: enough for every kind of volume."""
_OTHER = "511000-2026-P004"
_TODAY = dt.date(2027, 3, 20)
"""A day on which the rehearsal batch has alerts."""
_WINDOW = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}
"""Case files and shelf hold the same bytes: a window over both keeps them once."""


def main() -> int:
    """Make the home and pack it."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = make(Path(scratch) / "home")
        _fill(settings)
        _pack(settings.home)
    print(f"{KEPT} {KEPT.stat().st_size} 字节")
    return 0


def _fill(settings: Settings) -> None:
    records = [one for one in build(2, seed=1, scans=False) if one.step_id in _STEPS]
    waits = next(one for one in build(1, seed=1, batch=_OTHER, scans=False) if one.step_id == "S5-04")
    drop(settings.drop, [*records, waits])
    (settings.drop / "坏.xml").write_bytes(records[0].xml.replace(b"<title>", b"<titel>", 1))
    intake_once(settings)
    register = Register(settings.register_file)
    file_batch(FilingRun(settings, register, BATCH, acceptance(settings)))
    alerts = BatchAlerts(settings, register)
    alerts.refresh(BATCH, _TODAY)
    line = next(one for one in alerts.book.lines() if one.level != "红")
    alerts.close(line.id, "已补", "程舟", _TODAY)
    at_rest(settings)


def _pack(home: Path) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    with lzma.open(KEPT, "wb", filters=[_WINDOW]) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(home, arcname="home", filter=_nobodys)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return a member without whose it was; what only a running program uses stays out."""
    if member.name.endswith(("-wal", "-shm")):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    sys.exit(main())
