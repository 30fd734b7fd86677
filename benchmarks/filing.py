"""Filing fifty people against the bare compile and join of the same volumes, and against the common chain."""

from __future__ import annotations

import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from docxtpl import DocxTemplate

from benchmarks.bare_volumes import bind_only, open_bench, orders_of, papers_of
from benchmarks.family import run
from benchmarks.measure import Measured, at_least, at_most
from benchmarks.rounds import ROOT, records
from jishi.settings import Settings, UnitSettings
from press.fonts import font_set
from press.forms import Form
from press.record_form import form_of
from press.word import template_bytes, template_name, word_template
from press.word_values import values_of
from tests.filled_home import BATCH, fill

PEOPLE = 50
MOST_IN_ONE_CALL = 240
"""soffice converts some 247 files of one call and passes over the rest without a word."""


def figures() -> Iterator[Measured]:
    """Yield the comparisons; the chain only where LibreOffice is installed."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as folder:
        homes = [fill(Path(folder) / name, PEOPLE) for name in ("first", "second", "third")]
        os.sync()
        # Three runs between the peers: the machine's pace changes from minute to minute.
        cost = run(_filing(homes[0]), ROOT)
        done = json.loads(cost.out)
        taken = [done["seconds"]]
        bare = _bare(homes[0], folder)
        papers = papers_of(homes[0], BATCH)
        taken.append(_seconds(homes[1]))
        forms = [form_of(record) for record in records(PEOPLE)]
        chained = _chain(forms) if shutil.which("soffice") else None
        taken.append(_seconds(homes[2]))
    print("filing took", *(f"{seconds:.1f}" for seconds in taken), "s", file=sys.stderr)
    ours = statistics.median(taken)
    name = f"filing {PEOPLE} people, {done['volumes']} volumes, {done['pages']} pages (wall, {os.cpu_count()} cores)"
    yield at_most(f"{name} / bare Typst compile + pikepdf join", ours, bare, 1.5, "s")
    yield at_most("peak memory of the largest filing process / 1 GiB", cost.peak, 1024, 1, "MiB")
    chain = "docxtpl + soffice, 240 files a call, + pypdf merge (wall)"
    if chained is None:
        yield Measured(chain, "", "", "not run: no LibreOffice here", "≥ 10 ×", False)
        return
    yield at_least(f"the {len(forms)} records by {chain}", ours, chained, 10, "s")
    yield at_least(f"the {len(papers)} papers that are filed, without scans, by {chain}", ours, _chain(papers), 10, "s")


def _filing(settings: Settings) -> list[str]:
    return [sys.executable, "-m", "benchmarks.filing_child", str(settings.home)]


def _seconds(settings: Settings) -> float:
    """Return wall seconds of filing the batch of a home."""
    done = subprocess.run(_filing(settings), cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return float(json.loads(done.stdout)["seconds"])


def _bare(settings: Settings, folder: str) -> float:
    """Return wall seconds of only compiling and joining the same volumes, on all cores, values ready."""
    orders = orders_of(settings, BATCH)
    out = Path(folder) / "bare"
    out.mkdir()
    with ProcessPoolExecutor(os.cpu_count(), get_context("forkserver"), open_bench, (settings, BATCH)) as pool:
        # The sheets are made beforehand; what is timed is setting and joining alone.
        spent = list(pool.map(bind_only, orders, [out] * len(orders)))
    return sum(spent) / (os.cpu_count() or 1)


def _chain(forms: Sequence[Form]) -> float:
    """Return wall seconds of the common chain over some papers."""
    from pypdf import PdfWriter

    faces = font_set("").faces
    with tempfile.TemporaryDirectory() as folder:
        # The chain draws with the faces we draw with; without them soffice would set empty boxes.
        fonts = Path(folder) / "data" / "fonts"
        fonts.mkdir(parents=True)
        for face in faces:
            (fonts / face.path.name).symlink_to(face.path)
        start = time.perf_counter()
        files = [Path(folder) / f"{place:05d}.docx" for place in range(len(forms))]
        for file, form in zip(files, forms, strict=True):
            file.write_bytes(_docxtpl(form))
        for first in range(0, len(files), MOST_IN_ONE_CALL):
            _converted(folder, files[first : first + MOST_IN_ONE_CALL])
        writer = PdfWriter()
        for file in files:
            writer.append(file.with_suffix(".pdf"))
        writer.write(io.BytesIO())
        return time.perf_counter() - start


def _converted(folder: str, files: Sequence[Path]) -> None:
    words = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf"]
    environment = {**os.environ, "XDG_DATA_HOME": f"{folder}/data"}
    subprocess.run([*words, "--outdir", folder, *map(str, files)], check=True, capture_output=True, env=environment)


def _docxtpl(form: Form) -> bytes:
    name = template_name(form)
    template = DocxTemplate(io.BytesIO(template_bytes(name)))
    template.render(values_of(form, word_template(name).placed, UnitSettings()), autoescape=True)
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()
