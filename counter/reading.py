"""What find, show and get tell."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from archive.numbering import parse
from archive.reading.admitted import admitted_record
from archive.reading.retrieve import Hit, Reader, Search, Shown, SignedBy
from archive.register.register import Register
from counter.output import Output
from counter.printing import save
from counter.streams import for_a_reader
from jishi.case.ids import RecordId
from jishi.errors import FaultsFound
from jishi.moments import moment_told, pages_told
from jishi.procedure import every_step
from jishi.record_types import role_labels
from jishi.settings import Settings
from jishi.volume_kinds import MANNERS, retention_periods

_MANNER = MANNERS | {"": "未立卷"}
_MOST_TOLD = 5


def find(settings: Settings, register: Register, question: Search, limit: int, output: Output) -> None:
    """Print where it stands.

    Raises:
        FaultsFound: nothing was found (exit code 1, so that scripts can tell).
    """
    reader = Reader(settings, register)
    hits = reader.find(question, limit)
    _print_hits(hits, output)
    _warn_of(hits, output)
    if not hits:
        if question.person and (meant := reader.suggestions(question.person)):
            raise FaultsFound(
                f"没有“{question.person}”的材料，是否指 {'、'.join(meant)}？--person 须写姓名全名", told=True
            )
        raise FaultsFound("没有找到；可放宽条件，或用 jishi status 查看尚未立卷的材料", told=True)
    if len(hits) == limit:
        output.say(f"只显示前{limit}条；可用 --limit 增加，或加上条件")


def show(settings: Settings, register: Register, number: str, output: Output) -> None:
    """Print what a number is, who signed, its pages and its digests."""
    if RecordId.is_one(wanted := unicodedata.normalize("NFKC", number).strip().upper()):
        _show_record(settings, register, wanted, output)
        return
    shown = Reader(settings, register).show(parse(number))
    if output.as_json:
        output.value(shown)
        return
    output.value(shown, _facts(shown))
    _warn_of(shown.items, output)
    if shown.signers:
        _print_signers(shown.signers, output)
        for words in shown.proofs:
            output.say(f"签名核对：{words}")
    else:
        _print_hits(list(shown.items), output)


def _show_record(settings: Settings, register: Register, record_id: str, output: Output) -> None:
    """Print what an admitted record is, where it stands, what was completed in it, who signed."""
    shown, signers = admitted_record(settings, register, record_id), Reader(settings, register).signers(record_id)
    lines = [
        ("记录编号", shown.record), ("题名", shown.title), ("档号", "、".join(shown.numbers) or "（未立卷）"),
        ("更正", f"已由 {shown.corrected_by} 更正" if shown.corrected_by else ""), ("密级", shown.secrecy),
        ("收入时间", moment_told(shown.admitted_at)), ("投递名称", shown.submission),
        *_completed_lines(shown.completed, shown.sent), ("校验码", f"sha256 {shown.sha256}"),
        ("存放位置", shown.path),
    ]  # fmt: skip
    output.value(asdict(shown) | {"signers": signers}, _told(lines))
    if not output.as_json:
        _print_signers(signers, output)


def _completed_lines(completed: str, sent: str) -> list[tuple[str, str]]:
    return [("补全", completed), ("投递的原件", sent)]


def _print_signers(signers: Sequence[SignedBy], output: Output) -> None:
    roles = role_labels()
    columns = (
        ("责任角色", lambda s: roles.get(s.role, s.role)),
        ("姓名", lambda s: s.name),
        ("职务", lambda s: s.post),
        ("签名日期", lambda s: s.signed_on),
        ("方式", lambda s: s.kind),
    )
    output.table(signers, columns)


def get(settings: Settings, register: Register, number: str, out: Path | None, output: Output) -> None:
    """Save a volume, an item or pages as one PDF that holds nothing else, and say that it is what was filed."""
    from archive.reading.handing_out import hand_out  # who only looks need not load what cuts pages

    reader, reference = Reader(settings, register), parse(number)
    got = hand_out(settings, register, reference)
    for fault in got.faults:
        output.say(f"取出的文件不声明PDF/A-3b：{fault}")
    if out is None or str(out) == "-":
        _warn_of(reader.show(reference).items, output)
        with for_a_reader():
            sys.stdout.buffer.write(got.data)
        return
    save(settings, got.data, out)
    _warn_of(reader.show(reference).items, output)
    pages = f"第{pages_told(got.first_page, got.last_page)}页"
    said = {
        "number": got.number, "file": str(out), "bytes": len(got.data), "volume": got.volume,
        "volume_sha256": got.sha256, "pages": pages,
    }  # fmt: skip
    output.value(said, f"{got.number} → {out}（{pages}，{len(got.data)}字节；所在案卷已核对，与归档时的校验码一致）")


def _warn_of(hits: Sequence[Hit], output: Output) -> None:
    """Say which of some items were corrected since, so that nobody quotes what no longer holds."""
    corrected = [f"{hit.number or hit.record} 已由 {hit.corrected_by} 更正" for hit in hits if hit.corrected_by]
    if corrected:
        more = f"等{len(corrected)}件" if len(corrected) > _MOST_TOLD else ""
        output.say(f"注意：{'；'.join(corrected[:_MOST_TOLD])}{more}，引用请以更正后的为准")


def _print_hits(hits: list[Hit], output: Output) -> None:
    steps = every_step()
    output.table(
        hits,
        (
            ("档号", lambda hit: hit.number or "（未立卷）"),
            ("页", lambda hit: pages_told(hit.first_page, hit.first_page + hit.pages - 1) if hit.pages else ""),
            ("件", lambda hit: _MANNER.get(hit.manner, hit.manner)),
            ("日期", lambda hit: hit.date),
            ("步骤", lambda hit: f"{hit.step} {steps[hit.step].name}" if hit.step else ""),
            ("题名", lambda hit: hit.title),
            ("记录编号", lambda hit: hit.record),
        ),
    )


def _facts(shown: Shown) -> str:
    lines = [
        ("档号", shown.number), ("题名", shown.title), ("所在案卷", f"{shown.volume} {shown.volume_title}"),
        ("状态", {"filed": "已归档", "numbered": "已编号，待上架"}[shown.state]),
        ("更正", f"已由 {shown.corrected_by} 更正" if shown.corrected_by else ""), ("页", shown.pages),
        ("密级", shown.secrecy), ("保管期限", retention_periods()[shown.retention].name),
        ("记录编号", shown.record if "/" in shown.record else ""),
        *_completed_lines(shown.completed, shown.sent),
        ("登记的卷文件校验码", f"sha256 {shown.sha256}（核对用 jishi verify）"), ("卷文件字节", str(shown.bytes)),
        ("存放位置", shown.path),
    ]  # fmt: skip
    return _told(lines)


def _told(lines: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{label}：{value}" for label, value in lines if value)
