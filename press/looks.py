"""What paper looks like where that is data: the TOML files of templates/, each checked whole when it is read.

A form may have form.toml beside form.typ and form.docx; a stamp is a file of volume/stamps, named after it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from jishi.errors import SettingsInvalid
from jishi.setting_rules import between, checked_value, one_of, shown
from press.paper import LYING, MM, UPRIGHT

Millimetres = Annotated[float, between(0, 300)]
Ems = Annotated[float, between(0, 10)]
Points = Annotated[float, between(1, 100)]
_Look = TypeVar("_Look")
ROLES = ("宋", "黑", "仿", "楷", "小标宋")
"""The faces GB/T 9704 asks for."""


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
    """Row by row the names of what fills it in (archive/marks.py)."""

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
class MarkLine:
    """A line of marks: its type in points, and how far below the edge it begins in millimetres."""

    size: Points
    top: Millimetres


@dataclass(frozen=True, slots=True)
class MarkRule:
    """The line above the paper a scanned page shows, in millimetres."""

    width: Millimetres
    top: Millimetres
    side: Millimetres


@dataclass(frozen=True, slots=True)
class MarksLook:
    """What the marks of every page look like, stamps apart."""

    face: Annotated[str, one_of(*ROLES)]
    """The role of the face they are all drawn in (templates/volume/specimen.typ)."""
    number: MarkLine
    code: MarkLine
    scan: MarkLine
    rule: MarkRule


@dataclass(frozen=True, slots=True)
class ProseLook:
    """Prose in a cell: white space around it in points, between lines and before the first in ems."""

    inset: Points
    leading: Ems
    indent: Ems


@dataclass(frozen=True, slots=True)
class TableLook:
    """Measures of tables, in points where nothing else is said."""

    beside: Points
    """White space left and right of a cell's text."""
    leading: Ems
    """White space between lines, in ems."""
    caption: Points
    """Type size of a table's caption."""
    head: Points
    """Type size of column heads at most."""
    label: Points
    """Type size of a pair's label."""
    label_column: Millimetres
    """Width of the column of labels, in millimetres."""
    prose: ProseLook

    @property
    def label_room(self) -> int:
        """How many ems of a label fit a line of its column."""
        return max(1, int((self.label_column * MM - 2 * self.beside) / self.label))


@cache
def form_look(template: str) -> FormLook:
    """Return how the paper of a form looks; of one without form.toml, like most.

    Raises:
        SettingsInvalid: form.toml is wrong.
    """
    file = files("templates") / template / "form.toml"
    return _read(FormLook, file) if file.is_file() else FormLook()


@cache
def stamp(name: str) -> Stamp:
    """Return a stamp.

    Raises:
        SettingsInvalid: its file is wrong or gone.
    """
    return _read(Stamp, stamp_file(name))


def stamp_file(name: str) -> Traversable:
    """Return the file that says what a stamp looks like."""
    return files("templates") / "volume" / "stamps" / f"{name}.toml"


@cache
def marks_look() -> MarksLook:
    """Return what marks look like.

    Raises:
        SettingsInvalid: volume/marks.toml is wrong or gone.
    """
    return _read(MarksLook, files("templates") / "volume" / "marks.toml")


@cache
def table_look() -> TableLook:
    """Return the measures of tables.

    Raises:
        SettingsInvalid: shared/tables.toml is wrong or gone.
    """
    return _read(TableLook, files("templates") / "shared" / "tables.toml")


def colour(name: str) -> tuple[float, float, float]:
    """Return red, green and blue of a colour of paper, each from 0 to 1.

    Raises:
        SettingsInvalid: shared/colours.toml has no such colour.
    """
    file = files("templates") / "shared" / "colours.toml"
    try:
        red, green, blue = bytes.fromhex(str(_table(file)[name]).removeprefix("#"))
    except (KeyError, ValueError) as error:
        raise SettingsInvalid(f'{file} 没有写明颜色 {name}；请按 {name} = "#d9000d" 的样子写一行') from error
    return red / 255, green / 255, blue / 255


def _read(look: type[_Look], file: Traversable) -> _Look:
    faults: list[str] = []
    found = _filled(look, _table(file), "", faults)
    if faults or found is None:
        raise SettingsInvalid(f"{file} 有{len(faults)}处错误：" + "；".join(faults))
    return found


def _table(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"第{line[1]}行" if line else ""
        raise SettingsInvalid(f"{file} {where}不是正确的TOML；请改正，或放回安装时的文件") from error
    except OSError as error:
        raise SettingsInvalid(f"{file} 不在或读不出；请放回安装时的文件") from error


def _filled(look: type[_Look], table: Mapping[str, Any], where: str, faults: list[str]) -> _Look | None:
    """Return a look filled from a table, or None where faults were added to those found."""
    hints, own = get_type_hints(look, include_extras=True), {field.name: field for field in fields(look)}  # type: ignore[arg-type]
    before = len(faults)
    faults += [f"未知的项 {where}{key}" for key in table if key not in own]
    faults += [f"缺少 {where}{name}" for name in own if name not in table and own[name].default is MISSING]
    values = {}
    for name in filter(table.__contains__, own):
        try:
            values[name] = _value(table[name], hints[name], f"{where}{name}.", faults)
        except ValueError as error:
            faults.append(f"{where}{name} = {shown(table[name])} {error}")
    try:
        return look(**values) if len(faults) == before else None
    except ValueError as error:
        faults.append(str(error))
        return None


def _value(value: Any, hint: Any, where: str, faults: list[str]) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise ValueError("应为一节")
        return _filled(hint, value, where, faults)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ValueError("应为方括号中的一列")
        return tuple(_value(each, get_args(hint)[0], where, faults) for each in value)
    return checked_value(value, hint)
