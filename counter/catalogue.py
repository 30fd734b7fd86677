"""What catalogue tells: the 操作流程表, and the table of what is filed in which volume and for how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from counter.output import Output
from counter.printing import save_form
from jishi.procedure import procedure
from jishi.record_types import role_labels
from jishi.settings import Settings, load_or_default
from jishi.steps import Step
from jishi.volume_kinds import places_of
from pipeline.rules.profiles import in_force
from press.forms import Form, Grid
from press.retention_table import retention_table
from press.summary import process_table


def print_catalogue(home: Path, papers: Sequence[Path], output: Output) -> None:
    """Print the 操作流程表, and save it as Word or PDF where asked."""
    settings, found = load_or_default(home), procedure()
    kinds = in_force(settings)[0].volumes
    if papers:
        _save(settings, process_table(found, kinds), "操作流程表", papers, output)
    if output.as_json:
        output.value({"version": found.version, "stages": found.stages})
        return
    columns = (
        ("步骤", lambda step: step.id),
        ("项目", lambda step: step.item),
        ("名称", lambda step: step.name),
        ("范围", lambda step: {"batch": "批次", "person": "个人", "both": "两者"}[step.scope]),
        ("责任人签名", _signers),
        ("归档", lambda step: places_of(step, kinds)),
        ("期限", lambda step: step.retention),
        ("要求", lambda step: " ".join(need.id for need in step.requirements)),
    )
    for stage in found.stages:
        steps = [step for item in stage.items for step in item.steps]
        output.table(steps, columns, f"{stage.id} {stage.name}")
    counts = (len(found.stages), len(list(found.items())), len(found.steps), len(found.requirements))
    output.value(None, "共{}个环节、{}项、{}步、{}条要求".format(*counts))
    output.say(
        "环节名称和动议九步中的三步出自内江市委组织部2013年文章；其余步骤、项目和要求的文字是本系统自拟，不是原文。"
    )


def print_retention(home: Path, papers: Sequence[Path], output: Output) -> None:
    """Print 分类方案、归档范围和保管期限表 as the profile in force has it, and save it as Word or PDF where asked."""
    settings = load_or_default(home)
    (profile, _), day = in_force(settings), dt.date.today().isoformat()
    name = f"{profile.id} {profile.name}"
    form = retention_table(procedure(), profile.volumes, settings.unit, name, day, settings.press.stamp)
    _save(settings, form, form.title, papers, output)
    if output.as_json:
        output.value({part.key: [dict(zip(part.keys, row, strict=True)) for row in part.rows] for part in _grids(form)})
        return
    output.value(None, "\n".join(f"{pair.label}：{'；'.join(pair.lines)}" for pair in form.head))
    for grid in _grids(form):
        columns = [(label, lambda row, at=at: row[at]) for at, label in enumerate(grid.columns)]
        output.table(grid.rows, columns, grid.label)


def _save(settings: Settings, form: Form, name: str, papers: Sequence[Path], output: Output) -> None:
    for out in papers:
        save_form(settings, form, out)
        output.say(f"{name} → {out}")


def _grids(form: Form) -> list[Grid]:
    return [part for part in form.body if isinstance(part, Grid)]


def _signers(step: Step) -> str:
    labels = role_labels()
    return "、".join(labels[one.role] + ("" if one.count == "1" else f"×{one.count}") for one in step.signers)
