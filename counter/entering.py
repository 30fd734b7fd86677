"""What blank --xlsx, fill, compare and export do: the clerk's files in, records and 任免表 out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.register.case_folders import read_record, sealed_bytes
from archive.register.case_queries import case_records
from counter.command_home import CommandHome
from counter.output import Output
from counter.printing import refuse_target, save
from jishi.case.ids import PersonNo
from jishi.errors import FaultsFound, NotFound, RecordRejected, Refused
from jishi.findings import errors_among
from jishi.procedure import procedure
from jishi.records import Person, Record
from jishi.settings import Settings, load_or_default
from pipeline.clerk.drafting import RecordDraft, draft_all
from pipeline.clerk.form_to_record import form_map
from pipeline.clerk.forms_folder import NEW, FoundForms, find_forms
from pipeline.clerk.lrmx import write_lrmx
from pipeline.clerk.lrmx_elements import only_element
from pipeline.clerk.record_to_form import form_of_record
from pipeline.clerk.roster_table import Difference, differences, not_listed, read_roster, without_form
from pipeline.clerk.workbook import blank_workbook
from pipeline.clerk.workbook_reading import read_filled

_DIFFERENT = (
    ("姓名", lambda one: one.name), ("栏目", lambda one: one.label), ("名册", lambda one: one.in_roster),
    ("任免表", lambda one: one.in_form), ("名册中的位置", lambda one: one.place), ("任免表文件", lambda one: one.file),
)  # fmt: skip


def write_workbook(
    home: Path, steps: Sequence[str], out: Path, batch: str, forms: Sequence[Path], output: Output
) -> None:
    """Write the workbook of a batch.

    Args:
        home: a home, whose own files are not written over; none is needed.
        steps: record types; none for all of them.
        out: the workbook.
        batch: 批次编号, if it is known.
        forms: 任免表, whose people are listed already.
        output: says what was done.

    Raises:
        NotFound: there is no such step.
        RecordRejected: a 任免表 cannot be read.
        Refused: the file has another ending, is there already, or may not be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise Refused(f"{out} 应以 .xlsx 结尾")
    _refuse_existing(out)
    found = find_forms(forms)
    if found.findings:
        raise RecordRejected(found.findings)
    wanted = list(dict.fromkeys(steps)) or list(procedure().all_types)
    people = list(_people_of(found, batch))
    save(load_or_default(home), blank_workbook(wanted, people, batch), out)
    listed = f"，人员已填{len(people)}人" if people else ""
    output.say(f"工作簿已写到 {out}：{len(wanted)}张记录表{listed}。填好后：jishi fill {out} -o 草稿")


def write_drafts(home: Path, workbook: Path, folder: Path, forms: Sequence[Path], output: Output) -> None:
    """Write a draft of every record of a workbook, all or none.

    Args:
        home: a home, whose own files are not written over; none is needed.
        workbook: the filled workbook.
        folder: where the drafts shall stand; made when missing.
        forms: 任免表 of the people.
        output: says every fault, and what was done.

    Raises:
        RecordRejected: something is wrong with the workbook or a 任免表; every fault is listed, nothing is written.
        Refused: a draft is there already.
    """
    book = read_filled(workbook)
    drafted = draft_all(book, find_forms(forms), dt.datetime.now().astimezone())
    if errors := errors_among(drafted.findings):
        raise RecordRejected([*errors, *(one for one in drafted.findings if one not in errors)])
    output.findings(drafted.findings)
    if not drafted.drafts:
        raise NotFound(f"{workbook} 里一件记录也没有填")
    _write_all(load_or_default(home), folder, list(_files_of(drafted.drafts)))
    output.value([one.record_id for one in drafted.drafts], "\n".join(one.record_id for one in drafted.drafts))
    output.say(f"已在 {folder} 写出{len(drafted.drafts)}件记录草稿；打印签名：jishi render 草稿.xml -o 待签.pdf")


