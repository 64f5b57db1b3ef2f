"""Evidence held against a requirement: large enough, in the right place."""

from __future__ import annotations

from states.facts import Evidence, Measure, Requirement


def suffices(found: Evidence, required: Requirement, measure: Measure, tolerance_percent: float = 0) -> bool:
    """Whether a measure is not smaller than required, beyond the tolerance; a missing figure never suffices."""
    needed, value = getattr(required, measure), getattr(found, measure)
    return needed is None or (value is not None and value >= needed * (1 - tolerance_percent / 100))


def in_place(found: Evidence, required: Requirement) -> bool:
    """Whether the locations agree, word for word, blanks aside."""
    return _words(found.location) == _words(required.location)


def _words(text: str | None) -> str:
    return "".join((text or "").split())
