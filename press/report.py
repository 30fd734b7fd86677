"""The blocks of a summary of one case, as its facts.xml has them, and the register of every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from jishi.case.ids import RecordId
from jishi.procedure import procedure
from jishi.steps import Step
from press.case_paths import days_told
from press.case_records import CaseRecords, Told
from press.facts import Block, Copy, Fact, FactSheet, Section, Steps, Table
from press.forms import Grid, Pair

_MOST_NAMES = 6


def section(key: str, label: str) -> Pair:
    """Return the heading of a part of a form."""
    return Pair(key, label, (), False, "section")


def fact(key: str, label: str, text: str) -> Pair:
    """Return a pair of one or more lines."""
    return Pair(key, label, tuple(text.split("\n")), False)


class CaseSummary:
    """Tells one candidate's case by a sheet of facts."""

    def __init__(self, sheet: FactSheet, case: CaseRecords, pages: Mapping[str, str]) -> None:
        """Lay the case out for being asked.

        Args:
            sheet: what the summary says.
            case: the candidate's records.
            pages: record id → page in the volume; may be empty.
        """
        self._sheet, self._case, self._pages = sheet, case, pages
        self._tree = case.tree(sheet.steps)

    @property
    def subtitle(self) -> str:
        """Whom the summary is about."""
        return self._sheet.subtitle.told(self._tree)

    def head(self) -> Iterator[Pair | Grid]:
        """Yield what stands above the sections."""
        return self._blocks(self._sheet.head, "")

    def body(self) -> Iterator[Pair | Grid]:
        """Yield every section under its heading, in the order of the form in use."""
        names = {stage.id: stage.name for stage in procedure().stages}
        for part in self._sheet.sections:
            yield section(part.key, names.get(part.stage, part.label))
            yield from self._blocks(part.blocks, part.stage, part)

    def foot(self) -> Iterator[Pair | Grid]:
        """Yield what stands below the sections."""
        return self._blocks(self._sheet.foot, "")

    def told(self, one: Fact, **variables: object) -> str:
        """Return what a fact comes to, or why there is nothing to tell."""
        return one.told(self._tree, **variables) or (self._case.absence(*one.of) if one.of else one.none)

    def _blocks(self, blocks: Sequence[Block], stage: str, part: Section | None = None) -> Iterator[Pair | Grid]:
        """Yield some blocks, keyed by the section they stand in; one without a key has the section's."""
        for block in blocks:
            if block.when is None or block.when.holds(self._tree, {}):
                for made in self._block(block, stage):
                    own = (part.key, made.key) if part else (made.key,)
                    yield replace(made, key=".".join(filter(None, own)))

    def _block(self, block: Block, stage: str) -> Iterator[Pair | Grid]:
        match block:
            case Fact():
                yield fact(block.key, block.label, self.told(block))
            case Copy():
                yield from self._copied(block)
            case Table():
                yield self._table(block)
            case Steps():
                yield self._steps(block, stage)

    def _copied(self, block: Copy) -> Iterator[Pair | Grid]:
        told = self._case.last(block.of)
        return copied(block, told) if told else iter(())

    def _table(self, block: Table) -> Pair | Grid:
        rows = tuple(
            tuple(cell.of(node, {}) for cell in some.cells)
            for some in block.rows
            for node in some.each.nodes(self._tree, {})
        )
        if not rows:
            return fact(block.key, block.label, self._case.absence(*block.of))
        keys, labels = (tuple(getattr(column, name) for column in block.columns) for name in ("key", "label"))
        return Grid(block.key, block.label, keys, labels, rows)

    def _steps(self, block: Steps, stage: str) -> Grid:
        keys, labels = (tuple(getattr(column, name) for column in block.columns) for name in ("key", "label"))
        steps = [step for step in procedure().steps.values() if stage in ("", step.stage)]
        rows = [step_row(self._case, step, self._pages) for step in steps]
        return Grid(block.key, block.label, keys, labels, tuple(tuple(row[key] for key in keys) for row in rows))


def copied(block: Copy, told: Told) -> Iterator[Pair | Grid]:
    """Yield fields of a record as its own form has them."""
    for name in block.fields:
        for made in told.form.body:
            if made.key == name:
                yield _renamed(made, block)
                break


def _renamed(made: Pair | Grid, block: Copy) -> Pair | Grid:
    made = replace(made, key=block.key or made.key, label=block.label or made.label)
    if block.last_column and isinstance(made, Grid):
        return replace(made, columns=(*made.columns[:-1], block.last_column))
    return made


STEP_COLUMNS = ("step", "days", "places", "gist", "signers", "how", "records", "pages", "state")
"""What a row about a step can tell."""


def step_row(case: CaseRecords, step: Step, pages: Mapping[str, str]) -> dict[str, str]:
    """Return what became of a step, whatever it was, by the keys of STEP_COLUMNS.

    Args:
        case: the candidate's records.
        step: one of the procedure.
        pages: record id → page in the volume; may be empty.
    """
    records, note = case.of(step.id), case.absences.get(step.id)
    papers = [one.record.id for one in records] or ([note.id] if note else [])
    state = case.state(step.id).label
    cells = (
        f"{step.id} {step.name}",
        _days(records) or state,
        "、".join(list(dict.fromkeys(one.record.place for one in records))[:2]),
        _counted([one.record.title for one in records]) or case.reason(step.id),
        _listed(list(dict.fromkeys(name for one in records for name in one.signers()))),
        "、".join(dict.fromkeys(mark.kind for one in records for mark in one.record.signatures)),
        _numbered(papers),
        _cited([pages[number] for number in papers if number in pages]),
        state,
    )
    return dict(zip(STEP_COLUMNS, cells, strict=True))


def _days(records: Sequence[Told]) -> str:
    days = [one.record.occurred_on for one in records]
    return days_told(days, (one.record.occurred_to or one.record.occurred_on for one in records))


def _listed(names: list[str]) -> str:
    return "、".join(names[:_MOST_NAMES]) + (f"等{len(names)}人" if len(names) > _MOST_NAMES else "")


def _cited(found: list[str]) -> str:
    return f"{found[0]}等" if len(found) > 1 else "".join(found)


def _numbered(numbers: Sequence[str]) -> str:
    """Return 记录编号, a line for each series: the batch and every person number their records by themselves."""
    told = []
    known = sorted((RecordId.of(number) for number in numbers), key=lambda number: number.order)
    for series, same in groupby(known, lambda number: number.series):
        places = [number.place for number in same]
        told.append(f"{series}/{places[0]}" + (f"\n至{places[-1]}，共{len(places)}件" if len(places) > 1 else ""))
    return "\n".join(told)


def _counted(titles: list[str]) -> str:
    """Return the last title, which is the summary where there is one, and how many there are."""
    return titles[-1] + (f"等{len(titles)}件" if len(titles) > 1 else "") if titles else ""
