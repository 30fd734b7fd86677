"""Documents that tell of many records, as forms: report, notebook extract, roster, process table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cache

from lxml import etree

from jishi.case.secrecy import highest
from jishi.procedure import procedure
from jishi.procedure_file import Procedure
from jishi.record_types import procedure_folder
from jishi.records import Record
from jishi.steps import Deed, Stage, Step
from jishi.volume_kinds import VolumeKind, ballot_kinds, places_of, retention_periods
from press.case_records import CaseRecords, Told
from press.facts import fact_sheet
from press.forms import MADE_TITLES, Form, Grid, Pair, chinese_date
from press.notebooks import books
from press.record_form import form_of
from press.report import CaseSummary, fact


def person_report(
    records: Iterable[Record],
    person_no: str,
    pages: Mapping[str, str] | None = None,
    told: MutableMapping[str, Told] | None = None,
) -> Form:
    """Return 《全程纪实报告表》 of one candidate, rebuilt from all records.

    Args:
        records: the records of the batch and of the person; others' personal records are left out.
        person_no: the candidate's 纪实编号.
        pages: record id → page in the volume, where the volume is known.
        told: the batch's records already in words, by 记录编号, so that they are worked out once for all candidates.
    """
    sheet = fact_sheet("report")
    case = CaseRecords(records, person_no, told)
    summary = CaseSummary(sheet, case, pages or {})
    filing = case.last(sheet.signed)
    return Form(
        template="report",
        title=MADE_TITLES["report"],
        subtitle=summary.subtitle,
        record_id=person_no,
        secrecy=highest(record.secrecy for record in case.records),
        extract="",
        head=_pairs(summary.head()),
        body=tuple(summary.body()),
        foot=_pairs(summary.foot()),
        signatures=form_of(filing.record).signatures if filing else (),
        attachments=_no_attachments(),
    )


def _pairs(blocks: Iterable[Pair | Grid]) -> tuple[Pair, ...]:
    return tuple(block for block in blocks if isinstance(block, Pair))


def notebook_extract(records: Iterable[Record]) -> Form:
    """Return the extract of the 专用笔记本 a batch used: each book's procedure, and its pages with what they hold."""
    case = CaseRecords(records)
    blocks = books(fact_sheet("notebook"), case)
    return _batch_form(case, "notebook", MADE_TITLES["notebook"], "笔记本启用、保管情况和逐页登记", blocks)


def batch_roster(records: Iterable[Record]) -> Form:
    """Return 人员名册: every candidate of a batch, from its 资格审查表, with what was decided."""
    known, sheet, told_from = list(records), fact_sheet("roster"), roster_steps()
    own: dict[str, list[Record]] = {"": []}
    for record in known:
        # For a large batch the rest would only be sorted again for everybody.
        if record.step_id in told_from:
            own.setdefault(record.person_no, []).append(record)
    shared = own.pop("")
    cases = (CaseRecords([*shared, *papers], number) for number, papers in sorted(own.items()))
    summaries = [CaseSummary(sheet, case, {}) for case in cases if case.roster]
    rows = tuple(
        tuple(one.told(column, place=str(place)) for column in sheet.people)
        for place, one in enumerate(summaries, start=1)
    )
    keys, labels = (tuple(getattr(column, name) for column in sheet.people) for name in ("key", "label"))
    people = Grid("people", "人员名册", keys, labels, rows)
    return _batch_form(CaseRecords(known), "roster", MADE_TITLES["roster"], f"共{len(rows)}人", [people])


def roster_steps() -> frozenset[str]:
    """Return the steps the roster is told from, and those that say why one of them has no record."""
    return frozenset({*fact_sheet("roster").steps, *procedure().steps_that(Deed.ENROLS, Deed.WAIVES)})


