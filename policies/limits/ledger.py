"""The clock ledger: every working day since the case was opened, charged to exactly one party.

A day belongs to whoever the case waited for when it began. While a round is open and answers are missing that is
the department whose answer came last of those still missing: the others' days run beside it. Of several that have
not answered at all it is the first that is asked. Days on which the case is suspended are charged to nobody.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from policies.limits.periods import DEVELOPER
from states.facts import Case, Round, Visit, last
from states.participants import required
from states.project import TERMINAL, Stage
from states.rules import COMPETENT, Rules

SUSPENDED = "suspended"
#: The round is closed and the next move is the developer's.
_DEVELOPERS_TURN = frozenset({"order_rectification", "return_permit"})


@dataclass(frozen=True, slots=True)
class Charge:
    """The working days of ``(after, until]``, charged to one party."""

    stage: str
    party: str
    after: str
    until: str
    working_days: int


def ledger(case: Case, rules: Rules, day: str) -> tuple[Charge, ...]:
    """The charges from the opening until ``day``, or until the case ended; neighbours of one party are one charge.

    Their working days sum up to the working days between the two.
    """
    over = case.entered_on if case.stage in TERMINAL else day
    bounds = sorted({d for d in _turns(case) if case.opened_on < d < over} | {case.opened_on, over})
    found: list[Charge] = []
    for after, until in itertools.pairwise(bounds):
        visit, party = _visit_on(case, after), _party_on(case, after, rules)
        if found and (found[-1].stage, found[-1].party) == (visit.stage, party):
            after = found.pop().after
        found.append(Charge(visit.stage, party, after, until, rules.calendar.working_days(after, until)))
    return tuple(found)


def _turns(case: Case) -> set[str]:
    """The days on which somebody else's turn may begin."""
    days = {v.entered_on for v in case.visits}
    days |= {d for r in case.rounds for d in (r.opened_on, r.closed_on) if d}
    days |= {d for s in case.sign_offs for d in (s.happened_on, s.ended_on) if d}
    return days | {d for s in case.suspensions for d in (s.from_on, s.to_on) if d}


def _party_on(case: Case, day: str, rules: Rules) -> str:
    """Whom the case waits for once everything of a day has happened."""
    if any(s.from_on <= day and (s.to_on is None or day < s.to_on) for s in case.suspensions):
        return SUSPENDED
    visit = _visit_on(case, day)
    asked = last(r for r in case.rounds if (r.stage, r.visit) == (visit.stage, visit.visit) and r.opened_on <= day)
    if asked is None or (asked.closed_on is not None and asked.closed_on <= day):
        theirs = visit.stage == Stage.CONSTRUCTION or (asked is not None and asked.closed_by in _DEVELOPERS_TURN)
        return DEVELOPER if theirs else _lead(case, visit, rules)
    return _missing_longest(case, asked, day, rules) or _lead(case, visit, rules)


def _missing_longest(case: Case, asked: Round, day: str, rules: Rules) -> str | None:
    came = {d: _next_answer(case, asked, d, day) for d in required(case, rules, asked.stage)}
    missing = {department: answered for department, answered in came.items() if answered != ""}
    return max(missing, key=lambda department: missing[department] or "9999", default=None)


def _next_answer(case: Case, asked: Round, department: str, day: str) -> str | None:
    """The day on which a department that is missing on ``day`` answered; None if never, empty if it is not missing."""
    given = [s for s in case.sign_offs if (s.stage, s.visit, s.department) == (asked.stage, asked.visit, department)]
    if any(s.happened_on <= day and (s.ended_on is None or s.ended_on > day) for s in given):
        return ""
    return min((s.happened_on for s in given if s.happened_on > day), default=None)


def _visit_on(case: Case, day: str) -> Visit:
    return last(v for v in case.visits if v.entered_on <= day) or case.visits[0]


def _lead(case: Case, visit: Visit, rules: Rules) -> str:
    lead = rules.stages[visit.stage].lead
    if lead != COMPETENT:
        return lead
    departments = (rules.competent(f) for f in case.owed())
    return next((d for d in departments if d), rules.leads[0])
