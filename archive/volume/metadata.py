"""Metadata of a volume with the element names of DA/T 46-2009, and our own in a namespace of their own.

The names are the standard's; that every "must" element stands is tested, conformity as such is not claimed:
the full text of the standard was not at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from archive.numbering import ArchiveNumber
from archive.volume.facts import Acceptance, ItemFacts, ItemMatter, VolumeFacts
from jishi import __version__
from jishi.record_types import role_labels
from jishi.records import Record
from jishi.settings import UnitSettings
from jishi.volume_kinds import VolumeKind

LOCAL = "urn:jishi:metadata:1"
_J = f"{{{LOCAL}}}"


def volume_metadata(
    facts: VolumeFacts,
    kind: VolumeKind,
    matters: Sequence[ItemMatter],
    unit: UnitSettings,
    acceptance: Acceptance,
) -> bytes:
    """Return the metadata of a volume as XML: the 案卷, its 件, the business acts and the people behind them."""
    root = etree.Element("电子档案元数据", nsmap={"jishi": LOCAL})
    volume = _volume(root, facts, kind, unit)
    for item, matter in zip(facts.items, matters, strict=True):
        _item(volume, item, matter, facts, unit)
    _acts(root, facts, acceptance)
    _local(root, ledger=acceptance.ledger)
    _people(root, [matter.record for matter in matters if matter.record is not None])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _volume(root: etree._Element, facts: VolumeFacts, kind: VolumeKind, unit: UnitSettings) -> etree._Element:
    node = etree.SubElement(root, "案卷")
    _add(node, "聚合层次", "案卷")
    _origin(node, unit)
    _number(node, facts.number)
    dates = sorted(item.date for item in facts.items if item.manner != "made")
    _description(node, facts.title, unit.name, f"{dates[0]}/{dates[-1]}", facts.secrecy)
    shape = etree.SubElement(node, "形式特征")
    _add(shape, "文件组合类型", "组合")
    _add(shape, "件数", str(len(facts.items)))
    _add(shape, "页数", str(facts.pages))
    _electronic(node, "volume.pdf", facts.bytes, "PDF/A-3b", facts.sha256)
    _local(node, batchId=facts.batch, personId=facts.person_no, volumeKind=kind.name, version=facts.version)
    return node


def _item(volume: etree._Element, item: ItemFacts, matter: ItemMatter, facts: VolumeFacts, unit: UnitSettings) -> None:
    node = etree.SubElement(volume, "文件")
    _add(node, "聚合层次", "文件")
    _origin(node, unit)
    _add(node, "电子文件号", item.record)
    _number(node, facts.number.with_item(item.number), item)
    _description(node, item.title, item.responsible or unit.name, item.date, item.secrecy, item.doc_no)
    _local(node, unsigned="" if item.responsible else "true")
    shape = etree.SubElement(node, "形式特征")
    _add(shape, "文件组合类型", "组合" if len(matter.files) > 1 else "单件")
    _add(shape, "页数", str(item.pages))
    for file in matter.files:
        _electronic(node, file.path, file.bytes, file.media_type, file.sha256, file.title)
    record = matter.record
    _local(node, manner=item.manner, batchId=facts.batch, personId=record.person_no if record else facts.person_no)
    if record is not None:
        step = record.step
        _local(node, stepId=step.id, itemId=step.item, stageId=step.stage, recordDigest=record.digest)
        _signatures(node, record)


def _origin(node: etree._Element, unit: UnitSettings) -> None:
    origin = etree.SubElement(node, "来源")
    _add(origin, "全宗名称", unit.fonds_name)
    _add(origin, "立档单位名称", unit.name)


def _number(node: etree._Element, number: ArchiveNumber, item: ItemFacts | None = None) -> None:
    part = etree.SubElement(node, "档号")
    _add(part, "档号", str(number))
    _add(part, "全宗号", number.fonds)
    _add(part, "年度", str(number.year))
    _add(part, "保管期限", item.retention if item else number.retention)
    _add(part, "类别号", number.class_code)
    _add(part, "室编案卷号", f"{number.ordinal:04d}")
    if item:
        _add(part, "室编件号", f"{item.number:03d}")
        _add(part, "页号", f"{item.first_page}-{item.first_page + item.pages - 1}")


def _description(node: etree._Element, title: str, responsible: str, date: str, secrecy: str, doc_no: str = "") -> None:
    part = etree.SubElement(node, "内容描述")
    _add(part, "题名", title)
    if doc_no:
        _add(part, "文件编号", doc_no)
    _add(part, "责任者", responsible)
    _add(part, "日期", date)
    _add(part, "密级", secrecy)


def _electronic(node: etree._Element, name: str, size: int, shape: str, sha256: str, title: str = "") -> None:
    part = etree.SubElement(node, "电子属性")
    _add(etree.SubElement(part, "格式信息"), "格式名称", shape)
    _add(part, "计算机文件名", name)
    _add(part, "计算机文件大小", str(size))
    maker = etree.SubElement(part, "文档创建程序")
    _add(maker, "名称", "纪实")
    _add(maker, "版本", __version__)
    _local(part, sha256=sha256, title=title)


def _signatures(node: etree._Element, record: Record) -> None:
    for mark in record.signatures:
        part = etree.SubElement(node, "签名")
        _add(part, "签名人", record.people[mark.person].name)
        _add(part, "签名时间", mark.signed_on)
        _local(part, role=role_labels().get(mark.role, mark.role), kind=mark.kind, attachment=mark.attachment)


def _acts(root: etree._Element, facts: VolumeFacts, acceptance: Acceptance) -> None:
    acts = [
        ("立卷", acceptance.filer, "材料收集整理完毕，按程序排列"),
        ("验收", acceptance.acceptor, "逐步逐项检查合格，准予编号"),
        ("编号归档", acceptance.filer, f"编定档号 {facts.number}，{len(facts.items)}件{facts.pages}页"),
    ]
    for act, person, words in acts:
        node = etree.SubElement(root, "业务实体")
        _add(node, "业务标识符", f"{facts.number}/{act}")
        _add(node, "机构人员标识符", person)
        _add(node, "业务状态", "历史行为")
        _add(node, "业务行为", act)
        _add(node, "行为时间", acceptance.accepted_at)
        _add(node, "行为依据", f"规则 {acceptance.profile} {acceptance.rules[:16]}")
        _add(node, "行为描述", words)


def _people(root: etree._Element, records: Iterable[Record]) -> None:
    seen: dict[str, tuple[str, str, str]] = {}
    for record in records:
        for mark in record.signatures:
            person = record.people[mark.person]
            seen.setdefault(person.id, (person.name, person.org, person.post))
    for key, (name, org, post) in sorted(seen.items()):
        node = etree.SubElement(root, "机构人员实体")
        _add(node, "机构人员标识符", key)
        _add(node, "机构人员类型", "内设机构人员")
        _add(node, "机构人员名称", name)
        if org:
            _add(node, "所属机构", org)
        if post:
            _add(node, "个人职位", post)


def _add(node: etree._Element, name: str, value: str) -> None:
    etree.SubElement(node, name).text = value


def _local(node: etree._Element, **values: object) -> None:
    for name, value in values.items():
        if value not in ("", None):
            etree.SubElement(node, f"{_J}{name}").text = str(value)
