"""What check tells, and the acceptance it leads to."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.register.case_queries import Refusal
from archive.register.held import slips
from archive.register.register import Register, now
from archive.volume.facts import Acceptance
from counter.output import Output, plain
from jishi.case.ids import PersonNo
from jishi.case.standing import Cell
from jishi.errors import FaultsFound, NotFound
from jishi.findings import Severity, source_told
from jishi.procedure import every_step, procedure_for
from jishi.settings import Settings
from pipeline.acceptance.batch_check import check_batch
from pipeline.acceptance.report import acceptance_form
from pipeline.acceptance.verdict import Answered, BatchVerdict, Judged, PersonVerdict, RuleCount
from pipeline.acceptance.verdict_words import (
    answers_told,
    conclusion,
    grounds,
    own_conclusion,
    short_number,
    steps_told,
)
from pipeline.intake.drop_folder import pending_records
from pipeline.rules.inactive_rules import inactive_rules


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of a verdict is told, and where else it is written."""

    quiet: bool = False
    person: str = ""
    """纪实编号, its last three digits or a name: only this person is told of."""
    papers: tuple[Path, ...] = ()
    """Word or PDF files to write the 验收报告 to."""


def check(settings: Settings, register: Register, batch: str, wish: Wish, output: Output) -> None:
    """Tell how a batch, or one person of it, stands.

    Raises:
        FaultsFound: something blocks acceptance (exit code 1).
        NotFound: there is no such batch, or no such person in it.
    """
    verdict = check_batch(settings, register, batch, dt.date.today(), pending_records(settings)).verdict
    person = _person(verdict, wish.person) if wish.person else None
    if wish.papers:
        _write_papers(settings, verdict, person, wish.papers, output)
    if output.as_json:
        output.value(report(verdict) if person is None else _person_report(person))
    elif not wish.quiet:
        _print(verdict, person, output)
    _conclude(verdict, person, output)


def accepted(settings: Settings, register: Register, batch: str, filer: str, acceptor: str) -> Acceptance:
    """Check a batch and return its acceptance, which filing refuses while anything blocks."""
    done = check_batch(settings, register, batch, dt.date.today(), pending_records(settings))
    verdict = done.verdict
    return Acceptance(
        filer=filer,
        acceptor=acceptor,
        accepted_at=now(),
        profile=verdict.profile,
        rules=verdict.version,
        content_digest=done.content_digest,
        blocking=len(verdict.blocking),
        explanations=tuple(_explanations(verdict)),
        report=json.dumps(_summary(verdict), ensure_ascii=False),
        report_form=acceptance_form(verdict, filer=filer, acceptor=acceptor, cited=True),
    )


def _person(verdict: BatchVerdict, asked: str) -> PersonVerdict:
    found = [one for one in verdict.people if asked in (one.no, PersonNo.parse(one.no).serial, one.name)]
    if len(found) != 1:
        known = "、".join(f"{one.no} {one.name}" for one in verdict.people[:20])
        raise NotFound(f"批次 {verdict.batch} 中没有“{asked}”，或不止一人；名册：{known or '空'}")
    return found[0]


def _write_papers(
    settings: Settings, verdict: BatchVerdict, person: PersonVerdict | None, papers: Iterable[Path], output: Output
) -> None:
    from counter.printing import save_form

    form = acceptance_form(verdict, person=person)
    for out in papers:
        save_form(settings, form, out)
        output.say(f"验收报告 → {out}")


# As JSON


def report(verdict: BatchVerdict) -> dict[str, Any]:
    """Return the whole verdict as plain JSON values."""
    return {
        "batch": verdict.batch,
        "profile": verdict.profile,
        "profile_name": verdict.profile_name,
        "rules": verdict.version,
        "rules_of": verdict.started,
        "judged_on": verdict.judged_on,
        "acceptable": verdict.acceptable,
        "filed": list(verdict.filed),
        "since_filing": plain(verdict.since_filing),
        "refused": [{"record": one.record, "place": one.place} for one in verdict.refused],
        "conclusion": conclusion(verdict),
        "errors": len(verdict.blocking),
        "warnings": len(verdict.to_explain),
        "overridden": len(verdict.overridden),
        "findings": [_judged(one) for one in verdict.findings],
        "exceptions": [
            {"record": note.record, "person": note.person, "rules": list(note.named),
             "excuses": sorted(note.excuses), "faults": [fault.finding.message for fault in note.faults],
             "used": sum(one.exception == note.record for one in verdict.findings)}
            for note in verdict.notes
        ],
        "requirements": [_answered(one) for one in verdict.requirements],
        "people": [_person_report(one) for one in verdict.people],
        "rules_run": [_count(one) for one in verdict.rules],
        "rules_inactive": plain(inactive_rules()),
    }  # fmt: skip


def _summary(verdict: BatchVerdict) -> dict[str, Any]:
    """Return the verdict as the register of filings keeps it; what was said of each person is in the filed paper."""
    kept = ("no", "name", "change", "acceptable", "missing")
    whole = report(verdict)
    return {**whole, "people": [{key: one[key] for key in kept} for one in whole["people"]]}


def _person_report(one: PersonVerdict) -> dict[str, Any]:
    return {
        "no": one.no, "name": one.name, "change": one.change, "acceptable": one.acceptable,
        "missing": list(one.missing),
        "steps": {step: _cell(cell) for step, cell in one.steps.items()},
        "findings": [_judged(judged) for judged in one.findings],
        "requirements": [_answered(answered) for answered in one.requirements],
    }  # fmt: skip


