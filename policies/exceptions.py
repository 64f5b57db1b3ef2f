"""Decisions that lift an obstacle: which they may, when, and what they reach afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from policies.question import Question
from states.actions.exceptions import Decide
from states.days import days_between, days_later
from states.errors import Obstacle, code_and_subject
from states.exceptions import ANSWERS, in_this_visit, kind_lifting, last_answer, seen
from states.facts import Case, ExceptionDecision
from states.remit import waivers


def lifted_by(q: Question, obstacle: Obstacle) -> ExceptionDecision | None:
    """The decision that lifts an obstacle as it stands now; None where none reaches it."""
    named = [e for e in in_this_visit(q.case) if e.lifts == obstacle.key]
    if not named or kind_lifting(obstacle.code, q.case.stage, q.rules) is None or _must_see_a_waiver(q, obstacle.key):
        return None
    now = seen(q.case, obstacle.key, q.rules, q.day)
    return next((e for e in named if e.saw == now), None)


def liftable(q: Question) -> Iterator[Obstacle]:
    """The configuration lets somebody lift this kind of obstacle in this stage."""
    assert isinstance(q.action, Decide)
    lifting = kind_lifting(q.action.code, q.case.stage, q.rules)
    if lifting is None or _must_see_a_waiver(q, q.action.obstacle):
        yield q.obstacle("not_liftable", q.action.obstacle, ())


def _must_see_a_waiver(q: Question, key: str) -> bool:
    """A waived standard takes effect with the department's consent, so its answer cannot be lifted too."""
    code, department = code_and_subject(key)
    return code in ANSWERS and bool(waivers(q.case, department, q.rules))


def silence_lasted(q: Question) -> Iterator[Obstacle]:
    """A department is silent once it was asked and the days that the configuration gives it are over.

    They count from its own last word, from what made its answer outdated, and not while the case rests.
    """
    assert isinstance(q.action, Decide)
    kind = kind_lifting(q.action.code, q.case.stage, q.rules)
    days = q.rules.exceptions[kind].after_days if kind else 0
    if not days or q.action.code not in ANSWERS:
        return
    if not q.case.round_is_open:
        yield q.obstacle("round_closed")
        return
    department = q.action.subject
    until = _silent_from(q, department, days)
    if q.day < until:
        yield q.obstacle("not_yet_silent", department, (department,), until=until)


def _silent_from(q: Question, department: str, days: int) -> str:
    asked = [q.case.rounds[-1].opened_on]
    if given := last_answer(q.case, department):
        asked += [given.happened_on, given.ended_on or ""]
        asked += _recorded(q.case) if given.status == "standing" else []
    return days_later(max(asked), days + _rested(q, max(asked)))


def _recorded(case: Case) -> Iterator[str]:
    """The days on which anything was recorded that can make an answer outdated."""
    for rows in (case.requirements, case.decisions, case.evidence, case.documents):
        yield from (row.recorded_at[:10] for row in rows)


def _rested(q: Question, since: str) -> int:
    """How many days the case rested since a day."""
    rests = ((max(s.from_on, since), s.to_on or q.day) for s in q.case.suspensions)
    return sum(max(days_between(begun, ended), 0) for begun, ended in rests)