def compare_roster(roster: Path, forms: Sequence[Path], output: Output) -> None:
    """Print what a 名册 and the 任免表 of its people say differently.

    Raises:
        RecordRejected: the 名册 cannot be read.
        FaultsFound: they differ, or a 任免表 cannot be read.
    """
    table, found = read_roster(roster), find_forms(forms)
    rows = list(differences(table, found))
    output.table(rows, _DIFFERENT)
    for words, names in (
        ("名册里有、没有任免表的", without_form(table, found)), ("有任免表、名册里没有的", not_listed(table, found)),
        ("名册里没有对应栏目、未核对的列", table.ignored),
    ):  # fmt: skip
        if names:
            output.say(f"{words}：{'、'.join(names)}")
    output.findings(found.findings)
    output.say(f"名册{len(table.rows)}人，任免表{len(found.forms)}份：{_told(rows)}")
    if rows or found.findings or without_form(table, found):
        raise FaultsFound("名册与任免表不一致，请核对后改正", told=output.as_json)


def export_forms(
    home: CommandHome, numbers: Sequence[str], folder: Path, originals: Sequence[Path], output: Output
) -> None:
    """Write the 任免表 of people whose roster entry is admitted.

    Args:
        home: the archive home.
        numbers: 纪实编号.
        folder: where the files shall stand; made when missing.
        originals: 任免表 they came with.
        output: says what was done.

    Raises:
        NotFound: there is no such number, or no roster entry of it.
        RecordRejected: an original cannot be read.
        ArchiveDamaged: the record differs from what was admitted.
    """
    found = find_forms(originals)
    if found.findings:
        raise RecordRejected(found.findings)
    settings = home.settings
    files = []
    for number in numbers:
        record, picture = _roster_entry(home, settings, number)
        name = record.subject.name if record.subject else number
        original = next(iter(found.of(name)), None)
        files.append((f"{name}_{number}{NEW}", write_lrmx(form_of_record(record, picture, original))))
    _write_all(settings, folder, files)
    output.say(f"已在 {folder} 写出：{'、'.join(name for name, _ in files)}")


def _roster_entry(home: CommandHome, settings: Settings, number: str) -> tuple[Record, bytes]:
    """Return a person's record that a 任免表 can be made of, as admitted, and the photo with it."""
    try:
        batch = PersonNo.parse(number).batch
    except ValueError:
        raise NotFound(f"“{number}”不是纪实编号；应如 511000-2026-P003-006") from None
    with home.register.reading() as connection:
        cases = case_records(connection, settings, batch)
    own = [one for one in cases if one.person_no == number and form_map(one.step) and not one.superseded]
    if not own:
        raise NotFound(f"案卷材料中没有 {number} 的名册记录；可用 jishi status {batch} 查看")
    case = own[-1]
    record = read_record(case.folder, case.sealed.record)
    photos = [record.content.find(f"{{*}}{key}") for key in form_map(record.step_id).get("photo", {})]
    wanted = {node.get("att") for node in photos if node is not None}
    paper = next((one for one in record.attachments if one.id in wanted), None)
    if paper is None:
        return record, b""
    return record, sealed_bytes(Path(case.folder), f"attachments/{paper.file}", case.sealed.papers[paper.file])


def _people_of(found: FoundForms, batch: str) -> Iterator[Person]:
    """Yield the people of some 任免表, numbered in the order of their files."""
    for place, one in enumerate(found.forms, start=1):
        number = f"{batch}-{place:03d}" if batch else f"{place:03d}"
        yield Person("", number, one.form.name, "", one.form.value(only_element("post").name))


def _files_of(drafts: Sequence[RecordDraft]) -> Iterator[tuple[str, bytes]]:
    for draft in drafts:
        yield draft.file, draft.xml
        yield from draft.pictures


def _write_all(settings: Settings, folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files into a folder; where one of them is there already, none is written."""
    for name, _ in files:
        _refuse_existing(folder / name)
        refuse_target(settings, folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files:
        save(settings, data, folder / name)


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise Refused(f"{out} 已经在了，没有写；请换一个位置，或先移走它")


def _told(rows: Sequence[Difference]) -> str:
    return f"{len(rows)}处不一致，涉及{len({row.name for row in rows})}人" if rows else "逐项一致"
