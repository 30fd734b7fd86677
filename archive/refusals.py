"""What filing refuses before it gives a number."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, select

from archive.numbering import ArchiveNumber, looks_like_number, parse
from archive.register.case_queries import content_digest
from archive.register.case_record import CaseRecord
from archive.register.tables import filing, volume
from archive.volume.facts import Acceptance
from archive.volume.plan import VolumePlan, has_ballots
from jishi.errors import ArchiveDamaged, Refused, TryLater
from jishi.names import folded_name
from jishi.settings import Settings


def refuse_unaccepted(acceptance: Acceptance) -> None:
    """Refuse what is not accepted, or not by a second person.

    Raises:
        Refused: it is not.
    """
    filer, acceptor = folded_name(acceptance.filer), folded_name(acceptance.acceptor)
    if not filer or not acceptor:
        raise Refused("立卷人和验收人都要写明")
    if filer == acceptor:
        raise Refused(
            f"立卷人“{acceptance.filer}”和验收人“{acceptance.acceptor}”必须是两个人，"
            "同一姓名的不同写法（空格、全角、间隔号）算同一人；请由另一人验收"
        )
    if acceptance.blocking:
        raise Refused(f"还有{acceptance.blocking}处问题未解决，未经验收合格不得编号；请先运行 jishi check 逐项处理")


def refuse_changed(connection: Connection, batch: str, acceptance: Acceptance) -> None:
    """Refuse a batch that is filed already or has changed since it was accepted.

    Raises:
        Refused: it is, or has.
    """
    if connection.scalar(select(filing.c.seq).where(filing.c.batch == batch)):
        raise Refused(
            f"批次 {batch} 已经立卷；可用 jishi find --batch {batch} 查看各卷档号。"
            "立卷后收到的材料（如试用期满考核）已在案卷材料中保存，补充归档尚未实现"
        )
    if content_digest(connection, batch) != acceptance.content_digest:
        raise Refused("验收之后案卷材料又有变动，请重新运行 jishi check 并再次验收")


def refuse_unreadable(settings: Settings, numbers: Iterable[ArchiveNumber]) -> None:
    """Refuse a number that nobody could ask for, in the register or as the volume's paper shows it.

    Raises:
        Refused: it does not read back to itself.
    """
    for number in numbers:
        for shown in (str(number), number.printed(settings.numbers), number.file_name):
            if not looks_like_number(shown) or parse(shown).number != number:
                raise Refused(f"“{shown}”不是读得回来的档号，没有编出任何号；请检查设置 [unit] fonds 和 [numbers]")


def refuse_left_out(plans: Iterable[VolumePlan], records: Iterable[CaseRecord]) -> None:
    """Refuse kinds of volume that leave a record or its sealed ballots out, or hold one original twice.

    Raises:
        Refused: some do.
    """
    plans = list(plans)
    held = Counter((item.record, item.manner) for plan in plans for item in plan.items)
    due = [(one.id, manner) for one in records for manner in ("original", *(["ballots"] if has_ballots(one) else []))]
    if wrong := [key for key in due if held[key] != 1]:
        record, manner = wrong[0]
        fault = "没有收入" if not held[wrong[0]] else "重复收入"
        what = "密封原票" if manner == "ballots" else "原件"
        raise Refused(
            f"所用的卷种（{'、'.join(dict.fromkeys(plan.kind.name for plan in plans))}）{fault}记录 {record} 的{what}"
            f"{f'等{len(wrong)}处' if len(wrong) > 1 else ''}，没有编出任何号；请改规则配置中 [volumes] kinds"
        )


def refuse_missing_shelf(settings: Settings, connection: Connection) -> None:
    """Refuse to work on a shelf that is not the one volumes stand on: another would be begun in its place.

    Raises:
        TryLater: volumes are filed, and none of them is there.
    """
    filed = connection.scalars(select(volume.c.object_id).where(volume.c.state == "filed")).all()
    if filed and not any((settings.shelf / name).is_dir() for name in filed):
        raise TryLater(
            f"书架 {settings.shelf} 不在或是空的，而登记有{len(filed)}卷已上架：书架所在的磁盘没有挂上？"
            "没有编出任何号，也没有另建书架；请挂上以后再试，确实没有了的从备份恢复"
        )


def refuse_on_shelf(settings: Settings, numbers: Iterable[ArchiveNumber]) -> None:
    """Refuse a number whose object stands on the shelf already: then the register is not the one that gave it.

    Raises:
        ArchiveDamaged: an object of one of the numbers stands there.
    """
    if there := [str(number) for number in numbers if os.path.lexists(settings.shelf / number.file_name)]:
        raise ArchiveDamaged(
            f"架上已有 {'、'.join(there[:3])} 等{len(there)}卷，而目录库没有登记，没有编出任何号；"
            "目录库比书架旧，请恢复较新的目录库，书架不要移动"
        )
