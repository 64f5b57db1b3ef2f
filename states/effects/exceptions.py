"""A decision is recorded here; it lifts its obstacle in ``policies/decide.py``, each time that is asked."""

from __future__ import annotations

from dataclasses import replace

from states.actions.exceptions import Decide
from states.effects.base import Stamp, effect
from states.exceptions import kind_lifting, seen
from states.facts import Case, ExceptionDecision
from states.rules import Rules


@effect.register
def _(action: Decide, case: Case, stamp: Stamp, rules: Rules) -> Case:
    kind = kind_lifting(action.code, case.stage, rules)
    assert kind is not None, "the policies refuse what nothing lifts"
    decided = ExceptionDecision(
        number=len(case.exceptions) + 1,
        kind=kind,
        lifts=action.obstacle,
        saw=seen(case, action.obstacle, rules, stamp.happened_on),
        stage=case.stage,
        visit=case.visit,
        round=case.round,
        body=stamp.actor.organisation,
        level=stamp.actor.level,
        document=action.document,
        reason=action.reason,
        decided_by=stamp.actor.signature,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )
    return replace(case, exceptions=(*case.exceptions, decided))
