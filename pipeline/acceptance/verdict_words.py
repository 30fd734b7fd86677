"""What a verdict says in a clerk's words: its conclusion, its counts, what an answer rests on, numbers in short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from jishi.case.standing import State
from jishi.procedure import procedure
from pipeline.acceptance.verdict import Answer, Answered, BatchVerdict, PersonVerdict

_MOST_FIGURES = 8


def conclusion(verdict: BatchVerdict) -> str:
    """Return what the judging comes to, in a few words."""
    if verdict.filed:
        faults = f"现有{len(verdict.blocking)}处错误须查明" if verdict.blocking else ""
        told = (f"已经立卷：{'、'.join(_ranges(verdict.filed))}", verdict.since_filing.words, faults)
        return "；".join(filter(None, told))
    if verdict.acceptable:
        return "可以验收" + ("，警告须在备考表中说明" if verdict.to_explain else "")
    if not verdict.people:
        return "不能验收：名册上没有人"
    return f"不能验收：{len(verdict.blocking)}处错误须先解决"


def own_conclusion(person: PersonVerdict) -> str:
    """Return what the judging comes to for one person."""
    own = sum(one.blocks for one in person.findings)
    return f"本人有{own}处错误" if own else "本人没有错误"


def _ranges(numbers: Iterable[str]) -> Iterator[str]:
    """Yield 档号 by series, each from its first to its last: J012-WS·XR·GR·2026·Y-0001至0006."""
    for series, part in groupby(sorted(numbers), lambda number: number.rpartition("-")[0]):
        ordinals = [number.rpartition("-")[2] for number in part]
        yield f"{series}-{ordinals[0]}" + (f"至{ordinals[-1]}" if len(ordinals) > 1 else "")


def answers_told(answers: Iterable[Answered]) -> str:
    """Return how many of some requirements came to which answer: 通过58，未定2，不适用1."""
    counts = Counter(one.answer for one in answers)
    return "，".join(f"{answer.value}{counts[answer]}" for answer in Answer if counts[answer])


def steps_told(person: PersonVerdict) -> str:
    """Return how a person stands to the 44 steps, runs of steps drawn together."""
    return "；".join(
        f"{state.label}{len(steps)}步" + (f"：{_runs(steps)}" if steps else "")
        for state in State
        if (steps := [step for step, cell in person.steps.items() if cell.state is state]) or state is State.MISSING
    )


def _runs(steps: Sequence[str]) -> str:
    order = list(procedure().steps)
    runs = [[item for _, item in part] for _, part in groupby(enumerate(steps), lambda at: order.index(at[1]) - at[0])]
    return "、".join(run[0] if len(run) == 1 else f"{run[0]}至{run[-1]}" for run in runs)


def grounds(one: Answered) -> list[str]:
    """Return what speaks against a requirement, what is still to come, and the figures of what passed."""
    against = (
        f"{judged.finding.severity.label}：{judged.finding.message}{'（有例外说明）' if judged.exception else ''}"
        for judged in one.findings
    )
    later = ["试用期满后补充归档"] if one.later and one.answer is Answer.UNDETERMINED else []
    tried = [f"判断{one.tried}次，均通过"] if one.answer is Answer.PASSED else []
    return [*dict.fromkeys(against), *later, *one.reasons, *_few(one.figures)] or tried


def _few(figures: Sequence[str]) -> Iterator[str]:
    yield from figures[:_MOST_FIGURES]
    if len(figures) > _MOST_FIGURES:
        yield f"等{len(figures)}项"


def short_number(record: str, batch: str) -> str:
    """Return a record's number without its batch: step and count, before them a person's last part."""
    return record.removeprefix(batch).lstrip("-/")
