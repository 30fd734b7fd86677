"""The facts of 《全程纪实报告表》 stage by stage: label, step, and how that step's record words it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from press.case_records import CaseRecords, Told


@dataclass(frozen=True, slots=True)
class Fact:
    """One cell of the report."""

    key: str
    label: str
    step: str
    words: Callable[[CaseRecords, Told], str]
    every: bool = False
    """True when every record of the step is told, one line each; else the latest alone."""


def joined(*parts: str) -> str:
    """Return the parts that say something, as one sentence."""
    return "，".join(part for part in parts if part)


def _own(case: CaseRecords, one: Told, table: str, column: str) -> str:
    return "；".join(row[column] for row in case.own_rows(one, table) if row[column])


def _motion(case: CaseRecords, one: Told) -> str:
    plan = case.last("S1-09")
    agreed = f"动议工作方案经会议研究确定（{plan['meetingNo']}，{plan['heldOn']}）" if plan else ""
    kind = "属临时动议" if one["adHoc"] == "是" else "不属临时动议"
    return joined(f"启动意见经{one['approvedBy']}于{one['approvedOn']}批准", kind, agreed)


def _mode(_: CaseRecords, one: Told) -> str:
    return "不适用（选任方式为委任）" if one["selectionMode"] == "委任" else one["selectionMode"]


def _team(_: CaseRecords, one: Told) -> str:
    return "、".join(f"{row['person']}（{row['role']}）" for row in one.rows("members"))


def _appraisal(_: CaseRecords, one: Told) -> str:
    return joined(one["excellentCompetentRate"], f"德的负面率{one['moralNegativeRate']}", f"核查结论{one['inquiry']}")


def _departments(_: CaseRecords, one: Told) -> str:
    told = "；".join(f"{row['dept']}：{row['result'] or '未复'}{row['detail']}" for row in one.rows("inquiries"))
    return joined(told or "无", f"经济责任审计{one['auditReportNo']}" if one["auditReportNo"] else "")


def _complaints(_: CaseRecords, one: Told) -> str:
    rows = one.rows("complaints")
    return "；".join(f"{row['regNo']}：{row['result']}，{row['impact']}" for row in rows) or "无举报"


def _reported(_: CaseRecords, one: Told) -> str:
    return joined(one["reportKinds"], one["reportNo"], one["reportedOn"], one["reply"])


def _checklist(_: CaseRecords, one: Told) -> str:
    hits = [row["code"] for row in one.rows("checklist") if row["hit"] == "是"]
    found = f"有{len(hits)}项：{'、'.join(hits)}" if hits else "没有不得提交讨论的情形"
    return joined(
        found, f"纪委审定{one['disciplineResult']}" if one["disciplineResult"] else "", f"{one['submittedOn']}提交"
    )


def _department_meeting(case: CaseRecords, one: Told) -> str:
    present = len(one["present"].split("、"))
    return joined(one["heldOn"], f"应到{one['expected']}人，出席{present}人", _own(case, one, "items", "view"))


def _committee(_: CaseRecords, one: Told) -> str:
    return joined(one["heldOn"], one["meetingNo"], f"应到{one['expected']}人，实到{len(one.rows('present'))}人")


def _plenary(case: CaseRecords, one: Told) -> str:
    votes = (
        f"同意{row['agree']}票，不同意{row['against']}票，弃权{row['abstain']}票"
        for row in case.own_rows(one, "results")
    )
    return joined(one["kind"], one["heldOn"], *votes)


def _notice(_: CaseRecords, one: Told) -> str:
    if one["exemptReason"]:
        return f"豁免公示（{one['exemptReason']}）"
    return f"{one['channels']}，{one['startOn']}至{one['endOn']}，{one['workdays']}个工作日"


def _after_notice(_: CaseRecords, one: Told) -> str:
    count = one["complaintsCount"]
    return joined("无举报" if count == "0" else f"举报{count}件", one["conclusion"], one["concludedOn"])


FACTS: dict[str, tuple[Fact, ...]] = {
    "S1": (
        Fact("discipline", "是否符合动议纪律", "S1-01", _motion),
        Fact(
            "posts", "是否通过职数预审", "S1-03",
            lambda _, one: joined(one["result"], one["checkedOn"], one["superiorNo"]),
        ),
    ),
    "S2": (
        Fact("outcome", "推荐结果", "S2-07", lambda case, one: _own(case, one, "perCandidate", "outcome") or "无"),
        Fact("competition", "竞争性选拔综合情况", "S1-01", _mode),
        Fact(
            "signed", "个人或组织推荐情况", "S2-06", every=True,
            words=lambda _, one: joined(f"{one['recommender']}（{one['kind']}）", one["receivedOn"], one["review"]),
        ),
    ),
    "S3": (
        Fact(
            "decision", "是否集体研究确定考察人选", "S3-01",
            lambda _, one: joined("会议研究确定", one["heldOn"], one["meetingNo"]),
        ),
        Fact("team", "考察组成员", "S3-02", _team),
        Fact("appraisal", "民主测评优称率", "S3-04", _appraisal),
        Fact("political", "政治素质结论", "S3-05", lambda _, one: one["political"] or "无"),
        Fact("consulted", "征求意见情况", "S3-09", _departments),
        Fact(
            "discipline", "纪检监察意见", "S3-08",
            lambda _, one: joined(one["opinion"], one["replyNo"], one["repliedOn"]),
        ),
        Fact("complaints", "考察期间有无举报及查核", "S3-08", _complaints),
        Fact("reported", "事前报告执行情况", "S1-08", _reported),
        Fact(
            "personal", "个人有关事项查核", "S3-07",
            lambda _, one: joined(one["result"], one["handling"], one["concludedOn"], one["exemptReason"]),
        ),
    ),
    "S4": (
        Fact(
            "leaders", "分管领导意见", "S4-02", every=True,
            words=lambda case, one: joined(one["leader"], one["askedOn"], _own(case, one, "perPerson", "view")),
        ),
        Fact(
            "others", "有关方面意见", "S4-03", every=True,
            words=lambda _, one: joined(one["org"], one["opinion"], one["docNo"]),
        ),
        Fact(
            "secretary", "书记专题会", "S4-04", every=True,
            words=lambda case, one: joined(one["heldOn"], one["meetingNo"], _own(case, one, "items", "outcome")),
        ),
        Fact("review", "上会前审查结论", "S4-05", _checklist),
    ),
    "S5": (
        Fact("department", "组织（人事）部门研究", "S4-01", _department_meeting),
        Fact("committee", "党委（党组）讨论", "S5-01", _committee),
        Fact("plenary", "全委会表决", "S5-03", _plenary),
        Fact("decision", "任免决定", "S5-04", lambda _, one: joined(one["decisionNo"], one["decidedOn"])),
        Fact(
            "superior", "报批与备案", "S5-05", every=True,
            words=lambda _, one: joined(one["kind"], one["sentTo"], one["docNo"], one["reply"]),
        ),
    ),
    "S6": (
        Fact("notice", "公示形式和时间", "S6-01", _notice),
        Fact("complaints", "公示有无举报及查核", "S6-02", _after_notice),
        Fact("talk", "任前谈话", "S6-03", lambda _, one: joined(one["talkOn"], one["talker"])),
        Fact("letter", "发文文号", "S6-04", lambda _, one: joined(one["docNo"], one["issuedOn"])),
        Fact("handover", "交接", "S6-05", lambda _, one: joined(one["leavingPost"], f"{one['completedOn']}办结")),
        Fact(
            "probation", "试用期起止", "S6-06",
            lambda _, one: f"{one['startOn']}至{one['extendedTo'] or one['dueOn']}",
        ),
        Fact(
            "assessed", "试用期考核结果", "S6-07",
            lambda _, one: joined(one["result"], one["assessedOn"], one["docNo"]),
        ),
    ),
}  # fmt: skip
"""Stage → its facts, in the order of the form in use."""
