"""The blocks of 《全程纪实报告表》: what each stage of one candidate's case comes to, told from its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from jishi.case.ids import RecordId
from jishi.procedure import Stage, Step, procedure
from press.case_records import CaseRecords, Told
from press.forms import Grid, Pair, chinese_date
from press.report_facts import FACTS, Fact

_BASIC = (
    "sex", "birth", "nation", "nativePlace", "birthPlace", "photo", "workStart", "partyJoin", "education", "degree",
    "identity", "curOrg", "curPost", "curLevel", "curPostSince", "sameLevelSince", "targetOrg", "targetPost",
    "targetLevel", "qualify",
)  # fmt: skip
_AUDITED = "birth"
"""Key of the table of what the archive check found, which is that of its first row."""
_WAYS = ("way", "on", "actual", "valid", "votes", "rate", "rank")
_WAY_LABELS = ("方式", "时间", "参加人数", "有效票数", "得票数", "得票率", "名次")
_MOST_NAMES = 6


def section(key: str, label: str) -> Pair:
    """Return the heading of a part of a form."""
    return Pair(key, label, (), False, "section")


def fact(key: str, label: str, text: str) -> Pair:
    """Return a pair of one or more lines."""
    return Pair(key, label, tuple(text.split("\n")), False)


def report_body(case: CaseRecords, pages: Mapping[str, str]) -> Iterator[Pair | Grid]:
    """Yield every block of the report, in the order of the form in use.

    Args:
        case: the candidate's records.
        pages: record id → page in the volume; may be empty.
    """
    yield from _basic(case)
    for stage in procedure().stages:
        yield section(stage.id, stage.name)
        yield from _before(case, stage)
        for entry in FACTS[stage.id]:
            yield fact(f"{stage.id}.{entry.key}", entry.label, told(case, entry))
        yield from _after(case, stage)
    yield section("register", "步骤登记")
    yield _register(case, pages)


def told(case: CaseRecords, entry: Fact) -> str:
    """Return what a fact comes to, or why there is nothing to tell."""
    records = case.of(entry.step)
    chosen = records if entry.every else records[-1:]
    return "\n".join(entry.words(case, one) for one in chosen) or case.absence(entry.step)


def _basic(case: CaseRecords) -> Iterator[Pair | Grid]:
    """Yield 拟任人选基本情况, field by field as S1-08 says it."""
    yield section("basic", "拟任人选基本情况")
    yield fact("basic.name", "姓名", case.name)
    if case.roster is not None:
        for key in _BASIC:
            if pair := case.roster.pair(key):
                yield replace(_photo(pair) if key == "photo" else pair, key=f"basic.{key}")
        for key in ("resume", "family"):
            if grid := case.roster.grid(key):
                yield replace(grid, key=f"basic.{key}")


def _photo(pair: Pair) -> Pair:
    """Return where the photo is: S1-08 names an attachment of its own, and the report has none."""
    return replace(pair, lines=(f"见S1-08附件“{''.join(pair.lines)}”",))


def _before(case: CaseRecords, stage: Stage) -> Iterator[Pair | Grid]:
    if stage.id == "S2":
        yield _ways(case)
    elif stage.id == "S3":
        yield fact("S3.period", "考察时间", _period(case))
    elif stage.id == "S4":
        held = case.of("S4-01")
        days = "、".join(one["heldOn"] for one in held)
        yield fact("S4.meetings", "部务会次数与日期", f"{len(held)}次：{days}" if held else case.absence("S4-01"))


def _after(case: CaseRecords, stage: Stage) -> Iterator[Pair | Grid]:
    if stage.id == "S1":
        steps = [step for item in stage.items for step in item.steps]
        rows = tuple(_line(case, step)[:3] for step in steps)
        yield Grid("S1.steps", "动议各步", ("step", "days", "signers"), ("步骤", "日期", "责任人"), rows)
    elif stage.id == "S3":
        yield from _checks(case)
    elif stage.id == "S5":
        yield from _votes(case)


def _ways(case: CaseRecords) -> Pair | Grid:
    """Return how the candidate was recommended: a line for the talks, a line for the meeting."""
    rows = (*_talks(case), *_meetings(case))
    if rows:
        return Grid("S2.ways", "推荐情况", _WAYS, _WAY_LABELS, rows)
    return fact("S2.ways", "推荐情况", case.absence("S2-02", "S2-05"))


def _talks(case: CaseRecords) -> Iterator[tuple[str, ...]]:
    report = case.last("S2-07")
    results = case.own_rows(report, "perCandidate") if report else []
    for one in case.of("S2-02"):
        for row in case.own_rows(one, "votes", "candidate"):
            rate = next((result["talkRate"] for result in results if result["talkVotes"] == row["count"]), "")
            above = sum(int(other["count"]) > int(row["count"]) for other in one.rows("votes"))
            days = "至".join(dict.fromkeys((one["talkFrom"], one["talkTo"])))
            yield "谈话调研推荐", days, one["actual"], one["actual"], row["count"], rate, str(above + 1)


def _meetings(case: CaseRecords) -> Iterator[tuple[str, ...]]:
    for one in case.of("S2-05"):
        meeting = next((met for met in case.of("S2-04") if met.record.id == one["meetingRef"]), None)
        day, actual = (meeting["heldOn"], meeting["actual"]) if meeting else (one["tallyOn"], one["returned"])
        for row in case.own_rows(one, "results", "candidate"):
            yield "会议推荐", day, actual, one["valid"], row["votes"], row["rate"], row["rank"]


def _period(case: CaseRecords) -> str:
    talks = case.last("S3-05")
    if talks is not None and talks["firstTalk"]:
        return "至".join(dict.fromkeys((talks["firstTalk"], talks["lastTalk"])))
    return _days([*case.of("S3-04"), *case.of("S3-05")]) or case.absence("S3-05")


def _checks(case: CaseRecords) -> Iterator[Pair | Grid]:
    """Yield 近三年年度考核 and 档案及“三龄两历一身份”审核."""
    if case.roster is not None and (grid := case.roster.grid("lastReviews")):
        yield replace(grid, key="S3.reviews", label="近三年年度考核")
    audit = case.last("S3-06")
    if audit is None:
        yield fact("S3.audit", "档案审核", case.absence("S3-06"))
        return
    if grid := audit.grid(_AUDITED):
        yield replace(grid, key="S3.audit", label="档案及“三龄两历一身份”审核", columns=(*grid.columns[:-1], "结论"))
    signed = f"{audit['auditors']}（{audit['auditedOn']}）；本人确认：{audit['confirmedBy']}"
    yield fact("S3.auditors", "档案审核人", signed)


def _votes(case: CaseRecords) -> Iterator[Pair | Grid]:
    keys = ("heldOn", "expected", "actual", "agree", "against", "abstain", "defer", "avoided", "passed")
    columns = ("时间", "应到", "实到", "同意", "不同意", "弃权", "缓议", "回避", "是否通过")
    rows = tuple(
        (one["heldOn"], one["expected"], one["actual"], *(row[key] for key in keys[3:]))
        for one in case.of("S5-02")
        for row in case.own_rows(one, "results")
    )
    if rows:
        yield Grid("S5.votes", "党委（党组）表决情况", keys, columns, rows)
    else:
        yield fact("S5.votes", "党委（党组）表决情况", case.absence("S5-02"))


def _register(case: CaseRecords, pages: Mapping[str, str]) -> Grid:
    """Return one row for each of the 44 steps, whatever became of it."""
    keys = ("step", "days", "places", "gist", "signers", "how", "records", "pages", "state")
    columns = ("步骤", "日期", "地点", "摘要", "责任人", "签名方式", "记录编号", "页号", "状态")
    rows = tuple(_register_row(case, step, pages) for step in procedure().steps.values())
    return Grid("register", "步骤登记", keys, columns, rows)


def _register_row(case: CaseRecords, step: Step, pages: Mapping[str, str]) -> tuple[str, ...]:
    records = case.of(step.id)
    name, days, signers, numbers = _line(case, step)
    how = "、".join(dict.fromkeys(mark.kind for one in records for mark in one.record.signatures))
    places = dict.fromkeys(one.record.place for one in records)
    gist = _counted([one.record.title for one in records]) or _reason(case, step)
    note = case.absences.get(step.id)
    papers = [one.record.id for one in records] or ([note.id] if note else [])
    found = [pages[number] for number in papers if number in pages]
    where = f"{found[0]}等" if len(found) > 1 else "".join(found)
    return name, days, "、".join(list(places)[:2]), gist, signers, how, numbers, where, case.state(step.id).label


def _reason(case: CaseRecords, step: Step) -> str:
    note = case.absences.get(step.id)
    return "" if note is None else case.told(note)["reasonKind"]


def _line(case: CaseRecords, step: Step) -> tuple[str, str, str, str]:
    """Return a step, its days, who is responsible, and the numbers of its records."""
    records = case.of(step.id)
    note = case.absences.get(step.id)
    numbers = [one.record.id for one in records] or ([note.id] if note else [])
    names = list(dict.fromkeys(name for one in records for name in one.signers()))
    listed = "、".join(names[:_MOST_NAMES]) + (f"等{len(names)}人" if len(names) > _MOST_NAMES else "")
    return f"{step.id} {step.name}", _days(records) or case.state(step.id).label, listed, _numbered(numbers)


def _numbered(numbers: Sequence[str]) -> str:
    """Return 记录编号, a line for each series: the batch and every person number their records by themselves."""
    told = []
    known = sorted((RecordId.of(number) for number in numbers), key=lambda number: number.order)
    for series, same in groupby(known, lambda number: number.series):
        places = [number.place for number in same]
        told.append(f"{series}/{places[0]}" + (f"\n至{places[-1]}，共{len(places)}件" if len(places) > 1 else ""))
    return "\n".join(told)


def _days(records: Sequence[Told]) -> str:
    """Return the day of some records, or their first and last."""
    days = sorted(one.record.occurred_on for one in records)
    ends = sorted(one.record.occurred_to or one.record.occurred_on for one in records)
    if not days:
        return ""
    first, last = chinese_date(days[0].isoformat()), chinese_date(ends[-1].isoformat())
    same_year = days[0].year == ends[-1].year
    return first if first == last else f"{first}至{last.partition('年')[2] if same_year else last}"


def _counted(titles: list[str]) -> str:
    """Return the last title, which is the summary where there is one, and how many there are."""
    return titles[-1] + (f"等{len(titles)}件" if len(titles) > 1 else "") if titles else ""
