"""The stages one after the other: every draft of a batch in the order of the procedure."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal import (
    absences,
    appointing,
    deciding,
    deliberating,
    inspecting,
    motion,
    nominating,
    probation,
    proposing,
    reporting,
    vetting,
)
from rehearsal.drafts import Draft
from rehearsal.plan import StoryPlan
from rehearsal.qualification import qualifications


def drafts(plan: StoryPlan, supplement: bool) -> Iterator[Draft]:
    """Yield the drafts of a batch, or of what is added a year later."""
    if supplement:
        yield from probation.supplement(plan)
        return
    for step in _STEPS:
        yield from step(plan)


_STEPS = (
    motion.motion,
    proposing.proposals,
    qualifications,
    proposing.plans,
    nominating.nominating,
    inspecting.objects,
    inspecting.teams,
    inspecting.notices,
    inspecting.confidences,
    reporting.talks,
    vetting.archives,
    vetting.declarations,
    vetting.discipline,
    vetting.departments,
    reporting.materials,
    deliberating.meetings,
    deliberating.consultations,
    deliberating.counterparts,
    deliberating.secretaries,
    deliberating.reviews,
    deciding.sessions,
    deciding.ballots,
    deciding.plenary,
    deciding.decision,
    deciding.filed,
    appointing.publicity,
    appointing.publicity_results,
    appointing.talks,
    appointing.orders,
    appointing.handovers,
    absences.absences,
    appointing.report_forms,
)
"""Every step in its place."""