def process_table(procedure: Procedure, kinds: Sequence[VolumeKind]) -> Form:
    """Return 操作流程表: stages, items, steps and requirements, and which of the wording is whose.

    Args:
        procedure: the steps.
        kinds: the kinds of volume their records are filed in.
    """
    year, month = procedure.version.split("-")
    items = sum(1 for _ in procedure.items())
    count = f"{len(procedure.stages)}个环节、{items}个项目、{len(procedure.steps)}个步骤"
    count += f"、{len(procedure.requirements)}条要求"
    head = (
        fact("version", "目录版本", procedure.version),
        fact("occurredOn", "版本日期", f"{int(year)}年{int(month)}月1日"),
        fact("counts", "总数", count),
        Pair("note", "文字来源", (_source_note(procedure),), True),
    )
    body = tuple(part for stage in procedure.stages for part in _stage_table(stage, kinds))
    return Form(
        "process", "干部选拔任用工作全程纪实操作流程表", count, "", "", "", head, body, (), (), _no_attachments()
    )  # fmt: skip


def _source_note(procedure: Procedure) -> str:
    named = "、".join(f"{step.id} {step.name}" for step in procedure.steps.values() if step.id in _seed_ids())
    return (
        "环节名称、6个环节36个项目44个步骤（其中动议9个）61条要求的总数，以及标注“原文”的步骤名称"
        f"（{named}），出自内江市2013年公开介绍；其余项目、步骤、要求的划分和文字均为本系统拟定，"
        "不是内江市或者国家的规定原文，使用单位应当按本地规定核定。"
    )


@cache
def _seed_ids() -> frozenset[str]:
    """Return the ids of whatever bears its wording from the seed text."""
    root = etree.fromstring((procedure_folder() / "procedure.xml").read_bytes())
    return frozenset(node.get("id", "") for node in root.iter("{*}*") if node.get("wording") == "seed")


def _stage_table(stage: Stage, kinds: Sequence[VolumeKind]) -> Iterator[Pair | Grid]:
    keys = ("item", "step", "requirements", "signers", "manner", "archive", "retention", "necessity", "wording")
    columns = ("纪实项目", "操作步骤", "纪实要求", "责任签名", "纪实方式", "归入", "保管期限", "适用", "文字")
    rows = tuple(
        (item.name, f"{step.id} {step.name}", *_step_cells(step, kinds)) for item in stage.items for step in item.steps
    )  # fmt: skip
    yield Grid(f"{stage.id}.steps", f"{stage.id} {stage.name}", keys, columns, rows)


def _step_cells(step: Step, kinds: Sequence[VolumeKind]) -> tuple[str, ...]:
    needs = "\n".join(f"{need.id} {need.text}" for need in step.requirements)
    periods, apart = retention_periods(), ballot_kinds(step, kinds)
    ballots = (f"；原票入{kind.name}，{periods[kind.retention].name}" for kind in apart)
    kept = periods[step.retention].name + "".join(ballots)
    wording = "原文" if step.id in _seed_ids() else "拟定"
    return (
        needs,
        step.signers_text,
        step.manner,
        places_of(step, kinds),
        kept,
        step.necessity,
        wording,
    )


def _batch_form(case: CaseRecords, template: str, title: str, subtitle: str, body: Iterable[Pair | Grid]) -> Form:
    batch = next((record.batch for record in case.records), "")
    head = (fact("batch", "批次编号", batch), *_dated(case, "截至日期"))
    secrecy = highest(record.secrecy for record in case.records)
    return Form(
        template, title, subtitle, batch, secrecy, "", head, tuple(body), (), (), _no_attachments()
    )  # fmt: skip


def _dated(case: CaseRecords, label: str) -> Iterator[Pair]:
    """Yield the day of the latest record: the document says nothing after it."""
    if days := [record.occurred_on for record in case.records]:
        yield fact("occurredOn", label, chinese_date(max(days).isoformat()))


def _no_attachments() -> Grid:
    return Grid("attachment", "凭证附件", (), (), ())
