"""Who is competent for a facility: named by the configuration, or designated where it names nobody (X-01)."""

from __future__ import annotations

from collections.abc import Iterator

from policies.building import is_open
from policies.question import Question
from policies.signing import Answer, answer_of
from states.errors import Obstacle
from states.facts import Facility
from states.participants import required


def competence_assigned(q: Question) -> Iterator[Obstacle]:
    """Every facility has a competent department, or nobody could judge it (X-01)."""
    office = (q.acting(q.rules.roles.leading_group_office),)
    for facility in q.case.owed():
        if q.rules.competent(facility) is None:
            category = q.rules.categories.get(facility.category)
            yield q.obstacle(
                "no_competent_department", facility.facility, office, basis=category.basis if category else None,
                subtype=facility.subtype,
            )  # fmt: skip


def designation_open(q: Question) -> Iterator[Obstacle]:
    """Only a facility without a department is designated, and never away from the one that objects."""
    facility = q.case.facility(getattr(q.action, "facility", ""))
    if by_kind := q.rules.competent_by_kind(facility):
        yield q.obstacle("competence_given", facility.facility, (), department=by_kind)
    elif facility.designated == getattr(q.action, "department", None):
        return  # the same department by another document
    elif facility.designated and _objects(q, facility, facility.designated):
        yield q.obstacle("objector_keeps_facility", facility.facility, (facility.designated,))
    elif facility.designated in required(q.case, q.rules) and _owes_an_answer(q, facility.designated):
        yield q.obstacle("asked_keeps_facility", facility.facility, (facility.designated,))


def _owes_an_answer(q: Question, department: str) -> bool:
    """Asked in the open round, and not yet agreeing: silence is not cured by asking somebody else."""
    return q.case.round_is_open and answer_of(q.case, department, q.rules) is not Answer.STANDS


def _objects(q: Question, facility: Facility, department: str) -> bool:
    if answer_of(q.case, department, q.rules) is Answer.OBJECTION:
        return True
    items = (i for i in q.case.items if (i.facility, i.department) == (facility.facility, department))
    return any(is_open(q, item) for item in items)
