"""What is drawn, built, measured, rectified and handed over, held against what must be."""

from __future__ import annotations

from collections.abc import Iterator

from policies.question import Question
from policies.signing import AGREEING, Answer, answer_of
from states.actions.acceptance import OrderRectification, ReportRectification
from states.actions.opinions import Sign
from states.comparison import in_place, suffices
from states.errors import Obstacle
from states.facts import ALL_OWNERS, GOVERNMENT, MEASURES, Evidence, Facility, RectificationItem, Requirement
from states.participants import own_facilities, required
from states.project import Stage


def drawings_meet(q: Question) -> Iterator[Obstacle]:
    """Scale and location in the approved drawings are not less than required (R-060)."""
    for facility in q.case.owed():
        drawings = q.case.latest(facility.facility, "drawings")
        if drawings is None:
            yield q.obstacle("drawings_missing", facility.facility)
        else:
            yield from _falls_short(q, facility, drawings, "drawings_short", "drawings_moved", 0)


def reported_built(q: Question) -> Iterator[Obstacle]:
    """Every facility is reported built (应建尽建)."""
    for facility in q.case.owed():
        progress = q.case.latest(facility.facility, "progress")
        if progress is None or not progress.built:
            yield q.obstacle("not_reported_built", facility.facility, q.lead_or_department(facility.facility))


def measured(q: Question) -> Iterator[Obstacle]:
    """Every facility has a measured scale and an as-built location; whether they suffice is judged later."""
    for facility in q.case.owed():
        survey = q.case.latest(facility.facility, "measurement")
        if survey is None or not survey.location or not any(getattr(survey, measure) for measure in MEASURES):
            yield q.obstacle("measurement_missing", facility.facility, q.lead_or_department(facility.facility))


def built_as_required(q: Question) -> Iterator[Obstacle]:
    """Nothing is missing, smaller or elsewhere than required. No decision lifts this."""
    for facility in q.case.owed():
        yield from _measured_short(q, facility)


def agrees_with_measurement(q: Question) -> Iterator[Obstacle]:
    """No agreeing verdict on an own facility that is measured too small or elsewhere."""
    assert isinstance(q.action, Sign) and q.actor
    if q.case.stage == Stage.ACCEPTANCE and q.action.verdict in AGREEING:
        for facility in own_facilities(q.case, q.action.department(q.actor), q.rules):
            yield from _measured_short(q, facility)


def _measured_short(q: Question, facility: Facility) -> Iterator[Obstacle]:
    survey = q.case.latest(facility.facility, "measurement")
    if survey is None:
        yield q.obstacle("measurement_missing", facility.facility)
    else:
        tolerance = q.rules.measured_tolerance_percent
        yield from _falls_short(q, facility, survey, "measured_short", "built_elsewhere", tolerance)


def _falls_short(
    q: Question, facility: Facility, found: Evidence, short: str, moved: str, tolerance: float
) -> Iterator[Obstacle]:
    requirement = q.case.requirement(facility.facility)
    for measure in MEASURES:
        if not suffices(found, requirement, measure, tolerance):
            value, needed = getattr(found, measure), getattr(requirement, measure)
            yield q.obstacle(short, facility.facility, measure=measure, value=value, minimum=needed)
    if not in_place(found, requirement):
        yield q.obstacle(moved, facility.facility, found=found.location, required=requirement.location)


# -- rectification -------------------------------------------------------------------------------


def _objectors(q: Question) -> tuple[str, ...]:
    return tuple(d for d in required(q.case, q.rules) if answer_of(q.case, d, q.rules) is Answer.OBJECTION)


def objections_itemised(q: Question) -> Iterator[Obstacle]:
    """A written rectification opinion answers objections, every one of them (R-073)."""
    assert isinstance(q.action, OrderRectification)
    objectors = _objectors(q)
    if not objectors:
        yield q.obstacle("no_objection")
    named = {item.department for item in q.action.items}
    for department in objectors:
        if department not in named:
            yield q.obstacle("objection_without_item", department)
    for department in sorted(named - set(objectors)):
        yield q.obstacle("item_without_objection", department)
    for item in q.action.items:
        if item.deadline.isoformat() <= q.day:
            yield q.obstacle("deadline_past", item.facility, deadline=item.deadline)


