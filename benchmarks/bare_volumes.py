"""The peer of filing: the same sheets, only compiled and joined."""

from __future__ import annotations

import time
from pathlib import Path

from archive.numbering import ArchiveNumber
from archive.register.case_queries import case_records, roster_numbers
from archive.register.register import Register
from archive.volume.bind import bind
from archive.volume.building import Workshop
from archive.volume.facts import VolumeOrder
from archive.volume.plan import plan_volumes
from archive.volume.volume_values import VolumeSheet
from jishi.settings import Settings
from jishi.volume_kinds import usual_kinds
from press.forms import Form
from tests.filled_home import acceptance

_bench: list[Workshop] = []


def orders_of(settings: Settings, batch: str) -> list[VolumeOrder]:
    """Return what was filed, as orders."""
    with Register(settings.register_file).reading() as connection:
        records, roster = case_records(connection, settings, batch), roster_numbers(connection, batch)
    plans = plan_volumes(records, roster, usual_kinds())
    return [
        VolumeOrder(plan, ArchiveNumber("J012", plan.kind.class_code, 2026, plan.kind.retention, place))
        for place, plan in enumerate(plans, start=1)
    ]


def open_bench(settings: Settings, batch: str) -> None:
    """Make a process ready, its fonts loaded."""
    with Register(settings.register_file).reading() as connection:
        found = case_records(connection, settings, batch)
    _bench[:] = [Workshop(settings, batch, found, acceptance(settings))]


def papers_of(settings: Settings, batch: str) -> list[Form]:
    """Return the forms of everything that is filed: originals, extracts, copies and what is made for the volumes."""
    open_bench(settings, batch)
    return [form for order in orders_of(settings, batch) for form in _bench[0].forms_of(order)]


def bind_only(order: VolumeOrder, out: Path) -> float:
    """Return the seconds of compiling and joining one volume whose sheet stands ready."""
    workshop = _bench[0]
    sheet: VolumeSheet = workshop.sheet_of(order)
    start = time.perf_counter()
    bind(sheet, workshop.typesetter.typeset_volume, out / f"{order.number.file_name}.pdf")
    return time.perf_counter() - start
