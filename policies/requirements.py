"""Requirements: complete, up to standard, heard about, and frozen once the land conditions are out."""

from __future__ import annotations

from collections.abc import Iterator

from policies.question import Question
from states.actions.cases import AmendCase
from states.actions.facilities import AmendFacility, DecideCategory
from states.comparison import standards_in_force
from states.effects.cases import amended
from states.errors import Obstacle
from states.facts import CATEGORY_CHOICES, GOVERNMENT, MEASURES, Case, Facility
from states.project import Stage, skips
from states.rules import Rules, Standard


def regulatory_plan(q: Question) -> Iterator[Obstacle]:
    """The regulatory detailed plan is named (R-052)."""
    if not q.case.regulatory_plan:
        yield q.obstacle("regulatory_plan_missing")


def categories_decided(q: Question) -> Iterator[Obstacle]:
    """All seven categories are decided, and the list of facilities agrees with the decisions (R-052)."""
    listed = {f.category for f in q.case.owed()}
    for category, rule in q.rules.categories.items():
        decision = q.case.decision(category)
        if decision is None or decision.decision not in CATEGORY_CHOICES:
            yield q.obstacle("category_undecided", category, basis=rule.basis)
        elif (decision.decision == "required") != (category in listed):
            code = "category_without_facility" if decision.decision == "required" else "category_contradicted"
            yield q.obstacle(code, category, basis=rule.basis)
        elif decision.decision == "pooled" and not decision.link:
            yield q.obstacle("pooling_without_link", category, basis=rule.basis)
        elif decision.decision != "required" and not decision.basis:
            yield q.obstacle("decision_without_basis", category, basis=rule.basis)


def special_plans(q: Question) -> Iterator[Obstacle]:
    """For each category with a special plan: the version checked, or the basis used instead (R-041)."""
    for name, category in q.rules.categories.items():
        decision = q.case.decision(name)
        if decision and category.special_plan and not (decision.special_plan or decision.substitute_basis):
            yield q.obstacle("special_plan_missing", name, basis=category.basis)


def particulars(q: Question) -> Iterator[Obstacle]:
    """Every facility has the particulars this edge asks for (R-053, R-054)."""
    assert q.edge
    for facility in q.case.owed():
        requirement = q.case.requirement(facility.facility)
        for name in _asked(q):
            column = q.rules.subtype(facility).scale if name == "scale" else name
            if not getattr(requirement, column):
                yield q.obstacle("particular_missing", facility.facility, particular=name)


def _asked(q: Question) -> tuple[str, ...]:
    """What the edge asks of every facility; what planning asks holds for one added in land supply too."""
    assert q.edge
    planning = q.rules.edges["conclude_planning"].particulars
    return tuple(dict.fromkeys((*planning, *q.rules.edges[q.edge.name].particulars)))


def standards(q: Question) -> Iterator[Obstacle]:
    """No scale below the standard in force on the day of the planning conditions (K38).

    A requirement that is silent on the measure does not meet it; silence on the main scale is told
    by ``particulars``.
    """
    for facility, standard, value, minimum in _short_of_standard(q):
        told = value is None and standard.measure == q.rules.subtype(facility).scale and "scale" in _asked(q)
        if not told:
            yield q.obstacle(
                "below_standard", facility.facility, basis=standard.source, measure=standard.measure,
                value=value, minimum=minimum, level=standard.level, confirmed=standard.confirmed,
            )  # fmt: skip


def _short_of_standard(q: Question) -> Iterator[tuple[Facility, Standard, int | None, int]]:
    """Every facility with a standard above what is required of it, that value, and the standard's."""
    for facility in q.case.owed():
        for standard in standards_in_force(q.case, facility, q.rules, q.day):
            value = getattr(q.case.requirement(facility.facility), standard.measure)
            minimum = standard.minimum(q.case.households)
            if (value or 0) < minimum:
                yield facility, standard, value, minimum


def entered_below_standard(case: Case, rules: Rules) -> tuple[Obstacle, ...]:
    """What a project that entered behind the reviews owes less than the standards of its planning conditions (K37).

    It is shown and stops nothing: the project was approved so. Without the conditions no day is known.
    """
    conditions = case.document("planning_conditions")
    if conditions is None or not skips(case.entry_stage, "standards"):
        return ()
    q = Question(case, rules, conditions.issued_on)
    return tuple(
        q.obstacle(
            "entered_below_standard", facility.facility, (), conditions.issued_on, standard.source,
            measure=standard.measure, value=value, minimum=minimum, level=standard.level,
            confirmed=standard.confirmed, day=conditions.issued_on,
        )
        for facility, standard, value, minimum in _short_of_standard(q)
    )  # fmt: skip


