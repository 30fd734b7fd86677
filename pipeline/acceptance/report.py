"""验收报告 as a form: batch and people against the 61 requirements, every finding, what ran and what did not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from jishi.findings import Finding, source_told
from jishi.procedure import procedure
from jishi.steps import Deed
from pipeline.acceptance.verdict import Answer, Answered, BatchVerdict, ExceptionNote, Judged, PersonVerdict, RuleCount
from pipeline.acceptance.verdict_words import (
    answers_told,
    conclusion,
    grounds,
    own_conclusion,
    short_number,
    steps_told,
)
from pipeline.rules.inactive_rules import inactive_rules
from pipeline.rules.profiles import profile_names
from press.forms import MADE_TITLES, Form, Grid, Pair, chinese_date
from press.report import fact, section

TEMPLATE = "check"
_NOTE = (
    "本报告由程序按上列规则配置逐件核对案卷中的记录得出，只说明记录写了什么、是否相符，不代替对人选的考察和集体决定。",
    "61条要求的总数出自内江市2013年公开介绍，各条文字为本系统拟定，不是规定原文；出处注“依据未核”的，条文没有对照官方原文核对。",
    "结论后有“＊”的，程序只核对了要素是否齐全，内容是否恰当须由人判断。未定：缺少判断所需的材料。"
    "不适用：没有可供判断的事项，不算通过。",
)


def _numbers_note() -> str:
    """Return how record numbers are cut short here."""
    known = procedure()
    shared, own = (f"{known.that(deed)}/001" for deed in (Deed.OPENS, Deed.ENROLS))
    return f"记录编号略去批次编号：{shared}为按批的记录，001/{own}为纪实编号末三位是001的人的记录。"


_GROUPS = {"R": "61条要求所附规则", "G": "G 通用规则", "CN": "CN 全国规则", "X": "X 记录格式"}
_MOST_RECORDS = 2
_BLANK = "（签名）　　　　　　　　年　　月　　日"


def acceptance_form(
    verdict: BatchVerdict,
    *,
    person: PersonVerdict | None = None,
    filer: str = "",
    acceptor: str = "",
    cited: bool = False,
) -> Form:
    """Return 验收报告 of a judged batch, or of one of its people.

    Args:
        verdict: what the judging said.
        person: whom alone it tells of; such a paper is for reading, what is accepted is the batch.
        filer: who files, where that is known; else a line is left to sign on.
        acceptor: who accepts, likewise.
        cited: whether every record is followed by the volume page it stands on; only for the volume itself, which
            knows its pages.
    """
    return Form(
        template=TEMPLATE,
        title=MADE_TITLES["check"],
        subtitle=f"批次{verdict.batch}{_name(person)}纪实材料" if person else f"批次{verdict.batch}纪实材料",
        record_id=person.no if person else verdict.batch,
        secrecy=verdict.secrecy,
        extract="",
        head=(
            *_head(verdict, person),
            *(() if person else _signing(filer, acceptor)),
            Pair("note", "说明", (*_NOTE, _numbers_note()), True),
        ),
        body=tuple(_Body(verdict, cited).of_person(person) if person else _Body(verdict, cited).blocks()),
        foot=(),
        signatures=(),
        attachments=Grid("attachment", "凭证附件", (), (), ()),
    )


def group_of(rule: str) -> str:
    """Return the table a rule belongs to: R, G, CN, X, or the locality's own."""
    found = re.match("[A-Z]+", rule)
    return found[0] if found else rule


def group_name(group: str) -> str:
    """Return the Chinese name of a rule table; a locality's rules are named after the text they come from."""
    place = profile_names().get(group, "")
    return _GROUPS.get(group, f"{group} 出自{place}文本的规则" if place else f"{group} 本地规则")


