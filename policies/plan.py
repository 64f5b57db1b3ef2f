"""The path ahead: what every step that remains will ask, and of whom, as the case stands today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.decide import way_ahead
from policies.next_step import CLEARED_BY_SIGNING
from states.errors import Obstacle
from states.facts import Case, Visit
from states.project import Edge, forward_edge
from states.rules import Rules


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """An edge of the main path that is still to be taken, with what it would ask."""

    edge: Edge
    obstacles: tuple[Obstacle, ...]


def path_ahead(case: Case, day: str, rules: Rules) -> Iterator[PlannedStep]:
    """Every step from the present stage to the end; of a later stage what a case that just entered it lacks."""
    told: set[Obstacle] = set()
    while edge := forward_edge(case.stage):
        obstacles = tuple(o for o in way_ahead(case, day, rules) if _bare(o) not in told)
        # What an earlier step asks is there by then; a sign-off is asked in every stage anew.
        told.update(_bare(o) for o in obstacles if o.code not in CLEARED_BY_SIGNING)
        yield PlannedStep(edge, obstacles)
        case = _entered(replace(case, suspensions=()), edge, day)


def _bare(obstacle: Obstacle) -> Obstacle:
    """An obstacle without what depends on the stage that asks."""
    return replace(obstacle, who=(), since=None, basis=None)


def _entered(case: Case, edge: Edge, day: str) -> Case:
    visit = Visit(edge.target.value, case.visits_of(edge.target) + 1, day)
    return replace(case, stage=visit.stage, visit=visit.visit, round=0, visits=(*case.visits, visit))
