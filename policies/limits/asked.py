"""How long a round waits for a department: from when it was asked until it answered, and again once that is stale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from policies.signing import Answer, answer_of
from states.facts import GOVERNMENT, Case, Facility, Round, SignOff, last
from states.participants import own_facilities
from states.rules import STANDING, Rules


def waited(case: Case, asked: Round, department: str, rules: Rules) -> tuple[str, str | None] | None:
    """First and last day of the wait, which goes on while the last is None; None where an earlier answer stands."""
    started, ended = _asked_on(case, asked, department, rules), asked.closed_on
    given = last(s for s in case.sign_offs if s.department == department and in_round(s, asked))
    if given is None and _answered_before(case, asked, department, rules):
        return None
    if given is not None and given.status in ("standing", "replaced"):
        ended = given.happened_on
    if _is_open(case, asked) and answer_of(case, department, rules) is Answer.STALE:
        started, ended = max(started, _stale_on(case, department, rules)), None
    return started, ended


def _asked_on(case: Case, asked: Round, department: str, rules: Rules) -> str:
    """The day of the circulation, or the later one on which the first facility of its own made it a party."""
    if department in rules.roles.standing and STANDING in rules.stages[asked.stage].sign_off:
        return asked.opened_on
    days = (_owned_on(case, f, department, rules) for f in own_facilities(case, department, rules))
    return max(asked.opened_on, min(days, default=asked.opened_on))


def _owned_on(case: Case, facility: Facility, department: str, rules: Rules) -> str:
    """Since when a department answers for a facility."""
    versions = [r for r in case.requirements if r.facility == facility.facility]
    if rules.competent(facility) != department:
        versions = [r for r in versions if r.ownership == GOVERNMENT]
    elif facility.designated_on:
        return facility.designated_on
    return min((r.happened_on for r in versions), default=case.opened_on)


def _is_open(case: Case, asked: Round) -> bool:
    return case.round_is_open and asked is case.rounds[-1]


def _answered_before(case: Case, asked: Round, department: str, rules: Rules) -> bool:
    """Whether an agreeing answer of an earlier round of the same visit still stands."""
    if _is_open(case, asked):
        return answer_of(case, department, rules) is Answer.STANDS
    earlier = (s for s in case.sign_offs if (s.stage, s.visit, s.department) == (asked.stage, asked.visit, department))
    return any(s.round < asked.round and s.status == "standing" and s.verdict != "object" for s in earlier)


def _stale_on(case: Case, department: str, rules: Rules) -> str:
    """The day of the change by which a department's answer went stale, the last time if it stood again in between.

    What the project says of itself has one row and no history, and neither has a removal: such a change is dated by
    the last thing recorded, and never before the answer itself.
    """
    given = case.sign_off(department)
    assert given is not None, "what is stale was given"
    days, since = _days_of_changes(case), None
    for moment in sorted({given.recorded_at, *days}, reverse=True):
        if moment < given.recorded_at or not _was_stale(case, moment, given, rules):
            break
        since = days.get(moment)
    return since or max(given.happened_on, *days.values())


def _days_of_changes(case: Case) -> dict[str, str]:
    """By the moment at which each change of a remit was recorded, its day; a designation comes at the end of its."""
    days = {row.recorded_at: _day(row) for name in _SEEN for row in getattr(case, name)}
    return days | {f"{f.designated_on}{_END}": f.designated_on for f in case.facilities if f.designated_on}


def _was_stale(case: Case, moment: str, given: SignOff, rules: Rules) -> bool:
    then: dict[str, Any] = {
        name: tuple(row for row in getattr(case, name) if row.recorded_at <= moment) for name in _SEEN
    }
    listed = {row.facility for row in then["requirements"]}
    facilities = tuple(_as_of(case, f, moment, given) for f in case.facilities if f.facility in listed)
    return answer_of(replace(case, facilities=facilities, **then), given.department, rules) is Answer.STALE


def _as_of(case: Case, facility: Facility, moment: str, given: SignOff) -> Facility:
    """Not designated yet; and not removed, where it came after the answer: while it was there, it was in its way."""
    if facility.designated_on and f"{facility.designated_on}{_END}" > moment:
        facility = replace(facility, designated=None, designation=None, designated_on=None)
    added = min(r.recorded_at for r in case.requirements if r.facility == facility.facility)
    return replace(facility, removed=None) if facility.removed and added > given.recorded_at else facility


#: Behind a day, later than every moment of it.
_END = "T24"
#: The lists that a remit is made of.
_SEEN = ("requirements", "decisions", "evidence", "documents", "exceptions")


def _day(row: Any) -> str:
    """A paper has no day of its own on which it happened to the case."""
    return str(getattr(row, "happened_on", row.recorded_at[:10]))


def in_round(given: SignOff, asked: Round) -> bool:
    return (given.stage, given.visit, given.round) == (asked.stage, asked.visit, asked.round)
