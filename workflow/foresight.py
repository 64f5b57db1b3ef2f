"""Would it be carried out? The same checks in the same order as ``Office.perform``, and nothing is written."""

from __future__ import annotations

from typing import Any

from policies.decide import Decision, decide, decide_opening
from states.actions import ACTIONS, Action
from states.actions.cases import OpenCase
from states.effects import Stamp, opened
from states.errors import NotAllowed, Obstacle, unknown
from workflow import accounts, intake, store
from workflow.office import Office
from workflow.results import Normalised

#: Obstacles that no answer in a form can clear.
_AT_ONCE = frozenset({"case_suspended", "not_in_this_stage", "round_closed"})


def foresee(office: Office, token: str | None, action: Action) -> tuple[tuple[Normalised, ...], tuple[Obstacle, ...]]:
    """What would be stored otherwise than it was typed, and what stands in the way.

    Raises NotAllowed, NotFound and Invalid as carrying it out would; a refusal here is not journalled.
    """
    now = office.now()
    with office.database.transaction() as tx:
        actor = accounts.authenticate(tx, office.district, token)
        case = store.load(tx, office.district, action.case)
        if case is None and not isinstance(action, OpenCase):
            raise unknown("case", action.case, store.ids(tx, office.district))
        rules = office.rules(tx, case.configuration if case and not isinstance(action, OpenCase) else None)
        action, normalised, _doubts = intake.checked(action, case, rules, now.date())
        stamp = Stamp.of(action, actor, now)
        if isinstance(action, OpenCase):
            new = opened(action, stamp, rules)
            taken = store.active_on(tx, office.district, new.parcel)
            decision = decide_opening(action, new, actor, stamp.happened_on, rules, taken)
        else:
            assert case
            decision = decide(case, action, actor, stamp.happened_on, rules, now.date().isoformat())
    _refuse(decision)
    return normalised, decision.obstacles


def hopeless(office: Office, token: str | None, path: str, known: dict[str, Any]) -> tuple[Obstacle, ...]:
    """What stands in the way whatever else is answered. Raises NotAllowed for an account that may not do it."""
    now = office.now()
    with office.database.transaction() as tx:
        actor = accounts.authenticate(tx, office.district, token)
        case = store.load(tx, office.district, known.get("case", ""))
        rules = office.rules(tx, case.configuration if case else None)
    day = now.date().isoformat()
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
        except (AttributeError, KeyError, IndexError):
            return ()
    _refuse(decision)
    return tuple(obstacle for obstacle in decision.obstacles if obstacle.code in _AT_ONCE)


def _refuse(decision: Decision) -> None:
    if decision.refusals:
        keys = [obstacle.key for obstacle in decision.refusals]
        raise NotAllowed("not_allowed", {"refusals": keys, "obstacles": decision.refusals})
