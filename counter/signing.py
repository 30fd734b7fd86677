"""What print does: a record set to be signed, coded, with the places of its cells for other programs."""

from __future__ import annotations

import json
from pathlib import Path

from archive.register.case_folders import folder_of
from counter.output import Output
from counter.printing import refuse_target, save
from counter.rendering import record_asked
from jishi.errors import Refused, TryLater, reason_of
from jishi.records import Record
from jishi.settings import Settings, is_home
from pipeline.intake.submission import name_fault
from pipeline.sheets.sent import SentSheets
from press.coded_sheet import coded_sheet
from press.draft import Draft
from press.signing_form import CHECK_SHEET
from press.typeset import typesetter_of


def print_sheet(home: Path, asked: str, out: Path, cells: Path | None, output: Output) -> None:
    """Print a record to be signed.

    Args:
        home: an archive home; a record that is not admitted yet needs none.
        asked: the 记录编号 of an admitted record, or the path of a record's XML.
        out: the PDF.
        cells: where to tell the codes and the places for hands, or None.
        output: says what was done, and what the record still lacks.

    Raises:
        NotFound: there is no such record.
        RecordRejected: the file is not a record, or lacks too much to be printed.
        Refused: a file asked for has another ending, or may not be written.
    """
    if out.suffix.lower() != ".pdf":
        raise Refused(f"{out} 应以 .pdf 结尾：送签件要按原样印出，签名后扫描回来才认得出")
    settings, record = record_asked(home, asked, output)
    for path in filter(None, (out, cells)):
        refuse_target(settings, path)
    draft = coded_sheet(record, typesetter_of(settings))
    save(settings, draft.pdf, out)
    if asked.endswith(".xml") and is_home(home):
        _send(settings, record, Path(asked), output)
    if cells is not None:
        save(settings, json.dumps(draft.as_json(), ensure_ascii=False, indent=1).encode(), cells)
    if record.step.outgoing:
        output.say(f"《{record.form_title}》是发出的文书，正本不印编码；印出的是随它流转的{CHECK_SHEET}")
    output.say(f"{asked} → {out}：{_counted(draft)}；请按100%原大单面打印")


def _send(settings: Settings, record: Record, path: Path, output: Output) -> None:
    """Keep what was printed, so that its scan finds it; who may not write into the home prints all the same."""
    if folder_of(settings, record.id).exists():
        return
    papers = [paper.file for paper in record.attachments if name_fault(paper.file) is None]
    try:
        SentSheets(settings).send(record.id, path, papers)
    except (TryLater, OSError) as error:
        output.say(f"没有登记送签：{reason_of(error)}；签好的扫描件请连同记录一起投递")
        return
    output.say(f"{record.id} 已登记送签：签好后扫描，扫描件单独投递即可")


def _counted(draft: Draft) -> str:
    seals = sum(cell.signatory.seals for cell in draft.cells)
    places = [f"签名栏{len(draft.cells) - seals}处"] + ([f"盖章处{seals}处"] if seals else [])
    return f"{len(draft.sizes)}页，{'、'.join(places)}"
