"""分类方案、归档范围和保管期限表: which volumes there are, what goes into each and how long it is kept, as a form.

Nothing of it is written down twice: kinds of volume and steps say it, and filing follows the same kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jishi.procedure_file import Procedure
from jishi.settings import UnitSettings
from jishi.title_words import pattern_told
from jishi.volume_kinds import MANNERS, ItemRule, VolumeKind, retention_periods, taken_by
from press.forms import MADE_TITLES, Form, Grid, Pair, chinese_date
from press.report import fact

_NOTE = (
    "门类、类目、卷种、归入、排列次序和保管期限随规则配置和操作流程目录生成，立卷即照此执行；划分和文字均为本系统拟定，"
    "不是国家或者任何地方的规定，须由立档单位审定，并报同级档案主管部门审核批准后执行。"
)


def retention_table(
    procedure: Procedure, kinds: Iterable[VolumeKind], unit: UnitSettings, profile: str, day: str, stamp: str = ""
) -> Form:
    """Return the table by which the archive authority approves what is filed.

    Args:
        procedure: whose steps make the records.
        kinds: the kinds of volume in force, in their order.
        unit: whose table it is, and by which 文号 it was approved.
        profile: the profile that chooses the kinds, in words.
        day: ISO date it is printed on.
        stamp: what the settings have every volume stamped with; empty for what its kind says.
    """
    kinds = list(kinds)
    head = (
        fact("unit", "立档单位", unit.name),
        fact("fonds", "全宗号", unit.fonds),
        fact("profile", "规则配置", profile),
        fact("approval", "批准文号", unit.retention_approval or "尚未写明（[unit] retention_approval）"),
        fact("occurredOn", "制表日期", chinese_date(day)),
        Pair("note", "说明", (_NOTE,), True),
    )
    body = (_classes(kinds, stamp), *(_scope(kind, procedure) for kind in kinds))
    title, nothing = "分类方案、归档范围和保管期限表", Grid("attachment", "凭证附件", (), (), ())
    return Form("process", title, "干部选拔任用工作纪实材料", "", "", "", head, body, (), (), nothing)


def _classes(kinds: Iterable[VolumeKind], stamp: str) -> Grid:
    keys = ("class", "name", "kind", "per", "retention", "stamp", "sealed", "title")
    columns = ("类别号", "类目名称", "卷种", "立卷单位", "保管期限", "用章", "密封", "案卷题名")
    rows = tuple(
        (
            kind.class_code,
            kind.class_name,
            kind.name,
            "每人一卷" if kind.personal else "每批一卷",
            _period(kind.retention),
            stamp or kind.stamp,
            "是" if kind.sealed else "否",
            pattern_told(kind, kind.title()),
        )
        for kind in kinds
    )
    return Grid("classes", "一、分类方案", keys, columns, rows)


def _scope(kind: VolumeKind, procedure: Procedure) -> Grid:
    keys = ("place", "step", "paper", "whose", "manner", "retention")
    columns = ("序号", "步骤", "材料", "所属", "归档方式", "保管期限")
    rows = tuple((str(place), *cells) for place, cells in enumerate(_rows(kind, procedure), start=1))
    return Grid(f"scope.{kind.code}", f"二、归档范围：{kind.name}（{kind.class_code}）", keys, columns, rows)


def _rows(kind: VolumeKind, procedure: Procedure) -> Iterator[tuple[str, ...]]:
    """Yield what a volume holds in its order; a step's records of both kinds one row each."""
    for part in kind.parts:
        if part[0].document:
            yield "", *_made(part[0]), _period(kind.kept(part[0].retention))
            continue
        for step in procedure.all_types.values():
            for personal, rule in taken_by(part, step):
                ballots = rule.manner == "ballots"
                kept = kind.retention if ballots else kind.kept(step.retention)
                paper = f"{step.form_title}所附{step.ballot_kind}" if ballots else step.form_title
                whose = "个人" if personal else "批次"
                yield f"{step.id} {step.name}", paper, whose, MANNERS[rule.manner], _period(kept)


def _made(rule: ItemRule) -> tuple[str, str, str]:
    return MADE_TITLES[rule.document], "每人一件" if rule.of_one else "批次", MANNERS[rule.manner]


def _period(code: str) -> str:
    return retention_periods()[code].name
