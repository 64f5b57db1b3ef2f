"""Is it worth while to fill in a form at all? Asked before the first question; a dry run answers after the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.decide import decide, decide_opening
from states.actions import ACTIONS
from states.actions.cases import OpenCase
from states.effects import Stamp, opened
from states.errors import NotAllowed, Obstacle
from workflow import delegations, intake, store
from workflow.office import Office

#: Obstacles that no answer in a form can clear.
_AT_ONCE = frozenset({"case_suspended", "not_in_this_stage", "round_closed"})


def hopeless(office: Office, token: str | None, path: str, known: Mapping[str, Any]) -> tuple[Obstacle, ...]:
    """What stands in the way whatever else is answered. Raises NotAllowed for an account that may not do it."""
    now = office.now()
    with office.database.transaction() as tx:
        actor = office.actor(tx, token)
        case = store.load(tx, office.district, known.get("case", ""))
        rules = office.rules(tx, case.configuration if case else None)
        day = now.date().isoformat()
        actor = delegations.acting(tx, office.district, actor, case.stage if case else "", day)
    if path == "case open":
        if actor.organisation in rules.leads:
            return ()
        blank = {"case": "X", "project": "X", "kind": "X", "town": "X", "parcel": "X", "households": 1}
        action = intake.build(path, blank)
        assert isinstance(action, OpenCase)
        decision = decide_opening(action, opened(action, Stamp.of(action, actor, now), rules), actor, day, rules, None)
    elif case is None:
        return ()
    else:
        # Without its other fields: what depends on them fails, and is judged when they are known.
        try:
            decision = decide(case, ACTIONS[path].model_construct(**known), actor, day, rules, day)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError):
            return ()
    if decision.refusals:
        keys = [obstacle.key for obstacle in decision.refusals]
        raise NotAllowed("not_allowed", {"refusals": keys, "obstacles": decision.refusals})
    return tuple(obstacle for obstacle in decision.obstacles if obstacle.code in _AT_ONCE)
