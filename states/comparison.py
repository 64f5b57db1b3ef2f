"""Evidence held against a requirement, and a requirement against the standards: large enough, in the right place."""

from __future__ import annotations

from states.facts import Case, Evidence, Facility, Measure, Requirement
from states.rules import Rules, Standard


def suffices(found: Evidence, required: Requirement, measure: Measure, tolerance_percent: float = 0) -> bool:
    """Whether a measure is not smaller than required, beyond the tolerance; a missing figure never suffices."""
    needed, value = getattr(required, measure), getattr(found, measure)
    return needed is None or (value is not None and value >= needed * (1 - tolerance_percent / 100))


def in_place(found: Evidence, required: Requirement) -> bool:
    """Whether the locations agree, word for word, blanks aside."""
    return _words(found.location) == _words(required.location)


def _words(text: str | None) -> str:
    return "".join((text or "").split())


def standards_in_force(case: Case, facility: Facility, rules: Rules, day: str) -> tuple[Standard, ...]:
    """The least scales of a facility on the day of the planning conditions, else on ``day`` (K38)."""
    conditions = case.document("planning_conditions")
    on = conditions.issued_on if conditions else day
    return tuple(s for s in rules.standards if s.applies(facility.subtype, case.households, on))