def is_open(q: Question, item: RectificationItem) -> bool:
    """An item closes when who must re-inspect it agrees in a later round of the same visit."""
    owed = any(f.facility == item.facility for f in q.case.owed())
    if q.case.stage != Stage.ACCEPTANCE or item.visit != q.case.visit or not owed:
        return False
    inspector = _inspector(q, item)
    given = q.case.sign_off(inspector)
    agrees = answer_of(q.case, inspector, q.rules) is Answer.STANDS
    return not (agrees and given and given.round > item.round)


def _inspector(q: Question, item: RectificationItem) -> str:
    """The objector; where it is no longer asked, whoever is now competent for the facility."""
    if item.department in required(q.case, q.rules):
        return item.department
    return q.rules.competent(q.case.facility(item.facility)) or item.department


def items_answered(q: Question) -> Iterator[Obstacle]:
    """The developer's report answers each open item of the order that closed the round."""
    assert isinstance(q.action, ReportRectification)
    waiting = {i.item for i in q.case.items if i.visit == q.case.visit and i.answer is None}
    if not waiting:
        yield q.obstacle("no_order")
    answered = {a.item for a in q.action.answers}
    for number in sorted(waiting - answered):
        yield q.obstacle("item_unanswered", str(number))
    for number in sorted(answered - waiting):
        yield q.obstacle("item_not_waiting", str(number), ())


def rectified(q: Question) -> Iterator[Obstacle]:
    """No rectification item is open."""
    for item in q.case.items:
        if is_open(q, item):
            yield q.obstacle(
                "rectification_open", str(item.item), (_inspector(q, item),), item.answered_on or item.issued_on,
                facility=item.facility, requirement=item.requirement, deadline=item.deadline,
            )  # fmt: skip


# -- handover ------------------------------------------------------------------------------------


def facilities_closed(q: Question) -> Iterator[Obstacle]:
    """Every facility is closed as its ownership demands (R-080 to R-083)."""
    for facility in q.case.owed():
        yield from _open_ends(q, facility, q.case.requirement(facility.facility))


def _open_ends(q: Question, facility: Facility, requirement: Requirement) -> Iterator[Obstacle]:
    name, department = facility.facility, q.department_of(facility.facility)
    title = q.case.latest(name, "title")
    if requirement.ownership == GOVERNMENT:
        handed = q.case.latest(name, "hand_over")
        if handed is None:
            yield q.obstacle("not_handed_over", name, department)
        elif handed.holder != requirement.recipient:
            yield q.obstacle("other_recipient", name, department, found=handed.holder, required=requirement.recipient)
        elif not handed.user:
            yield q.obstacle("user_missing", name, department)
        if q.case.latest(name, "asset_entry") is None:
            yield q.obstacle("asset_entry_missing", name, (q.acting(q.rules.roles.state_assets),))
    if title is None or (requirement.ownership == ALL_OWNERS and not title.reference):
        code = "registration_note_missing" if requirement.ownership == ALL_OWNERS else "title_missing"
        yield q.obstacle(code, name, department)
    elif title.ownership != requirement.ownership:
        yield q.obstacle("other_owner", name, department, found=title.ownership, required=requirement.ownership)
    elif requirement.ownership == GOVERNMENT and title.reference:
        yield from _wrong_holder(q, name, title.holder)


def _wrong_holder(q: Question, facility: str, holder: str | None) -> Iterator[Obstacle]:
    """A government-owned facility is registered in a name, and not in the developer's (R-080)."""
    if not holder:
        yield q.obstacle("holder_missing", facility, q.department_of(facility))
    elif holder == q.case.developer:
        yield q.obstacle("held_by_developer", facility, q.department_of(facility), found=holder)


def no_title_registered(q: Question) -> Iterator[Obstacle]:
    """A certificate is revoked only while no title is registered (K41)."""
    for facility in q.case.owed():
        titles = [e.reference for e in q.case.evidence if (e.facility, e.kind) == (facility.facility, "title")]
        if registered := next(filter(None, titles), None):
            yield q.obstacle("title_registered", facility.facility, (), reference=registered)


def owned_by_government(q: Question) -> Iterator[Obstacle]:
    """Only what the government owns is entered as its asset."""
    name = getattr(q.action, "facility", "")
    if q.case.requirement(name).ownership != GOVERNMENT:
        yield q.obstacle("not_government_owned", name, ())