def _head(verdict: BatchVerdict, person: PersonVerdict | None) -> Iterator[Pair]:
    yield fact("batch", "批次编号", verdict.batch)
    yield fact("occurredOn", "检查日期", chinese_date(verdict.judged_on))
    yield fact("profile", "规则配置", f"{verdict.profile_name}（{verdict.profile}）")
    yield fact("started", "规则生效日", chinese_date(verdict.started) or "没有动议启动记录，按检查日期")
    yield fact("rules", "规则集校验码", verdict.version)
    yield from _of_person_head(verdict, person) if person else _of_batch_head(verdict)


def _of_person_head(verdict: BatchVerdict, person: PersonVerdict) -> Iterator[Pair]:
    yield fact("people", "人员", f"{_name(person)}（{person.no}）")
    yield fact("errors", "本人的错误", f"{sum(one.blocks for one in person.findings)}处")
    yield fact("steps", "44步", steps_told(person))
    yield fact("answers", "61条要求", answers_told(person.requirements))
    yield fact("result", "结论", f"{own_conclusion(person)}；全批{conclusion(verdict)}")


def _of_batch_head(verdict: BatchVerdict) -> Iterator[Pair]:
    yield fact("people", "人数", f"{len(verdict.people)}人")
    yield fact("errors", "错误", f"{len(verdict.blocking)}处")
    yield fact("warnings", "警告", f"{len(verdict.to_explain)}处")
    yield fact("overridden", "例外", f"{len(verdict.overridden)}处错误，例外说明{len(verdict.notes)}件")
    yield fact("undetermined", "未定", f"{sum(a.answer is Answer.UNDETERMINED for a in verdict.requirements)}条")
    yield fact("answers", "61条要求", answers_told(verdict.requirements))
    yield fact("result", "结论", conclusion(verdict))


def _signing(filer: str, acceptor: str) -> Iterator[Pair]:
    """Yield the places to sign: on the first page, beside the conclusion."""
    yield fact("filer", "立卷人", f"\n{filer}{_BLANK}")
    yield fact("acceptor", "验收人", f"\n{acceptor}{_BLANK}")
    yield fact("unit", "部门意见", "\n　　　　　　　　　　　　（盖章）　　　　　　　　年　　月　　日")


