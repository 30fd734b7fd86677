"""Nothing is altered unseen: every column of every table, every kind of ledger edit, every kind of file.

A home with a row in every table and a file of every kind is tampered with in one way after another; each time it is
verified as `jishi verify` does. `python -m proofs.tamper` prints what noticed each, `n of n noticed`, and by name what
only an anchor outside the home can show. Leaves with 1 where something went unnoticed.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archive.register.register import Register
from archive.verify import verify
from jishi.errors import JishiError
from jishi.settings import load
from tests.tampered_home import make_home_of_everything
from tests.tampering import (
    Tampering,
    file_tamperings,
    kinds_missing,
    ledger_tamperings,
    random_tamperings,
    register_tamperings,
    row_tamperings,
)

RANDOM = 60
"""Columns of random rows that are altered beside every column of one row of every table."""
OUTSIDE = (
    "内部人员把一卷的文件、OCFL清单、登记、台账（校验码重算）、ledger.head 和以后各卷封存的台账记号全部一致地重写",
    "最后一次立卷以后的登记、台账、案卷材料、书架、ledger.head 一并退回到较早的一致状态（整库换成较早的备份）",
    "最后一个批次从登记、台账、案卷材料、书架和 ledger.head 中一并抹去，台账重算",
    "jishi.toml 中 [unit] 以外的设置（本身允许随时改动）；drop、work、staging 里尚未收入的材料",
)
"""What a home that vouches only for itself cannot show."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """What verifying said of one tampering."""

    name: str
    codes: str
    """Codes of the findings, or the word of the refusal; empty where nothing was noticed."""
    trouble: str = ""
    """What went wrong in verifying itself."""


def main() -> int:
    """Try everything and print what was noticed."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        pristine = Path(scratch) / "pristine"
        settings = make_home_of_everything(pristine)
        if missing := kinds_missing(pristine):
            print("没有这几种文件可试：", *missing)
        ways = [
            *row_tamperings(pristine), *random_tamperings(pristine, RANDOM, random.Random(1)), *register_tamperings(),
            *ledger_tamperings(), *file_tamperings(settings),
        ]  # fmt: skip
        told = []
        for one in _all_told(pristine, ways):
            told.append(one)
            mark = "　" if one.codes and not one.trouble else "！"
            print(f"{mark}{one.name}：{one.codes or '没有发现'} {one.trouble}", flush=True)
    noticed = sum(bool(one.codes) and not one.trouble for one in told)
    print("各代码：", dict(Counter(code for one in told for code in one.codes.split())))
    print("只有库外的凭据（台账末行另存、备份、打印的备考表）才能看出：", *OUTSIDE, sep="\n　")
    print(f"{noticed} of {len(told)} noticed，{time.monotonic() - begun:.0f} s")
    return 0 if noticed == len(told) else 1


def _all_told(pristine: Path, ways: list[Tampering]) -> Iterator[Noticed]:
    """Try every way, in as many processes as there are cores, each with a copy of its own."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        yield from pool.imap(partial(_try, pristine, ways), range(len(ways)), chunksize=4)


def _try(pristine: Path, ways: list[Tampering], place: int) -> Noticed:
    home = pristine.with_name(f"home-{os.getpid()}")
    way = ways[place]
    if not home.exists():
        shutil.copytree(pristine, home, symlinks=True, ignore=shutil.ignore_patterns("catalogue.sqlite-*"))
    try:
        way.do(home)
        return Noticed(way.name, " ".join(_noticed(home)))
    except Exception as error:
        return Noticed(way.name, "", f"{type(error).__name__}: {error}")
    finally:
        _restore(pristine, home, way)


def _noticed(home: Path) -> list[str]:
    try:
        settings = load(home)
        return sorted({one.code for one in verify(settings, Register(settings.register_file)).findings})
    except JishiError as error:
        return [type(error).__name__]


def _restore(pristine: Path, home: Path, way: Tampering) -> None:
    for path in home.glob("catalogue.sqlite-*"):
        path.unlink()
    shutil.rmtree(home.with_name(f"{home.name}-outside"), ignore_errors=True)
    for name in way.touches:
        if (home / name).is_dir() and not (home / name).is_symlink():
            shutil.rmtree(home / name)
        else:
            (home / name).unlink(missing_ok=True)
        source = pristine / name
        if source.is_dir():
            shutil.copytree(source, home / name, symlinks=True)
        else:
            shutil.copy2(source, home / name)


if __name__ == "__main__":
    sys.exit(main())
