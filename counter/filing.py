"""What file, recover and their previews tell."""

from __future__ import annotations

from dataclasses import asdict, replace

from archive.filing import FilingRun, file_batch, preview
from archive.recover import Recovery, gaps, recover
from archive.register.case_queries import lost_records
from archive.register.register import Register
from archive.verify import verify
from archive.volume.facts import Acceptance, VolumeFacts, VolumeOrder
from counter.notices import lost_words, retention_unapproved, tell_notices
from counter.output import Output, progress
from jishi.errors import ArchiveDamaged
from jishi.findings import errors_among
from jishi.settings import Settings
from jishi.volume_kinds import VolumeKind
from pipeline.rules.profiles import in_force


def dry_run(settings: Settings, register: Register, batch: str, acceptance: Acceptance, output: Output) -> None:
    """Print what would be numbered, changing nothing."""
    if acceptance.blocking:
        output.say(f"注意：还有{acceptance.blocking}处错误未解决，现在还不能立卷；先运行 jishi check {batch}")
    _tell_before(settings, register, output)
    orders = preview(FilingRun(settings, register, batch, acceptance, kinds=_kinds(settings)))
    output.table(
        [_order_row(order) for order in orders],
        (
            ("将编档号", lambda row: row["number"]),
            ("卷种", lambda row: row["kind"]),
            ("纪实编号", lambda row: row["person_no"]),
            ("件数", lambda row: row["items"]),
        ),
        "预览：没有编号，也没有改动",
    )


def file(
    settings: Settings, register: Register, batch: str, acceptance: Acceptance, workers: int, output: Output
) -> None:
    """File the batch and print its volumes."""
    _tell_before(settings, register, output)
    run = FilingRun(settings, register, batch, acceptance, workers, kinds=_kinds(settings))
    with progress("立卷", len(preview(run))) as advance:
        built = file_batch(replace(run, progress=lambda _: advance(1)))
    print_volumes(settings, built, output)
    for facts in built:
        for warning in facts.warnings:
            output.say(f"提示 {facts.number}：{warning}")


def _kinds(settings: Settings) -> tuple[VolumeKind, ...]:
    """Return the kinds of volume that the profile in force today files in."""
    return in_force(settings)[0].volumes


def _tell_before(settings: Settings, register: Register, output: Output) -> None:
    tell_notices(settings, register, output)
    for words in retention_unapproved(settings):
        output.say(f"注意：{words}")


def print_volumes(settings: Settings, built: list[VolumeFacts], output: Output) -> None:
    """Print number, title, items, pages, bytes and place of volumes."""
    rows = [
        {
            "number": str(facts.number), "title": facts.title, "items": len(facts.items), "pages": facts.pages,
            "bytes": facts.bytes, "sha256": facts.sha256,
            "path": str(settings.shelf / facts.number.file_name / "v1" / "content" / "volume.pdf"),
        }
        for facts in built
    ]  # fmt: skip
    output.table(
        rows,
        (
            ("档号", lambda row: row["number"]),
            ("案卷题名", lambda row: row["title"]),
            ("件数", lambda row: row["items"]),
            ("页数", lambda row: row["pages"]),
            ("字节", lambda row: row["bytes"]),
            ("位置", lambda row: row["path"]),
        ),
    )


def repair(settings: Settings, register: Register, output: Output) -> None:
    """Finish what a crash left, print what was done, and look whether every series is contiguous.

    Raises:
        ArchiveDamaged: a series has a gap, or the files of a record are gone.
    """
    done: Recovery = recover(settings, register)
    if done.head_renewed:
        output.say("台账末行的记号原来不在，已按现在的台账重新记下，并在台账中写明；请查明它为什么不在")
    words = f"补位记录{done.records_placed}件，补上架案卷{len(done.volumes_filed)}卷，清理暂存{done.staging_swept}处"
    with register.reading() as connection:
        lost = lost_records(connection, settings)
    broken = gaps(register)
    output.value({**asdict(done), "gaps": broken, "lost_records": lost}, words)
    faults = ["档号不连续：" + "；".join(broken)] if broken else []
    if faults := faults + ([lost_words(lost)] if lost else []):
        raise ArchiveDamaged("。".join(faults), told=True)


def verify_all(settings: Settings, register: Register, output: Output) -> None:
    """Print what differs between the shelf and the register.

    Raises:
        ArchiveDamaged: something differs (exit code 6).
    """
    done = verify(settings, register)
    tell_notices(settings, register, output)
    if output.as_json:
        output.value(asdict(done) | {"findings": done.findings})
    if done.unsealed:
        words = "立卷时还没有登记清单校验码（由早先的版本立卷），除卷文件外只能与架上的清单核对"
        output.say(f"提示 {len(done.unsealed)}卷{words}：{'、'.join(done.unsealed[:20])}")
    if done.unsealed_lines:
        counted = "、".join(f"{event} {count}行" for event, count in sorted(done.unsealed_lines.items()))
        output.say(f"提示 台账中有早先版本记的行，封存的内容较少，相应登记的部分项目没有可核对的依据：{counted}")
    if done.findings:
        output.findings(done.findings)
    looked = f"核对{done.volumes}卷、{done.records}件记录"
    if errors := errors_among(done.findings):
        raise ArchiveDamaged(f"{looked}，{len(errors)}处与登记不符", told=True)
    more = f"；另有{len(done.findings)}处提醒，不属于档案损坏" if done.findings else ""
    output.say(f"{looked}：文件、校验码、登记、档号、台账全部相符{more}")


def _order_row(order: VolumeOrder) -> dict[str, object]:
    return {
        "number": str(order.number),
        "kind": order.plan.kind.name,
        "person_no": order.plan.person_no,
        "items": len(order.plan.items),
    }