def _cell(cell: Cell) -> dict[str, Any]:
    told = {"state": cell.state.value, "records": list(cell.records)}
    return told | ({"lacks": cell.lacks, "held": list(cell.held)} if cell.state.open else {})


def _answered(one: Answered) -> dict[str, Any]:
    need = one.requirement
    return {
        "id": need.id, "step": need.step, "text": need.text, "answer": one.answer.value,
        "needs_a_person": one.needs_a_person, "later": one.later, "tried": one.tried, "figures": list(one.figures),
        "reasons": list(one.reasons),
        "against": [{"rule": judged.rule, "record": judged.finding.record, "place": judged.finding.place,
                     "message": judged.finding.message, "exception": judged.exception} for judged in one.findings],
        "records": list(one.records), "source": one.source, "grade": one.grade,
    }  # fmt: skip


def _judged(one: Judged) -> dict[str, Any]:
    return {
        **plain(one.finding), "rule": one.rule, "person": one.person, "blocks": one.blocks,
        "undetermined": one.undetermined, "exception": one.exception, "evasion": one.evasion,
    }  # fmt: skip


def _count(one: RuleCount) -> dict[str, Any]:
    rule = one.rule
    return {"rule": rule.id, "severity": rule.severity.value, "source": rule.source, "grade": rule.grade,
            "address": rule.address, "tried": one.tried, "failed": one.failed}  # fmt: skip


# At a terminal


def _print(verdict: BatchVerdict, person: PersonVerdict | None, output: Output) -> None:
    day = verdict.started or "检查当日"
    output.value(None, f"批次 {verdict.batch}　规则配置 {verdict.profile_name}（{verdict.profile}）　"
                       f"规则集 {verdict.version}　按 {day} 有效的规则　检查于 {verdict.judged_on}")  # fmt: skip
    _print_open(verdict.people if person is None else [person], verdict.refused, output)
    _print_findings(verdict.findings if person is None else person.findings, output)
    if person is not None:
        change = procedure_for(person.no).changes.get(person.change, "")
        output.value(None, f"{person.no} {person.name}　{change}　{steps_told(person)}")
    answers = verdict.requirements if person is None else person.requirements
    whose = "全批" if person is None else person.name
    columns = (
        ("要求", lambda a: a.requirement.id),
        ("步骤", lambda a: a.requirement.step),
        ("结论", lambda a: a.answer.value + ("＊" if a.needs_a_person else "")),
        ("内容", lambda a: a.requirement.text),
        ("依据的数字", lambda a: "；".join(grounds(a))),
        ("记录", lambda a: _records(a.records, verdict.batch)),
        ("出处", lambda a: source_told(a.source, a.grade)),
    )
    output.table(answers, columns, f"{whose}{len(answers)}条纪实要求：{answers_told(answers)}（＊内容须由人判断）")
    if person is None:
        output.say("逐人的要求：--person 纪实编号；全部内容：--json；验收报告：--pdf 文件 或 --docx 文件")


def _print_open(people: Iterable[PersonVerdict], refused: Sequence[Refusal], output: Output) -> None:
    steps = every_step()
    for one in people:
        slips_of = slips(refused, one.no)
        for step, cell in one.steps.items():
            if cell.state.open:
                held = [f"{'、'.join(cell.held)}已投递，还在等待"] if cell.held else []
                slip = f"退回后未补投，见 {slips_of[step]}" if step in slips_of else ""
                told = "；".join(filter(None, (cell.lacks, *held, slip)))
                line = f"{cell.state.mark}步骤　{one.no} {one.name}：{step} {steps[step].name}"
                output.value(None, line + (f"（{told}）" if told else ""))


def _print_findings(findings: Iterable[Judged], output: Output) -> None:
    """Print errors, then warnings, then what exception notes cover, then what is only told."""
    for judged in sorted(findings, key=_rank):
        mark = f"例外（{judged.exception}）" if judged.exception else judged.finding.severity.label
        kind = f"〔{judged.evasion}〕" if judged.evasion else ""
        output.value(None, f"{mark}{kind}　{judged.person or '全批'}　{judged.finding}")


def _rank(judged: Judged) -> int:
    if judged.exception:
        return 2
    return {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 3}[judged.finding.severity]


def _records(records: Sequence[str], batch: str) -> str:
    shown = "、".join(short_number(record, batch) for record in records[:3])
    return shown + (f"等{len(records)}件" if len(records) > 3 else "")


def _conclude(verdict: BatchVerdict, person: PersonVerdict | None, output: Output) -> None:
    """Say what it comes to, and fail where something blocks."""
    counts = f"警告{len(verdict.to_explain)}处，例外{len(verdict.overridden)}处，共{len(verdict.people)}人"
    words = f"批次 {verdict.batch} {conclusion(verdict)}；{counts}"
    if person is not None:
        words = f"{person.no} {person.name} {own_conclusion(person)}；{words}"
    if not verdict.acceptable:
        raise FaultsFound(words, told=True)
    output.say(words)


def _explanations(verdict: BatchVerdict) -> list[str]:
    lines = [f"警告 {one.finding.code}：{one.finding.message}" for one in verdict.to_explain]
    lines += [f"例外 {one.finding.code}：见 {one.exception}" for one in verdict.overridden]
    for person in verdict.people:
        later = [step for step, cell in person.steps.items() if cell.state.value == "later"]
        if later:
            lines.append(f"{person.name}（{person.no}）试用期未满，{'、'.join(later)}待期满后补充归档")
    return lines
