"""Documents that tell of many records, as forms: report, notebook extract, roster, process table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cache

from lxml import etree

from jishi.case.ids import PersonNo
from jishi.case.secrecy import highest
from jishi.procedure import Deed, Procedure, Stage, Step, does, procedure
from jishi.record_types import procedure_folder
from jishi.records import Record
from jishi.volume_kinds import VolumeKind, ballot_kinds, places_of, retention_periods
from press.case_records import CaseRecords, Told
from press.forms import MADE_TITLES, Form, Grid, Pair, SignatureLine, chinese_date
from press.notebooks import books
from press.record_form import form_of
from press.report import fact, report_body

_ON_ROSTER = (Deed.ENROLS, Deed.VOTES, Deed.APPOINTS, Deed.WAIVES)
"""What the roster is told from; for a large batch the rest would only be sorted again for everybody."""


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
    case = CaseRecords(records, person_no, told)
    filing = case.last(procedure().that(Deed.FILES))
    target = case.roster["targetPost"] if case.roster else ""
    head = (
        fact("reportCode", "文书档案编码", filing["reportCode"] if filing else case.absence_of(Deed.FILES)),
        fact("personId", "纪实编号", person_no),
        fact("batch", "批次编号", PersonNo.parse(person_no).batch),
        fact(
            "changeKind",
            "变动类别",
            case.roster["changeKind"] if case.roster else case.absence_of(Deed.ENROLS),
        ),
        *_dated(case, "截至日期"),
    )
    return Form(
        template="report",
        title=MADE_TITLES["report"],
        subtitle=f"{case.name}（拟任职务：{target}）" if target else case.name,
        record_id=person_no,
        secrecy=highest(record.secrecy for record in case.records),
        extract="",
        head=head,
        body=tuple(report_body(case, pages or {})),
        foot=tuple(_report_foot(filing)),
        signatures=_signatures(filing),
        attachments=_no_attachments(),
    )


def _report_foot(filing: Told | None) -> Iterator[Pair]:
    blocks = (
        ("foot.recorder", "纪实人员", "handler"),
        ("foot.reviewer", "审核人员", "reviewer"),
        ("foot.unit", "呈报单位意见（盖章）", "reporting_unit_seal"),
        ("foot.supervisor", "监督机构复核意见（盖章）", "supervisory_body_seal"),
    )
    for key, label, role in blocks:
        marks = [mark for mark in filing.record.signatures if mark.role == role] if filing else []
        lines = [f"{filing.name(m.person)}　{chinese_date(m.signed_on)}（{m.kind}）" for m in marks if filing]
        yield fact(key, label, "\n".join(lines) or "未签")


def _signatures(filing: Told | None) -> tuple[SignatureLine, ...]:
    return form_of(filing.record).signatures if filing else ()


def notebook_extract(records: Iterable[Record]) -> Form:
    """Return the extract of the 专用笔记本 a batch used: each book's procedure, and its pages with what they hold."""
    case = CaseRecords(records)
    return _batch_form(case, "notebook", MADE_TITLES["notebook"], "笔记本启用、保管情况和逐页登记", books(case))


def batch_roster(records: Iterable[Record]) -> Form:
    """Return 人员名册: every candidate of a batch, from its 资格审查表, with what was decided."""
    known = list(records)
    shared = [record for record in known if not record.person_no and _is_on_roster(record)]
    own: dict[str, list[Record]] = {}
    for record in known:
        if record.person_no and _is_on_roster(record):
            own.setdefault(record.person_no, []).append(record)
    cases = [CaseRecords([*shared, *papers], number) for number, papers in sorted(own.items())]
    rows = tuple(_roster_row(place, case) for place, case in enumerate((c for c in cases if c.roster), start=1))
    keys = ("place", "no", "name", "sex", "birth", "current", "target", "change", "qualify", "decided", "docNo")
    columns = (
        "序号",
        "纪实编号",
        "姓名",
        "性别",
        "出生年月",
        "现任职务",
        "拟任职务",
        "变动类别",
        "资格结论",
        "表决",
        "任免文号",
    )
    people = Grid("people", "人员名册", keys, columns, rows)
    return _batch_form(CaseRecords(known), "roster", MADE_TITLES["roster"], f"共{len(rows)}人", [people])


def _is_on_roster(record: Record) -> bool:
    return any(does(record.step_id, deed) for deed in _ON_ROSTER)


def _roster_row(place: int, case: CaseRecords) -> tuple[str, ...]:
    roster = case.roster
    assert roster is not None
    votes = [row["passed"] for one in case.of(procedure().that(Deed.VOTES)) for row in case.own_rows(one, "results")]
    decided = {"是": "通过", "否": "未通过"}.get(votes[-1] if votes else "", case.absence_of(Deed.VOTES))
    letter = case.last(procedure().that(Deed.APPOINTS))
    told = tuple(roster[key] for key in ("sex", "birth", "curPost", "targetPost", "changeKind", "qualify"))
    number = letter["docNo"] if letter else case.absence_of(Deed.APPOINTS)
    return str(place), case.person_no, case.name, *told, decided, number


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
