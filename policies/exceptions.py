"""Decisions that lift an obstacle: which they may, when, and what they reach afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from policies.question import Question
from states.actions.exceptions import Decide
from states.days import days_later
from states.errors import Obstacle
from states.exceptions import ANSWERS, in_this_visit, kind_lifting, seen
from states.facts import ExceptionDecision


def lifted_by(q: Question, obstacle: Obstacle) -> ExceptionDecision | None:
    """The decision that lifts an obstacle as it stands now; None where none reaches it."""
    named = [e for e in in_this_visit(q.case) if e.lifts == obstacle.key]
    if not named or kind_lifting(obstacle.code, q.case.stage, q.rules) is None:
        return None
    now = seen(q.case, obstacle.key, q.rules, q.day)
    return next((e for e in named if e.saw == now), None)


def liftable(q: Question) -> Iterator[Obstacle]:
    """The configuration lets somebody lift this kind of obstacle in this stage."""
    assert isinstance(q.action, Decide)
    if kind_lifting(_code(q.action), q.case.stage, q.rules) is None:
        yield q.obstacle("not_liftable", q.action.obstacle, ())


def silence_lasted(q: Question) -> Iterator[Obstacle]:
    """A department is silent once it was asked and the days that the configuration gives it are over."""
    assert isinstance(q.action, Decide)
    kind = kind_lifting(_code(q.action), q.case.stage, q.rules)
    days = q.rules.exceptions[kind].after_days if kind else 0
    if not days or _code(q.action) not in ANSWERS:
        return
    department = q.action.obstacle.partition(":")[2]
    until = days_later(q.case.rounds[-1].opened_on, days) if q.case.round_is_open else None
    if until is None or q.day < until:
        yield q.obstacle("not_yet_silent", department, (department,), until=until)


def _code(action: Decide) -> str:
    return action.obstacle.partition(":")[0]
