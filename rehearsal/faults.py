"""One telling schema fault per record type, as data: where, what is done there, with which value."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from lxml import etree

from jishi.record_types import NAMESPACE

_NS = {"r": NAMESPACE}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing done to a valid record that its schema must refuse."""

    path: str
    """XPath from the record, prefix r."""
    value: str | None = None
    """The new text or, where the path ends in an attribute, its new value; None takes the element away."""
    says: str = ""
    """What somebody did wrong, in Chinese."""


_C = "r:content/r:"
FAULTS = {
    "EX": Fault(f"{_C}approvedBy", None, "例外说明没有批准人"),
    "NA": Fault(f"{_C}steps/r:value", None, "没有列出不适用的步骤"),
    "NB": Fault(f"{_C}printedPages", "0", "印制页数写成零"),
    "S1-01": Fault(f"{_C}vacancies/r:entry[1]/r:reason", None, "空缺职位没有写理由"),
    "S1-02": Fault(f"{_C}sources/r:value[1]", "道听途说", "信息来源不在所列范围"),
    "S1-03": Fault(f"{_C}lines/r:entry[1]/r:removing", "-1", "拟免职数写成负数"),
    "S1-04": Fault(f"{_C}hearers/r:person[1]/@ref", "K-9999", "听取人不在所涉人员名单"),
    "S1-05": Fault(f"{_C}stance", "圈阅", "态度以圈阅代替"),
    "S1-06": Fault(f"{_C}version", "第二稿", "版次没有写成数字"),
    "S1-07": Fault(f"{_C}attitude", None, "没有主要领导的态度"),
    "S1-08": Fault(f"{_C}changeKind", "破格提拔", "变动类别不在所列范围"),
    "S1-09": Fault(f"{_C}expected", "七", "应到人数没有写成数字"),
    "S2-01": Fault(f"{_C}participants/r:entry[1]/r:expected", "-7", "应到人数写成负数"),
    "S2-02": Fault(f"{_C}talkFrom", "2026年1月26日", "日期没有写成年-月-日"),
    "S2-03": Fault(f"{_C}candidates/r:person", None, "参考人选名单是空的"),
    "S2-04": Fault(f"{_C}ballotForm/@att", "att-9", "票样所引附件不存在"),
    "S2-05": Fault(f"{_C}results/r:entry[1]/r:rate", "62.857", "得票率多于两位小数"),
    "S2-06": Fault(f"{_C}kind", "亲友", "推荐类别不在所列范围"),
    "S2-07": Fault(f"{_C}perCandidate/r:entry", None, "没有逐人结果"),
    "S3-01": Fault(f"{_C}objects/r:entry[1]/r:exclusion/r:entry[1]/r:hit", "未发现", "是否存在没有写成true或false"),
    "S3-02": Fault(f"{_C}members/r:entry[1]/r:role", "顾问", "考察组成员职责不在所列范围"),
    "S3-03": Fault(f"{_C}phone", None, "考察预告没有联系电话"),
    "S3-04": Fault(f"{_C}grade/r:competent", None, "等次票数缺少称职一项"),
    "S3-05": Fault(f"{_C}political", "基本合格", "政治素质结论不在所列范围"),
    "S3-06": Fault(f"{_C}birth/r:state", "不详", "出生年月认定状态不在所列范围"),
    "S3-07": Fault(f"{_C}concludedOn", "2026-02-30", "结论日期不存在"),
    "S3-08": Fault(f"{_C}opinion", "原则同意", "纪检监察意见不在所列范围"),
    "S3-09": Fault(f"{_C}inquiries/r:entry[1]/r:dept", "街坊", "征求部门不在所列范围"),
    "S3-10": Fault(f"{_C}shortcomings", None, "考察材料没有写主要不足"),
    "S4-01": Fault(f"{_C}planVersion", "0", "方案版次写成零"),
    "S4-02": Fault(f"{_C}perPerson/r:entry", None, "没有逐人意见"),
    "S4-03": Fault(f"{_C}party", "个人", "征求对象类别不在所列范围"),
    "S4-04": Fault(f"{_C}items/r:entry[1]/r:outcome", "直接任命", "酝酿结果不在所列范围"),
    "S4-05": Fault(f"{_C}checklist/r:entry[1]/r:evidence", None, "审查清单没有写凭证"),
    "S5-01": Fault(f"{_C}items/r:entry[1]/r:speeches/r:entry[1]/r:view", None, "发言没有写同意、不同意或缓议"),
    "S5-02": Fault(f"{_C}results/r:entry[1]/r:agree", "-8", "同意票写成负数"),
    "S5-03": Fault(f"{_C}kind", "网络投票", "全委会表决方式不在所列范围"),
    "S5-04": Fault(f"{_C}decidedOn", None, "任免决定没有决定日期"),
    "S5-05": Fault(f"{_C}reply", "口头同意", "批复不在所列范围"),
    "S6-01": Fault(f"{_C}channels/r:value[1]", "朋友圈", "公示渠道不在所列范围"),
    "S6-02": Fault(f"{_C}complaintsCount", "一件", "举报件数没有写成数字"),
    "S6-03": Fault("r:attachment[1]/@sha256", "待补", "附件校验码没有填"),
    "S6-04": Fault(f"{_C}effectiveOn", "三月十六日", "任职时间没有写成年-月-日"),
    "S6-05": Fault(f"{_C}topics/r:stability", None, "交接内容缺少信访稳定一项"),
    "S6-06": Fault(f"{_C}checks/r:entry[1]/r:level", "红牌", "跟踪了解结论不在所列范围"),
    "S6-07": Fault("r:title", "考核", "题名不足十二字"),
    "S6-08": Fault("r:responsible[1]/@signKind", "口头", "签名方式不在所列范围"),
}
"""Record type → the fault its invalid example shows."""


def faulty(record: etree._Element, fault: Fault) -> etree._Element:
    """Return a copy of a valid record with one fault in it.

    Raises:
        LookupError: the record has no such place.
    """
    root = copy.deepcopy(record)
    path, _, attribute = fault.path.partition("/@")
    found = root.findall(path, _NS)
    if not found:
        raise LookupError(fault.path)
    for node in found:
        _spoil(node, attribute, fault.value)
    return root


def _spoil(node: etree._Element, attribute: str, value: str | None) -> None:
    if attribute:
        node.set(attribute, value or "")
    elif value is None:
        parent = node.getparent()
        assert parent is not None
        parent.remove(node)
    else:
        node.text = value
