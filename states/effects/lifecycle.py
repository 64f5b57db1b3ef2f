"""The edges of the lifecycle: visits end and begin, rounds close and open, papers end with the stage they belong to."""

from __future__ import annotations

from dataclasses import replace

from states.actions import presale
from states.actions.base import Action
from states.effects.base import Stamp
from states.facts import Case, Round, Visit, swap
from states.project import TERMINAL, Edge, Way


def take(edge: Edge, case: Case, action: Action, stamp: Stamp) -> Case:
    reason = getattr(action, "reason", None)
    case = _void(case, edge)
    case = _close_round(case, edge.name, reason, stamp)
    if edge.way is Way.STAY:
        return open_round(case, stamp) if edge.opens_round else case
    left = swap(case.visits, case.visits[-1], left_on=stamp.happened_on, left_by=edge.name)
    visit = Visit(edge.target.value, case.visits_of(edge.target) + 1, stamp.happened_on)
    if isinstance(action, presale.RequestPresale):
        visit = replace(visit, buildings=action.buildings, households=action.households)
    return replace(
        case,
        stage=edge.target.value,
        visit=visit.visit,
        round=0,
        active=int(edge.target not in TERMINAL),
        visits=(*left, visit),
    )


def _void(case: Case, edge: Edge) -> Case:
    documents = tuple(
        replace(d, voided=edge.name) if d.kind in edge.voids and d.voided is None else d for d in case.documents
    )
    return replace(case, documents=documents)


def _close_round(case: Case, by: str, reason: str | None, stamp: Stamp) -> Case:
    if not case.round_is_open:
        return case
    rounds = swap(case.rounds, case.rounds[-1], closed_on=stamp.happened_on, closed_by=by, reason=reason)
    return replace(case, rounds=rounds)


def open_round(case: Case, stamp: Stamp) -> Case:
    opened = Round(case.stage, case.visit, case.round + 1, stamp.happened_on)
    return replace(case, round=opened.round, rounds=(*case.rounds, opened))