@dataclass(frozen=True, slots=True)
class _Body:
    """Writes the blocks of one verdict."""

    verdict: BatchVerdict
    cited: bool

    def blocks(self) -> Iterator[Pair | Grid]:
        yield self._grid(
            "requirements", "一、全批61条纪实要求", _BATCH_COLUMNS, map(self._batch_row, self.verdict.requirements)
        )
        yield section("findings", "二、检查发现")
        yield from self._findings(self.verdict.findings)
        yield self._exceptions(self.verdict.notes)
        yield from self._rules()
        for place, person in enumerate(self.verdict.people, start=1):
            yield from self._person(place, person)

    def of_person(self, person: PersonVerdict) -> Iterator[Pair | Grid]:
        """Yield the blocks that tell of one person alone."""
        rows = map(self._needs_row, person.requirements)
        yield self._grid("requirements", f"一、{_name(person)}61条纪实要求", _BATCH_COLUMNS, rows)
        yield section("findings", "二、本人的检查发现")
        yield from self._findings(person.findings)
        yield self._exceptions([note for note in self.verdict.notes if note.person == person.no])

    def _grid(self, key: str, label: str, columns: dict[str, str], rows: Iterable[tuple[str, ...]]) -> Grid:
        """Return a table; the column of volume pages only where they are cited."""
        kept = [place for place, name in enumerate(columns) if self.cited or name != "pages"]
        names, heads = list(columns), list(columns.values())
        told = tuple(tuple(row[place] for place in kept) for row in rows)
        return Grid(key, label, tuple(names[at] for at in kept), tuple(heads[at] for at in kept), told)

    def _batch_row(self, one: Answered) -> tuple[str, ...]:
        """Return a requirement of the batch; where the people's answers differ, with how many are which."""
        own = [person.requirements[int(one.requirement.id[1:]) - 1] for person in self.verdict.people]
        differs = own and (not one.figures or len({answered.answer for answered in own}) > 1)
        return self._needs_row(one, f"逐人：{answers_told(own)}" if differs else "")

    def _needs_row(self, one: Answered, also: str = "") -> tuple[str, ...]:
        told = [*grounds(one), *filter(None, [also])]
        need = one.requirement
        source = source_told(one.source, one.verified)
        return need.id, need.text, need.step, _answer(one), "；".join(told), *self._records(one.records), source

    def _person_row(self, one: Answered) -> tuple[str, ...]:
        told = grounds(one)
        step = procedure().steps[one.requirement.step]
        return one.requirement.id, f"{step.id} {step.name}", _answer(one), "；".join(told), *self._records(one.records)

    def _records(self, records: Sequence[str]) -> tuple[str, str]:
        """Return some records by their short numbers, and the citations of their pages."""
        more = f"等{len(records)}件" if len(records) > _MOST_RECORDS else ""
        few = records[:_MOST_RECORDS]
        short = "\n".join(short_number(record, self.verdict.batch) for record in few) + more
        return short, "、".join(f"@{record}" for record in few) + ("等" if more else "")

    def _findings(self, judged: Iterable[Judged]) -> Iterator[Pair | Grid]:
        by_group = sorted(judged, key=lambda one: _place(group_of(one.rule)))
        if not by_group:
            yield fact("findings.none", "检查发现", "没有不通过的规则")
        for group, found in groupby(by_group, lambda one: group_of(one.rule)):
            rows = list(map(self._finding_row, found))
            yield self._grid(f"findings.{group}", f"{group_name(group)}（{len(rows)}处）", _FINDING_COLUMNS, rows)

    def _finding_row(self, one: Judged) -> tuple[str, ...]:
        finding = one.finding
        whom = next((person.name for person in self.verdict.people if person.no == one.person), "") or "全批"
        short, page = self._records([finding.record] if finding.record else [])
        excused = short_number(one.exception, self.verdict.batch) if one.exception else "无"
        level = finding.severity.label + ("（未定）" if one.undetermined else "")
        source = source_told(finding.source, finding.verified)
        return (
            level,
            finding.code,
            whom,
            _said(finding, self.verdict.batch),
            one.evasion or "—",
            short,
            page,
            source,
            excused,
        )

    def _exceptions(self, notes: Iterable[ExceptionNote]) -> Pair | Grid:
        """Return every exception note, with what it excuses; one that excuses nothing is told, too."""
        rows = []
        for note in notes:
            count = sum(one.exception == note.record for one in self.verdict.findings)
            short, page = self._records([note.record])
            whom = next((one.name for one in self.verdict.people if one.no == note.person), "全批")
            told = f"{count}处" if count else "没有用到" if note.excuses else "无效"
            faults = "；".join(fault.finding.message for fault in note.faults)
            rows.append(
                (short, page, "、".join(note.named), whom, told, faults or ("" if note.excuses else "签名等有错误"))
            )
        if not rows:
            return fact("exceptions", "例外说明", "没有例外说明")
        return self._grid("exceptions", f"例外说明（{len(rows)}件）", _NOTE_COLUMNS, rows)

    def _rules(self) -> Iterator[Pair | Grid]:
        groups: dict[str, list[RuleCount]] = {}
        for count in sorted(self.verdict.rules, key=lambda one: _place(group_of(one.rule.id))):
            groups.setdefault(group_of(count.rule.id), []).append(count)
        rows = [_count_row(group, counts) for group, counts in groups.items()]
        yield self._grid("ran.groups", "三、规则执行情况", _COUNT_COLUMNS, rows)
        yield Pair("ran.why", "规则来由", tuple(self._origins()), True)
        idle = [one.rule.id for counts in groups.values() for one in counts if not one.tried]
        told = f"以下规则没有可判断的事项，不算通过：{'、'.join(idle)}。" if idle else "在用的规则都已触发。"
        yield Pair("idle", "未触发", (told,), True)
        waiting = [(one.id, one.text, one.needs) for one in inactive_rules() if group_of(one.id) in self.verdict.line]
        columns = {"id": "规则", "text": "内容", "needs": "尚需"}
        yield self._grid("inactive", f"未启用的规则（{len(waiting)}条，不算通过）", columns, waiting)

    def _origins(self) -> Iterator[str]:
        """Yield which profile the batch is judged by, and why rules that bear a locality's letters are among them."""
        yield f"本批次按规则配置{self.verdict.profile_name}（{self.verdict.profile}）检查。"
        rules = [count.rule for count in self.verdict.rules if group_of(count.rule.id) not in _GROUPS]
        shared = sorted({group_of(rule.id) for rule in rules if not rule.profile})
        if shared:
            yield (
                f"编号以{'、'.join(shared)}开头的规则出自该地公开文本，本系统写成各地都可用的规则，随全国通用配置在用；"
                "由参数开启的，参数没有设就不触发，列在“未触发”。"
            )
        own = sum(bool(rule.profile) for rule in rules)
        if own:
            yield f"只属于{self.verdict.profile_name}配置的本地规则另有{own}条。"

    def _person(self, place: int, person: PersonVerdict) -> Iterator[Pair | Grid]:
        change = procedure().changes.get(person.change, "名册无记载")
        state = "没有错误" if person.acceptable else "有错误"
        yield section(person.no, f"四（{place}）　{_name(person)}　{person.no}　{change}　{state}")
        yield fact(f"{person.no}.steps", "44步", steps_told(person))
        yield fact(f"{person.no}.answers", "61条要求", answers_told(person.requirements))
        rows = map(self._person_row, person.requirements)
        yield self._grid(f"{person.no}.requirements", f"{person.name}　61条纪实要求", _PERSON_COLUMNS, rows)