def heard(q: Question) -> Iterator[Obstacle]:
    """Experts and public representatives were heard once in the stage, and each was answered (R-051)."""
    assert q.edge
    rule = q.rules.edges[q.edge.name].hearing
    spoken = [h for h in q.case.hearings if h.stage == q.case.stage]
    for kind in ("expert", "public"):
        needed = getattr(rule, kind) if rule else 1
        count = sum(h.kind == kind for h in spoken)
        if count < needed:
            yield q.obstacle("hearing_missing", kind, heard=count, needed=needed)
    for hearing in spoken:
        if not hearing.disposition:
            yield q.obstacle("hearing_unanswered", str(hearing.number), capacity=hearing.capacity)


def ownership_justified(q: Question) -> Iterator[Obstacle]:
    """Not government-owned: with reason and basis (R-081)."""
    for facility in q.case.owed():
        requirement = q.case.requirement(facility.facility)
        exception = requirement.ownership not in (None, GOVERNMENT)
        if exception and not (requirement.ownership_reason and requirement.ownership_basis):
            yield q.obstacle("ownership_unjustified", facility.facility, ownership=requirement.ownership)


def recipients(q: Question) -> Iterator[Obstacle]:
    """Every government-owned facility has a recipient and a handover limit."""
    for facility in q.case.owed():
        requirement = q.case.requirement(facility.facility)
        if requirement.ownership == GOVERNMENT:
            for name in ("recipient", "handover_days"):
                if not getattr(requirement, name):
                    who = q.lead_or_department(facility.facility)
                    yield q.obstacle("particular_missing", facility.facility, who, particular=name)


#: What the land-supply review may only add or enlarge, never shrink, move or hand to another owner.
_PROTECTED = (*MEASURES, "location", "design", "ownership")
#: What may still be filled, once, after the land-supply conditions are issued.
_OPEN_AFTER_FREEZE = frozenset({"recipient", "handover_days"})


def requirement_open(q: Question) -> Iterator[Obstacle]:
    """Planning is free; land supply adds and enlarges; afterwards only what is open may be filled."""
    assert isinstance(q.action, AmendFacility)
    now = q.case.requirement(q.action.facility)
    changed = {name: value for name, value in q.action.particulars().items() if value != getattr(now, name)}
    if not changed:
        yield q.obstacle("nothing_changed", q.action.facility)
    for name, value in changed.items():
        old = getattr(now, name)
        if q.case.stage == Stage.PLANNING:
            continue
        if frozen(q):
            if old is not None or name not in _OPEN_AFTER_FREEZE:
                yield q.obstacle("requirement_frozen", q.action.facility, particular=name)
        elif name in _PROTECTED and not _adds(name, old, value):
            yield q.obstacle("needs_reopening", q.action.facility, particular=name)


def frozen(q: Question) -> bool:
    """Requirements are frozen once the land-supply conditions are issued."""
    if q.case.stage == Stage.LAND_SUPPLY:
        return q.case.document("land_supply_conditions") is not None
    return q.case.stage != Stage.PLANNING


def list_open(q: Question) -> Iterator[Obstacle]:
    """Facilities and required categories are added until the land-supply conditions are issued."""
    if frozen(q):
        subject = getattr(q.action, "facility", "") or getattr(q.action, "category", "")
        yield q.obstacle("requirement_frozen", subject, particular="list")


def _adds(name: str, old: object, new: object) -> bool:
    return old is None or (name in MEASURES and isinstance(old, int) and isinstance(new, int) and new > old)


def decision_open(q: Question) -> Iterator[Obstacle]:
    """After planning a category may only become required; anything less needs the planning review."""
    assert isinstance(q.action, DecideCategory)
    if q.case.stage != Stage.PLANNING and q.action.decision != "required":
        yield q.obstacle("needs_reopening", q.action.category, particular="decision")


def case_data_open(q: Question) -> Iterator[Obstacle]:
    """Name, households and plan are settled in planning; the developer is known from the deal on."""
    assert isinstance(q.action, AmendCase)
    if amended(q.case, q.action) == q.case:
        yield q.obstacle("nothing_changed", q.case.id)
    bound = any(q.case.document(kind) for kind in ("handover_agreement", "land_contract"))
    if bound and q.case.developer and (q.action.developer or q.action.developer_code):
        yield q.obstacle("developer_bound", q.case.id)
    for name in ("project", "households", "population", "regulatory_plan"):
        if getattr(q.action, name) is not None and q.case.stage != Stage.PLANNING:
            yield q.obstacle("needs_reopening", name, particular=name)


def facility_is_new(q: Question) -> Iterator[Obstacle]:
    """A facility number is given once, even to one that was removed."""
    name = getattr(q.action, "facility", "")
    if any(f.facility == name for f in q.case.facilities):
        yield q.obstacle("facility_exists", name)
