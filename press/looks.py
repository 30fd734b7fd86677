"""What paper looks like where that is data: TOML files of templates/, each checked whole when it is read.

A form may have form.toml beside form.typ and form.docx; a stamp is a file of volume/stamps, named after it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from jishi.data_files import of_data, template_file
from jishi.errors import SettingsInvalid
from jishi.setting_rules import between, checked_value, one_of, shown
from press.forms import STANDARD
from press.paper import LYING, MM, UPRIGHT

ROLES = ("宋", "黑", "仿", "楷", "小标宋")
"""The faces GB/T 9704 asks for."""
MARKS, TABLES, _COLOURS = "volume/marks.toml", "shared/tables.toml", "shared/colours.toml"
_SIGNING = "shared/signing.toml"
Millimetres = Annotated[float, between(0, 300)]
Ems = Annotated[float, between(0, 10)]
Points = Annotated[float, between(1, 100)]
_Look = TypeVar("_Look")


@dataclass(frozen=True, slots=True)
class FormLook:
    """How the paper of a form lies, and how much it shows."""

    lying: bool = False
    """Every page lies: a register of many columns."""
    across: bool = False
    """In Word the tables at its end lie, though its first pages stand."""
    dense: bool = False
    """Much must go on few pages: smaller type."""
    inset: Annotated[float, between(0, 20)] = 5.0
    """White space above and below a cell's text, in points."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A frame of cells at the head of an item's first page, centred; millimetres, type in points."""

    top: Millimetres
    columns: tuple[Millimetres, ...]
    rows: tuple[Millimetres, ...]
    rule: Millimetres
    colour: str
    size: Points
    inset: Millimetres
    cells: tuple[tuple[str, ...], ...]
    """Row by row the names of what fills it in (archive/volume/marks.py)."""

    def __post_init__(self) -> None:
        if [len(row) for row in self.cells] != [len(self.columns)] * len(self.rows):
            raise ValueError(f"cells 应为{len(self.rows)}行，每行{len(self.columns)}项")
        if self.top + sum(self.rows) > LYING.top:
            raise ValueError(f"章底应在纸边下{LYING.top}毫米之内，否则压住正文")
        if sum(self.columns) > UPRIGHT.room / MM:
            raise ValueError(f"章宽应在{UPRIGHT.room / MM:.0f}毫米之内")
        if 2 * self.inset >= min(self.columns, default=0):
            raise ValueError("inset 应小于每格宽度的一半")


@dataclass(frozen=True, slots=True)
class MarksLook:
    """What the marks of every page look like, stamps apart: templates/volume/marks.toml says what each value is."""

    face: Annotated[str, one_of(*ROLES)]
    number_size: Points
    number_top: Millimetres
    code_size: Points
    code_top: Millimetres
    scan_size: Points
    scan_top: Millimetres
    rule_width: Millimetres
    rule_top: Millimetres
    rule_side: Millimetres


@dataclass(frozen=True, slots=True)
class TableLook:
    """Measures of tables: templates/shared/tables.toml says what each value is."""

    beside: Points
    leading: Ems
    caption: Points
    head: Points
    label: Points
    label_column: Millimetres
    prose_inset: Points
    prose_leading: Ems
    prose_indent: Ems

    @property
    def label_room(self) -> int:
        """How many ems of a label fit a line of its column."""
        return max(1, int((self.label_column * MM - 2 * self.beside) / self.label))


@dataclass(frozen=True, slots=True)
class SigningLook:
    """Measures of what is printed to be signed: templates/shared/signing.toml says what each value is."""

    row: Annotated[float, between(12, 40)]
    hand: Annotated[float, between(30, 120)]
    role: Millimetres
    name: Millimetres
    pairs_from: Annotated[int, between(2, 1000)]
    pair_label: Millimetres
    pair_date: Millimetres
    seal: Annotated[float, between(45, 70)]
    code: Annotated[float, between(12, 25)]
    code_edge: Annotated[float, between(5, 14)]
    note_left: Millimetres
    note_bottom: Millimetres

    def __post_init__(self) -> None:
        if self.code + self.code_edge > min(UPRIGHT.left, UPRIGHT.right, LYING.top, LYING.bottom):
            raise ValueError("code 加 code_edge 应小于页边，否则编码压住正文")


@of_data
@cache
def signing_look() -> SigningLook:
    """Return the measures of what is printed to be signed.

    Raises:
        SettingsInvalid: the file that says them is wrong.
    """
    look: SigningLook = look_of(SigningLook, _SIGNING)
    return look


@of_data
@cache
def form_look(template: str) -> FormLook:
    """Return how the paper of a form looks; of one without form.toml, like most.

    Raises:
        SettingsInvalid: form.toml is wrong.
    """
    name = f"{template}/form.toml"
    return look_of(FormLook, name) if template_file(name).is_file() else FormLook()


@of_data
@cache
def drawn_by(template: str) -> str:
    """Return the folder whose form.typ draws a form: its own, else the standard."""
    return template if template_file(f"{template}/form.typ").is_file() else STANDARD


@of_data
@cache
def look_of(look: type[_Look], name: str) -> _Look:
    """Return what a file says.

    Args:
        look: what it must say.
        name: of the file below templates/.

    Raises:
        SettingsInvalid: it is wrong or gone; every fault of it is told.
    """
    table, hints, faults = _table(name), get_type_hints(look, include_extras=True), []
    faults = [f"未知的项 {key}" for key in table if key not in hints]
    faults += [f"缺少 {field.name}" for field in fields(look) if field.name not in table and field.default is MISSING]  # type: ignore[arg-type]
    values = {}
    for key in filter(table.__contains__, hints):
        try:
            values[key] = _checked(table[key], hints[key])
        except ValueError as error:
            faults.append(f"{key} = {shown(table[key])} {error}")
    try:
        if not faults:
            return look(**values)
    except ValueError as error:
        faults.append(str(error))
    raise SettingsInvalid(f"{template_file(name)} 有{len(faults)}处错误：" + "；".join(faults))


def stamp_file(name: str) -> str:
    """Return the file below templates/ that says what a stamp looks like."""
    return f"volume/stamps/{name}.toml"


def colour(name: str) -> tuple[float, float, float]:
    """Return red, green and blue of a colour of paper, each from 0 to 1.

    Raises:
        SettingsInvalid: shared/colours.toml has no such colour.
    """
    try:
        red, green, blue = bytes.fromhex(str(_table(_COLOURS)[name]).removeprefix("#"))
    except (KeyError, ValueError) as error:
        raise SettingsInvalid(f'{template_file(_COLOURS)} 没有写明颜色 {name}；请写一行 {name} = "#d9000d"') from error
    return red / 255, green / 255, blue / 255


def _table(name: str) -> dict[str, Any]:
    file = template_file(name)
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"第{line[1]}行" if line else ""
        raise SettingsInvalid(f"{file} {where}不是正确的TOML；请改正，或放回安装时的文件") from error
    except OSError as error:
        raise SettingsInvalid(f"{file} 不在或读不出；请放回安装时的文件") from error


def _checked(value: Any, hint: Any) -> Any:
    if get_origin(hint) is not tuple:
        return checked_value(value, hint)
    if not isinstance(value, list):
        raise ValueError("应为方括号中的一列")
    return tuple(_checked(each, get_args(hint)[0]) for each in value)