_BATCH_COLUMNS = {
    "need": "要求", "text": "内容", "step": "步骤", "answer": "结论", "figures": "依据的数字",
    "records": "记录", "pages": "卷页号", "source": "出处",
}  # fmt: skip
_PERSON_COLUMNS = {name: _BATCH_COLUMNS[name] for name in ("need", "step", "answer", "figures", "records", "pages")}
"""The wording of a requirement stands once, in the batch's table."""
_FINDING_COLUMNS = {
    "severity": "级别", "rule": "规则", "person": "人员", "message": "情况", "evasion": "方式", "records": "记录",
    "pages": "卷页号", "source": "出处", "exception": "例外说明",
}  # fmt: skip
_NOTE_COLUMNS = {
    "records": "例外说明", "pages": "卷页号", "rules": "所涉规则", "person": "人员", "count": "豁免", "fault": "问题",
}  # fmt: skip
_COUNT_COLUMNS = {
    "group": "规则类别", "rules": "在用规则", "fired": "触发的规则", "idle": "未触发的规则", "tried": "判断次数",
    "passed": "通过次数", "failed": "不通过次数",
}  # fmt: skip


def _name(person: PersonVerdict) -> str:
    return person.name or "（名册无此人）"


def _count_row(group: str, counts: Sequence[RuleCount]) -> tuple[str, ...]:
    fired = sum(one.tried > 0 for one in counts)
    tried, failed = sum(one.tried for one in counts), sum(one.failed for one in counts)
    return (group_name(group), *map(str, (len(counts), fired, len(counts) - fired, tried, tried - failed, failed)))


def _place(group: str) -> tuple[int, str]:
    known = list(_GROUPS)
    return known.index(group) if group in known else len(known), group


def _answer(one: Answered) -> str:
    return one.answer.value + ("＊" if one.needs_a_person else "")


def _said(finding: Finding, batch: str) -> str:
    places = filter(
        None, [short_number(finding.record, batch), f"第{finding.line}行" * bool(finding.line), finding.place]
    )
    where = f"（{'，'.join(places)}）" if finding.record or finding.place else ""
    return f"{finding.message}{where}" + (f"。处理：{finding.remedy}" if finding.remedy else "")
