"""A small volume ready to be bound: made-up records, their papers as files, the sheet that lists them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from archive.volume.scans import Scan
from archive.volume.volume_values import BoundItem, VolumeSheet
from jishi.records import Record, record_of
from jishi.safe_xml import parse
from press.record_form import form_of
from rehearsal.batch import SampleRecord, build

NUMBER = "J012-WS·XR·GR·2026·Y-0007"
PERSON = "511000-2026-P003-001"


@cache
def samples() -> tuple[SampleRecord, ...]:
    """Return the records of a batch of six, with tiny papers."""
    return tuple(build(6, scans=False))


def record(sample: SampleRecord) -> Record:
    """Return a sample as a record."""
    return record_of(parse(sample.xml), sample.xml)


def scan_of(path: Path, media_type: str, pages: int, title: str = "签名件") -> Scan:
    """Return a file as an attachment, registered as it is now."""
    return Scan(path, media_type, pages, title, hashlib.sha256(path.read_bytes()).hexdigest())


def papers_of(sample: SampleRecord, folder: Path) -> tuple[Scan, ...]:
    """Lay a sample's papers into a folder and return them."""
    data = {file.name: file.data for file in sample.attachments}
    scans = []
    for paper in record(sample).attachments:
        path = folder / paper.sha256
        path.write_bytes(data[paper.file])
        scans.append(Scan(path, paper.media_type, paper.pages, paper.name, paper.sha256))
    return tuple(scans)


def item(number: int, sample: SampleRecord, scans: Iterable[Scan] = ()) -> BoundItem:
    """Return a sample as an item of the volume."""
    source = record(sample)
    return BoundItem(
        number=number,
        code=f"{NUMBER}-{number:03d}",
        form=form_of(source).as_values(),
        title=source.title,
        responsible="岚江市委组织部",
        doc_no="",
        date=source.occurred_on.strftime("%Y%m%d"),
        secrecy=source.secrecy,
        scans=tuple(scans),
        xml=(("record.xml", sample.xml),),
    )


def sheet(items: Iterable[BoundItem], *, stamp: str = "归档章", remarks: tuple[str, ...] = ()) -> VolumeSheet:
    """Return the sheet of a volume of these items."""
    return VolumeSheet(
        number=NUMBER,
        title="李㛃同志选拔任用（拟任示例市住房和城乡建设局局长）工作纪实材料",
        fonds="J012",
        fonds_name="岚江市委组织部",
        year="2026",
        retention="Y",
        class_name="文书·选任·个人卷",
        class_code="WS·XR·GR",
        sequence="0007",
        secrecy="秘密",
        from_date="20260105",
        to_date="20260407",
        filer="王䶮",
        acceptor="周𬭎",
        filed_on=dt.date(2026, 6, 30),
        remarks=remarks,
        rules="规则配置 CN",
        stamp=stamp,
        matter="选任",
        elsewhere="综合卷",
        items=tuple(items),
        metadata="<元数据/>".encode(),
    )


def personal_sheet(folder: Path, count: int = 4) -> VolumeSheet:
    """Return the first items of one person's volume with their papers."""
    own = [sample for sample in samples() if sample.person_no == PERSON][:count]
    return sheet(item(number, sample, papers_of(sample, folder)) for number, sample in enumerate(own, 1))
