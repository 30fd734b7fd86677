"""What check tells, and the acceptance it leads to."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from archive.catalogue import Catalogue, now
from archive.facts import Acceptance
from counter.teller import Teller, plain
from jishi.errors import FaultsFound
from jishi.findings import Severity
from jishi.process import catalogue as process
from jishi.settings import Settings
from pipeline.batch_check import check_batch
from pipeline.verdict import Judged, Verdict


def check(settings: Settings, catalogue: Catalogue, batch: str, quiet: bool, teller: Teller) -> None:
    """Print how a batch stands.

    Raises:
        FaultsFound: something blocks acceptance (exit code 1).
    """
    verdict = check_batch(settings, catalogue, batch, dt.date.today()).verdict
    if teller.as_json:
        teller.value(report(verdict))
    elif not quiet:
        _print(verdict, teller)
    conclusion = _conclusion(verdict)
    if verdict.blocking:
        raise FaultsFound(conclusion)
    teller.say(conclusion)


def accepted(settings: Settings, catalogue: Catalogue, batch: str, filer: str, acceptor: str) -> Acceptance:
    """Check a batch and return its acceptance, which filing refuses while anything blocks."""
    done = check_batch(settings, catalogue, batch, dt.date.today())
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
        report=json.dumps(report(verdict), ensure_ascii=False),
    )


def report(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as plain JSON values."""
    return {
        "batch": verdict.batch,
        "profile": verdict.profile,
        "rules": verdict.version,
        "rulesOf": verdict.started,
        "acceptable": not verdict.blocking,
        "findings": [_judged(one) for one in verdict.findings],
        "people": [
            {"no": one.no, "name": one.name, "change": one.change, "missing": list(one.missing),
             "acceptable": one.acceptable}
            for one in verdict.people
        ],
        "requirements": [
            {"id": one.requirement.id, "step": one.requirement.step, "text": one.requirement.text,
             "answer": one.answer.value, "needsAPerson": one.needs_a_person, "records": list(one.records)}
            for one in verdict.requirements
        ],
    }  # fmt: skip


def _judged(one: Judged) -> dict[str, Any]:
    return {
        **plain(one.finding), "rule": one.rule, "person": one.person, "blocks": one.blocks,
        "undetermined": one.undetermined, "exception": one.exception, "evasion": one.evasion,
    }  # fmt: skip


def _print(verdict: Verdict, teller: Teller) -> None:
    teller.value(None, f"批次 {verdict.batch}　规则配置 {verdict.profile}　规则集 {verdict.version[:16]}　"
                       f"按 {verdict.started} 有效的规则")  # fmt: skip
    steps = process().steps
    for one in verdict.people:
        for step in one.missing:
            teller.value(None, f"缺步骤　{one.no} {one.name}：{step} {steps[step].name}")
    for judged in verdict.findings:
        mark = "例外" if judged.exception else judged.finding.severity.label
        kind = f"〔{judged.evasion}〕" if judged.evasion else ""
        teller.value(None, f"{mark}{kind}　{judged.person}　{judged.finding}")
    columns = (
        ("要求", lambda a: a.requirement.id),
        ("步骤", lambda a: a.requirement.step),
        ("结论", lambda a: a.answer.value + ("（另须人工判断）" if a.needs_a_person else "")),
        ("内容", lambda a: a.requirement.text),
    )
    teller.table(verdict.requirements, columns, "61条纪实要求")


def _conclusion(verdict: Verdict) -> str:
    count = len(verdict.blocking)
    warnings = sum(one.finding.severity is Severity.WARNING for one in verdict.findings)
    state = f"不能验收：{count}处错误须先解决" if count else "可以验收"
    return f"批次 {verdict.batch} {state}；警告{warnings}处，例外{len(verdict.overridden)}处，共{len(verdict.people)}人"


def _explanations(verdict: Verdict) -> list[str]:
    lines = [f"警告 {one.finding.code}：{one.finding.message}" for one in verdict.to_explain]
    lines += [f"例外 {one.finding.code}：见 {one.exception}" for one in verdict.overridden]
    for person in verdict.people:
        later = [step for step, cell in person.steps.items() if cell.state.value == "later"]
        if later:
            lines.append(f"{person.name}（{person.no}）试用期未满，{'、'.join(later)} 期满后补充归档")
    return lines
