"""A made-up 例外说明 (EX): no batch that is in order needs one, so it stands among the examples only."""

from __future__ import annotations

from rehearsal import schedule as at
from rehearsal.drafts import Draft, papers, signs
from rehearsal.motion import label
from rehearsal.plan import StoryPlan


def exception(plan: StoryPlan) -> Draft:
    """Return an exception note about a local rule, approved and signed."""
    staff, day = plan.staff, plan.schedule.day(at.REVIEW)
    content = {
        "rule": "DY-04",
        "figures": "本批次一名机关中层职位按委任方式提出，没有采用竞争上岗。",
        "reason": "该职位专业性强，符合条件的人员仅一名，组织竞争上岗不能形成有效竞争。",
        "basis": "市委关于机关中层职位竞争上岗的规定中，专业特殊、人选唯一的职位经批准可以委任。",
        "approvedBy": staff.org_head,
        "approvedOn": day,
    }
    return Draft(
        "EX",
        1,
        f"{label(plan)}一名机关中层职位未竞争上岗的例外说明",
        day,
        "市委组织部干部监督科",
        staff.of("handler"),
        content,
        signs(("org_head", staff.org_head), ("reviewer", staff.of("reviewer"))),
        papers("例外说明"),
    )
