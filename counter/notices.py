"""What a sysadmin should hear of a home in time, each said in one place and told by every command it concerns."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from archive.register.register import Register
from archive.register.tables import volume
from counter.output import Output
from jishi.errors import JishiError, SettingsInvalid
from jishi.settings import Settings

_MONTHS_AHEAD = 4
"""The national arrangement of a year is published in the last months of the year before."""
_FEW_HOLIDAYS = 7


def tell_notices(settings: Settings, register: Register | None, output: Output) -> None:
    """Say what concerns whoever files or looks at what is filed: a changed 全宗号."""
    for words in fonds_changed(settings, register):
        output.say(f"注意：{words}")


def fonds_changed(settings: Settings, register: Register | None) -> Iterator[str]:
    """Tell that volumes were filed under another 全宗号 than is set now; they would begin a second series."""
    if register is None:
        return
    with register.reading() as connection:
        filed = sorted(connection.scalars(select(volume.c.fonds).distinct()))
    if other := [fonds for fonds in filed if fonds != settings.unit.fonds]:
        yield (
            f"已立的卷用的全宗号是 {'、'.join(other)}，现在设置的是 {settings.unit.fonds}；"
            "再立卷会另起一套档号。不是有意改的，请把 [unit] fonds 改回去"
        )


def retention_unapproved(settings: Settings) -> Iterator[str]:
    """Tell that nobody said who approved what is filed and how long it is kept (国家档案局令第8号, not checked)."""
    if not settings.unit.retention_approval.strip():
        yield (
            "没有写明同级档案主管部门批准归档范围和保管期限表的文号；请用 jishi catalogue --retention 印出送审，"
            "批准后把文号写入 [unit] retention_approval"
        )


def calendar_ends(settings: Settings, today: dt.date) -> Iterator[str]:
    """Tell that the working calendar does not know this year, or soon the next, or hardly."""
    from pipeline.rules.profiles import calendar_of

    try:
        calendar = calendar_of(settings)
    except SettingsInvalid:
        return  # told where the rules are looked at
    later = today + dt.timedelta(days=31 * _MONTHS_AHEAD)
    for year in range(today.year, later.year + 1):
        if not calendar.knows(year):
            yield (
                f"工作日历还没有{year}年的节假日安排，{year}年的记录将等待、不能检查；"
                "请升级chinese-calendar，或在 [rules] calendar 的本地日历文件中列出该年全年的放假日和调休上班日"
            )
        elif not calendar.is_national(year) and (named := calendar.holidays_of(year)) < _FEW_HOLIDAYS:
            yield f"{year}年按本地日历文件计算，而文件只列了{named}个放假日；请列全，没有列的周一至周五都算工作日"


def open_to_others(settings: Settings) -> Iterator[str]:
    """Tell that others than the home's own people can read it, and how to close it."""
    places = [settings.home, *(path for path in settings.own_folders() if _elsewhere(settings, path))]
    if opened := [path for path in places if path.is_dir() and settings.modes.excess(path)]:
        names = " ".join(shlex.quote(str(path)) for path in opened)
        group = settings.access.group
        close = f"chmod -R go= {names}"
        if group:
            close = f"chgrp -R {shlex.quote(group)} {names} && chmod -R g=u,o= {names} && "
            close += f"find {names} -type d -exec chmod g+s {{}} +"
        yield f"{'、'.join(map(str, opened))} 对其他用户开放；请运行 {close}"


def lost_words(records: Sequence[str]) -> str:
    """Say which records' files are gone; of many the first."""
    return f"案卷材料中有{len(records)}件记录的文件不在，请从备份恢复：{'、'.join(records[:20])}"


def register_or_none(settings: Settings) -> Register | None:
    """Return the home's register, or None where it cannot be opened, which is told elsewhere."""
    try:
        return Register(settings.register_file)
    except JishiError:
        return None


def _elsewhere(settings: Settings, path: Path) -> bool:
    return path.is_dir() and not path.resolve().is_relative_to(settings.home)
