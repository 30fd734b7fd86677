"""What render prints: an admitted record as it was admitted, or a record that is still to be signed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archive.register.case_folders import folder_of, read_record
from counter.output import Output
from counter.printing import save_form
from jishi import safe_xml
from jishi.errors import NotFound, RecordRejected
from jishi.procedure import procedure
from jishi.records import record_of
from jishi.settings import Settings, is_home, load, load_or_default
from jishi.steps import Deed
from pipeline.intake.validate import record_faults
from press.forms import Form, SignatureLine
from press.record_form import form_of

_TO_SIGN = "待签稿：尚未收入案卷；签名后扫描，连同记录投递"
_ROOM, _DAY = "　" * 8, "　　　年　　月　　日"


def render(home: Path, asked: str, out: Path, output: Output) -> None:
    """Print a record as a PDF or Word file.

    Args:
        home: an archive home; a record to be signed needs none.
        asked: the 记录编号 of an admitted record, or the path of a record's XML that is to be signed.
        out: .pdf or .docx.
        output: says what was done, and what a record to be signed still lacks.

    Raises:
        NotFound: there is no such record.
        RecordRejected: the file is not a record, or lacks too much to be printed.
    """
    if asked.endswith(".xml"):
        if not Path(asked).is_file():
            raise NotFound(f"没有文件 {asked}")
        settings = load_or_default(home)
        if not is_home(home):
            output.say(f"{home.resolve()} 不是档案库，单位名称和字体用默认设置；要用本单位的，请加 --home 档案库")
        save_form(settings, _form_to_sign(Path(asked), output), out)
    else:
        settings = load(home)
        save_form(settings, form_of(read_record(_folder(settings, asked))), out)
    output.say(f"{asked} → {out}")


def _folder(settings: Settings, record_id: str) -> Path:
    if record_id.count("/") != 2 or not (folder := folder_of(settings, record_id)).exists():
        known = procedure()
        example = f"{known.numbers.example}/{known.that(Deed.OPENS)}/001"
        raise NotFound(f"案卷材料中没有记录 {record_id}；记录编号如 {example}，待签的记录请写它的XML文件")
    return folder


def _form_to_sign(path: Path, output: Output) -> Form:
    """Return the form of a record with its signature lines left open; what is not yet right is said, not refused."""
    data = path.read_bytes()
    root = safe_xml.parse(data, path.name)
    faults = record_faults(root, path.name)
    try:
        form = form_of(record_of(root, data), note=_TO_SIGN)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RecordRejected(faults) from error
    if faults:
        output.say(f"可以印出；投递之前还有{len(faults)}处要补正：")
        output.findings(faults)
    return replace(form, signatures=tuple(map(_open, form.signatures)))


def _open(line: SignatureLine) -> SignatureLine:
    return SignatureLine(f"{line.role}（{line.name}）", _ROOM, _DAY, "", "")
