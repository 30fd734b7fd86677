"""Hand out a volume, an item or pages: the one place where bytes leave the archive for readers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from archive.numbering import Reference
from archive.reading.pages import Excerpt, cut
from archive.reading.retrieve import Hit, Reader
from archive.reading.second_look import refuse_surplus
from archive.register.register import Register
from archive.shelf import read_stored
from archive.verify import row_faults_of
from jishi.errors import ArchiveDamaged, NotFound, TryLater
from jishi.moments import pages_told
from jishi.records import RECORD_FILE
from jishi.settings import Settings


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What a reader gets."""

    data: bytes
    number: str
    """档号 of what was asked for, pages behind #."""
    volume: str
    """档号 of the volume it stands in."""
    sha256: str
    """Digest of the volume as filed, which its bytes were found to have."""
    first_page: int
    """卷页号, like last_page."""
    last_page: int
    faults: tuple[str, ...] = ()
    """Why it is no PDF/A-3b, in Chinese; empty when it is."""


def hand_out(settings: Settings, register: Register, reference: Reference) -> HandedOut:
    """Return what was asked for, taken from bytes that were found to be those that were filed.

    A volume is handed out as it was filed; an item or pages as a file that holds these pages and nothing else of the
    volume. With a whole item comes the record it was made from, and no other embedded file.

    Args:
        settings: where the shelf is.
        register: what was registered.
        reference: a volume, an item, or pages of either.

    Raises:
        NotFound: no such number, it is void, or it has no such pages.
        TryLater: it is numbered but not yet on the shelf.
        ArchiveDamaged: what stands on the shelf is not what was filed.
        Refused: a page cannot be taken out alone.
        MoreThanAsked: a second library finds something else in the file than was asked for.
    """
    reader = Reader(settings, register)
    volume = reader.volume(reference.number)
    item = reader.items(Reference(reference.number))[0] if reference.number.item else None
    first, last = _span(reference, volume, item)
    data = _filed(settings, volume)
    _refuse_altered_rows(settings, register, volume.number)
    if not (item or reference.first_page):
        return HandedOut(data, volume.number, volume.number, volume.sha256, first, last)
    number = item.number if item else volume.number
    if reference.first_page:
        number += f"#{first}-{last}" if first < last else f"#{first}"
    items = [item] if item else reader.items(Reference(reference.number, first, last))
    excerpt = _excerpt(volume, items, number, first, last)
    taken = cut(data, excerpt)
    refuse_surplus(taken.data, last - first + 1, 1 if excerpt.record else 0)
    return HandedOut(taken.data, number, volume.number, volume.sha256, first, last, taken.faults)


def _span(reference: Reference, volume: Row[Any], item: Hit | None) -> tuple[int, int]:
    """Return the first and last 卷页号 asked for."""
    first, last = (item.first_page, item.first_page + item.pages - 1) if item else (1, volume.pages)
    if not reference.first_page:
        return first, last
    if not first <= reference.first_page <= reference.last_page <= last:
        whole, asked = pages_told(first, last), pages_told(reference.first_page, reference.last_page)
        raise NotFound(f"{item.number if item else volume.number} 只有第{whole}页，没有第{asked}页")
    return reference.first_page, reference.last_page


def _filed(settings: Settings, volume: Row[Any]) -> bytes:
    """Return a volume's bytes; the very bytes returned were compared with the digest."""
    if volume.state == "numbered":
        raise TryLater(f"{volume.number} 已编号，还没有上架；请运行 jishi recover 后再取")
    data = read_stored(settings.shelf / volume.object_id, "volume.pdf")
    if hashlib.sha256(data).hexdigest() != volume.sha256:
        raise ArchiveDamaged(f"{volume.number} 架上的文件与归档时的校验码不符；请停止使用并报告档案管理员")
    return data


def _refuse_altered_rows(settings: Settings, register: Register, number: str) -> None:
    """Refuse to find pages by rows that say otherwise than the volume: they would be other pages than those asked."""
    if faults := row_faults_of(settings, register, number):
        raise ArchiveDamaged(f"{number} 的登记与架上的卷不符；请停止使用，运行 jishi verify，报告档案管理员", faults)


def _excerpt(volume: Row[Any], items: Sequence[Hit], number: str, first: int, last: int) -> Excerpt:
    """Say what the file is: the item it is, or whose pages it holds, or pages of a volume where several items do."""
    pages = f"第{pages_told(first, last)}页"
    whole = "#" not in number and items[0].manner == "original"
    return Excerpt(
        first=first,
        last=last,
        title=items[0].title if len(items) == 1 else f"{volume.title}（{pages}）",
        number=number,
        origin=f"取自案卷 {volume.number} {pages}",
        source=f"{volume.number} sha256:{volume.sha256}",
        record=f"{items[0].number.rpartition('-')[2]}-{RECORD_FILE}" if whole else "",
    )
