"""What only the lead of a stage can do now; every screen and list that names a next step asks here."""

from __future__ import annotations

from states.errors import Obstacle
from states.facts import Case
from states.machine import legal
from states.participants import required
from states.project import forward_edge
from states.rules import Rules

#: What a department clears by signing, which takes an open round.
CLEARED_BY_SIGNING = frozenset(
    {"sign_off_missing", "sign_off_stale", "sign_off_invalid", "objection", "rectification_open", "letter_unsettled"}
)


def lead_action(case: Case, obstacles: tuple[Obstacle, ...], rules: Rules) -> str | None:
    """The command that is the lead's to give, beside clearing obstacles; None when there is none.

    ``obstacles`` is everything between the case and its next stage.
    """
    edge = forward_edge(case.stage)
    if edge is None:
        return None
    if case.suspension:
        return "case resume"
    if not obstacles:
        return edge.action
    if not required(case, rules):
        return None
    if not case.round_is_open:
        return "acceptance report" if case.awaits_report else "case circulate"
    if any(obstacle.code == "objection" for obstacle in obstacles):
        return next((a for a in ("case return", "acceptance order") if legal(case.stage, a)), None)
    return None
